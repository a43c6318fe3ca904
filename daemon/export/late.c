/* SPDX-License-Identifier: ISC */
/*
 * late: see late.h.
 *
 *	IDLE --due, applied, something is missing--> ASKING --answers--> STATING
 *	  ^------------- nothing came: again after a pause <-'               |
 *	  ^------------- the log had no room: the same ----------------------+
 *	  '--------------- looked again once what was stated is applied -----'
 *
 * The pause doubles from a minute to an hour.  It must never state a stamp
 * twice: it looks only when the views hold what it stated before.
 */
#include "daemon/export/late.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_stamp.h"
#include "daemon/log.h"
#include "daemon/trees/head.h"
#include "daemon/trees/job.h"
#include "proto/base/text.h"
#include "store/ask/trees.h"

#define WISHES		16	/* of one round */
#define SEEN		64	/* builds of one read transaction */
#define PAUSE_MIN_S	60
#define PAUSE_MAX_S	3600

struct asked {
	struct stamp_wish wish;
	struct id	 bundle, of, client;	/* of bundle.stamped */
	int		 came;
};

struct late {
	struct store	*store;
	const struct seal_conf *conf;
	struct job	 net;
	struct event	*again;
	struct asked	 asked[WISHES];
	unsigned	 n, stating;
	int		 unstated;	/* the log did not take one */
	/* When this is applied; UINT64_MAX: no. */
	uint64_t	 look;
	int		 pause;		/* s */
	int		 more;		/* than one round has */
	atomic_int	 stop;
	char		 why[256];
};

static void
clear(struct late *l)
{
	for (unsigned i = 0; i < l->n; i++)
		stamp_wish_release(&l->asked[i].wish);
	memset(l->asked, 0, sizeof l->asked);
	l->n = 0;
}

/* ---- what is missing --------------------------------------------- */

static int
on_seal(void *arg, enum kind kind, uint64_t seq)
{
	(void)seq;
	*(int *)arg |= kind == KIND_TREE_STAMPED;
	return 0;
}

int
late_master(struct trees *trees, uint64_t position,
    struct tree_checkpoint *checkpoint)
{
	int stamped = 0;
	int got = trees_checkpoint_from(trees, position, checkpoint);

	if (got == 0)
		errno = ENOENT;
	if (got != 1 || trees_seals(trees, checkpoint->master_size, on_seal,
	    &stamped) == -1)
		return -1;
	return stamped;
}

/* One more is to be asked; NULL: the round is full. */
static struct asked *
wish_add(struct late *l)
{
	if (l->n < WISHES)
		return &l->asked[l->n++];
	l->more = 1;
	return NULL;
}

static void
wish_manifests(struct late *l, const struct bundle_done *done)
{
	struct bundle bundle;
	struct asked *a;
	uint8_t sum[64];

	if (strlen(done->build.tagmanifest) != 2 * sizeof sum ||
	    text_unhex(done->build.tagmanifest, 2 * sizeof sum, sum) == -1 ||
	    bundle_get(l->store, &done->bundle, &bundle, NULL) != 1 ||
	    (a = wish_add(l)) == NULL)
		return;
	a->bundle = bundle.id;
	a->of = bundle.of;
	a->client = bundle.client;
	a->wish.build = done->build.build;
	memcpy(a->wish.tagmanifest, sum, sizeof sum);
}

static int
is_wished(const struct late *l, uint64_t master_size)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->asked[i].wish.build == 0 &&
		    l->asked[i].wish.master_size == master_size)
			return 1;
	return 0;
}

static void
wish_master(struct late *l, uint64_t position)
{
	struct trees *trees = trees_open(l->store, NULL);
	struct tree_checkpoint c;
	struct checkpoint head;
	struct asked *a;

	if (trees != NULL && late_master(trees, position, &c) == 0 &&
	    !is_wished(l, c.master_size) && head_of_master(trees, &c,
	    &head) == 0 && (a = wish_add(l)) != NULL) {
		a->wish.master_size = c.master_size;
		checkpoint_body(&a->wish.head, &head);
	}
	trees_close(trees);
}

static void
find(struct late *l)
{
	struct bundle_done *done = calloc(SEEN + 1, sizeof *done);
	const struct bundle_done *after = NULL;
	int n;

	l->more = 0;
	while (done != NULL && !l->more && (n = bundle_done(l->store, after,
	    done + 1, SEEN, NULL)) > 0) {
		for (int i = 1; i <= n && !l->more; i++) {
			if (done[i].build.stamped == 0)
				wish_manifests(l, &done[i]);
			wish_master(l, done[i].build.position);
		}
		done[0] = done[n];
		after = done;
	}
	free(done);
}

