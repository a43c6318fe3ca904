/* SPDX-License-Identifier: ISC */
/*
 * change: from drafts to the answer.
 *
 *	send -> append -> DONE     -> wait until applied -> done
 *	               -> REPEATED -> wait, read the old entries -> done
 *	               -> CONFLICT on a version never claimed -> append again
 *	               -> anything else: a problem
 *
 * A thing's version claim is absent until the first change after it was
 * made, since its number is not known when it is stated.  So a version is
 * expected as read, and if that fails once more as absent: both say that
 * nobody changed it in between.
 */
#include "daemon/api/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/ask.h"

#define CHANGE_CLAIMS	256
#define CHANGE_MS	30000	/* for the views to follow */

struct change_claim {
	char		*name;
	uint64_t	 value;
	int		 draft;		/* -1: expected; else set by it */
	int		 version;	/* of If-Match: may be absent */
};

struct change {
	struct call	*call;
	struct draft	 draft[LIMIT_BATCH_DRAFTS];
	struct buf	 body[LIMIT_BATCH_DRAFTS];
	struct id	 number[LIMIT_BATCH_DRAFTS];
	unsigned	 ndrafts;
	struct change_claim claim[CHANGE_CLAIMS];
	unsigned	 nclaims;
	int		 failed;	/* no memory, or too many */
	int		 absent;	/* second try: versions absent */
	int		 repeated;
	enum problem	 refusal;	/* PROBLEM_COUNT: none */
	char		*refused;	/* its detail */
	uint64_t	 first;
	change_done_fn	*done;
};

static void
change_free(void *arg)
{
	struct change *change = arg;

	for (unsigned i = 0; i < change->ndrafts; i++)
		buf_release(&change->body[i]);
	for (unsigned i = 0; i < change->nclaims; i++)
		free(change->claim[i].name);
	free(change->refused);
	free(change);
}

struct change *
change_new(struct call *call)
{
	struct change *change;

	if (call_closed(call))
		return NULL;
	if ((change = calloc(1, sizeof *change)) == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return NULL;
	}
	change->call = call;
	change->refusal = PROBLEM_COUNT;
	call->state = change;
	call->state_free = change_free;
	return change;
}

struct ref
change_ref(const struct id *id)
{
	return id->kind == ID_NONE ? REF_NONE : REF_ID(*id);
}

int
change_draft(struct change *change, struct draft *draft, struct buf *body)
{
	unsigned i = change->ndrafts;

	if (i == LIMIT_BATCH_DRAFTS || buf_failed(body)) {
		change->failed = 1;
		buf_release(body);
		return 0;
	}
	draft->actor = change->call->caller.actor;
	draft->blob = -1;
	change->draft[i] = *draft;
	buf_init(&change->body[i]);
	buf_swap(&change->body[i], body);
	change->ndrafts++;
	return (int)i;
}

static struct change_claim *
change_claim(struct change *change, const char *name, uint64_t value, int d)
{
	struct change_claim *c = &change->claim[change->nclaims];

	if (change->nclaims == CHANGE_CLAIMS ||
	    (c->name = strdup(name)) == NULL) {
		change->failed = 1;
		return NULL;
	}
	c->value = value;
	c->draft = d;
	change->nclaims++;
	return c;
}

void
change_expect(struct change *change, const char *name, uint64_t value)
{
	(void)change_claim(change, name, value, -1);
}

void
change_set(struct change *change, int d, const char *name, uint64_t value)
{
	(void)change_claim(change, name, value, d);
}

static const char *
change_thing(const struct id *id)
{
	return id->kind == ID_CASE ? "case" : id->kind == ID_CLIENT ?
	    "client" : id->kind == ID_CONTACT ? "contact" :
	    id->kind == ID_BUNDLE ? "bundle" : "staff";
}

void
change_version(struct change *change, int d, const struct id *id)
{
	char text[ID_TEXT_MAX], name[64];
	struct change_claim *c;

	(void)snprintf(name, sizeof name, "%s/%s", change_thing(id),
	    id_text(id, text));
	if (change->call->if_match != 0) {
		c = change_claim(change, name, change->call->if_match, -1);
		if (c != NULL)
			c->version = 1;
	}
	change_set(change, d, name, CLAIM_SEQ);
}

void
change_refuse_with(struct change *change, enum problem problem,
    enum say_key key, const char *const args[], size_t nargs)
{
	struct buf text = BUF_INIT;

	if (change->refusal != PROBLEM_COUNT)
		return;
	say_to(&text, change->call->lang, key, args, nargs);
	change->refusal = problem;
	change->refused = strdup(buf_str(&text));
	buf_release(&text);
}

static void
change_refused(struct change *change)
{
	call_fail(change->call, change->refusal, SAY_API_D_PLAIN,
	    change->refused);
}

/* ---- appending -------------------------------------------------------- */

static int
change_claims(struct change *change, struct batch *batch)
{
	for (unsigned i = 0; i < change->nclaims; i++) {
		const struct change_claim *c = &change->claim[i];
		uint64_t value = c->version && change->absent ? 0 : c->value;
		int rc;

		if (c->draft == -1)
			rc = batch_expect(batch, c->name, value);
		else
			rc = batch_set(batch, c->draft, c->name, value);
		if (rc == -1)
			return -1;
	}
	/* A refused change is only looked up: this can never hold. */
	if (change->refusal != PROBLEM_COUNT)
		return batch_expect(batch, "api/never", 1);
	return 0;
}

