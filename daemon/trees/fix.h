/* SPDX-License-Identifier: ISC */
/*
 * fix: what the next tree.checkpoint entry would fix, if there is anything to
 * fix.  Reads the trees: for a job (job.h).
 */
#ifndef DOSSIER_FIX_H
#define DOSSIER_FIX_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "store/store.h"
#include "store/trouble.h"

struct fix {
	struct store	*store;
	uint64_t	 position;	/* somebody needs it covered; or 0 */
	/* what came of it */
	struct buf	 body;		/* of the entry */
	uint64_t	 last;		/* value of TREES_CLAIM to expect */
	int		 rc;		/* 1 body, 0 nothing, -1 trouble */
	struct trouble	 trouble;
};

/*
 * Nothing is to be fixed when all behind the last checkpoint are the log's
 * own entries (checkpoints, stamps, cosignatures), unless `position' asks for
 * one of them: else each checkpoint would call for another.
 */
void	fix_work(struct fix *);

#endif
