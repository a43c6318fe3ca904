/* SPDX-License-Identifier: ISC */
/*
 * job: one build, from the views to the entry that says how it ended.
 *
 *	IDLE --found--> PROVING --checkpoint--> RUNNING --ended--> STATING
 *	  ^                '------ none ---------------------------'   |
 *	  '-- applied; or stopped or cancelled, and nothing stated ----'
 *
 * PROVING has the log's heads fixed, signed and published up to what the
 * build shows, so that its proofs have a head to stand on.
 *
 * The thread is made for each build and joined at its end.  Nothing is begun
 * before the views hold what was stated of the build before, so that none is
 * made twice.
 *
 * A build ends by one entry: built, failed, or cancelled by somebody; they
 * hold the same claim.  Of one that was cancelled nothing is left, whatever
 * the thread had come to: before it looks for the next the loop takes away what
 * is left of such (leftover.h), after a crash too.
 */
#include "daemon/export/job.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/export/late.h"
#include "daemon/export/leftover.h"
#include "daemon/export/outcome.h"
#include "daemon/log.h"
#include "daemon/trees/notary.h"
#include "store/ask/bundle.h"

#define FOUND	64
#define AGAIN_MS 10000		/* after the log had no room */
#define PATIENT	10		/* nice(2) of the thread: intake comes first */

enum state { IDLE, PROVING, RUNNING, STATING };

struct jobs {
	struct event_base *base;
	struct store	*store;
	struct notary	*notary;
	struct late	*late;
	struct bundle_conf conf;
	enum state	 state;
	int		 stopped, cancelled, swept;
	/* When this is applied; UINT64_MAX: no. */
	uint64_t	 look;
	struct event	*ended, *again;
	int		 endfd, stopfd;	/* eventfds */
	/* the present one; the thread has it while RUNNING */
	pthread_t	 thread;
	struct bundle_job job;
	struct bundle_progress progress;
	struct bundle_outcome outcome;
	struct trouble	 trouble;
	int		 rc;
};

/* ---- how it ended ------------------------------------------------ */

static void
on_stated(void *arg, const struct log_result *result)
{
	struct jobs *j = arg;
	struct timeval later = { AGAIN_MS / 1000, 0 };
	struct log_head head;

	j->state = IDLE;
	if (result->outcome == LOG_CONFLICT)
		j->swept = 0;	/* somebody else has said how it ended */
	if (result->outcome == LOG_DONE || result->outcome == LOG_CONFLICT) {
		log_head(store_log(j->store), &head);
		j->look = head.seq;
		late_look(j->late, head.seq);
	} else if (!j->stopped) {
		/* It is made once more: nothing says that it ended. */
		(void)event_add(j->again, &later);
	}
}

static void
state_outcome(struct jobs *j)
{
	const struct timeval later = { AGAIN_MS / 1000, 0 };
	struct batch *b = outcome_batch(j->store, &j->job, j->rc,
	    &j->outcome, &j->trouble);

	if (b != NULL) {
		j->state = STATING;
		log_append(store_log(j->store), b, on_stated, j);
	} else if (!j->stopped) {
		(void)event_add(j->again, &later);
	}
}

/* The thread has given up, or had just ended: nothing is to be stated. */
static void
end_cancelled(struct jobs *j)
{
	char id[ID_TEXT_MAX];
	unsigned build;
	uint64_t n;

	j->cancelled = 0;
	if (!j->stopped && read(j->stopfd, &n, sizeof n) == sizeof n)
		atomic_store(&j->progress.stop, 0);
	outcome_release(&j->outcome);
	(void)id_text(&j->job.bundle, id);
	build = j->job.build;
	j->swept = 0;
	j->look = 0;
	jobs_wake(j);
	logline(LOGLINE_INFO, "bundle.ended", "bundle=%s build=%u "
	    "result=cancelled", id, build);
}

