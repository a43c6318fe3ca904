/* SPDX-License-Identifier: ISC */
/*
 * columns: the columns of a timeline, its head, and the runs that fill them.
 */
#ifndef DOSSIER_COLUMNS_H
#define DOSSIER_COLUMNS_H

#include "store/ask/room.h"

struct columns {
	struct rows_column	 v[ASK_OF_MAX];
	unsigned		 n;
	uint64_t		 waiting;
	struct runs		 runs;		/* column after column */
};

/* 0 or -1 with errno; columns_release() is due either way. */
int	columns_make(struct room *, const struct ask_query *,
	    struct columns *);
void	columns_release(struct columns *);

#endif
