/* SPDX-License-Identifier: ISC */
/*
 * capture: what is known under each kind of key, and a report whose counts
 * add up, at any slice, position and period.
 */
#include "store/ask/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/ask/ask.h"
#include "store/ask/tally.h"
#include "tests/unit/fill.h"

static struct fill fill;
static struct trouble trouble;

#define DAY (INT64_C(86400) * 1000000)

static struct id
arrive(const char *bytes, const char *source)
{
	return fill_document(&fill, bytes, source, "'channel':'email',", "");
}

/* Documents m0 m1 ... of one append, which is one sync. */
static void
arrive_some(int from, int n, const char *source)
{
	struct log *log = store_log(fill.store);
	struct batch *batch = batch_new(log);
	struct draft draft = { .kind = KIND_DOCUMENT_RECEIVED,
	    .actor = "dossierd", .client = REF_NONE, .kase = REF_NONE,
	    .contact = REF_NONE, .document = REF_NONE, .staff = REF_NONE };
	struct receipt last[LIMIT_BATCH_DRAFTS];
	uint8_t hash[LOG_HASH_LEN];

	assert_non_null(batch);
	for (int i = from; i < from + n; i++) {
		struct blobw *blob = blobw_new(log, 0);
		struct buf body = BUF_INIT;
		char bytes[24];

		(void)snprintf(bytes, sizeof(bytes), "m%d", i);
		assert_int_equal(blobw_add(blob, bytes, strlen(bytes)), 0);
		blobw_hash(blob, hash);
		buf_adds(&body, "{\"channel\":\"email\",\"sha256\":\"");
		buf_addhex(&body, hash, sizeof(hash));
		buf_adds(&body, "\",\"size\":");
		buf_addu(&body, strlen(bytes));
		buf_adds(&body, ",\"source\":\"");
		buf_adds(&body, source);
		buf_adds(&body, "\"}");
		draft.body = buf_str(&body);
		draft.bodylen = body.len;
		draft.blob = batch_blob(batch, blob);
		assert_int_not_equal(batch_draft(batch, &draft), -1);
		buf_release(&body);
	}
	assert_int_equal(log_append_wait(log, batch, last,
	    LIMIT_BATCH_DRAFTS), LOG_DONE);
	assert_int_equal(store_wait(fill.store, last[n - 1].seq, 60000), 1);
}

static void
refuse(const char *source, const char *reason, int count)
{
	static const struct names none;
	char body[300];

	(void)snprintf(body, sizeof(body), "{'channel':'email','count':%d,"
	    "'reason':'%s','source':'%s'}", count, reason, source);
	(void)fill_entry(&fill, KIND_DOCUMENT_REFUSED, &none, body);
}

