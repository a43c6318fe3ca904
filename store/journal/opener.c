/* SPDX-License-Identifier: ISC */
/*
 * opener: see opener.h.  Runs of frames stand in a ring.  A run is filled by
 * the reader alone, then opened by whoever takes its next frames, then read by
 * the reader alone; it is filled again only when the other thread is past it.
 *
 *	filled		runs that were filled; what the helper may come to
 *	helped		runs that the helper came to, or must not come to
 *	inside		the run where it is, if it is in one
 *
 * It must never give out a frame before it is opened.
 */
#include "store/journal/opener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 4
#define RUN_FRAMES 128
#define RUN_BYTES (64u << 10)
#define PLAIN_FIRST (4u << 10)	/* most frames hold less */
#define TAKE 8			/* frames at once */

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
	struct run	 run[RUNS];
	uint64_t	 now;		/* the run that is read */
	uint64_t	 begun;		/* runs filled */
	int		 ended;		/* the walk: 1, with what it said */
	int		 said;
	int		 threaded;
	pthread_t	 helper;
	pthread_mutex_t	 lock;
	pthread_cond_t	 work, left;
	uint64_t	 filled, helped;	/* (l) */
	struct run	*inside;		/* (l) */
	int		 stop;			/* (l) */
};

static struct run *
run_of(struct opener *a, uint64_t i)
{
	return &a->run[i % RUNS];
}

/* What a blob or the erasable part of an entry must be known by. */
static int
digest(struct seal *seal, struct opened *o)
{
	size_t skip = o->frame.kind == FRAME_BLOB ? LOG_HASH_LEN : 0;

	if ((o->frame.kind != FRAME_BLOB && o->frame.kind != FRAME_BODY) ||
	    o->plain.len < skip)
		return 0;
	return seal_sha256(seal, &(struct part){ o->plain.data + skip,
	    o->plain.len - skip }, 1, o->sha256);
}

static void
open_frames(struct opener *a, struct run *run, struct seal *seal)
{
	const struct seat *seat = &a->walk->file->seat;
	unsigned i, end;

	while ((i = atomic_fetch_add(&run->taken, TAKE)) < run->n) {
		end = i + TAKE < run->n ? i + TAKE : run->n;
		for (; i < end; i++) {
			struct opened *o = &run->item[i];

			o->rc = seal_get(seal, seat, &o->frame, o->raw,
			    &o->plain);
			if (o->rc == 0)
				o->rc = digest(seal, o);
			atomic_store(&o->opened, 1);
		}
	}
}

static void *
help(void *arg)
{
	struct opener *a = arg;

	(void)pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->stop && a->helped == a->filled)
			(void)pthread_cond_wait(&a->work, &a->lock);
		if (a->stop)
			break;
		a->inside = run_of(a, a->helped++);
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
	for (int r = 0; r < RUNS; r++)
		for (int i = 0; i < RUN_FRAMES; i++)
			(void)buf_reserve(&a->run[r].item[i].plain,
			    PLAIN_FIRST);	/* it fails when used */
	a->seal2 = log_seal_take(log);
	/* Without a thread the reader opens all by itself. */
	a->threaded = a->seal2 != NULL &&
	    pthread_create(&a->helper, NULL, help, a) == 0;
	return a;
}

void
opener_free(struct opener *a)
{
	if (a == NULL)
		return;
	if (a->threaded) {
		(void)pthread_mutex_lock(&a->lock);
		a->stop = 1;
		(void)pthread_cond_signal(&a->work);
		(void)pthread_mutex_unlock(&a->lock);
		(void)pthread_join(a->helper, NULL);
	}
	for (int r = 0; r < RUNS; r++) {
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

/* The next frame of the walk into a run: 1, or 0 once it has ended. */
static int
fill_one(struct opener *a, struct run *run)
{
	struct opened *o = &run->item[run->n];

	a->said = walk_next(a->walk, &o->frame, &o->raw);
	if (a->said != 1)
		return 0;
	atomic_store(&o->opened, 0);
	o->at = a->walk->at;
	o->next = a->walk->next;
	run->n++;
	if (o->frame.kind != FRAME_FOOTER)
		return 1;
	a->said = 0;
	return 0;
}

/*
 * Fills the next run, if the walk goes on, and offers it.  The run's bytes
 * are the walk's window, which must not move while it is filled.
 */
static void
fill(struct opener *a)
{
	struct run *run = run_of(a, a->begun);

	run->n = run->given = 0;
	buf_clear(&run->bytes);
	buf_swap(&run->bytes, &a->walk->window);
	while (!a->ended && run->n < RUN_FRAMES &&
	    (run->n == 0 || walk_sees(a->walk)))
		a->ended = !fill_one(a, run);
	buf_swap(&run->bytes, &a->walk->window);
	atomic_store(&run->taken, 0);
	a->begun++;
	if (run->n == 0)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->filled = a->begun;
	(void)pthread_cond_signal(&a->work);
	(void)pthread_mutex_unlock(&a->lock);
}

/* The helper is not in this run and does not come in. */
static void
keep_out(struct opener *a, uint64_t i)
{
	(void)pthread_mutex_lock(&a->lock);
	if (a->helped <= i && i < a->filled)
		a->helped = i + 1;
	while (a->inside == run_of(a, i))
		(void)pthread_cond_wait(&a->left, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
}

void
opener_begin(struct opener *a, struct walk *walk)
{
	a->walk = walk;
	walk->window_size = RUN_BYTES;
	a->ended = a->said = 0;
	a->now = a->begun;
	for (int i = 0; i < RUNS; i++)
		fill(a);
	open_frames(a, run_of(a, a->now), a->seal);
}

int
opener_next(struct opener *a, struct opened **opened_r)
{
	struct run *run = run_of(a, a->now);

	if (run->given == run->n && run->n > 0) {
		keep_out(a, a->now);
		fill(a);
		run = run_of(a, ++a->now);
		open_frames(a, run, a->seal);
	}
	if (run->n == 0)
		return a->said;
	*opened_r = &run->item[run->given++];
	/* What the helper took is mostly opened by the time it is read. */
	if (!atomic_load(&(*opened_r)->opened))
		keep_out(a, a->now);
	return 1;
}

void
opener_end(struct opener *a)
{
	for (int r = 0; r < RUNS; r++)
		atomic_store(&a->run[r].taken, RUN_FRAMES);
	(void)pthread_mutex_lock(&a->lock);
	a->helped = a->filled = a->begun;
	while (a->inside != NULL)
		(void)pthread_cond_wait(&a->left, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
	a->walk = NULL;
}
