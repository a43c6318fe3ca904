/* SPDX-License-Identifier: ISC */
/*
 * rebuild: views made anew beside those in use, then named, or compared.
 *
 * It reads the journal as any reader and touches nothing that a daemon uses:
 * the new build has a number of its own, and `current` is replaced when it
 * has caught up.  The daemon sees that and goes over.  Killed at any moment
 * it leaves a file that the next one removes.
 *
 * Not in a process that has the same store open: LMDB cannot open one file
 * twice in a process.
 */
#include "store/views/views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/views/build.h"
#include "store/views/venv.h"

struct rebuild {
	struct home	 home;
	struct views	*views;
	struct venv	*fresh;
	uint64_t	 number;
	struct build	 build;
	log_progress_fn	*progress;
	void		*arg;
};

static int
fresh_make(struct rebuild *r, struct log *log, struct trouble *t)
{
	char path[HOME_PATH_MAX];

	if (home_new(&r->home, &r->number, t) == -1)
		return -1;
	if (home_build(&r->home, r->number, path) == -1)
		return trouble_errno(t, SAY_VIEWS_FAILED, r->home.dir);
	if (venv_open(path, log, VENV_MAKE, &r->fresh, t) != 1)
		return -1;
	return build_open(&r->build, r->fresh, r->views->hash, log, NULL, t);
}

/* Up to an entry (0: all there is): 0, or -1. */
static int
fill(struct rebuild *r, uint64_t until, struct trouble *t)
{
	struct log_progress p = { "rebuild", 0, until };
	struct log_head head;
	int rc;

	log_head(r->views->log, &head);
	if (until == 0)
		p.total = head.seq;
	while ((rc = build_batch(&r->build, until, t)) == 1) {
		p.done = r->build.mark.seq;
		if (r->progress != NULL && r->progress(r->arg, &p))
			return trouble_set(t, SAY_VIEWS_STOPPED, r->home.dir,
			    NULL, NULL, NULL);
	}
	return rc;
}

/* ---- comparing ------------------------------------------------------- */

static int
differ(struct trouble *t, enum view_table table, const struct vrow *row,
    const char *how)
{
	struct buf hex = BUF_INIT;

	buf_addhex(&hex, row->key, row->keylen);
	(void)trouble_set(t, SAY_VIEWS_DIFFER, view_table_name(table),
	    buf_str(&hex), how, NULL);
	buf_release(&hex);
	return 1;
}

/* Of META only what follows from the entries. */
static int
is_compared(enum view_table table, const struct vrow *row)
{
	static const char *const own[] = { "format", "key", "epoch", "mark" };

	if (table != VIEW_META)
		return 1;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (row->keylen == strlen(own[i]) &&
		    memcmp(row->key, own[i], row->keylen) == 0)
			return 0;
	return 1;
}

static int
next_compared(struct vcur *c)
{
	int rc;

	do {
		rc = vcur_next(c);
	} while (rc == 1 && !is_compared(c->table, &c->row));
	return rc;
}

/* 0 equal, 1 with trouble, -1 with errno. */
static int
compare_rows(struct vcur *a, struct vcur *b, enum view_table table,
    struct trouble *t)
{
	int ra, rb;

	for (;;) {
		if ((ra = next_compared(a)) == -1 ||
		    (rb = next_compared(b)) == -1)
			return -1;
		if (ra == 0 && rb == 0)
			return 0;
		if (rb == 0)
			return differ(t, table, &a->row, "only in use");
		if (ra == 0)
			return differ(t, table, &b->row, "missing");
		if (a->row.keylen != b->row.keylen || memcmp(a->row.key,
		    b->row.key, a->row.keylen) != 0)
			return differ(t, table, &a->row, "key");
		if (a->row.ended != b->row.ended)
			return differ(t, table, &a->row, "end");
		if (a->row.data.len != b->row.data.len || (a->row.data.len > 0
		    && memcmp(a->row.data.data, b->row.data.data,
		    a->row.data.len) != 0))
			return differ(t, table, &a->row, "content");
	}
}

static int
compare_table(struct snap *used, struct snap *fresh, enum view_table table,
    struct trouble *t)
{
	struct vcur a, b;
	int rc = -1;

	memset(&b, 0, sizeof b);
	if (vcur_open(&a, used, table, NULL, VCUR_ALL) == 0 &&
	    vcur_open(&b, fresh, table, NULL, VCUR_ALL) == 0)
		rc = compare_rows(&a, &b, table, t);
	vcur_close(&a);
	vcur_close(&b);
	return rc == -1 ? trouble_errno(t, SAY_VIEWS_FAILED,
	    view_table_name(table)) : rc;
}

static int
compare_all(struct rebuild *r, struct snap *used, struct trouble *t)
{
	struct snap fresh;
	int rc = 0;

	if (venv_snap(r->fresh, 0, &fresh, t) == -1)
		return -1;
	/* A row past the position can be there in neither: see all. */
	used->position = fresh.position = UINT64_MAX;
	for (int i = 0; i < VIEW_TABLES_N && rc == 0; i++)
		rc = compare_table(used, &fresh, (enum view_table)i, t);
	snap_end(&fresh);
	return rc;
}

/*
 * Most is built before the snapshot of those in use is taken, so that it is
 * held only for the rest and the comparison.
 */
static int
rebuild_compare(struct rebuild *r, struct trouble *t)
{
	uint8_t chain[LOG_HASH_LEN];
	struct snap used;
	uint64_t seq;
	int rc;

	switch (views_load(r->views, &r->home, 1, &seq, t)) {
	case 1:
		break;
	case 0:
		return trouble_set(t, SAY_VIEWS_NONE, r->home.dir, NULL, NULL,
		    NULL);
	default:
		return -1;
	}
	if (views_applied(r->views, &seq, chain, t) == -1 ||
	    (seq > 0 && fill(r, seq, t) == -1) ||
	    snap_begin(r->views, 0, &used, t) == -1)
		return -1;
	rc = used.applied > seq ? fill(r, used.applied, t) : 0;
	if (rc == 0)
		rc = compare_all(r, &used, t);
	snap_end(&used);
	return rc;
}

/* ---- the whole ------------------------------------------------------- */

static int
rebuild_swap(struct rebuild *r, struct trouble *t)
{
	if (fill(r, 0, t) == -1)
		return -1;
	/* Closed before it is named: the daemon then opens it for writing. */
	build_close(&r->build);
	venv_drop(r->fresh);
	r->fresh = NULL;
	if (home_set_current(&r->home, r->number, t) == -1)
		return -1;
	r->number = 0;
	return 0;
}

static void
rebuild_end(struct rebuild *r)
{
	build_close(&r->build);
	venv_drop(r->fresh);
	views_free(r->views);
	if (r->number != 0)
		home_remove(&r->home, r->number);
	home_tidy(&r->home);
	home_close(&r->home);
}

int
views_rebuild(struct log *log, const struct store_options *o, int compare,
    struct trouble *t)
{
	struct rebuild r = { .progress = o->progress, .arg = o->arg };
	int rc;

	if (home_open(&r.home, o->dir, 1, t) == -1)
		return -1;
	rc = home_lock(&r.home, t);
	if (rc != 1) {
		if (rc == 0)
			rc = trouble_set(t, SAY_VIEWS_REBUILDING, r.home.dir,
			    NULL, NULL, NULL);
		return rc;
	}
	rc = -1;
	if ((r.views = views_new(log, t)) != NULL &&
	    fresh_make(&r, log, t) == 0)
		rc = compare ? rebuild_compare(&r, t) : rebuild_swap(&r, t);
	rebuild_end(&r);
	return rc;
}
