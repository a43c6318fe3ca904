/* SPDX-License-Identifier: ISC */
/* rows: a row reads back what it wrote, and tells itself in two languages. */
#include "proto/out/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char whole[] = "{\"actor\":\"S-03\","
    "\"args\":[\"Lease \\\"x\\\"\",\"\",\"c\"],"
    "\"arrivals\":[{\"at\":\"2026-03-02T10:15:00.000000Z\","
    "\"chain\":\"0123456789abcdef\",\"channel\":\"email\","
    "\"document\":\"D-000201\",\"seq\":7},{\"at\":"
    "\"2026-03-03T10:15:00.000000Z\",\"document\":\"D-000202\",\"seq\":9}],"
    "\"asked\":\"2026-02-20\",\"at\":\"2026-03-02T10:14:00.000000Z\","
    "\"captured_at\":\"2026-03-02T10:15:00.000000Z\","
    "\"case\":\"K-2026-0031\",\"channel\":\"email\","
    "\"column\":\"C-0031\",\"delivery\":\"sent again\","
    "\"direction\":\"in\","
    "\"document\":\"D-000201\",\"document_kind\":\"mail\","
    "\"drift_s\":-60,\"fax_number\":\"+44 20\","
    "\"fax_pages\":3,\"fax_result\":\"ok\",\"from\":\"a@b\","
    "\"kind\":\"document.received\",\"lane\":\"email\","
    "\"machine\":true,\"message_id\":\"x@y\",\"minutes\":12,"
    "\"not_delivered\":[{\"at\":"
    "\"2026-03-02T10:20:00.000000Z\",\"document\":\"D-000203\","
    "\"recipient\":\"c@d\",\"status\":\"5.1.1\"},{\"at\":"
    "\"2026-03-02T10:21:00.000000Z\",\"document\":\"D-000204\"}],"
    "\"precision\":\"exact\",\"proofs\":[\"D-000205\",\"D-000206\"],"
    "\"reason\":\"moved\",\"sent_by\":\"post\",\"sentence\":\"x\",\"seqs\":[7,8,9],"
    "\"sha256\":\"00112233445566778899aabbccddeeff"
    "00112233445566778899aabbccddeeff\",\"size\":0,"
    "\"superseded_by\":9,\"supersedes\":3,"
    "\"time_from\":\"envelope\",\"title\":\"Lease\",\"to\":\"c@d\","
    "\"tracking\":\"RR 1\",\"type\":\"message/rfc822\","
    "\"written_at\":\"2026-03-01T00:00:00.000000Z\"}";
static const char least[] = "{\"at\":\"2026-03-02T00:00:00.000000Z\","
    "\"kind\":\"case.opened\",\"lane\":\"record\","
    "\"precision\":\"date\",\"time_from\":\"stated\"}";
static const char gap[] = "{\"at\":\"2026-03-02T00:00:00.000000Z\","
    "\"column\":\"C-0001\",\"gap_days\":43,"
    "\"gap_until\":\"2026-04-14T00:00:00.000000Z\",\"kind\":\"gap\"}";

static void
test_both_ways(void **state)
{
	static const char *const cases[] = { whole, least, gap };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf b = BUF_INIT;
		struct row r;

		assert_int_equal(row_decode(&r, cases[i], strlen(cases[i])),
		    0);
		row_encode(&b, &r);
		assert_string_equal(buf_str(&b), cases[i]);
		row_release(&r);
		row_release(&r);
		buf_release(&b);
	}
}

static void
test_refused(void **state)
{
	static const char *const cases[] = {
		"", "[]", "{}", "{\"kind\":\"gap\"}",
		"{\"at\":\"2026-03-02T00:00:00.000000Z\",\"kind\":\"x\"}",
		"{\"at\":\"2026-03-02T00:00:00.000000Z\",\"gap_days\":-1,"
		"\"kind\":\"gap\"}",
		"{\"at\":5,\"gap_days\":1,\"kind\":\"gap\"}",
		"{\"at\":\"2026-03-02T00:00:00.000000Z\",\"column\":\"X\","
		"\"gap_days\":1,\"kind\":\"gap\"}",
	};
	static const struct { const char *what, *with; } changes[] = {
		{ "\"in\"", "\"inn\"" }, { "[7,8,9]", "[7,\"8\"]" },
		{ "\"email\",\"machine\"", "\"e\",\"machine\"" },
		{ "\"exact\"", "\"exactly\"" }, { "\"envelope\"", "\"e\"" },
		{ "0123456789abcdef", "0123456789abcdef0" },
		{ "\"size\":0", "\"size\":-1" }, { "\"c\"]", "\"c\",\"d\"]" },
		{ "[\"Lease", "[1,\"Lease" }, { "\"seq\":9", "\"seq\":-9" },
		{ "\"direction\":\"in\",", "" }, { "D-000202", "D-0" },
		{ "\"drift_s\":-60", "\"drift_s\":\"6\"" },
		{ "\"minutes\":12", "\"minutes\":-1" },
		{ "D-000203", "D-0" }, { "\"D-000206\"", "7" }, { "\"a@b\"", "null" },
	};
	struct row r;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(row_decode(&r, cases[i], strlen(cases[i])),
		    -1);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		const char *at = strstr(whole, changes[i].what);
		struct buf b = BUF_INIT;

		assert_non_null(at);
		buf_add(&b, whole, (size_t)(at - whole));
		buf_adds(&b, changes[i].with);
		buf_adds(&b, at + strlen(changes[i].what));
		if (row_decode(&r, (char *)b.data, b.len) == 0)
			fail_msg("taken: %s", buf_str(&b));
		buf_release(&b);
	}
}

