/* SPDX-License-Identifier: ISC */
/*
 * waiters: those who wait for a checkpoint, each for one that covers an
 * entry.  A round is one making of a checkpoint: who was there when it began
 * and whose entry was applied then is in it.
 */
#ifndef DOSSIER_WAITERS_H
#define DOSSIER_WAITERS_H

#include <stdint.h>
#include <sys/queue.h>

#include "daemon/trees/notary.h"

struct waiter {
	LIST_ENTRY(waiter) link;
	uint64_t	 position;	/* 0: all that there is */
	int		 stamp;
	int		 round;
	notary_done_fn	*done;
	void		*arg;
};
LIST_HEAD(waiters, waiter);

/* 0, or -1: out of memory. */
int	waiters_add(struct waiters *, uint64_t position, int stamp,
	    notary_done_fn *, void *arg);
/* Drops those of an argument without a word. */
void	waiters_drop(struct waiters *, const void *arg);
void	waiters_free(struct waiters *);
/* 1 if somebody waits for what is applied. */
int	waiters_ready(const struct waiters *, uint64_t applied);
/* Begins a round; the largest entry that it must cover, or 0. */
uint64_t waiters_round(struct waiters *, uint64_t applied);
/*
 * Ends the round: its waiters are answered with the checkpoint, if it covers
 * what they wait for, or with why there is none.  `all': not only the
 * round's.  1 if one of those who got it wants it stamped.
 */
int	waiters_answer(struct waiters *, int all,
	    const struct tree_checkpoint *, const struct trouble *);

#endif
