/* SPDX-License-Identifier: ISC */
/*
 * bundle_stamp: RFC 3161 stamps for bundles, asked from the authorities of
 * the configuration, and the entries that keep them: bundle.stamped over the
 * manifests of a build, tree.stamped over the master checkpoint that its
 * proofs stand on.  It blocks: for a thread of its own.
 */
#ifndef DOSSIER_EXPORT_BUNDLE_STAMP_H
#define DOSSIER_EXPORT_BUNDLE_STAMP_H

#include <stdatomic.h>
#include <stdint.h>

#include "daemon/trees/seal_conf.h"
#include "proto/base/buf.h"

/* What is stamped: one of the two. */
struct stamp_wish {
	unsigned	 build;		/* 0: of a master checkpoint */
	uint8_t		 tagmanifest[64];	/* SHA-512 of it */
	struct buf	 head;		/* body of the master checkpoint */
	uint64_t	 master_size;
	/* the answer; token empty: there is none */
	struct buf	 token;		/* DER */
	const char	*authority;	/* of the configuration */
	int64_t		 at;		/* as it says */
};

void	stamp_wish_release(struct stamp_wish *);
/*
 * Asks one authority after the other until one answers and it holds: 1, or 0
 * with why (English, of 256 bytes).  stop turning 1 ends it soon.
 */
int	stamp_wish_ask(struct stamp_wish *, const struct seal_conf *,
	    const atomic_int *stop, char why_r[256]);
/* The body of bundle.stamped or tree.stamped. */
void	stamp_wish_body(const struct stamp_wish *, struct buf *body);

#endif
