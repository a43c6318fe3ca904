/* SPDX-License-Identifier: ISC */
/*
 * sidecar_json: the jansson half of sidecar, which stands apart because
 * jansson and proto/base/json.h have names in common.
 */
#ifndef DOSSIER_SIDECAR_JSON_H
#define DOSSIER_SIDECAR_JSON_H

#include <stddef.h>

/*
 * The object compact and with sorted names, to be freed, or NULL if the text
 * is no JSON object that an entry can carry.
 */
char	*sidecar_compact(const char *, size_t, size_t *len_r);

#endif
