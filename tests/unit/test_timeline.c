/* SPDX-License-Identifier: ISC */
/*
 * Unit tests of the timeline against a plain reckoning: notes and facts at
 * times from a fixed generator in two cases of one client; order, gaps,
 * windows and slices must be what a list sorted in memory gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/ask.h"
#include "tests/unit/fill.h"

#define EVENTS 160
#define ROWS_MAX (4 * EVENTS)

struct event {
	int64_t		at;
	uint64_t	seq;
	unsigned	column;
	int		contact;
};

/* What a row of the timeline comes to. */
struct told {
	int64_t		at, until;
	uint64_t	seq;		/* 0: a gap */
	unsigned	column;
};

static struct fill fill;
static struct id client, kase[2];
static struct event event[EVENTS];
static uint32_t seed = 7;

static unsigned
draw(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
add_note(struct event *e, const char *at)
{
	struct names names = { .client = client, .kase = kase[e->column] };
	char bytes[32], front[256];

	(void)snprintf(bytes, sizeof(bytes), "note %u", draw(1u << 24));
	(void)snprintf(front, sizeof(front), "'channel':'note','kind':'call',"
	    "'note':{'at':'%s','direction':'%s','text':'x','type':'call'},",
	    at, e->contact ? "in" : "internal");
	names.document = fill_document(&fill, bytes, "api", front, "");
	e->seq = fill.last.seq;
	(void)fill_entry(&fill, KIND_DOCUMENT_FILED, &names,
	    "{'certainty':'person','main':true}");
}

static int
begin(void **state)
{
	struct names names = { 0 };

	(void)state;
	fill_begin(&fill);
	(void)fill_entry(&fill, KIND_CLIENT_ADDED, &names, "{'name':'C'}");
	client = names.client = fill.last.number;
	for (unsigned i = 0; i < 2; i++) {
		(void)fill_entry(&fill, KIND_CASE_OPENED, &names,
		    "{'opened':'1990-01-01','title':'T'}");
		kase[i] = fill.last.number;
	}
	for (unsigned i = 0; i < EVENTS; i++) {
		struct event *e = &event[i];
		char at[WHEN_TEXT_MAX], body[128];

		/* Some days hold much, some years nothing. */
		e->at = (int64_t)(draw(40) * draw(40) + 9000) * WHEN_DAY;
		e->column = draw(2);
		e->contact = draw(4) > 0;
		(void)when_short(e->at, at);
		if (draw(5) > 0) {
			add_note(e, at);
			continue;
		}
		e->contact = 0;
		names.kase = kase[e->column];
		(void)snprintf(body, sizeof(body),
		    "{'from':'%s','name':'note','value':'v'}", at);
		e->seq = fill_entry(&fill, KIND_FACT_STATED, &names, body);
	}
	return 0;
}

static int
over(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

/* ---- the plain reckoning ---------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) :
	    x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The event's gap, if the next contact of its column is too far away. */
static int
gap_of(unsigned i, int64_t *until_r)
{
	for (unsigned k = i + 1; k < EVENTS; k++) {
		if (!event[k].contact || event[k].column != event[i].column)
			continue;
		*until_r = event[k].at;
		return (event[k].at - event[i].at) / WHEN_DAY > 30;
	}
	return 0;
}

/*
 * Gaps that reach into the window from before it, the earlier one first, then
 * by column: there is one a column.
 */
static unsigned
reckon_before(int64_t since, struct told *told)
{
	unsigned n = 0;

	for (unsigned i = 0; i < EVENTS && event[i].at < since; i++) {
		struct told gap = { .at = event[i].at,
		    .column = event[i].column };

		if (event[i].contact && gap_of(i, &gap.until) &&
		    gap.until >= since)
			told[n++] = gap;
	}
	if (n == 2 && told[0].at == told[1].at && told[0].column == 1) {
		told[2] = told[0];
		told[0] = told[1];
		told[1] = told[2];
	}
	return n;
}

static unsigned
reckon(int64_t since, int64_t until, struct told *told)
{
	unsigned n = since == WHEN_NONE ? 0 : reckon_before(since, told);

	for (unsigned i = 0; i < EVENTS; i++) {
		struct told row = { .at = event[i].at, .seq = event[i].seq,
		    .column = event[i].column };

		if ((since != WHEN_NONE && event[i].at < since) ||
		    (until != WHEN_NONE && event[i].at > until))
			continue;
		told[n++] = row;
		row.seq = 0;
		if (event[i].contact && gap_of(i, &row.until))
			told[n++] = row;
	}
	return n;
}

/* ---- what the timeline says ------------------------------------------- */

static unsigned
ask(int64_t since, int64_t until, unsigned max, struct told *told)
{
	struct ask_query q = { .of = { kase[0], kase[1] }, .nof = 2,
	    .as_was = WHEN_NONE, .since = since, .until = until };
	struct trouble trouble;
	struct timeline *t = timeline_open(fill.store, &q, &trouble);
	struct row rows[64];
	unsigned n = 0;
	int got;

	assert_non_null(t);
	while ((got = timeline_next(t, rows, max, &trouble)) > 0)
		for (int i = 0; i < got; i++) {
			const struct row *row = &rows[i];

			if (!row->gap && (row->kind == KIND_CASE_OPENED ||
			    row->kind == KIND_CLIENT_ADDED))
				continue;
			assert_true(n < ROWS_MAX);
			told[n++] = (struct told){ .at = row->at,
			    .until = row->gap ? row->gap_until : 0,
			    .seq = row->gap ? 0 : row->seqs[0],
			    .column = !id_equal(&row->column, &kase[0]) };
		}
	assert_int_equal(got, 0);
	timeline_free(t);
	return n;
}

static void
compare(int64_t since, int64_t until, unsigned max)
{
	static struct told want[ROWS_MAX], have[ROWS_MAX];
	unsigned n = reckon(since, until, want);

	assert_int_equal(ask(since, until, max, have), n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(have[i].at, want[i].at);
		assert_int_equal(have[i].seq, want[i].seq);
		assert_int_equal(have[i].column, want[i].column);
		if (want[i].seq == 0)
			assert_int_equal(have[i].until, want[i].until);
	}
}

static void
test_whole(void **state)
{
	(void)state;
	qsort(event, EVENTS, sizeof(event[0]), by_time);
	for (unsigned max = 1; max <= 64; max = max * 3 + 1)
		compare(WHEN_NONE, WHEN_NONE, max);
}

static void
test_windows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		int64_t since = event[draw(EVENTS)].at + (int64_t)draw(3) *
		    WHEN_DAY - WHEN_DAY;
		int64_t until = event[draw(EVENTS)].at;

		compare(since, WHEN_NONE, 1 + draw(20));
		compare(WHEN_NONE, until, 1 + draw(20));
		if (since <= until)
			compare(since, until, 1 + draw(20));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_windows),
	};

	return cmocka_run_group_tests(tests, begin, over);
}
