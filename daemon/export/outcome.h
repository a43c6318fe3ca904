/* SPDX-License-Identifier: ISC */
/*
 * outcome: what is stated of a build that has ended: bundle.built with the
 * blob of its numbers and the stamp that came while it was sealed, or
 * bundle.failed.
 *
 * Claim:  ended/B-0001.1  the one entry that says how that build ended
 */
#ifndef DOSSIER_EXPORT_OUTCOME_H
#define DOSSIER_EXPORT_OUTCOME_H

#include "daemon/export/bundle.h"
#include "store/ask/bundle.h"

/* rc 0: it was built; else trouble says why not.  NULL with errno. */
struct batch *outcome_batch(struct store *, const struct bundle_job *,
	    int rc, const struct bundle_outcome *, const struct trouble *);
void	outcome_release(struct bundle_outcome *);

#endif
