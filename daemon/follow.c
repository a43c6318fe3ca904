/* SPDX-License-Identifier: ISC */
/*
 * follow: turns of work at idle priority.
 *
 * A queue walks the views from its cursor on.  At the end it goes back to the
 * start and rests until follow_wake(), or until what was put off is due.
 */
#include "daemon/follow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/busy.h"
#include "daemon/export/render.h"
#include "daemon/filing/filing.h"
#include "daemon/follow_read.h"
#include "daemon/log.h"
#include "daemon/supervise.h"
#include "daemon/vouch.h"
#include "store/ask/known.h"

#define FETCH		32	/* rows of work asked for at once */
#define FILED_A_TURN	8	/* decisions begun in one turn */
#define FILING_MAX	64	/* decisions that the log has not answered */
#define AGAIN_MS	10000	/* after a statement was not kept */

/* One kind of work. */
struct queue {
	int	(*fetch)(struct store *, const struct id *, struct known_work *,
		    unsigned);
	struct busy	  busy;
	struct known_work work[FETCH];
	unsigned	  at, n;	/* of work[] */
	struct id	  cursor;
	int		  resting;	/* nothing found since the last wake */
	unsigned	  pending;
};

/* Entries that the views may be behind while followers begin anything. */
#define CROWD 256

struct follow {
	struct store		*store;
	struct supervise	*supervise;
	struct filing		*filing;
	struct event		*turn, *again;
	struct vouch		*vouch;		/* NULL: no resolver */
	struct render		*render;	/* NULL: none is made ahead */
	struct queue		 read, file, dkim, ahead;
	struct reading_jobs	 jobs;
	struct reading_job	*job;	/* being copied for the reader */
	uint64_t		 behind;	/* begins none before this */
	int			 started, stopped;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
from_start(struct queue *q)
{
	q->cursor = (struct id){ ID_DOCUMENT, 0, 0, 1 };
	q->at = q->n = 0;
}

/* The next document that is not in hand, NULL if there is none now. */
static const struct known_work *
next_work(struct follow *f, struct queue *q)
{
	int n;

	while (!q->resting) {
		while (q->at < q->n) {
			if (!busy_has(&q->busy, &q->work[q->at].document))
				return &q->work[q->at++];
			q->at++;
		}
		n = q->fetch(f->store, &q->cursor, q->work, FETCH);
		q->at = 0;
		q->n = n > 0 ? (unsigned)n : 0;
		if (n > 0) {
			q->cursor = q->work[n - 1].document;
			q->cursor.number++;
		} else {
			q->resting = 1;
			from_start(q);
		}
	}
	return NULL;
}

static void
turn_soon(struct follow *f)
{
	struct timeval none = { 0, 0 };

	if (!f->stopped && !event_pending(f->turn, EV_TIMEOUT, NULL))
		(void)event_add(f->turn, &none);
}

/* What was stated at seq, or not at all (0), of a document in hand. */
static void
ended(struct follow *f, struct queue *q, const struct id *document,
    uint64_t seq)
{
	struct timeval later = { AGAIN_MS / 1000, 0 };

	q->pending--;
	if (seq != 0) {
		busy_stated(&q->busy, document, seq);
	} else {
		busy_put_off(&q->busy, document, now_ms() + AGAIN_MS);
		if (!f->stopped)
			(void)event_add(f->again, &later);
	}
	turn_soon(f);
}

static void
on_reading(void *arg, const struct id *document, uint64_t seq)
{
	struct follow *f = arg;

	ended(f, &f->read, document, seq);
}

static void
on_filing(void *arg, const struct id *document, enum log_outcome outcome)
{
	struct follow *f = arg;
	struct log_head head = { .seq = 0 };

	if (outcome == LOG_DONE || outcome == LOG_CONFLICT ||
	    outcome == LOG_REPEATED)
		log_head(store_log(f->store), &head);
	ended(f, &f->file, document, head.seq);
}

/* Begins or goes on with reading.  1: there is more to do at once. */
static int
read_turn(struct follow *f)
{
	const struct known_work *w;
	int rc;

	if (f->supervise == NULL)
		return 0;
	if (f->job == NULL) {
		if (supervise_busy(f->supervise) ||
		    busy_full(&f->read.busy) ||
		    (w = next_work(f, &f->read)) == NULL)
			return 0;
		f->job = reading_job_new(&f->jobs, f->store,
		    f->supervise, w, on_reading, f);
		if (f->job == NULL)
			return 0;
		busy_add(&f->read.busy, &w->document);
		f->read.pending++;
	}
	rc = reading_job_step(f->job);
	if (rc == 0)
		f->job = NULL;
	return rc != -1;
}

static int
file_turn(struct follow *f)
{
	const struct known_work *w;
	struct id document;
	int i;

	for (i = 0; i < FILED_A_TURN; i++) {
		if (f->filing == NULL || f->file.pending >= FILING_MAX ||
		    busy_full(&f->file.busy) ||
		    (w = next_work(f, &f->file)) == NULL)
			return 0;
		document = w->document;
		busy_add(&f->file.busy, &document);
		f->file.pending++;
		if (filing_work(f->filing, w, on_filing, f) == -1)
			ended(f, &f->file, &document, 0);
	}
	return 1;
}

static void
on_vouched(void *arg, const struct id *document, uint64_t seq)
{
	struct follow *f = arg;

	ended(f, &f->dkim, document, seq);
}

static int
vouch_turn(struct follow *f)
{
	const struct known_work *w;
	struct id document;

	if (f->vouch == NULL || vouch_busy(f->vouch) ||
	    busy_full(&f->dkim.busy) || (w = next_work(f, &f->dkim)) == NULL)
		return 0;
	document = w->document;
	busy_add(&f->dkim.busy, &document);
	f->dkim.pending++;
	if (vouch_work(f->vouch, w) == -1)
		ended(f, &f->dkim, &document, 0);
	return 1;
}

static void
on_rendered(void *arg, const struct id *document, uint64_t seq)
{
	struct follow *f = arg;

	ended(f, &f->ahead, document, seq);
}

/* Last of all: only while nothing waits to be read or filed. */
static int
render_turn(struct follow *f)
{
	const struct known_work *w;

	if (f->render == NULL || render_busy(f->render) ||
	    f->read.pending > 0 || f->file.pending > 0 ||
	    !f->file.resting || (f->supervise != NULL && !f->read.resting) ||
	    busy_full(&f->ahead.busy) || (w = next_work(f, &f->ahead)) == NULL)
		return 0;
	busy_add(&f->ahead.busy, &w->document);
	f->ahead.pending++;
	render_work(f->render, w);
	return 0;		/* its end makes the next turn */
}

/*
 * What views do not show yet may have been done long ago: after a rebuild
 * nothing is begun before they have reached where the journal stood.
 */
static int
start(struct follow *f, uint64_t applied)
{
	if (applied < f->behind)
		return 0;
	f->started = 1;
	if (f->filing != NULL)
		filing_start(f->filing);
	return 1;
}

static void
on_turn(int fd, short what, void *arg)
{
	struct follow *f = arg;
	uint64_t applied = store_applied(f->store);
	int64_t now = now_ms();
	struct log_head head;
	int more;

	(void)fd;
	(void)what;
	/* A flood of mail comes first: the views are behind, and wake us. */
	log_head(store_log(f->store), &head);
	if (head.seq - applied > CROWD)
		return;
	if (f->stopped || store_busy(f->store) ||
	    log_dead(store_log(f->store), NULL) ||
	    log_readonly(store_log(f->store), NULL))
		return;		/* follow_wake() goes on */
	if (!f->started && !start(f, applied))
		return;
	if (busy_tidy(&f->read.busy, applied, now))
		f->read.resting = 0;
	if (busy_tidy(&f->file.busy, applied, now))
		f->file.resting = 0;
	if (busy_tidy(&f->dkim.busy, applied, now))
		f->dkim.resting = 0;
	if (busy_tidy(&f->ahead.busy, applied, now))
		f->ahead.resting = 0;
	more = read_turn(f);
	more |= file_turn(f);
	more |= vouch_turn(f);
	more |= render_turn(f);
	if (more)
		turn_soon(f);
}

struct follow *
follow_new(struct event_base *base, struct store *store,
    struct supervise *supervise, struct filing *filing)
{
	struct follow *f = calloc(1, sizeof(*f));
	struct log_head head;

