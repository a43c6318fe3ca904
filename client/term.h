/* SPDX-License-Identifier: ISC */
/*
 * term: what only a terminal gets: its width, bold and dim text, wrapped
 * lines, and times in the office's zone.  In a pipe nothing of this is used.
 */
#ifndef DOSSIER_TERM_H
#define DOSSIER_TERM_H

#include <stddef.h>

#include "client/cmd.h"

#define TERM_WHEN 17		/* "2026-03-02 10:15" and its NUL */

enum term_style { TERM_BOLD, TERM_DIM, TERM_PLAIN };

/* Columns of the terminal on stdout; 0 if it is none. */
int	term_width(void);
/* Switches the style; nothing in a pipe, a dumb terminal or with NO_COLOR. */
void	term_style(enum term_style);
/*
 * How many bytes of the text make the next line of so many columns: broken
 * at a space or beside a Han character, within a word only when the word
 * alone is longer.  At least one character, so that it always ends.
 */
size_t	term_fit(const char *text, size_t width);
/* Prints the text, cut with "…" or filled with spaces to the width. */
void	term_cell(const char *text, size_t width, int fill);
void	term_pad(size_t columns);
/* Takes the office's zone from the daemon, for term_when(). */
int	term_zone(const struct cmd *);
/*
 * An instant of RFC 3339 in the office's zone, to the minute; a civil date
 * (precision date, month, year) as it is.  precision may be NULL.
 */
void	term_when(const char *at, const char *precision,
	    char when_r[TERM_WHEN]);
/* Controls become spaces: text from outside must not drive a terminal. */
void	term_tame(char *);

#endif
