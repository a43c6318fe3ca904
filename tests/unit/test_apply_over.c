/* SPDX-License-Identifier: ISC */
/*
 * test_apply_over: views that another process builds anew while a store
 * answers from the old ones; this program is that process too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/views/venv.h"
#include "tests/unit/fill.h"
#include "tests/unit/peek.h"

static struct fill fill;
static const struct names nobody;

static int
setup(void **state)
{
	struct names n = { .client = { ID_CLIENT, 0, 0, 1 } };

	(void)state;
	fill_begin(&fill);
	(void)fill_entry(&fill, KIND_CLIENT_ADDED, &nobody, "{'name':'Ling'}");
	(void)fill_entry(&fill, KIND_CASE_OPENED, &n, "{'title':'one'}");
	(void)fill_document(&fill, "a letter", "api",
	    "'channel':'post','received':'2026-05-01',", "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

/* 1 if the store reads the build of that number ("3\n"). */
static int
uses(const char *number)
{
	struct views *v = store_views(fill.store);
	char name[32];
	int same;

	(void)snprintf(name, sizeof name, "/%.*s.mdb",
	    (int)strcspn(number, "\n"), number);
	pthread_mutex_lock(&v->mutex);
	same = strstr(v->env->path, name) != NULL;
	pthread_mutex_unlock(&v->mutex);
	return same;
}

/* A rebuild by another process: the daemon goes over to it by itself. */
static void
a_running_store_goes_over(void **state)
{
	struct store_options o = { .dir = fill.dir, .key_path = fill.key };
	char was[16], is[16], path[128];
	struct buf then = BUF_INIT, now = BUF_INIT;
	struct trouble t;
	int fd, status, tries = 0;
	pid_t pid;

	(void)state;
	peek_dump(fill.store, fill.last.seq, &then);
	(void)snprintf(path, sizeof path, "%s/views/current", fill.dir);
	memset(was, 0, sizeof was);
	memset(is, 0, sizeof is);
	assert_true((fd = open(path, O_RDONLY)) != -1);
	assert_true(read(fd, was, sizeof was) > 0);
	(void)close(fd);
	if ((pid = fork()) == 0) {
		/* LMDB must not be used in a child that has it open. */
		(void)execl("/proc/self/exe", "over", "rebuild", o.dir,
		    o.key_path, (char *)NULL);
		_exit(9);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true((fd = open(path, O_RDONLY)) != -1);
	assert_true(read(fd, is, sizeof is) > 0);
	(void)close(fd);
	assert_string_not_equal(was, is);
	/* It looks once a second; the wait ends early only if seq moves. */
	while (!uses(is) && tries++ < 100)
		(void)store_wait(fill.store, fill.last.seq + 1, 100);
	assert_true(uses(is));
	/* What it answered it answers still, and it goes on. */
	peek_dump(fill.store, fill.last.seq, &now);
	assert_int_equal(now.len, then.len);
	assert_memory_equal(now.data, then.data, now.len);
	(void)fill_entry(&fill, KIND_CONTACT_ADDED, &nobody,
	    "{'type':'person'}");
	store_close(fill.store);
	fill.store = NULL;
	assert_int_equal(store_rebuild(&o, 1, &t), 0);
	buf_release(&then);
	buf_release(&now);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_running_store_goes_over),
	};

	if (argc == 4 && strcmp(argv[1], "rebuild") == 0) {
		struct store_options o = { .dir = argv[2],
		    .key_path = argv[3] };
		struct trouble t;

		return store_rebuild(&o, 0, &t) == 0 ? 0 : 1;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
