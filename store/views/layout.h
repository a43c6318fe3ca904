/* SPDX-License-Identifier: ISC */
/*
 * layout: the values of PLAIN tables, shared by who writes and who reads.
 */
#ifndef DOSSIER_VIEWS_LAYOUT_H
#define DOSSIER_VIEWS_LAYOUT_H

#include "store/views/env.h"

struct vhash;

#define VENTRY_LEN (LOC_LEN + 1 + 8 + 2 * LOG_HASH_LEN + ID_KEY_LEN + 8)
#define VBLOB_LEN (LOC_LEN + 8)
#define VRULES_LEN (8 + 64)
#define BLOB_WHAT 'b'			/* of the hash in BLOB's key */
#define SOURCE_WHAT 'S'			/* of the hash in SOURCE's key */
#define VARRIVED_LEN (8 + ID_KEY_LEN + 1)	/* ARRIVAL's value */

void	ventry_encode(const struct ventry *, uint8_t out[VENTRY_LEN]);
/* 1, or -1 with errno EIO. */
int	ventry_decode(const struct vrow *, uint64_t seq, struct ventry *);
int	vblob_find(struct snap *, const struct vhash *,
	    const uint8_t sha256[LOG_HASH_LEN], struct loc *loc_r,
	    uint64_t *size_r);

#endif
