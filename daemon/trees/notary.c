/* SPDX-License-Identifier: ISC */
/*
 * notary: see notary.h.  It must never let anything be signed that no
 * tree.checkpoint entry has fixed, or before that entry is applied: applying
 * it computes the heads again.
 */
#include "daemon/trees/notary.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/trees/fix.h"
#include "daemon/trees/job.h"
#include "daemon/trees/post.h"
#include "daemon/trees/publish.h"
#include "daemon/trees/seal.h"
#include "daemon/trees/waiters.h"
#include "store/sys.h"

#define TICK_S		1
#define QUIET_US	(INT64_C(60) * 1000000)
#define RETRY_US	(INT64_C(30) * 1000000)	/* files, log */
#define PAUSE_MIN_US	(INT64_C(60) * 1000000)	/* network; doubles */
#define PAUSE_MAX_US	(INT64_C(3600) * 1000000)

enum state { BEGINNING, IDLE, FIXING, APPENDING, APPLYING, PUBLISHING };

/* What this job is given and gives: its own while it runs, then the loop's. */
struct publication {
	struct store	*store;
	const struct notary_conf *conf;
	struct tree_checkpoint	 done;
	int		 rc, final;
	struct trouble	 trouble;
};

struct notary {
	struct store	*store;
	const struct notary_conf *conf;
	struct event	*tick;
	struct job	 trees, net;
	enum state	 state;
	int		 stopped;
	int		 broken;	/* signs nothing; why: */
	struct trouble	 trouble;
	struct fix	 fix;
	struct publication pub;
	struct seal	 seal;
	struct tree_checkpoint	 published;
	int		 has;		/* that */
	uint64_t	 applying;	/* the entry that is waited for */
	uint64_t	 seen;		/* head of the journal */
	int64_t		 grown_at, moved_at, retry_at;	/* ticks; 0: not */
	int64_t		 seal_at, pause;	/* ticks; 0: nothing to ask */
	int		 force;
	unsigned	 appending;
	struct waiters	 waiters;
};

static void go_on(struct notary *);

/* --- those who wait ----------------------------------------------------- */

/* Who gets one and wants a stamp has it asked for at once. */
static void
answer(struct notary *n)
{
	if (!waiters_answer(&n->waiters, 0, &n->published, NULL))
		return;
	n->force = 1;
	n->seal_at = sys_ticks();
}

static void
break_off(struct notary *n, const struct trouble *why)
{
	n->broken = 1;
	n->trouble = *why;
	logline_trouble(LOGLINE_ERROR, "trees.broken", why);
	(void)waiters_answer(&n->waiters, 1, NULL, &n->trouble);
}

static void
fail_round(struct notary *n, const struct trouble *why)
{
	n->state = IDLE;
	n->retry_at = sys_ticks() + RETRY_US;
	logline_trouble(LOGLINE_WARNING, "trees.failed", why);
	(void)waiters_answer(&n->waiters, 0, NULL, why);
}

