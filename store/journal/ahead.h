/* SPDX-License-Identifier: ISC */
/*
 * ahead: the frames of a segment in their order, already opened, by two
 * threads.  Opening a frame needs no other frame; what a frame means does.
 * So the reader looks at one run of frames while the next one is opened
 * beside it, and opens too when it has nothing to look at.
 */
#ifndef DOSSIER_JOURNAL_AHEAD_H
#define DOSSIER_JOURNAL_AHEAD_H

#include "store/journal/journal.h"

struct ahead;

struct opened {
	struct frame	 frame;
	uint64_t	 at, next;	/* where it stands, where it ends */
	const uint8_t	*raw;		/* header, sealed bytes, tag */
	struct buf	 plain;		/* the caller may swap it */
	int		 rc;		/* of seal_get() */
	size_t		 raw_at;
};

/* The seal is the caller's, used on its thread.  NULL: ENOMEM. */
struct ahead *ahead_new(struct log *, struct seal *);
void	ahead_free(struct ahead *);		/* NULL is fine */
/* Reads along this walk, up to a footer; borrows it until ahead_end(). */
void	ahead_begin(struct ahead *, struct walk *);
/*
 * 1 and the next frame, borrowed until the next call; then what the walk ended
 * with, 0 or -1 (behind a footer 0).
 */
int	ahead_next(struct ahead *, struct opened **opened_r);
/* Leaves the walk; also in its middle. */
void	ahead_end(struct ahead *);

#endif
