/* SPDX-License-Identifier: ISC */
/*
 * capture: whether what was offered is here.  Answers for reconciling the
 * lists of senders with the store, and the capture report, source by source.
 * Rows as store/ask/rows.txt has them: known, capture, source.
 */
#ifndef DOSSIER_ASK_CAPTURE_H
#define DOSSIER_ASK_CAPTURE_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "store/store.h"

/*
 * What is known of a key, as one row: the SHA-256 of the bytes in hex, a
 * Message-ID without <>, or the number of an entry that a receipt names; a
 * fax or a telephone call as a log of it has them,
 *
 *	COMMID|JOB|DIRECTION|NUMBER|TIME|PAGES
 *
 * with nothing for what is not known, the direction in or out, the time in
 * RFC 3339: the fax server's own number of the call decides, else number and
 * time (LIMIT_FAX_APART, LIMIT_CALL_APART) and pages; the nearest first, with
 * the receipt of that arrival.  0, or -1 with trouble.
 */
enum known_by {
	KNOWN_BY_SHA256, KNOWN_BY_MESSAGE_ID, KNOWN_BY_ENTRY, KNOWN_BY_FAX,
	KNOWN_BY_CALL
};
/* sha256, message-id, entry, fax, call; NULL past the last. */
const char *known_by_name(unsigned);
int	ask_known(struct store *, uint64_t position, enum known_by,
	    const char *key, struct buf *out, struct trouble *);

/*
 * The report: one row a source, in the order in which sources first sent
 * something, then those that were only ever refused.  It fixes a position
 * when it is opened; memory grows with sources and reasons, never with
 * arrivals.
 */
struct capture;

struct capture_query {
	int64_t	since, until;	/* both included; WHEN_NONE: open */
	int64_t	now;		/* silence is told as of this */
	int	brief;		/* rows as `source`: no states, no refusals */
};

/* NULL with trouble. */
struct capture *capture_open(struct store *, const struct capture_query *,
	    struct trouble *);
uint64_t capture_position(const struct capture *);
/*
 * Goes on for a slice and appends the rows that it has finished, maybe none,
 * with commas between them and before the first if `*rows' were given.  1, 0
 * at the end, -1 with trouble.
 */
int	capture_next(struct capture *, struct buf *out, unsigned *rows,
	    struct trouble *);
void	capture_free(struct capture *);

#endif
