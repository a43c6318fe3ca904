/* SPDX-License-Identifier: ISC */
/*
 * Unit tests of store/ask as a whole, over a store that was filled through
 * the real log: what is answered at a position stays answered so, from the
 * same views and from views made anew; lists go on behind any row; rows have
 * the members that rows.txt says.
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
#include "tests/unit/story.h"

#define STEPS_MAX 100

static struct buf then[STEPS_MAX];
static uint64_t first_step;

/* Every question at a position. */
static void
everything(uint64_t position, unsigned max, struct buf *out)
{
	static const enum ask_what whole[] = { ASK_DOCUMENTS, ASK_CLIENTS,
	    ASK_CASES, ASK_CONTACTS, ASK_STAFF, ASK_TRIAGE, ASK_ASIDE,
	    ASK_FILED, ASK_REFUSED, ASK_ENTRIES };
	const struct id *const things[] = { &c1, &c2, &k1, &k2, &k3, &p1, &p2,
	    &s1, &mail, &copy, &letter, &call, &fax, &waits, &junk };
	struct ask_query q;

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		q = story_query(whole[i], NULL, position);
		(void)story_rows(&q, max, out);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		const struct id *id = things[i];

		if (id->kind == ID_NONE)
			continue;
		story_one(id, position, out);
		q = story_query(ASK_FACTS, id, position);
		(void)story_rows(&q, max, out);
		if (id->kind != ID_CLIENT && id->kind != ID_CASE)
			continue;
		q = story_query(ASK_PARTIES, id, position);
		(void)story_rows(&q, max, out);
		q = story_query(ASK_DOCUMENTS, id, position);
		(void)story_rows(&q, max, out);
		q = story_query(ASK_CASES, id, position);
		(void)story_rows(&q, max, out);
		q.of[1] = id->kind == ID_CLIENT ? k1 : c1;
		q.nof = 2;
		(void)story_timeline(&q, max, out);
	}
	assert_false(buf_failed(out));
}

/* ---- what must hold --------------------------------------------------- */

static void
step(uint64_t seq)
{
	assert_true(seq < STEPS_MAX);
	if (first_step == 0)
		first_step = seq;
	everything(seq, 50, &then[seq]);
}

static int
begin(void **state)
{
	(void)state;
	story_begin(step);
	return 0;
}

static int
over(void **state)
{
	(void)state;
	for (size_t i = 0; i < STEPS_MAX; i++)
		buf_release(&then[i]);
	story_end();
	return 0;
}

/*
 * Ids that a later step gave are asked for now and were not then; what
 * everything() gives for them is left out by asking as it was asked then.
 */
static void
same_as_then(uint64_t seq, unsigned max)
{
	struct id *const all[] = { &c1, &c2, &k1, &k2, &k3, &p1, &p2, &s1,
	    &mail, &copy, &letter, &call, &fax, &waits, &junk };
	struct id kept[sizeof(all) / sizeof(all[0])];
	struct buf now = BUF_INIT, one = BUF_INIT;
	struct trouble trouble;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		kept[i] = *all[i];
		if (kept[i].kind == ID_NONE)
			continue;
		buf_clear(&one);
		if (ask_one(fill.store, &kept[i], seq, &one, &trouble) == 0)
			*all[i] = (struct id){ 0 };
	}
	everything(seq, max, &now);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = kept[i];
	if (now.len != then[seq].len ||
	    memcmp(now.data, then[seq].data, now.len) != 0) {
		(void)fprintf(stderr, "then: %s\nnow: %s\n",
		    buf_str(&then[seq]), buf_str(&now));
		fail_msg("entry %llu", (unsigned long long)seq);
	}
	buf_release(&now);
	buf_release(&one);
}

static void
test_then(void **state)
{
	(void)state;
	for (uint64_t seq = first_step; seq <= last_step; seq++)
		if (then[seq].len > 0)
			same_as_then(seq, 1 + (unsigned)(seq % 3));
}

static void
test_anew(void **state)
{
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct trouble trouble;

	(void)state;
	assert_int_equal(ask_status(fill.store, &before, &trouble), 0);
	fill_reopen(&fill, 1);
	assert_int_equal(ask_status(fill.store, &after, &trouble), 0);
	assert_string_equal(buf_str(&before), buf_str(&after));
	for (uint64_t seq = first_step; seq <= last_step; seq++)
		if (then[seq].len > 0)
			same_as_then(seq, 50);
	buf_release(&before);
	buf_release(&after);
}

