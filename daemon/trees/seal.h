/* SPDX-License-Identifier: ISC */
/*
 * seal: asks the authorities and witnesses of the configuration for what
 * they say of a published master checkpoint, and gives back entries that say
 * it.  Blocks on the network: for a job (job.h).
 *
 * What is still to be asked comes out of the entries alone, so nothing is
 * asked twice after a restart: a witness is asked once for each checkpoint,
 * an authority once a day (or when the caller forces it), each until it has
 * answered.
 */
#ifndef DOSSIER_SEAL_H
#define DOSSIER_SEAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "daemon/trees/seal_conf.h"
#include "proto/base/kinds.h"
#include "store/ask/trees.h"
#include "store/trouble.h"

/* One body of an entry to append. */
struct seal_entry {
	enum kind	kind;
	struct buf	body;
};

struct seal {
	/* what to do; set before seal_work() */
	struct store		*store;
	const struct seal_conf	*conf;
	const uint8_t		*seed;
	struct tree_checkpoint	 checkpoint;
	int			 force;
	int64_t			 now;	/* microseconds since 1970 */
	atomic_int		 stop;
	/* what came of it */
	struct seal_entry	 entry[2 * SEAL_MAX];
	unsigned		 n;
	unsigned		 missing;	/* that did not answer well */
	int			 final;	/* a witness saw more, or another log */
	struct trouble		 trouble;	/* of the last that did not */
	int64_t			 next;	/* when a stamp is due again, or 0 */
};

void	seal_work(struct seal *);
void	seal_clear(struct seal *);	/* what came of it */

#endif
