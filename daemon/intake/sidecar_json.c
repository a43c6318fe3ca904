/* SPDX-License-Identifier: ISC */
/*
 * sidecar_json: foreign JSON to something close to canonical.  Must never
 * round a number: what is no exact integer becomes a text.
 */
#include "daemon/intake/sidecar_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDECAR_DEPTH	8
#define SIDECAR_NAME	30	/* bytes of a member's name */
#define EXACT_MAX	9007199254740991LL

/* The number as a text, or NULL: it can stay. */
static json_t *
instead_of(json_t *v)
{
	char text[64];

	if (json_is_integer(v) && llabs(json_integer_value(v)) > EXACT_MAX)
		(void)snprintf(text, sizeof(text), "%lld",
		    (long long)json_integer_value(v));
	else if (json_is_real(v))
		(void)snprintf(text, sizeof(text), "%.17g",
		    json_real_value(v));
	else
		return NULL;
	return json_string(text);
}

static int
name_fits(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if ((signed char)name[i] < ' ')	/* control or not ASCII */
			return 0;
	return i <= SIDECAR_NAME;
}

/* Makes it fit an entry; 0, or -1: it cannot. */
static int
tidy(json_t *v, unsigned depth)
{
	const char *name;
	json_t *member, *text;
	void *next;
	size_t i;

	if (depth == SIDECAR_DEPTH)
		return -1;
	if (json_is_array(v))
		json_array_foreach(v, i, member) {
			if (tidy(member, depth + 1) == -1)
				return -1;
			if ((text = instead_of(member)) != NULL &&
			    json_array_set_new(v, i, text) == -1)
				return -1;
		}
	else if (json_is_object(v))
		json_object_foreach_safe(v, next, name, member) {
			if (!name_fits(name) || tidy(member, depth + 1) == -1)
				return -1;
			if ((text = instead_of(member)) != NULL &&
			    json_object_iter_set_new(v,
			    json_object_key_to_iter(name), text) == -1)
				return -1;
		}
	return 0;
}

/* The device unless the sidecar names one; its tags, then the folders. */
static int
add_more(json_t *v, const struct sidecar_more *more)
{
	json_t *own = json_object_get(v, "tags"), *tags;
	unsigned i;

	if (more->device != NULL && json_object_get(v, "device") == NULL &&
	    json_object_set_new(v, "device",
	    json_string(more->device)) == -1)
		return -1;
	if (more->ntags == 0)
		return 0;
	tags = json_array();
	if (json_is_array(own))
		(void)json_array_extend(tags, own);
	else if (own != NULL)
		(void)json_array_append(tags, own);
	for (i = 0; i < more->ntags; i++)
		if (json_array_append_new(tags,
		    json_string(more->tag[i])) == -1) {
			json_decref(tags);
			return -1;
		}
	return json_object_set_new(v, "tags", tags);
}

char *
sidecar_compact(const char *s, size_t len, const struct sidecar_more *more,
    size_t *len_r)
{
	json_t *v = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL);
	char *text = NULL;

	if (json_is_object(v) && tidy(v, 0) == 0 && add_more(v, more) == 0)
		text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(v);
	if (text != NULL)
		*len_r = strlen(text);
	return text;
}
