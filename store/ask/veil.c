/* SPDX-License-Identifier: ISC */
/*
 * veil: room_veil() of room.h.  What may be said of a document is listed, not
 * what may not: a member that is new stays hidden.
 */
#include "store/ask/room.h"

#include <string.h>

#include "store/ask/bundle_own.h"

/* The marks of all its copies, which have the same content, by now. */
static int
marks_now(struct room *room, const struct id *id, unsigned *marks_r)
{
	uint64_t position = room->snap.position, marked;
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int got;

	*marks_r = 0;
	room->snap.position = room->snap.applied;
	got = get_doc(room, id, &row, &doc);
	if (got == 1 && set_marks(room, &doc, marks_r, &marked) == -1)
		got = -1;
	room->snap.position = position;
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

/* That it came, when, how, and where it is. */
static void
hide(struct vdoc *doc)
{
	struct vdoc *told = &(struct vdoc){ .id = doc->id, .seq = doc->seq,
	    .at = doc->at, .channel = doc->channel, .actor = doc->actor,
	    .direction = doc->direction, .lane = doc->lane,
	    .happened = doc->happened, .happened_from = doc->happened_from,
	    .written = { WHEN_NONE, WHEN_UNKNOWN },
	    .header = { WHEN_NONE, WHEN_UNKNOWN },
	    .report = { .at = WHEN_NONE }, .status = doc->status,
	    .read_seq = doc->read_seq, .state = doc->state,
	    .machine = doc->machine, .copy_of = doc->copy_of,
	    .ncopies = doc->ncopies, .arrivals = doc->arrivals,
	    .narrivals = doc->narrivals, .nfilings = doc->nfilings,
	    .set_arrivals = doc->set_arrivals, .nset = doc->nset,
	    .marks = doc->marks | MARK_RECEIVED_IN_ERROR, .veiled = 1 };

	memcpy(told->arrival, doc->arrival, sizeof told->arrival);
	memcpy(told->filing, doc->filing, sizeof told->filing);
	memcpy(told->copy, doc->copy, sizeof told->copy);
	memcpy(told->set_arrival, doc->set_arrival, sizeof told->set_arrival);
	*doc = *told;
}

int
room_veil(struct room *room, struct vdoc *doc)
{
	unsigned was, is;
	uint64_t marked;

	if (!room->veil || room->snap.position >= room->snap.applied)
		return 0;
	if (marks_now(room, &doc->id, &is) == -1)
		return -1;
	if ((is & MARK_RECEIVED_IN_ERROR) == 0)
		return 0;
	if (set_marks(room, doc, &was, &marked) == -1)
		return -1;
	if ((was & MARK_RECEIVED_IN_ERROR) == 0)
		hide(doc);
	return 0;
}
