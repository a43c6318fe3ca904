/* SPDX-License-Identifier: ISC */
/*
 * segment: makes, fills and ends segment files.  It must never write a byte
 * of an ended one, nor write where it has not taken space.
 *
 * Crash states (steps as below; what the next start finds)
 *	segment:opened	00000002.new, empty		the one before is last
 *	segment:filled	00000002.new, not synced	the one before is last
 *	segment:synced	00000002.new, whole		the one before is last
 *	segment:renamed	either name			either is last
 *	segment:entered	00000002.seg, no group		it is last and empty
 *	space:taken	zeros behind the end, unsynced	tail: zeros, any length
 *	space:synced	zeros behind the end		tail: zeros
 *	space:ahead	a group, zeros further on,	as after the write of
 *			both unsynced			the group
 *	end:footed	footer and trailer, unsynced	sealed, or footer torn
 *	end:synced	footer and trailer		sealed, tail of zeros
 *	end:trimmed	tail given back, unsynced	sealed
 *	end:done	the same			sealed
 * A .new file is never read; the next making of any segment replaces it.  A
 * footer is written when all groups are synced, so a torn one loses nothing.
 * In a sealed file with a tail the trailer is not at the end: recovery cuts.
 */
#include "store/journal/segment.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/sys.h"

#define STEP_FIRST	(1u << 20)
#define RESERVE		(32u << 20)	/* kept free for views and commits */
#define ZEROS		(256u << 10)

void
segment_init(struct segment *g, int no_sync)
{
	memset(g, 0, sizeof(*g));
	g->fd = -1;
	g->step = STEP_FIRST;
	g->limit = LIMIT_SEGMENT;
	g->no_sync = no_sync;
}

void
segment_release(struct segment *g)
{
	if (g->fd != -1)
		sys_close(g->fd);
	g->fd = -1;
	buf_release(&g->rows);
	buf_release(&g->tags);
	OPENSSL_cleanse(g->seat.secret, sizeof(g->seat.secret));
}

static int
said(const struct segment *g, const struct maker *m, enum say_key key,
    struct trouble *t)
{
	char path[PATH_MAX];
	int saved = errno;

	files_path(m->files, g->seat.series, g->seat.segment, ".seg", path,
	    sizeof(path));
	errno = saved;
	if (saved == ENOSPC && key == SAY_STORE_MAKE)
		key = SAY_STORE_FULL;
	(void)trouble_errno(t, key, path);
	errno = saved;
	return -1;
}

/* What the file holds is not known now: final, whatever the error was. */
static int
lost(const struct segment *g, const struct maker *m, enum say_key key,
    struct trouble *t)
{
	(void)said(g, m, key, t);
	errno = EIO;
	return -1;
}

static int
sync_fd(const struct segment *g)
{
	return g->no_sync ? 0 : sys_sync(g->fd);
}

static int
write_zeros(int fd, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[ZEROS];
	size_t n;

	for (; from < to; from += n) {
		n = to - from < ZEROS ? (size_t)(to - from) : ZEROS;
		if (sys_pwrite(fd, zeros, n, from) == -1)
			return -1;
	}
	return 0;
}

/* Blocks from g->ready on; of journals also zeros, so that tearing shows. */
static int
take_blocks(struct segment *g, uint64_t n)
{
	uint64_t left = 0;

	if (sys_free(g->fd, &left) == 0 && left < n + RESERVE) {
		errno = ENOSPC;
		return -1;
	}
	if (sys_allocate(g->fd, g->ready, n) == -1)
		return -1;
	if (g->seat.series == LOG_JOURNAL &&
	    write_zeros(g->fd, g->ready, g->ready + n) == -1)
		return -1;
	return 0;
}

static int
take_space(struct segment *g, uint64_t n)
{
	if (take_blocks(g, n) == -1)
		return -1;
	sys_step("space:taken");
	if (g->seat.series == LOG_JOURNAL && sync_fd(g) == -1) {
		errno = errno == ENOSPC ? EIO : errno;
		return -1;
	}
	sys_step("space:synced");
	g->ready += n;
	g->coming = g->ready;
	return 0;
}

