/* SPDX-License-Identifier: ISC */
/* text: UTF-8 checked, cut, folded, escaped. */
#include "proto/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_utf8(void **state)
{
	static const char *const good[] = {
		"", "a", "\xc2\x80", "\xe4\xb8\xad", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xe4\xb8", "\xff", ("\xc2" "a"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
	/* Eight bytes are looked at together: before, in and behind them. */
	for (size_t n = 0; n <= 17; n++) {
		char text[64];

		memset(text, 'x', sizeof(text));
		memcpy(text + n, "\xe2\x82\xac", 3);
		assert_true(text_is_utf8(text, n + 3));
		assert_true(text_is_utf8(text, n + 20));
		assert_false(text_is_utf8(text, n + 2));
		text[n + 1] = 'x';
		assert_false(text_is_utf8(text, n + 3));
		assert_false(text_is_utf8(text, n + 20));
	}
}

static void
test_clean_and_cut(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	text_clean(&b, "a\xe4\xb8z\xff", 5);
	assert_string_equal(buf_str(&b),
	    "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd");
	assert_int_equal(text_cut("abc", 3, 5), 3);
	assert_int_equal(text_cut("abc", 3, 2), 2);
	assert_int_equal(text_cut("\xe4\xb8\xad\xe6\x96\x87", 6, 5), 3);
	assert_int_equal(text_cut("\xe4\xb8\xad\xe6\x96\x87", 6, 3), 3);
	assert_int_equal(text_cut("\xe4\xb8\xad", 3, 2), 0);
	assert_int_equal(text_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
	assert_int_equal(text_width("a\xe4\xb8\xad\n", 5), 3);
	buf_release(&b);
}

static const char *
folded(struct buf *b, const char *text, int token)
{
	buf_clear(b);
	assert_int_equal((token ? text_fold_token : text_fold)(b, text,
	    strlen(text)), 0);
	return buf_str(b);
}

static void
test_fold(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(folded(&b, "", 0), "");
	assert_string_equal(folded(&b, "Ab-C", 0), "ab-c");
	assert_string_equal(folded(&b, "Stra\xc3\x9f" "e \xc3\x84", 0),
	    "strasse \xc3\xa4");
	/* full-width K, minus sign, figure dash, soft hyphen */
	assert_string_equal(folded(&b,
	    "\xef\xbc\xab\xe2\x88\x92" "2026\xe2\x80\x92" "0031", 1),
	    "k-2026-0031");
	assert_string_equal(folded(&b, "K\xef\xbc\x8d\xc2\xad" "1", 1), "k-1");
	assert_string_equal(folded(&b, "\xff" "A", 0), "\xef\xbf\xbd" "a");
	buf_release(&b);
}

static void
base_is(const char *subject, const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(text_base_subject(&b, subject, strlen(subject)), 0);
	assert_string_equal(buf_str(&b), want);
	buf_release(&b);
}

static void
test_base_subject(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	base_is("", "");
	base_is("RE:", "");
	base_is(" Re: AW:  Fwd: Lease of\r\n\tthe Mill ",
	    "lease of the mill");
	base_is("AW: WG: Antwort: Mietvertrag", "mietvertrag");
	base_is("TR: R\xc3\xa9" "f", "r\xc3\xa9" "f");
	base_is("回复: 转发: 租约", "租约");
	base_is("回复：租约", "租约");
	base_is("轉寄：答覆:租約", "租約");
	base_is("Rent: due", "rent: due");
	base_is("Regarding", "regarding");
	buf_adds(&b, "x");
	assert_int_equal(text_base_subject(&b, "Re: a", 5), 0);
	assert_string_equal(buf_str(&b), "xa");
	buf_release(&b);
}

static void
test_encodings(void **state)
{
	struct buf b = BUF_INIT;
	uint8_t out[4];

	(void)state;
	assert_int_equal(text_unhex("00fFa1", 6, out), 0);
	assert_memory_equal(out, "\x00\xff\xa1", 3);
	assert_int_equal(text_unhex("0", 1, out), -1);
	assert_int_equal(text_unhex("0g", 2, out), -1);
	text_base64(&b, "", 0);
	text_base64(&b, "f", 1);
	text_base64(&b, "fo", 2);
	text_base64(&b, "foo", 3);
	text_base64(&b, "foob", 4);
	assert_string_equal(buf_str(&b), "Zg==Zm8=Zm9vZm9vYg==");
	buf_clear(&b);
	assert_int_equal(text_unbase64(&b, "Zg==", 4), 0);
	assert_int_equal(text_unbase64(&b, "Zm8=", 4), 0);
	assert_int_equal(text_unbase64(&b, "Zm9vZm9v", 8), 0);
	assert_int_equal(text_unbase64(&b, "", 0), 0);
	assert_string_equal(buf_str(&b), "ffofoofoo");
	buf_clear(&b);
	static const char *const bad[] = { "Zg=", "Zh==", "Zm9=", "Z===",
	    "====", "Zg==Zg==", "Zm 8", "Zm8\n", "Zm-_", "Z=8=" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(text_unbase64(&b, bad[i], strlen(bad[i])), -1);
	buf_clear(&b);
	text_html(&b, "<a b=\"&\">\t\n\x01\x7f\xc2\x85", 15);
	assert_string_equal(buf_str(&b), "&lt;a b=&quot;&amp;&quot;&gt;\t\n"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	buf_clear(&b);
	text_html(&b, "\xef\xbf\xbf\xef\xb7\x90\xf0\x9f\xbf\xbe"
	    "\xef\xb7\xb0\xf0\x9f\x98\x80", 17);
	assert_string_equal(buf_str(&b), "\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xb7\xb0\xf0\x9f\x98\x80");
	buf_clear(&b);
	assert_int_equal(text_unpercent(&b, "a%2Fb+c%e4", 10), 0);
	assert_string_equal(buf_str(&b), "a/b+c\xe4");
	assert_int_equal(text_unpercent(&b, "%2", 2), -1);
	assert_int_equal(text_unpercent(&b, "%zz", 3), -1);
	buf_clear(&b);
	text_percent(&b, "a/b c~\xe4", 7);
	assert_string_equal(buf_str(&b), "a%2Fb%20c~%E4");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_clean_and_cut),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_base_subject),
		cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
