/* SPDX-License-Identifier: ISC */
/*
 * open: a log's life.  The order of an opening: lock, ring, list of segments,
 * recovery.  It must never write before it has the lock, nor when it was
 * opened for reading.
 *
 * Without a base for claims (tests, commands beside the views) log_start()
 * reads the claims of the whole journal into memory.
 */
#include "store/journal/journal.h"

#include <sys/eventfd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sys.h"

/* ---- life ----------------------------------------------------------- */

static struct log *
log_new(const struct log_options *o)
{
	struct log *log = calloc(1, sizeof(*log));
	pthread_condattr_t attr;

	if (log == NULL)
		return NULL;
	(void)snprintf(log->dir, sizeof(log->dir), "%s", o->dir);
	log->reading = o->reading;
	log->verifying = o->reading && o->verifying;
	log->compress = o->compress;
	log->no_sync = o->no_sync;
	log->lock_fd = -1;
	log->queue.last = &log->queue.first;
	log->done_last = &log->done;
	(void)pthread_mutex_init(&log->lock, NULL);
	(void)pthread_cond_init(&log->work, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&log->moved, &attr);
	(void)pthread_condattr_destroy(&attr);
	log->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	log->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	return log;
}

static int
log_lock(struct log *log, struct trouble *t)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/lock", log->dir);
	if (log->reading) {
		log->lock_fd = sys_open(path, O_RDONLY);
		return 0;	/* without one nobody writes */
	}
	log->lock_fd = sys_open(path, O_RDWR | O_CREAT);
	if (log->lock_fd == -1)
		return trouble_errno(t, SAY_STORE_MAKE, path);
	if (sys_lock(log->lock_fd) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return trouble_set(t, SAY_STORE_LOCKED, log->dir, NULL, NULL,
		    NULL);
	return trouble_errno(t, SAY_STORE_MAKE, path);
}

static int
is_there(const char *dir, const char *name)
{
	char path[PATH_MAX];
	unsigned mode;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return sys_mode(path, &mode) == 0;
}

static int
check_place(const char *dir, struct trouble *t)
{
	if (is_there(dir, "restore.part"))
		return trouble_set(t, SAY_STORE_RESTORING, dir, NULL, NULL,
		    NULL);
	if (!is_there(dir, "keys") || !is_there(dir, "journal"))
		return trouble_set(t, SAY_STORE_NONE, dir, NULL, NULL, NULL);
	return 0;
}

/* A ring without any segment: they were removed, unless this is an init. */
static void
check_empty(struct log *log)
{
	char path[PATH_MAX], ring[PATH_MAX];

	if (files_last(log->files, LOG_JOURNAL) != 0)
		return;
	files_path(log->files, LOG_JOURNAL, 1, ".seg", path, sizeof(path));
	(void)snprintf(ring, sizeof(ring), "%s/keys/ring", log->dir);
	log->readonly = 1;
	(void)trouble_set(&log->readonly_why, SAY_STORE_MISSING, path, ring,
	    NULL, NULL);
}

static int
log_load(struct log *log, const char *key_path, int fresh, struct trouble *t)
{
	char keys[PATH_MAX];
	struct first before;
	struct seal *s;
	int rc;

	(void)snprintf(keys, sizeof(keys), "%s/keys", log->dir);
	/* Files first: a segment's row is in the ring before it is listed. */
	log->ring = ring_load(keys, key_path, t);
	if (log->ring == NULL)
		return -1;
	log->files = files_open(log->dir, log->ring, t);
	if (log->files == NULL)
		return -1;
	s = log_seal_take(log);
	if (s == NULL || log->event_fd == -1 || log->sha256 == NULL ||
	    seal_derive(s, ring_root(log->ring), "dossier claims",
	    log->claim_secret) == -1) {
		log_seal_give(log, s);
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	}
	log_seal_give(log, s);
	rc = recover(log, &before, t);
	if (rc == -1)
		return -1;
	if (!fresh)
		check_empty(log);
	log->writer = writer_new(log, t);
	if (log->writer == NULL)
		return -1;
	log->writer->before = before;
	return 0;
}

static struct log *
open_log(const struct log_options *o, int fresh, struct trouble *t)
{
	struct log *log;

	if (check_place(o->dir, t) == -1)
		return NULL;
	log = log_new(o);
	if (log == NULL) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		return NULL;
	}
	if (log_lock(log, t) == 0 && log_load(log, o->key_path, fresh, t) == 0)
		return log;
	log_close(log);
	return NULL;
}

struct log *
log_open(const struct log_options *o, struct trouble *t)
{
	return open_log(o, 0, t);
}

/* Claims of the whole journal, when nobody else keeps them. */
static int
load_claims(struct log *log, struct trouble *t)
{
	struct claims *c = &log->writer->claims;
	struct log_cursor *cur = log_cursor_new(log, NULL, t);
	struct log_item item;
	int r;

	if (cur == NULL)
		return -1;
	while ((r = log_cursor_next(cur, &item, t)) == 1) {
		if (item.what != LOG_ITEM_ENTRY)
			continue;
		for (unsigned i = 0; i < item.nclaims; i++)
			if (claims_set(c, item.claim[i].key,
			    item.claim[i].value, item.seq) == -1)
				r = -1;
	}
	log_cursor_free(cur);
	return r;
}

int
log_start(struct log *log, struct trouble *t)
{
	if (log->reading || log->readonly || log->started)
		return 0;
	if (log->writer->claims.base == NULL && load_claims(log, t) == -1)
		return -1;
	/* Names of streams need only differ while pieces lie unnamed. */
	if (RAND_bytes((uint8_t *)&log->epoch, sizeof(log->epoch)) != 1)
		log->epoch = log->durable.segment + 1;
	if (pthread_create(&log->thread, NULL, writer_run, log->writer) != 0)
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	log->started = 1;
	return restored_state(log, t);
}

