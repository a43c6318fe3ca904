/* SPDX-License-Identifier: ISC */
/*
 * prompt: who asks to be run soon asks for itself alone, keeps its place among
 * others otherwise, and what it begins is as it was.
 */
#include "store/sys.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* As sched_setattr(2) has it; the kernel's header is at odds with libc's. */
struct attr {
	uint32_t	size, policy;
	uint64_t	flags;
	int32_t		nice;
	uint32_t	priority;
	uint64_t	runtime, deadline, period;
};

static struct attr
own(void)
{
	struct attr attr;

	memset(&attr, 0, sizeof attr);
	assert_int_equal(syscall(SYS_sched_getattr, 0, &attr, sizeof attr,
	    0), 0);
	return attr;
}

static void *
look(void *arg)
{
	*(struct attr *)arg = own();
	return NULL;
}

static void *
ask(void *arg)
{
	struct attr *seen = arg;
	pthread_t thread;

	assert_int_equal(setpriority(PRIO_PROCESS, 0, 3), 0);
	sys_prompt();
	seen[0] = own();
	assert_int_equal(pthread_create(&thread, NULL, look, &seen[1]), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return NULL;
}

static void
test_prompt(void **state)
{
	struct attr seen[2], was = own(), is;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, ask, seen), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	is = own();
	assert_memory_equal(&is, &was, sizeof is);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(seen[i].policy, was.policy);
		assert_int_equal(seen[i].nice, 3);
	}
	assert_int_equal(seen[1].runtime, was.runtime);
	if (was.runtime == 0)
		skip();		/* a kernel without slices of one's own */
	assert_true(seen[0].runtime < was.runtime);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_prompt) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
