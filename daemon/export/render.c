/* SPDX-License-Identifier: ISC */
/*
 * render: one document, from the views to document.rendered.
 *
 *	state		who has it	leaves it by
 *	IDLE		nobody		render_work(): MAKING
 *	MAKING		the thread	made: PUTTING; failed, or stopped: IDLE
 *	PUTTING		the loop	all its bytes are in the derived blob,
 *					and the entry is with the log: IDLE
 *
 * The log's answer is waited for beside the next document.  The thread ends
 * its programs when it had nothing to do for a while.  A failure that is the
 * machine's and not the document's (no reader, no memory) makes it rest,
 * longer each time, so that it is said now and then and not for each document.
 */
#include "daemon/export/render.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"
#include "daemon/log.h"

#define PATIENT		15		/* nice(2): readers, builds have 10 */
#define WARM_S		60		/* programs that nobody asked, kept */
#define SLICE		(1u << 20)	/* put in one turn of the loop */
#define STATING		16		/* entries not answered by the log */
#define REST_MS		10000		/* after a failure; doubled each time */
#define REST_MAX_MS	600000

enum state { IDLE, MAKING, PUTTING };

/* An entry that the log has. */
struct stating {
	struct render	*render;
	struct id	 document;
};

struct render {
	struct store	*store;
	struct render_conf conf;
	render_done_fn	*done;
	void		*arg;
	struct event	*ended, *turn;
	int		 endfd, stopfd;		/* eventfds */
	unsigned	 stating;
	int64_t		 rest_until, rest_ms;
	pthread_t	 thread;
	int		 running;		/* the thread is */
	/* between the threads */
	pthread_mutex_t	 mutex;
	pthread_cond_t	 asked;
	int		 ask, end;
	/* the thread has them while MAKING, the loop otherwise */
	enum state	 state;
	struct known_work work;
	struct rendition r;
	int		 fd;			/* the bytes; -1: none */
	int		 rc;			/* 0, or -1 with trouble */
	struct trouble	 trouble;
	/* PUTTING */
	struct blobw	*blob;
	uint64_t	 put;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);	/* cannot fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- making: on the thread --------------------------------------- */

/* Appends the bytes of an answer; 0 if they are there, -1: left out. */
static int
keep_bytes(struct render *r, int from, struct rendered *what)
{
	off_t at = 0;
	ssize_t n;

	if (!what->said || what->outcome != READING_DONE)
		return 0;
	if (what->size > LIMIT_RENDER_BYTES - r->r.size || (r->fd == -1 &&
	    (r->fd = memfd_create("renditions", MFD_CLOEXEC)) == -1))
		return -1;
	if (lseek(r->fd, (off_t)r->r.size, SEEK_SET) == -1)
		return -1;
	while ((uint64_t)at < what->size) {
		n = sendfile(r->fd, from, &at,
		    (size_t)(what->size - (uint64_t)at));
		if (n == 0 || (n == -1 && errno != EINTR))
			return -1;
	}
	what->at = r->r.size;
	r->r.size += what->size;
	return 0;
}

static void
keep_member(struct render *r, const struct member *k)
{
	struct rendition_member *m = &r->r.member[r->r.n];

	if (r->r.n == LIMIT_RENDER_MEMBERS)
		return;
	m->part = k->number;
	m->text = k->said_text;
	m->pages = k->said_image;
	if (keep_bytes(r, k->text, &m->text) == -1)
		m->text.said = 0;
	if (keep_bytes(r, k->image, &m->pages) == -1)
		m->pages.said = 0;
	r->r.n += m->text.said || m->pages.said;
}

static int
make(struct render *r, struct reading_client *client)
{
	const struct looking look = { .store = r->store,
	    .lang = r->conf.lang };
	struct family f;
	int rc;

	r->r.n = 0;
	r->r.size = 0;
	r->r.reason = NULL;
	r->r.lang = r->conf.lang;
	r->r.mail = 0;
	if (client == NULL || maker_text(r->conf.maker, client, r->r.maker) ==
	    -1)
		return trouble_errno(&r->trouble, SAY_EXPORT_FAILED,
		    "dossier-reader");
	if (known_reading(r->store, &r->work.document, 0, &r->r.reading) ==
	    -1)
		return trouble_errno(&r->trouble, SAY_EXPORT_FAILED,
		    "reading");
	rc = family_fill(&look, client, &r->work.document, &f, &r->trouble);
	if (rc == 0)
		r->r.mail = f.member[0].mail;
	for (unsigned i = 0; rc == 0 && i < f.n; i++)
		keep_member(r, &f.member[i]);
	family_release(&f);
	return rc;
}

/* Waits for a document, WARM_S at most while there are programs to end. */
static int
wait_asked(struct render *r, int warm)
{
	struct timespec until;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WARM_S;
	while (!r->ask && !r->end && rc != ETIMEDOUT)
		rc = warm ? pthread_cond_timedwait(&r->asked, &r->mutex,
		    &until) : pthread_cond_wait(&r->asked, &r->mutex);
	return r->ask && !r->end;
}

