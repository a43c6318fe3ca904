/* SPDX-License-Identifier: ISC */
/*
 * gap: stretches without contact in one column of a timeline, found ahead of
 * the rows, so that a gap can stand where it begins.
 */
#ifndef DOSSIER_GAP_H
#define DOSSIER_GAP_H

#include "store/ask/room.h"

#define GAP_DAYS 30		/* more whole days than that are told */

struct gap {
	int64_t	known;		/* a contact that is near enough to the last */
	int	pending;	/* found, not told yet */
	int64_t	from, until;
};

void	gap_init(struct gap *);
/*
 * A contact at sort bytes (time, entry) was met: is the next one in this
 * column too far away?  Sets pending; 0 or -1 with errno.
 */
int	gap_after(struct room *, const struct runs *, unsigned column,
	    int64_t time, uint64_t seq, struct gap *);
/* The same for the last contact before an instant, if there is one. */
int	gap_before(struct room *, const struct runs *, unsigned column,
	    int64_t time, struct gap *);

#endif
