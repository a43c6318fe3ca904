/* SPDX-License-Identifier: ISC */
/*
 * bundle: marks, bundles and their builds as the views have them; what a plan
 * holds, in which order, with which numbers; loose ends.  Each answer is the
 * same from rebuilt views, for any slice, and as known before.
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
#include "tests/unit/fill.h"

static struct fill fill;
static struct trouble trouble;
static struct id client, kase, other, late, early, twin, mid, elsewhere;
static struct id bundle;

/* ---- saying ----------------------------------------------------------- */

static uint64_t
entry(enum kind kind, struct names names, const char *body)
{
	return fill_entry(&fill, kind, &names, body);
}

static struct id
letter(const char *bytes, const char *received)
{
	char front[128];

	(void)snprintf(front, sizeof(front),
	    "'channel':'post','direction':'in','received':'%s',", received);
	return fill_document(&fill, bytes, "api", front, "");
}

static uint64_t
file(struct id document, struct id under)
{
	return entry(KIND_DOCUMENT_FILED, (struct names){ .client = client,
	    .kase = under, .document = document },
	    "{'certainty':'person','main':true}");
}

static uint64_t
mark(struct id document, const char *body)
{
	return entry(KIND_DOCUMENT_MARKED,
	    (struct names){ .document = document }, body);
}

static uint64_t
about(enum kind kind, struct id of, struct id document, const char *body)
{
	return entry(kind, (struct names){ .client = client, .kase = kase,
	    .bundle = of, .document = document }, body);
}

static const struct id none;

static uint64_t
decide(struct id of, struct id document, const char *body)
{
	return about(KIND_BUNDLE_DECIDED, of, document, body);
}

static struct id
open_bundle(const char *body)
{
	(void)about(KIND_BUNDLE_OPENED, none, none, body);
	assert_int_equal(fill.last.number.kind, ID_BUNDLE);
	return fill.last.number;
}

/* A build of `of` with these lines as its numbers; "" none. */
static void
build(struct id of, unsigned number, const char *lines)
{
	struct log *log = store_log(fill.store);
	struct batch *batch;
	struct draft d = { .kind = KIND_BUNDLE_BUILT, .actor = "dossierd",
	    .client = REF_ID(client), .kase = REF_ID(kase),
	    .contact = REF_NONE, .document = REF_NONE, .staff = REF_NONE,
	    .bundle = of, .blob = -1 };
	struct blobw *blob = blobw_new(log, 0);
	struct buf body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];
	char text[128];

	(void)snprintf(text, sizeof(text), "{'build':%u,'position':%llu}",
	    number, (unsigned long long)fill.last.seq);
	(void)about(KIND_BUNDLE_ASKED, of, none, text);
	batch = batch_new(log);
	assert_non_null(batch);
	assert_non_null(blob);
	assert_int_equal(blobw_add(blob, lines, strlen(lines)), 0);
	blobw_hash(blob, hash);
	buf_adds(&body, "{\"build\":");
	buf_addu(&body, number);
	buf_adds(&body, ",\"bytes\":5,\"documents\":1,\"files\":2,\"numbers\":\"");
	buf_addhex(&body, hash, sizeof(hash));
	buf_adds(&body, "\",\"pages\":3,\"tagmanifest\":\"ab\",\"withheld\":0}");
	d.body = buf_str(&body);
	d.bodylen = body.len;
	assert_int_not_equal(batch_blob(batch, blob), -1);
	assert_int_equal(batch_draft(batch, &d), 0);
	assert_int_equal(log_append_wait(log, batch, &fill.last, 1),
	    LOG_DONE);
	assert_int_equal(store_wait(fill.store, fill.last.seq, 20000), 1);
	buf_release(&body);
}

static const char *
line(struct id document, const char *first, const char *last,
    const char *treatment)
{
	static char text[4][400];
	static unsigned turn;
	struct numbered v = { .document = document, .pages = 2,
	    .treatment = strcmp(treatment, "produce") == 0 ? TREAT_PRODUCE :
	    TREAT_WITHHOLD };
	struct buf out = BUF_INIT;
	char *to = text[turn++ % 4];

	(void)snprintf(v.first, sizeof(v.first), "%s", first);
	(void)snprintf(v.last, sizeof(v.last), "%s", last);
	numbered_put(&out, &v);
	(void)snprintf(to, sizeof(text[0]), "%s", buf_str(&out));
	buf_release(&out);
	return to;
}

