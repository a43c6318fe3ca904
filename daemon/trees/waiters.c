/* SPDX-License-Identifier: ISC */
/* waiters: see waiters.h. */
#include "daemon/trees/waiters.h"

#include <stdlib.h>

int
waiters_add(struct waiters *all, uint64_t position, int stamp,
    notary_done_fn *done, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	w->position = position;
	w->stamp = stamp;
	w->done = done;
	w->arg = arg;
	LIST_INSERT_HEAD(all, w, link);
	return 0;
}

void
waiters_drop(struct waiters *all, const void *arg)
{
	struct waiter *w, *next;

	for (w = LIST_FIRST(all); w != NULL; w = next) {
		next = LIST_NEXT(w, link);
		if (w->arg != arg)
			continue;
		LIST_REMOVE(w, link);
		free(w);
	}
}

void
waiters_free(struct waiters *all)
{
	struct waiter *w;

	while ((w = LIST_FIRST(all)) != NULL) {
		LIST_REMOVE(w, link);
		free(w);
	}
}

int
waiters_ready(const struct waiters *all, uint64_t applied)
{
	const struct waiter *w;

	LIST_FOREACH(w, all, link)
		if (w->position <= applied)
			return 1;
	return 0;
}

uint64_t
waiters_round(struct waiters *all, uint64_t applied)
{
	struct waiter *w;
	uint64_t most = 0;

	LIST_FOREACH(w, all, link) {
		w->round = w->position <= applied;
		if (w->round && w->position > most)
			most = w->position;
	}
	return most;
}

static int
is_met(const struct waiter *w, int all, const struct tree_checkpoint *c)
{
	return all || (w->round &&
	    (c == NULL || w->position <= c->position));
}

/* From the start again after each: an answer may add or drop others. */
int
waiters_answer(struct waiters *all, int everybody,
    const struct tree_checkpoint *c, const struct trouble *why)
{
	struct waiter *w;
	int stamp = 0;

	for (w = LIST_FIRST(all); w != NULL;) {
		struct waiter got = *w;

		if (!is_met(w, everybody, c)) {
			w = LIST_NEXT(w, link);
			continue;
		}
		LIST_REMOVE(w, link);
		free(w);
		stamp |= c != NULL && got.stamp;
		got.done(got.arg, c, why);
		w = LIST_FIRST(all);
	}
	LIST_FOREACH(w, all, link)
		w->round = 0;
	return stamp;
}
