/* SPDX-License-Identifier: ISC */
/*
 * wait: calls that go on when the views have applied a position, or when
 * that takes too long.  Nothing here blocks the loop.
 */
#include "daemon/api/inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/api/handlers.h"

#define AFTER_MS 10000		/* of `after=N` in a query */
#define SOON_MS 1000		/* of a read without it */
#define SOON_ENTRIES 4096	/* more cannot be applied that soon */

void
wait_free(struct call_wait *wait)
{
	if (wait == NULL)
		return;
	LIST_REMOVE(wait, link);
	if (wait->timer != NULL)
		event_free(wait->timer);
	free(wait);
}

static void
wait_go(struct call_wait *wait, int late)
{
	struct call *call = wait->call;
	call_then_fn *then = late ? wait->late : wait->then;

	call->wait = NULL;
	wait_free(wait);
	then(call);
}

static void
wait_late(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wait_go(arg, 1);
}

void
waits_wake(struct api *api)
{
	uint64_t applied = store_applied(api->store);
	struct call_wait *wait, *next;

	for (wait = LIST_FIRST(&api->waits); wait != NULL; wait = next) {
		next = LIST_NEXT(wait, link);
		if (wait->position <= applied)
			wait_go(wait, 0);
	}
}

/* Nothing is stated any more: what lies past the journal's end stays away. */
void
waits_stop(struct api *api)
{
	struct call_wait *wait, *next;
	struct log_head head;

	log_head(store_log(api->store), &head);
	for (wait = LIST_FIRST(&api->waits); wait != NULL; wait = next) {
		next = LIST_NEXT(wait, link);
		if (wait->position > head.seq)
			wait_go(wait, 1);
	}
}

void
call_after(struct call *call, uint64_t position, int ms, call_then_fn *then,
    call_then_fn *late)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };
	struct call_wait *wait;

	if (store_applied(call->store) >= position) {
		then(call);
		return;
	}
	if ((wait = calloc(1, sizeof *wait)) == NULL) {
		late(call);
		return;
	}
	wait->call = call;
	wait->position = position;
	wait->then = then;
	wait->late = late;
	call->wait = wait;
	LIST_INSERT_HEAD(&call->api->waits, wait, link);
	wait->timer = evtimer_new(call->api->base, wait_late, wait);
	if (wait->timer == NULL || evtimer_add(wait->timer, &tv) == -1)
		wait_go(wait, 1);
}

/* The views are behind what was asked for. */
void
call_behind(struct call *call)
{
	char want[24], have[24];

	(void)snprintf(want, sizeof want, "%llu",
	    (unsigned long long)call->awaited);
	(void)snprintf(have, sizeof have, "%llu",
	    (unsigned long long)store_applied(call->store));
	call_head(call, "Retry-After", "1");
	call_fail(call, PROBLEM_BEHIND, SAY_API_D_BEHIND, want, have);
}

void
call_settled(struct call *call, uint64_t position, call_then_fn *then)
{
	call->awaited = position;
	call_after(call, position, AFTER_MS, then, call_behind);
}

void
call_query_after(struct call *call, call_then_fn *then)
{
	uint64_t n = 0;

	(void)call_query_int(call, "after", &n);
	call_settled(call, n, then);
}

/*
 * What a caller was told is kept shows in what is asked next: a read waits a
 * moment for the views, unless they are far behind.  `after' says what is
 * needed instead, a cursor holds what was seen.
 */
void
call_soon(struct call *call)
{
	call_then_fn *run = handler_of(call->route)->run;
	struct log_head head = { .seq = 0 };

	if (call_query(call, "after") == NULL &&
	    call_query(call, "cursor") == NULL)
		log_head(store_log(call->store), &head);
	if (head.seq > store_applied(call->store) + SOON_ENTRIES)
		run(call);
	else
		call_after(call, head.seq, SOON_MS, run, run);
}
