/* SPDX-License-Identifier: ISC */
/*
 * span: when a statement held, out of the dates that were stated.
 *
 * Two axes.  What was known at a position is the snapshot's business: it
 * shows no later entries, and a fact superseded later stands as in force.
 * What was in force on a date is decided here, by spans [begin, end):
 *
 *  - `from` begins at the start of the day, month or year named, `until` ends
 *    behind it: until 2026-03-31 still holds on that day.
 *  - A fact without `from` holds from ever on; one that supersedes another
 *    holds from when it was asked for, else from when it was stated.
 *  - A superseded fact ends where its successor begins, or at its own until
 *    if that is earlier; a successor that begins no later leaves it empty:
 *    that is how a mistake is put right.
 */
#ifndef DOSSIER_SPAN_H
#define DOSSIER_SPAN_H

#include "store/views/row.h"

/* WHEN_NONE: open on that side.  A date without a time of day is its UTC. */
struct span {
	int64_t	begin, end;
	int	begin_day, end_day;	/* it is such a date */
};

/* Instant at which a stated date begins, or ends; WHEN_NONE if not a date. */
int64_t	span_begin(const struct vstr *);
int64_t	span_end(const struct vstr *);
/* successor NULL: not superseded. */
void	span_fact(const struct vfact *, const struct vfact *successor,
	    struct span *span_r);
void	span_party(const struct vparty *, struct span *span_r);
/*
 * At an instant; `day` is the same instant as the office's wall clock shows
 * it, which is what dates without a time of day are held against.
 */
int	span_holds(const struct span *, int64_t at, int64_t day);
/*
 * The text of a fact's end as people read it: its own until, or the date of
 * its successor, whichever ends it; "" if nothing does.
 */
const char *span_until(const struct vfact *, const struct vfact *successor,
	    char text_r[WHEN_TEXT_MAX + 32]);

#endif
