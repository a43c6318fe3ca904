/* SPDX-License-Identifier: ISC */
/*
 * check: the trees made again from the journal alone, without views, and what
 * is published held against them: for `dossierd verify'.
 *
 * Every tree.checkpoint entry must say the roots that come out here; every
 * checkpoint under log/ must be signed by its vkey and say the root that the
 * tree had at that size; every published tile must be there and follow from
 * the entries beside it.
 */
#ifndef DOSSIER_TREES_CHECK_H
#define DOSSIER_TREES_CHECK_H

#include <stdint.h>

#include "store/log.h"

struct check_sum {
	uint64_t	checkpoints;	/* entries, all right */
	uint64_t	published;	/* signed checkpoints in log/ */
	uint64_t	tiles;
};

/* 0, or -1 with trouble: the first thing that is wrong. */
int	check_trees(const struct log_options *, log_progress_fn *, void *arg,
	    struct check_sum *sum_r, struct trouble *);

#endif
