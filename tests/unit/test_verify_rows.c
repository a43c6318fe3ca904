/* SPDX-License-Identifier: ISC */
/*
 * verify_rows: sums of rows in order and as sets, the limit on rows, and the
 * cells of a workbook, with what only looks like an escape.
 */
#include "client/verify_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/limits.h"

static void
fill(struct rowsums *r, const char *rows)
{
	memset(r, 0, sizeof *r);
	for (; *rows != '\0'; rows++)
		assert_int_equal(rowsums_add(r, rows, 1), 0);
}

static void
test_sums(void **state)
{
	static const struct { const char *a, *b; uint64_t differ; int same; }
	    cases[] = {
		{ "", "", 0, 1 }, { "abc", "abc", 0, 1 },
		{ "abc", "acb", 2, 1 }, { "abc", "ab", 3, 0 },
		{ "ab", "abc", 3, 0 }, { "aab", "abb", 2, 0 },
		{ "", "a", 1, 0 }, { "abc", "xbc", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rowsums a, b;

		fill(&a, cases[i].a);
		fill(&b, cases[i].b);
		assert_int_equal(rowsums_differ(&a, &b), cases[i].differ);
		assert_int_equal(rowsums_same_set(&a, &b), cases[i].same);
		buf_release(&a.sums);
		buf_release(&b.sums);
	}
}

static void
test_limit(void **state)
{
	struct rowsums r = { BUF_INIT, 0 };

	(void)state;
	for (uint64_t i = 0; i < LIMIT_VERIFY_ROWS; i++)
		if (rowsums_add(&r, "", 0) == -1)
			fail_msg("row %llu", (unsigned long long)i);
	assert_int_equal(rowsums_add(&r, "", 0), -1);
	buf_release(&r.sums);
}

static void
test_cell(void **state)
{
	struct buf b = BUF_INIT;
	char *text = malloc(32769);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 32768);
	text[32768] = '\0';
	book_cell(&b, text);
	assert_int_equal(b.len, 32767);
	assert_string_equal(buf_str(&b) + 32764, "...");
	buf_clear(&b);
	text[32767] = '\0';
	book_cell(&b, text);
	assert_string_equal(buf_str(&b), text);
	buf_release(&b);
	free(text);
}

/* No archive at all, an empty one: refused, never a crash. */
static int
no_row(void *arg, unsigned tab, uint64_t row, const char *const cell[],
    unsigned n)
{
	(void)arg;
	(void)tab;
	(void)row;
	(void)cell;
	(void)n;
	fail();
	return 0;
}

static void
test_no_book(void **state)
{
	static const char *const bad[] = { "", "PK\3\4", "PK\5\6", "hello" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct table_fault fault = { SAY_COUNT, 0 };

		assert_int_equal(book_read(bad[i], strlen(bad[i]), no_row,
		    NULL, &fault), -1);
		assert_int_equal(fault.key, SAY_VERIFY_SHAPE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_cell),
		cmocka_unit_test(test_no_book),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
