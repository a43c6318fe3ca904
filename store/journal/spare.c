/* SPDX-License-Identifier: ISC */
/*
 * spare: the space of pieces that no blob has, because their sender gave up
 * or their bytes were here already.
 *
 * A piece lies between pieces that blobs have, in a file that never changes
 * otherwise; so its space goes back in two steps:
 *
 *	stated	an entry space.reclaimed names segment and ordinals
 *	punched	the whole pages inside the sealed bytes are given back; header
 *		and tag stay, so the footer's hash holds
 *
 * Verification takes a frame that is stated for spare, punched or not.  A
 * crash before the entry leaves the bytes where verify counts them; one
 * between the two leaves space that is held for nothing.
 *
 * Only segments that were ended are touched, and never a frame that a map
 * names: the list comes from streams that were dropped without one.
 */
#include "store/journal/journal.h"

#include <fcntl.h>
#include <string.h>

#include "store/sys.h"

#define PAGE 4096u

void
spare_add(struct log *log, uint8_t series, const struct buf *places)
{
	uint8_t row[LOC_LEN];
	struct loc at;

	(void)pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i + MAP_PLACE <= places->len; i += MAP_PLACE) {
		place_decode(places->data + i, series, &at);
		loc_put(&at, row);
		buf_add(&log->spare, row, sizeof(row));
	}
	/* Space that is not remembered is only not given back yet. */
	if (buf_failed(&log->spare))
		buf_release(&log->spare);
	(void)pthread_mutex_unlock(&log->lock);
}

/* 1 if the writer has left that segment for a later one. */
static int
is_ended(struct log *log, const struct loc *at)
{
	return at->segment < files_last(log->files, at->series);
}

unsigned
log_spare(struct log *log, struct loc *at_r, unsigned max)
{
	struct loc at;
	unsigned n = 0;

	(void)pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < log->spare.len && n < max; i += LOC_LEN) {
		loc_get(log->spare.data + i, &at);
		if (n == 0 ? is_ended(log, &at) :
		    at.series == at_r->series && at.segment == at_r->segment)
			at_r[n++] = at;
	}
	(void)pthread_mutex_unlock(&log->lock);
	return n;
}

static int
same(const struct loc *a, const struct loc *b)
{
	return a->series == b->series && a->segment == b->segment &&
	    a->ordinal == b->ordinal;
}

/* Takes places out of the list; both are in one order. */
static void
forget(struct log *log, const struct loc *at, unsigned n)
{
	struct buf left = BUF_INIT;
	struct loc here;
	unsigned next = 0;

	(void)pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < log->spare.len; i += LOC_LEN) {
		loc_get(log->spare.data + i, &here);
		if (next < n && same(&here, &at[next]))
			next++;
		else
			buf_add(&left, log->spare.data + i, LOC_LEN);
	}
	buf_swap(&left, &log->spare);
	(void)pthread_mutex_unlock(&log->lock);
	buf_release(&left);
}

/* Whole pages inside the sealed bytes; *bytes_r grows by what was freed. */
static int
punch(int fd, const struct loc *at, uint64_t *bytes_r)
{
	uint8_t head[FRAME_HEAD];
	struct frame f;
	uint64_t from, to;

	if (sys_pread(fd, head, sizeof(head), at->offset) !=
	    (int64_t)sizeof(head) || frame_decode(head, &f) == -1 ||
	    f.kind != FRAME_PIECE || f.ordinal != at->ordinal)
		return 0;	/* not what it should be: verify will say so */
	from = ((uint64_t)at->offset + FRAME_HEAD + PAGE - 1) / PAGE * PAGE;
	to = ((uint64_t)at->offset + FRAME_HEAD + f.length) / PAGE * PAGE;
	if (from >= to)
		return 0;
	if (sys_punch(fd, from, to - from) == -1)
		return -1;
	*bytes_r += to - from;
	return 0;
}

int
log_reclaim(struct log *log, const struct loc *at, unsigned n,
    uint64_t *bytes_r, struct trouble *t)
{
	char path[PATH_MAX];
	int fd, rc = 0;

	*bytes_r = 0;
	if (n == 0)
		return 0;
	files_path(log->files, at->series, at->segment, ".seg", path,
	    sizeof(path));
	forget(log, at, n);
	if ((fd = sys_open(path, O_RDWR)) == -1)
		return trouble_errno(t, SAY_STORE_READ, path);
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = punch(fd, &at[i], bytes_r);
	if (rc == -1)
		(void)trouble_errno(t, SAY_STORE_READ, path);
	sys_close(fd);
	return rc;
}