void
log_seen(struct log *log, uint64_t seq, const uint8_t chain[LOG_HASH_LEN])
{
	char have[24], seen[24];
	uint64_t last = log->head.next_seq - 1;

	assert(!log->started);
	/* Beside a daemon, views may be ahead of what was read here. */
	if (log->reading && sys_locked(log->lock_fd))
		return;
	if (seq < last || log->readonly || (seq == last &&
	    (seq == 0 || memcmp(chain, log->head.chain, LOG_HASH_LEN) == 0)))
		return;
	(void)snprintf(have, sizeof(have), "%llu", (unsigned long long)last);
	(void)snprintf(seen, sizeof(seen), "%llu", (unsigned long long)seq);
	log->readonly = 1;
	(void)trouble_set(&log->readonly_why, SAY_STORE_ROLLBACK, have, seen,
	    NULL, NULL);
}

/* What was queued and never taken: nothing of it was kept. */
static void
drop_queue(struct log *log)
{
	struct job *j, *next;

	for (j = log->queue.first; j != NULL; j = next) {
		next = j->next;
		if (!j->is_batch) {
			piece_free((struct piece *)j);
			continue;
		}
		((struct batch *)j)->outcome = LOG_DEAD;
		log_finish(log, (struct batch *)j);
	}
	log->queue.first = NULL;
	log->queue.last = &log->queue.first;
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	if (log->started) {
		(void)pthread_mutex_lock(&log->lock);
		log->stopping = 1;
		(void)pthread_cond_signal(&log->work);
		(void)pthread_mutex_unlock(&log->lock);
		(void)pthread_join(log->thread, NULL);
	}
	drop_queue(log);
	log_collect(log);
	writer_free(log->writer);
	files_free(log->files);
	ring_free(log->ring);
	for (unsigned i = 0; i < log->seals.n; i++)
		seal_free(log->seals.seal[i]);
	if (log->lock_fd != -1)
		sys_close(log->lock_fd);
	if (log->event_fd != -1)
		(void)close(log->event_fd);	/* holds nothing */
	EVP_MD_free(log->sha256);
	buf_release(&log->spare);
	(void)pthread_mutex_destroy(&log->lock);
	(void)pthread_cond_destroy(&log->work);
	(void)pthread_cond_destroy(&log->moved);
	OPENSSL_cleanse(log, sizeof(*log));
	free(log);
}

/* ---- making a store ------------------------------------------------- */

static int
make_dirs(const char *dir, struct trouble *t)
{
	static const char *const names[] = { "", "/journal", "/blobs",
	    "/derived", "/keys" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		if (sys_mkdir(path) == -1)
			return trouble_errno(t, SAY_STORE_MAKE, path);
	}
	if (sys_sync_dir(dir) == -1)
		return trouble_errno(t, SAY_STORE_MAKE, dir);
	return 0;
}

/* One entry, from a command; the store must be open and started. */
static int
append_one(struct log *log, enum kind kind, struct buf *body,
    struct trouble *t)
{
	struct batch *b = batch_new(log);
	struct draft d = { .kind = kind, .actor = "dossierd", .blob = -1,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE };
	enum log_outcome outcome = LOG_NO_SPACE;

	d.body = (const char *)body->data;
	d.bodylen = body->len;
	if (b == NULL || buf_failed(body) || batch_draft(b, &d) == -1)
		batch_free(b);
	else
		outcome = log_append_wait(log, b, NULL, 0);
	if (outcome == LOG_DONE)
		return 0;
	if (!log_dead(log, t))
		(void)trouble_set(t, SAY_STORE_FULL, log->dir, NULL, NULL,
		    NULL);
	return -1;
}

static int
first_entry(struct log *log, struct trouble *t)
{
	struct buf body = BUF_INIT;
	int rc;

	buf_adds(&body, "{\"program\":\"dossierd " DOSSIER_VERSION
	    "\",\"store\":\"");
	buf_addhex(&body, log_store_id(log), STORE_ID_LEN);
	buf_adds(&body, "\"}");
	rc = append_one(log, KIND_STORE_CREATED, &body, t);
	buf_release(&body);
	return rc;
}

int
log_init(const char *dir, const char *key_path, struct trouble *t)
{
	const struct log_options o = { .dir = dir, .key_path = key_path };
	char keys[PATH_MAX];
	struct log *log;
	int rc;

	if (is_there(dir, "keys/ring") || is_there(dir, "keys/ring.copy") ||
	    is_there(dir, "journal/00000001.seg") ||
	    is_there(dir, "restore.part"))
		return trouble_set(t, SAY_STORE_HERE, dir, NULL, NULL, NULL);
	(void)snprintf(keys, sizeof(keys), "%s/keys", dir);
	if (make_dirs(dir, t) == -1 || ring_create(keys, key_path, t) == -1)
		return -1;
	log = open_log(&o, 1, t);
	if (log == NULL)
		return -1;
	rc = log_start(log, t);
	if (rc == 0)
		rc = first_entry(log, t);
	log_close(log);
	return rc;
}

/* The views that had seen more are the caller's to put away. */
int
log_accept_rollback(const struct log_options *o, uint64_t seen,
    struct trouble *t)
{
	struct log *log = log_open(o, t);
	struct buf body = BUF_INIT;
	int rc = -1;

	if (log == NULL)
		return -1;
	buf_adds(&body, "{\"seen\":");
	buf_addu(&body, seen);
	buf_addc(&body, '}');
	if (!log_readonly(log, t) && log_start(log, t) == 0)
		rc = append_one(log, KIND_ROLLBACK_ACCEPTED, &body, t);
	buf_release(&body);
	log_close(log);
	return rc;
}
