/* SPDX-License-Identifier: ISC */
/*
 * scan: see scan.h.  Reads only; recovery acts on what it found (recover.c).
 */
#include "store/journal/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "store/journal/walk.h"
#include "store/sys.h"

#define SECTOR	512
#define CHUNK	(64u << 10)

struct scan {
	struct files	*fs;
	struct seal	*seal;
	struct walk	 walk;
	struct buf	 plain, tags;
	struct tail	*tail;
	struct trouble	*t;
};

static int
damaged(struct scan *s, uint64_t at, uint32_t ordinal)
{
	s->tail->state = TAIL_DAMAGED;
	return files_damaged(s->fs, &s->walk.file->seat, at, ordinal, s->t);
}

/* ---- the tail ------------------------------------------------------- */

/* Behind the last byte in [from, size) that is not zero; from: all zero. */
static int
used_end(struct scan *s, uint64_t from, uint64_t size, uint64_t *used_r)
{
	uint8_t chunk[4096];
	uint64_t at = size;
	size_t n;

	while (at > from) {
		n = at - from < sizeof(chunk) ? (size_t)(at - from) :
		    sizeof(chunk);
		if (sys_pread(s->walk.file->fd, chunk, n, at - n) !=
		    (int64_t)n)
			return -1;
		for (size_t i = n; i > 0; i--) {
			if (chunk[i - 1] != 0) {
				*used_r = at - n + i;
				return 0;
			}
		}
		at -= n;
	}
	*used_r = from;
	return 0;
}

/* 1 if some sector's share of [from, to) is all zero, -1 cannot read. */
static int
has_unwritten(struct scan *s, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[SECTOR];
	uint8_t sector[SECTOR];
	uint64_t end;
	size_t n;

	for (; from < to; from = end) {
		end = (from / SECTOR + 1) * SECTOR;
		if (end > to)
			end = to;
		n = (size_t)(end - from);
		if (sys_pread(s->walk.file->fd, sector, n, from) !=
		    (int64_t)n)
			return -1;
		if (memcmp(sector, zeros, n) == 0)
			return 1;
	}
	return 0;
}

/* Is the frame header at X a torn one, a good one, or neither? */
static int
judge_frame(struct scan *s, uint64_t at)
{
	uint8_t head[FRAME_HEAD];
	struct frame f;
	uint64_t end = at + FRAME_HEAD;
	char path[PATH_MAX], want[24], have[24];
	int r;

	if (end <= s->tail->size) {
		if (sys_pread(s->walk.file->fd, head, sizeof(head), at) !=
		    (int64_t)sizeof(head))
			return damaged(s, at, s->walk.ordinal);
		if (frame_decode(head, &f) == 0)
			end = at + FRAME_SIZE(f.length);
	}
	if (end > s->tail->size) {
		s->tail->state = TAIL_DAMAGED;
		files_path(s->fs, LOG_JOURNAL, s->walk.file->seat.segment,
		    ".seg", path, sizeof(path));
		(void)snprintf(want, sizeof(want), "%llu",
		    (unsigned long long)end);
		(void)snprintf(have, sizeof(have), "%llu",
		    (unsigned long long)s->tail->size);
		return trouble_set(s->t, SAY_STORE_TRUNCATED, path, want, have,
		    NULL);
	}
	/* The write stopped inside: no sealed bytes end with such zeros. */
	if (s->tail->used <= at + FRAME_HEAD || s->tail->used <= end - 4)
		r = 1;
	else
		r = has_unwritten(s, at, end);
	if (r != 1)
		return damaged(s, at, s->walk.ordinal);
	s->tail->state = TAIL_TORN;
	return 0;
}

/* A commit at this place that authenticates, of a group after the next. */
static int
later_commit(struct scan *s, const uint8_t *raw)
{
	struct frame f;
	struct commit c;

	if (frame_decode(raw, &f) == -1 || f.kind != FRAME_COMMIT ||
	    f.length != COMMIT_LEN)
		return 0;
	return seal_get(s->seal, &s->walk.file->seat, &f, raw, &s->plain) == 0
	    && commit_decode(s->plain.data, s->plain.len, &c) == 0 &&
	    c.group > s->tail->head.group + 1;
}

/* Looks through everything behind the end for a commit of a later group. */
static int
has_later(struct scan *s)
{
	const size_t size = (size_t)FRAME_SIZE(COMMIT_LEN);
	struct buf b = BUF_INIT;
	uint64_t at = s->tail->end;
	const uint8_t *p;
	size_t left;
	int64_t n;
	int found = 0;

	while (!found && at < s->tail->used) {
		buf_clear(&b);
		if (buf_reserve(&b, CHUNK + size) == NULL)
			break;
		n = sys_pread(s->walk.file->fd, b.data, CHUNK + size, at);
		if (n < (int64_t)size)
			break;
		left = (size_t)n;
		for (p = b.data; !found && left >= size; p++) {
			left = (size_t)n - (size_t)(p - b.data);
			p = left < size ? NULL : memmem(p, left, "DsF1", 4);
			if (p == NULL)
				break;
			left = (size_t)n - (size_t)(p - b.data);
			if (left >= size)
				found = later_commit(s, p);
		}
		at += CHUNK;
	}
	buf_release(&b);
	return found;
}

