/* SPDX-License-Identifier: ISC */
/*
 * builds: asking for a build of a bundle, and giving one up; zips.c hands out
 * what came of it.
 *
 * A build is refused while a document that may belong to it is neither filed
 * nor left out, or a marked one is undecided.  Plan and loose ends are read
 * slice by slice, so that a large case does not hold up the loop.
 */
#include "daemon/api/handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/builds.h"
#include "daemon/api/change.h"
#include "daemon/api/inside.h"
#include "daemon/export/job.h"
#include "daemon/filing/touch.h"
#include "store/ask/bundle.h"

#define SLICE	256		/* documents looked at in one turn */
#define NAMED	10		/* documents that a refusal names */

struct asking {
	struct call	*call;
	struct bundle	 bundle;
	uint64_t	 position;
	char		 earlier[48];
	struct plan	*plan;
	struct loose	*loose;
	unsigned	 nloose;
};

static void
asking_free(struct asking *a)
{
	plan_free(a->plan);
	loose_free(a->loose);
	free(a);
}

/* ---- the entry --------------------------------------------------- */

static void
builds_asked(struct call *call, struct change *change)
{
	struct bundle_build build;
	struct bundle bundle;
	struct trouble trouble;
	struct id id;

	if (call->api->jobs != NULL)
		jobs_asked(call->api->jobs, change_last(change));
	(void)id_parse(buf_str(&call->path_id), call->path_id.len, &id);
	if (bundle_get(call->store, &id, &bundle, &trouble) != 1 ||
	    bundle_build(call->store, &id, bundle.builds, &build,
	    &trouble) != 1)
		call_trouble(call, &trouble);
	else
		jobs_row(call, &bundle, &build, 202);
}

static void
builds_state(struct asking *a)
{
	struct call *call = a->call;
	struct draft d = { .kind = KIND_BUNDLE_ASKED, .client = REF_NONE,
	    .kase = REF_NONE, .contact = REF_NONE, .document = REF_NONE,
	    .staff = REF_NONE, .bundle = a->bundle.id };
	struct change *change = change_new(call);
	char id[ID_TEXT_MAX], claim[ID_TEXT_MAX + 16];
	struct buf body = BUF_INIT;
	struct jw w;
	int n;

	if (change == NULL)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kint(&w, "build", (int64_t)a->bundle.builds + 1);
	jw_kstr_opt(&w, "earlier", a->earlier);
	jw_kint(&w, "position", (int64_t)a->position);
	jw_end(&w);
	d.client = change_ref(&a->bundle.client);
	if (a->bundle.of.kind == ID_CASE)
		d.kase = change_ref(&a->bundle.of);
	n = change_draft(change, &d, &body);
	(void)snprintf(claim, sizeof claim, "builds/%s",
	    id_text(&a->bundle.id, id));
	change_expect(change, claim, a->bundle.builds);
	change_set(change, n, claim, (uint64_t)a->bundle.builds + 1);
	change_send(change, builds_asked);
}

/* ---- what stands in its way -------------------------------------- */

static void
name(struct buf *out, unsigned n, const struct id *document)
{
	char text[ID_TEXT_MAX];

	if (n > NAMED)
		return;
	buf_adds(out, n == NAMED ? ", ..." : n > 0 ? ", " : "");
	if (n < NAMED)
		buf_adds(out, id_text(document, text));
}

static void
refuse(struct asking *a, enum say_key key, unsigned n, struct buf *named)
{
	char count[16], id[ID_TEXT_MAX];

	(void)snprintf(count, sizeof count, "%u", n);
	call_fail(a->call, PROBLEM_STATE, key, id_text(&a->bundle.id, id),
	    count, buf_str(named));
}

/* 1: some are undecided, answered. */
static int
undecided(struct asking *a)
{
	struct buf named = BUF_INIT;
	unsigned n = 0;

	for (size_t i = 0; i < a->plan->n; i++)
		if (a->plan->item[i].treatment == TREAT_UNDECIDED)
			name(&named, n++, &a->plan->item[i].document);
	if (n > 0)
		refuse(a, SAY_API_S_UNDECIDED, n, &named);
	buf_release(&named);
	return n > 0;
}

