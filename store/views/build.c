/* SPDX-License-Identifier: ISC */
/*
 * build: one batch of the journal into one transaction.
 *
 * A batch ends behind a commit frame, and the mark behind that frame is
 * committed with the rows: a crash at any moment leaves rows and mark that
 * belong together, and the next start goes on from there.  Claims are
 * committed before the views, never behind them.
 */
#include "store/views/build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/sys.h"

int
build_open(struct build *b, struct venv *v, const struct vhash *hash,
    struct log *log, struct vclaims *claims, struct trouble *t)
{
	struct snap s;

	memset(b, 0, sizeof *b);
	b->env = venv_take(v);
	b->hash = hash;
	b->log = log;
	b->claims = claims;
	apply_init(&b->apply, log);
	if (venv_snap(v, 0, &s, t) == -1)
		return -1;
	(void)vmark_get(&s, &b->mark);
	snap_end(&s);
	return 0;
}

void
build_close(struct build *b)
{
	log_cursor_free(b->cursor);
	apply_release(&b->apply);
	venv_drop(b->env);
	memset(b, 0, sizeof *b);
}

static int
cursor_ready(struct build *b, struct trouble *t)
{
	if (b->cursor != NULL)
		return 0;
	b->cursor = log_cursor_new(b->log, b->mark.has_mark ? b->mark.mark :
	    NULL, t);
	if (b->cursor == NULL) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static int
gap(uint64_t seq, struct trouble *t)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, seq);
	errno = EIO;
	return trouble_set(t, SAY_VIEWS_ENTRY, text, "out of sequence", NULL,
	    NULL);
}

static int
failed(struct trouble *t)
{
	int error = errno;

	(void)trouble_errno(t, error == ENOSPC ? SAY_VIEWS_FULL :
	    SAY_VIEWS_FAILED, "views");
	errno = error;
	return -1;
}

struct batch_state {
	struct vtxn	x;
	int		begun;
	unsigned	entries;
	int64_t		since;
	int		open;		/* items behind the last commit frame */
	struct vmark	last;		/* the last entry taken */
	struct vmark	whole;		/* the last at a commit frame */
};

static int
take(struct build *b, struct batch_state *s, const struct log_item *item,
    struct trouble *t)
{
	if (item->what == LOG_ITEM_COMMIT) {
		s->whole = s->last;
		log_cursor_mark(b->cursor, s->whole.mark);
		s->open = 0;
		return 0;
	}
	if (item->what == LOG_ITEM_ENTRY) {
		if (item->seq <= s->last.seq)
			return 0;
		if (item->seq != s->last.seq + 1)
			return gap(item->seq, t);
	}
	if (!s->begun) {
		if (vtxn_begin(b->env, b->hash, &s->x, t) == -1)
			return -1;
		s->begun = 1;
		if (apply_begin(&b->apply, &s->x) == -1)
			return failed(t);
		s->since = sys_ticks();
	}
	s->open = 1;
	if (apply_item(&b->apply, item, t) == -1)
		return -1;
	if (item->what != LOG_ITEM_ENTRY)
		return 0;
	if (b->claims != NULL && vclaims_add(b->claims, item, t) == -1)
		return -1;
	s->entries++;
	s->last.seq = item->seq;
	s->last.at = item->at;
	memcpy(s->last.chain, item->chain, LOG_HASH_LEN);
	return 0;
}

static int
full(const struct batch_state *s, uint64_t until)
{
	return s->begun && !s->open && (s->entries >= BUILD_ENTRIES ||
	    sys_ticks() - s->since > BUILD_TICKS ||
	    (until != 0 && s->last.seq >= until));
}

/* Up to a commit frame: 0, or -1. */
static int
gather(struct build *b, struct batch_state *s, uint64_t until,
    struct trouble *t)
{
	struct log_item item;
	int rc;

	while (!full(s, until)) {
		rc = log_cursor_next(b->cursor, &item, t);
		if (rc == -1)
			errno = EIO;
		if (rc == 0 && s->open)
			return gap(s->last.seq, t);	/* no commit frame */
		if (rc != 1)
			return rc;
		if (take(b, s, &item, t) == -1)
			return -1;
	}
	return 0;
}

static int
commit(struct build *b, struct batch_state *s, struct trouble *t)
{
	if (apply_end(&b->apply) == -1)
		return failed(t);
	sys_step("views:applied");
	if (b->claims != NULL) {
		if (vclaims_commit(b->claims, s->whole.mark, t) == -1)
			return -1;
		log_claims_applied(b->log, vclaims_seq(b->claims));
	}
	sys_step("views:claims");
	s->begun = 0;
	if (vtxn_commit(&s->x, s->whole.mark, s->whole.seq, s->whole.at,
	    s->whole.chain, t) == -1)
		return -1;
	sys_step("views:committed");
	b->mark = s->whole;
	b->mark.has_mark = 1;
	return 1;
}

int
build_batch(struct build *b, uint64_t until, struct trouble *t)
{
	struct batch_state s;
	int rc, error;

	if (until != 0 && b->mark.seq >= until)
		return 0;
	if (cursor_ready(b, t) == -1)
		return -1;
	memset(&s, 0, sizeof s);
	s.last = s.whole = b->mark;
	rc = gather(b, &s, until, t);
	if (rc == 0 && s.begun)
		rc = commit(b, &s, t);
	if (rc >= 0)
		return rc;
	error = errno;
	if (s.begun)
		vtxn_abort(&s.x);
	if (b->claims != NULL)
		vclaims_abort(b->claims);
	log_cursor_free(b->cursor);	/* behind the mark again */
	b->cursor = NULL;
	errno = error;
	return -1;
}
