/* SPDX-License-Identifier: ISC */
/*
 * cursor: the journal in its order, for views and for whoever reads along.
 * It gives nothing that is not durable, and nothing whose tag did not pass.
 *
 * Mark, 32 bytes: 4 segment, 4 offset and 4 ordinal of the commit frame that
 * was given last, 8 next seq, 4 of its tag, 8 group.  All zeros: the very
 * beginning.  The tag's bytes and the group tell a mark of another history.
 */
#include "store/journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/journal/walk.h"
#include "store/sys.h"

struct log_cursor {
	struct log	*log;
	struct seal	*seal;
	struct file	*file;		/* held; NULL before the first */
	struct walk	 walk;
	uint32_t	 segment;
	int		 ended;		/* behind its footer */
	uint64_t	 seq;		/* of the next entry */
	struct buf	 plain, body;
	struct lasting	 lasting;
	struct log_claim claim[ENTRY_CLAIMS_MAX];
	uint8_t		 mark[LOG_MARK_LEN];
};

static int
memory(struct trouble *t)
{
	return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
}

static struct durable
durable(struct log *log)
{
	struct durable d;

	(void)pthread_mutex_lock(&log->lock);
	d = log->durable;
	(void)pthread_mutex_unlock(&log->lock);
	return d;
}

static int
damaged(const struct log_cursor *c, uint64_t at, uint32_t ordinal,
    struct trouble *t)
{
	return files_damaged(c->log->files, &c->file->seat, at, ordinal, t);
}

/* Moves to a segment; its walk begins behind the first frame. */
static int
enter(struct log_cursor *c, uint32_t segment, struct trouble *t)
{
	struct file *f = files_hold(c->log->files, LOG_JOURNAL, segment, t);

	if (f == NULL)
		return -1;
	files_drop(c->log->files, c->file);
	walk_release(&c->walk);
	c->file = f;
	c->segment = segment;
	c->ended = 0;
	walk_init(&c->walk, f, 0);
	walk_seek(&c->walk, SEGMENT_HEAD + FRAME_SIZE(FIRST_LEN), 1);
	return 0;
}

/* The commit that a mark names must be the one that was given then. */
static int
resume(struct log_cursor *c, const uint8_t *mark, struct trouble *t)
{
	const struct loc at = { LOG_JOURNAL, get32(mark), get32(mark + 4),
	    get32(mark + 8) };
	struct durable end = durable(c->log);
	struct frame f;
	struct commit commit;
	const uint8_t *raw;
	struct log_head head;
	char have[24], seen[24];

	log_head(c->log, &head);
	(void)snprintf(seen, sizeof(seen), "%llu",
	    (unsigned long long)get64(mark + 12) - 1);
	(void)snprintf(have, sizeof(have), "%llu",
	    (unsigned long long)head.seq);
	if (at.segment > end.segment || enter(c, at.segment, t) == -1)
		return trouble_set(t, SAY_STORE_ROLLBACK, have, seen, NULL,
		    NULL);
	c->walk.limit = at.offset + FRAME_SIZE(COMMIT_LEN);
	walk_seek(&c->walk, at.offset, at.ordinal);
	if (walk_next(&c->walk, &f, &raw) != 1 || f.kind != FRAME_COMMIT ||
	    seal_get(c->seal, &c->file->seat, &f, raw, &c->plain) == -1 ||
	    commit_decode(c->plain.data, c->plain.len, &commit) == -1)
		return damaged(c, at.offset, at.ordinal, t);
	if (memcmp(raw + FRAME_HEAD + f.length, mark + 20, 4) != 0 ||
	    commit.group != get64(mark + 24) ||
	    commit.head.next_seq != get64(mark + 12))
		return trouble_set(t, SAY_STORE_ROLLBACK, have, seen, NULL,
		    NULL);
	c->seq = commit.head.next_seq;
	memcpy(c->mark, mark, LOG_MARK_LEN);
	return 0;
}

