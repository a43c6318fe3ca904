/* SPDX-License-Identifier: ISC */
/*
 * log: what passes between the threads: batches to the writer, outcomes back,
 * the durable head to readers; and the secrets that others ask for.  It must
 * never call back from log_append(), nor hold its lock while it does.
 */
#include "store/journal/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sys.h"

struct waiter {
	pthread_cond_t	 done;
	int		 is_done;
};

/* ---- seals ---------------------------------------------------------- */

struct seal *
log_seal_take(struct log *log)
{
	struct seal *s = NULL;

	(void)pthread_mutex_lock(&log->lock);
	if (log->seals.n > 0)
		s = log->seals.seal[--log->seals.n];
	(void)pthread_mutex_unlock(&log->lock);
	return s != NULL ? s : seal_new();
}

void
log_seal_give(struct log *log, struct seal *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&log->lock);
	if (log->seals.n < sizeof(log->seals.seal) / sizeof(s)) {
		log->seals.seal[log->seals.n++] = s;
		s = NULL;
	}
	(void)pthread_mutex_unlock(&log->lock);
	seal_free(s);
}

/* ---- between the threads -------------------------------------------- */

static void
tell(struct log *log)
{
	const uint64_t one = 1;

	/* Full means that it is readable already. */
	if (write(log->event_fd, &one, sizeof(one)) == -1)
		return;
}

void
log_enqueue(struct log *log, struct job *job)
{
	job->next = NULL;
	(void)pthread_mutex_lock(&log->lock);
	*log->queue.last = job;
	log->queue.last = &job->next;
	log->queue.bytes += job->bytes;
	(void)pthread_cond_signal(&log->work);
	(void)pthread_mutex_unlock(&log->lock);
}

void
log_finish(struct log *log, struct batch *b)
{
	(void)pthread_mutex_lock(&log->lock);
	if (b->waiter != NULL) {
		b->waiter->is_done = 1;
		(void)pthread_cond_signal(&b->waiter->done);
		(void)pthread_mutex_unlock(&log->lock);
		return;
	}
	b->job.next = NULL;
	*log->done_last = &b->job;
	log->done_last = &b->job.next;
	(void)pthread_mutex_unlock(&log->lock);
	tell(log);
}

void
log_die(struct log *log, const struct trouble *why)
{
	(void)pthread_mutex_lock(&log->lock);
	log->dead = 1;
	log->dead_why = *why;
	(void)pthread_cond_broadcast(&log->moved);
	(void)pthread_mutex_unlock(&log->lock);
}

/* 1 if a writer will take it, else its outcome is set. */
static int
accepted(struct log *log, struct batch *b, struct batch **failed)
{
	*failed = NULL;
	assert(b->ndrafts > 0);
	b->receipt = calloc(b->ndrafts, sizeof(*b->receipt));
	b->outcome = LOG_DEAD;
	if (log->reading || log->readonly)
		*failed = b;
	else if (b->receipt == NULL || b->failed || buf_failed(&b->text)) {
		b->outcome = LOG_NO_SPACE;
		*failed = b;
	}
	return *failed == NULL;
}

void
log_append(struct log *log, struct batch *b, log_done_fn *done, void *arg)
{
	struct batch *failed;

	b->done = done;
	b->arg = arg;
	if (accepted(log, b, &failed))
		log_enqueue(log, &b->job);
	else
		log_finish(log, failed);
}

enum log_outcome
log_append_wait(struct log *log, struct batch *b, struct receipt *out_r,
    unsigned n)
{
	struct waiter waiter = { .is_done = 0 };
	struct batch *failed;
	enum log_outcome outcome;

	(void)pthread_cond_init(&waiter.done, NULL);
	if (log->started && accepted(log, b, &failed)) {
		b->waiter = &waiter;
		log_enqueue(log, &b->job);
		(void)pthread_mutex_lock(&log->lock);
		while (!waiter.is_done)
			(void)pthread_cond_wait(&waiter.done, &log->lock);
		(void)pthread_mutex_unlock(&log->lock);
	} else if (!log->started) {
		b->outcome = LOG_DEAD;
	}
	outcome = b->outcome;
	for (unsigned i = 0; i < n && outcome == LOG_DONE; i++)
		out_r[i] = i < b->ndrafts ? b->receipt[i] :
		    (struct receipt){ .seq = 0 };
	if (outcome == LOG_REPEATED && n > 0)
		out_r[0] = (struct receipt){ .seq = b->first };
	(void)pthread_cond_destroy(&waiter.done);
	batch_free(b);
	return outcome;
}

int
log_fd(struct log *log)
{
	return log->event_fd;
}

