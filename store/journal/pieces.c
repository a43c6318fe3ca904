/* SPDX-License-Identifier: ISC */
/*
 * pieces: larger blobs into the blob and derived series, on the writer
 * thread, as they come.  Nothing here is acknowledged: a group that names
 * pieces syncs their series first.
 */
#include "store/journal/journal.h"

#include <errno.h>

#include "proto/base/limits.h"

#define OUT_FULL (1u << 20)

int
pieces_flush(struct writer *w, struct series *s)
{
	int rc = segment_write(&s->segment, &w->maker, &s->out, &w->trouble);

	buf_clear(&s->out);
	return rc;
}

int
pieces_sync(struct writer *w, struct series *s)
{
	return pieces_flush(w, s) == -1 ? -1 :
	    segment_sync(&s->segment, &w->maker, &w->trouble);
}

/* A segment with room for n bytes beside what is not written yet. */
static int
make_room(struct writer *w, struct series *s, uint8_t series, uint64_t n)
{
	struct first first = { .state = SEGMENT_NONE };

	if (s->segment.fd != -1 && !segment_fits(&s->segment,
	    s->out.len + n)) {
		if (pieces_flush(w, s) == -1 ||
		    segment_end(&s->segment, &w->maker, &w->trouble) == -1)
			return -1;
	}
	if (s->segment.fd == -1) {
		first.number = files_last(w->maker.files, series);
		if (segment_create(&s->segment, &w->maker, series, &first,
		    &w->trouble) == -1)
			return -1;
	}
	return segment_room(&s->segment, &w->maker, s->out.len + n,
	    &w->trouble);
}

int
pieces_put(struct writer *w, struct series *s, const struct piece *p,
    struct loc *at)
{
	struct segment *g = &s->segment;
	struct frame f = { .kind = FRAME_PIECE, .piece = p->index,
	    .stream = p->stream->id,
	    .flags = (uint8_t)(p->last ? FRAME_LAST : 0) };
	const struct part part = { p->data.data, p->data.len };

	if (make_room(w, s, p->stream->series, FRAME_SIZE(p->data.len)) == -1)
		return -1;
	f.ordinal = g->ordinal;
	*at = (struct loc){ p->stream->series, g->seat.segment,
	    (uint32_t)(g->end + s->out.len), g->ordinal };
	if (seal_put(w->maker.seal, &g->seat, &f, w->log->compress, &part, 1,
	    &s->out) == -1) {
		(void)trouble_set(&w->trouble, SAY_STORE_MEMORY, NULL, NULL,
		    NULL, NULL);
		return -1;
	}
	segment_note(g, at->offset, FRAME_PIECE,
	    s->out.data + s->out.len - FRAME_TAG);
	return s->out.len < OUT_FULL ? 0 : pieces_flush(w, s);
}
