/* SPDX-License-Identifier: ISC */
/*
 * notary: keeps the log's checkpoints: when one is due it has the heads fixed
 * by a tree.checkpoint entry, has them signed and published once that entry
 * is applied, and has them stamped and witnessed.
 *
 *	BEGINNING --views are there--> PUBLISHING (what a crash left)
 *	IDLE --grown and quiet, or asked--> FIXING --body--> APPENDING
 *	   ^              nothing to fix <--'                    |
 *	   '-- PUBLISHING <--applied-- APPLYING <----done--------'
 *
 * All of it is on the loop; what blocks (trees, files, network) is done by
 * two jobs, one for publishing and one for the network, so that an authority
 * that does not answer delays no checkpoint.
 *
 * When what is published or what a witness has seen is not of this journal,
 * it signs nothing any more until it is started again.
 */
#ifndef DOSSIER_NOTARY_H
#define DOSSIER_NOTARY_H

#include <stdint.h>

#include <event2/event.h>

#include "daemon/trees/seal_conf.h"
#include "store/ask/trees.h"
#include "store/store.h"

struct notary;

struct notary_conf {
	const char	*store_dir;
	const uint8_t	*seed;		/* NULL: no key; nothing is signed */
	int64_t		 interval_ms;	/* a checkpoint at least so often */
	const struct seal_conf *seal;
};

/* Borrows all of it until notary_free().  NULL: out of memory. */
struct notary *notary_new(struct event_base *, struct store *,
	    const struct notary_conf *);
/* The views have moved, or the log has room again. */
void	notary_wake(struct notary *);
/* Begins nothing more. */
void	notary_stop(struct notary *);
/* Entries that the log has not answered. */
unsigned notary_pending(const struct notary *);
/* Waits for its jobs; before the store closes. */
void	notary_end(struct notary *);
void	notary_free(struct notary *);

/*
 * Asks for a published checkpoint that covers `position` (0: all that there
 * is but the log's own entries); makes one if there is none.  With `stamp`,
 * authorities are asked at once though they were asked today.  done is called
 * once, from here or from the loop: with the checkpoint, or with NULL and why
 * there is none.
 */
typedef void notary_done_fn(void *arg, const struct tree_checkpoint *,
	    const struct trouble *);
void	notary_ask(struct notary *, uint64_t position, int stamp,
	    notary_done_fn *done, void *arg);
/* Nobody waits under this argument any more. */
void	notary_forget(struct notary *, const void *arg);

/*
 * The last checkpoint that is published: heads up to it may be signed, by any
 * thread, with notary_seed().  1, or 0 with why (trouble may be NULL).
 */
int	notary_published(const struct notary *, struct tree_checkpoint *,
	    struct trouble *);
const uint8_t *notary_seed(const struct notary *);

#endif
