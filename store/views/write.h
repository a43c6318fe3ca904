/* SPDX-License-Identifier: ISC */
/*
 * write: the one write transaction of the views, for the applier (or a
 * rebuild) alone.  What was put becomes visible, with the mark, at the commit.
 *
 * Its snap reads what is in force now, its own writes included.
 */
#ifndef DOSSIER_VIEWS_WRITE_H
#define DOSSIER_VIEWS_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "store/trouble.h"
#include "store/views/env.h"

struct vhash;

struct vtxn {
	struct snap	 snap;			/* position: the newest */
	const struct vhash *hash;
	uint64_t	 count[COUNT_N];
	struct buf	 old;			/* scratch of vtxn_end() */
};

#define VTXN_CHECKED __attribute__((warn_unused_result))

int	vtxn_begin(struct venv *, const struct vhash *, struct vtxn *txn_r,
	    struct trouble *) VTXN_CHECKED;
/* Writes counts, mark and position and commits.  -1: nothing of it is kept. */
int	vtxn_commit(struct vtxn *, const uint8_t mark[LOG_MARK_LEN],
	    uint64_t seq, int64_t at, const uint8_t chain[LOG_HASH_LEN],
	    struct trouble *) VTXN_CHECKED;
void	vtxn_abort(struct vtxn *);

/* All below: 0 (or what is said), -1 with errno (ENOSPC, EIO, ENOMEM). */

/* PLAIN tables.  Keys of an append table only grow. */
int	vtxn_set(struct vtxn *, enum view_table, const struct vkey *,
	    const void *, size_t) VTXN_CHECKED;
int	vtxn_append(struct vtxn *, enum view_table, const struct vkey *,
	    const void *, size_t) VTXN_CHECKED;
int	vtxn_unset(struct vtxn *, enum view_table, const struct vkey *)
	    VTXN_CHECKED;			/* absent: 0 */

/* A row made by an entry; the same entry's row of that key is replaced. */
int	vtxn_put(struct vtxn *, enum view_table, const struct vkey *,
	    uint64_t made, const void *, size_t) VTXN_CHECKED;
/* Ends the row that `made` made.  No such row, or ended before: 0. */
int	vtxn_end(struct vtxn *, enum view_table, const struct vkey *,
	    uint64_t made, uint64_t ended) VTXN_CHECKED;
/* Ends the version of `was` (0: there is none) and puts the next. */
int	vtxn_next(struct vtxn *, enum view_table, const struct vkey *,
	    uint64_t was, uint64_t made, const void *, size_t) VTXN_CHECKED;
/* Removes a row that this same entry made. */
int	vtxn_undo(struct vtxn *, enum view_table, const struct vkey *,
	    uint64_t made) VTXN_CHECKED;

#endif
