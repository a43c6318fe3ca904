/* SPDX-License-Identifier: ISC */
/*
 * cells: one strict reader for tables whose cells stand between a separator:
 * DAT, OPT and GDPdU differ by a struct cells_form (CSV: sheet.h).  It takes
 * pieces of any size and gives rows; it takes only what our writers write,
 * not all that other readers would swallow, for `dossier verify' holds the
 * formats against each other with it.
 *
 * A row ends with CRLF; the last one too.  Cells are UTF-8 without NUL.
 */
#ifndef DOSSIER_CELLS_H
#define DOSSIER_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/sheet.h"

struct cells_form {
	const char	*mark;		/* what the file begins with, or "" */
	char		 separator;
	const char	*quote;		/* one character, UTF-8; "": none */
	int		 always;	/* 1: every cell is quoted */
	int		 doubled;	/* 1: a quote inside is written twice;
					   0: none may stand inside */
	int		 lines;		/* 1: CR and LF may stand in quotes */
};

enum cells_fault {
	CELLS_FINE, CELLS_NO_MEMORY,
	CELLS_MARK,		/* the file does not begin as it must */
	CELLS_QUOTE,		/* a quote is missing, or where none may be */
	CELLS_BYTE,		/* NUL, bare CR or LF, not UTF-8 */
	CELLS_LONG,		/* LIMIT_SHEET_ROW, SHEET_COLUMNS_MAX */
	CELLS_COUNT,		/* another number of cells than the first row */
	CELLS_TORN		/* the file ends inside a row */
};

struct cells {
	const struct cells_form	*form;
	/* The row that cells_read() said 1 for; lasts until its next call. */
	const char	*cell[SHEET_COLUMNS_MAX];
	unsigned	 ncells;
	uint64_t	 row;		/* of the row or the fault, from 1 */
	enum cells_fault fault;
	/* own */
	struct buf	 text;
	size_t		 begin[SHEET_COLUMNS_MAX];
	unsigned	 n;		/* cells of the row so far */
	unsigned	 want;		/* cells of row 1 */
	unsigned	 state;
	unsigned	 seen;		/* bytes of the mark or a quote */
	uint64_t	 rows;		/* whole ones */
};

/* Borrows the form. */
void	cells_init(struct cells *, const struct cells_form *);
void	cells_release(struct cells *);
/*
 * Takes up to len bytes, *used_r of them.  1: a row stands in `cell' (call
 * again with the rest); 0: all were used, more are needed; -1: bad, `fault'
 * says why and nothing more is read.
 */
int	cells_read(struct cells *, const void *, size_t len, size_t *used_r);
/* No more bytes: 0, or -1 with `fault'.  A file without a row is fine. */
int	cells_read_end(struct cells *);

#endif
