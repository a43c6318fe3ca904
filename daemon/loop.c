/* SPDX-License-Identifier: ISC */
/*
 * loop: one thread, one libevent base.  Signals are events; nothing here
 * blocks.  A dead log is said once and ends the process with 1, after the
 * senders have heard 4xx: the service manager starts it again.
 */
#include "daemon/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/api/api.h"
#include "daemon/export/job.h"
#include "daemon/follow.h"
#include "daemon/intake/again.h"
#include "daemon/intake/drop.h"
#include "daemon/intake/lmtp.h"
#include "daemon/intake/refused.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/reclaim.h"
#include "daemon/trees/notary.h"
#include "store/sys.h"

#define TICK_MS		1000
#define STOP_MS		10000	/* what is not answered by then is dropped */
#define STATUS_TICKS	10
#define NSIGNALS	3

struct loop {
	struct event_base	*base;
	struct store		*store;
	struct loop_parts	*parts;
	struct event		*signal[NSIGNALS];
	struct event		*collect, *moved, *tick, *deadline, *watchdog;
	int			 stopping;
	int			 dead, stuck;	/* said already */
	int			 code;
	unsigned		 ticks;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- stopping --------------------------------------------------------- */

/* What still waits for the log or for its reader. */
static unsigned
unfinished(const struct loop *l)
{
	const struct loop_parts *p = l->parts;
	unsigned i, n = 0;

	if (p->lmtp != NULL)
		n += lmtp_sessions(p->lmtp);
	if (p->smtp != NULL)
		n += lmtp_sessions(p->smtp);
	if (p->api != NULL)
		n += api_sessions(p->api);
	if (p->follow != NULL)
		n += follow_pending(p->follow);
	if (p->notary != NULL)
		n += notary_pending(p->notary);
	if (p->jobs != NULL)
		n += jobs_pending(p->jobs);
	for (i = 0; i < p->ndrop; i++)
		n += drop_pending(p->drop[i]);
	return n;
}

static void
end_if_finished(struct loop *l)
{
	if (l->stopping && unfinished(l) == 0)
		(void)event_base_loopbreak(l->base);
}

static void
stop(struct loop *l, int code)
{
	struct loop_parts *p = l->parts;
	struct timeval most = { STOP_MS / 1000, 0 };
	unsigned i;

	if (code > l->code)
		l->code = code;
	if (l->stopping)
		return;
	l->stopping = 1;
	notify_say("STOPPING=1");
	logline(LOGLINE_INFO, "loop.stopping", "code=%d", l->code);
	if (p->follow != NULL)
		follow_stop(p->follow);
	if (p->jobs != NULL)
		jobs_stop(p->jobs);
	if (p->notary != NULL)
		notary_stop(p->notary);
	for (i = 0; i < p->ndrop; i++)
		drop_stop(p->drop[i]);
	if (p->lmtp != NULL)
		lmtp_stop(p->lmtp);
	if (p->smtp != NULL)
		lmtp_stop(p->smtp);
	if (p->api != NULL)
		api_stop(p->api);
	refused_tick(l->store, now_ms(), 1);
	(void)event_add(l->deadline, &most);
	end_if_finished(l);
}

static void
on_signal(int sig, short what, void *arg)
{
	(void)what;
	if (sig == SIGHUP) {
		logline(LOGLINE_INFO, "loop.hup",
		    "why=\"a new configuration needs a restart\"");
		return;
	}
	logline(LOGLINE_INFO, "loop.signal", "signal=%d", sig);
	stop(arg, 0);
}

static void
on_deadline(int fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	logline(LOGLINE_WARNING, "loop.unfinished", "sessions=%u",
	    unfinished(l));
	(void)event_base_loopbreak(l->base);
}

/* ---- the store -------------------------------------------------------- */

static void
wake_all(struct loop *l)
{
	struct loop_parts *p = l->parts;
	unsigned i;

	if (p->lmtp != NULL)
		lmtp_wake(p->lmtp);
	if (p->smtp != NULL)
		lmtp_wake(p->smtp);
	for (i = 0; i < p->ndrop && !l->stopping; i++)
		drop_wake(p->drop[i]);
	if (p->api != NULL)
		api_wake(p->api);
	if (p->follow != NULL && !l->stopping)
		follow_wake(p->follow);
	if (p->notary != NULL)
		notary_wake(p->notary);
	if (p->jobs != NULL)
		jobs_wake(p->jobs);
}

static void
look_for_death(struct loop *l)
{
	struct trouble t;

	if (l->dead || !log_dead(store_log(l->store), &t))
		return;
	l->dead = 1;
	logline_trouble(LOGLINE_ERROR, "log.dead", &t);
	stop(l, 1);
}

/* Views that stand still are said once; capture goes on. */
static void
look_at_views(struct loop *l)
{
	struct trouble t;
	int stuck = store_trouble(l->store, &t);

	if (stuck && !l->stuck)
		logline_trouble(LOGLINE_ERROR, "views.stuck", &t);
	l->stuck = stuck;
}

static void
on_collect(int fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	log_collect(store_log(l->store));
	look_for_death(l);
	wake_all(l);
	end_if_finished(l);
}

static void
on_moved(int fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	store_moved(l->store);
	again_wake(l->store);
	if (l->parts->api != NULL)
		api_wake(l->parts->api);
	if (l->parts->follow != NULL && !l->stopping)
		follow_wake(l->parts->follow);
	if (l->parts->notary != NULL)
		notary_wake(l->parts->notary);
	if (l->parts->jobs != NULL)
		jobs_wake(l->parts->jobs);
	end_if_finished(l);
}

static void
say_status(struct loop *l)
{
	struct log_head head;
	char text[160];

	log_head(store_log(l->store), &head);
	(void)snprintf(text, sizeof(text),
	    "STATUS=%s, entry %llu, views at %llu, %u mail sessions",
	    log_readonly(store_log(l->store), NULL) ? "read-only" : "running",
	    (unsigned long long)head.seq,
	    (unsigned long long)store_applied(l->store),
	    (l->parts->lmtp != NULL ? lmtp_sessions(l->parts->lmtp) : 0) +
	    (l->parts->smtp != NULL ? lmtp_sessions(l->parts->smtp) : 0));
	notify_say(text);
}

static void
on_tick(int fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	look_for_death(l);
	look_at_views(l);
	if (!l->stopping) {
		refused_tick(l->store, now_ms(), 0);
		reclaim_tick(l->store);
	}
	if (l->ticks++ % STATUS_TICKS == 0)
		say_status(l);
	wake_all(l);		/* room may come without a commit */
	end_if_finished(l);
}

static void
on_watchdog(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	notify_say("WATCHDOG=1");
}

/* ---- life ------------------------------------------------------------- */

struct loop *
loop_new(void)
{
	static const int signals[NSIGNALS] = { SIGTERM, SIGINT, SIGHUP };
	struct loop *l = calloc(1, sizeof(*l));
	unsigned i;

	if (l == NULL || (l->base = event_base_new()) == NULL ||
	    event_base_priority_init(l->base, 3) == -1) {
		loop_free(l);
		return NULL;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* A lease is asked back: see drop_take. */
	(void)signal(SIGIO, SIG_IGN);
	for (i = 0; i < NSIGNALS; i++) {
		l->signal[i] = evsignal_new(l->base, signals[i], on_signal, l);
		if (l->signal[i] == NULL ||
		    event_priority_set(l->signal[i], 0) == -1 ||
		    event_add(l->signal[i], NULL) == -1) {
			loop_free(l);
			return NULL;
		}
	}
	l->deadline = evtimer_new(l->base, on_deadline, l);
	if (l->deadline == NULL) {
		loop_free(l);
		return NULL;
	}
	return l;
}

struct event_base *
loop_base(struct loop *l)
{
	return l->base;
}

/* A persistent event at the first priority. */
static struct event *
start(struct loop *l, int fd, short what, event_callback_fn fn, int64_t ms)
{
	struct event *e = event_new(l->base, fd,
	    (short)(what | EV_PERSIST), fn, l);
	struct timeval tv = { (time_t)(ms / 1000),
	    (suseconds_t)(ms % 1000 * 1000) };

	if (e == NULL || event_priority_set(e, 0) == -1 ||
	    event_add(e, ms > 0 ? &tv : NULL) == -1) {
		if (e != NULL)
			event_free(e);
		return NULL;
	}
	return e;
}

int
loop_attach(struct loop *l, struct store *store, struct loop_parts *parts)
{
	int64_t watchdog = notify_watchdog();

	l->store = store;
	l->parts = parts;
	l->collect = start(l, log_fd(store_log(store)), EV_READ, on_collect,
	    0);
	l->moved = start(l, store_applied_fd(store), EV_READ, on_moved, 0);
	l->tick = start(l, -1, 0, on_tick, TICK_MS);
	if (watchdog > 0)
		l->watchdog = start(l, -1, 0, on_watchdog, watchdog);
	return l->collect == NULL || l->moved == NULL || l->tick == NULL ||
	    (watchdog > 0 && l->watchdog == NULL) ? -1 : 0;
}

int
loop_run(struct loop *l)
{
	say_status(l);
	look_for_death(l);
	sys_prompt();
	if (event_base_dispatch(l->base) == -1)
		return 1;
	return l->code;
}

static void
drop_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

void
loop_free(struct loop *l)
{
	unsigned i;

	if (l == NULL)
		return;
	for (i = 0; i < NSIGNALS; i++)
		drop_event(l->signal[i]);
	drop_event(l->collect);
	drop_event(l->moved);
	drop_event(l->tick);
	drop_event(l->deadline);
	drop_event(l->watchdog);
	if (l->base != NULL)
		event_base_free(l->base);
	free(l);
}