/* One row a question, each behind the cursor of the one before. */
static void
resumed(const struct ask_query *q)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT, cursor = BUF_INIT;
	struct trouble trouble;
	unsigned n = story_rows(q, 100, &whole), k = 0;
	int got;

	buf_addc(&pieces, '[');
	do {
		struct ask *ask = ask_open(fill.store, q, &trouble);

		assert_non_null(ask);
		if (cursor.len > 0)
			assert_int_equal(ask_resume(ask, buf_str(&cursor)), 0);
		if (k > 0 && k < n)
			buf_addc(&pieces, ',');
		got = ask_next(ask, &pieces, 1, &trouble);
		assert_int_not_equal(got, -1);
		k += (unsigned)got;
		buf_clear(&cursor);
		ask_cursor(ask, &cursor);
		ask_free(ask);
	} while (got == 1);
	buf_addc(&pieces, ']');
	assert_int_equal(k, n);
	assert_string_equal(buf_str(&pieces), buf_str(&whole));
	buf_release(&whole);
	buf_release(&pieces);
	buf_release(&cursor);
}

static void
test_cursors(void **state)
{
	static const char *const bad[] = { "", "-", "x-", "0-", "5",
	    "99999999-", "5-00", "5-zz", "99999999999999999999999-" };
	struct ask_query q;
	struct trouble trouble;
	struct ask *ask;

	(void)state;
	for (int what = ASK_DOCUMENTS; what <= ASK_ENTRIES; what++) {
		q = story_query((enum ask_what)what, what == ASK_PARTIES ? &k1 :
		    what == ASK_FACTS ? &p1 : NULL, 0);
		resumed(&q);
	}
	q = story_query(ASK_DOCUMENTS, &c1, 0);
	resumed(&q);
	q = story_query(ASK_CASES, &c1, 0);
	resumed(&q);
	ask = ask_open(fill.store, &q, &trouble);
	assert_non_null(ask);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ask_resume(ask, bad[i]), -1);
	ask_free(ask);
}

/* ---- rows.txt --------------------------------------------------------- */

static char *rows_txt;

/*
 * The line of rows.txt that describes a row, from its first member on; lines
 * that go on are indented.
 */
static const char *
row_line(const char *name)
{
	char front[32];
	const char *p;

	(void)snprintf(front, sizeof(front), "\n%s ", name);
	assert_non_null(p = strstr(rows_txt, front));
	return p + strlen(front);
}

/* Is it a word of the row's description?  2: with a question mark. */
static int
described(const char *name, const char *member)
{
	const char *line = row_line(name), *end = line, *p;
	size_t n = strlen(member);

	do
		end = strchr(end, '\n') + 1;
	while (*end == ' ' && end[1] == ' ');
	for (p = line; (p = strstr(p, member)) != NULL && p < end; p++) {
		char before = p[-1], after = p[n];

		if ((before == ' ' || before == '\n') && (after == ' ' ||
		    after == ',' || after == '\n' || after == '?' ||
		    after == '['))
			return after == '?' ? 2 : 1;
	}
	return 0;
}

static void
check_members(const char *name, const struct buf *text)
{
	struct json json;
	uint32_t row, key;
	size_t len;

	assert_int_equal(json_parse(&json, (const char *)text->data,
	    text->len), 0);
	assert_int_not_equal(json_first(&json, 0), JSON_NONE);
	for (row = json_first(&json, 0); row != JSON_NONE;
	    row = json_after(&json, 0, row)) {
		for (key = json_first(&json, row); key != JSON_NONE;
		    key = json_after(&json, row, json_after(&json, row, key))) {
			const char *span = json_span(&json, key, &len);
			char member[40];

			(void)snprintf(member, sizeof(member), "%.*s",
			    (int)(len - 2), span + 1);
			if (described(name, member) == 0)
				fail_msg("%s: %s", name, member);
		}
	}
	json_release(&json);
}

static void
read_rows_txt(void)
{
	FILE *f = fopen("store/ask/rows.txt", "r");
	size_t cap = 65536, n;

	assert_non_null(f);
	rows_txt = calloc(1, cap);
	assert_non_null(rows_txt);
	n = fread(rows_txt, 1, cap - 1, f);
	assert_true(n > 0 && n < cap - 1);
	(void)fclose(f);
}

