/* SPDX-License-Identifier: ISC */
/*
 * bundle_time: what bundle_time.c (rows, flat files, workbook) and
 * bundle_page.c (the page) share.
 */
#ifndef DOSSIER_EXPORT_BUNDLE_TIME_H
#define DOSSIER_EXPORT_BUNDLE_TIME_H

#include "daemon/export/bundle_own.h"
#include "proto/out/timeline.h"

#define TIME_FOLDER	"data/timeline/"
#define TELL_SLICE	128

/* The last one, of an audit alone, is the auditors' table of the same rows. */
enum { FILE_CSV, FILE_JSONL, FILE_SKETCH, FILE_MACTIME, FILE_EVENTS, FILES };

struct telling {
	struct making	*m;
	struct timeline	*rows, *first;
	struct row	 row[TELL_SLICE];
	unsigned	 n, at;
	struct buf	 sentence;
	/* of the row at hand */
	const struct piece *piece;
	uint64_t	 given;
	struct timeline_cells cells;
	char		 beg[BATES_MAX], last[BATES_MAX], family[BATES_MAX];
	char		 thread[BATES_MAX], status[64], recorded[32];
	struct buf	 native, text, actor;
	struct bag_file	*file[FILES];
};

/* From the first row on. */
int	telling_open(struct telling *);
/* The next row that stands in the bundle: 1, 0 the end, -1. */
int	telling_next(struct telling *, struct row **row_r);

/* timeline.html. */
int	make_page(struct telling *);

#endif
