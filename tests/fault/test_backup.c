/* SPDX-License-Identifier: ISC */
/*
 * A backup and a restore broken at every call: the backup holds either what
 * it held or what it should, and a repeated restore comes to its end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tests/fault/fault.h"
#include "tests/fault/runs.h"

static int
restore(const struct place *p, const char *name)
{
	char from[LOGS_PATH], keys[LOGS_PATH], to[LOGS_PATH];
	struct trouble t = { .key = SAY_STORE_MEMORY };

	(void)snprintf(from, sizeof(from), "%s/backup", p->root);
	(void)snprintf(keys, sizeof(keys), "%s/backup.keys", p->root);
	(void)snprintf(to, sizeof(to), "%s/%s", p->root, name);
	return log_restore(from, keys, to, NULL, NULL, &t);
}

/* Entries of a restored store that verifies, or -1. */
static long
entries(const struct place *p, const char *name)
{
	char to[LOGS_PATH];
	const struct log_options o = { .dir = to, .key_path = p->key };
	struct log_verified sum;
	struct trouble t = { .key = SAY_STORE_MEMORY };

	(void)snprintf(to, sizeof(to), "%s/%s", p->root, name);
	if (log_verify(&o, NULL, NULL, &sum, &t) == 0)
		return (long)sum.entries;
	logs_say(&t);
	return -1;
}

static void
power_fails(unsigned n)
{
	fault_seed(n % 3 == 0 ? 0 : n % 3 == 1 ? 1 : n);
	fault_power();
	fault_reset();
}

static void
broken_backup(void **state)
{
	static struct acked a;
	struct place p;
	long have;
	int done = 1;

	(void)state;
	for (unsigned n = 1; done; n++) {
		a.n = 0;
		a.fd = -1;
		fault_reset();
		place_make(&p, 1);
		run_append(&p, &a);
		run_backup(&p, &a);
		run_changes(&p, &a);
		fault_reset();
		fault_fail(n, n % 2 == 0 ? EIO : ENOSPC);
		run_backup(&p, &a);
		done = fault_done();
		power_fails(n);
		assert_int_equal(restore(&p, "again"), 0);
		have = entries(&p, "again");
		assert_true(have == 9 || have == 23);
		if (!done)
			assert_int_equal(have, 23);
		run_backup(&p, &a);
		assert_int_equal(restore(&p, "last"), 0);
		assert_int_equal(entries(&p, "last"), 23);
		place_remove(&p);
	}
}

static void
broken_restore(void **state)
{
	static struct acked a = { .fd = -1 };
	char to[LOGS_PATH];
	struct place p;
	struct log *log;
	struct trouble t;
	int done = 1;

	(void)state;
	fault_reset();
	place_make(&p, 1);
	run_append(&p, &a);
	run_backup(&p, &a);
	for (unsigned n = 1; done; n++) {
		(void)snprintf(to, sizeof(to), "to%u", n);
		fault_reset();
		fault_fail(n, EIO);
		if (restore(&p, to) == -1)
			assert_true(fault_done());
		done = fault_done();
		power_fails(n);
		/* Refused only where the first one had come to its end. */
		(void)restore(&p, to);
		assert_int_equal(entries(&p, to), 9);
	}
	log = place_open(&p, &t);
	assert_non_null(log);
	log_close(log);
	place_remove(&p);
}

/* The first start of what was restored, broken at every call. */
static void
broken_first_start(void **state)
{
	static struct acked a = { .fd = -1 };
	struct place p, to;
	char name[16];
	int done = 1;

	(void)state;
	fault_reset();
	place_make(&p, 1);
	run_append(&p, &a);
	run_backup(&p, &a);
	for (unsigned n = 1; done; n++) {
		(void)snprintf(name, sizeof(name), "to%u", n);
		to = run_at(&p, name);
		assert_int_equal(restore(&p, name), 0);
		fault_reset();
		fault_fail(n, n % 2 == 0 ? EIO : ENOSPC);
		run_open(&to, &a);
		done = fault_done();
		power_fails(n);
		assert_int_equal(run_restored(&to), 0);
		assert_int_equal(entries(&p, name), 10);
	}
	place_remove(&p);
}

static void
refusals(void **state)
{
	static struct acked a = { .fd = -1 };
	struct place p, q;
	struct log_options o;
	struct log_verified sum;
	struct trouble t;
	char dest[LOGS_PATH], keys[LOGS_PATH + 8];

	(void)state;
	fault_reset();
	place_make(&p, 1);
	place_make(&q, 1);
	run_backup(&p, &a);
	(void)snprintf(dest, sizeof(dest), "%s/backup", p.root);
	(void)snprintf(keys, sizeof(keys), "%s/keys", dest);
	o = (struct log_options){ .dir = p.dir, .key_path = p.key };
	assert_int_equal(log_backup(&o, dest, keys, NULL, NULL, &sum, &t), -1);
	assert_int_equal(t.key, SAY_BACKUP_SAME_PLACE);
	o = (struct log_options){ .dir = q.dir, .key_path = q.key };
	assert_int_equal(log_backup(&o, dest, q.root, NULL, NULL, &sum, &t),
	    -1);
	assert_int_equal(t.key, SAY_BACKUP_OTHER);
	(void)snprintf(keys, sizeof(keys), "%s/backup.keys", p.root);
	assert_int_equal(log_restore(dest, keys, q.dir, NULL, NULL, &t), -1);
	assert_int_equal(t.key, SAY_RESTORE_HERE);
	assert_int_equal(log_restore(q.dir, keys, dest, NULL, NULL, &t), -1);
	assert_int_equal(t.key, SAY_RESTORE_NONE);
	place_remove(&p);
	place_remove(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_backup),
		cmocka_unit_test(broken_restore),
		cmocka_unit_test(broken_first_start),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
