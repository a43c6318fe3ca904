/* SPDX-License-Identifier: ISC */
/*
 * csv: RFC 4180 as spreadsheets take it: a UTF-8 byte order mark, CRLF,
 * quotes where needed.  A cell that a spreadsheet might take for a formula
 * (first of it = + - @ TAB CR) gets an apostrophe in front.
 */
#ifndef DOSSIER_CSV_H
#define DOSSIER_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct csv {
	struct buf	*out;
	unsigned	 cells;		/* of the line so far */
};

/* Writes the mark; borrows out. */
void	csv_begin(struct csv *, struct buf *out);
void	csv_cell(struct csv *, const char *);		/* NULL: empty */
void	csv_celln(struct csv *, const char *, size_t);
/* A number is no formula: no apostrophe before its minus. */
void	csv_number(struct csv *, int64_t);
void	csv_line(struct csv *);				/* ends the line */

#endif
