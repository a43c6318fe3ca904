/* SPDX-License-Identifier: ISC */
/*
 * bundle_numbers: the numbers that builds gave stay with their documents, in
 * later builds, in supplements and in sets of copies.
 */
#include "store/ask/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/roof.h"

static void
test_numbers(void **state)
{
	struct numbers numbers;
	struct plan *plan;
	struct id second, new;
	char both[900];

	(void)state;
	(void)roof_decide(bundle, mid, "{'as':'withhold','basis':'litigation',"
	    "'description':'advice'}");
	(void)snprintf(both, sizeof(both), "%s%s%s",
	    roof_line(early, "K1-0000001", "K1-0000002", "produce"),
	    roof_line(mid, "", "", "withhold"),
	    roof_line(late, "K1-0000003", "K1-0000004", "produce"));
	roof_build(bundle, 1, both);
	plan = roof_plan(bundle, 0, 0, 1);
	assert_int_equal(plan->next, 5);
	assert_string_equal(plan->item[0].numbered->first, "K1-0000001");
	assert_string_equal(plan->item[1].numbered->first, "");
	plan_free(plan);
	assert_int_equal(bundle_numbers(fill.store, &bundle, 1, &numbers,
	    &trouble), 1);
	assert_int_equal(numbers.n, 3);
	assert_true(id_equal(&numbers.v[2].document, &late));
	assert_string_equal(numbers.v[2].last, "K1-0000004");
	numbers_release(&numbers);
	assert_int_equal(bundle_numbers(fill.store, &bundle, 2, &numbers,
	    &trouble), 0);
	/* A supplement: what was produced is not; what was withheld stays. */
	second = roof_open("{'prefix':'K1-','profile':'production',"
	    "'supplements':'B-0001'}");
	new = roof_letter("new", "2026-01-02");
	(void)roof_file(new, kase);
	roof_expect(second, 0, "D-000002 produced-before, D-000006 produce, "
	    "D-000003 withhold, D-000001 produced-before");
	plan = roof_plan(second, 0, 0, 3);
	assert_int_equal(plan->next, 5);
	plan_free(plan);
	/* Unless it says so itself. */
	(void)roof_decide(second, twin, "{'as':'produce'}");
	roof_expect(second, 0, "D-000002 produce, D-000006 produce, "
	    "D-000003 withhold, D-000001 produced-before");
	/* What the supplement gave, the first bundle does not give again. */
	roof_build(second, 1, roof_line(new, "K1-0000005", "K1-0000009",
	    "produce"));
	plan = roof_plan(bundle, 0, 0, 3);
	assert_int_equal(plan->next, 10);
	assert_true(id_equal(&plan->bundle.continued, &second));
	plan_free(plan);
}

/* Numbers stay with the bytes; what is decided of a copy counts. */
static void
test_sets(void **state)
{
	struct plan *plan;

	(void)state;
	/* Not filed here, but of the set: it was left out by its number. */
	(void)roof_entry(KIND_DOCUMENT_UNFILED,
	    (struct names){ .client = client, .kase = kase, .document = early },
	    "{'filing':11,'how':'moved'}");
	roof_expect(bundle, 0, "D-000005 produce, D-000003 produce, "
	    "D-000001 produce");
	(void)roof_decide(bundle, early, "{'as':'leave-out','reason':'no'}");
	roof_expect(bundle, 0, "D-000005 leave-out, D-000003 produce, "
	    "D-000001 produce");
	(void)roof_decide(bundle, twin, "{'as':'produce'}");
	roof_expect(bundle, 0, "D-000005 produce, D-000003 produce, "
	    "D-000001 produce");
	roof_build(bundle, 1, roof_line(twin, "K1-0000001", "K1-0000002",
	    "produce"));
	(void)roof_file(early, kase);
	plan = roof_plan(bundle, 0, 0, 2);
	assert_int_equal(plan->n, 3);
	for (size_t i = 0; i < plan->n; i++) {
		assert_false(id_equal(&plan->item[i].document, &early));
		if (!id_equal(&plan->item[i].document, &twin))
			continue;
		assert_int_equal(plan->item[i].ncopies, 1);
		assert_true(id_equal(&plan->item[i].copy[0], &early));
		assert_string_equal(plan->item[i].numbered->first,
		    "K1-0000001");
	}
	assert_int_equal(plan->napart, 0);
	plan_free(plan);
}

static void
test_bad_numbers(void **state)
{
	struct plan *plan;
	int got;

	(void)state;
	roof_build(bundle, 1, "{\"document\":\"D-000001\",\"pages\":1,"
	    "\"treatment\":\"produce\"}\n");
	plan = plan_new(fill.store, &bundle, 0, 0, &trouble);
	assert_non_null(plan);
	while ((got = plan_more(plan, 9, &trouble)) == 1)
		;
	assert_int_equal(got, -1);	/* numbers might be given twice */
	plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, roof_begin, roof_end)
		T(test_numbers), T(test_sets), T(test_bad_numbers),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
