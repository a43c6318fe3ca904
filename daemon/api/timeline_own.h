/* SPDX-License-Identifier: ISC */
/*
 * timeline_own: what timeline.c (the question, what streams) and
 * timeline_book.c (the workbook) share.
 */
#ifndef DOSSIER_API_TIMELINE_OWN_H
#define DOSSIER_API_TIMELINE_OWN_H

#include "daemon/api/inside.h"
#include "daemon/export/html.h"
#include "daemon/export/table.h"
#include "store/ask/ask.h"

#define TL_SLICE 128		/* rows of one turn of the loop */

struct tl {
	struct source	 source;	/* first */
	struct store	*store;
	enum lang	 lang;
	struct ask_query query;
	int64_t		 since, until;		/* with a time of day */
	int64_t		 day_since, day_until;	/* civil dates */
	struct timeline	*first;		/* owns the head */
	struct timeline	*rows;		/* being read; may be `first` */
	struct rows_head head;
	struct row	 row[TL_SLICE];
	unsigned	 nrows, at;
	struct buf	 sentence;
	int		 pass, given;
	struct html	*html;
	struct html_conf conf;
	struct table	 table;
	enum table_format flat;
};

/* The next row with its sentence; 1, 0 at the end, -1. */
int	tl_next(struct tl *, struct row **row_r);
void	tl_free(struct source *);

/* timeline_book.c: answers with the workbook, later; takes the tl. */
void	book_ask(struct call *, struct tl *, const char *type);

#endif
