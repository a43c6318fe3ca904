/* SPDX-License-Identifier: ISC */
/* The reader's own parsers: dates, addresses, encoded words, bodies. */
#include "daemon/reader/address.h"
#include "daemon/reader/body.h"
#include "daemon/reader/charset.h"
#include "daemon/reader/date.h"
#include "daemon/reader/type.h"
#include "daemon/reader/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_date(void **state)
{
	static const struct {
		const char	*text, *want;
		int		 rc;
	} cases[] = {
		{ "Mon, 2 Mar 2026 10:15:00 +0100",
		    "2026-03-02T10:15:00+01:00", 1 },
		{ "2 Mar 2026 10:15 GMT", "2026-03-02T10:15:00Z", 1 },
		{ "Mon, 02 Mar 26 10:15:00 -0800 (PST)",
		    "2026-03-02T10:15:00-08:00", 1 },
		{ "(a (b) c) 2 Mar 99 01:02:03 EDT",
		    "1999-03-02T01:02:03-04:00", 1 },
		{ "Mon Mar  2 10:15:00 2026", "2026-03-02T10:15:00-00:00", 0 },
		{ "Mon, 2 Mar 2026 10:15:00 -0000",
		    "2026-03-02T10:15:00-00:00", 1 },
		{ "Mon, 2 Mar 2026 10:15:00 XYZ",
		    "2026-03-02T10:15:00-00:00", 0 },
		{ "Mon, 2 Mar 2026 10:15:00 +9900",
		    "2026-03-02T10:15:00-00:00", 0 },
		{ "Wed, 29 May 2019 06:09:22 PM EDT",
		    "2019-05-29T18:09:22-04:00", 1 },
		{ "Fri, 07 Jun 2002 16:35:51 GMT+1",
		    "2002-06-07T16:35:51+01:00", 1 },
		{ "Fri, 02 Aug 2002 23:37:59 0530",
		    "2002-08-02T23:37:59+05:30", 1 },
		{ "Wed, 17 Jul 0102 05:09:08 +1100",
		    "2002-07-17T05:09:08+11:00", 0 },
		{ "Sat, 30 Nov 0002 08:00:00 +0000",
		    "2002-11-30T08:00:00Z", 0 },
		{ "2026-03-02T10:15:00Z", "2026-03-02T10:15:00Z", 1 },
		{ "14-May-2001 16.39.00 +0000", "2001-05-14T16:39:00Z", 1 },
		{ "Sun, 31 Dec 2016 23:59:60 +0000",
		    "2016-12-31T23:59:59Z", 1 },
		{ "29 Feb 2024 00:00 Z", "2024-02-29T00:00:00Z", 1 },
		{ "29 Feb 2023 00:00 Z", NULL, -1 },
		{ "31 Apr 2023 00:00 Z", NULL, -1 },
		{ "2 Mar 2026", NULL, -1 },
		{ "2 Mar 2026 24:00 Z", NULL, -1 },
		{ "yesterday", NULL, -1 }, { "", NULL, -1 }, { "(", NULL, -1 },
	};
	char	 text[DATE_TEXT_MAX];
	size_t	 i;
	int	 rc;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = date_parse(cases[i].text, strlen(cases[i].text), text);
		if (rc != cases[i].rc)
			fail_msg("\"%s\" gave %d", cases[i].text, rc);
		if (rc != -1)
			assert_string_equal(text, cases[i].want);
	}
}

/* "address|name" of each entry, in lines */
static void
addresses(struct buf *out, const char *list)
{
	struct address	 a;
	size_t		 at = 0;

	address_init(&a);
	while (address_next(list, strlen(list), &at, &a)) {
		buf_add(out, a.address.data, a.address.len);
		buf_addc(out, '|');
		buf_add(out, a.name.data, a.name.len);
		buf_addc(out, '\n');
	}
	address_release(&a);
}

