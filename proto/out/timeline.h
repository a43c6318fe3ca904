/* SPDX-License-Identifier: ISC */
/*
 * timeline: rows of the timeline as rows of a table (sheet.h), which CSV,
 * JSON Lines and spreadsheets are written from, and its two dialects for
 * investigators: Timesketch's CSV and mactime's body.
 *
 * Each event is one row; stretches without contact are none.  Record mode is
 * neutral and made from records alone; aid mode adds the column `note' and
 * calls itself an illustrative aid everywhere.  A column without a source is
 * there and empty.
 */
#ifndef DOSSIER_TIMELINE_H
#define DOSSIER_TIMELINE_H

#include "proto/base/buf.h"
#include "proto/out/rows.h"
#include "proto/out/sheet.h"

enum timeline_column {
#define COLUMN(name, type, width, need, meaning) TIMELINE_##name,
#include "proto/out/timeline.def"
#undef COLUMN
	TIMELINE_COLUMNS
};

extern const struct sheet timeline_sheet;	/* record mode */
extern const struct sheet timeline_aid_sheet;	/* and `note' behind it */
extern const uint8_t timeline_needed[];		/* of either */

/*
 * What is known of a row beside the row.  All texts may be NULL; they are
 * borrowed by the cells.
 */
struct timeline_facts {
	uint64_t	 row;
	const char	*zone;		/* NULL: event_time in UTC */
	int32_t		 offset;	/* of the zone at that time, minutes */
	const struct id	*client;	/* whose column it is */
	/* D-, C- and entry numbers are named: only inside the office. */
	int		 internal;
	int		 aid;		/* the note is given */
	/* What a bundle knows. */
	uint64_t	 case_seq;	/* 0: none; log_index is one less */
	const char	*known_from;	/* RFC 3339; so fixity_at */
	const char	*bates_beg, *bates_end;
	uint64_t	 pdf_page;	/* 0: none; so pages */
	uint64_t	 pages;
	const char	*family_id, *thread_id;
	const char	*native_path, *text_path;
	const char	*dkim, *dmarc, *arc, *spf;
	const char	*fixity_at, *fixity;
	const char	*status, *commitment, *nonce;
	/* Content stays out: summary, subject, hash, size, Message-ID. */
	int		 withheld;
};

struct timeline_cells {
	const char	*cell[TIMELINE_COLUMNS];
	enum time_from	 time_from;
	int64_t		 at;
	struct buf	 text;			/* own */
	size_t		 begin[TIMELINE_COLUMNS];
};

void	timeline_cells_init(struct timeline_cells *);
void	timeline_cells_release(struct timeline_cells *);
/*
 * Fills all cells from an event (no gap) that has its sentence.  They last
 * until the next fill, and as long as the facts.  Texts are UTF-8 without
 * control characters but TAB and LF.  0, or -1 (ENOMEM).
 */
int	timeline_fill(struct timeline_cells *, const struct row *,
	    const struct timeline_facts *);

/* ---- dialects ------------------------------------------------------------ */

#define TIMESKETCH_COLUMNS 20

/* message, datetime and timestamp_desc first; to be written without a mark. */
extern const struct sheet timesketch_sheet;
/* Borrows the cells. */
void	timesketch_fill(const char *cell_r[TIMESKETCH_COLUMNS],
	    const struct timeline_cells *);
/*
 * A line of Sleuth Kit's body file, 11 fields with | between, all four times
 * the event's, in whole seconds, so that mactime(1) prints one line for it.
 * The row's number leads the name: events of one second keep their order.
 */
void	mactime_row(struct buf *, const struct timeline_cells *);

/* ---- what a workbook says of itself -------------------------------------- */

extern const struct sheet timeline_about_sheet;	/* name, value */

#endif