static void *
render_run(void *arg)
{
	struct render *r = arg;
	struct reading_client *client = NULL;
	const uint64_t one = 1;

	/* Its programs are as patient. */
	(void)setpriority(PRIO_PROCESS, 0, PATIENT);
	(void)pthread_mutex_lock(&r->mutex);
	while (!r->end) {
		if (!wait_asked(r, client != NULL)) {
			reading_client_free(client);
			client = NULL;
			continue;
		}
		r->ask = 0;
		(void)pthread_mutex_unlock(&r->mutex);
		if (client == NULL)
			client = reading_client_new(r->conf.reader,
			    r->stopfd);
		r->rc = make(r, client);
		while (write(r->endfd, &one, sizeof one) == -1 &&
		    errno == EINTR)
			continue;
		(void)pthread_mutex_lock(&r->mutex);
	}
	(void)pthread_mutex_unlock(&r->mutex);
	reading_client_free(client);
	return NULL;
}

/* ---- stating ----------------------------------------------------- */

/* Longer each time: what failed was dear to make. */
static void
rest(struct render *r)
{
	r->rest_ms = r->rest_ms == 0 ? REST_MS : r->rest_ms * 2;
	if (r->rest_ms > REST_MAX_MS)
		r->rest_ms = REST_MAX_MS;
	r->rest_until = now_ms() + r->rest_ms;
}

static void
on_stated(void *arg, const struct log_result *result)
{
	struct stating *s = arg;
	struct render *r = s->render;
	const struct id document = s->document;
	struct log_head head = { .seq = 0 };

	free(s);
	r->stating--;
	/* A conflict says that it was stated before. */
	if (result->outcome == LOG_DONE || result->outcome == LOG_CONFLICT) {
		log_head(store_log(r->store), &head);
		r->rest_ms = 0;
	} else {
		rest(r);
	}
	r->done(r->arg, &document, head.seq);
}

static int
draft(struct render *r, struct batch *b, const struct buf *body)
{
	struct draft d = {
		.kind = KIND_DOCUMENT_RENDERED, .actor = "dossierd",
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_ID(r->work.document), .staff = REF_NONE,
		.body = (const char *)body->data, .bodylen = body->len,
		.blob = -1
	};
	char id[ID_TEXT_MAX], claim[ID_TEXT_MAX + 16];
	int n;

	(void)snprintf(claim, sizeof claim, "rendered/%s",
	    id_text(&r->work.document, id));
	if (batch_expect(b, claim, r->work.decided) == -1 ||
	    (n = batch_draft(b, &d)) == -1)
		return -1;
	return batch_set(b, n, claim, CLAIM_SEQ);
}

/* The next document may come. */
static void
finish(struct render *r)
{
	if (r->fd != -1)
		(void)close(r->fd);	/* a memfd of ours */
	r->fd = -1;
	blobw_free(r->blob);
	r->blob = NULL;
	r->state = IDLE;
}

static void
put_off(struct render *r, const char *why)
{
	const struct id document = r->work.document;
	char id[ID_TEXT_MAX];

	logline(LOGLINE_WARNING, "render.failed", "document=%s why=\"%s\"",
	    id_text(&document, id), why);
	rest(r);
	finish(r);
	r->done(r->arg, &document, 0);
}

static void
state(struct render *r)
{
	struct stating *s = malloc(sizeof *s);
	struct batch *b = batch_new(store_log(r->store));
	struct buf body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];
	int has = r->blob != NULL, bad = s == NULL || b == NULL;

	if (!bad && has) {
		blobw_hash(r->blob, hash);
		bad = batch_blob(b, r->blob) == -1;
		if (!bad)
			r->blob = NULL;		/* the batch has it */
	}
	rendition_put(&r->r, has ? hash : NULL, &body);
	bad = bad || buf_failed(&body) || draft(r, b, &body) == -1;
	buf_release(&body);
	if (bad) {
		batch_free(b);
		free(s);
		put_off(r, "no memory for the entry");
		return;
	}
	*s = (struct stating){ r, r->work.document };
	r->stating++;
	finish(r);
	log_append(store_log(r->store), b, on_stated, s);
}

/* ---- putting: a slice in each turn of the loop -------------------- */

static void
put_slice(struct render *r)
{
	struct buf piece = BUF_INIT;
	size_t n = r->r.size - r->put < SLICE ?
	    (size_t)(r->r.size - r->put) : SLICE;
	uint8_t *room = buf_reserve(&piece, n);
	int bad = room == NULL || pread(r->fd, room, n, (off_t)r->put) !=
	    (ssize_t)n || (r->blob == NULL && (r->blob =
	    blobw_new(store_log(r->store), 1)) == NULL) ||
	    blobw_add(r->blob, room, n) == -1;

	buf_release(&piece);
	if (bad)
		put_off(r, errno == ENOSPC ? "no room" : "memory or log");
	else
		r->put += n;
}

