/* SPDX-License-Identifier: ISC */
/*
 * claims: named values, checked at append.  An overlay in memory holds what
 * was claimed since the base (a table of the views) was last brought up to
 * date; the base holds the rest.  Idempotency keys are claims too.  Only the
 * writer thread uses it, but for claims_applied().
 */
#ifndef DOSSIER_JOURNAL_CLAIMS_H
#define DOSSIER_JOURNAL_CLAIMS_H

#include <stdatomic.h>

#include "store/log.h"

struct claim_row {
	uint8_t		key[LOG_CLAIM_LEN];
	uint64_t	value;
	int		used;
};

struct claim_table {
	struct claim_row *row;
	size_t		 n, cap;	/* cap: a power of two, or 0 */
	uint64_t	 last;		/* the highest entry that set one */
};

struct claims {
	struct claim_table	 young, old;
	log_claims_fn		*base;
	void			*arg;
	_Atomic uint64_t	 applied;
};

void	claims_init(struct claims *);
void	claims_release(struct claims *);
/* The value, 0 if absent.  0, or -1: the base cannot tell. */
int	claims_get(struct claims *, const uint8_t key[LOG_CLAIM_LEN],
	    uint64_t *value_r);
/* 0, or -1: no memory. */
int	claims_set(struct claims *, const uint8_t key[LOG_CLAIM_LEN],
	    uint64_t value, uint64_t seq);
/* The base holds all up to seq.  Any thread. */
void	claims_applied(struct claims *, uint64_t seq);
/* Forgets what the base holds.  Call now and then. */
void	claims_forget(struct claims *);

#endif
