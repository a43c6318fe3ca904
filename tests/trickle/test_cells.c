/* SPDX-License-Identifier: ISC */
/*
 * cells: tables whole, byte by byte and cut at every place, in each of the
 * three forms; what is refused, at which row and why; rows at their limits.
 */
#include "proto/out/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/limits.h"
#include "proto/out/dat.h"
#include "proto/out/gdpdu.h"
#include "proto/out/opt.h"

#define B "\xef\xbb\xbf"
#define Q "\xc3\xbe"
#define S "\x14"

static const struct {
	const struct cells_form *form;
	const char *in, *heard;
} cases[] = {
	{ &dat_form, B Q "A" Q S Q "B" Q "\r\n" Q Q S Q "x,;\"" Q "\r\n",
	    "[A|B][|x,;\"]" },
	/* A character that begins like a thorn. */
	{ &dat_form, B Q "\xc3\xa9" Q "\r\n", "[\xc3\xa9]" },
	{ &dat_form, B, "" }, { &dat_form, "", "!mark 1" },
	{ &dat_form, Q "A" Q "\r\n", "!mark 1" },
	{ &dat_form, B Q "A" Q "\r\n" Q "A" Q S Q "B" Q "\r\n",
	    "[A]!count 2" },
	{ &dat_form, B Q "A" Q S Q "B" Q "\r\n" Q "A" Q "\r\n",
	    "[A|B]!count 2" },
	{ &dat_form, B "A\r\n", "!quote 1" },
	{ &dat_form, B Q "A" Q "," Q "B" Q "\r\n", "!quote 1" },
	{ &dat_form, B Q "A" Q "\r\n\r\n", "[A]!quote 2" },
	{ &dat_form, B Q "A" S "B" Q "\r\n", "!byte 1" },
	{ &dat_form, B Q "A\nB" Q "\r\n", "!byte 1" },
	{ &dat_form, B Q "A" Q "\n", "!quote 1" },
	{ &dat_form, B Q "A" Q "\r\r\n", "!byte 1" },
	{ &dat_form, B Q "A\xff" Q "\r\n", "!byte 1" },
	{ &dat_form, B Q "A" Q, "!torn 1" },
	{ &dat_form, B Q "A" Q "\r", "!torn 1" },
	{ &dat_form, B Q "A", "!torn 1" },
	{ &dat_form, "\xef\xbb", "!mark 1" },
	{ &dat_form, B "\xc3", "!torn 1" },
	{ &dat_form, B "\xc3\xa9\r\n", "!quote 1" },
	{ &dat_form, B Q "A" Q Q "B" Q "\r\n", "!quote 1" },

	{ &opt_form, "A,V,I\\1.pdf,Y,,,2\r\nB,V,,,,,\r\n",
	    "[A|V|I\\1.pdf|Y|||2][B|V|||||]" },
	{ &opt_form, "", "" }, { &opt_form, "a\"b,c\r\n", "[a\"b|c]" },
	{ &opt_form, "a\r\nb,c\r\n", "[a]!count 2" },
	{ &opt_form, "a\n", "!byte 1" }, { &opt_form, "a,b", "!torn 1" },
	{ &opt_form, "\n", "!byte 1" }, { &opt_form, "\r\n", "[]" },
	{ &opt_form, "a\rb", "!byte 1" },

	{ &gdpdu_form, "\"A\";\"B\"\r\n12;\"x;\"\"y\"\"\"\r\n;\"\"\r\n",
	    "[A|B][12|x;\"y\"][|]" },
	{ &gdpdu_form, "a\"b\r\n", "!quote 1" },
	{ &gdpdu_form, "\"a\"b\r\n", "!quote 1" },
	{ &gdpdu_form, "\"a\r\nb\"\r\n", "!byte 1" },
	{ &gdpdu_form, "\"a", "!torn 1" }, { &gdpdu_form, "\"a\"", "!torn 1" },
	{ &gdpdu_form, "\"a\"\"\r\n", "!byte 1" },
	{ &gdpdu_form, ";;\r\n", "[||]" },
};

static const char *const faults[] = {
	[CELLS_NO_MEMORY] = "memory", [CELLS_MARK] = "mark",
	[CELLS_QUOTE] = "quote", [CELLS_BYTE] = "byte", [CELLS_LONG] = "long",
	[CELLS_COUNT] = "count", [CELLS_TORN] = "torn",
};

