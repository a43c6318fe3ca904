/* SPDX-License-Identifier: ISC */
/*
 * writer: the thread that alone writes segments.  It takes what is queued,
 * writes blob pieces, makes one group of the batches, writes it, syncs it,
 * and only then says what became of them.
 *
 * It must never report LOG_DONE before the sync of the group has returned,
 * never write a group before the sync of the one before has returned, and
 * never write again after a write or sync has failed.
 *
 * Crash states of one group (what the next start finds)
 *	blobs:written	pieces, unsynced; no group	as before the group
 *	blobs:synced	pieces; no group		as before the group
 *	group:written	any sectors of the group	all of it, or as before:
 *							scan.h tells a torn one
 *	group:synced	the group			all of it; none was told
 *	group:told	the group			all of it
 * A group found whole after group:written was not synced: recovery writes and
 * syncs it again before anything is answered from it (recover.c).
 */
#include "store/journal/journal.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/sys.h"

struct writer *
writer_new(struct log *log, struct trouble *t)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->maker.seal = seal_new();
	if (w == NULL || w->maker.seal == NULL) {
		free(w);
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		return NULL;
	}
	w->log = log;
	w->maker.files = log->files;
	w->maker.ring = log->ring;
	segment_init(&w->journal, log->no_sync);
	segment_init(&w->blobs.segment, log->no_sync);
	segment_init(&w->derived.segment, log->no_sync);
	claims_init(&w->claims);
	w->salt = sizeof(w->salts);
	return w;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	segment_release(&w->journal);
	segment_release(&w->blobs.segment);
	segment_release(&w->derived.segment);
	buf_release(&w->blobs.out);
	buf_release(&w->derived.out);
	buf_release(&w->group.frames);
	buf_release(&w->group.tags);
	buf_release(&w->json);
	buf_release(&w->plain);
	buf_release(&w->bound);
	claims_release(&w->claims);
	seal_free(w->maker.seal);
	OPENSSL_cleanse(w, sizeof(*w));
	free(w);
}

/* ---- what was queued ------------------------------------------------ */

/* Takes jobs for one group; waits for some.  NULL: told to stop. */
static struct job *
take(struct log *log)
{
	struct job *list, **end;
	size_t bytes = 0, weight;

	(void)pthread_mutex_lock(&log->lock);
	while (log->queue.first == NULL && !log->stopping)
		(void)pthread_cond_wait(&log->work, &log->lock);
	list = log->queue.first;
	for (end = &list; *end != NULL; end = &(*end)->next) {
		weight = (*end)->is_batch ?
		    ((struct batch *)*end)->estimate : (*end)->bytes;
		if (bytes > 0 && bytes + weight > LIMIT_GROUP)
			break;
		bytes += weight;
		log->queue.bytes -= (*end)->bytes;
	}
	log->queue.first = *end;
	if (*end == NULL)
		log->queue.last = &log->queue.first;
	*end = NULL;
	(void)pthread_mutex_unlock(&log->lock);
	return list;
}

static int
final(int error)
{
	return error != ENOSPC;
}

/* One piece; a full disk fails its blob only. */
static int
write_piece(struct writer *w, struct piece *p)
{
	struct series *s = p->stream->series == LOG_DERIVED ? &w->derived :
	    &w->blobs;
	struct loc at;

	if (atomic_load(&p->stream->failed) != 0)
		return 0;
	if (pieces_put(w, s, p, &at) == -1) {
		if (final(errno))
			return -1;
		atomic_store(&p->stream->failed, ENOSPC);
		return 0;
	}
	place_encode(&at, &p->stream->places);
	if (buf_failed(&p->stream->places))
		atomic_store(&p->stream->failed, ENOMEM);
	p->stream->pieces++;
	return 0;
}

/* Writes and frees the pieces; the batches stay in the list. */
static int
write_pieces(struct writer *w, struct job **list, int dead)
{
	struct job *j;
	int any = 0, rc = dead ? -1 : 0;

	while (*list != NULL) {
		j = *list;
		if (j->is_batch) {
			list = &j->next;
			continue;
		}
		*list = j->next;
		any = 1;
		if (rc == 0)
			rc = write_piece(w, (struct piece *)j);
		piece_free((struct piece *)j);
	}
	if (rc == 0 && any) {
		if (pieces_flush(w, &w->blobs) == -1 ||
		    pieces_flush(w, &w->derived) == -1)
			return -1;
		sys_step("blobs:written");
	}
	return rc;
}

