/* SPDX-License-Identifier: ISC */
/*
 * tally: what the capture report adds up: reasons with how often they were
 * given, refusals by source, and the rhythm of arrivals.
 */
#ifndef DOSSIER_ASK_TALLY_H
#define DOSSIER_ASK_TALLY_H

#include <stdint.h>

#include "store/ask/room.h"

#define RHYTHM		50	/* gaps that make a usual rhythm */

/* Texts with how often they were said. */
struct reasons {
	struct reason {
		char		*text;
		uint64_t	 n;
	}		*v;
	unsigned	 n;
};

struct refused {
	struct refused	*next;
	char		*source, *channel;
	int		 shown;
	uint64_t	 n;
	struct reasons	 why;
};

/* In the order in which they were first refused; empty is all zero. */
struct refusals {
	struct refused	*first, *last;
};

struct rhythm {
	int64_t	last;			/* WHEN_NONE: never */
	int64_t	usual, longest;		/* microseconds; -1: not known */
};

/* 0 or -1.  Beyond REASONS_MAX texts all others count as "". */
#define REASONS_MAX 64
int	reasons_add(struct reasons *, const char *, size_t, uint64_t n);
void	reasons_clear(struct reasons *);
/* An array of {count, reason}, the most frequent first. */
void	put_reasons(struct jw *, const char *key, struct reasons *);

/* NULL: nothing of this source was refused. */
struct refused *refused_find(const struct refusals *, const char *source,
	    size_t);
/* Counts a document.refused n times: 0, or -1 with errno. */
int	refused_note(struct refusals *, const struct told *, uint64_t n);
void	refusals_clear(struct refusals *);

/* Sorts the n gaps; with few of them nothing is usual. */
void	rhythm_of(int64_t gap[], unsigned n, struct rhythm *);

#endif