static struct batch *
change_batch(struct change *change)
{
	struct call *call = change->call;
	struct batch *batch = batch_new(store_log(call->store));

	if (batch == NULL)
		return NULL;
	for (unsigned i = 0; i < change->ndrafts; i++) {
		struct draft *d = &change->draft[i];

		d->body = buf_str(&change->body[i]);
		d->bodylen = change->body[i].len;
		if (batch_draft(batch, d) == -1)
			goto out;
	}
	if (change_claims(change, batch) == -1)
		goto out;
	if (call->key.len > 0 && batch_idempotent(batch, buf_str(&call->key),
	    call->request) == -1)
		goto out;
	return batch;
out:
	batch_free(batch);
	return NULL;
}

/* The ids that old entries were given, for a repeated request. */
static void
change_recall(struct change *change)
{
	struct buf rows = BUF_INIT;
	struct ask_query q = { .what = ASK_ENTRIES, .as_was = WHEN_NONE,
	    .since = WHEN_NONE, .until = WHEN_NONE,
	    .from_seq = change->first };
	struct ask *ask = ask_open(change->call->store, &q, NULL);

	for (unsigned i = 0; ask != NULL && i < change->ndrafts; i++) {
		struct entry e;

		buf_clear(&rows);
		if (ask_next(ask, &rows, 1, NULL) != 1 ||
		    entry_decode(&e, buf_str(&rows), rows.len) == -1)
			break;
		switch (kind_assigns(e.kind)) {
		case ID_CLIENT:
			change->number[i] = e.client;
			break;
		case ID_CASE:
			change->number[i] = e.kase;
			break;
		case ID_CONTACT:
			change->number[i] = e.contact;
			break;
		case ID_STAFF:
			change->number[i] = e.staff;
			break;
		case ID_BUNDLE:
			change->number[i] = e.bundle;
			break;
		default:
			change->number[i] = e.document;
		}
		entry_release(&e);
	}
	ask_free(ask);
	buf_release(&rows);
}

static void
change_applied(struct call *call)
{
	struct change *change = call->state;

	if (change->repeated)
		change_recall(change);
	call->position = store_applied(call->store);
	change->done(call, change);
}

/* It is durable; only the views do not follow. */
static void
change_late(struct call *call)
{
	struct change *change = call->state;
	char seq[24];

	(void)snprintf(seq, sizeof seq, "%llu",
	    (unsigned long long)change->first);
	call->position = change_last(change);
	call_fail(call, PROBLEM_BEHIND, SAY_API_D_KEPT, seq);
}

static void
change_kept(struct change *change, const struct log_result *r)
{
	unsigned n = r->n < change->ndrafts ? r->n : change->ndrafts;

	change->first = r->first;
	change->repeated = r->outcome == LOG_REPEATED;
	for (unsigned i = 0; r->receipt != NULL && i < n; i++)
		change->number[i] = r->receipt[i].number;
	call_after(change->call, change_last(change), CHANGE_MS,
	    change_applied, change_late);
}

static int
change_again(const struct change *change)
{
	if (change->absent || change->refusal != PROBLEM_COUNT)
		return 0;
	for (unsigned i = 0; i < change->nclaims; i++)
		if (change->claim[i].version)
			return 1;
	return 0;
}

static void	change_append(struct change *);

static void
change_conflict(struct change *change, const char *name)
{
	struct call *call = change->call;

	if (change->refusal != PROBLEM_COUNT) {
		change_refused(change);
		return;
	}
	for (unsigned i = 0; i < change->nclaims; i++)
		if (change->claim[i].version && name != NULL &&
		    strcmp(name, change->claim[i].name) == 0) {
			call_fail(call, PROBLEM_CHANGED, SAY_API_D_CONFLICT);
			return;
		}
	call_outcome(call, LOG_CONFLICT);
}

static void
change_result(void *arg, const struct log_result *r)
{
	struct change *change = arg;
	struct call *call = change->call;

	if (!call_release(call))
		return;
	switch (r->outcome) {
	case LOG_DONE:
	case LOG_REPEATED:
		change_kept(change, r);
		break;
	case LOG_CONFLICT:
		if (change_again(change)) {
			change->absent = 1;
			change_append(change);
		} else
			change_conflict(change, r->conflict);
		break;
	default:
		call_outcome(call, r->outcome);
	}
}

static void
change_append(struct change *change)
{
	struct call *call = change->call;
	struct batch *batch = change_batch(change);

	if (batch == NULL) {
		call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_STATEMENT,
		    strerror(errno));
		return;
	}
	call_hold(call);
	log_append(store_log(call->store), batch, change_result, change);
}

void
change_send(struct change *change, change_done_fn *done)
{
	struct call *call = change->call;

	change->done = done;
	if (change->failed) {
		char n[24], max[24];

		(void)snprintf(n, sizeof n, "> %u", change->ndrafts);
		(void)snprintf(max, sizeof max, "%d", LIMIT_BATCH_DRAFTS);
		call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_TOO_MANY, n,
		    max);
		return;
	}
	/* Without a key nothing can be a repeat. */
	if (change->refusal != PROBLEM_COUNT &&
	    (call->key.len == 0 || change->ndrafts == 0)) {
		change_refused(change);
		return;
	}
	change_append(change);
}

/* ---- what became of it ------------------------------------------------ */

uint64_t
change_first(const struct change *change)
{
	return change->first;
}

uint64_t
change_last(const struct change *change)
{
	return change->first + change->ndrafts - 1;
}

struct id
change_number(const struct change *change, int draft)
{
	return change->number[draft];
}
