/* SPDX-License-Identifier: ISC */
/*
 * bundle_own: what bundle.c (the record), numbers.c, plan.c and loose.c share.
 */
#ifndef DOSSIER_ASK_BUNDLE_OWN_H
#define DOSSIER_ASK_BUNDLE_OWN_H

#include "store/ask/bundle.h"
#include "store/ask/room.h"
#include "store/views/row_bundle.h"

/* Functions give 1 found, 0 none, -1 with errno. */

/* The bundle as the room sees it; `ordered`: the entry of its order. */
int	bundle_take(struct room *, const struct id *, struct bundle *,
	    uint64_t *ordered_r);
int	build_take(struct room *, const struct id *, uint64_t build,
	    struct bundle_build *);
/*
 * The bundle, what it supplements, what that supplements ...; own ones first.
 * The whole family: from the first to the last that goes on.
 */
int	bundle_chain(struct room *, const struct id *, struct ids *);
int	bundle_family(struct room *, const struct id *, struct ids *);
/*
 * Reads the blob of a build into the end of numbers, each with its bundle
 * and build.  0 or -1.
 */
int	numbers_read(struct room *, const struct id *,
	    const struct bundle_build *, struct numbers *);
/* By document, then with numbers before without, then the last build. */
int	numbers_order(const void *, const void *);
/* The digits behind the prefix; 0 if it has none. */
uint64_t bates_number(const char *bates);
/* The marks of all documents of the set that a document belongs to. */
int	set_marks(struct room *, const struct vdoc *, unsigned *marks_r,
	    uint64_t *marked_r);

#endif
