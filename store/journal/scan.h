/* SPDX-License-Identifier: ISC */
/*
 * scan: what a journal segment holds, judged after a crash or not.
 *
 * Groups are strictly serial: group n+1 is written only after the sync of n
 * returned, into space that was written with zeros and synced before.  So the
 * disk holds, sector by sector, either the group's bytes or zeros; and sealed
 * bytes never hold a sector of zeros.  Behind the last whole group stands
 *
 *	zeros only			the unused tail		clean
 *	whole frames, then zeros	a group torn		torn
 *	a frame with a sector of zeros	a group torn		torn
 *	a frame whose end is zeros	a write that failed	torn
 *	a frame that is all there and
 *	 does not authenticate		bytes have changed	damage
 *	a frame that ends past the file	the file was shortened	damage
 *	a commit of a later group	one group was lost	damage
 *
 * A torn group was never acknowledged.  Damage may have hit one that was.
 */
#ifndef DOSSIER_JOURNAL_SCAN_H
#define DOSSIER_JOURNAL_SCAN_H

#include "store/journal/files.h"

enum tail_state { TAIL_SEALED, TAIL_CLEAN, TAIL_TORN, TAIL_DAMAGED };

struct tail {
	enum tail_state	state;
	uint64_t	end;		/* behind the last whole group */
	uint32_t	ordinal;	/* of the next frame there */
	uint64_t	used;		/* behind the last byte not zero */
	uint64_t	size;		/* of the file */
	uint64_t	group_at;	/* the last group; end: none */
	struct first	first;
	struct head	head;		/* behind the last whole group */
	uint64_t	frames;
	uint8_t		commit_tag[FRAME_TAG];
	uint32_t	commit_at, commit_ordinal;	/* 0: none */
};

/*
 * Walks a journal segment and checks every tag.  0: tail_r is filled, with
 * trouble if its state is damaged; -1: not even its first frame holds.
 * `live`: a daemon may be writing, so the tail is not judged (clean).
 */
int	scan_segment(struct files *, struct seal *, uint32_t segment, int live,
	    struct tail *tail_r, struct trouble *);
/*
 * The same of one that was ended, from its last bytes alone: for who checks
 * all of it afterwards.  `first` and `group_at` stay empty.  -1: it does not
 * say so, or something does not hold.
 */
int	scan_ended(struct files *, struct seal *, uint32_t segment,
	    struct tail *tail_r);
/* The first frame alone. */
int	scan_first(struct files *, struct seal *, uint8_t series,
	    uint32_t segment, struct first *, struct trouble *);

#endif
