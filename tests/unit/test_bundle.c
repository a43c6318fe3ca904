/* SPDX-License-Identifier: ISC */
/*
 * bundle: marks, bundles and their builds as the views have them; what a plan
 * holds, and in which order.  Each answer is the same from rebuilt views, for
 * any slice, and as known before.
 */
#include "store/ask/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/ask/ask.h"
#include "tests/unit/roof.h"

/* ---- plans ------------------------------------------------------------ */

static void
test_order(void **state)
{
	struct plan *plan;

	(void)state;
	roof_expect(bundle, 0, "D-000002 produce, D-000003 produce, "
	    "D-000001 produce");
	plan = roof_plan(bundle, 0, 0, 2);
	assert_int_equal(plan->item[0].ncopies, 1);
	assert_true(id_equal(&plan->item[0].copy[0], &twin));
	assert_int_equal(plan->count[TREAT_PRODUCE], 3);
	assert_int_equal(plan->next, 1);
	plan_free(plan);
	/* What was put first, by a copy too; the newest order rules. */
	(void)roof_about(KIND_BUNDLE_ORDERED, bundle, none,
	    "{'documents':['D-000003','D-000001']}");
	roof_expect(bundle, 0, "D-000003 produce, D-000001 produce, "
	    "D-000002 produce");
	(void)roof_about(KIND_BUNDLE_ORDERED, bundle, none,
	    "{'documents':['D-000001','D-000005']}");
	roof_expect(bundle, 0, "D-000001 produce, D-000002 produce, "
	    "D-000003 produce");
}

static void
test_marks(void **state)
{
	struct buf row = BUF_INIT;
	uint64_t before;

	(void)state;
	(void)roof_mark(mid, "{'as':'privileged'}");
	/* A mark on a copy is one on the set. */
	(void)roof_mark(twin, "{'as':'received-in-error','reason':'theirs'}");
	roof_expect(bundle, 0, "D-000002 undecided, D-000003 undecided, "
	    "D-000001 produce");
	assert_int_equal(ask_one(fill.store, &mid, 0, &row, &trouble), 1);
	assert_non_null(strstr(buf_str(&row), "\"marks\":[\"privileged\"]"));
	(void)roof_decide(bundle, mid, "{'as':'withhold','basis':'litigation',"
	    "'description':'advice'}");
	(void)roof_decide(bundle, early, "{'as':'produce'}");
	roof_expect(bundle, 0, "D-000002 produce, D-000003 withhold, "
	    "D-000001 produce");
	/* A mark that is set later asks once more, but never opens. */
	before = roof_mark(early, "{'as':'without-prejudice'}");
	(void)roof_mark(mid, "{'as':'without-prejudice'}");
	roof_expect(bundle, 0, "D-000002 undecided, D-000003 withhold, "
	    "D-000001 produce");
	/* ... also in a bundle as known before it. */
	roof_expect(bundle, before - 1, "D-000002 undecided, "
	    "D-000003 withhold, D-000001 produce");
	(void)roof_mark(early, "{'as':'without-prejudice','lifted':true}");
	(void)roof_mark(twin, "{'as':'received-in-error','lifted':true}");
	roof_expect(bundle, 0, "D-000002 produce, D-000003 withhold, "
	    "D-000001 produce");
	buf_release(&row);
}