/* ---- one group ------------------------------------------------------ */

/* The journal segment with space for n bytes, begun or changed as needed. */
static int
journal_room(struct writer *w, uint64_t n)
{
	struct segment *g = &w->journal;
	struct first first;

	if (g->fd != -1 && !segment_fits(g, n)) {
		if (segment_end(g, &w->maker, &w->trouble) == -1)
			return -1;
		w->before = g->ended;
	}
	if (g->fd == -1) {
		first = w->before;
		first.head = w->log->head;
		if (segment_create(g, &w->maker, LOG_JOURNAL, &first,
		    &w->trouble) == -1)
			return -1;
	}
	return segment_room(g, &w->maker, n, &w->trouble);
}

static int
write_group(struct writer *w)
{
	struct group *g = &w->group;

	if (group_commit(w) == -1)
		return -1;
	if (g->uses_blobs && pieces_sync(w, &w->blobs) == -1)
		return -1;
	if (g->uses_derived && pieces_sync(w, &w->derived) == -1)
		return -1;
	if (g->uses_blobs || g->uses_derived)
		sys_step("blobs:synced");
	if (segment_write(&w->journal, &w->maker, &g->frames, &w->trouble)
	    == -1)
		return -1;
	segment_ahead(&w->journal, g->frames.len);
	sys_step("group:written");
	if (segment_sync(&w->journal, &w->maker, &w->trouble) == -1)
		return -1;
	sys_step("group:synced");
	return 0;
}

/* The group is durable: readers may see it. */
static void
publish(struct writer *w)
{
	struct log *log = w->log;

	(void)pthread_mutex_lock(&log->lock);
	log->head = w->group.head;
	log->durable.segment = w->journal.seat.segment;
	log->durable.end = w->journal.end;
	(void)pthread_cond_broadcast(&log->moved);
	(void)pthread_mutex_unlock(&log->lock);
}

static void
finish_all(struct writer *w, struct job *list)
{
	struct job *next;

	for (; list != NULL; list = next) {
		next = list->next;
		log_finish(w->log, (struct batch *)list);
	}
}

static void
settle(struct job *list, enum log_outcome outcome)
{
	for (; list != NULL; list = list->next)
		((struct batch *)list)->outcome = outcome;
}

/* 0: every batch of the list has its outcome; -1: final. */
static int
make_group(struct writer *w, struct job *list)
{
	uint64_t estimate = FRAME_SIZE(COMMIT_LEN) + 2048; /* a clock step */

	for (struct job *j = list; j != NULL; j = j->next)
		estimate += ((struct batch *)j)->estimate;
	if (journal_room(w, estimate) == -1) {
		if (final(errno))
			return -1;
		settle(list, LOG_NO_SPACE);
		return 0;
	}
	claims_forget(&w->claims);
	group_begin(w);
	if (group_clock(w) == -1)
		return -1;
	for (struct job *j = list; j != NULL; j = j->next)
		if (group_batch(w, (struct batch *)j) == -1)
			return -1;
	if (w->group.nframes == 0)
		return 0;
	if (write_group(w) == -1)
		return -1;
	publish(w);
	return 0;
}

/* Footers, when nothing has failed; without room the next start cuts. */
static void
end_all(struct writer *w)
{
	if (pieces_sync(w, &w->blobs) == -1 ||
	    pieces_sync(w, &w->derived) == -1)
		return;
	if (segment_end(&w->blobs.segment, &w->maker, &w->trouble) == -1 ||
	    segment_end(&w->derived.segment, &w->maker, &w->trouble) == -1)
		return;
	if (segment_end(&w->journal, &w->maker, &w->trouble) == -1)
		return;
}

void *
writer_run(void *arg)
{
	struct writer *w = arg;
	struct job *list;
	int dead = 0;

	sys_prompt();
	while ((list = take(w->log)) != NULL) {
		if (write_pieces(w, &list, dead) == -1 && !dead) {
			dead = 1;
			log_die(w->log, &w->trouble);
		}
		if (list == NULL)
			continue;
		if (!dead && make_group(w, list) == -1) {
			dead = 1;
			log_die(w->log, &w->trouble);
		}
		if (dead)
			settle(list, LOG_DEAD);
		finish_all(w, list);
		sys_step("group:told");
	}
	if (!dead)
		end_all(w);
	return NULL;
}
