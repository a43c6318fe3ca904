/* SPDX-License-Identifier: ISC */
/*
 * list: what the two halves of the lists share: list.c goes through rows,
 * pick.c chooses and writes one.
 */
#ifndef DOSSIER_LIST_H
#define DOSSIER_LIST_H

#include "store/ask/room.h"

struct ask {
	struct store		*store;
	struct ask_query	 query;
	char			*rule;
	uint64_t		 position;
	int64_t			 today;
	uint64_t		 last;		/* of lists sorted by entry */
	struct runs		 runs;
	int			 prepared;	/* runs are those of position */
	struct place		 place;
};

/* 1 written, 0 not of this list, -1 with errno. */
int	list_row(struct ask *, struct room *, struct jw *,
	    const struct vrow *);

#endif
