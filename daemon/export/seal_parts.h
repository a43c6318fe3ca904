/* SPDX-License-Identifier: ISC */
/*
 * seal_parts: what of seal/ (proto/out/layout.h) comes after a build: the
 * stamp of its manifests, what authorities and witnesses said of the master
 * checkpoint that its proofs stand on, and the proof that the export itself
 * is in the log.  They are entries, or follow from entries, and are made anew
 * for whoever fetches the bundle; no file keeps them.
 *
 * For the loop; it reads the store for a few milliseconds.
 */
#ifndef DOSSIER_EXPORT_SEAL_PARTS_H
#define DOSSIER_EXPORT_SEAL_PARTS_H

#include <stdint.h>

#include "daemon/trees/seal_conf.h"
#include "proto/base/buf.h"
#include "store/ask/bundle.h"
#include "store/ask/trees.h"
#include "store/store.h"

#define SEAL_PARTS_MAX	6

struct seal_part {
	const char	*path;		/* "seal/..." */
	struct buf	 bytes;
};

/* What is configured and not there by now. */
#define AWAITS_STAMP		1u
#define AWAITS_EXPORT		2u	/* a checkpoint after the export */
#define AWAITS_MASTER_STAMP	4u
#define AWAITS_WITNESS		8u
#define AWAITS_N		4
/* "stamp" "export-proof" "master-stamp" "witness", of 1 << i. */
const char *awaits_name(unsigned i);

struct seal_parts {
	struct seal_part part[SEAL_PARTS_MAX];	/* by path */
	unsigned	 n;
	unsigned	 awaited;
};

/* Who signs and who is asked; borrowed. */
struct seal_source {
	struct store	*store;
	const uint8_t	*seed;		/* NULL: nothing can be signed */
	const struct seal_conf *conf;	/* NULL: nobody is asked */
	/* Up to where heads may be signed; NULL: none is published. */
	const struct tree_checkpoint *published;
};

/* Of a build that was built.  0, or -1 with trouble. */
int	seal_parts(const struct seal_source *, const struct bundle_build *,
	    struct seal_parts *parts_r, struct trouble *);
/* The same without making them. */
unsigned seal_awaited(const struct seal_source *,
	    const struct bundle_build *);
void	seal_parts_release(struct seal_parts *);

#endif
