/* SPDX-License-Identifier: ISC */
/* json: one spelling, both ways. */
#include "proto/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const good[] = {
	"{}", "[]", "0", "-1", "true", "false", "null", "\"\"", "[1,2,[3]]",
	"9007199254740991", "-9007199254740991",
	"{\"a\":1,\"b\":{\"c\":[true,null]},\"ba\":\"x\"}",
	"\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/\"",
	"[\"\xe4\xb8\xad\"]",
	/* U+10000 is a surrogate pair: before U+E000 (RFC 8785, 3.2.3) */
	"{\"\xf0\x90\x80\x80\":1,\"\xee\x80\x80\":2}",
	"{\"\\n\":1,\" \":2,\"\\\"\":3,\"\\\\\":4}",
};

static const char *const bad[] = {
	"", " ", "{} ", " {}", "[1, 2]", "{\"a\" :1}", "[1,]", "[,1]", "{,}",
	"{\"a\"}", "{\"a\":}", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}",
	"{a:1}", "{1:1}", "01", "-0", "-", "+1", "1.0", "1e3", "0x1",
	"9007199254740992", "-9007199254740992", "99999999999999999999",
	"truex", "tru", "True", "nul", "\"", "\"a", "\"\n\"", "\"\\/\"",
	"\"\\u0041\"", "\"\\u000a\"", "\"\\u001F\"", "\"\\u00e4\"",
	"\"\\x\"", "\"\\", "\"\xff\"", "[", "{", "[1", "{\"a\":1", "]", "[1]]",
	"{\"\xee\x80\x80\":1,\"\xf0\x90\x80\x80\":2}",
	"[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
};

/* Writes a token again through the writer. */
static void
rewrite(struct jw *w, const struct json *j, uint32_t tok)
{
	struct buf b = BUF_INIT;
	uint32_t at;

	switch ((enum json_type)j->tok[tok].type) {
	case JSON_NULL:
		jw_null(w);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		jw_bool(w, json_true(j, tok));
		break;
	case JSON_INT:
		jw_int(w, json_int(j, tok, 77));
		break;
	case JSON_STR:
		assert_int_equal(json_str(j, tok, &b), 0);
		jw_strn(w, (const char *)b.data, b.len);
		break;
	case JSON_OBJ:
		jw_object(w);
		for (at = json_first(j, tok); at != JSON_NONE;
		    at = json_after(j, tok, at + 1)) {
			buf_clear(&b);
			assert_int_equal(json_str(j, at, &b), 0);
			jw_key(w, buf_str(&b));
			rewrite(w, j, at + 1);
		}
		jw_end(w);
		break;
	case JSON_ARR:
		jw_array(w);
		for (at = json_first(j, tok); at != JSON_NONE;
		    at = json_after(j, tok, at))
			rewrite(w, j, at);
		jw_end(w);
		break;
	}
	buf_release(&b);
}

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct buf b = BUF_INIT;
		struct json j;
		struct jw w;
		size_t n;

		if (json_parse(&j, good[i], strlen(good[i])) == -1)
			fail_msg("refused: %s", good[i]);
		jw_init(&w, &b);
		rewrite(&w, &j, 0);
		assert_string_equal(buf_str(&b), good[i]);
		assert_ptr_equal(json_span(&j, 0, &n), good[i]);
		assert_int_equal(n, strlen(good[i]));
		json_release(&j);
		buf_release(&b);
	}
}

static void
test_bad(void **state)
{
	struct json j;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (json_parse(&j, bad[i], strlen(bad[i])) == 0)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(json_parse(&j, "\"\0\"", 3), -1);
}

static void
test_get(void **state)
{
	static const char text[] = "{\"a\":{\"x\":1},\"b\":[5,\"s\\\"t\"],"
	    "\"c\":true}";
	struct json j;
	uint32_t b;
	size_t n;

	(void)state;
	assert_int_equal(json_parse(&j, text, strlen(text)), 0);
	assert_int_equal(json_int(&j, json_get(&j, json_get(&j, 0, "a"), "x"),
	    0), 1);
	assert_true(json_get(&j, 0, "x") == JSON_NONE);
	assert_true(json_get(&j, JSON_NONE, "x") == JSON_NONE);
	b = json_get(&j, 0, "b");
	assert_int_equal(json_int(&j, json_first(&j, b), 0), 5);
	assert_true(json_is(&j, json_after(&j, b, json_first(&j, b)),
	    "s\"t"));
	assert_false(json_is(&j, json_after(&j, b, json_first(&j, b)),
	    "s\"tu"));
	assert_false(json_is(&j, b, "s"));
	assert_true(json_true(&j, json_get(&j, 0, "c")));
	assert_int_equal(json_int(&j, b, 9), 9);
	assert_non_null(json_span(&j, b, &n));
	assert_int_equal(n, 10);
	assert_null(json_span(&j, JSON_NONE, &n));
	json_release(&j);
}

static void
test_write(void **state)
{
	struct buf b = BUF_INIT;
	struct jw w;

	(void)state;
	jw_init(&w, &b);
	jw_object(&w);
	jw_kbool(&w, "a", 0);
	jw_kint(&w, "b", -5);
	jw_kstr(&w, "c", "\xff" "x");
	jw_kstr(&w, "d", NULL);
	jw_kstr_opt(&w, "e", NULL);
	jw_kstr_opt(&w, "e", "");
	jw_key(&w, "f");
	jw_hex(&w, "\x0f", 1);
	jw_key(&w, "g");
	jw_raw(&w, "[1]", 3);
	jw_end(&w);
	assert_string_equal(buf_str(&b), "{\"a\":false,\"b\":-5,"
	    "\"c\":\"\xef\xbf\xbdx\",\"d\":null,\"f\":\"0f\",\"g\":[1]}");
	buf_release(&b);
}

/* Whatever stands in a string, wherever: it is read eight bytes at a time. */
static void
test_each_byte(void **state)
{
	(void)state;
	for (size_t len = 1; len < 20; len++) {
		for (size_t at = 0; at < 256 * len; at++) {
			char text[32] = "\"aaaaaaaaaaaaaaaaaaaa";
			int c = (int)(at / len), fine;
			struct json j;

			text[1 + at % len] = (char)c;
			text[1 + len] = '"';
			fine = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
			assert_int_equal(json_parse(&j, text, len + 2),
			    fine ? 0 : -1);
			if (fine)
				json_release(&j);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_byte),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
