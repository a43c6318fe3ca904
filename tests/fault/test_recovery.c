/* SPDX-License-Identifier: ISC */
/*
 * Recovery itself is broken at every call, after a torn group; and torn
 * groups of every shape are cut, never taken for damage.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/fault.h"
#include "tests/fault/runs.h"

/* Dies in a child before the nth group is synced, leaving part of it. */
static void
tear(const struct place *p, struct acked *a, unsigned nth, uint32_t seed)
{
	uint8_t hash[LOG_HASH_LEN];
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)close(fds[0]);
		a->fd = fds[1];
		fault_reset();
		fault_seed(seed);
		fault_kill_step("group:written", nth);
		run_append(p, a);
		_exit(0);
	}
	(void)close(fds[1]);
	while (read(fds[0], hash, sizeof(hash)) == (ssize_t)sizeof(hash))
		memcpy(a->sha256[a->n++], hash, sizeof(hash));
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void
torn_groups_are_cut(void **state)
{
	static struct acked a;
	struct place p;

	(void)state;
	for (uint32_t seed = 0; seed < 60; seed++) {
		a.n = 0;
		a.fd = -1;
		fault_reset();
		place_make(&p, 1);
		tear(&p, &a, 1 + seed % 8, seed);
		assert_int_equal(run_check(&p, &a), 0);
		place_remove(&p);
	}
}

static void
before(const struct place *p, struct acked *a)
{
	static uint32_t seed = 2;

	tear(p, a, 1 + seed % 8, seed);
	seed++;
	a->fd = -1;
}

static void
each_call_fails(void **state)
{
	(void)state;
	run_broken(before, run_open, EIO);
}

static void
each_call_finds_no_space(void **state)
{
	(void)state;
	run_broken(before, run_append, ENOSPC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torn_groups_are_cut),
		cmocka_unit_test(each_call_fails),
		cmocka_unit_test(each_call_finds_no_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
