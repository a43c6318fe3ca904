/* SPDX-License-Identifier: ISC */
/*
 * sidecar_json: the jansson half of sidecar, which stands apart because
 * jansson and proto/base/json.h have names in common.
 */
#ifndef DOSSIER_SIDECAR_JSON_H
#define DOSSIER_SIDECAR_JSON_H

#include <stddef.h>

#include "proto/base/limits.h"

/* What the daemon adds: `device' if it has none, and its `tags'. */
struct sidecar_more {
	const char	*device;	/* or NULL */
	const char	*tag[LIMIT_DROP_DEPTH];	/* UTF-8 */
	unsigned	 ntags;
};

/*
 * The object with more added, compact and with sorted names, to be freed; or
 * NULL if the text is no JSON object that an entry can carry.
 */
char	*sidecar_compact(const char *, size_t, const struct sidecar_more *,
	    size_t *len_r);

#endif
