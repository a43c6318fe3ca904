/* SPDX-License-Identifier: ISC */
/*
 * vclaims: the base under the log's overlay of claims, a small LMDB of its
 * own with its own mark (DIR/views/claims.mdb), so that it is whole long
 * before a rebuild of the views is.  Filled from the lasting parts of entries
 * alone: erased entries keep their claims.
 *
 * Written by one thread (the applier, or store_open() before it starts);
 * looked up by the log's writer thread.
 */
#ifndef DOSSIER_VIEWS_VCLAIMS_H
#define DOSSIER_VIEWS_VCLAIMS_H

#include <stdint.h>

#include "store/log.h"
#include "store/trouble.h"

struct vclaims;

/*
 * Opens them; makes them anew when missing, another store's, or ahead of a
 * journal whose rollback was accepted.  NULL with trouble.
 */
struct vclaims *vclaims_open(const char *path, struct log *, struct trouble *);
void	vclaims_close(struct vclaims *);
/* All up to this entry is in them. */
uint64_t vclaims_seq(const struct vclaims *);
const uint8_t *vclaims_chain(const struct vclaims *);
/* The mark to go on from; NULL: from the first entry. */
const uint8_t *vclaims_mark(const struct vclaims *);
/* Empties them: they stood on a journal that is no more. */
int	vclaims_reset(struct vclaims *, struct trouble *)
	    __attribute__((warn_unused_result));

/* An entry's claims; begins a transaction if none is open. */
int	vclaims_add(struct vclaims *, const struct log_item *, struct trouble *)
	    __attribute__((warn_unused_result));
int	vclaims_commit(struct vclaims *, const uint8_t mark[LOG_MARK_LEN],
	    struct trouble *) __attribute__((warn_unused_result));
void	vclaims_abort(struct vclaims *);
/* From where they stand to the durable end, with a cursor of its own. */
int	vclaims_catch_up(struct vclaims *, struct log *, log_progress_fn *,
	    void *arg, struct trouble *) __attribute__((warn_unused_result));

/* A log_claims_fn; the writer thread's alone. */
int	vclaims_find(void *claims, const uint8_t key[LOG_CLAIM_LEN],
	    uint64_t *value_r);

#endif
