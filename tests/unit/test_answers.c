/* SPDX-License-Identifier: ISC */
/*
 * Unit tests of single answers of store/ask: what stands in which row, the
 * two axes, columns, lanes and gaps of the timeline, what filing looks up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/known.h"
#include "tests/unit/story.h"

/* ---- single answers --------------------------------------------------- */

static void
has(const struct buf *text, const char *piece)
{
	struct buf copied = BUF_INIT;
	const char *p;

	buf_adds(&copied, piece);
	for (size_t i = 0; i < copied.len; i++)
		if (copied.data[i] == '\'')
			copied.data[i] = '"';
	p = strstr((const char *)text->data, buf_str(&copied));
	if (p == NULL)
		fail_msg("no %s in\n%s", buf_str(&copied),
		    (const char *)text->data);
	buf_release(&copied);
}

static void
test_document(void **state)
{
	struct buf text = BUF_INIT;
	struct trouble trouble;
	struct id none = { ID_DOCUMENT, 0, 0, 999 };
	uint8_t sha256[LOG_HASH_LEN];
	struct loc loc;
	uint64_t size;

	(void)state;
	story_one(&mail, 0, &text);
	(void)buf_str(&text);
	has(&text, "'arrivals':3,");
	has(&text, "'case':'K-2026-0001'");
	has(&text, "'client':'C-0001'");
	has(&text, "'copies':['D-000002']");
	has(&text, "'direction':'in'");
	has(&text, "'happened_from':'envelope'");
	has(&text, "'reading':{'date':");
	has(&text, "'received':{'channel':'email'");
	has(&text, "'subject':'Re: the lease'");
	buf_clear(&text);
	story_one(&copy, 0, &text);
	(void)buf_str(&text);
	has(&text, "'copy_of':'D-000001'");
	buf_clear(&text);
	story_one(&letter, 0, &text);
	(void)buf_str(&text);
	has(&text, "'happened_at':'2025-05-05T00:00:00.000000Z'");
	has(&text, "'happened_precision':'date'");
	has(&text, "'corrections':[{'actor':'uid:1000'");
	has(&text, "'received':'2025-05-04'");
	has(&text, "'written_at':'2025-05-02T00:00:00.000000Z'");
	assert_int_equal(ask_blob(fill.store, &letter, &loc, sha256, &size,
	    &trouble), 1);
	assert_int_equal(size, 15);
	assert_int_equal(ask_blob(fill.store, &none, &loc, sha256, &size,
	    &trouble), 0);
	buf_clear(&text);
	assert_int_equal(ask_one(fill.store, &none, 0, &text, &trouble), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(ask_why(fill.store, &none, &text, &trouble), 0);
	assert_int_equal(ask_receipts(fill.store, &none, &text, &trouble), 0);
	buf_release(&text);
}

static void
test_record(void **state)
{
	struct buf text = BUF_INIT;
	struct ask_query q;
	struct when when;

	(void)state;
	story_one(&p1, 0, &text);
	(void)buf_str(&text);
	has(&text, "'addresses':['2 New Road']");
	has(&text, "'clients':['C-0001']");
	has(&text, "'name':'Anna Example'");
	buf_clear(&text);
	story_one(&k1, 0, &text);
	(void)buf_str(&text);
	has(&text, "'client_name':'Anna Example'");
	has(&text, "'handlers':['S-01']");
	has(&text, "'links':[{'as':'related','case':'K-2026-0002'}]");
	has(&text, "'opened_at':'2025-01-10T00:00:00.000000Z'");
	has(&text, "'status':'open'");
	has(&text, "'waiting':1}");
	buf_clear(&text);
	story_one(&c1, 0, &text);
	(void)buf_str(&text);
	has(&text, "'cases':3,'contacts':['P-0001']");
	buf_clear(&text);
	q = story_query(ASK_FACTS, &p1, 0);
	(void)story_rows(&q, 100, &text);
	(void)buf_str(&text);
	has(&text, "'until':'2025-08-01','value':'1 Old Street'");
	/* The two axes. */
	assert_int_equal(when_parse("2025-07-31", 10, &when), 0);
	q.as_was = when.at;
	buf_clear(&text);
	(void)story_rows(&q, 100, &text);
	(void)buf_str(&text);
	has(&text, "1 Old Street");
	assert_null(strstr(buf_str(&text), "2 New Road"));
	q.as_was = when.at + WHEN_DAY;
	buf_clear(&text);
	(void)story_rows(&q, 100, &text);
	assert_null(strstr(buf_str(&text), "1 Old Street"));
	assert_non_null(strstr(buf_str(&text), "2 New Road"));
	q.as_known = address;
	buf_clear(&text);
	(void)story_rows(&q, 100, &text);
	assert_non_null(strstr(buf_str(&text), "1 Old Street"));
	buf_release(&text);
}

static void
test_lists(void **state)
{
	struct buf text = BUF_INIT;
	struct ask_query q = story_query(ASK_DOCUMENTS, NULL, 0);

	(void)state;
	assert_int_equal(story_rows(&q, 100, &text), 7);
	q.copies = 1;
	assert_int_equal(story_rows(&q, 100, &text), 8);
	q = story_query(ASK_DOCUMENTS, &k1, 0);
	assert_int_equal(story_rows(&q, 100, &text), 3);
	q = story_query(ASK_DOCUMENTS, &c1, 0);
	assert_int_equal(story_rows(&q, 100, &text), 4);	/* each once */
	q = story_query(ASK_CASES, &c1, 0);
	assert_int_equal(story_rows(&q, 100, &text), 3);	/* with c2's */
	q = story_query(ASK_CASES, &c2, 0);
	assert_int_equal(story_rows(&q, 100, &text), 1);
	q = story_query(ASK_FILED, NULL, 0);
	assert_int_equal(story_rows(&q, 100, &text), 6);
	q.rule = "folder";
	assert_int_equal(story_rows(&q, 100, &text), 1);
	q.rule = NULL;
	q.from_seq = last_step;
	assert_int_equal(story_rows(&q, 100, &text), 0);
	q = story_query(ASK_ENTRIES, NULL, 0);
	assert_int_equal(story_rows(&q, 7, &text), last_step);
	q.from_seq = 10;
	assert_int_equal(story_rows(&q, 7, &text), last_step - 9);
	q.as_known = 12;
	assert_int_equal(story_rows(&q, 7, &text), 3);
	buf_clear(&text);
	q = story_query(ASK_TRIAGE, NULL, 0);
	/* What waits, and the junk that was restored. */
	assert_int_equal(story_rows(&q, 100, &text), 2);
	(void)buf_str(&text);
	has(&text, "'case_title':'Lease dispute','certainty':'weak'");
	has(&text, "'client_name':'Example Trading Ltd'");
	has(&text, "'waiting_days':0");
	q.today = INT64_C(4102444800) * WHEN_SECOND;	/* 2100 */
	buf_clear(&text);
	(void)story_rows(&q, 100, &text);
	assert_null(strstr(buf_str(&text), "\"waiting_days\":0"));
	buf_release(&text);
}

/* ---- the timeline ----------------------------------------------------- */

static void
test_timeline(void **state)
{
	struct buf text = BUF_INIT, other = BUF_INIT;
	struct ask_query q = story_query(ASK_DOCUMENTS, &k1, 0);
	struct when when;
	unsigned n, k;

	(void)state;
	n = story_timeline(&q, 100, &text);
	(void)buf_str(&text);
	has(&text, "'waiting':1");
	has(&text, "'title':'Lease dispute'");
	/* Copies are folded into one row with all arrivals. */
	has(&text, "'document':'D-000001','document_kind':'mail',");
	assert_null(strstr(buf_str(&text),
	    "\"document\":\"D-000002\",\"document_kind\""));
	has(&text, "'channel':'email','document':'D-000002','seq':");
	/* Letter of May, call of June, mail of now; what lies between. */
	has(&text, "'at':'2025-05-05T00:00:00.000000Z','column':'K-2026-0001',"
	    "'gap_days':46,");
	has(&text, "'at':'2025-06-20T10:15:00.000000Z','column':'K-2026-0001',"
	    "'gap_days':");
	has(&text, "'time_from':'note'");
	has(&text, "2 New Road");
	has(&text, "'args':['Anna Example','key-contact']");
	/* Slices of any size give the same. */
	for (unsigned max = 1; max < 4; max++) {
		buf_clear(&other);
		assert_int_equal(story_timeline(&q, max, &other), n);
		assert_string_equal(buf_str(&other), buf_str(&text));
	}
	/* One lane: fewer rows, and the gap is the one that it was. */
	q.lanes = 1u << LANE_CALL;
	buf_clear(&other);
	k = story_timeline(&q, 100, &other);
	assert_true(k < n);
	(void)buf_str(&other);
	has(&other, "'gap_days':46,");
	assert_null(strstr(buf_str(&other), "Notice to quit"));
	q.lanes = 1u << LANE_RECORD;
	buf_clear(&other);
	(void)story_timeline(&q, 100, &other);
	assert_null(strstr(buf_str(&other), "gap_days"));
	/* A window: the gap that reaches into it stands first. */
	q.lanes = 0;
	assert_int_equal(when_parse("2025-06-01", 10, &when), 0);
	q.since = when.at;
	assert_int_equal(when_parse("2025-06-30", 10, &when), 0);
	q.until = when.at;
	buf_clear(&other);
	k = story_timeline(&q, 100, &other);
	(void)buf_str(&other);
	assert_int_equal(k, 3);		/* gap, call, gap */
	has(&other, "'gap_days':46,");
	has(&other, "deposit");
	buf_release(&text);
	buf_release(&other);
}

static void
test_as_was(void **state)
{
	struct buf text = BUF_INIT;
	struct ask_query q = story_query(ASK_DOCUMENTS, &k1, 0);
	struct when when;

	(void)state;
	assert_int_equal(when_parse("2025-08-15", 10, &when), 0);
	q.as_was = when.at;
	(void)story_timeline(&q, 100, &text);
	(void)buf_str(&text);
	has(&text, "2 New Road");
	has(&text, "deposit");
	assert_null(strstr(buf_str(&text), "\"1 Old Street\",\"address\""));
	assert_null(strstr(buf_str(&text), "Re: the lease"));
	buf_clear(&text);
	assert_int_equal(when_parse("2025-07-15", 10, &when), 0);
	q.as_was = when.at;
	(void)story_timeline(&q, 100, &text);
	(void)buf_str(&text);
	has(&text, "1 Old Street");
	assert_null(strstr(buf_str(&text), "2 New Road"));
	buf_release(&text);
}

static void
test_columns(void **state)
{
	struct buf text = BUF_INIT;
	struct ask_query q = story_query(ASK_DOCUMENTS, &k1, 0);
	struct trouble trouble;
	struct timeline *t;
	const struct rows_head *head;
	const char *first, *p;
	unsigned n = 0;

	(void)state;
	q.of[1] = k2;
	q.of[2] = k1;			/* asked for twice */
	q.nof = 3;
	assert_non_null(t = timeline_open(fill.store, &q, &trouble));
	head = timeline_head(t);
	assert_int_equal(head->ncolumns, 2);
	assert_string_equal(head->columns[1].title, "Will");
	assert_string_equal(head->columns[1].client_name, "Anna Example");
	assert_int_equal(head->waiting, 1);
	timeline_free(t);
	(void)story_timeline(&q, 2, &text);
	/* The call is filed in both; her address belongs to the first alone. */
	for (p = buf_str(&text); (p = strstr(p, "Asked about the deposit\",\"of"
	    )) != NULL; p++)
		n++;
	for (p = buf_str(&text), n = 0; (p = strstr(p, "\"lane\":\"call\"")) !=
	    NULL; p++)
		n++;
	assert_int_equal(n, 2);
	first = strstr(buf_str(&text), "[\"2 New Road\"");
	assert_non_null(first);
	assert_null(strstr(first + 1, "[\"2 New Road\""));
	/* A client: what is filed in two of its cases is one row. */
	q.of[0] = c1;
	q.nof = 1;
	buf_clear(&text);
	(void)story_timeline(&q, 100, &text);
	for (p = buf_str(&text), n = 0; (p = strstr(p, "\"lane\":\"call\"")) !=
	    NULL; p++)
		n++;
	assert_int_equal(n, 1);
	has(&text, "'case':'K-2026-0002','column':'C-0001'");
	buf_release(&text);
}

/* ---- known ------------------------------------------------------------ */

static void
test_known(void **state)
{
	struct known_party party_r[KNOWN_MAX];
	struct known_thread thread[KNOWN_MAX];
	struct known_filing filing[KNOWN_MAX];
	struct known_case kase;
	struct id found, ids[KNOWN_MAX];
	int open[KNOWN_MAX];
	char hash[65];

	(void)state;
	assert_int_equal(known_address(fill.store, "ANNA@example.ORG",
	    party_r), 1);
	assert_true(id_equal(&party_r[0].contact, &p1));
	assert_true(id_equal(&party_r[0].client, &c1));
	assert_int_equal(party_r[0].kase.kind, ID_NONE);
	assert_string_equal(party_r[0].role, "key-contact");
	assert_int_equal(known_address(fill.store, "nobody@x", party_r), 0);
	assert_int_equal(known_number(fill.store, "+442079460000", party_r),
	    1);
	assert_true(known_name(fill.store, "anna  example", party_r) >= 1);
	/* Ended: of no case any more, and still known. */
	assert_int_equal(known_address(fill.store, "office@landlord.example",
	    party_r), 1);
	assert_int_equal(party_r[0].client.kind, ID_NONE);
	assert_true(known_message(fill.store, "a@x", thread) >= 1);
	assert_true(id_equal(&thread[0].kase, &k1));
	assert_int_equal(thread[0].open, 1);
	assert_string_equal(thread[0].subject, "the lease");
	assert_int_equal(known_message(fill.store, "b@x", thread), 0);
	assert_int_equal(known_case(fill.store, &k1, &kase), 1);
	assert_string_equal(kase.title, "Lease dispute");
	assert_string_equal(kase.client_name, "Anna Example");
	assert_int_equal(known_client(fill.store, &c1, &kase), 1);
	assert_int_equal(known_cases(fill.store, &c1, ids, open), 3);
	assert_int_equal(known_reference(fill.store, "ab/12", &found), 1);
	assert_true(id_equal(&found, &k1));
	assert_int_equal(known_reference(fill.store, "none", &found), 0);
	assert_int_equal(known_exists(fill.store, &p2), 1);
	assert_int_equal(known_filings(fill.store, &call, filing), 2);
	assert_true(filing[0].main != filing[1].main);
	assert_string_equal(known_state(fill.store, &mail), "filed");
	assert_string_equal(known_state(fill.store, &waits), "triage");
	assert_string_equal(known_state(fill.store, &filler), "new");
	assert_int_equal(known_staff(fill.store, "vera", &found), 1);
	assert_true(id_equal(&found, &s1));
	assert_int_equal(known_staff(fill.store, "mallory", &found), 0);
	assert_int_equal(known_rules(fill.store, hash), 1);
	assert_int_equal(strlen(hash), 64);
}

static void
test_work(void **state)
{
	struct known_work work[16];
	struct buf text = BUF_INIT;
	int n;

	(void)state;
	n = known_unread(fill.store, &(struct id){ 0 }, work, 16);
	assert_true(n >= 3);
	for (int i = 1; i < n; i++)
		assert_true(work[i - 1].document.number <
		    work[i].document.number);
	assert_true(id_equal(&work[n - 1].document, &filler));
	assert_string_equal(work[n - 1].channel, "web");
	assert_int_equal(known_unread(fill.store, &filler, work, 16), 1);
	assert_int_equal(known_unread(fill.store, &(struct id){ 0 }, work, 2),
	    2);
	assert_int_equal(known_document(fill.store, &mail, &text), 1);
	(void)buf_str(&text);
	has(&text, "'reading':{'date':");
	has(&text, "'received':{'channel':'email'");
	buf_clear(&text);
	assert_int_equal(known_document(fill.store, &waits, &text), 1);
	(void)buf_str(&text);
	has(&text, "'reading':null");
	buf_clear(&text);
	assert_int_equal(known_commitments(fill.store, &mail, &text), 0);
	assert_int_equal(text.len, 1 + 3 * 67);	/* two arrivals, a reading */
	buf_release(&text);
}

static int
begin(void **state)
{
	(void)state;
	story_begin(NULL);
	return 0;
}

static int
over(void **state)
{
	(void)state;
	story_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_as_was),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_work),
	};

	return cmocka_run_group_tests(tests, begin, over);
}
