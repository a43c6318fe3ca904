/* SPDX-License-Identifier: ISC */
/* walk: see walk.h. */
#include "store/journal/walk.h"

#include <errno.h>
#include <string.h>

#include "store/sys.h"

#define WINDOW (256u << 10)

void
walk_init(struct walk *w, struct file *f, uint64_t limit)
{
	memset(w, 0, sizeof(*w));
	w->file = f;
	w->next = w->at = SEGMENT_HEAD;
	w->limit = limit;
	w->window_size = WINDOW;
}

void
walk_release(struct walk *w)
{
	buf_release(&w->window);
}

void
walk_seek(struct walk *w, uint64_t next, uint32_t ordinal)
{
	w->next = next;
	w->ordinal = ordinal;
}

/* Makes n bytes from w->next visible: 1, 0 past the limit, -1. */
static int
walk_see(struct walk *w, size_t n, const uint8_t **bytes_r)
{
	uint64_t from = w->next, size;
	int64_t got;

	if (from > w->limit || n > w->limit - from)
		return 0;
	if (from < w->window_at || from + n > w->window_at + w->window.len) {
		size = n > w->window_size ? n : w->window_size;
		if (size > w->limit - from)
			size = w->limit - from;
		buf_clear(&w->window);
		if (buf_reserve(&w->window, (size_t)size) == NULL)
			return -1;
		got = sys_pread(w->file->fd, w->window.data, (size_t)size,
		    from);
		if (got == -1)
			return -1;
		buf_commit(&w->window, (size_t)got);
		w->window_at = from;
		if ((size_t)got < n)
			return 0;
	}
	*bytes_r = w->window.data + (from - w->window_at);
	return 1;
}

int
walk_next(struct walk *w, struct frame *frame, const uint8_t **raw_r)
{
	static const uint8_t unwritten[FRAME_HEAD];
	int r;

	if (w->next >= w->limit)
		return 0;
	r = walk_see(w, FRAME_HEAD, raw_r);
	if (r != 1) {
		errno = r == 0 ? ERANGE : errno;
		return -1;
	}
	if (memcmp(*raw_r, unwritten, FRAME_HEAD) == 0)
		return 0;
	if (frame_decode(*raw_r, frame) == -1 ||
	    frame->ordinal != w->ordinal) {
		errno = EBADMSG;
		return -1;
	}
	r = walk_see(w, (size_t)FRAME_SIZE(frame->length), raw_r);
	if (r != 1) {
		errno = r == 0 ? ERANGE : errno;
		return -1;
	}
	w->at = w->next;
	w->next += FRAME_SIZE(frame->length);
	w->ordinal++;
	return 1;
}

int
walk_sees(const struct walk *w)
{
	uint64_t from = w->next - w->window_at, have = w->window.len;

	return w->next >= w->window_at && from <= have &&
	    have - from >= FRAME_HEAD && have - from >=
	    FRAME_SIZE(frame_length(w->window.data + from));
}
