/* SPDX-License-Identifier: ISC */
/*
 * reclaim: gives the space of uploads that were given up back to the disk.
 *
 * A sender who breaks off a large mail leaves pieces in the blob series.
 * Once the segment they are in has ended, an entry states them, and when
 * that is kept, and not before, their space is freed.
 */
#ifndef DOSSIER_RECLAIM_H
#define DOSSIER_RECLAIM_H

#include "store/store.h"

/* From the loop, now and then: begins one round if there is something. */
void	reclaim_tick(struct store *);
/*
 * `dossierd reclaim': the same for all pieces at the places given (LOC_LEN
 * each, as log_verify() found them), by a process that has the store for
 * itself.  0 and the bytes given back; -1 with trouble.
 */
int	reclaim_all(struct log *, const struct buf *places, uint64_t *bytes_r,
	    struct trouble *);

#endif
