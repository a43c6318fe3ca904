/* SPDX-License-Identifier: ISC */
/*
 * tell: how dossierd's commands speak to the person at the terminal: answers
 * on stdout, troubles and progress on stderr, in the person's language.
 */
#ifndef DOSSIER_TELL_H
#define DOSSIER_TELL_H

#include "proto/base/say.h"
#include "store/log.h"
#include "store/trouble.h"

/* Exit codes, as all commands of Dossier have them. */
enum tell_exit {
	TELL_OK = 0, TELL_FAILED = 1, TELL_USAGE = 2, TELL_NONE = 3,
	TELL_DAMAGED = 7, TELL_BUSY = 8, TELL_INTERRUPTED = 130
};

/* --lang, else the locale of the environment. */
void	tell_language(const char *lang);
enum lang tell_lang(void);

/* A sentence and a line end to stdout; on the rest of a line: tell_part. */
#define tell(key, ...) tell_to(1, (key),				\
	(const char *const[]){ __VA_ARGS__ },				\
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
#define tell_error(key, ...) tell_to(2, (key),				\
	(const char *const[]){ __VA_ARGS__ },				\
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
void	tell_to(int fd, enum say_key, const char *const args[], size_t nargs);
/* Says it on stderr; the exit code that belongs to it. */
int	tell_trouble(const struct trouble *);
/* The number in decimal. */
const char *tell_number(uint64_t, char text_r[24]);

/*
 * A progress bar on stderr if that is a terminal; stops when the person
 * interrupts (Ctrl-C), which commands turn into TELL_INTERRUPTED.
 */
void	tell_progress_begin(void);
int	tell_progress(void *, const struct log_progress *);
void	tell_progress_end(void);
int	tell_interrupted(void);

#endif
