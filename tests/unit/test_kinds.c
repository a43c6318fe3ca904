/* SPDX-License-Identifier: ISC */
/* kinds: the table hangs together; entries both ways. */
#include "proto/base/kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

static void
test_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		const char *name = kind_name((enum kind)i);

		assert_int_equal(kind_of(name, strlen(name)), i);
		assert_true(kind_sentence((enum kind)i) < SAY_COUNT);
		assert_true(kind_lane((enum kind)i) < LANE_COUNT);
	}
	assert_int_equal(kind_of("document", 8), KIND_COUNT);
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		const char *name = lane_name((enum lane)i);

		assert_int_equal(lane_of(name, strlen(name)), i);
	}
	assert_int_equal(lane_of("x", 1), LANE_COUNT);
	assert_int_equal(kind_assigns(KIND_CASE_OPENED), ID_CASE);
}

static const char *
check(enum kind kind, const char *body)
{
	struct json j;
	const char *field;

	assert_int_equal(json_parse(&j, body, strlen(body)), 0);
	field = kind_check(kind, &j, 0);
	json_release(&j);
	return field;
}

static void
test_check(void **state)
{
	(void)state;
	assert_null(check(KIND_STORE_CREATED,
	    "{\"program\":\"p\",\"store\":\"s\"}"));
	assert_string_equal(check(KIND_STORE_CREATED, "{\"program\":\"p\"}"),
	    "store");
	assert_string_equal(check(KIND_STORE_CREATED,
	    "{\"program\":\"p\",\"store\":1}"), "store");
	assert_string_equal(check(KIND_STORE_CREATED,
	    "{\"more\":1,\"program\":\"p\",\"store\":\"s\"}"), "?");
	assert_string_equal(check(KIND_STORE_CREATED, "[]"), "body");
	assert_null(check(KIND_CASE_CLOSED, "{}"));
	assert_null(check(KIND_DOCUMENT_FILED,
	    "{\"certainty\":\"person\",\"main\":false,\"words\":[]}"));
	/* the last field of the last kind */
	assert_string_equal(check(KIND_FACT_STATED,
	    "{\"name\":\"n\",\"reason\":1,\"value\":\"v\"}"), "reason");
}

static const char whole[] = "{\"actor\":\"S-03\","
    "\"at\":\"2026-03-02T10:15:00.000001Z\",\"body\":{\"reason\":\"x\"},"
    "\"case\":\"K-2026-0031\",\"client\":\"C-0012\",\"contact\":\"P-0001\","
    "\"document\":\"D-000201.2\",\"kind\":\"case.closed\",\"seq\":17,"
    "\"staff\":\"S-03\",\"v\":1}";
static const char least[] = "{\"actor\":\"dossierd\","
    "\"at\":\"2026-03-02T10:15:00.000000Z\",\"body\":{},"
    "\"kind\":\"case.closed\",\"seq\":1,\"v\":1}";

static void
test_both_ways(void **state)
{
	static const char *const cases[] = { whole, least };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b = BUF_INIT;
		struct entry e;
		const char *body;
		size_t n;

		assert_int_equal(entry_decode(&e, cases[i], strlen(cases[i])),
		    0);
		body = json_span(&e.json, e.body, &n);
		entry_encode(&b, &e, body, n);
		assert_string_equal(buf_str(&b), cases[i]);
		assert_true(i == 1 || json_is(&e.json, entry_get(&e, "reason"),
		    "x"));
		entry_release(&e);
		buf_release(&b);
	}
}

/* One change of the least entry each: what, with what. */
static void
test_refused(void **state)
{
	static const struct { const char *what, *with; } cases[] = {
		{ "\"actor\":\"dossierd\",", "" },
		{ "dossierd", "" },
		{ "dossierd", "0123456789012345678901234567890123456789"
		    "012345678901234567890123" },
		{ "dossierd", "a\\u0000b" },
		{ ".000000Z", "Z" }, { "{}", "[]" }, { "case.closed", "case" },
		{ "1,\"v\"", "0,\"v\"" }, { "\"v\":1", "\"v\":2" },
		{ "\"v\":1", "\"v\":1,\"w\":1" },
		{ "\"seq\"", "\"other\":1,\"seq\"" },
		{ "\"kind\"", "\"case\":\"C-0001\",\"kind\"" },
		{ "\"kind\"", "\"client\":\"C-1\",\"kind\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *at = strstr(least, cases[i].what);
		struct buf b = BUF_INIT;
		struct entry e;

		assert_non_null(at);
		buf_add(&b, least, (size_t)(at - least));
		buf_adds(&b, cases[i].with);
		buf_adds(&b, at + strlen(cases[i].what));
		if (entry_decode(&e, (const char *)b.data, b.len) == 0)
			fail_msg("taken: %s", buf_str(&b));
		assert_int_equal(errno, EINVAL);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
