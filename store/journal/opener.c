/* SPDX-License-Identifier: ISC */
/*
 * opener: see opener.h.  Two runs of frames take turns.  A run is filled by the
 * reader alone, then opened by whoever takes its next frame, then read by the
 * reader alone; it is filled again only when the other thread is not in it.
 *
 * It must never give out a frame before all of its run is opened.
 */
#include "store/journal/opener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUN_FRAMES 128
#define RUN_BYTES (1u << 20)

struct run {
	struct buf	 bytes;
	struct opened	 item[RUN_FRAMES];
	unsigned	 n, given;
	_Atomic unsigned taken;
};

struct opener {
	struct log	*log;
	struct seal	*seal, *seal2;	/* the reader's; the helper's */
	struct walk	*walk;
	struct run	 run[2];
	struct run	*now;		/* being read */
	int		 ended;		/* the walk: 1, with what it said */
	int		 said;
	int		 helped;	/* the thread runs */
	pthread_t	 helper;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work, left;
	struct run	*next;		/* (l) may be opened by the helper */
	struct run	*inside;	/* (l) where it is */
	int		 stop;		/* (l) */
};

static void
open_frames(struct opener *a, struct run *run, struct seal *seal)
{
	unsigned i;

	while ((i = atomic_fetch_add(&run->taken, 1)) < run->n) {
		struct opened *o = &run->item[i];

		o->raw = run->bytes.data + o->raw_at;
		o->rc = seal_get(seal, &a->walk->file->seat, &o->frame,
		    o->raw, &o->plain);
	}
}

static void *
help(void *arg)
{
	struct opener *a = arg;

	(void)pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->stop && a->next == NULL)
			(void)pthread_cond_wait(&a->work, &a->lock);
		if (a->stop)
			break;
		a->inside = a->next;
		a->next = NULL;
		(void)pthread_mutex_unlock(&a->lock);
		open_frames(a, a->inside, a->seal2);
		(void)pthread_mutex_lock(&a->lock);
		a->inside = NULL;
		(void)pthread_cond_signal(&a->left);
	}
	(void)pthread_mutex_unlock(&a->lock);
	return NULL;
}

struct opener *
opener_new(struct log *log, struct seal *seal)
{
	struct opener *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->log = log;
	a->seal = seal;
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->work, NULL);
	(void)pthread_cond_init(&a->left, NULL);
	a->seal2 = log_seal_take(log);
	/* Without a thread the reader opens all by itself. */
	a->helped = a->seal2 != NULL &&
	    pthread_create(&a->helper, NULL, help, a) == 0;
	return a;
}

void
opener_free(struct opener *a)
{
	if (a == NULL)
		return;
	if (a->helped) {
		(void)pthread_mutex_lock(&a->lock);
		a->stop = 1;
		(void)pthread_cond_signal(&a->work);
		(void)pthread_mutex_unlock(&a->lock);
		(void)pthread_join(a->helper, NULL);
	}
	for (int r = 0; r < 2; r++) {
		for (int i = 0; i < RUN_FRAMES; i++)
			buf_release(&a->run[r].item[i].plain);
		buf_release(&a->run[r].bytes);
	}
	if (a->seal2 != NULL)
		log_seal_give(a->log, a->seal2);
	(void)pthread_cond_destroy(&a->left);
	(void)pthread_cond_destroy(&a->work);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

/* ---- the reader ------------------------------------------------------ */

/* The next frames of the walk; none once it has ended. */
static void
fill(struct opener *a, struct run *run)
{
	const uint8_t *raw;

	run->n = run->given = 0;
	buf_clear(&run->bytes);
	while (!a->ended && run->n < RUN_FRAMES &&
	    run->bytes.len < RUN_BYTES) {
		struct opened *o = &run->item[run->n];

		a->said = walk_next(a->walk, &o->frame, &raw);
		if (a->said != 1) {
			a->ended = 1;
			break;
		}
		o->at = a->walk->at;
		o->next = a->walk->next;
		o->raw_at = run->bytes.len;
		buf_add(&run->bytes, raw,
		    (size_t)FRAME_SIZE(o->frame.length));
		if (buf_failed(&run->bytes)) {
			errno = ENOMEM;
			a->said = -1;
			a->ended = 1;
			break;
		}
		run->n++;
		if (o->frame.kind == FRAME_FOOTER) {
			a->said = 0;
			a->ended = 1;
		}
	}
	atomic_store(&run->taken, 0);
}

static void
offer(struct opener *a, struct run *run)
{
	if (!a->helped || run->n == 0)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->next = run;
	(void)pthread_cond_signal(&a->work);
	(void)pthread_mutex_unlock(&a->lock);
}

/* Nobody but the reader is in it, or comes in. */
static void
take_back(struct opener *a, struct run *run)
{
	(void)pthread_mutex_lock(&a->lock);
	if (a->next == run)
		a->next = NULL;
	while (a->inside == run)
		(void)pthread_cond_wait(&a->left, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
}

/* All of it opened, the next one on its way. */
static void
turn(struct opener *a, struct run *run, struct run *other)
{
	open_frames(a, run, a->seal);
	take_back(a, run);
	fill(a, other);
	offer(a, other);
	a->now = run;
}

void
opener_begin(struct opener *a, struct walk *walk)
{
	a->walk = walk;
	a->ended = a->said = 0;
	fill(a, &a->run[0]);
	offer(a, &a->run[0]);
	turn(a, &a->run[0], &a->run[1]);
}

int
opener_next(struct opener *a, struct opened **opened_r)
{
	struct run *was = a->now;

	if (was->given == was->n && was->n > 0)
		turn(a, was == &a->run[0] ? &a->run[1] : &a->run[0], was);
	if (a->now->n == 0)
		return a->said;
	*opened_r = &a->now->item[a->now->given++];
	return 1;
}

void
opener_end(struct opener *a)
{
	for (int r = 0; r < 2; r++) {
		atomic_store(&a->run[r].taken, RUN_FRAMES);
		take_back(a, &a->run[r]);
	}
	a->walk = NULL;
}
