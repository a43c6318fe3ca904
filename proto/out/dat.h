/* SPDX-License-Identifier: ISC */
/*
 * dat: a Concordance load file: UTF-8 with its mark, cells between thorns
 * (U+00FE), U+0014 between cells, CRLF after a row, every cell quoted.  A
 * value cannot hold those two nor U+00AE, which stands for a line break:
 * they become blanks, CR LF, CR or LF become one U+00AE.
 *
 * Receiving software parses dates by its own land: SHEET_DATE is written
 * MM/DD/YYYY, which all of them take.  SHEET_PATH has backslashes.
 */
#ifndef DOSSIER_DAT_H
#define DOSSIER_DAT_H

#include "proto/base/buf.h"
#include "proto/out/cells.h"
#include "proto/out/sheet.h"

/* The mark and the header row. */
void	dat_head(struct buf *, const struct sheet *);
/* cell[ncolumns]; "" or NULL is an empty cell. */
void	dat_row(struct buf *, const struct sheet *, const char *const cell[]);

/* For cells_init(); row 1 is the header. */
extern const struct cells_form dat_form;
/* 1 if the header row of a file is this table's. */
int	dat_head_ok(const struct sheet *, const char *const cell[], unsigned n);
/*
 * Gives a row back as it was handed to dat_row(), but for what a value cannot
 * hold (line breaks come back as LF).  Texts are in memory_r (cleared first),
 * cell_r[ncolumns] points there.  0, or -1 with errno EINVAL (a cell is not
 * what its column says) or ENOMEM.
 */
int	dat_read(const struct sheet *, const char *const cell[], unsigned n,
	    struct buf *memory_r, const char *cell_r[]);

#endif
