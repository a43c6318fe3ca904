/* SPDX-License-Identifier: ISC */
/*
 * walk: the frames of a segment one after the other, not opened, through a
 * window of bytes that is read when the next frame is not in it.
 */
#ifndef DOSSIER_JOURNAL_WALK_H
#define DOSSIER_JOURNAL_WALK_H

#include "store/journal/files.h"

struct walk {
	struct file	*file;
	uint64_t	 at;		/* of the frame that was given */
	uint64_t	 next;		/* where the next one would */
	uint64_t	 limit;		/* nothing is read from here on */
	uint32_t	 ordinal;	/* of the next one */
	struct buf	 window;
	uint64_t	 window_at;
	size_t		 window_size;	/* read at once */
};

/* From the first frame of a held file, which stays the caller's. */
void	walk_init(struct walk *, struct file *, uint64_t limit);
void	walk_release(struct walk *);
/* Goes on at a place. */
void	walk_seek(struct walk *, uint64_t next, uint32_t ordinal);
/*
 * 1: a frame of the next ordinal, whole, not opened; raw_r is borrowed until
 * the next call.  0: the limit, or bytes that were never written.  -1: no
 * such frame (errno EBADMSG), it ends past the limit (ERANGE), or EIO.
 */
int	walk_next(struct walk *, struct frame *, const uint8_t **raw_r);
/* 1: walk_next() would read nothing, and leave the window where it is. */
int	walk_sees(const struct walk *);

#endif
