/* SPDX-License-Identifier: ISC */
/* rows: a row as JSON, every member, and as a sentence in two languages. */
#include "proto/out/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/json.h"

#define MINUTE (60 * INT64_C(1000000))
#define MARCH INT64_C(1772445600000000)	/* 2026-03-02T10:00:00Z */

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
    "\"reason\":\"moved\",\"sent_by\":\"post\",\"sentence\":\"x\","
    "\"seqs\":[7,8,9],"
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

/* Every member once. */
static void
fill_whole(struct row *r)
{
	static const struct row_arrival arrivals[] = {
		{ { ID_DOCUMENT, 0, 0, 201 }, 7, MARCH + 15 * MINUTE,
		    "0123456789abcdef", "email" },
		{ { ID_DOCUMENT, 0, 0, 202 }, 9, MARCH + 1455 * MINUTE, "",
		    "" },
	};
	static const struct row_bounce bounces[] = {
		{ { ID_DOCUMENT, 0, 0, 203 }, MARCH + 20 * MINUTE, "c@d",
		    "5.1.1" },
		{ { ID_DOCUMENT, 0, 0, 204 }, MARCH + 21 * MINUTE, "", "" },
	};
	static const struct id proofs[] = { { ID_DOCUMENT, 0, 0, 205 },
		{ ID_DOCUMENT, 0, 0, 206 } };
	static const uint64_t seqs[] = { 7, 8, 9 };

	row_init(r);
	r->at = MARCH + 14 * MINUTE;
	r->captured_at = MARCH + 15 * MINUTE;
	r->written_at = MARCH - 2040 * MINUTE;
	r->precision = WHEN_EXACT;
	r->time_from = TIME_ENVELOPE;
	r->lane = LANE_EMAIL;
	r->direction = DIRECTION_IN;
	r->kind = KIND_DOCUMENT_RECEIVED;
	r->column = (struct id){ ID_CLIENT, 0, 0, 31 };
	r->kase = (struct id){ ID_CASE, 2026, 0, 31 };
	r->document = (struct id){ ID_DOCUMENT, 0, 0, 201 };
	r->args[0] = "Lease \"x\"";
	r->args[2] = "c";
	r->asked = "2026-02-20";
	r->from = "a@b";
	r->to = "c@d";
	r->channel = "email";
	r->title = "Lease";
	r->sentence = "x";
	r->delivery = "sent again";
	r->sent_by = "post";
	r->tracking = "RR 1";
	r->fax_number = "+44 20";
	r->fax_result = "ok";
	r->fax_pages = 3;
	r->actor = "S-03";
	r->reason = "moved";
	r->document_kind = "mail";
	r->type = "message/rfc822";
	r->message_id = "x@y";
	r->minutes = 12;
	r->drift = -60;
	r->has_drift = r->machine = 1;
	r->supersedes = 3;
	r->superseded_by = 9;
	memcpy(r->sha256, "00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff", 65);
	r->seqs = seqs;
	r->nseqs = 3;
	r->arrivals = arrivals;
	r->narrivals = 2;
	r->bounces = bounces;
	r->nbounces = 2;
	r->proofs = proofs;
	r->nproofs = 2;
}

static void
fill_gap(struct row *r)
{
	row_init(r);
	r->gap = 1;
	r->at = MARCH - 600 * MINUTE;
	r->column = (struct id){ ID_CLIENT, 0, 0, 1 };
	r->gap_days = 43;
	r->gap_until = r->at + 43 * WHEN_DAY;
}

static void
written(const struct row *r, const char *want)
{
	struct buf b = BUF_INIT;
	struct json j;

	row_encode(&b, r);
	assert_string_equal(buf_str(&b), want);
	assert_int_equal(json_parse(&j, (char *)b.data, b.len), 0);
	json_release(&j);
	buf_release(&b);
}

static void
test_json(void **state)
{
	struct row r;

	(void)state;
	fill_whole(&r);
	written(&r, whole);
	fill_gap(&r);
	written(&r, gap);
	row_init(&r);
	r.at = MARCH - 600 * MINUTE;
	r.kind = KIND_CASE_OPENED;
	r.lane = LANE_RECORD;
	r.precision = WHEN_DATE;
	r.time_from = TIME_STATED;
	written(&r, least);
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
	fill_gap(&r);
	told(&r, LANG_EN,
	    "43 days without contact (2026-03-02 to 2026-04-14)");
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
	for (unsigned i = 0; i < TIME_COUNT; i++)
		assert_true(time_from_say((enum time_from)i) < SAY_COUNT);
	assert_string_equal(precision_name(WHEN_UNKNOWN), "unknown");
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
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
