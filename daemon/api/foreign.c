/* SPDX-License-Identifier: ISC */
/*
 * foreign: a thin face of jansson.
 */
#include "daemon/api/foreign.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

struct foreign {
	json_t	*object;
};

struct foreign *
foreign_parse(const char *text, size_t len, char why_r[FOREIGN_WHY_MAX])
{
	struct foreign *f = calloc(1, sizeof *f);
	json_error_t error;

	why_r[0] = '\0';
	if (f == NULL) {
		(void)snprintf(why_r, FOREIGN_WHY_MAX, "no memory");
		return NULL;
	}
	f->object = json_loadb(text, len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (f->object == NULL)
		(void)snprintf(why_r, FOREIGN_WHY_MAX, "line %d: %s",
		    error.line, error.text);
	if (!json_is_object(f->object)) {
		foreign_free(f);
		return NULL;
	}
	return f;
}

void
foreign_free(struct foreign *f)
{
	if (f == NULL)
		return;
	json_decref(f->object);
	free(f);
}

const char *
foreign_member(const struct foreign *f, unsigned i)
{
	void *it = json_object_iter(f->object);

	while (it != NULL && i-- > 0)
		it = json_object_iter_next(f->object, it);
	return it == NULL ? NULL : json_object_iter_key(it);
}

enum foreign_type
foreign_type(const struct foreign *f, const char *name)
{
	const json_t *v = json_object_get(f->object, name);

	if (v == NULL)
		return FOREIGN_NONE;
	switch (json_typeof(v)) {
	case JSON_NULL:
		return FOREIGN_NONE;
	case JSON_STRING:
		return FOREIGN_TEXT;
	case JSON_INTEGER:
		return FOREIGN_INT;
	case JSON_TRUE:
	case JSON_FALSE:
		return FOREIGN_BOOL;
	case JSON_ARRAY:
		return FOREIGN_LIST;
	default:
		return FOREIGN_OTHER;
	}
}

const char *
foreign_text(const struct foreign *f, const char *name)
{
	return json_string_value(json_object_get(f->object, name));
}

int64_t
foreign_int(const struct foreign *f, const char *name)
{
	return json_integer_value(json_object_get(f->object, name));
}

int
foreign_true(const struct foreign *f, const char *name)
{
	return json_is_true(json_object_get(f->object, name));
}

unsigned
foreign_count(const struct foreign *f, const char *name)
{
	return (unsigned)json_array_size(json_object_get(f->object, name));
}

const char *
foreign_item(const struct foreign *f, const char *name, unsigned i)
{
	return json_string_value(json_array_get(
	    json_object_get(f->object, name), i));
}
