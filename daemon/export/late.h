/* SPDX-License-Identifier: ISC */
/*
 * late: stamps that a build did not get, asked for again until an authority
 * answers: over its manifests, and over the master checkpoint that its proofs
 * stand on.  What is missing is found in the views, so a restart forgets
 * nothing; an answer becomes an entry.  The network is waited for on a thread
 * of its own; all calls belong to the loop.
 */
#ifndef DOSSIER_EXPORT_LATE_H
#define DOSSIER_EXPORT_LATE_H

#include <event2/event.h>

#include "daemon/trees/seal_conf.h"
#include "store/ask/bundle.h"
#include "store/store.h"

struct late;

/* Borrows all; conf NULL: nobody stamps.  NULL: no memory. */
struct late *late_new(struct event_base *, struct store *,
	    const struct seal_conf *);
/* Looks for what is missing once this entry is applied. */
void	late_look(struct late *, uint64_t seq);
/* The views have moved. */
void	late_wake(struct late *);
void	late_stop(struct late *);
/* Entries that the log has not answered. */
unsigned late_pending(const struct late *);
/* Waits for the thread; before the store is closed. */
void	late_end(struct late *);
void	late_free(struct late *);		/* NULL is fine */

/*
 * Whether the master checkpoint that a build's proofs stand on is stamped: 1;
 * 0 and *checkpoint_r; -1 with errno.  ENOENT: it has none.
 */
struct trees;
struct tree_checkpoint;
int	late_master(struct trees *, uint64_t position,
	    struct tree_checkpoint *checkpoint_r);

#endif
