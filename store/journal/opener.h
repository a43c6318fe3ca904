/* SPDX-License-Identifier: ISC */
/*
 * opener: the frames of a segment in their order, already opened and hashed,
 * by two threads.  This needs no other frame; what a frame means does.  So the
 * reader looks at one run of frames while the next ones are opened beside it,
 * and opens too when it has nothing to look at.
 */
#ifndef DOSSIER_JOURNAL_OPENER_H
#define DOSSIER_JOURNAL_OPENER_H

#include "store/journal/journal.h"
#include "store/journal/walk.h"

struct opener;

struct opened {
	struct frame	 frame;
	uint64_t	 at, next;	/* where it stands, where it ends */
	const uint8_t	*raw;		/* header, sealed bytes, tag */
	struct buf	 plain;		/* the caller may swap it */
	int		 rc;		/* of seal_get() */
	_Atomic int	 opened;	/* all of it is here */
	/*
	 * Of a blob's bytes behind the hash that they state; of the erasable
	 * part of an entry.
	 */
	uint8_t		 sha256[LOG_HASH_LEN];
};

/* The seal is the caller's, used on its thread.  NULL: ENOMEM. */
struct opener *opener_new(struct log *, struct seal *);
void	opener_free(struct opener *);		/* NULL is fine */
/* Reads along this walk, up to a footer; borrows it until opener_end(). */
void	opener_begin(struct opener *, struct walk *);
/*
 * 1 and the next frame, borrowed until the next call; then what the walk ended
 * with, 0 or -1 (behind a footer 0).
 */
int	opener_next(struct opener *, struct opened **opened_r);
/* Leaves the walk; also in its middle. */
void	opener_end(struct opener *);

#endif