/* The ids of loose ends out of their rows. */
static int
loose_ends(struct asking *a, struct buf *rows, unsigned n)
{
	struct buf named = BUF_INIT, text = BUF_INIT;
	struct json json;
	unsigned given = 0;

	buf_addc(&text, '[');
	buf_add(&text, rows->data, rows->len);
	buf_addc(&text, ']');
	if (!buf_failed(&text) && json_parse(&json, (const char *)text.data,
	    text.len) == 0) {
		for (uint32_t x = json_first(&json, 0); x != JSON_NONE;
		    x = json_after(&json, 0, x)) {
			struct buf id = BUF_INIT;
			struct id document;

			(void)json_str(&json, json_get(&json, x, "document"),
			    &id);
			if (id.len > 0 && id_parse((const char *)id.data,
			    id.len, &document) == 0)
				name(&named, given++, &document);
			buf_release(&id);
		}
		json_release(&json);
	}
	refuse(a, SAY_API_S_LOOSE, n, &named);
	buf_release(&named);
	buf_release(&text);
	return 1;
}

/* 1 more to do, 0 nothing stands in its way, -1 answered. */
static int
asking_slice(struct asking *a)
{
	struct buf rows = BUF_INIT;
	struct trouble t;
	unsigned n = 0;
	int got;

	if (a->plan != NULL) {
		if ((got = plan_more(a->plan, SLICE, &t)) == -1)
			goto out;
		if (got == 0 && undecided(a))
			return -1;
		if (got == 0) {
			plan_free(a->plan);
			a->plan = NULL;
		}
		return 1;
	}
	got = loose_more(a->loose, SLICE, &rows, &n, &t);
	if (got != -1 && n > 0) {
		(void)loose_ends(a, &rows, n);
		buf_release(&rows);
		return -1;
	}
	buf_release(&rows);
out:
	if (got == -1)
		call_trouble(a->call, &t);
	return got;
}

static void
asking_turn(int fd, short what, void *arg)
{
	struct timeval none = { 0, 0 };
	struct asking *a = arg;
	struct call *call = a->call;
	int got;

	(void)fd;
	(void)what;
	if (!call_release(call)) {
		asking_free(a);
		return;
	}
	got = asking_slice(a);
	while (got == 1 && call->api->base == NULL)
		got = asking_slice(a);	/* without a loop */
	if (got == 1) {
		call_hold(call);
		if (event_base_once(call->api->base, -1, EV_TIMEOUT,
		    asking_turn, a, &none) == 0)
			return;
		if (call_release(call))
			call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	} else if (got == 0) {
		builds_state(a);
	}
	asking_free(a);
}

/* ---- asking ------------------------------------------------------ */

int
builds_bundle(struct call *call, struct bundle *bundle)
{
	const char *text = buf_str(&call->path_id);
	struct trouble t;
	struct id id;
	int got = 0;

	if (id_parse(text, strlen(text), &id) == 0 && id.kind == ID_BUNDLE)
		got = bundle_get(call->store, &id, bundle, &t);
	if (got == 0)
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND, text);
	else if (got == -1)
		call_trouble(call, &t);
	return got == 1 ? 1 : -1;
}

/* The build that changes are listed against: 0, or -1: answered. */
static int
builds_earlier(struct call *call, struct asking *a)
{
	const char *text = call_query(call, "earlier");
	struct bundle_build build;
	struct id id;
	unsigned n;

	if (text == NULL)
		return 0;
	if (strlen(text) >= sizeof a->earlier || bundle_build_parse(text,
	    strlen(text), &id, &n) == -1 || bundle_build(call->store, &id, n,
	    &build, NULL) != 1 || build.state != BUILD_BUILT) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_S_NO_BUILD, text);
		return -1;
	}
	(void)snprintf(a->earlier, sizeof a->earlier, "%s", text);
	return 0;
}

