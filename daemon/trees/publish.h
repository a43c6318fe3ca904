/* SPDX-License-Identifier: ISC */
/*
 * publish: the log as static files under STORE/log, for any web server, any
 * copy and any bundle.
 *
 *  log/journal/  log/master/  log/case/<t>/	each:
 *	vkey			who signs it
 *	tile/...		proto/out/tiles.h; no file ever changes
 *	checkpoint		the newest signed head, replaced by rename
 *  log/trust.policy		policy.h; follows the configuration
 *  log.1/, log.<n>-<x>/	what was published in an earlier life (leaf.h)
 *
 * A tree's checkpoint is replaced only by one that extends it: the root of
 * the published size is computed again from the trees here and must be the
 * same.  The master's checkpoint goes last, so that it stands for all.
 *
 * Crash states, by the last step that is durable:
 *
 *  none, some or all of the new tiles	   not named by any checkpoint: they
 *					   are written again, to the same bytes
 *  "publish:tiles"	all tiles, synced; checkpoint as before: as above
 *  "publish:written"	new checkpoint beside the old one: as above
 *  "publish:renamed"	journal's or a case's is new, the master's old: goes
 *			on with the others; this one is found to be here
 *  "publish:done"	the master's is new: nothing is left to do
 *  "publish:life"	log was renamed to log.<n>-<x>, nothing published under
 *			the new origins yet: all is published
 *
 * What is signed under an origin is fixed by an entry before, so a repeated
 * publication has the same bytes.
 */
#ifndef DOSSIER_PUBLISH_H
#define DOSSIER_PUBLISH_H

#include <stdint.h>

#include "daemon/trees/seal_conf.h"
#include "proto/out/ed25519.h"
#include "store/ask/trees.h"
#include "store/store.h"
#include "store/trouble.h"

/*
 * Brings log/ up to the last tree.checkpoint that is applied.  Blocks on
 * files: for a thread of its own.
 *
 *  1  published up to *done_r, or was already
 *  0  there is no checkpoint of this life of the store, and nothing is
 *     published that it contradicts
 * -1  with trouble; *final_r: what is published is not of this journal, so
 *     nothing may be signed any more; else it may be tried again
 */
int	publish_run(struct store *, const char *store_dir,
	    const uint8_t seed[ED25519_KEY], const struct seal_conf *,
	    struct tree_checkpoint *done_r, int *final_r, struct trouble *);

#endif
