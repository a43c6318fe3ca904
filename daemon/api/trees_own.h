/* SPDX-License-Identifier: ISC */
/*
 * trees_own: what trees.c (keys, checkpoints) and proofs.c share.
 */
#ifndef DOSSIER_API_TREES_OWN_H
#define DOSSIER_API_TREES_OWN_H

#include "daemon/api/call.h"
#include "daemon/trees/notary.h"
#include "proto/base/json.h"
#include "store/ask/trees.h"

/* NULL: answered.  A read-only store has no notary: it signs nothing. */
struct notary *trees_notary(struct call *);
struct trees *trees_here(struct call *);	/* trees_close() */
/*
 * Of a callback for which the call was held: 1 if it is to be answered with
 * the checkpoint, 0 if nobody waits or why there is none was answered.
 */
int	trees_came(struct call *, const struct tree_checkpoint *,
	    const struct trouble *why);
/* Answers: there is no log here; its views could not be read (errno). */
void	trees_none(struct call *, const struct trouble *why);
void	trees_failed(struct call *);
/* A member, left out if the text is empty. */
void	trees_put(struct jw *, const char *key, const struct buf *text);

#endif