static int
begin(void **state)
{
	(void)state;
	memset(&fill, 0, sizeof(fill));
	fill_begin(&fill);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

/* All rows of a report as an array. */
static unsigned
report(const struct capture_query *q, struct json *json, struct buf *text)
{
	struct capture *c = capture_open(fill.store, q, &trouble);
	unsigned rows = 0;
	int got;

	assert_non_null(c);
	buf_clear(text);
	buf_addc(text, '[');
	while ((got = capture_next(c, text, &rows, &trouble)) == 1)
		;
	assert_int_equal(got, 0);
	buf_addc(text, ']');
	capture_free(c);
	assert_int_equal(json_parse(json, (const char *)text->data,
	    text->len), 0);
	return rows;
}

static int64_t
number(const struct json *json, uint32_t row, const char *key)
{
	return json_int(json, json_get(json, row, key), -1);
}

static uint32_t
row_of(const struct json *json, const char *source)
{
	uint32_t row = json_first(json, 0);

	while (row != JSON_NONE && !json_is(json, json_get(json, row,
	    "source"), source))
		row = json_after(json, 0, row);
	return row;
}

static void
adds_up(const struct json *j, uint32_t row)
{
	int64_t new = number(j, row, "new");

	assert_int_equal(number(j, row, "arrivals"), new +
	    number(j, row, "again"));
	assert_int_equal(new, number(j, row, "filed") + number(j, row,
	    "triage") + number(j, row, "aside") + number(j, row,
	    "undecided"));
	assert_int_equal(new, number(j, row, "read") + number(j, row,
	    "unread") + number(j, row, "to_read"));
}

static const struct capture_query whole = { WHEN_NONE, WHEN_NONE,
	INT64_MAX, 0 };

/* ---- keys --------------------------------------------------------------- */

static const char *
known(enum known_by by, const char *key, struct buf *out)
{
	buf_clear(out);
	assert_int_equal(ask_known(fill.store, store_applied(fill.store), by,
	    key, out, &trouble), 0);
	return buf_str(out);
}

static void
test_known(void **state)
{
	struct buf text = BUF_INIT;
	struct id a = arrive("one", "lmtp"), b;
	uint64_t first = store_applied(fill.store);
	char name[ID_TEXT_MAX], digits[40], key[24], sha256[65];
	const char *row;

	(void)state;
	b = arrive("one", "drop:scan");
	assert_true(id_equal(&a, &b));
	(void)arrive("two", "lmtp");
	(void)snprintf(key, sizeof(key), "%llu", (unsigned long long)first);
	row = known(KNOWN_BY_ENTRY, key, &text);
	assert_non_null(strstr(row, "\"kind\":\"document.received\""));
	assert_non_null(strstr(row, id_text(&a, name)));
	assert_non_null(strstr(row, "\"arrivals\":2"));
	row = strstr(row, "\"receipt\":\"") + strlen("\"receipt\":\"");
	(void)snprintf(digits, sizeof(digits), "\"receipt\":\"%.16s\"", row);
	row = strstr(row, "\"sha256\":\"") + strlen("\"sha256\":\"");
	(void)snprintf(sha256, sizeof(sha256), "%.64s", row);
	row = known(KNOWN_BY_SHA256, sha256, &text);
	assert_non_null(strstr(row, digits));
	assert_non_null(strstr(row, "\"source\":\"lmtp\""));
	sha256[63] = sha256[63] == '0' ? '1' : '0';
	assert_non_null(strstr(known(KNOWN_BY_SHA256, sha256, &text),
	    "\"documents\":[]"));
	sha256[63] = '\0';
	assert_non_null(strstr(known(KNOWN_BY_SHA256, sha256, &text),
	    "\"documents\":[]"));
	assert_null(strstr(known(KNOWN_BY_ENTRY, "99999", &text), "kind"));
	assert_null(strstr(known(KNOWN_BY_ENTRY, "x", &text), "kind"));
	assert_non_null(strstr(known(KNOWN_BY_ENTRY, "1", &text),
	    "\"kind\":\"store.created\""));
	/* An earlier position does not see what came later. */
	buf_clear(&text);
	assert_int_equal(ask_known(fill.store, first - 1, KNOWN_BY_ENTRY, key,
	    &text, &trouble), 0);
	assert_null(strstr(buf_str(&text), "kind"));
	assert_string_equal(known_by_name(1), "message-id");
	assert_string_equal(known_by_name(4), "call");
	assert_null(known_by_name(5));
	buf_release(&text);
}

static void
test_message_id(void **state)
{
	struct id a = arrive("mail one", "lmtp"), b = arrive("mail 2", "lmtp");
	struct names of = { .document = a };
	struct buf text = BUF_INIT;
	char name[ID_TEXT_MAX];
	const char *row;

	(void)state;
	(void)fill_entry(&fill, KIND_DOCUMENT_READ, &of, "{'reader':'r',"
	    "'reading':{'message_id':'m@x'},'status':'read'}");
	of.document = b;
	(void)fill_entry(&fill, KIND_DOCUMENT_READ, &of, "{'reader':'r',"
	    "'reading':{'message_id':'m@x'},'status':'read'}");
	row = known(KNOWN_BY_MESSAGE_ID, "m@x", &text);
	assert_non_null(strstr(row, id_text(&a, name)));
	assert_non_null(strstr(row, id_text(&b, name)));
	assert_non_null(strstr(known(KNOWN_BY_MESSAGE_ID, "M@x", &text),
	    "\"documents\":[]"));
	buf_release(&text);
}

/* ---- the report --------------------------------------------------------- */

static void
test_counts(void **state)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct names of = { .document = { ID_NONE, 0, 0, 0 } };
	struct json json;
	uint32_t row;

	(void)state;
	for (int i = 0; i < 2500; i += 50)	/* more than two slices */
		arrive_some(i % 2400, 50, "lmtp");
	of.document = arrive("m7", "again");
	(void)fill_entry(&fill, KIND_DOCUMENT_SET_ASIDE, &of,
	    "{'as':'spam'}");
	(void)fill_entry(&fill, KIND_DOCUMENT_READ, &of, "{'reader':'r',"
	    "'reason':'no sense','status':'unread'}");
	(void)arrive("m1", "drop:scan");
	refuse("lmtp", "too large", 1);
	refuse("lmtp", "nobody", 3);
	refuse("smtp", "nobody", 2);
	assert_int_equal(report(&whole, &json, &text), 4);
	row = row_of(&json, "lmtp");
	adds_up(&json, row);
	assert_int_equal(number(&json, row, "arrivals"), 2500);
	assert_int_equal(number(&json, row, "new"), 2400);
	assert_int_equal(number(&json, row, "aside"), 1);
	assert_int_equal(number(&json, row, "unread"), 1);
	assert_int_equal(number(&json, row, "refused"), 4);
	assert_non_null(strstr(buf_str(&text), "\"refused_why\":[{\"count\":3,"
	    "\"reason\":\"nobody\"},{\"count\":1,\"reason\":\"too large\"}]"));
	assert_non_null(strstr(buf_str(&text), "\"unread_why\":[{\"count\":1,"
	    "\"reason\":\"no sense\"}]"));
	row = row_of(&json, "drop:scan");
	adds_up(&json, row);
	assert_int_equal(number(&json, row, "again"), 1);
	assert_int_equal(number(&json, row, "new"), 0);
	row = row_of(&json, "smtp");
	assert_int_equal(number(&json, row, "refused"), 2);
	assert_int_equal(number(&json, row, "silent_seconds"), -1);
	json_release(&json);
	/* Views made anew say the same. */
	fill_reopen(&fill, 1);
	(void)report(&whole, &json, &again);
	assert_string_equal(buf_str(&again), buf_str(&text));
	json_release(&json);
	buf_release(&text);
	buf_release(&again);
}

