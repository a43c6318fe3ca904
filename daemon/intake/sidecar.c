/* SPDX-License-Identifier: ISC */
/*
 * sidecar: what came beside a file.  Must never lose a value silently: what
 * cannot be an object of ours is kept as its own text.
 */
#include "daemon/intake/sidecar.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/intake/sidecar_json.h"
#include "proto/base/json.h"
#include "proto/base/text.h"

static int
is_canonical(const char *s, size_t len)
{
	struct json json;

	if (json_parse(&json, s, len) == -1)
		return 0;
	json_release(&json);
	return 1;
}

int
sidecar_canonical(const char *s, size_t len, struct buf *out)
{
	size_t n = 0;
	char *compact = sidecar_compact(s, len, &n);
	struct jw w;
	int rc = 0;

	if (compact != NULL && is_canonical(compact, n)) {
		buf_add(out, compact, n);
	} else if (text_is_utf8(s, len)) {
		jw_init(&w, out);
		jw_object(&w);
		jw_key(&w, "text");
		jw_strn(&w, s, len);
		jw_end(&w);
	} else {
		rc = -1;
	}
	free(compact);
	return buf_failed(out) ? -1 : rc;
}

int
sidecar_of(const char *name, size_t *baselen_r)
{
	size_t len = strlen(name);

	if (len < 8 || strcasecmp(name + len - 5, ".json") != 0 ||
	    memchr(name + 1, '.', len - 6) == NULL)
		return 0;
	*baselen_r = len - 5;
	return 1;
}
