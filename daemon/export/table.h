/* SPDX-License-Identifier: ISC */
/*
 * table: the rows of a timeline as flat files for people inside the office:
 * all numbers are named.  The names of the columns are the same in every
 * language; the sentence is in the language asked for.
 *
 * Each event is filled once by table_fill(), which also counts it, and then
 * written in whatever format; gaps are no events and are left out.
 */
#ifndef DOSSIER_TABLE_H
#define DOSSIER_TABLE_H

#include "proto/base/buf.h"
#include "proto/out/rows.h"
#include "proto/out/timeline.h"

enum table_format {
	TABLE_CSV, TABLE_JSONL, TABLE_TIMESKETCH, TABLE_MACTIME
};

struct table {
	const struct rows_head *head;
	const struct sheet *sheet;	/* of record mode or of aid mode */
	const char	*zone;		/* of TZ */
	int		 aid;
	uint64_t	 rows;		/* filled so far */
	uint64_t	 documents;
	int64_t		 latest;	/* what was recorded last of them */
	struct timeline_cells cells;
};

/* Borrows head and zone. */
void	table_init(struct table *, const struct rows_head *, const char *zone,
	    int aid);
void	table_release(struct table *);
/* The row has its sentence.  1 filled, 0 a gap, -1 (ENOMEM). */
int	table_fill(struct table *, const struct row *);
/* What stands before the rows, and the row that was filled last. */
void	table_head(const struct table *, struct buf *out, enum table_format);
void	table_row(const struct table *, struct buf *out, enum table_format);
/* The JSON Schema of a line of TABLE_JSONL. */
void	table_schema(struct buf *out, int aid);

#endif
