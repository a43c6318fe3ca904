/* SPDX-License-Identifier: ISC */
/* routes: the table hangs together, and paths find their row. */
#include "proto/base/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t
count(const struct route_field *f)
{
	size_t n = 0;

	while (f[n].name != NULL)
		n++;
	return n;
}

static void
test_table(void **state)
{
	(void)state;
	for (int i = 0; i < ROUTE_COUNT; i++) {
		const struct route_row *row = route_row((enum route)i);

		assert_non_null(row->answer);
		assert_true(row->status >= 200 && row->status <= 202);
		assert_int_equal(strncmp(row->path, "/api/v1/", 8), 0);
		/* A GET has no body. */
		if (strcmp(row->method, "GET") == 0)
			assert_int_equal(count(row->body), 0);
	}
	assert_int_equal(count(route_row(ROUTE_STATUS)->query), 0);
	assert_int_equal(count(route_row(ROUTE_TRIAGE_FILE)->body), 3);
	assert_string_equal(route_row(ROUTE_RULE_UNDO)->body[2].name,
	    "reason");
	assert_int_equal(count(route_row(ROUTE_RULE_UNDO)->body), 3);
	assert_string_equal(route_row(ROUTE_DOCUMENTS)->query[0].name, "case");
}

static void
test_match(void **state)
{
	enum route r;
	const char *id;
	size_t n;

	(void)state;
	for (int i = 0; i < ROUTE_COUNT; i++) {
		const struct route_row *row = route_row((enum route)i);

		assert_int_equal(route_match(row->method, row->path, &r, &id,
		    &n), 1);
		assert_int_equal(r, i);
	}
	assert_int_equal(route_match("GET", "/api/v1/cases/K-2026-0001",
	    &r, &id, &n), 1);
	assert_int_equal(r, ROUTE_CASE);
	assert_int_equal(n, 11);
	assert_memory_equal(id, "K-2026-0001", 11);
	assert_int_equal(route_match("POST", "/api/v1/cases/K/parties/end",
	    &r, &id, &n), 1);
	assert_int_equal(r, ROUTE_PARTY_END);
	assert_int_equal(n, 1);
}

static void
test_no_match(void **state)
{
	static const char *none[] = { "", "/", "/api/v1", "/api/v1/",
	    "/api/v1/cases/", "/api/v1/cases//close", "/api/v1/cases/K/shut",
	    "/api/v1/cases/K/close/", "/api/v1/statusx", "api/v1/status" };
	enum route r;
	const char *id;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_int_equal(route_match("GET", none[i], &r, &id, &n), 0);
	assert_int_equal(route_match("DELETE", "/api/v1/status", &r, &id, &n),
	    -1);
	assert_int_equal(route_match("GET", "/api/v1/cases/K/close", &r, &id,
	    &n), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_no_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
