/* SPDX-License-Identifier: ISC */
/*
 * table: the rows of a timeline as CSV (proto/out/csv has the quoting).  The
 * names of the columns are the same in every language; the sentence is in
 * the language asked for.
 */
#ifndef DOSSIER_TABLE_H
#define DOSSIER_TABLE_H

#include "proto/base/buf.h"
#include "proto/out/rows.h"

void	table_head(struct buf *out);
/* The row has its sentence. */
void	table_row(struct buf *out, const struct row *);

#endif