static void
test_period(void **state)
{
	struct capture_query q = whole;
	struct buf text = BUF_INIT;
	struct json json;
	int64_t middle;
	uint32_t row;

	(void)state;
	for (int i = 0; i < 3; i++)
		(void)arrive("before", "lmtp");
	refuse("lmtp", "before", 1);
	middle = fill.last.at;
	while (fill.last.at <= middle)
		(void)arrive("turn", "api");
	middle = fill.last.at;
	(void)arrive("new", "drop:scan");
	q.since = middle;
	assert_int_equal(report(&q, &json, &text), 3);
	row = row_of(&json, "lmtp");
	assert_int_equal(number(&json, row, "arrivals"), 0);
	assert_int_equal(number(&json, row, "refused"), 0);
	assert_int_not_equal(json_get(&json, row, "last_at"), JSON_NONE);
	assert_int_equal(number(&json, row_of(&json, "api"), "arrivals"), 1);
	assert_int_equal(number(&json, row_of(&json, "drop:scan"), "new"), 1);
	json_release(&json);
	q.since = WHEN_NONE;
	q.until = middle - 1;
	(void)report(&q, &json, &text);
	assert_int_equal(number(&json, row_of(&json, "lmtp"), "arrivals"), 3);
	assert_int_equal(row_of(&json, "drop:scan"), JSON_NONE);
	json_release(&json);
	q.until = 0;
	assert_int_equal(report(&q, &json, &text), 0);
	json_release(&json);
	buf_release(&text);
}

