/* SPDX-License-Identifier: ISC */
/*
 * busy: the documents that a follower has in hand: begun, or stated and not
 * yet seen in the views, or put off for a while.  A small fixed set: what
 * does not fit waits in the views.
 */
#ifndef DOSSIER_BUSY_H
#define DOSSIER_BUSY_H

#include <stdint.h>

#include "proto/base/ids.h"

#define BUSY_MAX 256

struct busy {
	struct busy_one {
		uint32_t	document;
		uint64_t	seq;	/* stated; 0: not yet */
		int64_t		until;	/* put off, ms; 0: not */
	}		one[BUSY_MAX];
	unsigned	n;
};

int	busy_has(const struct busy *, const struct id *);
int	busy_full(const struct busy *);
void	busy_add(struct busy *, const struct id *);
/* It was stated at or before seq: held until the views have that. */
void	busy_stated(struct busy *, const struct id *, uint64_t seq);
/* It is tried again after that time. */
void	busy_put_off(struct busy *, const struct id *, int64_t until);
/* Lets go of what is applied or due again.  1 if it let go of any. */
int	busy_tidy(struct busy *, uint64_t applied, int64_t now);

#endif
