/* SPDX-License-Identifier: ISC */
/*
 * routes: routes.def as arrays, and the search in them.
 *
 * The rows of a route stand in three flat arrays: each begins with an empty
 * row that closes the fields of the route before it, so a route's fields are
 * what follows its own empty row up to the next.
 */
#include "proto/base/routes.h"

#include <string.h>

#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)

/* Where the fields of each route begin: every line of the file counts one. */
enum {
#define ROUTE(key, method, path, permission, trace, summary) AT_QUERY_##key,
#define QUERY(name, type, meaning) PASTE(QUERY_LINE_, __LINE__),
#define BODY(name, type, need, meaning)
#define ANSWER(status, what)
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
	QUERY_ROWS
};

enum {
#define ROUTE(key, method, path, permission, trace, summary) AT_BODY_##key,
#define QUERY(name, type, meaning)
#define BODY(name, type, need, meaning) PASTE(BODY_LINE_, __LINE__),
#define ANSWER(status, what)
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
	BODY_ROWS
};

static const struct route_field route_queries[QUERY_ROWS + 1] = {
#define ROUTE(key, method, path, permission, trace, summary)		\
	{ NULL, NULL, 0, NULL },
#define QUERY(name, type, meaning) { name, type, 0, meaning },
#define BODY(name, type, need, meaning)
#define ANSWER(status, what)
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
};

static const struct route_field route_bodies[BODY_ROWS + 1] = {
#define ROUTE(key, method, path, permission, trace, summary)		\
	{ NULL, NULL, 0, NULL },
#define QUERY(name, type, meaning)
#define BODY(name, type, need, meaning) { name, type, need, meaning },
#define ANSWER(status, what)
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
};

static const struct route_row route_table[ROUTE_COUNT] = {
#define ROUTE(key, method, path, permission, trace, summary)		\
	{ method, path, permission, trace, summary,			\
	    &route_queries[AT_QUERY_##key + 1],				\
	    &route_bodies[AT_BODY_##key + 1],
#define QUERY(name, type, meaning)
#define BODY(name, type, need, meaning)
#define ANSWER(status, what) what, status },
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
};

const struct route_row *
route_row(enum route route)
{
	return &route_table[route];
}

/* 1 if the path is of this pattern; what stands for {id} comes back. */
static int
route_fits(const char *pattern, const char *path, const char **id_r,
    size_t *idlen_r)
{
	const char *brace = strstr(pattern, "{id}");
	size_t n;

	*id_r = NULL;
	*idlen_r = 0;
	if (brace == NULL)
		return strcmp(pattern, path) == 0;
	n = (size_t)(brace - pattern);
	if (strncmp(pattern, path, n) != 0)
		return 0;
	*id_r = path + n;
	*idlen_r = strcspn(path + n, "/");
	return *idlen_r > 0 && strcmp(brace + 4, path + n + *idlen_r) == 0;
}

int
route_match(const char *method, const char *path, enum route *route_r,
    const char **id_r, size_t *idlen_r)
{
	int found = 0;

	for (size_t i = 0; i < ROUTE_COUNT; i++) {
		const char *id;
		size_t idlen;

		if (!route_fits(route_table[i].path, path, &id, &idlen))
			continue;
		*route_r = (enum route)i;
		*id_r = id;
		*idlen_r = idlen;
		if (strcmp(route_table[i].method, method) == 0)
			return 1;
		found = -1;
	}
	return found;
}