struct log_cursor *
log_cursor_new(struct log *log, const uint8_t *mark, struct trouble *t)
{
	static const uint8_t begin[LOG_MARK_LEN];
	struct log_cursor *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->log = log;
		c->seq = 1;
		c->seal = log_seal_take(log);
	}
	if (c == NULL || c->seal == NULL) {
		(void)memory(t);
		log_cursor_free(c);
		return NULL;
	}
	if (mark == NULL || memcmp(mark, begin, sizeof(begin)) == 0 ||
	    resume(c, mark, t) == 0)
		return c;
	log_cursor_free(c);
	return NULL;
}

void
log_cursor_free(struct log_cursor *c)
{
	if (c == NULL)
		return;
	files_drop(c->log->files, c->file);
	walk_release(&c->walk);
	log_seal_give(c->log, c->seal);
	buf_release(&c->plain);
	buf_release(&c->body);
	free(c);
}

void
log_cursor_mark(const struct log_cursor *c, uint8_t mark_r[LOG_MARK_LEN])
{
	memcpy(mark_r, c->mark, LOG_MARK_LEN);
}

/* ---- what a frame becomes ------------------------------------------- */

static void
where(const struct log_cursor *c, const struct frame *f, struct loc *loc)
{
	loc->series = LOG_JOURNAL;
	loc->segment = c->segment;
	loc->offset = (uint32_t)c->walk.at;
	loc->ordinal = f->ordinal;
}

/* The BODY behind an ENTRY, whose salt and bytes are what it commits to. */
static int
take_body(struct log_cursor *c, struct log_item *item, struct trouble *t)
{
	struct frame f;
	const uint8_t *raw;
	uint8_t md[LOG_HASH_LEN];

	if (walk_next(&c->walk, &f, &raw) != 1 || f.kind != FRAME_BODY ||
	    seal_get(c->seal, &c->file->seat, &f, raw, &c->body) == -1 ||
	    c->body.len < SALT_LEN ||
	    seal_sha256(c->seal, &(struct part){ c->body.data, c->body.len },
	    1, md) == -1 || memcmp(md, item->commitment, sizeof(md)) != 0)
		return damaged(c, c->walk.next, c->walk.ordinal, t);
	item->text = (const char *)c->body.data + SALT_LEN;
	item->len = c->body.len - SALT_LEN;
	return 0;
}

static int
take_entry(struct log_cursor *c, const struct frame *f, struct log_item *item,
    struct trouble *t)
{
	struct lasting *l = &c->lasting;

	if (lasting_decode(c->plain.data, c->plain.len, l, c->claim) == -1 ||
	    l->seq != c->seq)
		return damaged(c, c->walk.at, f->ordinal, t);
	item->what = LOG_ITEM_ENTRY;
	where(c, f, &item->loc);
	item->seq = l->seq;
	item->at = l->at;
	item->kind = kind_of(l->kind, strlen(l->kind));
	item->kind_name = l->kind;
	item->tree = l->tree;
	item->claim = l->claim;
	item->nclaims = l->nclaims;
	memcpy(item->commitment, l->commitment, LOG_HASH_LEN);
	memcpy(item->chain, l->chain, LOG_HASH_LEN);
	if (take_body(c, item, t) == -1)
		return -1;
	c->seq++;
	return 1;
}

static int
take_blob(struct log_cursor *c, const struct frame *f, struct log_item *item,
    struct trouble *t)
{
	struct map m;

	item->what = LOG_ITEM_BLOB;
	where(c, f, &item->loc);
	if (f->kind == FRAME_BLOB && c->plain.len >= LOG_HASH_LEN) {
		memcpy(item->sha256, c->plain.data, LOG_HASH_LEN);
		item->size = c->plain.len - LOG_HASH_LEN;
		return 1;
	}
	if (f->kind != FRAME_MAP || map_decode(c->plain.data, c->plain.len,
	    &m) == -1)
		return damaged(c, c->walk.at, f->ordinal, t);
	memcpy(item->sha256, m.sha256, LOG_HASH_LEN);
	item->size = m.size;
	return 1;
}

