/* SPDX-License-Identifier: ISC */
/*
 * sidecar: what came beside a file.  Must never lose a value silently: what
 * cannot be an object of ours is kept as its own text.
 */
#include "daemon/intake/sidecar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/intake/sidecar_json.h"
#include "proto/base/json.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

static int
is_canonical(const char *s, size_t len)
{
	struct json json;

	if (json_parse(&json, s, len) == -1)
		return 0;
	json_release(&json);
	return 1;
}

/* The text as it is, and what is added. */
static void
put_plain(const char *s, size_t len, const struct sidecar_more *more,
    struct buf *out)
{
	struct jw w;
	unsigned i;

	jw_init(&w, out);
	jw_object(&w);
	jw_kstr_opt(&w, "device", more->device);
	if (more->ntags > 0) {
		jw_key(&w, "tags");
		jw_array(&w);
		for (i = 0; i < more->ntags; i++)
			jw_str(&w, more->tag[i]);
		jw_end(&w);
	}
	if (len > 0) {
		jw_key(&w, "text");
		jw_strn(&w, s, len);
	}
	jw_end(&w);
}

int
sidecar_canonical(const char *s, size_t len, const struct sidecar_more *more,
    struct buf *out)
{
	size_t n = 0;
	char *compact = len > 0 ? sidecar_compact(s, len, more, &n) : NULL;
	int rc = 0;

	if (compact != NULL && is_canonical(compact, n))
		buf_add(out, compact, n);
	else if (!text_is_utf8(s, len))
		rc = -1;
	else if (len > 0 || more->device != NULL || more->ntags > 0)
		put_plain(s, len, more, out);
	free(compact);
	return buf_failed(out) ? -1 : rc;
}

/* ---- fields of the entry ---------------------------------------------- */

static int
fits_text(const char *s)
{
	return *s != '\0' && strlen(s) <= LIMIT_TITLE;
}

static int
fits_direction(const char *s)
{
	return strcmp(s, "in") == 0 || strcmp(s, "out") == 0 ||
	    strcmp(s, "internal") == 0 || strcmp(s, "between") == 0 ||
	    strcmp(s, "unknown") == 0;
}

static int
fits_time(const char *s)
{
	struct when when;

	return when_parse(s, strlen(s), &when) == 0;
}

static const struct lift {
	const char	*name;
	int		(*fits)(const char *);
} lift_table[] = {
	{ "direction", fits_direction }, { "from", fits_text },
	{ "kind", fits_text }, { "received", fits_time },
	{ "sent", fits_time }, { "title", fits_text }
};

/* `to' is a list in the entry. */
static int
lift_to(struct intake *in, const char *text)
{
	struct buf json = BUF_INIT;
	struct jw w;
	int rc;

	jw_init(&w, &json);
	jw_array(&w);
	jw_str(&w, text);
	jw_end(&w);
	rc = buf_failed(&json) ? -1 : intake_set(in, "to",
	    (const char *)json.data, json.len);
	buf_release(&json);
	return rc;
}

static int
lift_one(struct intake *in, const struct json *json, const struct lift *l)
{
	struct buf text = BUF_INIT;
	int rc = 0;

	if (json_str(json, json_get(json, 0, l->name), &text) == 0) {
		if (buf_str(&text) == NULL)
			rc = -1;
		else if (l->fits(buf_str(&text)))
			rc = strcmp(l->name, "to") == 0 ?
			    lift_to(in, buf_str(&text)) :
			    intake_text(in, l->name, buf_str(&text));
	}
	buf_release(&text);
	return rc;
}

int
sidecar_lift(struct intake *in, const char *s, size_t len)
{
	static const struct lift to = { "to", fits_text };
	struct json json;
	size_t i;
	int rc;

	if (json_parse(&json, s, len) == -1)
		return errno == ENOMEM ? -1 : 0;
	rc = lift_one(in, &json, &to);
	for (i = 0; i < sizeof(lift_table) / sizeof(lift_table[0]); i++)
		if (rc == 0)
			rc = lift_one(in, &json, &lift_table[i]);
	json_release(&json);
	return rc;
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
