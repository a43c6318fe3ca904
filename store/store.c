/* SPDX-License-Identifier: ISC */
/*
 * store: log, claims, views and applier as one thing.
 *
 * The order of opening matters: what views and claims have seen is told to
 * the log before it starts (a shorter journal is a rollback), and the log has
 * its base of claims before the first batch is appended.  Closing is the way
 * back: the applier first, the log last.
 */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/env.h"
#include "store/views/views.h"

struct store {
	struct log	*log;
	struct views	*views;
	struct home	 home;
	struct vclaims	*claims;
	struct applier	*applier;	/* NULL: reading, or read-only */
	uint64_t	 build;
	uint64_t	 opened_at;	/* 0: they stay as they are */
};

/* ---- opening --------------------------------------------------------- */

static struct log *
open_log(const struct store_options *o, struct trouble *t)
{
	const struct log_options lo = {
		.dir = o->dir, .key_path = o->key_path,
		.reading = o->reading, .compress = o->compress
	};

	return log_open(&lo, t);
}

/* Views that are there tell the log what they have seen. */
static int
views_seen(struct store *s, int *found_r, struct trouble *t)
{
	uint8_t chain[LOG_HASH_LEN];
	uint64_t seq;

	*found_r = views_load(s->views, &s->home, 0, &s->build, t);
	if (*found_r != 1)
		return *found_r;
	if (views_applied(s->views, &seq, chain, t) == -1)
		return -1;
	log_seen(s->log, seq, chain);
	return 0;
}

static int
claims_open(struct store *s, struct trouble *t)
{
	char path[HOME_PATH_MAX];

	if (home_path(&s->home, "claims.mdb", path) == -1)
		return trouble_errno(t, SAY_VIEWS_FAILED, s->home.dir);
	if ((s->claims = vclaims_open(path, s->log, t)) == NULL)
		return -1;
	log_seen(s->log, vclaims_seq(s->claims), vclaims_chain(s->claims));
	return 0;
}

/* Whole before the log starts; anew if they do not belong to this journal. */
static int
claims_fill(struct store *s, const struct store_options *o, struct trouble *t)
{
	struct log_cursor *cur;
	struct log_head head;
	uint64_t seq = vclaims_seq(s->claims);
	int fits;

	log_head(s->log, &head);
	fits = seq < head.seq || (seq == head.seq && (seq == 0 ||
	    memcmp(head.chain, vclaims_chain(s->claims), LOG_HASH_LEN) == 0));
	if (fits && seq > 0) {
		cur = log_cursor_new(s->log, vclaims_mark(s->claims), NULL);
		fits = cur != NULL;
		log_cursor_free(cur);
	}
	if (!fits && vclaims_reset(s->claims, t) == -1)
		return -1;
	if (vclaims_catch_up(s->claims, s->log, o->progress, o->arg, t) == -1)
		return -1;
	log_claims_base(s->log, vclaims_find, s->claims);
	log_claims_applied(s->log, vclaims_seq(s->claims));
	return 0;
}

static void
tidy(struct store *s)
{
	if (home_lock(&s->home, NULL) != 1)
		return;		/* a rebuild is at work beside us */
	home_tidy(&s->home);
	home_unlock(&s->home);
}

static int
open_writing(struct store *s, const struct store_options *o,
    struct trouble *t)
{
	struct log_head head;
	int found, readonly;

	if (home_open(&s->home, o->dir, 1, t) == -1 ||
	    views_seen(s, &found, t) == -1 || claims_open(s, t) == -1)
		return -1;
	readonly = log_readonly(s->log, NULL);
	if (!readonly && claims_fill(s, o, t) == -1)
		return -1;
	if (found && !views_follow(s->views)) {
		if (readonly)
			return 0;	/* ahead of it: answers as they are */
		found = 0;
	}
	if (!found && views_make(s->views, &s->home, &s->build, t) == -1)
		return -1;
	tidy(s);
	s->applier = applier_start(s->views, &s->home, s->build,
	    readonly ? NULL : s->claims, t);
	if (s->applier == NULL || (!readonly && log_start(s->log, t) == -1))
		return -1;
	/* With what the start itself stated. */
	log_head(s->log, &head);
	s->opened_at = head.seq;
	return 0;
}

static int
open_reading(struct store *s, const struct store_options *o,
    struct trouble *t)
{
	int rc;

	if (home_open(&s->home, o->dir, 0, t) == -1)
		return -1;
	rc = views_load(s->views, &s->home, 1, &s->build, t);
	return rc == -1 ? -1 : 0;	/* none: what asks will say so */
}

struct store *
store_open(const struct store_options *o, struct trouble *t)
{
	struct store *s;
	int rc = -1;

	if ((s = calloc(1, sizeof *s)) == NULL) {
		(void)trouble_errno(t, SAY_VIEWS_FAILED, o->dir);
		return NULL;
	}
	s->home.lock = -1;
	if ((s->log = open_log(o, t)) != NULL &&
	    (s->views = views_new(s->log, t)) != NULL)
		rc = o->reading ? open_reading(s, o, t) :
		    open_writing(s, o, t);
	if (rc == 0)
		return s;
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	applier_stop(s->applier);
	/* The log's writer asks for claims until it has ended. */
	log_close(s->log);
	vclaims_close(s->claims);
	views_free(s->views);
	home_close(&s->home);
	free(s);
}

/* ---- what others ask ------------------------------------------------- */

struct log *
store_log(struct store *s)
{
	return s->log;
}

struct views *
store_views(struct store *s)
{
	return s->views;
}

uint64_t
store_applied(struct store *s)
{
	uint8_t chain[LOG_HASH_LEN];
	uint64_t seq = 0;

	if (s->applier != NULL)
		return applier_seq(s->applier);
	if (views_applied(s->views, &seq, chain, NULL) == -1)
		return 0;
	return seq;
}

int
store_applied_fd(struct store *s)
{
	return s->applier != NULL ? applier_fd(s->applier) : -1;
}

void
store_moved(struct store *s)
{
	if (s->applier != NULL)
		applier_moved(s->applier);
}

int
store_wait(struct store *s, uint64_t seq, int ms)
{
	if (s->applier == NULL)
		return store_applied(s) >= seq;
	return applier_wait(s->applier, seq, ms);
}

uint64_t
store_opened(struct store *s)
{
	return s->opened_at;
}

int
store_trouble(struct store *s, struct trouble *t)
{
	return s->applier != NULL && applier_trouble(s->applier, t);
}

int
store_busy(struct store *s)
{
	struct log_head head;

	if (log_busy(s->log))
		return 1;
	if (s->applier == NULL || applier_trouble(s->applier, NULL))
		return 0;	/* capture goes on without views */
	log_head(s->log, &head);
	return head.seq > store_applied(s) + STORE_LAG;
}

int
store_rebuild(const struct store_options *o, int compare, struct trouble *t)
{
	struct store_options reading = *o;
	struct log *log;
	int rc;

	reading.reading = 1;
	if ((log = open_log(&reading, t)) == NULL)
		return -1;
	rc = views_rebuild(log, o, compare, t);
	log_close(log);
	return rc;
}