/* ---- the story -------------------------------------------------------- */

/*
 * Four letters of the case: `late` was entered before `early`, `twin` is a
 * copy of it, `mid` came between; `elsewhere` is of another case.
 */
static int
begin(void **state)
{
	(void)state;
	memset(&trouble, 0, sizeof(trouble));
	fill_begin(&fill);
	(void)entry(KIND_CLIENT_ADDED, (struct names){ .bundle = none },
	    "{'name':'Ada'}");
	client = fill.last.number;
	(void)entry(KIND_CASE_OPENED, (struct names){ .client = client },
	    "{'title':'Roof'}");
	kase = fill.last.number;
	(void)entry(KIND_CASE_OPENED, (struct names){ .client = client },
	    "{'title':'Wall'}");
	other = fill.last.number;
	late = letter("late", "2026-03-03");
	early = letter("early", "2026-01-01");
	mid = letter("mid", "2026-02-02");
	elsewhere = letter("elsewhere", "2026-02-01");
	twin = letter("twin", "2026-01-09");
	(void)file(late, kase);
	(void)file(early, kase);
	(void)file(mid, kase);
	(void)file(elsewhere, other);
	(void)file(twin, kase);
	(void)entry(KIND_DOCUMENT_LINKED, (struct names){ .document = twin },
	    "{'as':'copy-of','other':'D-000002','why':'person'}");
	bundle = open_bundle("{'prefix':'K1-','profile':'production'}");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

/* ---- asking ----------------------------------------------------------- */

static struct plan *
plan_of(struct id of, uint64_t position, uint64_t decided, unsigned max)
{
	struct plan *plan = plan_new(fill.store, &of, position, decided,
	    &trouble);
	int got;

	assert_non_null(plan);
	while ((got = plan_more(plan, max, &trouble)) == 1)
		;
	assert_int_equal(got, 0);
	return plan;
}

static void
rows_of(const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		plan_row(plan, i, out);
		buf_addc(out, '\n');
	}
	buf_addu(out, plan->next);
	for (size_t i = 0; i < plan->napart; i++)
		buf_adds(out, plan->apart[i].reason);
}

/* "D-000002 produce, ..." in the plan's order. */
static void
expect(struct id of, uint64_t position, const char *want)
{
	struct buf is = BUF_INIT, whole = BUF_INIT, sliced = BUF_INIT;
	struct plan *plan = plan_of(of, position, 0, 1000);
	struct plan *again = plan_of(of, position, 0, 1);
	char text[ID_TEXT_MAX];

	for (size_t i = 0; i < plan->n; i++) {
		assert_int_equal(plan->item[i].order, i + 1);
		buf_adds(&is, i > 0 ? ", " : "");
		buf_adds(&is, id_text(&plan->item[i].document, text));
		buf_addc(&is, ' ');
		buf_adds(&is, treatment_name(plan->item[i].treatment));
	}
	assert_string_equal(buf_str(&is), want);
	rows_of(plan, &whole);
	rows_of(again, &sliced);
	assert_string_equal(buf_str(&whole), buf_str(&sliced));
	plan_free(plan);
	plan_free(again);
	buf_release(&is);
	buf_release(&whole);
	buf_release(&sliced);
}

/* ---- plans ------------------------------------------------------------ */

static void
test_order(void **state)
{
	struct plan *plan;

	(void)state;
	expect(bundle, 0, "D-000002 produce, D-000003 produce, "
	    "D-000001 produce");
	plan = plan_of(bundle, 0, 0, 2);
	assert_int_equal(plan->item[0].ncopies, 1);
	assert_true(id_equal(&plan->item[0].copy[0], &twin));
	assert_int_equal(plan->count[TREAT_PRODUCE], 3);
	assert_int_equal(plan->next, 1);
	plan_free(plan);
	/* What was put first, by a copy too; the newest order rules. */
	(void)about(KIND_BUNDLE_ORDERED, bundle, none,
	    "{'documents':['D-000003','D-000001']}");
	expect(bundle, 0, "D-000003 produce, D-000001 produce, "
	    "D-000002 produce");
	(void)about(KIND_BUNDLE_ORDERED, bundle, none,
	    "{'documents':['D-000001','D-000005']}");
	expect(bundle, 0, "D-000001 produce, D-000002 produce, "
	    "D-000003 produce");
}