static void
told(const struct row *r, enum lang lang, const char *want)
{
	struct buf b = BUF_INIT;

	row_sentence(&b, r, lang);
	assert_string_equal(buf_str(&b), want);
	buf_release(&b);
}

static void
test_sentence(void **state)
{
	struct row r;

	(void)state;
	row_init(&r);
	r.kind = KIND_DOCUMENT_RECEIVED;
	r.lane = LANE_EMAIL;
	r.args[0] = "one\ntwo";
	told(&r, LANG_EN, "Email: one two");
	r.direction = DIRECTION_IN;
	told(&r, LANG_EN, "Email received: one two");
	told(&r, LANG_ZH, "收到电子邮件：one two");
	r.args[0] = "";
	r.direction = DIRECTION_OUT;
	r.lane = LANE_POST;
	told(&r, LANG_EN, "Letter sent: (no title)");
	r.lane = LANE_DOCUMENT;
	told(&r, LANG_EN, "Document: (no title)");
	r.kind = KIND_FACT_STATED;
	r.args[0] = "12 High St";
	r.args[1] = "address";
	told(&r, LANG_EN, "address: 12 High St");
	r.args[2] = "1 Low St";
	told(&r, LANG_EN, "address: 12 High St (before: 1 Low St)");
	r.args[1] = r.args[2] = "";
	r.kind = KIND_PARTY_ADDED;
	told(&r, LANG_EN, "New party: 12 High St");
	told(&r, LANG_ZH, "新增当事方：12 High St");
	r.kind = KIND_DOCUMENT_CORRECTED;
	told(&r, LANG_EN, "Corrected, 12 High St is now");
	r.kind = KIND_CASE_CLOSED;
	r.args[0] = "";
	told(&r, LANG_EN, "Case closed.");
	r.kind = KIND_DOCUMENT_RESTORED;
	told(&r, LANG_EN, "Back in triage");
	told(&r, LANG_ZH, "重新待处理");
	r.args[0] = "x";
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		struct buf b = BUF_INIT;

		r.kind = (enum kind)i;
		row_sentence(&b, &r, LANG_EN);
		assert_true(b.len > 0);
		buf_release(&b);
	}
	assert_int_equal(row_decode(&r, gap, strlen(gap)), 0);
	told(&r, LANG_EN,
	    "43 days without contact (2026-03-02 to 2026-04-14)");
	row_release(&r);
}

static void
test_order(void **state)
{
	static const uint64_t two = 2, three = 3;
	struct row a, b;

	(void)state;
	row_init(&a);
	row_init(&b);
	a.at = b.at = 5;
	assert_int_equal(row_order(&a, &b), 0);
	a.column = (struct id){ ID_CASE, 2026, 0, 1 };
	b.column = (struct id){ ID_CASE, 2026, 0, 2 };
	assert_true(row_order(&a, &b) < 0);
	a.seqs = &three;
	b.seqs = &two;
	a.nseqs = b.nseqs = 1;
	assert_true(row_order(&a, &b) > 0);
	b.at = 6;
	assert_true(row_order(&a, &b) < 0);
}

static void
test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DIRECTION_COUNT; i++) {
		const char *name = direction_name((enum direction)i);

		assert_int_equal(direction_of(name, strlen(name)), i);
		assert_true(direction_say((enum direction)i) < SAY_COUNT);
	}
	assert_int_equal(direction_of("", 0), DIRECTION_COUNT);
	for (unsigned i = 0; i < TIME_COUNT; i++) {
		const char *name = time_from_name((enum time_from)i);

		assert_int_equal(time_from_of(name, strlen(name)), i);
		assert_true(time_from_say((enum time_from)i) < SAY_COUNT);
	}
	for (unsigned i = WHEN_UNKNOWN; i <= WHEN_EXACT; i++) {
		const char *name = precision_name((enum when_precision)i);

		assert_int_equal(precision_of(name, strlen(name)), i);
	}
	assert_int_equal(precision_of("x", 1), WHEN_UNKNOWN);
	assert_int_equal(lane_say(LANE_FAX), SAY_LANE_FAX);
}

static void
test_head(void **state)
{
	static const struct rows_column columns[] = {
		{ .id = { ID_CASE, 2026, 0, 1 }, .title = "Lease",
		    .client = { ID_CLIENT, 0, 0, 1 }, .client_name = "Ltd",
		    .waiting = 2 },
		{ .id = { ID_CLIENT, 0, 0, 3 }, .title = "Smith" },
	};
	struct rows_head h = { columns, 2, 17, 2, 0, WHEN_NONE, 0, WHEN_NONE,
	    1u << LANE_EMAIL | 1u << LANE_FAX };
	struct buf b = BUF_INIT;
	struct json j;

	(void)state;
	rows_head_encode(&b, &h);
	assert_string_equal(buf_str(&b), "{\"as_known\":0,\"as_was\":null,"
	    "\"columns\":[{\"client\":\"C-0001\",\"client_name\":\"Ltd\","
	    "\"id\":\"K-2026-0001\",\"title\":\"Lease\",\"waiting\":2},"
	    "{\"id\":\"C-0003\",\"title\":\"Smith\",\"waiting\":0}],"
	    "\"lanes\":[\"email\",\"fax\"],\"position\":17,"
	    "\"since\":\"1970-01-01T00:00:00.000000Z\",\"until\":null,"
	    "\"waiting\":2}");
	assert_int_equal(json_parse(&j, (char *)b.data, b.len), 0);
	json_release(&j);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
