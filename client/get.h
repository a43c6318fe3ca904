/* SPDX-License-Identifier: ISC */
/*
 * get: one question to the daemon, and its answer shown.
 */
#ifndef DOSSIER_GET_H
#define DOSSIER_GET_H

#include "client/show.h"

#define GET_PARAMS 8

struct get {
	enum route	 route;
	const char	*id;		/* fills {id} of the path, or NULL */
	struct {
		const char	*name, *value;	/* value NULL: left out */
	}		 param[GET_PARAMS];
	/* Of a list. */
	const struct column *columns;
	enum say_key	 empty;
};

/* The rows, as show_list() has them. */
int	get_list(const struct cmd *, const struct get *);
/* All members of one thing. */
int	get_thing(const struct cmd *, const struct get *);

#endif