static void
test_marks(void **state)
{
	struct buf row = BUF_INIT;
	uint64_t before;

	(void)state;
	(void)mark(mid, "{'as':'privileged'}");
	/* A mark on a copy is one on the set. */
	(void)mark(twin, "{'as':'received-in-error','reason':'theirs'}");
	expect(bundle, 0, "D-000002 undecided, D-000003 undecided, "
	    "D-000001 produce");
	assert_int_equal(ask_one(fill.store, &mid, 0, &row, &trouble), 1);
	assert_non_null(strstr(buf_str(&row), "\"marks\":[\"privileged\"]"));
	(void)decide(bundle, mid, "{'as':'withhold','basis':'litigation',"
	    "'description':'advice'}");
	(void)decide(bundle, early, "{'as':'produce'}");
	expect(bundle, 0, "D-000002 produce, D-000003 withhold, "
	    "D-000001 produce");
	/* A mark that is set later asks once more, but never opens. */
	before = mark(early, "{'as':'without-prejudice'}");
	(void)mark(mid, "{'as':'without-prejudice'}");
	expect(bundle, 0, "D-000002 undecided, D-000003 withhold, "
	    "D-000001 produce");
	/* ... also in a bundle as known before it. */
	expect(bundle, before - 1, "D-000002 undecided, D-000003 withhold, "
	    "D-000001 produce");
	(void)mark(early, "{'as':'without-prejudice','lifted':true}");
	(void)mark(twin, "{'as':'received-in-error','lifted':true}");
	expect(bundle, 0, "D-000002 produce, D-000003 withhold, "
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
	plan = plan_of(bundle, then, 0, 7);
	rows_of(plan, &was);
	plan_free(plan);
	more = letter("more", "2026-01-15");
	(void)file(more, kase);
	(void)entry(KIND_DOCUMENT_UNFILED, (struct names){ .client = client,
	    .kase = kase, .document = mid }, "{'filing':12,'how':'moved'}");
	(void)entry(KIND_DOCUMENT_CORRECTED, (struct names){ .document = late },
	    "{'field':'received','value':'2025-01-01'}");
	plan = plan_of(bundle, then, 0, 7);
	rows_of(plan, &is);
	plan_free(plan);
	assert_string_equal(buf_str(&is), buf_str(&was));
	expect(bundle, 0, "D-000001 produce, D-000002 produce, "
	    "D-000006 produce");
	/* What was decided stands at the entry that asked for a build. */
	(void)decide(bundle, late, "{'as':'leave-out','reason':'no'}");
	plan = plan_of(bundle, then, fill.last.seq - 1, 7);
	assert_int_equal(plan->count[TREAT_LEAVE_OUT], 0);
	plan_free(plan);
	fill_reopen(&fill, 1);
	buf_clear(&is);
	plan = plan_of(bundle, then, fill.last.seq - 1, 7);
	rows_of(plan, &is);
	plan_free(plan);
	assert_string_equal(buf_str(&is), buf_str(&was));
	buf_release(&was);
	buf_release(&is);
}

/* ---- numbers and supplements ------------------------------------------ */

static void
test_numbers(void **state)
{
	struct numbers numbers;
	struct plan *plan;
	struct id second, new;
	char both[900];

	(void)state;
	(void)decide(bundle, mid, "{'as':'withhold','basis':'litigation',"
	    "'description':'advice'}");
	(void)snprintf(both, sizeof(both), "%s%s%s",
	    line(early, "K1-0000001", "K1-0000002", "produce"),
	    line(mid, "", "", "withhold"),
	    line(late, "K1-0000003", "K1-0000004", "produce"));
	build(bundle, 1, both);
	plan = plan_of(bundle, 0, 0, 1);
	assert_int_equal(plan->next, 5);
	assert_string_equal(plan->item[0].numbered->first, "K1-0000001");
	assert_string_equal(plan->item[1].numbered->first, "");
	plan_free(plan);
	assert_int_equal(bundle_numbers(fill.store, &bundle, 1, &numbers,
	    &trouble), 1);
	assert_int_equal(numbers.n, 3);
	assert_string_equal(numbers_find(&numbers, &late)->last,
	    "K1-0000004");
	numbers_release(&numbers);
	assert_int_equal(bundle_numbers(fill.store, &bundle, 2, &numbers,
	    &trouble), 0);
	/* A supplement: what was produced is not; what was withheld stays. */
	second = open_bundle("{'prefix':'K1-','profile':'production',"
	    "'supplements':'B-0001'}");
	new = letter("new", "2026-01-02");
	(void)file(new, kase);
	expect(second, 0, "D-000002 produced-before, D-000006 produce, "
	    "D-000003 withhold, D-000001 produced-before");
	plan = plan_of(second, 0, 0, 3);
	assert_int_equal(plan->next, 5);
	plan_free(plan);
	/* Unless it says so itself. */
	(void)decide(second, twin, "{'as':'produce'}");
	expect(second, 0, "D-000002 produce, D-000006 produce, "
	    "D-000003 withhold, D-000001 produced-before");
	/* What the supplement gave, the first bundle does not give again. */
	build(second, 1, line(new, "K1-0000005", "K1-0000009", "produce"));
	plan = plan_of(bundle, 0, 0, 3);
	assert_int_equal(plan->next, 10);
	assert_true(id_equal(&plan->bundle.continued, &second));
	plan_free(plan);
}

/* Numbers stay with the bytes; what is decided of a copy counts. */
static void
test_sets(void **state)
{
	struct plan *plan;

	(void)state;
	/* Not filed here, but of the set: it was left out by its number. */
	(void)entry(KIND_DOCUMENT_UNFILED, (struct names){ .client = client,
	    .kase = kase, .document = early }, "{'filing':11,'how':'moved'}");
	expect(bundle, 0, "D-000005 produce, D-000003 produce, "
	    "D-000001 produce");
	(void)decide(bundle, early, "{'as':'leave-out','reason':'no'}");
	expect(bundle, 0, "D-000005 leave-out, D-000003 produce, "
	    "D-000001 produce");
	(void)decide(bundle, twin, "{'as':'produce'}");
	expect(bundle, 0, "D-000005 produce, D-000003 produce, "
	    "D-000001 produce");
	build(bundle, 1, line(twin, "K1-0000001", "K1-0000002", "produce"));
	(void)file(early, kase);
	plan = plan_of(bundle, 0, 0, 2);
	assert_int_equal(plan->n, 3);
	for (size_t i = 0; i < plan->n; i++) {
		assert_false(id_equal(&plan->item[i].document, &early));
		if (!id_equal(&plan->item[i].document, &twin))
			continue;
		assert_int_equal(plan->item[i].ncopies, 1);
		assert_true(id_equal(&plan->item[i].copy[0], &early));
		assert_string_equal(plan->item[i].numbered->first,
		    "K1-0000001");
	}
	assert_int_equal(plan->napart, 0);
	plan_free(plan);
}

static void
test_bad_numbers(void **state)
{
	struct plan *plan;
	int got;

	(void)state;
	build(bundle, 1, "{\"document\":\"D-000001\",\"pages\":1,"
	    "\"treatment\":\"produce\"}\n");
	plan = plan_new(fill.store, &bundle, 0, 0, &trouble);
	assert_non_null(plan);
	while ((got = plan_more(plan, 9, &trouble)) == 1)
		;
	assert_int_equal(got, -1);	/* numbers might be given twice */
	plan_free(plan);
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
	(void)about(KIND_BUNDLE_ASKED, bundle, none,
	    "{'build':1,'position':7}");
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 1);
	assert_int_equal(job[0].build, 1);
	assert_int_equal(job[0].asked, fill.last.seq);
	fill_reopen(&fill, 1);
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 1);
	(void)about(KIND_BUNDLE_FAILED, bundle, none,
	    "{'build':1,'reason':'no room'}");
	/* A build ends once. */
	(void)about(KIND_BUNDLE_FAILED, bundle, none,
	    "{'build':1,'reason':'again'}");
	assert_int_equal(bundle_jobs(fill.store, job, 4, &trouble), 0);
	assert_int_equal(bundle_build(fill.store, &bundle, 1, &b, &trouble),
	    1);
	assert_int_equal(b.state, BUILD_FAILED);
	assert_int_equal(b.position, 7);
	assert_string_equal(b.reason, "no room");
	assert_int_equal(bundle_build(fill.store, &bundle, 0, &b, &trouble),
	    0);
	build(bundle, 2, "");
	assert_int_equal(bundle_build(fill.store, &bundle, 0, &b, &trouble),
	    1);
	assert_int_equal(b.build, 2);
	assert_int_equal(bundle_get(fill.store, &bundle, &got, &trouble), 1);
	assert_int_equal(got.builds, 2);
	assert_int_equal(got.version, fill.last.seq);
	assert_true(id_equal(&got.of, &kase));
	assert_int_equal(bundle_row(fill.store, &bundle, &row, &trouble), 1);
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

