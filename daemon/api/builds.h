/* SPDX-License-Identifier: ISC */
/*
 * builds: what builds.c, zips.c and jobs.c share.
 */
#ifndef DOSSIER_API_BUILDS_H
#define DOSSIER_API_BUILDS_H

#include "daemon/api/call.h"
#include "store/ask/bundle.h"

/* The bundle of the path: 1, or -1: answered. */
int	builds_bundle(struct call *, struct bundle *bundle_r);
/* Answers with the row "job" of a build. */
void	jobs_row(struct call *, const struct bundle *,
	    const struct bundle_build *, int status);
/* The member "awaited": what its seal may still get; nothing if all came. */
struct jw;
void	awaited_put(struct call *, const struct bundle_build *, struct jw *);

#endif
