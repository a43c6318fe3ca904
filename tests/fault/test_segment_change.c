/* SPDX-License-Identifier: ISC */
/*
 * Every file call while segments of both series fill and change, and the ring
 * with them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/fault/fault.h"
#include "tests/fault/runs.h"

static void
each_call_fails(void **state)
{
	(void)state;
	run_broken(NULL, run_changes, EIO);
}

static void
each_call_finds_no_space(void **state)
{
	(void)state;
	run_broken(NULL, run_changes, ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_fails),
		cmocka_unit_test(each_call_finds_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