static void
on_ended(int fd, short what, void *arg)
{
	struct jobs *j = arg;
	char id[ID_TEXT_MAX];
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) != sizeof n || j->state != RUNNING)
		return;
	(void)pthread_join(j->thread, NULL);
	j->state = IDLE;
	if (j->cancelled) {
		end_cancelled(j);
		return;
	}
	if (j->rc == -1)
		logline_trouble(LOGLINE_WARNING, "bundle.failed",
		    &j->trouble);
	logline(LOGLINE_INFO, "bundle.ended", "bundle=%s build=%u result=%s "
	    "documents=%llu files=%llu bytes=%llu",
	    id_text(&j->job.bundle, id), j->job.build,
	    j->rc == 0 ? "built" : "failed",
	    (unsigned long long)j->outcome.documents,
	    (unsigned long long)j->outcome.files,
	    (unsigned long long)j->outcome.bytes);
	if (j->rc == 0 || j->trouble.key != SAY_EXPORT_STOPPED)
		state_outcome(j);
	outcome_release(&j->outcome);
}

/* ---- beginning --------------------------------------------------- */

static void *
job_run(void *arg)
{
	struct jobs *j = arg;
	const uint64_t one = 1;
	ssize_t n;

	(void)setpriority(PRIO_PROCESS, 0, PATIENT);	/* of this thread */
	j->rc = bundle_make(&j->conf, j->store, &j->job.bundle, j->job.build,
	    &j->progress, j->stopfd, &j->outcome, &j->trouble);
	do {
		n = write(j->endfd, &one, sizeof one);
	} while (n == -1 && errno == EINTR);
	return NULL;
}

/* The one that was asked for first: 1, 0 there is none, -1. */
static int
find(struct jobs *j)
{
	struct bundle_job job[FOUND];
	int n = bundle_jobs(j->store, job, FOUND, &j->trouble), first = 0;

	for (int i = 1; i < n; i++)
		if (job[i].asked < job[first].asked)
			first = i;
	if (n <= 0)
		return n;
	j->job = job[first];
	return 1;
}

static void
run(struct jobs *j)
{
	char id[ID_TEXT_MAX];

	errno = pthread_create(&j->thread, NULL, job_run, j);
	if (errno != 0) {
		j->rc = trouble_errno(&j->trouble, SAY_EXPORT_FAILED,
		    "thread");
		state_outcome(j);
		return;
	}
	j->state = RUNNING;
	logline(LOGLINE_INFO, "bundle.begun", "bundle=%s build=%u",
	    id_text(&j->job.bundle, id), j->job.build);
}

static void
on_proved(void *arg, const struct tree_checkpoint *checkpoint,
    const struct trouble *why)
{
	struct jobs *j = arg;

	j->state = IDLE;
	if (j->stopped)
		return;
	if (checkpoint != NULL) {
		run(j);
		return;
	}
	j->trouble = *why;
	j->rc = -1;
	logline_trouble(LOGLINE_WARNING, "bundle.checkpoint", why);
	state_outcome(j);
}

static void
begin(struct jobs *j)
{
	struct bundle_build build;

	memset(&j->outcome, 0, sizeof j->outcome);
	atomic_store(&j->progress.phase, (unsigned)BUNDLE_WAITING);
	atomic_store(&j->progress.done, 0);
	atomic_store(&j->progress.total, 0);
	if (bundle_build(j->store, &j->job.bundle, j->job.build, &build,
	    &j->trouble) != 1) {
		logline_trouble(LOGLINE_ERROR, "bundle.begun", &j->trouble);
		return;
	}
	j->state = PROVING;
	notary_ask(j->notary, build.position, 1, on_proved, j);
}

void
jobs_wake(struct jobs *j)
{
	int got;

	late_wake(j->late);
	if (j->stopped || j->state != IDLE || store_applied(j->store) <
	    j->look)
		return;
	if ((got = find(j)) == -1) {
		logline_trouble(LOGLINE_ERROR, "bundle.jobs", &j->trouble);
		return;		/* the next wake tries again */
	}
	j->look = UINT64_MAX;
	if (!j->swept)
		leftovers_remove(j->store, j->conf.folder);
	j->swept = 1;
	if (got == 1)
		begin(j);
}

static void
on_again(int fd, short what, void *arg)
{
	struct jobs *j = arg;

	(void)fd;
	(void)what;
	j->look = 0;
	jobs_wake(j);
}

void
jobs_asked(struct jobs *j, uint64_t seq)
{
	if (j->look > seq || j->look == UINT64_MAX)
		j->look = seq;
	jobs_wake(j);
}

