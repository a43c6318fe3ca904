/* SPDX-License-Identifier: ISC */
/*
 * Subjects of fax gateways: what stands in their places, what does not match,
 * and that no subject takes long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/filing/fax.h"

static void
subjects(void **state)
{
	static const struct {
		const char	*pattern, *subject;
		int		 hit;
		const char	*number, *name, *pages, *result;
	} cases[] = {
		{ "Fax from {number} ({pages} pages)*",
		    "FAX from +44 20 7946 0001 (3 pages) line 2", 1,
		    "+44 20 7946 0001", "", "3", "" },
		{ "Fax from {number}", "Fax from +44 20", 1, "+44 20", "", "",
		    "" },
		{ "Fax from {number}", "Fax from nobody", 0, "", "", "", "" },
		{ "Fax from {number}", "Re: Fax from 1", 0, "", "", "", "" },
		{ "*{number} - {name}", "[fax] 442079460001 - Jane - Roe", 1,
		    "442079460001", "Jane - Roe", "", "" },
		{ "[*] {number} - {name}", "[fax] 442079460001 - Jane - Roe",
		    1, "442079460001", "Jane - Roe", "", "" },
		{ "Fax to {number}: {result}", "Fax to 0044: no answer", 1,
		    "0044", "", "", "no answer" },
		{ "\xe4\xbc\xa0\xe7\x9c\x9f {number}",
		    "\xe4\xbc\xa0\xe7\x9c\x9f 010-1234", 1, "010-1234", "",
		    "", "" },
		{ "?ax", "fax", 1, "", "", "", "" },
		{ "{pages}", "", 0, "", "", "", "" },
		{ "", "", 1, "", "", "", "" },
	};
	struct fax_call call;
	size_t i;

	(void)state;
	memset(&call, 0, sizeof(call));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fax_subject(cases[i].pattern,
		    cases[i].subject, &call), cases[i].hit);
		if (!cases[i].hit)
			continue;
		assert_string_equal(call.number, cases[i].number);
		assert_string_equal(call.name, cases[i].name);
		assert_string_equal(call.pages, cases[i].pages);
		assert_string_equal(call.result, cases[i].result);
	}
}

static void
long_ones(void **state)
{
	struct fax_call call;
	char subject[1002];

	(void)state;
	memset(&call, 0, sizeof(call));
	memset(subject, '1', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	assert_int_equal(fax_subject("*", subject, &call), 0);
	subject[1000] = '\0';
	assert_int_equal(fax_subject("*", subject, &call), 1);
	assert_int_equal(fax_subject("*{number}*{pages}*{name}*{result}x",
	    subject, &call), 0);
	/* Longer than its place: cut at a character, never past it. */
	assert_int_equal(fax_subject("{number}", subject, &call), 1);
	assert_int_equal(strlen(call.number), sizeof(call.number) - 1);
}

static void
patterns(void **state)
{
	(void)state;
	assert_null(fax_pattern_bad("Fax {number} {name} {pages} {result}"));
	assert_string_equal(fax_pattern_bad("Fax {numbre} x"), "{numbre} x");
	assert_non_null(fax_pattern_bad(""));
	assert_non_null(fax_pattern_bad("Fax {"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
