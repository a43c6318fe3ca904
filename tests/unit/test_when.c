/* SPDX-License-Identifier: ISC */
/* when: dates and instants, both ways. */
#include "proto/base/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_parse(void **state)
{
	static const struct {
		const char *in, *out;
		enum when_precision precision;
		int has_offset, offset;
	} cases[] = {
		{ "2026", "2026-01-01T00:00:00.000000Z", WHEN_YEAR, 0, 0 },
		{ "2026-03", "2026-03-01T00:00:00.000000Z", WHEN_MONTH, 0, 0 },
		{ "2024-02-29", "2024-02-29T00:00:00.000000Z", WHEN_DATE, 0,
		    0 },
		{ "2026-03-02T10:15", "2026-03-02T10:15:00.000000Z",
		    WHEN_MINUTE, 0, 0 },
		{ "2026-03-02T10:15+01:00", "2026-03-02T09:15:00.000000Z",
		    WHEN_MINUTE, 1, 60 },
		{ "2026-03-02T10:15:07Z", "2026-03-02T10:15:07.000000Z",
		    WHEN_EXACT, 1, 0 },
		{ "2026-01-01T00:00:00.1234569-05:30",
		    "2026-01-01T05:30:00.123456Z", WHEN_EXACT, 1, -330 },
		{ "0001-01-01", "0001-01-01T00:00:00.000000Z", WHEN_DATE, 0,
		    0 },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z",
		    WHEN_EXACT, 1, 0 },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z",
		    WHEN_EXACT, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[WHEN_TEXT_MAX];
		struct when w;

		assert_int_equal(when_parse(cases[i].in, strlen(cases[i].in),
		    &w), 0);
		assert_string_equal(when_text(w.at, text), cases[i].out);
		assert_int_equal(w.precision, cases[i].precision);
		assert_int_equal(w.has_offset, cases[i].has_offset);
		assert_int_equal(w.offset, cases[i].offset);
	}
}

static void
test_refused(void **state)
{
	static const char *const cases[] = {
		"", "26", "02026", "0000", "2026-", "2026-13", "2026-00",
		"2026-3", "2026-02-29", "1900-02-29", "2026-04-31",
		"2026-03-02T", "2026-03-02T10", "2026-03-02T24:00",
		"2026-03-02T10:60", "2026-03-02T10:15:60", "2026T10:15",
		"2026-03-02 10:15", "2026-03-02T10:15:00.",
		"2026-03-02T10:15:00.1234567890Z", "2026-03-02T10:15.5",
		"2026-03-02Z", "2026-03-02T10:15z", "2026-03-02T10:15+1:00",
		"2026-03-02T10:15+24:00", "2026-03-02T10:15+0100",
		"0001-01-01T00:00+00:01", "9999-12-31T23:59-00:01",
		"2026-03-02T10:15Zx",
	};
	struct when w;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(when_parse(cases[i], strlen(cases[i]), &w),
		    -1);
}

static void
test_civil(void **state)
{
	int64_t days = when_days(1, 1, 1), last = when_days(9999, 12, 31);
	int y, m, d;

	(void)state;
	assert_true(when_days(1970, 1, 1) == 0);
	assert_true(when_days(2000, 3, 1) == 11017);
	for (; days <= last; days += 13) {
		when_civil(days, &y, &m, &d);
		assert_true(when_days(y, m, d) == days);
	}
}

static void
test_text(void **state)
{
	char text[WHEN_TEXT_MAX];
	int64_t at = when_days(2026, 3, 2) * WHEN_DAY + 36915 * WHEN_SECOND;

	(void)state;
	assert_string_equal(when_short(at, text), "2026-03-02T10:15:15Z");
	assert_string_equal(when_date(at, text), "2026-03-02");
	assert_int_equal(when_year(at), 2026);
	assert_int_equal(when_year(-1), 1969);
	assert_string_equal(when_text(WHEN_NONE, text), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_civil),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
