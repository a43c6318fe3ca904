/* SPDX-License-Identifier: ISC */
/*
 * jobs: builds of bundles as rows: how far the one is that is being made, and
 * how others ended.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/builds.h"
#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/export/job.h"
#include "proto/base/json.h"

#define JOBS_MAX 64

void
awaited_put(struct call *call, const struct bundle_build *b, struct jw *w)
{
	unsigned bits = 0;

	if (b->state != BUILD_BUILT || call->api->jobs == NULL ||
	    jobs_parts(call->api->jobs, b, NULL, &bits, NULL) == -1 ||
	    bits == 0)
		return;
	jw_key(w, "awaited");
	jw_array(w);
	for (unsigned i = 0; i < AWAITS_N; i++)
		if (bits & 1u << i)
			jw_str(w, awaits_name(i));
	jw_end(w);
}

static void
job_put(struct call *call, const struct bundle_build *b,
    const struct id *bundle, struct buf *out)
{
	struct jobs_state now = { .done = 0 };
	char at[WHEN_TEXT_MAX], id[ID_TEXT_MAX], job[ID_TEXT_MAX + 16];
	int running = call->api->jobs != NULL && jobs_now(call->api->jobs,
	    &now) && id_equal(&now.bundle, bundle) && now.build == b->build;
	int built = b->state == BUILD_BUILT;
	struct jw w;

	(void)snprintf(job, sizeof job, "%s.%u", id_text(bundle, id),
	    b->build);
	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "asked_at", when_text(b->asked_at, at));
	jw_kstr(&w, "asked_by", b->asked_by);
	awaited_put(call, b, &w);
	jw_kint(&w, "build", b->build);
	jw_kstr(&w, "bundle", id);
	if (built) {
		jw_kint(&w, "bytes", (int64_t)b->bytes);
		jw_kint(&w, "documents", (int64_t)b->documents);
	}
	if (running)
		jw_kint(&w, "done", now.done);
	jw_kstr_opt(&w, "earlier", b->earlier);
	if (b->state != BUILD_ASKED)
		jw_kstr(&w, "ended_at", when_text(b->ended_at, at));
	if (built)
		jw_kint(&w, "files", (int64_t)b->files);
	jw_kstr(&w, "id", job);
	if (built)
		jw_kint(&w, "pages", (int64_t)b->pages);
	if (b->state == BUILD_ASKED)
		jw_kstr(&w, "phase", bundle_phase_name(running ? now.phase :
		    BUNDLE_WAITING));
	jw_kint(&w, "position", (int64_t)b->position);
	jw_kstr_opt(&w, "reason", b->reason);
	jw_kstr(&w, "state", build_state_name(b->state));
	jw_kstr_opt(&w, "tagmanifest", b->tagmanifest);
	if (running)
		jw_kint(&w, "total", now.total);
	if (built)
		jw_kint(&w, "withheld", (int64_t)b->withheld);
	jw_end(&w);
}

void
jobs_row(struct call *call, const struct bundle *bundle,
    const struct bundle_build *build, int status)
{
	struct buf row = BUF_INIT, body = BUF_INIT;

	job_put(call, build, &bundle->id, &row);
	buf_adds(&body, "{\"position\":");
	buf_addu(&body, store_applied(call->store));
	buf_adds(&body, ",\"row\":");
	buf_add(&body, row.data, row.len);
	buf_adds(&body, "}\n");
	buf_release(&row);
	call_answer(call, status, "application/json", &body);
	buf_release(&body);
}

static int
by_asked(const void *a, const void *b)
{
	const struct bundle_job *x = a, *y = b;

	return x->asked < y->asked ? -1 : x->asked > y->asked;
}

static void
jobs_list_now(struct call *call)
{
	struct bundle_job job[JOBS_MAX];
	struct bundle_build build;
	struct buf rows = BUF_INIT;
	struct trouble t;
	int n = bundle_jobs(call->store, job, JOBS_MAX, &t);

	if (n == -1) {
		call_trouble(call, &t);
		return;
	}
	qsort(job, (size_t)n, sizeof *job, by_asked);
	for (int i = 0; i < n; i++) {
		if (bundle_build(call->store, &job[i].bundle, job[i].build,
		    &build, NULL) != 1)
			continue;
		buf_adds(&rows, rows.len > 0 ? "," : "");
		job_put(call, &build, &job[i].bundle, &rows);
	}
	list_rows(call, store_applied(call->store), &rows);
	buf_release(&rows);
}

void
jobs_list(struct call *call)
{
	call_query_after(call, jobs_list_now);
}

void
jobs_one(struct call *call)
{
	const char *text = buf_str(&call->path_id);
	struct bundle_build build;
	struct bundle bundle;
	struct trouble t;
	unsigned n;
	int got = 0;

	if (bundle_build_parse(text, strlen(text), &bundle.id, &n) == 0)
		got = bundle_build(call->store, &bundle.id, n, &build, &t);
	if (got == 0)
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND, text);
	else if (got == -1)
		call_trouble(call, &t);
	else
		jobs_row(call, &bundle, &build, 200);
}
