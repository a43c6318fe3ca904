/* SPDX-License-Identifier: ISC */
/* csv: quoting, and no cell that a spreadsheet would run. */
#include "proto/out/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_lines(void **state)
{
	struct buf b = BUF_INIT;
	struct csv c;

	(void)state;
	csv_begin(&c, &b);
	csv_cell(&c, "plain");
	csv_cell(&c, NULL);
	csv_cell(&c, "a,b");
	csv_cell(&c, "say \"x\"");
	csv_number(&c, -5);
	csv_line(&c);
	csv_cell(&c, "two\r\nlines");
	csv_cell(&c, " space");
	csv_celln(&c, "\xff", 1);
	csv_line(&c);
	assert_string_equal(buf_str(&b), "\xef\xbb\xbf"
	    "plain,,\"a,b\",\"say \"\"x\"\"\",-5\r\n"
	    "\"two\r\nlines\",\" space\",\xef\xbf\xbd\r\n");
	buf_release(&b);
}

static void
test_formulas(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "=1+1", "'=1+1" }, { "+44 20", "'+44 20" }, { "-x", "'-x" },
		{ "@x", "'@x" }, { "\tx", "'\tx" }, { "\rx", "\"'\rx\"" },
		{ "=\"a\",b", "\"'=\"\"a\"\",b\"" }, { "a=1", "a=1" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = BUF_INIT;
		struct csv c = { &b, 0 };

		csv_cell(&c, cases[i].in);
		assert_string_equal(buf_str(&b), cases[i].out);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_formulas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