static void
test_list(void **state)
{
	struct ask_query q = { .what = ASK_BUNDLES, .as_was = WHEN_NONE,
	    .since = WHEN_NONE, .until = WHEN_NONE };
	struct buf rows = BUF_INIT;
	uint64_t one = fill.last.seq;
	struct ask *ask;

	(void)state;
	(void)entry(KIND_BUNDLE_OPENED, (struct names){ .client = client },
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

/* ---- loose ends -------------------------------------------------------- */

static struct id judged;

static int
judge(void *arg, const struct bundle *b, const struct id *document,
    struct loose_touch *touch_r)
{
	unsigned *asked = arg;

	assert_true(id_equal(&b->id, &bundle));
	++*asked;
	if (!id_equal(document, &judged))
		return 0;
	touch_r->why = LOOSE_PARTY;
	(void)snprintf(touch_r->word, sizeof(touch_r->word), "a@b.example");
	return 1;
}

/* The rows as "D-000006 waiting aside?, ..." */
static void
expect_loose(uint64_t position, const char *want)
{
	for (unsigned max = 1; max < 9; max += 7) {
		unsigned asked = 0, n = 0, some = 0;
		struct buf is = BUF_INIT;
		struct loose *loose = loose_new(fill.store, &bundle, position,
		    0, judge, &asked, &trouble);
		int got;

		assert_non_null(loose);
		do {
			struct buf row = BUF_INIT;
			const char *p;

			got = loose_more(loose, max, &row, &n, &trouble);
			assert_int_not_equal(got, -1);
			p = n > 0 ? buf_str(&row) : NULL;
			while (p != NULL && (p = strstr(p,
			    "\"document\":\"")) != NULL) {
				buf_adds(&is, some++ > 0 ? ", " : "");
				buf_add(&is, p + 12, 8);
				p = strstr(p, "\"why\":\"") + 7;
				buf_addc(&is, ' ');
				buf_add(&is, p, strcspn(p, "\""));
			}
			buf_release(&row);
		} while (got == 1);
		assert_string_equal(buf_str(&is), want);
		buf_release(&is);
		loose_free(loose);
	}
}

static void
test_loose(void **state)
{
	uint64_t before = fill.last.seq;
	struct names of = { .bundle = none };
	struct id a, b, c, d;
	struct plan *plan;

	(void)state;
	expect_loose(0, "");
	a = letter("a", "2026-05-01");
	b = letter("b", "2026-05-01");
	c = letter("c", "2026-05-01");
	d = letter("d", "2026-05-01");
	expect_loose(0, "D-000006 waiting, D-000007 waiting, "
	    "D-000008 waiting, D-000009 waiting");
	of.document = a;
	(void)entry(KIND_DOCUMENT_TRIAGED, of, "{'suggestions':[{'case':"
	    "'K-2026-0001','certainty':'weak','client':'C-0001',"
	    "'rule':'r','title':'t','words':[]}]}");
	of.document = b;
	(void)entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'private'}");
	of.document = c;
	(void)entry(KIND_DOCUMENT_TRIAGED, of, "{'suggestions':[]}");
	of.document = d;
	(void)entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'spam'}");
	judged = b;
	expect_loose(0, "D-000006 suggested, D-000007 party");
	/* What is captured later is none of an earlier position. */
	expect_loose(before, "");
	/* Suggested once, then set aside: still one. */
	of.document = a;
	(void)entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'private'}");
	expect_loose(0, "D-000006 suggested, D-000007 party");
	/* A copy of what is filed is none; a set is told of by its head. */
	of.document = c;
	(void)entry(KIND_DOCUMENT_LINKED, of,
	    "{'as':'copy-of','other':'D-000007','why':'person'}");
	judged = c;
	expect_loose(0, "D-000006 suggested");
	judged = b;
	(void)decide(bundle, b, "{'as':'leave-out','reason':'hers'}");
	expect_loose(0, "D-000006 suggested");
	(void)file(a, other);
	expect_loose(0, "");
	plan = plan_of(bundle, 0, 0, 5);
	assert_int_equal(plan->napart, 1);
	assert_true(id_equal(&plan->apart[0].document, &b));
	assert_string_equal(plan->apart[0].reason, "hers");
	plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
		T(test_order), T(test_marks), T(test_as_known),
		T(test_numbers), T(test_sets), T(test_bad_numbers), T(test_builds),
		T(test_list), T(test_loose),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
