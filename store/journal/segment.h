/* SPDX-License-Identifier: ISC */
/*
 * segment: the writing end of a segment file.  Only the writer thread (and
 * commands that stand in for it) uses it.
 */
#ifndef DOSSIER_JOURNAL_SEGMENT_H
#define DOSSIER_JOURNAL_SEGMENT_H

#include "store/journal/files.h"

struct segment {
	struct seat	 seat;
	int		 fd;		/* -1: none is open */
	uint64_t	 end;		/* where the next frame goes */
	uint64_t	 ready;		/* up to here space is taken */
	uint64_t	 coming;	/* the same after the next sync */
	uint64_t	 step;		/* how much is taken next time */
	uint64_t	 limit;		/* LIMIT_SEGMENT, less in tests */
	uint32_t	 ordinal;	/* of the next frame */
	int		 dirty;		/* written and not synced */
	int		 no_sync;
	struct buf	 rows;		/* of the footer */
	struct buf	 tags;		/* of the footer's digest */
	struct first	 ended;		/* how the one before ended */
};

/* What every segment of a store is made with. */
struct maker {
	struct files	*files;
	struct ring	*ring;
	struct seal	*seal;
};

void	segment_init(struct segment *, int no_sync);
void	segment_release(struct segment *);	/* closes, writes nothing */
/*
 * Makes the next segment of a series.  errno ENOSPC: no room, nothing is
 * there; else final.
 */
int	segment_create(struct segment *, const struct maker *, uint8_t series,
	    const struct first *, struct trouble *);
/* 1: n bytes and a footer still fit; 0: it must be ended. */
int	segment_fits(const struct segment *, uint64_t n);
/* Takes space for n more bytes; errno ENOSPC: there is none, no harm done. */
int	segment_room(struct segment *, const struct maker *, uint64_t n,
	    struct trouble *);
/*
 * Takes space for the groups to come, between the write of one of n bytes and
 * its sync, which then serves both; it is used only behind that sync.
 */
void	segment_ahead(struct segment *, uint64_t n);
/* Notes a sealed frame of `size` bytes that will be written at `offset`. */
void	segment_note(struct segment *, uint64_t offset, uint8_t kind,
	    const uint8_t tag[FRAME_TAG]);
/* Writes frames at the end.  Failing is final. */
int	segment_write(struct segment *, const struct maker *,
	    const struct buf *, struct trouble *);
int	segment_sync(struct segment *, const struct maker *, struct trouble *);
/* Footer, trailer, sync, unused tail given back; `ended` says how. */
int	segment_end(struct segment *, const struct maker *, struct trouble *);

#endif