/* Space for what the group that is being written makes likely. */
void
segment_ahead(struct segment *g, uint64_t n)
{
	uint64_t want = 2 * n < g->step ? g->step : 2 * n;

	want = (want + 4095) / 4096 * 4096;
	if (g->ready - g->end >= want || g->ready >= g->limit)
		return;
	if (g->ready + want > g->limit)
		want = g->limit - g->ready;
	/* Failing costs nothing now: segment_room() will say it. */
	if (take_blocks(g, want) == 0)
		g->coming = g->ready + want;
	sys_step("space:ahead");
}

int
segment_room(struct segment *g, const struct maker *m, uint64_t n,
    struct trouble *t)
{
	uint64_t want = g->step;

	if (g->end + n <= g->ready)
		return 0;
	if (want < g->end + n - g->ready)
		want = g->end + n - g->ready;
	want = (want + 4095) / 4096 * 4096;
	if (g->ready + want > g->limit && g->end + n <= g->limit)
		want = g->limit - g->ready;
	if (take_space(g, want) == -1)
		return said(g, m, SAY_STORE_MAKE, t);
	if (g->step < g->limit / 16)
		g->step *= 2;
	return 0;
}

int
segment_fits(const struct segment *g, uint64_t n)
{
	/* Rows of frames not noted yet: few bytes each frame, never more. */
	uint64_t footer = FRAME_SIZE(FOOTER_HEAD + g->rows.len +
	    n / FRAME_SIZE(0) * FOOTER_ROW) + TRAILER_LEN;

	return g->fd != -1 && g->end + n + footer <= g->limit;
}

void
segment_note(struct segment *g, uint64_t offset, uint8_t kind,
    const uint8_t tag[FRAME_TAG])
{
	buf_add32(&g->rows, (uint32_t)offset);
	buf_addc(&g->rows, kind);
	buf_add(&g->tags, tag, FRAME_TAG);
	g->ordinal++;
}

int
segment_write(struct segment *g, const struct maker *m, const struct buf *b,
    struct trouble *t)
{
	if (b->len == 0)
		return 0;
	if (sys_pwrite(g->fd, b->data, b->len, g->end) == -1)
		return lost(g, m, SAY_STORE_WRITE, t);
	g->end += b->len;
	g->dirty = 1;
	return 0;
}

int
segment_sync(struct segment *g, const struct maker *m, struct trouble *t)
{
	if (g->fd == -1 || !g->dirty)
		return 0;
	if (sync_fd(g) == -1)
		return lost(g, m, SAY_STORE_SYNC, t);
	g->dirty = 0;
	g->ready = g->coming;
	return 0;
}

/* ---- making --------------------------------------------------------- */

static int
fill(struct segment *g, const struct maker *m, const struct first *first)
{
	struct segment_head h = { .version = FORMAT_VERSION,
	    .series = g->seat.series, .number = g->seat.segment,
	    .made = sys_now() };
	struct frame f = { .kind = FRAME_FIRST };
	uint8_t bytes[FIRST_LEN];
	struct buf b = BUF_INIT;
	int rc = -1;

	memcpy(h.store, g->seat.store, STORE_ID_LEN);
	segment_head_encode(&h, buf_reserve(&b, SEGMENT_HEAD));
	buf_commit(&b, SEGMENT_HEAD);
	first_encode(first, bytes);
	if (!buf_failed(&b) && seal_put(m->seal, &g->seat, &f, 0,
	    &(struct part){ bytes, sizeof(bytes) }, 1, &b) == 0 &&
	    take_space(g, g->step < g->limit ? g->step : g->limit) == 0 &&
	    sys_pwrite(g->fd, b.data, b.len, 0) == 0) {
		segment_note(g, SEGMENT_HEAD, FRAME_FIRST,
		    b.data + b.len - FRAME_TAG);
		g->end = b.len;
		rc = 0;
	}
	buf_release(&b);
	return rc;
}