	if (f == NULL)
		return NULL;
	log_head(store_log(store), &head);
	f->behind = head.seq;
	f->store = store;
	f->supervise = supervise;
	f->filing = filing;
	f->read.fetch = known_unread;
	f->file.fetch = known_unfiled;
	f->dkim.fetch = known_unvouched;
	f->ahead.fetch = known_unrendered;
	from_start(&f->read);
	from_start(&f->file);
	from_start(&f->dkim);
	from_start(&f->ahead);
	f->turn = evtimer_new(base, on_turn, f);
	f->again = evtimer_new(base, on_turn, f);
	if (f->turn == NULL || f->again == NULL ||
	    event_priority_set(f->turn, 2) == -1) {
		follow_free(f);
		return NULL;
	}
	turn_soon(f);
	return f;
}

int
follow_resolver(struct follow *f, struct event_base *base,
    const char *resolver)
{
	f->vouch = vouch_new(base, f->store, f->supervise, resolver,
	    on_vouched, f);
	return f->vouch == NULL ? -1 : 0;
}

int
follow_render(struct follow *f, struct event_base *base,
    const struct render_conf *conf)
{
	f->render = render_new(base, f->store, conf, on_rendered, f);
	return f->render == NULL ? -1 : 0;
}

void
follow_wake(struct follow *f)
{
	if (f->render != NULL)
		render_wake(f->render);
	f->ahead.resting = 0;
	f->read.resting = 0;
	f->file.resting = 0;
	f->dkim.resting = 0;
	turn_soon(f);
}

void
follow_stop(struct follow *f)
{
	f->stopped = 1;
	(void)event_del(f->turn);
	(void)event_del(f->again);
}

void
follow_abandon(struct follow *f)
{
	reading_jobs_abandon(&f->jobs);
	f->job = NULL;
	vouch_abandon(f->vouch);
	render_abandon(f->render);
}

unsigned
follow_pending(const struct follow *f)
{
	return f->jobs.stating + f->file.pending + vouch_pending(f->vouch) +
	    render_pending(f->render);
}

void
follow_free(struct follow *f)
{
	if (f == NULL)
		return;
	vouch_free(f->vouch);
	render_free(f->render);
	if (f->turn != NULL)
		event_free(f->turn);
	if (f->again != NULL)
		event_free(f->again);
	free(f);
}
