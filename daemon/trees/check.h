/* SPDX-License-Identifier: ISC */
/*
 * check: what is published under log/ held against the journal, for
 * `dossierd verify'.
 *
 * Each published log must be good in itself (check_files.h), and each
 * published checkpoint must be a head that a tree.checkpoint entry states:
 * log_verify() makes those again from the lasting parts and tells of each.
 * Files are read first, so that a running daemon cannot overtake the journal.
 */
#ifndef DOSSIER_TREES_CHECK_H
#define DOSSIER_TREES_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "proto/out/checkpoint.h"
#include "store/log.h"

struct check {
	struct check_shown {
		struct checkpoint head;
		int		 met;
	}		*shown;
	size_t		 n;
	uint64_t	 heads;		/* that the journal states */
	uint64_t	 tiles;		/* files that were looked at */
	struct trouble	*trouble;
};

/* Reads STORE/log.  0, or -1 with trouble.  check_release() either way. */
int	check_begin(struct check *, const char *store_dir, struct trouble *);
log_head_fn check_head;		/* for log_options; arg: a struct check */
/* All published heads were met.  0, or -1 with trouble. */
int	check_end(struct check *);
void	check_release(struct check *);

#endif