static void
test_members(void **state)
{
	static const struct {
		const char	*name;
		enum ask_what	what;
		const struct id	*of;
	} list[] = {
		{ "document", ASK_DOCUMENTS, NULL },
		{ "client", ASK_CLIENTS, NULL },
		{ "case", ASK_CASES, NULL },
		{ "contact", ASK_CONTACTS, NULL },
		{ "staff", ASK_STAFF, NULL },
		{ "party", ASK_PARTIES, &k1 },
		{ "fact", ASK_FACTS, &p1 },
		{ "triage", ASK_TRIAGE, NULL },
		{ "filed", ASK_FILED, NULL },
		{ "refused", ASK_REFUSED, NULL },
	};
	struct buf text = BUF_INIT;
	struct trouble trouble;

	(void)state;
	read_rows_txt();
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct ask_query q = story_query(list[i].what, list[i].of, 0);

		buf_clear(&text);
		assert_true(story_rows(&q, 100, &text) > 0);
		check_members(list[i].name, &text);
	}
	buf_clear(&text);
	buf_addc(&text, '[');
	assert_int_equal(ask_receipts(fill.store, &mail, &text, &trouble), 1);
	buf_addc(&text, ']');
	check_members("receipt", &text);
	assert_non_null(strstr(buf_str(&text), "{\"again\":true"));
	buf_clear(&text);
	buf_addc(&text, '[');
	assert_int_equal(ask_why(fill.store, &call, &text, &trouble), 1);
	buf_addc(&text, ']');
	check_members("why", &text);
	assert_non_null(strstr(buf_str(&text), "\"state\":\"withdrawn\""));
	buf_clear(&text);
	buf_addc(&text, '[');
	assert_int_equal(ask_status(fill.store, &text, &trouble), 0);
	buf_addc(&text, ']');
	check_members("status", &text);
	buf_release(&text);
	free(rows_txt);
}

/*
 * A question that was opened gives the rows of its position, whatever is
 * stated while they are read.
 */
static void
test_steady(void **state)
{
	struct ask_query list = story_query(ASK_DOCUMENTS, NULL, 0);
	struct ask_query line = story_query(ASK_DOCUMENTS, &k1, 0);
	struct buf before = BUF_INIT, during = BUF_INIT, rows = BUF_INIT;
	struct names names = { .client = c1, .document = letter, .kase = k2 };
	struct trouble trouble;
	struct timeline *t;
	struct ask *ask;
	struct row row;
	int got;

	(void)state;
	(void)story_rows(&list, 100, &before);
	(void)story_timeline(&line, 100, &before);
	assert_non_null(ask = ask_open(fill.store, &list, &trouble));
	assert_non_null(t = timeline_open(fill.store, &line, &trouble));
	buf_addc(&during, '[');
	rows_head_encode(&rows, timeline_head(t));
	for (unsigned n = 0;; n++) {
		size_t len = during.len;

		if (n > 0)
			buf_addc(&during, ',');
		if ((got = ask_next(ask, &during, 1, &trouble)) == 0) {
			during.len = len;
			break;
		}
		assert_int_equal(got, 1);
		if ((got = timeline_next(t, &row, 1, &trouble)) == 1) {
			buf_addc(&rows, '\n');
			row_encode(&rows, &row);
		}
		(void)fill_entry(&fill, KIND_DOCUMENT_FILED, &names,
		    "{'certainty':'person','main':false}");
		(void)fill_entry(&fill, KIND_DOCUMENT_CORRECTED, &names,
		    n % 2 ? "{'field':'received','value':'2025-05-07'}" :
		    "{'field':'received','value':'2025-07-07'}");
	}
	while ((got = timeline_next(t, &row, 1, &trouble)) == 1) {
		buf_addc(&rows, '\n');
		row_encode(&rows, &row);
	}
	assert_int_equal(got, 0);
	buf_addc(&during, ']');
	buf_add(&during, rows.data, rows.len);
	buf_addc(&during, '\n');
	assert_string_equal(buf_str(&during), buf_str(&before));
	ask_free(ask);
	timeline_free(t);
	buf_release(&before);
	buf_release(&during);
	buf_release(&rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_then),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_anew),
	};

	return cmocka_run_group_tests(tests, begin, over);
}