static void
test_address(void **state)
{
	static const struct {
		const char	*list, *want;
	} cases[] = {
		{ "a@example.org", "a@example.org|\n" },
		{ "A B <a@example.org>, c@example.org",
		    "a@example.org|A B\nc@example.org|\n" },
		{ "\"B, A\" <a@example.org>", "a@example.org|B, A\n" },
		{ "\"A \\\"x\\\" B\" <a@example.org>",
		    "a@example.org|A \"x\" B\n" },
		{ "k..allen@example.org", "k..allen@example.org|\n" },
		{ "a@example.org (A (the) B)", "a@example.org|A (the) B\n" },
		{ "\"a b\"@example.org", "\"a b\"@example.org|\n" },
		{ "\"a@example.org\"", "a@example.org|\n" },
		{ "<@hop.example,@hop2.example:a@example.org>",
		    "a@example.org|\n" },
		{ "Team: a@example.org, B <b@example.org>; c@example.org",
		    "a@example.org|\nb@example.org|B\nc@example.org|\n" },
		{ "undisclosed-recipients:;", "" },
		{ "Susan Bailey", "|Susan Bailey\n" },
		{ "root", "root|\n" },
		{ "B </O=EXAMPLE/CN=B>", "/O=EXAMPLE/CN=B|B\n" },
		{ "A a@example.org", "a@example.org|A\n" },
		{ "a @ example.org", "a @ example.org|\n" },
		{ "<a@example.org", "a@example.org|\n" },
		{ "\"unclosed <a@example.org>", "a@example.org|\"unclosed\n" },
		{ "A <>, b@example.org", "|A\nb@example.org|\n" },
		{ ", ,;", "" }, { "", "" }, { "(", "" }, { "<", "" },
		{ "\"", "\"|\n" }, { "\\", "\\|\n" }, { "(\\", "" },
	};
	struct buf	 out = BUF_INIT;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		addresses(&out, cases[i].list);
		assert_string_equal(buf_str(&out), cases[i].want);
	}
	buf_release(&out);
}

static void
test_words(void **state)
{
	static const struct {
		const char	*text, *want;
	} cases[] = {
		{ "plain\r\n text", "plain text" },
		{ "=?utf-8?Q?a=C3=A9_b?= c", "a\xc3\xa9 b c" },
		{ "=?utf-8?B?YQ==?=\r\n =?utf-8?B?Yg==?=", "ab" },
		{ "=?utf-8?Q?=C3?= =?UTF-8?Q?=A9?=", "\xc3\xa9" },
		{ "=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "a\xc3\xa9" },
		{ "x =?utf-8*en?q?y?= z", "x y z" },
		{ "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
		    "\xe6\x97\xa5\xe6\x9c\xac" },
		{ "=?gb2312?B?0MU=?=", "\xe4\xbf\xa1" },
		{ "=?x-nothing?Q?caf=C3=A9?=", "caf\xc3\xa9" },
		{ "=?utf-8?Q?with blanks?= in", "with blanks in" },
		{ "=?utf-8?X?a?=", "=?utf-8?X?a?=" },
		{ "=?utf-8?Q?open", "=?utf-8?Q?open" },
		{ "=?", "=?" }, { "", "" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xd0\xc5", "\xe4\xbf\xa1" },		/* the fallback */
	};
	struct buf	 out = BUF_INIT;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		words_decode(&out, cases[i].text, strlen(cases[i].text),
		    "gb2312");
		assert_string_equal(buf_str(&out), cases[i].want);
	}
	buf_release(&out);
}

/* Whole and byte by byte. */
static void
test_base64(void **state)
{
	static const struct {
		const char	*in, *want;
	} cases[] = {
		{ "YWJj", "abc" }, { "YWI=", "ab" }, { "YQ==", "a" },
		{ "YWI", "ab" }, { "YQ", "a" }, { "Y", "" }, { "", "" },
		{ "Y W\r\nJ*j", "abc" }, { "YQ==YWJj", "a" },
		{ "=YWJj", "abc" },
	};
	struct base64	 b;
	uint8_t		 out[64];
	size_t		 i, k, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&b, 0, sizeof(b));
		n = base64_feed(&b, cases[i].in, strlen(cases[i].in), out);
		n += base64_end(&b, out + n);
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(out, cases[i].want, n);
		memset(&b, 0, sizeof(b));
		for (n = k = 0; k < strlen(cases[i].in); k++)
			n += base64_feed(&b, cases[i].in + k, 1, out + n);
		n += base64_end(&b, out + n);
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(out, cases[i].want, n);
	}
}