static void
hear_row(struct buf *heard, const struct cells *c)
{
	buf_addc(heard, '[');
	for (unsigned i = 0; i < c->ncells; i++) {
		if (i > 0)
			buf_addc(heard, '|');
		buf_adds(heard, c->cell[i]);
	}
	buf_addc(heard, ']');
}

static int
feed(struct cells *c, struct buf *heard, const char *p, size_t n)
{
	while (n > 0) {
		size_t used;
		int rc = cells_read(c, p, n, &used);

		if (rc == -1)
			return -1;
		if (rc == 0) {
			assert_int_equal(used, n);
			return 0;
		}
		hear_row(heard, c);
		p += used;
		n -= used;
	}
	return 0;
}

/* In two pieces, the first of `cut' bytes; cut 0: byte by byte. */
static void
check(size_t i, size_t cut)
{
	const char *in = cases[i].in;
	size_t len = strlen(in);
	struct buf heard = BUF_INIT;
	struct cells c;
	int rc = 0;

	cells_init(&c, cases[i].form);
	if (cut == 0)
		for (size_t k = 0; k < len && rc == 0; k++)
			rc = feed(&c, &heard, in + k, 1);
	else if ((rc = feed(&c, &heard, in, cut)) == 0)
		rc = feed(&c, &heard, in + cut, len - cut);
	if (rc == 0)
		rc = cells_read_end(&c);
	if (rc == -1) {
		size_t used;

		buf_addc(&heard, '!');
		buf_adds(&heard, faults[c.fault]);
		buf_addc(&heard, ' ');
		buf_addu(&heard, c.row);
		/* It stays bad. */
		assert_int_equal(cells_read(&c, "x", 1, &used), -1);
		assert_int_equal(cells_read_end(&c), -1);
	}
	if (strcmp(buf_str(&heard), cases[i].heard) != 0)
		fail_msg("case %zu cut %zu: %s, not %s", i, cut,
		    buf_str(&heard), cases[i].heard);
	buf_release(&heard);
	cells_release(&c);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (size_t cut = 0; cut <= strlen(cases[i].in); cut++)
			check(i, cut);
}

static void
test_nul(void **state)
{
	static const struct { const struct cells_form *form; const char *in; }
	    nuls[] = {
		{ &dat_form, B Q "A\0" Q "\r\n" }, { &opt_form, "A\0,,\r\n" },
		{ &gdpdu_form, "\"A\0\"\r\n" }, { &opt_form, "\0\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t used, len = 12;
		struct cells c;

		cells_init(&c, nuls[i].form);
		if (i > 0)
			len = 4;
		assert_int_equal(cells_read(&c, nuls[i].in, len, &used), -1);
		assert_int_equal(c.fault, CELLS_BYTE);
		cells_release(&c);
	}
}

/* A row of n bytes in one cell, its NUL counted. */
static enum cells_fault
long_row(size_t n)
{
	char *text = malloc(n + 2);
	enum cells_fault fault;
	struct cells c;
	size_t used;

	assert_non_null(text);
	memset(text, 'x', n);
	text[n] = '\r';
	text[n + 1] = '\n';
	cells_init(&c, &opt_form);
	(void)cells_read(&c, text, n + 2, &used);
	fault = c.fault;
	cells_release(&c);
	free(text);
	return fault;
}

static enum cells_fault
wide_row(size_t n)
{
	char text[2 * SHEET_COLUMNS_MAX];
	struct cells c;
	size_t used;
	enum cells_fault fault;

	memset(text, ',', sizeof text);
	text[n - 1] = '\r';
	text[n] = '\n';
	cells_init(&c, &opt_form);
	(void)cells_read(&c, text, n + 1, &used);
	fault = c.fault;
	cells_release(&c);
	return fault;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_int_equal(long_row(LIMIT_SHEET_ROW - 1), CELLS_FINE);
	assert_int_equal(long_row(LIMIT_SHEET_ROW), CELLS_LONG);
	assert_int_equal(wide_row(SHEET_COLUMNS_MAX), CELLS_FINE);
	assert_int_equal(wide_row(SHEET_COLUMNS_MAX + 1), CELLS_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
