/* SPDX-License-Identifier: ISC */
/* ids: read, written, as keys that sort. */
#include "proto/base/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_both_ways(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "C-0012", "C-0012" }, { "c-12", "C-0012" },
		{ "C-00000012", "C-0012" }, { "C-123456", "C-123456" },
		{ "K-2026-0031", "K-2026-0031" },
		{ "k-2026-31", "K-2026-0031" },
		{ "P-7", "P-0007" }, { "S-3", "S-03" }, { "S-100", "S-100" },
		{ "D-201", "D-000201" }, { "D-000201.2", "D-000201.2" },
		{ "D-4294967295.65535", "D-4294967295.65535" },
		{ "K-9999-4294967295", "K-9999-4294967295" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[ID_TEXT_MAX];
		uint8_t key[ID_KEY_LEN];
		struct id id, again;

		assert_int_equal(id_parse(cases[i].in, strlen(cases[i].in),
		    &id), 0);
		assert_string_equal(id_text(&id, text), cases[i].out);
		id_key(&id, key);
		id_from_key(key, &again);
		assert_true(id_equal(&id, &again));
	}
}

static void
test_refused(void **state)
{
	static const char *const cases[] = {
		"", "C", "C-", "C-0", "C-0000", "C12", "C-12x", "C-1 ", " C-1",
		"X-1", "Q-2026-0001", "K-1", "K-26-1", "K-2026-", "K-2026-0",
		"K-0000-1", "K-20260-1", "K-2026-1.1", "C-4294967296",
		"D-1.0", "D-1.", "D-1.65536", "D-1.1.1", "C-1.1", "C--1",
		"C-+1",
	};
	struct id id;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(id_parse(cases[i], strlen(cases[i]), &id),
		    -1);
}

static void
test_none(void **state)
{
	static const uint8_t zero[ID_KEY_LEN], odd[ID_KEY_LEN] = { 99, 1 };
	struct id none = { ID_NONE, 0, 0, 0 }, id;
	char text[ID_TEXT_MAX];

	(void)state;
	assert_string_equal(id_text(&none, text), "");
	id_from_key(zero, &id);
	assert_true(id_equal(&id, &none));
	id_from_key(odd, &id);
	assert_true(id_equal(&id, &none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