static void
test_as_known(void **state)
{
	struct buf was = BUF_INIT, is = BUF_INIT;
	uint64_t then = fill.last.seq;
	struct plan *plan;
	struct id more;

	(void)state;
	plan = roof_plan(bundle, then, 0, 7);
	roof_rows(plan, &was);
	plan_free(plan);
	more = roof_letter("more", "2026-01-15");
	(void)roof_file(more, kase);
	(void)roof_entry(KIND_DOCUMENT_UNFILED,
	    (struct names){ .client = client, .kase = kase, .document = mid },
	    "{'filing':12,'how':'moved'}");
	(void)roof_entry(KIND_DOCUMENT_CORRECTED,
	    (struct names){ .document = late },
	    "{'field':'received','value':'2025-01-01'}");
	plan = roof_plan(bundle, then, 0, 7);
	roof_rows(plan, &is);
	plan_free(plan);
	assert_string_equal(buf_str(&is), buf_str(&was));
	roof_expect(bundle, 0, "D-000001 produce, D-000002 produce, "
	    "D-000006 produce");
	/* What was decided stands at the entry that asked for a build. */
	(void)roof_decide(bundle, late, "{'as':'leave-out','reason':'no'}");
	plan = roof_plan(bundle, then, fill.last.seq - 1, 7);
	assert_int_equal(plan->count[TREAT_LEAVE_OUT], 0);
	plan_free(plan);
	fill_reopen(&fill, 1);
	buf_clear(&is);
	plan = roof_plan(bundle, then, fill.last.seq - 1, 7);
	roof_rows(plan, &is);
	plan_free(plan);
	assert_string_equal(buf_str(&is), buf_str(&was));
	buf_release(&was);
	buf_release(&is);
}

/* ---- builds ------------------------------------------------------------ */

static void
test_builds(void **state)
{
	struct bundle_job job[4];
	struct bundle_build b;
	struct bundle got;
	struct buf row = BUF_INIT;
	struct id of;
	unsigned n;

	(void)state;
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 0);
	(void)roof_about(KIND_BUNDLE_ASKED, bundle, none,
	    "{'build':1,'position':7}");
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 1);
	assert_int_equal(job[0].build, 1);
	assert_int_equal(job[0].asked, fill.last.seq);
	fill_reopen(&fill, 1);
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 1);
	(void)roof_about(KIND_BUNDLE_FAILED, bundle, none,
	    "{'build':1,'reason':'no room'}");
	/* A build ends once. */
	(void)roof_about(KIND_BUNDLE_FAILED, bundle, none,
	    "{'build':1,'reason':'again'}");
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 0);
	assert_int_equal(bundle_build(fill.store, &bundle, 1, &b, &trouble),
	    1);
	assert_int_equal(b.state, BUILD_FAILED);
	assert_int_equal(b.position, 7);
	assert_string_equal(b.reason, "no room");
	assert_int_equal(bundle_build(fill.store, &bundle, 0, &b, &trouble),
	    0);
	roof_build(bundle, 2, "");
	assert_int_equal(bundle_build(fill.store, &bundle, 0, &b, &trouble),
	    1);
	assert_int_equal(b.build, 2);
	assert_int_equal(bundle_get(fill.store, &bundle, &got, &trouble), 1);
	assert_int_equal(got.builds, 2);
	assert_int_equal(got.version, fill.last.seq);
	assert_true(id_equal(&got.of, &kase));
	assert_int_equal(ask_one(fill.store, &bundle, 0, &row, &trouble),
	    1);
	assert_non_null(strstr(buf_str(&row), "\"state\":\"failed\""));
	assert_non_null(strstr(buf_str(&row), "\"state\":\"built\""));
	buf_release(&row);
	of = (struct id){ ID_BUNDLE, 0, 0, 9 };
	assert_int_equal(bundle_get(fill.store, &of, &got, &trouble), 0);
	assert_null(plan_new(fill.store, &of, 0, 0, &trouble));
	assert_int_equal(trouble.key, SAY_ASK_NO_BUNDLE);
	assert_int_equal(bundle_build_parse("B-0003.12", 9, &of, &n), 0);
	assert_int_equal(of.number, 3);
	assert_int_equal(n, 12);
	assert_int_equal(bundle_build_parse("B-0003.", 7, &of, &n), -1);
	assert_int_equal(bundle_build_parse("B-0003", 6, &of, &n), -1);
	assert_int_equal(bundle_build_parse("B-0003.0", 8, &of, &n), -1);
	assert_int_equal(bundle_build_parse("D-0003.1", 8, &of, &n), -1);
	assert_int_equal(bundle_build_parse("B-3.1x", 6, &of, &n), -1);
}