static int
judge_tail(struct scan *s, int live)
{
	struct tail *t = s->tail;

	t->state = TAIL_CLEAN;
	if (live)
		return 0;
	if (used_end(s, t->end, t->size, &t->used) == -1)
		return damaged(s, t->end, t->ordinal);
	if (t->used == t->end)
		return 0;
	if (has_later(s))
		return damaged(s, s->walk.next, s->walk.ordinal);
	/* The walk ended on zeros: the rest of the group never came. */
	if (s->walk.next >= t->used) {
		t->state = TAIL_TORN;
		return 0;
	}
	return judge_frame(s, s->walk.next);
}

/* ---- the groups ----------------------------------------------------- */

static int
take_commit(struct scan *s, const uint8_t *raw, const struct frame *f)
{
	struct tail *t = s->tail;
	struct commit c;
	uint8_t md[LOG_HASH_LEN];

	if (commit_decode(s->plain.data, s->plain.len, &c) == -1 ||
	    seal_sha256(s->seal, &(struct part){ s->tags.data, s->tags.len },
	    1, md) == -1 || memcmp(md, c.tags, sizeof(md)) != 0 ||
	    (uint64_t)c.frames * FRAME_TAG != s->tags.len ||
	    c.group != t->head.group + 1 || c.head.group != c.group)
		return -1;
	t->group_at = t->end;
	t->end = s->walk.next;
	t->ordinal = s->walk.ordinal;
	t->head = c.head;
	t->commit_at = (uint32_t)s->walk.at;
	t->commit_ordinal = f->ordinal;
	memcpy(t->commit_tag, raw + FRAME_HEAD + f->length, FRAME_TAG);
	buf_clear(&s->tags);
	return 0;
}

/*
 * A footer ends the segment: its trailer behind it, and then at most the
 * zeros that were not given back yet.
 */
static int
take_footer(struct scan *s)
{
	uint8_t got[TRAILER_LEN], want[TRAILER_LEN] = "DSEGEND\n";
	struct tail *t = s->tail;
	uint64_t end = s->walk.next + TRAILER_LEN;

	put32(want + 8, (uint32_t)s->walk.at);
	if (t->size < end || sys_pread(s->walk.file->fd, got, sizeof(got),
	    s->walk.next) != (int64_t)sizeof(got) ||
	    memcmp(got, want, sizeof(got)) != 0 ||
	    used_end(s, end, t->size, &t->used) == -1 || t->used != end)
		return -1;
	t->state = TAIL_SEALED;
	t->end = end;
	t->ordinal = s->walk.ordinal;
	return 0;
}

/* A footer whose trailer is not there yet is one that was being written. */
static int
footer_torn(struct scan *s)
{
	struct tail *t = s->tail;

	if (used_end(s, t->end, t->size, &t->used) == -1 ||
	    t->used > s->walk.next + TRAILER_LEN ||
	    t->size < s->walk.next + TRAILER_LEN ||
	    has_unwritten(s, s->walk.next, s->walk.next + TRAILER_LEN) != 1)
		return damaged(s, s->walk.next, s->walk.ordinal);
	t->state = TAIL_TORN;
	return 0;
}

/* What is read is unpacked, of all else the tag suffices. */
static int
open_frame(struct scan *s, const struct frame *f, const uint8_t *raw)
{
	const struct seat *seat = &s->walk.file->seat;

	return f->kind == FRAME_COMMIT ?
	    seal_get(s->seal, seat, f, raw, &s->plain) :
	    seal_check(s->seal, seat, f, raw);
}

static int
walk_groups(struct scan *s, int live)
{
	struct frame f;
	const uint8_t *raw;

	while (walk_next(&s->walk, &f, &raw) == 1) {
		s->tail->frames++;
		if (open_frame(s, &f, raw) == -1) {
			walk_seek(&s->walk, s->walk.at, f.ordinal);
			break;
		}
		if (f.kind == FRAME_FOOTER) {
			if (take_footer(s) == 0)
				return 0;
			if (live)
				break;
			return footer_torn(s);
		}
		if (f.kind == FRAME_COMMIT) {
			if (take_commit(s, raw, &f) == -1)
				return damaged(s, s->walk.at, f.ordinal);
			continue;
		}
		buf_add(&s->tags, raw + FRAME_HEAD + f.length, FRAME_TAG);
		if (buf_failed(&s->tags))
			return trouble_set(s->t, SAY_STORE_MEMORY, NULL, NULL,
			    NULL, NULL);
	}
	return judge_tail(s, live);
}

/* ---- a segment that was ended ----------------------------------------- */

/* The frame at a place, whatever its ordinal, opened; the walk is behind it. */
static int
frame_there(struct scan *s, uint64_t at, struct frame *f, const uint8_t **raw)
{
	uint8_t head[FRAME_HEAD];

	if (at > s->tail->size || s->tail->size - at < FRAME_HEAD ||
	    sys_pread(s->walk.file->fd, head, sizeof(head), at) !=
	    (int64_t)sizeof(head) || frame_decode(head, f) == -1)
		return -1;
	walk_seek(&s->walk, at, f->ordinal);
	return walk_next(&s->walk, f, raw) == 1 ? seal_get(s->seal,
	    &s->walk.file->seat, f, *raw, &s->plain) : -1;
}

