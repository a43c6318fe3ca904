/* SPDX-License-Identifier: ISC */
/*
 * played: a test program that is its own readers too.  The path of a program
 * is all that a reader gets from who starts it, so the name says how it
 * behaves:
 *
 *	nothing	  does not start
 *	dies	  takes a question and is gone
 *	babbles	  says what is no verdict
 *	sleeps	  takes a question and says no more
 *	strange	  answers another question
 *	others	  answer; the test says what
 */
#ifndef DOSSIER_TESTS_PLAYED_H
#define DOSSIER_TESTS_PLAYED_H

#define PLAYED_PATH 512

/* Before and after all tests (cmocka). */
int	played_begin(void **state);
int	played_end(void **state);
/*
 * Where the reader of that name is: "real" is dossier-reader, "absent" is
 * nowhere, all else this program.
 */
void	played_path(const char *name, char path_r[PLAYED_PATH]);

/* The name under which this program was started as a reader, or NULL. */
const char *played_name(void);
/* Writes the answer of that reader; 0, or -1. */
typedef int played_fn(const char *name, int fd);
/* Plays it until its socket ends; an exit code. */
int	played_run(const char *name, played_fn *);

#endif
