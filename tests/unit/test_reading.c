/* SPDX-License-Identifier: ISC */
/* reading: the shape is held, member by member. */
#include "proto/wire/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/limits.h"

static const char *
check(const char *text)
{
	struct json j;
	const char *member;

	if (json_parse(&j, text, strlen(text)) == -1)
		fail_msg("not canonical: %s", text);
	member = reading_check(&j);
	json_release(&j);
	return member;
}

static void
test_good(void **state)
{
	(void)state;
	assert_null(check("{\"type\":\"application/pdf\"}"));
	assert_null(check("{\"doubts\":[],\"type\":\"text/plain\"}"));
	assert_null(check("{\"auto_submitted\":\"auto-replied\",\"bcc\":[],"
	    "\"body\":\"x\",\"bounce\":{\"action\":\"failed\",\"recipients\":["
	    "{\"recipient\":\"a\"},"
	    "{\"action\":\"delayed\",\"recipient\":\"b\"}],"
	    "\"status\":\"5.1.1\"},"
	    "\"date\":\"2026-03-02T10:15:00+01:00\",\"date_raw\":\"x\","
	    "\"doubts\":[\"no-from\"],\"envelope_to\":[],"
	    "\"from\":[{\"address\":\"a@b\",\"name\":\"n\"}],"
	    "\"in_reply_to\":[\"x\"],\"journal\":{\"part\":1,"
	    "\"recipients\":[{\"address\":\"a@b\",\"as\":\"to\",\"how\":"
	    "\"expanded\",\"via\":\"c@d\"}],\"sender\":\"a@b\"},"
	    "\"message_id\":\"x\","
	    "\"parts\":[{\"depth\":0,\"end\":9,\"parent\":-1,\"start\":3,"
	    "\"type\":\"multipart/mixed\"},{\"depth\":1,\"end\":5,"
	    "\"parent\":0,\"sha256\":\"00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\",\"size\":2,\"start\":3,"
	    "\"text_sha256\":\"00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\"}],"
	    "\"received\":\"2026-03-02T10:15:00Z\",\"references\":[],"
	    "\"subject\":\"\",\"to\":[{\"address\":\"\"}],"
	    "\"type\":\"message/rfc822\"}"));
}

static void
test_bad(void **state)
{
	static const struct { const char *text, *member; } cases[] = {
		{ "[]", "?" }, { "{}", "type" }, { "{\"type\":1}", "type" },
		{ "{\"more\":1,\"type\":\"x\"}", "?" },
		{ "{\"date\":\"2026-03-02\",\"type\":\"x\"}", "date" },
		{ "{\"date\":\"2026-03-02T10:15:00\",\"type\":\"x\"}", "date" },
		{ "{\"received\":5,\"type\":\"x\"}", "received" },
		{ "{\"from\":[{\"name\":\"n\"}],\"type\":\"x\"}", "from" },
		{ "{\"from\":[\"a@b\"],\"type\":\"x\"}", "from" },
		{ "{\"from\":[{\"address\":\"a\",\"x\":1}],\"type\":\"x\"}",
		    "from" },
		{ "{\"doubts\":[1],\"type\":\"x\"}", "doubts" },
		{ "{\"journal\":{},\"type\":\"x\"}", "journal" },
		{ "{\"journal\":{\"recipients\":[{\"address\":\"a\"}]},"
		    "\"type\":\"x\"}", "journal" },
		{ "{\"bounce\":[],\"type\":\"x\"}", "bounce" },
		{ "{\"bounce\":{\"recipients\":[{}]},\"type\":\"x\"}",
		    "bounce" },
		{ "{\"parts\":[{\"type\":\"x\"}],\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"parent\":0}],\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"parent\":-1},{\"parent\":-1}],"
		    "\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"parent\":-1},{\"parent\":1}],"
		    "\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"end\":1,\"parent\":-1,\"start\":2}],"
		    "\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"parent\":-1,\"sha256\":\"00\"}],"
		    "\"type\":\"x\"}", "parts" },
		{ "{\"parts\":[{\"parent\":-1,\"size\":-1}],"
		    "\"type\":\"x\"}", "parts" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(check(cases[i].text), cases[i].member);
}

static void
check_parts(int n, const char *member)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"parts\":[{\"parent\":-1}");
	for (int i = 1; i < n; i++)
		buf_adds(&b, ",{\"parent\":0}");
	buf_adds(&b, "],\"type\":\"x\"}");
	if (member == NULL)
		assert_null(check(buf_str(&b)));
	else
		assert_string_equal(check(buf_str(&b)), member);
	buf_release(&b);
}

static void
check_body(int n, const char *member)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"body\":\"");
	for (int i = 0; i < n; i++)
		buf_adds(&b, "\\n");
	buf_adds(&b, "\",\"type\":\"x\"}");
	if (member == NULL)
		assert_null(check(buf_str(&b)));
	else
		assert_string_equal(check(buf_str(&b)), member);
	buf_release(&b);
}

static void
test_limits(void **state)
{
	(void)state;
	check_parts(LIMIT_READ_PARTS, NULL);
	check_parts(LIMIT_READ_PARTS + 1, "parts");
	check_body(2000, NULL);
	check_body(2001, "body");
}

static void
test_reported_limit(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		struct buf text = BUF_INIT;

		buf_adds(&text, "{\"bounce\":{\"recipients\":[");
		for (unsigned i = 0; i < LIMIT_READ_REPORTED + over; i++)
			buf_adds(&text, i > 0 ? ",{\"recipient\":\"a\"}" :
			    "{\"recipient\":\"a\"}");
		buf_adds(&text, "]},\"type\":\"x\"}");
		if (over)
			assert_string_equal(check(buf_str(&text)), "bounce");
		else
			assert_null(check(buf_str(&text)));
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_reported_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