/* A build is stamped once, by the first; one that was cancelled never. */
static void
test_late(void **state)
{
	struct bundle_job job[4];
	struct bundle_done done[4];
	struct bundle_build b;
	uint64_t first;

	(void)state;
	(void)roof_about(KIND_BUNDLE_ASKED, bundle, none,
	    "{'build':1,'position':7}");
	(void)roof_about(KIND_BUNDLE_STAMPED, bundle, none,
	    "{'authority':'u','build':1,'time':'t','token':'AA=='}");
	(void)roof_about(KIND_BUNDLE_CANCELLED, bundle, none,
	    "{'build':1,'reason':'too soon'}");
	(void)roof_about(KIND_BUNDLE_BUILT, bundle, none, "{'build':1,"
	    "'bytes':1,'documents':1,'files':1,'pages':1,'tagmanifest':'ab',"
	    "'withheld':0}");
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 0);
	assert_int_equal(bundle_done(fill.store, NULL, done, 4, &trouble), 0);
	assert_int_equal(bundle_build(fill.store, &bundle, 1, &b, &trouble),
	    1);
	assert_int_equal(b.state, BUILD_CANCELLED);
	assert_int_equal(b.stamped, 0);
	assert_string_equal(b.reason, "too soon");
	roof_build(bundle, 2, "");
	roof_build(bundle, 3, "");
	first = roof_about(KIND_BUNDLE_STAMPED, bundle, none,
	    "{'authority':'u','build':2,'time':'t','token':'AA=='}");
	(void)roof_about(KIND_BUNDLE_STAMPED, bundle, none,
	    "{'authority':'v','build':2,'time':'t','token':'BB=='}");
	fill_reopen(&fill, 1);
	assert_int_equal(bundle_done(fill.store, NULL, done, 4, &trouble), 2);
	assert_int_equal(done[0].build.build, 2);
	assert_int_equal(done[0].build.stamped, first);
	assert_int_equal(done[1].build.build, 3);
	assert_int_equal(done[1].build.stamped, 0);
	assert_int_equal(bundle_done(fill.store, NULL, done, 1, &trouble), 1);
	assert_int_equal(bundle_done(fill.store, &done[0], done + 1, 3,
	    &trouble), 1);
	assert_int_equal(done[1].build.build, 3);
	assert_int_equal(bundle_done(fill.store, &done[1], done + 2, 2,
	    &trouble), 0);
}

static void
test_list(void **state)
{
	struct ask_query q = { .what = ASK_BUNDLES, .as_was = WHEN_NONE,
	    .since = WHEN_NONE, .until = WHEN_NONE };
	struct buf rows = BUF_INIT;
	uint64_t one = fill.last.seq;
	struct ask *ask;

	(void)state;
	(void)roof_entry(KIND_BUNDLE_OPENED, (struct names){ .client = client },
	    "{'prefix':'C1-','profile':'dsar'}");
	ask = ask_open(fill.store, &q, &trouble);
	assert_int_equal(ask_next(ask, &rows, 10, &trouble), 2);
	ask_free(ask);
	q.nof = 1;
	q.of[0] = kase;
	ask = ask_open(fill.store, &q, &trouble);
	assert_int_equal(ask_next(ask, &rows, 10, &trouble), 1);
	ask_free(ask);
	q.of[0] = client;		/* its own and its cases' */
	ask = ask_open(fill.store, &q, &trouble);
	assert_int_equal(ask_next(ask, &rows, 10, &trouble), 2);
	ask_free(ask);
	q.as_known = one;
	ask = ask_open(fill.store, &q, &trouble);
	assert_int_equal(ask_next(ask, &rows, 10, &trouble), 1);
	ask_free(ask);
	buf_release(&rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, roof_begin, roof_end)
		T(test_order), T(test_marks), T(test_as_known),
		T(test_builds), T(test_late), T(test_list),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