static int
asking_open(struct call *call, struct asking *a)
{
	uint64_t known = 0, applied = store_applied(call->store);
	struct trouble t;

	a->call = call;
	if (call->api->filing == NULL || call->api->jobs == NULL) {
		call_fail(call, PROBLEM_NOT_DONE, SAY_API_D_NO_FILING);
		return -1;
	}
	if (builds_bundle(call, &a->bundle) == -1 ||
	    builds_earlier(call, a) == -1 || call_as_known(call, &known) == -1)
		return -1;
	if (known == 0)
		known = a->bundle.as_known;
	a->position = known == 0 || known > applied ? applied : known;
	a->plan = plan_new(call->store, &a->bundle.id, a->position, 0, &t);
	a->loose = a->plan == NULL ? NULL : loose_new(call->store,
	    &a->bundle.id, a->position, 0, touch_judge, call->api->filing, &t);
	if (a->loose != NULL)
		return 0;
	call_trouble(call, &t);
	return -1;
}

static void
builds_ask_now(struct call *call)
{
	struct asking *a = calloc(1, sizeof *a);

	if (a == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	if (asking_open(call, a) == -1) {
		asking_free(a);
		return;
	}
	call_hold(call);
	asking_turn(-1, 0, a);
}

/* What is not applied yet could be a loose end: it is waited for. */
void
builds_ask(struct call *call)
{
	struct log_head head;

	log_head(store_log(call->store), &head);
	call_settled(call, head.seq, builds_ask_now);
}

/* ---- giving up --------------------------------------------------- */

/* The one that is named, or the last that was asked for: 1, -1 answered. */
static int
cancel_which(struct call *call, const struct bundle *bundle,
    struct bundle_build *build)
{
	int64_t n = 0;
	unsigned last = bundle->builds;
	char id[ID_TEXT_MAX], name[ID_TEXT_MAX + 24];
	int got = 0;

	if (call_int(call, "build", &n) == 1)
		last = n > 0 && n <= bundle->builds ? (unsigned)n : 0;
	for (; last > 0; last--) {
		got = bundle_build(call->store, &bundle->id, last, build,
		    NULL);
		if (got != 1 || n != 0 || build->state == BUILD_ASKED)
			break;
	}
	if (last > 0 && got == 1)
		return 1;
	(void)id_text(&bundle->id, id);
	(void)snprintf(name, sizeof name, n == 0 ? "%s" : "%s.%lld", id,
	    (long long)n);
	call_fail(call, PROBLEM_STATE, SAY_API_S_NOT_ASKED, name);
	return -1;
}

static void
builds_cancelled(struct call *call, struct change *change)
{
	struct bundle_build build;
	struct bundle bundle;
	unsigned n;

	if (builds_bundle(call, &bundle) == -1)
		return;
	for (n = bundle.builds; n > 0; n--)
		if (bundle_build(call->store, &bundle.id, n, &build, NULL) ==
		    1 && build.ended == change_first(change))
			break;
	if (n == 0) {
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
		return;
	}
	if (call->api->jobs != NULL)
		jobs_cancelled(call->api->jobs, &bundle.id, n);
	jobs_row(call, &bundle, &build, 200);
}

static void
cancel_state(struct call *call, const struct bundle *bundle,
    const struct bundle_build *build)
{
	struct change *change = change_new(call);
	char id[ID_TEXT_MAX], text[ID_TEXT_MAX + 40];
	struct draft d = { .kind = KIND_BUNDLE_CANCELLED,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE, .bundle = bundle->id };
	struct buf body = BUF_INIT;
	struct jw w;

	if (change == NULL)
		return;
	(void)snprintf(text, sizeof text, "%s.%u", id_text(&bundle->id, id),
	    build->build);
	if (build->state != BUILD_ASKED)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_ENDED, text);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kint(&w, "build", build->build);
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_end(&w);
	d.client = change_ref(&bundle->client);
	if (bundle->of.kind == ID_CASE)
		d.kase = change_ref(&bundle->of);
	(void)snprintf(text, sizeof text, "ended/%s.%u", id, build->build);
	change_expect(change, text, 0);
	change_set(change, change_draft(change, &d, &body), text, CLAIM_SEQ);
	change_send(change, builds_cancelled);
}

void
builds_cancel(struct call *call)
{
	struct bundle_build build;
	struct bundle bundle;

	if (builds_bundle(call, &bundle) == 1 &&
	    cancel_which(call, &bundle, &build) == 1)
		cancel_state(call, &bundle, &build);
}
