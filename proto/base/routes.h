/* SPDX-License-Identifier: ISC */
/*
 * routes: the table of API routes (routes.def).  The daemon dispatches by it,
 * OpenAPI and the manual are generated from it, the client names its rows.
 */
#ifndef DOSSIER_ROUTES_H
#define DOSSIER_ROUTES_H

#include <stddef.h>

enum route {
#define ROUTE(key, method, path, permission, trace, summary) ROUTE_##key,
#define QUERY(name, type, meaning)
#define BODY(name, type, need, meaning)
#define ANSWER(status, what)
#include "proto/base/routes.def"
#undef ROUTE
#undef QUERY
#undef BODY
#undef ANSWER
	ROUTE_COUNT
};

struct route_field {
	const char	*name;
	const char	*type;		/* string, integer ... bytes */
	int		 need;
	const char	*meaning;
};

struct route_row {
	const char			*method;
	const char			*path;		/* /api/v1/cases/{id} */
	const char			*permission;	/* read, file ... */
	const char			*trace;		/* none, read, change */
	const char			*summary;
	const struct route_field	*query;		/* ends: NULL name */
	const struct route_field	*body;
	const char			*answer;	/* row, rows*, type */
	int				 status;	/* of success */
};

const struct route_row *route_row(enum route);
/*
 * The route of a request: 1 found, 0 no such path, -1 the path exists with
 * other methods (405).  {id} parts come back in id_r (pointer into path).
 */
int	route_match(const char *method, const char *path, enum route *route_r,
	    const char **id_r, size_t *idlen_r);

#endif