static int
take_commit(struct log_cursor *c, const struct frame *f, const uint8_t *raw,
    struct log_item *item, struct trouble *t)
{
	struct commit commit;

	if (commit_decode(c->plain.data, c->plain.len, &commit) == -1 ||
	    commit.head.next_seq != c->seq)
		return damaged(c, c->walk.at, f->ordinal, t);
	item->what = LOG_ITEM_COMMIT;
	where(c, f, &item->loc);
	item->seq = c->seq - 1;
	item->at = commit.head.at;
	memcpy(item->chain, commit.head.chain, LOG_HASH_LEN);
	put32(c->mark, c->segment);
	put32(c->mark + 4, (uint32_t)c->walk.at);
	put32(c->mark + 8, f->ordinal);
	put64(c->mark + 12, c->seq);
	memcpy(c->mark + 20, raw + FRAME_HEAD + f->length, 4);
	put64(c->mark + 24, commit.group);
	return 1;
}

/* 1 an item, 0 nothing to give of this frame, -1. */
static int
take(struct log_cursor *c, const struct frame *f, const uint8_t *raw,
    struct log_item *item, struct trouble *t)
{
	if (f->kind == FRAME_MAP && f->piece > 0)
		return 0;	/* the first one said all */
	if (seal_get(c->seal, &c->file->seat, f, raw, &c->plain) == -1)
		return damaged(c, c->walk.at, f->ordinal, t);
	memset(item, 0, sizeof(*item));
	switch (f->kind) {
	case FRAME_ENTRY:
		return take_entry(c, f, item, t);
	case FRAME_BLOB:
	case FRAME_MAP:
		return take_blob(c, f, item, t);
	case FRAME_COMMIT:
		return take_commit(c, f, raw, item, t);
	default:
		return damaged(c, c->walk.at, f->ordinal, t);
	}
}

/*
 * Where the walk may read to: the durable end in the last segment, before it
 * the file's own end without the trailer.
 */
static int
set_limit(struct log_cursor *c, struct durable end, struct trouble *t)
{
	int64_t size = (int64_t)end.end;

	if (c->segment != end.segment)
		size = sys_size(c->file->fd);
	if (size == -1)
		return trouble_errno(t, SAY_STORE_READ, c->log->dir);
	c->walk.limit = (uint64_t)size;
	return 0;
}

/* The next item of this segment: 1, 0 there is no more, -1. */
static int
next_here(struct log_cursor *c, struct durable end, struct log_item *item_r,
    struct trouble *t)
{
	struct frame f;
	const uint8_t *raw;
	int r;

	if (c->ended)
		return 0;
	if (set_limit(c, end, t) == -1)
		return -1;
	while ((r = walk_next(&c->walk, &f, &raw)) == 1) {
		if (f.kind == FRAME_FOOTER) {
			c->ended = 1;
			return 0;
		}
		r = take(c, &f, raw, item_r, t);
		if (r != 0)
			return r;
	}
	return r == -1 ? damaged(c, c->walk.next, c->walk.ordinal, t) : 0;
}

int
log_cursor_next(struct log_cursor *c, struct log_item *item_r,
    struct trouble *t)
{
	uint32_t next;
	int r;

	for (;;) {
		/* Fixed first: what it includes is whole in the files. */
		struct durable end = durable(c->log);

		r = c->file == NULL ? 0 : next_here(c, end, item_r, t);
		if (r != 0)
			return r;
		if (c->segment >= end.segment)
			return 0;
		next = files_after(c->log->files, LOG_JOURNAL, c->segment);
		if (next == 0 || next > end.segment)
			return 0;
		if (enter(c, next, t) == -1)
			return -1;
	}
}

