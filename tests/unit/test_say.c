/* SPDX-License-Identifier: ISC */
/* say: both languages say the same, with the same values. */
#include "proto/base/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/text.h"

/* Bit i: {i} occurs. */
static unsigned
places(const char *text)
{
	unsigned set = 0;

	for (; *text != '\0'; text++) {
		if (text[0] != '{' || text[1] < '0' || text[1] > '9' ||
		    text[2] != '}')
			continue;
		set |= 1u << (text[1] - '0');
	}
	return set;
}

static void
test_catalogue(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SAY_COUNT; i++) {
		const char *en = say_text(LANG_EN, (enum say_key)i);
		const char *zh = say_text(LANG_ZH, (enum say_key)i);

		if (places(en) != places(zh) || *en == '\0' || *zh == '\0')
			fail_msg("%s: \"%s\" and \"%s\"",
			    say_name((enum say_key)i), en, zh);
		assert_true(text_is_utf8(en, strlen(en)));
		assert_true(text_is_utf8(zh, strlen(zh)));
	}
}

static void
test_fill(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	say(&b, LANG_EN, SAY_ENTRY_GAP, "43", "{1}", NULL);
	assert_string_equal(buf_str(&b), "43 days without contact ({1} to )");
	buf_clear(&b);
	say(&b, LANG_EN, SAY_ENTRY_GAP, "43");
	assert_string_equal(buf_str(&b), "43 days without contact ( to )");
	buf_release(&b);
}

static void
test_lang(void **state)
{
	(void)state;
	assert_int_equal(lang_of(NULL), LANG_EN);
	assert_int_equal(lang_of("C"), LANG_EN);
	assert_int_equal(lang_of("zha"), LANG_EN);
	assert_int_equal(lang_of("zh"), LANG_ZH);
	assert_int_equal(lang_of("zh_CN.UTF-8"), LANG_ZH);
	assert_int_equal(lang_of("zh-Hans"), LANG_ZH);
	assert_string_equal(lang_tag(LANG_ZH), "zh-Hans");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_lang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
