/* SPDX-License-Identifier: ISC */
/*
 * Every call of a ring's writing fails, and the power with it: both files or
 * one of them hold every secret that was handed out.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/journal/ring.h"
#include "tests/fault/fault.h"
#include "tests/unit/logs.h"

#define ROWS 8

struct given {
	uint32_t	segment;
	uint8_t		secret[SECRET_LEN];
};

static unsigned
take(struct ring *r, struct given *given)
{
	unsigned n = 0;
	struct trouble t;

	while (n < ROWS && ring_next(r, LOG_JOURNAL, &given[n].segment,
	    given[n].secret, &t) == 0)
		n++;
	return n;
}

static void
check(const struct place *p, const char *dir, const struct given *given,
    unsigned n)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct ring *r = ring_load(dir, p->key, &t);
	uint8_t secret[SECRET_LEN];
	uint32_t next;

	if (r == NULL)
		logs_say(&t);
	assert_non_null(r);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(ring_secret(r, LOG_JOURNAL, given[i].segment,
		    secret), 1);
		assert_memory_equal(secret, given[i].secret, SECRET_LEN);
	}
	assert_int_equal(ring_next(r, LOG_JOURNAL, &next, secret, &t), 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_not_equal(given[i].segment, next);
	ring_free(r);
}

static void
each_call_fails(void **state)
{
	struct given given[ROWS];
	struct place p;
	struct trouble t;
	struct ring *r;
	char dir[LOGS_PATH];
	unsigned got;
	int done = 1;

	(void)state;
	for (unsigned n = 1; done; n++) {
		fault_reset();
		place_make(&p, 0);
		assert_int_equal(ring_create(p.root, p.key, &t), 0);
		(void)snprintf(dir, sizeof(dir), "%s", p.root);
		r = ring_load(dir, p.key, &t);
		assert_non_null(r);
		fault_reset();
		fault_fail(n, n % 2 == 0 ? EIO : ENOSPC);
		got = take(r, given);
		done = fault_done();
		ring_free(r);
		fault_seed(n % 3 == 0 ? 0 : n % 3 == 1 ? 1 : n);
		fault_power();
		fault_reset();
		check(&p, dir, given, got);
		place_remove(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
