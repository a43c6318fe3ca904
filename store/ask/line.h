/* SPDX-License-Identifier: ISC */
/*
 * line: a row of the views' TIME table as a row of the timeline, with its
 * texts in a slab that lasts until the next slice.
 */
#ifndef DOSSIER_LINE_H
#define DOSSIER_LINE_H

#include "proto/out/rows.h"
#include "store/views/row.h"

/* Memory that is given back all at once. */
struct slab {
	struct chunk	*chunk;		/* newest first */
	size_t		 used;		/* bytes handed out since the reset */
};

void	*slab_get(struct slab *, size_t n);	/* NULL: ENOMEM */
void	 slab_reset(struct slab *);
void	 slab_release(struct slab *);

/* Telling of lanes: does a row of it count as contact with the client? */
int	line_is_contact(const struct vline *);
enum lane line_lane(const struct vline *);
/*
 * The row in a column; scope is where the line was found: filings elsewhere
 * are not told of.  0, or -1 (ENOMEM).  The row borrows from the slab.
 */
int	line_row(struct slab *, const struct vline *, const struct id *scope,
	    const struct id *column, struct row *row_r);
/* Why a fact was stated, what it replaced and what replaced it (0: nothing). */
int	line_fact(struct slab *, const struct vfact *, uint64_t ended,
	    struct row *);

#endif
