/* SPDX-License-Identifier: ISC */
/*
 * build: fills one environment from the journal, batch by batch, from its
 * own mark on.  The applier and a rebuild drive it.
 */
#ifndef DOSSIER_VIEWS_BUILD_H
#define DOSSIER_VIEWS_BUILD_H

#include <stdint.h>

#include "store/log.h"
#include "store/trouble.h"
#include "store/views/apply.h"
#include "store/views/vclaims.h"
#include "store/views/venv.h"

#define BUILD_ENTRIES	4000		/* of one transaction, about */
#define BUILD_TICKS	200000		/* microseconds, the same */

struct build {
	struct venv		*env;	/* counted */
	const struct vhash	*hash;
	struct log		*log;
	struct vclaims		*claims;	/* NULL: not here */
	struct log_cursor	*cursor;
	struct vmark		 mark;	/* as committed */
	struct apply		 apply;
};

/* 0, or -1 with trouble; build_close() is due either way. */
int	build_open(struct build *, struct venv *, const struct vhash *,
	    struct log *, struct vclaims *, struct trouble *);
void	build_close(struct build *);
/*
 * Applies what is there, up to about one transaction's worth, but no group
 * that begins past `until` (0: no bound).  1 something was applied, 0 nothing
 * more to apply, -1 with trouble and errno: nothing of the batch is kept, and
 * the next call begins again behind the mark.
 */
int	build_batch(struct build *, uint64_t until, struct trouble *);

#endif
