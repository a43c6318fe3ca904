/* SPDX-License-Identifier: ISC */
/*
 * gdpdu: tables as German tax auditors' software opens them
 * (Beschreibungsstandard, gdpdu-01-09-2004.dtd): an index.xml that describes
 * text files, the DTD, and the files: UTF-8 without a mark, ";" between
 * cells, '"' around texts (inside: twice), CRLF, a header row (Range/From is
 * 2), dates as DD.MM.YYYY.
 *
 * A SHEET_INSTANT becomes two columns: NAME, the date that its text has, and
 * NAME_TIME, the rest of the text (10:15:00.000000Z), so nothing is lost.
 * Decimals have a comma.  A line break or another control in a text becomes
 * a blank: the software reads records line by line.
 */
#ifndef DOSSIER_GDPDU_H
#define DOSSIER_GDPDU_H

#include "proto/base/buf.h"
#include "proto/out/cells.h"
#include "proto/out/sheet.h"

#define GDPDU_DTD_NAME	"gdpdu-01-09-2004.dtd"

/* A column that joins a table to another one's keys. */
struct gdpdu_join {
	const char	*column;
	const char	*table;		/* Name of the other */
};

struct gdpdu_table {
	const struct sheet	*sheet;
	const char		*url;	/* relative: "events.txt" */
	const char		*about;	/* Description */
	unsigned		 nkeys;	/* leading columns that are the key */
	const struct gdpdu_join	*joins;
	unsigned		 njoins;
};

struct gdpdu_set {
	const char	*version;	/* of this description */
	const char	*supplier, *location, *comment;
	const char	*media;		/* its name: the bundle's */
	const char	*from, *to;	/* validity: 2026-03-02; or NULL */
	const struct gdpdu_table *tables;
	unsigned	 ntables;
};

void	gdpdu_index(struct buf *, const struct gdpdu_set *);
/* Our DTD: the grammar of the published one, without its comments. */
void	gdpdu_dtd(struct buf *);

/* Bad cells (sheet_cell_ok()) are left empty. */
void	gdpdu_head(struct buf *, const struct sheet *);
void	gdpdu_row(struct buf *, const struct sheet *, const char *const cell[]);

/* For cells_init(); row 1 is the header. */
extern const struct cells_form gdpdu_form;

#endif