static void
test_charset(void **state)
{
	struct buf	 out = BUF_INIT;

	(void)state;
	assert_true(charset_known("ISO_8859-1"));
	assert_true(charset_known("utf-8"));
	assert_false(charset_known("unknown-8bit"));
	assert_false(charset_known(""));
	assert_false(charset_known("../../etc/passwd"));
	assert_int_equal(charset_convert(&out, "koi8-r", "\xc1", 1), 1);
	assert_int_equal(charset_convert(&out, NULL, "a", 1), 1);
	assert_int_equal(charset_convert(&out, "us-ascii", "\xe9", 1), 0);
	assert_int_equal(charset_convert(&out, "x", "\xc3\xa9", 2), 0);
	assert_string_equal(buf_str(&out), "\xd0\xb0" "a\xc3\xa9\xc3\xa9");
	buf_release(&out);
}

static void
test_body(void **state)
{
	static const struct {
		const char	*text, *want;
	} cases[] = {
		{ "one\r\n\r\n\r\ntwo  \r\n", "one\n\ntwo" },
		{ "yes\n\nOn Monday A wrote:\n> K-2026-0031\n> b\n\nbye",
		    "yes\n\nbye" },
		{ "yes\n\nOn Monday A\n<a@example.org> wrote:\n\n> no\n",
		    "yes" },
		{ "yes\n-----Original Message-----\nno", "yes" },
		{ "yes\n\nFrom: A\nSent: today\nno", "yes" },
		{ "From: here on\nall is well", "From: here on\nall is well" },
		{ "note:\nnothing quoted", "note:\nnothing quoted" },
		{ "", "" }, { ">", "" },
	};
	struct buf	 out = BUF_INIT;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		body_unquote(&out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf_str(&out), cases[i].want);
	}
	buf_clear(&out);
	for (i = 0; i < 1000; i++)
		buf_adds(&out, "\xe4\xbf\xa1");
	{
		struct buf	 cut = BUF_INIT;

		body_unquote(&cut, (const char *)out.data, out.len);
		assert_int_equal(cut.len, BODY_MAX / 3 * 3);
		buf_release(&cut);
	}
	buf_release(&out);
}

static void
test_html(void **state)
{
	static const char	 page[] = "<html><head><title>x</title>"
	    "<style>p { }</style></head><body><p>Dear A&amp;B,<br>see&nbsp;"
	    "&#8364; &#x20AC; &bogus; 1 < 2</p><!-- no > --><blockquote>old"
	    "</blockquote><script>evil()</script>end<";
	struct buf	 out = BUF_INIT, text = BUF_INIT;

	(void)state;
	body_from_html(&out, page, sizeof(page) - 1);
	body_unquote(&text, (const char *)out.data, out.len);
	assert_string_equal(buf_str(&text), "Dear A&B,\nsee "
	    "\xe2\x82\xac \xe2\x82\xac &bogus; 1 < 2\nend<");
	buf_release(&out);
	buf_release(&text);
}

static void
test_type(void **state)
{
	static const char	*mails[] = { "From: a\nTo: b\n\n",
	    "From x Mon\nSubject: a\nDate: b\n\n",
	    "\r\nX-A: b\r\n c\r\nReceived: a\r\nDate: b\r\n\r\n" };
	static const char	*others[] = { "", "From", "To: all\n\nhello",
	    "Hello\nFrom: a\nTo: b\n", "%PDF-1.4\nFrom: a\nTo: b" };
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
		assert_true(type_is_mail(mails[i], strlen(mails[i])));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(type_is_mail(others[i], strlen(others[i])));
	assert_int_equal(type_warm(), 0);
	assert_string_equal(type_of("%PDF-1.4\n", 9), "application/pdf");
	assert_string_equal(type_of("II*\0\10\0\0\0", 8), "image/tiff");
	assert_string_equal(type_of("", 0), "application/x-empty");
}

static int
warm(void **state)
{
	(void)state;
	return charset_warm();
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_charset),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_type),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