/* A row goes over into silence as its usual rhythm says. */
static void
test_quiet(void **state)
{
	struct capture_query q = whole;
	struct buf text = BUF_INIT;
	struct json json;
	int64_t last;

	(void)state;
	for (int i = 0; i < 4; i++) {
		(void)arrive("x", "lmtp");
		(void)arrive("x", "import:old");
	}
	q.now = fill.last.at + 30 * DAY;
	(void)report(&q, &json, &text);
	/* Three gaps are no rhythm. */
	assert_false(json_true(&json, json_get(&json, row_of(&json, "lmtp"),
	    "quiet")));
	json_release(&json);
	for (int i = 0; i < 60; i++) {
		(void)arrive("x", "lmtp");
		last = fill.last.at;
		(void)arrive("x", "import:old");
	}
	q.now = last + 30 * DAY;
	(void)report(&q, &json, &text);
	assert_true(json_true(&json, json_get(&json, row_of(&json, "lmtp"),
	    "quiet")));
	assert_int_equal(number(&json, row_of(&json, "lmtp"),
	    "silent_seconds"), 30 * 86400);
	/* Nobody waits for an import. */
	assert_false(json_true(&json, json_get(&json, row_of(&json,
	    "import:old"), "quiet")));
	json_release(&json);
	q.now = last;
	(void)report(&q, &json, &text);
	assert_false(json_true(&json, json_get(&json, row_of(&json, "lmtp"),
	    "quiet")));
	json_release(&json);
	q.brief = 1;
	assert_int_equal(report(&q, &json, &text), 2);
	assert_int_equal(number(&json, row_of(&json, "lmtp"), "arrivals"),
	    64);
	json_release(&json);
	buf_release(&text);
}

static void
test_rhythm(void **state)
{
	int64_t odd[] = { 9, 1, 5, 3, 7 }, even[] = { 8, 2, 4, 6 };
	struct rhythm r = { WHEN_NONE, -1, -1 };

	(void)state;
	rhythm_of(odd, 3, &r);
	assert_int_equal(r.usual, -1);
	rhythm_of(odd, 5, &r);
	assert_int_equal(r.usual, 5);
	assert_int_equal(r.longest, 9);
	rhythm_of(even, 4, &r);
	assert_int_equal(r.usual, 5);
	assert_int_equal(r.longest, 8);
}

static void
test_reasons(void **state)
{
	struct reasons all = { NULL, 0 };
	struct buf out = BUF_INIT;
	char text[24];
	struct jw w;
	uint64_t sum = 0;

	(void)state;
	for (int i = 0; i < REASONS_MAX + 10; i++) {
		(void)snprintf(text, sizeof(text), "r%d", i);
		assert_int_equal(reasons_add(&all, text, strlen(text), 2), 0);
	}
	assert_int_equal(all.n, REASONS_MAX + 1);
	for (unsigned i = 0; i < all.n; i++)
		sum += all.v[i].n;
	assert_int_equal(sum, 2 * (REASONS_MAX + 10));
	jw_init(&w, &out);
	jw_object(&w);
	put_reasons(&w, "why", &all);
	jw_end(&w);
	assert_memory_equal(out.data, "{\"why\":[{\"count\":20,\"reason\":"
	    "\"\"},{\"count\":2,\"reason\":\"r0\"}", 54);
	reasons_clear(&all);
	assert_int_equal(all.n, 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known, begin, end),
		cmocka_unit_test_setup_teardown(test_message_id, begin, end),
		cmocka_unit_test_setup_teardown(test_counts, begin, end),
		cmocka_unit_test_setup_teardown(test_period, begin, end),
		cmocka_unit_test_setup_teardown(test_quiet, begin, end),
		cmocka_unit_test(test_rhythm),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
