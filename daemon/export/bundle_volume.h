/* SPDX-License-Identifier: ISC */
/*
 * bundle_volume: what bundle_volume.c (files) and bundle_piece.c (cells)
 * share.
 */
#ifndef DOSSIER_EXPORT_BUNDLE_VOLUME_H
#define DOSSIER_EXPORT_BUNDLE_VOLUME_H

#include "daemon/export/bundle_own.h"
#include "proto/out/edrm.h"

/* The row of member i, whose family's pieces begin at `first`. */
void	production_fill(struct making *, const struct family *, unsigned i,
	    size_t first, struct filling *);
/* The row of the privilege log for a family that is withheld. */
void	privilege_fill(struct making *, const struct family *,
	    struct filling *);

#endif