/* Where the footer says that the last commit stands: 0 or its place. */
static uint64_t
footer_commit(const struct scan *s, uint32_t ordinal)
{
	const uint8_t *rows = s->plain.data + FOOTER_HEAD;
	uint32_t n = ordinal;

	if (s->plain.len != FOOTER_HEAD + (uint64_t)n * FOOTER_ROW)
		return 0;
	while (n > 0 && rows[n * FOOTER_ROW - 1] != FRAME_COMMIT)
		n--;
	return n > 0 ? get32(rows + (n - 1) * FOOTER_ROW) : 0;
}

/* The tail as trailer, footer and last commit say: 0, or -1. */
static int
read_ended(struct scan *s)
{
	uint8_t end[TRAILER_LEN];
	struct tail *t = s->tail;
	struct frame f;
	struct commit c;
	const uint8_t *raw;
	uint64_t at;

	if (t->size < SEGMENT_HEAD + TRAILER_LEN ||
	    sys_pread(s->walk.file->fd, end, sizeof(end), t->size -
	    TRAILER_LEN) != TRAILER_LEN || memcmp(end, "DSEGEND\n", 8) != 0 ||
	    frame_there(s, get32(end + 8), &f, &raw) == -1 ||
	    f.kind != FRAME_FOOTER || s->walk.next + TRAILER_LEN != t->size)
		return -1;
	t->frames = t->ordinal = s->walk.ordinal;
	at = footer_commit(s, f.ordinal);
	if (at == 0 || frame_there(s, at, &f, &raw) == -1 ||
	    f.kind != FRAME_COMMIT ||
	    commit_decode(s->plain.data, s->plain.len, &c) == -1)
		return -1;
	t->head = c.head;
	t->commit_at = (uint32_t)at;
	t->commit_ordinal = f.ordinal;
	memcpy(t->commit_tag, raw + FRAME_HEAD + f.length, FRAME_TAG);
	t->state = TAIL_SEALED;
	t->end = t->used = t->size;
	return 0;
}

int
scan_ended(struct files *fs, struct seal *seal, uint32_t segment,
    struct tail *tail_r)
{
	struct trouble t;
	struct scan s = { .fs = fs, .seal = seal, .tail = tail_r };
	struct file *f = files_hold(fs, LOG_JOURNAL, segment, &t);
	int64_t size = f == NULL ? -1 : sys_size(f->fd);
	int rc = -1;

	memset(tail_r, 0, sizeof(*tail_r));
	if (size != -1) {
		tail_r->size = (uint64_t)size;
		walk_init(&s.walk, f, tail_r->size);
		rc = read_ended(&s);
		walk_release(&s.walk);
	}
	buf_release(&s.plain);
	files_drop(fs, f);
	return rc;
}

/* ---- any --------------------------------------------------------------- */

int
scan_first(struct files *fs, struct seal *seal, uint8_t series,
    uint32_t segment, struct first *first, struct trouble *t)
{
	const struct loc at = { series, segment, SEGMENT_HEAD, 0 };
	const struct seat seat = { .series = series, .segment = segment };
	struct buf plain = BUF_INIT;
	struct frame f;
	int rc = files_frame(fs, seal, &at, &f, &plain, t);

	if (rc == 0 && (f.kind != FRAME_FIRST || first_decode(plain.data,
	    plain.len, first) == -1))
		rc = files_damaged(fs, &seat, SEGMENT_HEAD, 0, t);
	buf_release(&plain);
	return rc;
}

int
scan_segment(struct files *fs, struct seal *seal, uint32_t segment, int live,
    struct tail *tail_r, struct trouble *t)
{
	struct scan s = { .fs = fs, .seal = seal, .tail = tail_r, .t = t };
	struct file *f;
	int64_t size;

	memset(tail_r, 0, sizeof(*tail_r));
	if (scan_first(fs, seal, LOG_JOURNAL, segment, &tail_r->first, t)
	    == -1)
		return -1;
	f = files_hold(fs, LOG_JOURNAL, segment, t);
	if (f == NULL)
		return -1;
	size = sys_size(f->fd);
	if (size == -1) {
		files_drop(fs, f);
		return trouble_errno(t, SAY_STORE_READ, "journal");
	}
	tail_r->size = tail_r->used = (uint64_t)size;
	tail_r->end = SEGMENT_HEAD + FRAME_SIZE(FIRST_LEN);
	tail_r->group_at = tail_r->end;
	tail_r->ordinal = 1;
	tail_r->frames = 1;
	tail_r->head = tail_r->first.head;
	walk_init(&s.walk, f, tail_r->size);
	walk_seek(&s.walk, tail_r->end, 1);
	(void)walk_groups(&s, live);	/* what it found stands in tail_r */
	walk_release(&s.walk);
	buf_release(&s.plain);
	buf_release(&s.tags);
	files_drop(fs, f);
	return 0;
}
