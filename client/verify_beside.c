/* SPDX-License-Identifier: ISC */
/*
 * verify_beside: a second thread that reads tables and disclosed entries
 * while the first one goes on reading and hashing files.  Bytes are copied
 * into slots that go round; when all are full the first thread waits.
 *
 * It must never be made after the box is closed, nor before Landlock holds,
 * which threads take over from who makes them.  While it runs, v->rows and
 * v->log are its own.  Without it the same is done at once.
 */
#include "client/verify_own.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 32

enum what { WHAT_BEGIN, WHAT_BYTES, WHAT_END, WHAT_DISCLOSED };

struct slot {
	enum what	 what;
	struct buf	 bytes;
};

struct beside {
	struct verify	*v;
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 more, less;
	struct slot	 slot[SLOTS];
	unsigned	 put, taken;	/* (l) */
	int		 runs, stop;	/* (l) */
	int		 failed;	/* (l) no memory */
};

static int
take(struct verify *v, enum what what, const uint8_t *p, size_t n)
{
	switch (what) {
	case WHAT_BEGIN:
		return verify_rows_begin(v->rows, (const char *)p);
	case WHAT_BYTES:
		return verify_rows_bytes(v->rows, p, n);
	case WHAT_END:
		return verify_rows_end(v->rows);
	case WHAT_DISCLOSED:
		return verify_log_bytes(v->log, p, n);
	}
	return -1;
}

/* ---- the thread -------------------------------------------------------- */

static void
take_slot(struct beside *b)
{
	struct slot *s = &b->slot[b->taken % SLOTS];
	int failed = b->failed;

	(void)pthread_mutex_unlock(&b->lock);
	if (!failed)
		failed = take(b->v, s->what, s->bytes.data, s->bytes.len) ==
		    -1;
	(void)pthread_mutex_lock(&b->lock);
	b->failed = failed;
	b->taken++;
	(void)pthread_cond_signal(&b->less);
}

static void *
run(void *arg)
{
	struct beside *b = arg;

	free(malloc(1));	/* what the allocator asks, before the box */
	(void)pthread_mutex_lock(&b->lock);
	b->runs = 1;
	(void)pthread_cond_signal(&b->less);
	for (;;) {
		while (b->put == b->taken && !b->stop)
			(void)pthread_cond_wait(&b->more, &b->lock);
		if (b->put == b->taken)
			break;
		take_slot(b);
	}
	(void)pthread_mutex_unlock(&b->lock);
	return NULL;
}

static void
release(struct beside *b)
{
	for (int i = 0; i < SLOTS; i++)
		buf_release(&b->slot[i].bytes);
	(void)pthread_cond_destroy(&b->less);
	(void)pthread_cond_destroy(&b->more);
	(void)pthread_mutex_destroy(&b->lock);
	free(b);
}

struct beside *
beside_new(struct verify *v)
{
	struct beside *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->v = v;
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->more, NULL);
	(void)pthread_cond_init(&b->less, NULL);
	if (pthread_create(&b->thread, NULL, run, b) != 0) {
		release(b);
		return NULL;
	}
	(void)pthread_mutex_lock(&b->lock);
	while (!b->runs)
		(void)pthread_cond_wait(&b->less, &b->lock);
	(void)pthread_mutex_unlock(&b->lock);
	return b;
}

void
beside_free(struct beside *b)
{
	if (b == NULL)
		return;
	(void)pthread_mutex_lock(&b->lock);
	b->stop = 1;
	(void)pthread_cond_signal(&b->more);
	(void)pthread_mutex_unlock(&b->lock);
	(void)pthread_join(b->thread, NULL);
	release(b);
}

/* ---- who gives it work ------------------------------------------------- */

static int
give(struct verify *v, enum what what, const void *p, size_t n)
{
	struct beside *b = v->beside;
	struct slot *s;
	int failed;

	if (b == NULL)
		return take(v, what, p, n) == -1 ? -1 : 0;
	(void)pthread_mutex_lock(&b->lock);
	while (b->put - b->taken == SLOTS)
		(void)pthread_cond_wait(&b->less, &b->lock);
	s = &b->slot[b->put % SLOTS];
	failed = b->failed;
	(void)pthread_mutex_unlock(&b->lock);
	s->what = what;
	buf_clear(&s->bytes);
	buf_add(&s->bytes, p, n);
	if (failed || buf_failed(&s->bytes))
		return -1;
	(void)pthread_mutex_lock(&b->lock);
	b->put++;
	(void)pthread_cond_signal(&b->more);
	(void)pthread_mutex_unlock(&b->lock);
	return 0;
}

int
beside_begin(struct verify *v, const char *path)
{
	return give(v, WHAT_BEGIN, path, strlen(path) + 1);
}

int
beside_bytes(struct verify *v, const uint8_t *p, size_t n)
{
	return give(v, WHAT_BYTES, p, n);
}

int
beside_end(struct verify *v)
{
	return give(v, WHAT_END, "", 0);
}

int
beside_disclosed(struct verify *v, const uint8_t *p, size_t n)
{
	return give(v, WHAT_DISCLOSED, p, n);
}

int
beside_wait(struct verify *v)
{
	struct beside *b = v->beside;
	int rc;

	if (b == NULL)
		return 0;
	(void)pthread_mutex_lock(&b->lock);
	while (b->put != b->taken)
		(void)pthread_cond_wait(&b->less, &b->lock);
	rc = b->failed ? -1 : 0;
	(void)pthread_mutex_unlock(&b->lock);
	return rc;
}
