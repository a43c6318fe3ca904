/* SPDX-License-Identifier: ISC */
/*
 * Every file call of the commit path fails once: what was acknowledged stays,
 * the store verifies and goes on.
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
	run_broken(NULL, run_append, EIO);
}

static void
each_call_finds_no_space(void **state)
{
	(void)state;
	run_broken(NULL, run_append, ENOSPC);
}

static void
full_disk_resumes(void **state)
{
	struct place p;
	struct trouble t;
	struct log *log;
	struct receipt r;
	static uint8_t big[200000];

	(void)state;
	fault_reset();
	place_make(&p, 1);
	log = place_open(&p, &t);
	assert_non_null(log);
	fault_full(1);
	logs_bytes(1, big, sizeof(big));
	assert_int_equal(logs_contact(log, &r), LOG_NO_SPACE);
	assert_int_equal(logs_document(log, big, sizeof(big), &r),
	    LOG_NO_SPACE);
	assert_false(log_dead(log, NULL));
	fault_full(0);
	assert_int_equal(logs_contact(log, &r), LOG_DONE);
	assert_int_equal(r.seq, 2);
	assert_int_equal(logs_document(log, big, sizeof(big), &r), LOG_DONE);
	log_close(log);
	place_remove(&p);
}

static void
failed_sync_is_final(void **state)
{
	struct place p;
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log *log;
	struct receipt r;

	(void)state;
	fault_reset();
	place_make(&p, 1);
	log = place_open(&p, &t);
	assert_int_equal(logs_contact(log, &r), LOG_DONE);
	fault_fail(2, EIO);	/* the write passes, its sync does not */
	assert_int_equal(logs_contact(log, &r), LOG_DEAD);
	assert_true(log_dead(log, &t));
	assert_int_equal(t.key, SAY_STORE_SYNC);
	assert_int_equal(logs_contact(log, &r), LOG_DEAD);
	log_close(log);
	place_remove(&p);
}

static void
stepped_clock_is_an_entry(void **state)
{
	struct place p;
	struct trouble t;
	struct log *log;
	struct receipt a, b;

	(void)state;
	fault_reset();
	place_make(&p, 1);
	log = place_open(&p, &t);
	assert_int_equal(logs_contact(log, &a), LOG_DONE);
	fault_clock(-INT64_C(3600) * 1000000);
	assert_int_equal(logs_contact(log, &b), LOG_DONE);
	assert_int_equal(b.seq, a.seq + 2);
	assert_true(b.at >= a.at);
	log_close(log);
	fault_reset();
	place_remove(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_fails),
		cmocka_unit_test(each_call_finds_no_space),
		cmocka_unit_test(full_disk_resumes),
		cmocka_unit_test(failed_sync_is_final),
		cmocka_unit_test(stepped_clock_is_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