/* ---- life -------------------------------------------------------- */

struct jobs *
jobs_new(struct event_base *base, struct store *store,
    struct notary *notary, const struct bundle_conf *conf)
{
	struct jobs *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->base = base;
	j->store = store;
	j->notary = notary;
	j->conf = *conf;
	j->look = store_opened(store);
	j->endfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	j->stopfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	j->again = evtimer_new(base, on_again, j);
	j->ended = j->endfd == -1 ? NULL : event_new(base, j->endfd,
	    EV_READ | EV_PERSIST, on_ended, j);
	j->late = late_new(base, store, conf->seal);
	if (j->ended == NULL || j->again == NULL || j->stopfd == -1 ||
	    j->late == NULL ||
	    event_add(j->ended, NULL) == -1 ||
	    (mkdir(conf->folder, 0700) == -1 && errno != EEXIST)) {
		jobs_free(j);
		return NULL;
	}
	return j;
}

/* The thread gives up as soon as it notices. */
static void
stop_thread(struct jobs *j)
{
	const uint64_t one = 1;

	atomic_store(&j->progress.stop, 1);
	if (write(j->stopfd, &one, sizeof one) != sizeof one)
		logline(LOGLINE_WARNING, "bundle.stop", "why=\"%s\"",
		    strerror(errno));
}

static void
stop_proving(struct jobs *j)
{
	notary_forget(j->notary, j);
	j->state = IDLE;
}

void
jobs_cancelled(struct jobs *j, const struct id *bundle, unsigned build)
{
	char id[ID_TEXT_MAX];

	if (j->stopped || j->state == IDLE || j->job.build != build ||
	    !id_equal(&j->job.bundle, bundle))
		return;		/* it waited: it is not found any more */
	logline(LOGLINE_INFO, "bundle.cancelled", "bundle=%s build=%u",
	    id_text(bundle, id), build);
	if (j->state == RUNNING && !j->cancelled) {
		j->cancelled = 1;
		stop_thread(j);
	} else if (j->state == PROVING) {
		stop_proving(j);
		j->look = 0;
		jobs_wake(j);
	}
}

void
jobs_stop(struct jobs *j)
{
	j->stopped = 1;
	(void)event_del(j->again);
	late_stop(j->late);
	if (j->state == PROVING)
		stop_proving(j);
	stop_thread(j);
}

unsigned
jobs_pending(const struct jobs *j)
{
	return (j->state != IDLE) + late_pending(j->late);
}

void
jobs_abandon(struct jobs *j)
{
	if (j == NULL)
		return;
	jobs_stop(j);
	late_end(j->late);
	if (j->state != RUNNING)
		return;
	(void)pthread_join(j->thread, NULL);
	j->state = IDLE;
	outcome_release(&j->outcome);
}

void
jobs_free(struct jobs *j)
{
	if (j == NULL)
		return;
	late_free(j->late);
	if (j->ended != NULL)
		event_free(j->ended);
	if (j->again != NULL)
		event_free(j->again);
	if (j->endfd != -1)
		(void)close(j->endfd);	/* an eventfd */
	if (j->stopfd != -1)
		(void)close(j->stopfd);
	free(j);
}

int
jobs_now(struct jobs *j, struct jobs_state *s)
{
	if (j->state == IDLE)
		return 0;
	s->bundle = j->job.bundle;
	s->build = j->job.build;
	s->phase = (enum bundle_phase)atomic_load(&j->progress.phase);
	s->done = atomic_load(&j->progress.done);
	s->total = atomic_load(&j->progress.total);
	return 1;
}

int
jobs_parts(struct jobs *j, const struct bundle_build *build,
    struct seal_parts *parts_r, unsigned *awaited_r, struct trouble *t)
{
	struct tree_checkpoint published;
	struct seal_source source = { .store = j->store,
	    .seed = j->conf.log_seed, .conf = j->conf.seal };

	if (notary_published(j->notary, &published, NULL))
		source.published = &published;
	if (parts_r == NULL) {
		*awaited_r = seal_awaited(&source, build);
		return 0;
	}
	late_look(j->late, 0);
	return seal_parts(&source, build, parts_r, t);
}

const char *
jobs_folder(const struct jobs *j)
{
	return j->conf.folder;
}