void
notary_ask(struct notary *n, uint64_t position, int stamp,
    notary_done_fn *done, void *arg)
{
	struct trouble why;

	if (!notary_published(n, NULL, &why) && (n->broken || n->stopped)) {
		done(arg, NULL, &why);
		return;
	}
	if (position != 0 && n->has && position <= n->published.position) {
		if (stamp) {
			n->force = 1;
			n->seal_at = sys_ticks();
		}
		done(arg, &n->published, NULL);
		return;
	}
	if (waiters_add(&n->waiters, position, stamp, done, arg) == -1) {
		(void)trouble_set(&why, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
		done(arg, NULL, &why);
		return;
	}
	n->retry_at = 0;
	go_on(n);
}

void
notary_forget(struct notary *n, const void *arg)
{
	waiters_drop(&n->waiters, arg);
}

int
notary_published(const struct notary *n, struct tree_checkpoint *c,
    struct trouble *t)
{
	if (n->has && !n->broken) {
		if (c != NULL)
			*c = n->published;
		return 1;
	}
	if (t != NULL && n->broken)
		*t = n->trouble;
	else if (t != NULL)
		(void)trouble_set(t, SAY_LOG_NONE, NULL, NULL, NULL, NULL);
	return 0;
}

const uint8_t *
notary_seed(const struct notary *n)
{
	return n->conf->seed;
}

/* --- publishing --------------------------------------------------------- */

static void
work_publish(void *arg)
{
	struct publication *p = &((struct notary *)arg)->pub;

	p->rc = publish_run(p->store, p->conf->store_dir, p->conf->seed,
	    p->conf->seal,
	    &p->done, &p->final, &p->trouble);
}

static void
done_publish(void *arg)
{
	struct notary *n = arg;
	int64_t now = sys_ticks();

	if (n->pub.rc == -1 && n->pub.final) {
		n->state = IDLE;
		break_off(n, &n->pub.trouble);
		return;
	}
	if (n->pub.rc == -1) {
		fail_round(n, &n->pub.trouble);
		return;
	}
	n->state = IDLE;
	if (n->pub.rc == 1) {
		if (!n->has || n->published.seq != n->pub.done.seq) {
			logline(LOGLINE_INFO, "trees.published",
			    "entry=%llu position=%llu size=%llu",
			    (unsigned long long)n->pub.done.seq,
			    (unsigned long long)n->pub.done.position,
			    (unsigned long long)n->pub.done.master_size);
			/* A pause after failures goes on. */
			if (n->seal_at < now || n->pause == 0)
				n->seal_at = now;
		}
		n->published = n->pub.done;
		n->has = 1;
		answer(n);
	} else	/* nothing to publish, whoever waits */
		n->retry_at = now + RETRY_US;
	go_on(n);
}

static void
publish(struct notary *n)
{
	n->pub = (struct publication) { .store = n->store, .conf = n->conf };
	n->state = PUBLISHING;
	if (job_start(&n->trees, work_publish, done_publish, n) == -1) {
		n->state = IDLE;
		n->retry_at = sys_ticks() + RETRY_US;
	}
}

/* --- fixing ------------------------------------------------------------- */

static void
work_fix(void *arg)
{
	fix_work(&((struct notary *)arg)->fix);
}

static void
on_appended(void *arg, const struct log_result *r)
{
	struct notary *n = arg;
	struct trouble why;

	n->appending--;
	switch (r->outcome) {
	case LOG_DONE:
		n->applying = r->first;
		n->state = APPLYING;
		break;
	case LOG_CONFLICT:
		n->state = IDLE;
		break;
	default:
		(void)trouble_set(&why, SAY_LOG_WRITE, "tree.checkpoint",
		    r->outcome == LOG_NO_SPACE ? "no space" : "the log ended",
		    NULL, NULL);
		fail_round(n, &why);
		return;
	}
	go_on(n);
}

/* One entry of ours; 0, or -1. */
static int
append(struct notary *n, enum kind kind, const struct buf *body,
    uint64_t last, log_done_fn *done)
{
	struct log *log = store_log(n->store);
	struct draft d = { .kind = kind, .actor = "dossierd",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE,
	    .body = (const char *)body->data, .bodylen = body->len,
	    .blob = -1 };
	struct batch *b = batch_new(log);

	if (b == NULL || buf_failed(body) || batch_draft(b, &d) == -1 ||
	    (kind == KIND_TREE_CHECKPOINT &&
	    (batch_expect(b, TREES_CLAIM, last) == -1 ||
	    batch_set(b, 0, TREES_CLAIM, CLAIM_SEQ) == -1))) {
		batch_free(b);
		return -1;
	}
	n->appending++;
	log_append(log, b, done, n);
	return 0;
}

static void
done_fix(void *arg)
{
	struct notary *n = arg;
	struct trouble why;

	if (n->fix.rc == 0) {
		publish(n);	/* what there is, if it is not yet */
		return;
	}
	if (n->fix.rc == -1) {
		fail_round(n, &n->fix.trouble);
		return;
	}
	n->state = APPENDING;
	if (append(n, KIND_TREE_CHECKPOINT, &n->fix.body, n->fix.last,
	    on_appended) == -1) {
		(void)trouble_errno(&why, SAY_LOG_WRITE, "tree.checkpoint");
		fail_round(n, &why);
	}
}

static void
fix(struct notary *n)
{
	n->fix.store = n->store;
	n->fix.position = waiters_round(&n->waiters,
	    store_applied(n->store));
	n->grown_at = 0;
	n->state = FIXING;
	if (job_start(&n->trees, work_fix, done_fix, n) == -1) {
		n->state = IDLE;
		n->retry_at = sys_ticks() + RETRY_US;
	}
}

/* --- stamps and witnesses ----------------------------------------------- */

static void
on_sealed(void *arg, const struct log_result *r)
{
	struct notary *n = arg;

	n->appending--;
	if (r->outcome != LOG_DONE)	/* it is asked for again */
		n->seal_at = sys_ticks() + PAUSE_MIN_US;
}

static void
done_seal(void *arg)
{
	struct notary *n = arg;
	struct seal *s = &n->seal;
	int64_t now = sys_ticks(), real = sys_now();

	for (unsigned i = 0; i < s->n && !log_dead(store_log(n->store), NULL);
	    i++)
		if (append(n, s->entry[i].kind, &s->entry[i].body, 0,
		    on_sealed) == -1)
			s->missing++;
	if (s->final)
		break_off(n, &s->trouble);
	else if (s->missing > 0) {
		logline_trouble(LOGLINE_WARNING, "trees.unsealed", &s->trouble);
		n->force |= s->force;
		n->pause = n->pause == 0 ? PAUSE_MIN_US : n->pause * 2;
		if (n->pause > PAUSE_MAX_US)
			n->pause = PAUSE_MAX_US;
		n->seal_at = now + n->pause;
	} else {
		n->pause = 0;
		if (n->seal_at == 0 && s->next != 0)
			n->seal_at = now + (s->next > real ? s->next - real :
			    0);
	}
	seal_clear(s);
}

static void
work_seal(void *arg)
{
	seal_work(&((struct notary *)arg)->seal);
}

static void
seal(struct notary *n)
{
	n->seal.store = n->store;
	n->seal.conf = n->conf->seal;
	n->seal.seed = n->conf->seed;
	n->seal.checkpoint = n->published;
	n->seal.force = n->force;
	n->seal.now = sys_now();
	if (n->conf->seal->nstamp + n->conf->seal->nwitness == 0 ||
	    job_start(&n->net, work_seal, done_seal, n) == 0) {
		n->seal_at = 0;
		n->force = 0;
	}
}

/* --- the loop ----------------------------------------------------------- */

static int
is_due(struct notary *n, int64_t now)
{
	if (now < n->retry_at)
		return 0;
	if (waiters_ready(&n->waiters, store_applied(n->store)))
		return 1;
	return n->grown_at != 0 && store_applied(n->store) >= n->seen &&
	    (now - n->moved_at >= QUIET_US ||
	    now - n->grown_at >= n->conf->interval_ms * 1000);
}

static void
go_on(struct notary *n)
{
	int64_t now = sys_ticks();

	if (n->stopped || n->broken)
		return;
	if (n->state == APPLYING && store_applied(n->store) >= n->applying)
		publish(n);
	else if (n->state == BEGINNING &&
	    store_applied(n->store) >= store_opened(n->store))
		publish(n);
	else if (n->state == IDLE && is_due(n, now))
		fix(n);
	if (n->has && n->seal_at != 0 && now >= n->seal_at && !n->net.running)
		seal(n);
}

void
notary_wake(struct notary *n)
{
	go_on(n);
}

static void
on_tick(int fd, short what, void *arg)
{
	struct notary *n = arg;
	int64_t now = sys_ticks();
	struct log_head head;

	(void)fd;
	(void)what;
	log_head(store_log(n->store), &head);
	if (head.seq != n->seen) {
		n->seen = head.seq;
		n->moved_at = now;
		if (n->grown_at == 0)
			n->grown_at = now;
	}
	go_on(n);
}

/* --- life --------------------------------------------------------------- */

struct notary *
notary_new(struct event_base *base, struct store *store,
    const struct notary_conf *conf)
{
	static const struct timeval tick = { TICK_S, 0 };
	struct notary *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->store = store;
	n->conf = conf;
	n->trees.fd = n->net.fd = -1;
	LIST_INIT(&n->waiters);
	n->tick = event_new(base, -1, EV_PERSIST, on_tick, n);
	if (n->tick == NULL || event_priority_set(n->tick, 2) == -1 ||
	    event_add(n->tick, &tick) == -1 || post_begin() == -1 ||
	    job_init(&n->trees, base) == -1 || job_init(&n->net, base) == -1) {
		notary_free(n);
		return NULL;
	}
	if (conf->seed == NULL) {
		n->broken = 1;
		(void)trouble_set(&n->trouble, SAY_LOG_KEY, "log.key", "",
		    NULL, NULL);
	}
	return n;
}

void
notary_stop(struct notary *n)
{
	struct trouble why;

	n->stopped = 1;
	atomic_store(&n->seal.stop, 1);
	(void)trouble_set(&why, SAY_LOG_NONE, NULL, NULL, NULL, NULL);
	(void)waiters_answer(&n->waiters, 1, NULL, &why);
}

unsigned
notary_pending(const struct notary *n)
{
	return n->appending;
}

void
notary_end(struct notary *n)
{
	if (n == NULL)
		return;
	n->stopped = 1;
	atomic_store(&n->seal.stop, 1);
	job_release(&n->trees);
	job_release(&n->net);
}

void
notary_free(struct notary *n)
{
	if (n == NULL)
		return;
	notary_end(n);
	waiters_free(&n->waiters);
	if (n->tick != NULL)
		event_free(n->tick);
	buf_release(&n->fix.body);
	seal_clear(&n->seal);
	free(n);
}