static void
deliver(struct batch *b)
{
	struct log_result r = { .outcome = b->outcome, .first = b->first };

	if (b->outcome == LOG_DONE) {
		r.n = b->ndrafts;
		r.receipt = b->receipt;
	}
	if (b->outcome == LOG_CONFLICT)
		r.conflict = (const char *)b->text.data + b->conflict;
	if (b->done != NULL)
		b->done(b->arg, &r);
	batch_free(b);
}

void
log_collect(struct log *log)
{
	struct job *list, *next;
	uint64_t n;

	/* Nothing to read is fine: a close delivers without being told. */
	if (read(log->event_fd, &n, sizeof(n)) == -1 && errno != EAGAIN)
		n = 0;
	(void)pthread_mutex_lock(&log->lock);
	list = log->done;
	log->done = NULL;
	log->done_last = &log->done;
	(void)pthread_mutex_unlock(&log->lock);
	for (; list != NULL; list = next) {
		next = list->next;
		deliver((struct batch *)list);
	}
}

int
log_busy(struct log *log)
{
	int busy;

	(void)pthread_mutex_lock(&log->lock);
	busy = log->queue.bytes >= QUEUE_BUSY;
	(void)pthread_mutex_unlock(&log->lock);
	return busy;
}

int
log_dead(struct log *log, struct trouble *t)
{
	int dead;

	(void)pthread_mutex_lock(&log->lock);
	dead = log->dead;
	if (dead && t != NULL)
		*t = log->dead_why;
	(void)pthread_mutex_unlock(&log->lock);
	return dead;
}

int
log_free(struct log *log, uint64_t *bytes_r)
{
	int fd = sys_open(log->dir, O_RDONLY | O_DIRECTORY), rc;

	if (fd == -1)
		return -1;
	rc = sys_free(fd, bytes_r);
	sys_close(fd);
	return rc;
}

int
log_readonly(struct log *log, struct trouble *t)
{
	int readonly;

	(void)pthread_mutex_lock(&log->lock);
	readonly = log->readonly;
	if (readonly && t != NULL)
		*t = log->readonly_why;
	(void)pthread_mutex_unlock(&log->lock);
	return readonly;
}

void
log_head(struct log *log, struct log_head *head_r)
{
	(void)pthread_mutex_lock(&log->lock);
	head_r->seq = log->head.next_seq - 1;
	memcpy(head_r->chain, log->head.chain, LOG_HASH_LEN);
	head_r->at = log->head.at;
	(void)pthread_mutex_unlock(&log->lock);
}

int
log_wait(struct log *log, uint64_t seq, int ms)
{
	struct timespec until;
	unsigned wakes;
	int past, r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&log->lock);
	wakes = log->wakes;
	while (r == 0 && log->head.next_seq - 1 <= seq && wakes == log->wakes
	    && !log->dead)
		r = pthread_cond_timedwait(&log->moved, &log->lock, &until);
	past = log->head.next_seq - 1 > seq;
	(void)pthread_mutex_unlock(&log->lock);
	return past;
}

void
log_wake(struct log *log)
{
	(void)pthread_mutex_lock(&log->lock);
	log->wakes++;
	(void)pthread_cond_broadcast(&log->moved);
	(void)pthread_mutex_unlock(&log->lock);
}

/* ---- secrets and claims --------------------------------------------- */

const uint8_t *
log_store_id(struct log *log)
{
	return ring_store(log->ring);
}

int
log_secret(struct log *log, const char *purpose, uint8_t key_r[32])
{
	struct seal *s = log_seal_take(log);
	char info[128];
	int rc = -1;

	(void)snprintf(info, sizeof(info), "dossier secret %s", purpose);
	if (s != NULL)
		rc = seal_derive(s, ring_root(log->ring), info, key_r);
	log_seal_give(log, s);
	return rc;
}

void
log_claim_key(struct log *log, const char *name,
    uint8_t key_r[LOG_CLAIM_LEN])
{
	struct seal *s = log_seal_take(log);
	uint8_t md[LOG_HASH_LEN] = { 0 };

	/* Memory for a digest is all that can lack: nothing sound goes on. */
	if (s == NULL || seal_hmac(s, log->claim_secret,
	    &(struct part){ name, strlen(name) }, 1, md) == -1)
		abort();
	memcpy(key_r, md, LOG_CLAIM_LEN);
	key_r[LOG_CLAIM_LEN - 1] &= 0xfe;	/* LOG_CLAIM_EXPIRES */
	log_seal_give(log, s);
}

void
log_claims_base(struct log *log, log_claims_fn *fn, void *arg)
{
	assert(!log->started);
	log->writer->claims.base = fn;
	log->writer->claims.arg = arg;
}

void
log_claims_applied(struct log *log, uint64_t seq)
{
	if (log->writer != NULL)
		claims_applied(&log->writer->claims, seq);
}
