/* SPDX-License-Identifier: ISC */
/*
 * xlsx: tables (proto/out/sheet.h) as one workbook, a tab each, by
 * libxlsxwriter.
 *
 * All text is string cells, never formulas; integers are numbers.  Beside
 * the first column of instants stands one with the same as a true date in UTC,
 * named as it with " (date)" behind, since spreadsheets have no zones.  Paths
 * are links, as far as XLSX_LINKS.  The head is frozen, filters are on.  The
 * same rows give the same bytes; rows of several tabs may come in turns.
 *
 * Rows go to temporary files that have no name (mode 0600, removed as they
 * are made), so memory stays small; xlsx_end() takes seconds for 100,000 rows
 * of a timeline.  Never on the loop thread.
 */
#ifndef DOSSIER_XLSX_H
#define DOSSIER_XLSX_H

#include <stdint.h>

#include "proto/out/sheet.h"

struct xlsx;

struct xlsx_conf {
	const char	*path;		/* of the workbook; written over */
	const char	*tmpdir;	/* for temporary files */
	const char	*base;		/* "../" before links; or NULL */
};

/* Copies the conf.  NULL with errno. */
struct xlsx *xlsx_new(const struct xlsx_conf *);
#define XLSX_TABS	8
#define XLSX_ROWS	1048575		/* of a tab, beside its head */
/*
 * Of a tab; further paths are text alone.  The library holds each until the
 * end, which takes 2.8 KB then; a workbook may have 65,530 of a tab.
 */
#define XLSX_LINKS	10000

/*
 * Begins a tab, named as the table, which is borrowed until xlsx_free(); rows
 * go to it.  0, or -1 with errno.
 */
int	xlsx_table(struct xlsx *, const struct sheet *);
/* Rows go to a tab once more: the i-th that was begun, from 0. */
void	xlsx_turn(struct xlsx *, unsigned i);
/* In front of the links of that tab, instead of conf.base; borrowed. */
void	xlsx_base(struct xlsx *, const char *base);
/* A row of the tab at hand; 0, or -1 with errno (EFBIG: too many rows). */
int	xlsx_row(struct xlsx *, const char *const cell[]);
/* Cells so far that were longer than a workbook's may be: they end in "...". */
uint64_t xlsx_cut(const struct xlsx *);
/*
 * Writes the file.  It says to be made at `created' (an instant; at least
 * 1980), so that nothing of the wall clock gets in.  0, or -1 with errno
 * (ENOSPC also where there is less than twice the room that the rows took);
 * only xlsx_free() may follow.
 */
int	xlsx_end(struct xlsx *, int64_t created)
	    __attribute__((warn_unused_result));
/* Without xlsx_end() no file comes of it. */
void	xlsx_free(struct xlsx *);

#endif
