/* SPDX-License-Identifier: ISC */
/*
 * merge: several runs of rows of the views as one, in the order of their sort
 * bytes, then of the runs.
 *
 * A run is the rows of one table whose keys begin with a prefix; its sort
 * bytes are the `len` bytes of the key from `off` on.  A merge lives within
 * one snapshot; where it stands is a struct place, from which another merge
 * over the same runs goes on in another snapshot.  It holds one row a run.
 */
#ifndef DOSSIER_ASK_MERGE_H
#define DOSSIER_ASK_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "store/views/env.h"

#define MERGE_SORT_MAX 16

struct run {
	enum view_table	table;
	unsigned	flags;		/* VCUR_ALL; never VCUR_BACK */
	struct vkey	prefix;
	size_t		off, len;	/* sort bytes in the key */
	unsigned	column;		/* of a timeline; others: 0 */
	int		quiet;		/* a run without contact: record only */
	int		rows_only;	/* its record rows, not its documents */
};

/* Behind which row a merge goes on. */
struct place {
	int		set;		/* 0: before the first */
	size_t		len;
	uint8_t		sort[MERGE_SORT_MAX];
	size_t		run;		/* SIZE_MAX: behind all of them */
};

struct merge {
	const struct run *run;		/* borrowed */
	struct vcur	*cur;
	size_t		 n;		/* runs */
	size_t		*heap;
	size_t		 live;		/* runs in the heap */
	int		 given;		/* heap[0] was given and must move on */
};

/* 0 or -1 with errno; merge_close() is due either way, before snap_end(). */
int	merge_open(struct merge *, struct snap *, const struct run *, size_t n,
	    const struct place *after) __attribute__((warn_unused_result));
/* 1 and the run whose cur->row it is; 0 at the end; -1 with errno. */
int	merge_next(struct merge *, size_t *run_r)
	    __attribute__((warn_unused_result));
/* The place behind the row that was given last. */
void	merge_place(const struct merge *, struct place *place_r);
void	merge_close(struct merge *);

#endif
