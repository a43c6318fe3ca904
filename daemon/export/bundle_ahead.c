/* SPDX-License-Identifier: ISC */
/*
 * bundle_ahead: documents looked at by a thread for each processor, each with
 * readers of its own, ahead of the export thread, which alone numbers and
 * writes.  They sum the bytes, too: that is half the work of a document.
 *
 * The threads exist because drawing a document costs as much as writing a
 * hundred: they wait for reader processes, so that these work on all
 * processors.  They touch the store by what any thread may use, and nothing
 * of struct making but what is fixed before they begin.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"

#define LOOKERS	8		/* at most */
#define PATIENT	10		/* nice(2) of the threads */
#define AHEAD	16		/* families that wait to be written */
#define MUCH	(UINT64_C(192) << 20)	/* bytes of theirs, all together */

struct slot {
	struct family	family;
	struct trouble	trouble;
	int		state;		/* 0 free, 1 looked at, -1 failed */
	uint64_t	size;		/* of its memory files */
};

struct ahead {
	struct making	*m;
	const size_t	*item;		/* of each turn */
	size_t		 n;		/* turns */
	pthread_mutex_t	 mutex;
	pthread_cond_t	 moved;
	size_t		 taken;		/* turns that a thread has begun */
	size_t		 written;	/* turns that are done with */
	uint64_t	 held;		/* bytes of what waits */
	int		 end;
	struct slot	 slot[AHEAD];	/* turn i is in slot i % AHEAD */
	pthread_t	 thread[LOOKERS];
	unsigned	 nthreads;
};

/* Bytes in the memory files of a family. */
static uint64_t
size_of(const struct family *f)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n += f->member[i].size + f->member[i].text_size +
		    f->member[i].image_size;
	return n;
}

/* There is room; what is next to be written never waits for it. */
static int
may_take(const struct ahead *l)
{
	return l->taken == l->written || (l->taken < l->written + AHEAD &&
	    l->held < MUCH);
}

static void *
looker_run(void *arg)
{
	struct ahead *l = arg;
	struct reading_client *client = reading_client_new(
	    l->m->conf->reader, l->m->stopfd);

	/* Readers that it starts are as patient: intake comes first. */
	(void)setpriority(PRIO_PROCESS, 0, PATIENT);
	pthread_mutex_lock(&l->mutex);
	for (;;) {
		struct slot *slot;
		size_t i;
		int rc;

		while (!l->end && l->taken < l->n && !may_take(l))
			(void)pthread_cond_wait(&l->moved, &l->mutex);
		if (l->end || l->taken == l->n)
			break;
		i = l->taken++;
		slot = &l->slot[i % AHEAD];
		pthread_mutex_unlock(&l->mutex);
		errno = ENOMEM;
		rc = client == NULL ? trouble_errno(&slot->trouble,
		    SAY_EXPORT_FAILED, "reader") : family_look(l->m, client,
		    l->item[i], &slot->family, &slot->trouble);
		if (rc == 0)
			rc = family_sum(l->m, &slot->family, &slot->trouble);
		pthread_mutex_lock(&l->mutex);
		slot->state = rc == -1 ? -1 : 1;
		slot->size = size_of(&slot->family);
		l->held += slot->size;
		(void)pthread_cond_broadcast(&l->moved);
	}
	pthread_mutex_unlock(&l->mutex);
	reading_client_free(client);
	return NULL;
}

void
ahead_end(struct ahead *l)
{
	pthread_mutex_lock(&l->mutex);
	l->end = 1;
	(void)pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->mutex);
	for (unsigned i = 0; i < l->nthreads; i++)
		(void)pthread_join(l->thread[i], NULL);
	for (unsigned i = 0; i < AHEAD; i++)
		family_release(&l->slot[i].family);
	(void)pthread_mutex_destroy(&l->mutex);
	(void)pthread_cond_destroy(&l->moved);
	free(l);
}

struct ahead *
ahead_begin(struct making *m, const size_t *item, size_t n)
{
	struct ahead *l = calloc(1, sizeof *l);
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (l == NULL)
		return NULL;
	l->m = m;
	l->item = item;
	l->n = n;
	(void)pthread_mutex_init(&l->mutex, NULL);
	(void)pthread_cond_init(&l->moved, NULL);
	for (; l->nthreads < LOOKERS && (l->nthreads == 0 ||
	    l->nthreads < (unsigned long)cpus); l->nthreads++) {
		errno = pthread_create(&l->thread[l->nthreads], NULL,
		    looker_run, l);
		if (errno != 0)
			break;
	}
	if (l->nthreads > 0)
		return l;
	ahead_end(l);
	return NULL;
}

struct family *
ahead_next(struct ahead *l)
{
	size_t i = l->written;
	struct slot *slot = &l->slot[i % AHEAD];

	pthread_mutex_lock(&l->mutex);
	while (slot->state == 0)
		(void)pthread_cond_wait(&l->moved, &l->mutex);
	pthread_mutex_unlock(&l->mutex);
	if (slot->state == 1)
		return &slot->family;
	*l->m->t = slot->trouble;
	return NULL;
}

void
ahead_done(struct ahead *l)
{
	struct slot *slot = &l->slot[l->written % AHEAD];

	family_release(&slot->family);
	pthread_mutex_lock(&l->mutex);
	l->held -= slot->size;
	slot->state = 0;
	l->written++;
	(void)pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->mutex);
}
