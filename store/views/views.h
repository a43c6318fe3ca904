/* SPDX-License-Identifier: ISC */
/*
 * views: the views in use, their making, their exchange, and the thread that
 * keeps them up.  For store.c alone.
 */
#ifndef DOSSIER_VIEWS_VIEWS_H
#define DOSSIER_VIEWS_VIEWS_H

#include <stdint.h>

#include "store/log.h"
#include "store/store.h"
#include "store/trouble.h"
#include "store/views/home.h"
#include "store/views/vclaims.h"

/* NULL with trouble. */
struct views *views_new(struct log *, struct trouble *);
void	views_free(struct views *);
/*
 * Opens the build that `current` names.  1; 0: none of use; -1 with trouble.
 * Reading: never makes or writes anything.
 */
int	views_load(struct views *, const struct home *, int reading,
	    uint64_t *n_r, struct trouble *);
/* Makes an empty build and names it. */
int	views_make(struct views *, const struct home *, uint64_t *n_r,
	    struct trouble *);
/* Position and chain value of what is applied; zeros if nothing is. */
int	views_applied(struct views *, uint64_t *seq_r,
	    uint8_t chain_r[LOG_HASH_LEN], struct trouble *);
/* 1 if the log still knows the place from which they would go on. */
int	views_follow(struct views *);

/*
 * The applier: one thread, from the views' mark on, for as long as it runs.
 * Without claims (NULL, a read-only log) it keeps none.
 */
struct applier;

struct applier *applier_start(struct views *, struct home *, uint64_t build,
	    struct vclaims *, struct trouble *);
void	applier_stop(struct applier *);
uint64_t applier_seq(struct applier *);
int	applier_fd(struct applier *);
void	applier_moved(struct applier *);
int	applier_wait(struct applier *, uint64_t seq, int ms);
/* 1 and why, when it has stopped or waits for room. */
int	applier_trouble(struct applier *, struct trouble *);

/* store_rebuild() with a log that is open for reading. */
int	views_rebuild(struct log *, const struct store_options *, int compare,
	    struct trouble *);

#endif
