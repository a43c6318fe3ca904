/* SPDX-License-Identifier: ISC */
/*
 * job: builds of bundles, one at a time, on the export thread.
 *
 * Work is found in the views (asked for and not ended), never kept in a mark
 * of its own: after a restart it is found again and made from the start.  The
 * loop thread states how it ended.  All calls belong to the loop thread.
 */
#ifndef DOSSIER_EXPORT_JOB_H
#define DOSSIER_EXPORT_JOB_H

#include <event2/event.h>

#include "daemon/export/bundle.h"
#include "daemon/export/seal_parts.h"
#include "store/store.h"

struct jobs;
struct notary;

/* Borrows all; the conf is copied, its texts borrowed.  NULL with errno. */
struct jobs *jobs_new(struct event_base *, struct store *, struct notary *,
	    const struct bundle_conf *);
/* A build was asked for by this entry: begun when the views hold it. */
void	jobs_asked(struct jobs *, uint64_t seq);
/* A build was cancelled, and the views hold that. */
void	jobs_cancelled(struct jobs *, const struct id *bundle,
	    unsigned build);
/* The views have moved. */
void	jobs_wake(struct jobs *);
/* Begins nothing more; what is being made is given up. */
void	jobs_stop(struct jobs *);
/* 1 while a thread runs or the log owes an answer. */
unsigned jobs_pending(const struct jobs *);
/* Waits for the thread; before the store is closed. */
void	jobs_abandon(struct jobs *);
void	jobs_free(struct jobs *);		/* NULL is fine */

struct jobs_state {
	struct id	bundle;
	unsigned	build;
	enum bundle_phase phase;
	unsigned	done, total;	/* documents */
};
/* 1 and what is being made now, or 0. */
int	jobs_now(struct jobs *, struct jobs_state *state_r);
/*
 * What has come for the seal of a build since it was made; or, without
 * parts_r, only what is still awaited (AWAITS_...).  What is missing is asked
 * for again.  0, or -1 with trouble.
 */
int	jobs_parts(struct jobs *, const struct bundle_build *,
	    struct seal_parts *parts_r, unsigned *awaited_r,
	    struct trouble *);
/* Where finished builds are. */
const char *jobs_folder(const struct jobs *);

#endif
