/* SPDX-License-Identifier: ISC */
/*
 * rendition: the body of document.rendered both ways, what is no such body,
 * and that the longest one fits into an entry.
 */
#include "daemon/export/rendition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/kinds.h"

static struct rendition	one, two;

static const uint8_t sha256[32] = { 0xab, 0xcd };

static struct rendered
said(enum reading_outcome outcome, uint64_t at, uint64_t size)
{
	struct rendered r = { .said = 1, .outcome = outcome, .at = at,
	    .size = size, .type = "text/plain" };

	return r;
}

static void
begin(uint64_t size)
{
	memset(&one, 0, sizeof one);
	(void)snprintf(one.maker, sizeof one.maker, "text 1, \"pages\" 1");
	one.lang = LANG_ZH;
	one.mail = 1;
	one.reading = 4711;
	one.size = size;
}

static int
take(const char *body)
{
	return rendition_take(&two, body, strlen(body));
}

/* The body, which the table of kinds takes, and what is read back of it. */
static void
both_ways(int has_blob, struct buf *body)
{
	struct json j;

	rendition_put(&one, has_blob ? sha256 : NULL, body);
	assert_non_null(buf_str(body));
	assert_int_equal(json_parse(&j, buf_str(body), body->len), 0);
	assert_null(kind_check(KIND_DOCUMENT_RENDERED, &j, 0));
	json_release(&j);
	assert_int_equal(take(buf_str(body)), 0);
	assert_string_equal(two.maker, one.maker);
	assert_int_equal(two.lang, one.lang);
	assert_int_equal(two.mail, one.mail);
	assert_int_equal(two.reading, one.reading);
	assert_int_equal(two.size, has_blob ? one.size : 0);
	assert_int_equal(two.n, one.n);
	for (unsigned i = 0; i < one.n; i++) {
		assert_int_equal(two.member[i].part, one.member[i].part);
		assert_memory_equal(&two.member[i].text, &one.member[i].text,
		    sizeof one.member[i].text);
		assert_memory_equal(&two.member[i].pages,
		    &one.member[i].pages, sizeof one.member[i].pages);
	}
}

static void
test_both_ways(void **state)
{
	struct buf body = BUF_INIT;

	(void)state;
	begin(30);
	one.n = 3;
	one.member[0].text = said(READING_DONE, 0, 10);
	one.member[0].pages = said(READING_DONE, 10, 20);
	one.member[0].pages.pages = 2;
	one.member[0].pages.notes = READING_NO_GLYPH;
	one.member[1].part = 3;
	one.member[1].pages = said(READING_ITSELF, 0, 0);
	one.member[1].pages.pages = 9;
	one.member[2].part = UINT16_MAX;
	one.member[2].text = said(READING_NONE, 0, 0);
	both_ways(1, &body);
	assert_ptr_equal(rendition_find(&two, 3), &two.member[1]);
	assert_ptr_equal(rendition_find(&two, 0), &two.member[0]);
	assert_null(rendition_find(&two, 1));
	buf_release(&body);
	/* Nothing came of it at all. */
	begin(0);
	one.reason = "its bytes are damaged";
	both_ways(0, &body);
	assert_non_null(strstr(buf_str(&body), "its bytes are damaged"));
	buf_release(&body);
}

static void
test_holds(void **state)
{
	struct rendered r = { .said = 0 };

	(void)state;
	assert_false(rendered_holds(&r));
	for (unsigned i = 0; i <= READING_ABSENT; i++) {
		r = said((enum reading_outcome)i, 0, 0);
		assert_int_equal(rendered_holds(&r), i != READING_DIED &&
		    i != READING_TIMEOUT && i != READING_NO_MEMORY);
	}
}

#define TEXT(at, size) "{\"at\":" at ",\"notes\":0,\"outcome\":\"done\"," \
	"\"pages\":0,\"size\":" size ",\"type\":\"\"}"
#define BODY(members, tail) "{\"language\":\"en\",\"maker\":\"m\"," \
	"\"members\":[" members "],\"reading\":1" tail "}"
#define BLOB(size) ",\"sha256\":\"00\",\"size\":" size

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{}",
		BODY("{\"text\":" TEXT("0", "11") "}", BLOB("10")),
		BODY("{\"text\":" TEXT("11", "0") "}", BLOB("10")),
		BODY("{\"text\":" TEXT("-1", "1") "}", BLOB("10")),
		BODY("{\"text\":" TEXT("9", "9223372036854775807") "}",
		    BLOB("10")),
		/* No blob, and yet bytes. */
		BODY("{\"text\":" TEXT("0", "1") "}", ""),
		/* Twice, and out of order. */
		BODY("{},{}", ""), BODY("{\"part\":2},{\"part\":1}", ""),
		BODY("{\"part\":65536}", ""), BODY("{\"part\":-1}", ""),
		BODY("{\"text\":{\"notes\":0,\"outcome\":\"well\","
		    "\"pages\":0,\"type\":\"\"}}", ""),
		BODY("{\"text\":{\"notes\":0,\"outcome\":\"none\","
		    "\"pages\":4294967296,\"type\":\"\"}}", ""),
		"{\"language\":\"de\",\"maker\":\"m\",\"members\":[],"
		    "\"reading\":1}",
		"{\"language\":\"en\",\"maker\":\"m\",\"members\":{},"
		    "\"reading\":1}",
	};

	(void)state;
	assert_int_equal(take(BODY("{\"text\":" TEXT("0", "10") "}",
	    BLOB("10"))), 0);
	assert_int_equal(take(BODY("{},{\"part\":1}", "")), 0);
	assert_int_equal(two.n, 2);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (take(bad[i]) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(two.n, 0);
	}
}

/* As many members as may be, each as long as can be, and one more. */
static void
test_limits(void **state)
{
	struct buf body = BUF_INIT;
	char size[3][256];

	(void)state;
	begin(LIMIT_RENDER_BYTES);
	memset(one.maker, 'm', sizeof one.maker - 1);
	for (unsigned i = 0; i < LIMIT_RENDER_MEMBERS; i++) {
		struct rendition_member *m = &one.member[one.n++];

		m->part = (uint16_t)(60000 + i);
		m->text = said(READING_DONE, LIMIT_RENDER_BYTES - 9999999,
		    9999999);
		m->text.notes = m->text.pages = UINT32_MAX;
		memset(m->text.type, 't', sizeof m->text.type - 1);
		m->pages = m->text;
	}
	both_ways(1, &body);
	assert_true(body.len + 1024 < LIMIT_ENTRY);
	/* One more member, by hand. */
	body.len = (size_t)(strstr(buf_str(&body), "],\"reading\"") -
	    buf_str(&body));
	buf_adds(&body, ",{\"part\":65535}],\"reading\":1}");
	assert_int_equal(take(buf_str(&body)), -1);
	buf_release(&body);
	for (int i = 0; i < 3; i++)
		(void)snprintf(size[i], sizeof size[i], BODY("", BLOB("%u")),
		    LIMIT_RENDER_BYTES + (unsigned)i - 1);
	assert_int_equal(take(size[0]), 0);
	assert_int_equal(take(size[1]), 0);
	assert_int_equal(take(size[2]), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
