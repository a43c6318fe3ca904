/* SPDX-License-Identifier: ISC */
/*
 * show: rows as a table on a terminal, as tab-separated lines in a pipe, as
 * JSON with --json; one thing as lines of name and value; progress.
 */
#ifndef DOSSIER_SHOW_H
#define DOSSIER_SHOW_H

#include <stdint.h>

#include "client/call.h"
#include "client/cmd.h"

struct column {
	const char	*key;		/* member of the row; "a|b": or b */
	enum say_key	 head;
};

/*
 * Prints the list that the call asks for.  columns end with a NULL key.
 * Honours --json and --limit; `empty` is said on stderr of a terminal when
 * there was no row.
 */
int	show_list(const struct cmd *, struct call *,
	    const struct column columns[], enum say_key empty);
/* The same of rows that are there; no --json. */
int	show_rows(const struct cmd *, json_t *rows,
	    const struct column columns[]);
/* thing.c: the members of one object, each on a line; --json as it came. */
int	show_thing(const struct cmd *, const json_t *);
/* Where a document may belong, and why: one line. */
void	show_suggestion(const json_t *);
/* {"position", "row"} or the row itself. */
const json_t *show_row_of(const json_t *answer);
/*
 * A member as text, arrays joined by ", "; "a|b": b without a; "a.b": b of
 * each object in the array a.  Caller frees.
 */
char	*show_text(const json_t *row, const char *key);
/* The value itself as text.  Caller frees. */
char	*show_value(const json_t *);
/* One object as compact JSON with sorted keys on stdout. */
int	show_json(const json_t *);

/* A bar on stderr, only on a terminal; total 0: a plain count. */
void	show_progress(const struct cmd *, enum say_key what, uint64_t done,
	    uint64_t total);
void	show_progress_end(void);

#endif
