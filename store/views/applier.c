/* SPDX-License-Identifier: ISC */
/*
 * applier: the thread that keeps the views behind the journal.
 *
 *	state	what it does			goes on when
 *	busy	applies batch after batch	nothing is left: idle
 *	idle	waits in log_wait()		the journal grows, or a second
 *	held	trouble is set			tries again each second
 *
 * Trying again after a failed commit is right here and nowhere else: LMDB
 * writes beside what is in use, so the state before stays whole, and what was
 * lost is in the journal.  LMDB says EIO for a short write, so a full disk
 * cannot be told from a bad one.
 *
 * Every second it looks whether `current` names another build (a rebuild by
 * another process), and goes over to that.  It must never hold up capture:
 * whatever happens here, the journal goes on.
 */
#include "store/views/views.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/sys.h"
#include "store/views/build.h"

#define SECOND		INT64_C(1000000)
#define CROWD		64	/* entries of a batch that say: there is load */
#define GATHER_MS	200	/* how long the next batch then fills */
#define NICE		5
#define TIDY_EVERY	(60 * SECOND)	/* readers of killed processes */

struct applier {
	struct views	*views;
	struct home	*home;
	struct vclaims	*claims;
	struct build	 build;
	uint64_t	 number;	/* of the build in use */
	int64_t		 looked, tidied;
	pthread_t	 thread;
	int		 event;		/* eventfd: seq has moved */

	pthread_mutex_t	 mutex;		/* what stands below */
	pthread_cond_t	 moved;
	uint64_t	 seq;
	int		 stop;
	int		 troubled;
	struct trouble	 trouble;
};

static int
stopping(struct applier *a)
{
	int stop;

	pthread_mutex_lock(&a->mutex);
	stop = a->stop;
	pthread_mutex_unlock(&a->mutex);
	return stop;
}

static void
publish(struct applier *a)
{
	uint64_t one = 1;

	pthread_mutex_lock(&a->mutex);
	a->seq = a->build.mark.seq;
	a->troubled = 0;
	pthread_cond_broadcast(&a->moved);
	pthread_mutex_unlock(&a->mutex);
	/* It can only fail when it is full, and then it is readable. */
	if (write(a->event, &one, sizeof one) == -1)
		return;
}

static void
complain(struct applier *a, const struct trouble *t)
{
	pthread_mutex_lock(&a->mutex);
	a->troubled = 1;
	a->trouble = *t;
	pthread_mutex_unlock(&a->mutex);
}

/* Up to ms, or until it is to stop. */
static void
pause_for(struct applier *a, int ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&a->mutex);
	while (!a->stop && pthread_cond_timedwait(&a->moved, &a->mutex,
	    &until) == 0)
		continue;
	pthread_mutex_unlock(&a->mutex);
}

/* ---- going over to a rebuilt one ------------------------------------- */

/*
 * Brings the new build to where the old one stands, so that no answer ever
 * goes back: 1, 0 not of use (yet), -1.
 */
static int
catch_up(struct applier *a, const char *path, struct build *fresh,
    struct trouble *t)
{
	struct views *v = a->views;
	struct venv *env;
	int rc;

	if (venv_open(path, v->log, VENV_WRITE, &env, NULL) != 1)
		return 0;
	rc = build_open(fresh, env, v->hash, v->log, a->claims, t);
	venv_drop(env);		/* the build holds it */
	while (rc == 0 && !stopping(a) &&
	    fresh->mark.seq < a->build.mark.seq) {
		rc = build_batch(fresh, 0, t);
		if (rc == 0)
			return 0;	/* nothing more is there */
		if (rc == 1)
			rc = 0;
	}
	return rc == 0 ? !stopping(a) : -1;
}

static int
go_over(struct applier *a, uint64_t n, struct trouble *t)
{
	char path[HOME_PATH_MAX];
	struct build fresh;
	int rc;

	if (home_build(a->home, n, path) == -1)
		return 0;
	memset(&fresh, 0, sizeof fresh);
	if ((rc = catch_up(a, path, &fresh, t)) != 1) {
		build_close(&fresh);
		return rc;
	}
	views_swap(a->views, venv_take(fresh.env));
	build_close(&a->build);
	a->build = fresh;
	a->number = n;
	publish(a);
	return 0;
}

static int
look(struct applier *a, struct trouble *t)
{
	int64_t now = sys_ticks();
	uint64_t n;
	int dead;

	if (now - a->tidied > TIDY_EVERY) {
		a->tidied = now;
		(void)mdb_reader_check(a->build.env->env, &dead);
	}
	if (now - a->looked < SECOND)
		return 0;
	a->looked = now;
	if (home_current(a->home, &n, NULL) != 1 || n == a->number)
		return 0;
	return go_over(a, n, t);
}

/* ---- the thread ------------------------------------------------------ */