static int
publish(struct segment *g, const struct maker *m, const char *beside)
{
	char path[PATH_MAX], *slash;

	files_path(m->files, g->seat.series, g->seat.segment, ".seg", path,
	    sizeof(path));
	sys_step("segment:filled");
	if (sync_fd(g) == -1)
		return -1;
	sys_step("segment:synced");
	if (sys_rename(beside, path) == -1)
		return -1;
	sys_step("segment:renamed");
	slash = strrchr(path, '/');
	*slash = '\0';
	if (!g->no_sync && sys_sync_dir(path) == -1)
		return -1;
	sys_step("segment:entered");
	return files_add(m->files, &g->seat);
}

/* A key is used up with each try: the ring never gives a number again. */
int
segment_create(struct segment *g, const struct maker *m, uint8_t series,
    const struct first *first, struct trouble *t)
{
	char beside[PATH_MAX];
	int renamed = 0, saved;

	g->seat.store = ring_store(m->ring);
	g->seat.series = series;
	if (ring_next(m->ring, series, &g->seat.segment, g->seat.secret, t)
	    == -1)
		return -1;
	files_path(m->files, series, g->seat.segment, ".new", beside,
	    sizeof(beside));
	g->end = g->ready = g->coming = 0;
	g->ordinal = 0;
	g->dirty = 0;
	buf_clear(&g->rows);
	buf_clear(&g->tags);
	if (g->step > STEP_FIRST)
		g->step /= 2;
	g->fd = sys_open(beside, O_RDWR | O_CREAT | O_TRUNC);
	if (g->fd == -1)
		return said(g, m, SAY_STORE_MAKE, t);
	sys_step("segment:opened");
	if (fill(g, m, first) == 0) {
		renamed = 1;
		if (publish(g, m, beside) == 0)
			return 0;
	}
	saved = errno;
	sys_close(g->fd);
	g->fd = -1;
	if (!renamed)
		(void)sys_unlink(beside);	/* else the next one does */
	/* Past the filling, what the folder holds is not known. */
	errno = renamed && saved == ENOSPC ? EIO : saved;
	return said(g, m, SAY_STORE_MAKE, t);
}

/* ---- ending --------------------------------------------------------- */

static int
foot(struct segment *g, const struct maker *m, struct buf *out)
{
	struct frame f = { .kind = FRAME_FOOTER, .ordinal = g->ordinal };
	uint8_t head[FOOTER_HEAD], trailer[TRAILER_LEN] = "DSEGEND\n";
	const struct part part[] = { { head, sizeof(head) },
	    { g->rows.data, g->rows.len } };

	head[0] = 1;
	if (buf_failed(&g->rows) || buf_failed(&g->tags) ||
	    seal_sha256(m->seal, &(struct part){ g->tags.data, g->tags.len },
	    1, head + 1) == -1)
		return -1;
	put32(head + 33, (uint32_t)(g->rows.len / FOOTER_ROW));
	if (seal_put(m->seal, &g->seat, &f, 1, part, 2, out) == -1)
		return -1;
	put32(trailer + 8, (uint32_t)g->end);
	buf_add(out, trailer, sizeof(trailer));
	return buf_failed(out) ? -1 : 0;
}

static int
trim(struct segment *g)
{
	sys_step("end:footed");
	if (sync_fd(g) == -1)
		return -1;
	sys_step("end:synced");
	if (sys_truncate(g->fd, g->end) == -1)
		return -1;
	sys_step("end:trimmed");
	if (sync_fd(g) == -1)
		return -1;
	sys_step("end:done");
	return 0;
}

int
segment_end(struct segment *g, const struct maker *m, struct trouble *t)
{
	struct buf out = BUF_INIT;
	int rc = -1;

	if (g->fd == -1)
		return 0;
	if (segment_sync(g, m, t) == -1)
		return -1;
	if (foot(g, m, &out) == -1) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		errno = ENOMEM;
	} else if (segment_room(g, m, out.len, t) == 0 &&
	    segment_write(g, m, &out, t) == 0)
		rc = trim(g) == 0 ? 0 : lost(g, m, SAY_STORE_SYNC, t);
	buf_release(&out);
	if (rc == -1)
		return -1;
	g->ended.state = SEGMENT_SEALED;
	g->ended.number = g->seat.segment;
	g->ended.ordinal = g->ordinal;
	g->ended.length = g->end;
	sys_close(g->fd);
	g->fd = -1;
	return 0;
}
