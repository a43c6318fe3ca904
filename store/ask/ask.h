/* SPDX-License-Identifier: ISC */
/*
 * ask: read-only answers out of the views, row by row as canonical JSON.
 *
 * A question fixes a position P when it is opened (or is given one: "as known
 * at P") and gives the same rows however long the reader takes: each call of
 * ask_next() opens a read transaction of its own, resumes by key, filters by
 * P, and ends it.  Calls are short (max_rows), fit for the loop thread.
 *
 * The members of each row stand in store/ask/rows.txt, which the tests hold
 * against what comes out.
 */
#ifndef DOSSIER_ASK_H
#define DOSSIER_ASK_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/when.h"
#include "proto/out/rows.h"
#include "store/store.h"

enum ask_what {
	ASK_DOCUMENTS, ASK_CLIENTS, ASK_CASES, ASK_CONTACTS, ASK_STAFF,
	ASK_PARTIES,	/* of one case or client */
	ASK_FACTS,	/* of contacts, clients, cases; all, with their ends */
	ASK_TRIAGE,	/* documents waiting, oldest first, with suggestions */
	ASK_ASIDE,	/* set aside */
	ASK_FILED,	/* filings made since, newest last, with rule, state */
	ASK_REFUSED,	/* what the doors refused, one row a document.refused */
	ASK_ENTRIES,	/* the journal's entries as they are */
	ASK_BUNDLES	/* of cases and clients, or all */
};

#define ASK_OF_MAX 16

struct ask_query {
	enum ask_what	what;
	struct id	of[ASK_OF_MAX];	/* clients, cases, contacts; or none */
	unsigned	nof;
	uint64_t	as_known;	/* position; 0: now */
	int64_t		as_was;		/* of a date: its end; WHEN_NONE: not */
	int64_t		as_was_day;	/* see span_holds(); 0: as as_was */
	int64_t		since, until;	/* both included; WHEN_NONE: open */
	int64_t		today;		/* of waiting_days; 0: position's */
	uint64_t	from_seq;	/* ASK_ENTRIES, ASK_FILED: first */
	uint32_t	lanes;		/* timeline: 1 << enum lane; 0: all */
	const char	*rule;		/* ASK_FILED: of this rule only */
	int		 copies;	/* ASK_DOCUMENTS: each copy has a row */
	int		 undelivered;	/* only what is due; instead of `of` */
	int		 unveiled;	/* nothing is hidden: bundles, in which
					   somebody decided on each */
};

struct ask;

struct ask *ask_open(struct store *, const struct ask_query *,
	    struct trouble *);
uint64_t ask_position(const struct ask *);
/*
 * Appends up to max_rows rows as JSON objects, separated by commas.  Gives
 * the number of rows, 0 at the end, -1 with trouble.
 */
int	ask_next(struct ask *, struct buf *out, unsigned max_rows,
	    struct trouble *);
/* A text that ask_resume() takes to go on behind the last row given. */
void	ask_cursor(const struct ask *, struct buf *out);
/* Of the same question, before the first row.  0, or -1: it is no cursor. */
int	ask_resume(struct ask *, const char *cursor);
void	ask_free(struct ask *);

/*
 * One thing as a JSON object, appended.  1 found, 0 no such thing, -1 trouble;
 * so the three below.  Of documents, clients, cases, contacts, staff, bundles.
 */
int	ask_one(struct store *, const struct id *, uint64_t as_known,
	    struct buf *out, struct trouble *);
/*
 * The same for people who look back: what was marked as received in error
 * since is hidden, as in lists and timelines that are asked as known earlier.
 */
int	ask_one_past(struct store *, const struct id *, uint64_t as_known,
	    struct buf *out, struct trouble *);
/* The row of a document that is set aside. */
int	ask_aside(struct store *, const struct id *document,
	    struct buf *out, struct trouble *);
/* Receipts of all arrivals, with commas between; why it stands where it is. */
int	ask_receipts(struct store *, const struct id *document,
	    struct buf *out, struct trouble *);
int	ask_why(struct store *, const struct id *document, struct buf *out,
	    struct trouble *);
/* Counts and health as one object (rows.txt, "status").  0, or -1. */
int	ask_status(struct store *, struct buf *out, struct trouble *);
/* Where its bytes are, their SHA-256 and size; NULL: not wanted.  1, 0, -1. */
int	ask_blob(struct store *, const struct id *document, struct loc *loc_r,
	    uint8_t sha256_r[LOG_HASH_LEN], uint64_t *size_r, struct trouble *);
/* The last entry at or before an instant, for --as-known-on DATE.  0 or -1. */
int	ask_position_at(struct store *, int64_t at, uint64_t *position_r);

/*
 * The timeline: rows in the order of time, then of entries, then of columns.
 *
 * A column is a case or a client.  A client's has what is filed under it and
 * under its cases, and what its own contacts' record says; a case's has what
 * is filed under it, and the record of its parties, of its client and of the
 * client's contacts - each in the first column that it belongs to, so that
 * two cases of one client do not say all of it twice.
 *
 * A gap follows the last contact before it: more than 30 days (whole ones)
 * without a communication in that column, whatever lanes are asked for.  With
 * `since`, one that reaches into the window stands first; one that reaches
 * out of it is told with its real end.
 *
 * as_was shows no rows past that instant, and of facts and parties those in
 * force then.
 */
struct timeline;
struct timeline *timeline_open(struct store *, const struct ask_query *,
	    struct trouble *);
/* Header of all formats: columns (id, title), waiting counts. */
const struct rows_head *timeline_head(const struct timeline *);
/* Gives up to max rows; 0 at the end, -1 trouble.  Borrowed until next call. */
int	timeline_next(struct timeline *, struct row *rows_r, unsigned max,
	    struct trouble *);
void	timeline_free(struct timeline *);

#endif