/* ---- what came --------------------------------------------------- */

static void
later(struct late *l)
{
	const struct timeval pause = { l->pause, 0 };

	(void)event_add(l->again, &pause);
	l->pause = l->pause * 2 > PAUSE_MAX_S ? PAUSE_MAX_S : l->pause * 2;
}

static void
on_stated(void *arg, const struct log_result *result)
{
	struct late *l = arg;
	struct log_head head;

	l->unstated |= result->outcome != LOG_DONE &&
	    result->outcome != LOG_CONFLICT;
	if (--l->stating > 0)
		return;
	if (l->unstated) {
		/* At once it would ask the authority for the same again. */
		l->unstated = 0;
		if (!atomic_load(&l->stop))
			later(l);
		return;
	}
	l->pause = PAUSE_MIN_S;
	log_head(store_log(l->store), &head);
	late_look(l, head.seq);
}

static int
state(struct late *l, const struct asked *a)
{
	struct draft d = { .kind = a->wish.build != 0 ? KIND_BUNDLE_STAMPED :
	    KIND_TREE_STAMPED, .actor = "dossierd", .client = REF_NONE,
	    .kase = REF_NONE, .contact = REF_NONE, .document = REF_NONE,
	    .staff = REF_NONE, .blob = -1 };
	struct batch *b = batch_new(store_log(l->store));
	struct buf body = BUF_INIT;
	int ok;

	stamp_wish_body(&a->wish, &body);
	d.body = (const char *)body.data;
	d.bodylen = body.len;
	if (a->wish.build != 0) {
		d.bundle = a->bundle;
		d.client = REF_ID(a->client);
		if (a->of.kind == ID_CASE)
			d.kase = REF_ID(a->of);
	}
	ok = b != NULL && !buf_failed(&body) && batch_draft(b, &d) != -1;
	buf_release(&body);
	if (!ok) {
		batch_free(b);
		return -1;
	}
	l->stating++;
	log_append(store_log(l->store), b, on_stated, l);
	return 0;
}

static void
ask_all(void *arg)
{
	struct late *l = arg;

	for (unsigned i = 0; i < l->n && !atomic_load(&l->stop); i++)
		l->asked[i].came = stamp_wish_ask(&l->asked[i].wish, l->conf,
		    &l->stop, l->why);
}

static void
on_asked(void *arg)
{
	struct late *l = arg;
	unsigned came = 0;

	for (unsigned i = 0; i < l->n && !atomic_load(&l->stop) &&
	    !log_dead(store_log(l->store), NULL); i++)
		if (l->asked[i].came && state(l, &l->asked[i]) == 0)
			came++;
	if (came < l->n && !atomic_load(&l->stop)) {
		logline(LOGLINE_WARNING, "bundle.unstamped",
		    "missing=%u why=\"%s\"", l->n - came, l->why);
		later(l);
	}
	clear(l);
}

/* ---- the loop ---------------------------------------------------- */

void
late_wake(struct late *l)
{
	if (l->conf == NULL || l->conf->nstamp == 0 || atomic_load(&l->stop) ||
	    l->net.running || l->stating > 0 ||
	    store_applied(l->store) < l->look ||
	    log_readonly(store_log(l->store), NULL))
		return;
	l->look = UINT64_MAX;
	find(l);
	if (l->n > 0 && job_start(&l->net, ask_all, on_asked, l) == -1) {
		clear(l);
		later(l);
	}
}

void
late_look(struct late *l, uint64_t seq)
{
	if (l->look > seq)
		l->look = seq;
	late_wake(l);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	late_look(arg, 0);
}

/* ---- life -------------------------------------------------------- */

struct late *
late_new(struct event_base *base, struct store *store,
    const struct seal_conf *conf)
{
	struct late *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->store = store;
	l->conf = conf;
	l->pause = PAUSE_MIN_S;
	l->look = store_opened(store);
	l->net = (struct job)JOB_NONE;
	l->again = evtimer_new(base, on_again, l);
	if (l->again == NULL || job_init(&l->net, base) == -1) {
		late_free(l);
		return NULL;
	}
	return l;
}

void
late_stop(struct late *l)
{
	atomic_store(&l->stop, 1);
	(void)event_del(l->again);
}

unsigned
late_pending(const struct late *l)
{
	return l->stating;
}

void
late_end(struct late *l)
{
	if (l == NULL)
		return;
	late_stop(l);
	job_release(&l->net);
}

void
late_free(struct late *l)
{
	if (l == NULL)
		return;
	if (l->again != NULL)
		late_end(l);
	else
		job_release(&l->net);
	clear(l);
	if (l->again != NULL)
		event_free(l->again);
	free(l);
}