/*
 * While the views are built anew behind them, claims keep up by themselves:
 * the log's overlay would grow with every entry.
 */
static int
claims_first(struct applier *a, struct trouble *t)
{
	uint64_t seq = a->claims == NULL ? 0 : vclaims_seq(a->claims);

	if (a->build.mark.seq >= seq)
		return 0;
	if (vclaims_catch_up(a->claims, a->views->log, NULL, NULL, t) == -1)
		return -1;
	if (vclaims_seq(a->claims) != seq)
		log_claims_applied(a->views->log, vclaims_seq(a->claims));
	return 0;
}

/*
 * Under load each commit of the views competes with the journal's syncs, so
 * a batch that was large lets the next one fill first.  A lone entry shows
 * at once.
 */
static void
gather(struct applier *a, uint64_t before)
{
	if (a->build.mark.seq - before >= CROWD)
		(void)log_wait(a->views->log, a->build.mark.seq + BUILD_ENTRIES,
		    GATHER_MS);
}

static int
step(struct applier *a, struct trouble *t)
{
	uint64_t before = a->build.mark.seq;
	int rc;

	if (look(a, t) == -1 || claims_first(a, t) == -1)
		return -1;
	if ((rc = build_batch(&a->build, 0, t)) == 1) {
		publish(a);
		gather(a, before);
	}
	return rc;
}

static void *
applier_run(void *arg)
{
	struct applier *a = arg;
	struct trouble t;
	int rc;

	/* On Linux of this thread alone: acknowledgements come first. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	while (!stopping(a)) {
		memset(&t, 0, sizeof t);
		rc = step(a, &t);
		if (rc == 1)
			continue;
		if (rc == 0) {
			(void)log_wait(a->views->log, a->build.mark.seq,
			    1000);
			continue;
		}
		complain(a, &t);
		pause_for(a, 1000);
	}
	return NULL;
}

/* ---- life ------------------------------------------------------------ */

static void
applier_free(struct applier *a)
{
	build_close(&a->build);
	if (a->event != -1)
		(void)close(a->event);
	(void)pthread_cond_destroy(&a->moved);
	(void)pthread_mutex_destroy(&a->mutex);
	free(a);
}

struct applier *
applier_start(struct views *views, struct home *home, uint64_t number,
    struct vclaims *claims, struct trouble *t)
{
	struct applier *a;
	pthread_condattr_t attr;

	if ((a = calloc(1, sizeof *a)) == NULL) {
		(void)trouble_errno(t, SAY_VIEWS_FAILED, home->dir);
		return NULL;
	}
	a->views = views;
	a->home = home;
	a->claims = claims;
	a->number = number;
	a->tidied = a->looked = sys_ticks();
	(void)pthread_mutex_init(&a->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&a->moved, &attr);
	(void)pthread_condattr_destroy(&attr);
	a->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->event == -1)
		(void)trouble_errno(t, SAY_VIEWS_FAILED, home->dir);
	else if (build_open(&a->build, views->env, views->hash, views->log,
	    claims, t) == 0) {
		a->seq = a->build.mark.seq;
		errno = pthread_create(&a->thread, NULL, applier_run, a);
		if (errno == 0)
			return a;
		(void)trouble_errno(t, SAY_VIEWS_FAILED, home->dir);
	}
	applier_free(a);
	return NULL;
}

void
applier_stop(struct applier *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->mutex);
	a->stop = 1;
	pthread_cond_broadcast(&a->moved);
	pthread_mutex_unlock(&a->mutex);
	log_wake(a->views->log);
	(void)pthread_join(a->thread, NULL);
	applier_free(a);
}

uint64_t
applier_seq(struct applier *a)
{
	uint64_t seq;

	pthread_mutex_lock(&a->mutex);
	seq = a->seq;
	pthread_mutex_unlock(&a->mutex);
	return seq;
}

int
applier_fd(struct applier *a)
{
	return a->event;
}

void
applier_moved(struct applier *a)
{
	uint64_t n;

	/* Empty already is as good. */
	if (read(a->event, &n, sizeof n) == -1)
		return;
}

int
applier_wait(struct applier *a, uint64_t seq, int ms)
{
	struct timespec until;
	int there;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&a->mutex);
	while (a->seq < seq && !a->stop && pthread_cond_timedwait(&a->moved,
	    &a->mutex, &until) == 0)
		continue;
	there = a->seq >= seq;
	pthread_mutex_unlock(&a->mutex);
	return there;
}

int
applier_trouble(struct applier *a, struct trouble *t)
{
	int troubled;

	pthread_mutex_lock(&a->mutex);
	troubled = a->troubled;
	if (troubled && t != NULL)
		*t = a->trouble;
	pthread_mutex_unlock(&a->mutex);
	return troubled;
}