static void
on_turn(int fd, short what, void *arg)
{
	struct render *r = arg;
	const struct timeval none = { 0, 0 };

	(void)fd;
	(void)what;
	if (r->state != PUTTING || store_busy(r->store))
		return;			/* render_wake() goes on */
	if (r->put < r->r.size)
		put_slice(r);
	if (r->state == PUTTING && r->put == r->r.size)
		state(r);
	else if (r->state == PUTTING)
		(void)event_add(r->turn, &none);
}

void
render_wake(struct render *r)
{
	const struct timeval none = { 0, 0 };

	if (r->state == PUTTING && !event_pending(r->turn, EV_TIMEOUT, NULL))
		(void)event_add(r->turn, &none);
}

/* Damage of the document's bytes is stated; all else is tried again. */
static void
failed(struct render *r)
{
	struct buf why = BUF_INIT;

	if (r->trouble.key == SAY_EXPORT_FAILED) {	/* it is no bundle's */
		buf_adds(&why, r->trouble.arg[0]);
		buf_adds(&why, ": ");
		buf_adds(&why, r->trouble.arg[1]);
	} else {
		trouble_say(&why, LANG_EN, &r->trouble);
	}
	if (r->trouble.key != SAY_STORE_DAMAGED || buf_failed(&why)) {
		put_off(r, buf_failed(&why) ? "memory" : buf_str(&why));
	} else {
		logline_trouble(LOGLINE_ERROR, "render.damaged", &r->trouble);
		r->r.n = 0;
		r->r.size = 0;
		r->r.reason = "its bytes are damaged";
		r->state = PUTTING;
		render_wake(r);
	}
	buf_release(&why);
}

static void
on_ended(int fd, short what, void *arg)
{
	struct render *r = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) != sizeof n)
		return;
	assert(r->state == MAKING);
	r->put = 0;
	if (r->rc == 0) {
		r->state = PUTTING;
		render_wake(r);
	} else if (r->trouble.key != SAY_EXPORT_STOPPED) {
		failed(r);
	}
}

/* ---- in and out -------------------------------------------------- */

int
render_busy(const struct render *r)
{
	return r->state != IDLE || r->stating >= STATING ||
	    (r->rest_ms != 0 && now_ms() < r->rest_until);
}

void
render_work(struct render *r, const struct known_work *work)
{
	assert(r->state == IDLE);
	r->work = *work;
	if (!r->running) {
		errno = pthread_create(&r->thread, NULL, render_run, r);
		r->running = errno == 0;
	}
	r->state = MAKING;
	(void)pthread_mutex_lock(&r->mutex);
	r->ask = r->running;
	(void)pthread_cond_signal(&r->asked);
	(void)pthread_mutex_unlock(&r->mutex);
	if (!r->running) {
		r->rc = trouble_errno(&r->trouble, SAY_EXPORT_FAILED,
		    "thread");
		(void)eventfd_write(r->endfd, 1);	/* it is empty */
	}
}

unsigned
render_pending(const struct render *r)
{
	return r == NULL ? 0 : r->stating;
}

void
render_abandon(struct render *r)
{
	if (r == NULL)
		return;
	(void)eventfd_write(r->stopfd, 1);		/* it is empty */
	(void)pthread_mutex_lock(&r->mutex);
	r->end = 1;
	(void)pthread_cond_signal(&r->asked);
	(void)pthread_mutex_unlock(&r->mutex);
	if (r->running)
		(void)pthread_join(r->thread, NULL);
	r->running = 0;
	(void)event_del(r->turn);
	(void)event_del(r->ended);
	finish(r);
}

void
render_free(struct render *r)
{
	if (r == NULL)
		return;
	if (r->ended != NULL)
		event_free(r->ended);
	if (r->turn != NULL)
		event_free(r->turn);
	if (r->endfd != -1)
		(void)close(r->endfd);	/* an eventfd */
	if (r->stopfd != -1)
		(void)close(r->stopfd);
	(void)pthread_cond_destroy(&r->asked);
	(void)pthread_mutex_destroy(&r->mutex);
	free(r);
}

struct render *
render_new(struct event_base *base, struct store *store,
    const struct render_conf *conf, render_done_fn *done, void *arg)
{
	struct render *r = calloc(1, sizeof *r);
	pthread_condattr_t clock;

	if (r == NULL)
		return NULL;
	r->store = store;
	r->conf = *conf;
	r->done = done;
	r->arg = arg;
	r->fd = -1;
	(void)pthread_mutex_init(&r->mutex, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->asked, &clock);
	(void)pthread_condattr_destroy(&clock);
	r->endfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->stopfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->turn = evtimer_new(base, on_turn, r);
	r->ended = r->endfd == -1 ? NULL : event_new(base, r->endfd,
	    EV_READ | EV_PERSIST, on_ended, r);
	if (r->stopfd == -1 || r->turn == NULL || r->ended == NULL ||
	    event_priority_set(r->turn, 2) == -1 ||
	    event_priority_set(r->ended, 2) == -1 ||
	    event_add(r->ended, NULL) == -1) {
		render_free(r);
		return NULL;
	}
	return r;
}
