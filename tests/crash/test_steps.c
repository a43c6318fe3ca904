/* SPDX-License-Identifier: ISC */
/*
 * Death at every numbered step: the names are read from the sources of the
 * journal, and the test fails unless each of them was hit, some of them
 * between a sync and its reply.  After each death the store must hold what
 * was acknowledged, verify and go on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/fault.h"
#include "tests/fault/runs.h"

#define STEPS_MAX 64

static struct {
	char		name[64];
	unsigned	hits;
} step[STEPS_MAX];
static unsigned nsteps;

static void
step_add(const char *name, size_t n)
{
	for (unsigned i = 0; i < nsteps; i++)
		if (strlen(step[i].name) == n &&
		    memcmp(step[i].name, name, n) == 0)
			return;
	assert_true(nsteps < STEPS_MAX && n < sizeof(step[0].name));
	memcpy(step[nsteps++].name, name, n);
}

/* Every "..." of a line that calls sys_step. */
static void
step_line(const char *line)
{
	const char *at = strstr(line, "sys_step("), *end;

	while (at != NULL && (at = strchr(at, '"')) != NULL) {
		end = strchr(at + 1, '"');
		assert_non_null(end);
		step_add(at + 1, (size_t)(end - at - 1));
		at = end + 1;
	}
}

static int
steps_read(void **state)
{
	glob_t found;
	char line[512];
	FILE *f;

	(void)state;
	assert_int_equal(glob("store/journal/*.c", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		f = fopen(found.gl_pathv[i], "r");
		assert_non_null(f);
		while (fgets(line, sizeof(line), f) != NULL)
			step_line(line);
		(void)fclose(f);
	}
	globfree(&found);
	return nsteps > 20 ? 0 : -1;
}

/*
 * A whole life: documents, changes of segments, an end, a backup and back,
 * and a start of what came back.
 */
static void
life(const struct place *p, struct acked *a)
{
	char from[LOGS_PATH], keys[LOGS_PATH];
	const struct place to = run_at(p, "to");
	struct trouble t;

	run_append(p, a);
	run_changes(p, a);
	run_backup(p, a);
	(void)snprintf(from, sizeof(from), "%s/backup", p->root);
	(void)snprintf(keys, sizeof(keys), "%s/backup.keys", p->root);
	(void)log_restore(from, keys, to.dir, NULL, NULL, &t);
	run_open(&to, a);
}

/* Runs fn in a child that dies at a step; 1 if it did. */
static int
die_at(run_fn *fn, const struct place *p, struct acked *a, const char *name,
    unsigned nth, uint32_t seed)
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
		fault_kill_step(name, nth);
		fn(p, a);
		_exit(0);
	}
	(void)close(fds[1]);
	while (read(fds[0], hash, sizeof(hash)) == (ssize_t)sizeof(hash))
		memcpy(a->sha256[a->n++], hash, sizeof(hash));
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		return 0;
	assert_int_equal(WTERMSIG(status), SIGKILL);
	return 1;
}

/* What came back whole says so once, wherever its first start ended. */
static int
check_restored(const struct place *p)
{
	const struct place to = run_at(p, "to");
	char keys[LOGS_PATH + 16], part[LOGS_PATH + 16];

	(void)snprintf(keys, sizeof(keys), "%s/keys/ring", to.dir);
	(void)snprintf(part, sizeof(part), "%s/restore.part", to.dir);
	if (access(keys, F_OK) == -1 || access(part, F_OK) == 0)
		return 0;
	return run_restored(&to);
}

static void
check(const struct place *p, const struct acked *a, const char *name)
{
	if (run_check(p, a) == 0 && check_restored(p) == 0)
		return;
	(void)fprintf(stderr, "after death at %s in %s\n", name, p->root);
	fail();
}

/* Steps of a start need a torn group to mend first. */
static int
is_recovery(const char *name)
{
	return strncmp(name, "recover:", 8) == 0;
}

static void
one_death(unsigned i, unsigned nth, uint32_t seed)
{
	static struct acked a;
	struct place p;

	a.n = 0;
	a.fd = -1;
	fault_reset();
	place_make(&p, 1);
	if (is_recovery(step[i].name)) {
		/* A write that fails in half of a group leaves it torn. */
		run_append(&p, &a);
		(void)die_at(run_changes, &p, &a, "group:written", nth, 0);
		fault_reset();
		(void)die_at(run_append, &p, &a, "group:written", 1, seed | 2);
	}
	if (die_at(is_recovery(step[i].name) ? run_open : life, &p, &a,
	    step[i].name, is_recovery(step[i].name) ? 1 : nth, seed))
		step[i].hits++;
	check(&p, &a, step[i].name);
	place_remove(&p);
}

static void
each_step_is_survived(void **state)
{
	unsigned rounds = getenv("DOSSIER_SOAK") != NULL ? 30 : 3, missed = 0;

	(void)state;
	for (unsigned i = 0; i < nsteps; i++) {
		for (unsigned n = 0; n < rounds || (step[i].hits == 0 &&
		    n < rounds + 20); n++)
			one_death(i, 1 + n % 5, n);
		if (step[i].hits > 0)
			continue;
		(void)fprintf(stderr, "never died at %s\n", step[i].name);
		missed++;
	}
	assert_int_equal(missed, 0);
	for (unsigned i = 0; i < nsteps; i++)
		if (strcmp(step[i].name, "group:synced") == 0)
			assert_true(step[i].hits > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_is_survived),
	};

	return cmocka_run_group_tests(tests, steps_read, NULL);
}
