/* SPDX-License-Identifier: ISC */
/*
 * test_applier: the applier, or a rebuild, dies at each of its steps, or the
 * writer does behind an entry that is not applied yet, every second one a
 * checkpoint of the trees.  The next start goes on from the mark, and what it
 * then holds is equal to a fresh rebuild.
 *
 * Each part runs in a child: LMDB must not be carried over a fork.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/ask/trees.h"
#include "store/store.h"
#include "store/views/env.h"
#include "tests/fault/fault.h"

#define ENTRIES 5

struct place {
	char	dir[64], key[96];
};

static struct place place;

static void
say_trouble(const struct trouble *t)
{
	struct buf b = BUF_INIT;

	trouble_say(&b, LANG_EN, t);
	(void)fprintf(stderr, "%s\n", buf_str(&b));
	buf_release(&b);
}

static const struct draft draft = { .kind = KIND_CLIENT_ADDED,
    .actor = "test", .client = { { ID_NONE, 0, 0, 0 }, -1 },
    .kase = { { ID_NONE, 0, 0, 0 }, -1 },
    .contact = { { ID_NONE, 0, 0, 0 }, -1 },
    .document = { { ID_NONE, 0, 0, 0 }, -1 },
    .staff = { { ID_NONE, 0, 0, 0 }, -1 },
    .body = "{\"name\":\"Ling\"}", .bodylen = 15, .blob = -1 };

static int
log_one(struct log *log, uint64_t *seq_r)
{
	struct batch *b = batch_new(log);
	struct draft d = draft;
	struct receipt r;
	char body[3000];

	/* Long enough that a few make the views grow. */
	memset(body, 'x', sizeof body);
	memcpy(body, "{\"name\":\"", 9);
	memcpy(body + sizeof body - 2, "\"}", 2);
	d.body = body;
	d.bodylen = sizeof body;
	if (b == NULL || batch_draft(b, &d) != 0 ||
	    batch_set(b, 0, "once", CLAIM_SEQ) == -1)
		return -1;
	if (log_append_wait(log, b, &r, 1) != LOG_DONE)
		return -1;
	*seq_r = r.seq;
	return 0;
}

/* The heads of what is applied, stated and held against the trees. */
static int
checkpoint(struct store *s, uint64_t *seq_r)
{
	struct batch *b = batch_new(store_log(s));
	struct buf body = BUF_INIT;
	struct draft d = draft;
	struct receipt r;
	uint64_t last;
	int rc = -1;

	if (b == NULL || trees_next(s, 0, &body, &last, NULL) != 1)
		goto out;
	d.kind = KIND_TREE_CHECKPOINT;
	d.body = buf_str(&body);
	d.bodylen = body.len;
	if (batch_draft(b, &d) != 0 ||
	    batch_expect(b, TREES_CLAIM, last) == -1 ||
	    batch_set(b, 0, TREES_CLAIM, CLAIM_SEQ) == -1)
		goto out;
	rc = log_append_wait(store_log(s), b, &r, 1) == LOG_DONE ? 0 : -1;
	b = NULL;
	*seq_r = r.seq;
out:
	batch_free(b);
	buf_release(&body);
	return rc;
}

/* Waits for the views, so that each is a batch of its own. */
static int
append(struct store *s)
{
	uint64_t seq;

	if (log_one(store_log(s), &seq) == -1 || !store_wait(s, seq, 10000) ||
	    checkpoint(s, &seq) == -1)
		return -1;
	return store_wait(s, seq, 10000) && !store_trouble(s, NULL) ? 0 : -1;
}

/* Exit codes of children: 0 lived, anything else but the kill's is a fault. */
static void
fill_and_die(const char *step, unsigned nth)
{
	struct store_options o = { .dir = place.dir, .key_path = place.key };
	struct trouble t;
	struct store *s;

	fault_reset();
	fault_kill_step(step, nth);
	memset(&t, 0, sizeof t);
	if ((s = store_open(&o, &t)) == NULL) {
		say_trouble(&t);
		_exit(10);
	}
	for (int i = 0; i < ENTRIES; i++)
		if (append(s) == -1)
			_exit(11);
	store_close(s);
	_exit(0);
}

static void
rebuild_and_die(const char *step, unsigned nth)
{
	struct store_options o = { .dir = place.dir, .key_path = place.key };
	struct trouble t;

	fault_reset();
	fault_kill_step(step, nth);
	memset(&t, 0, sizeof t);
	if (store_rebuild(&o, 0, &t) != 0) {
		say_trouble(&t);
		_exit(10);
	}
	_exit(0);
}

/* All there is gets applied, by itself, and equals a rebuild. */
static void
start_again(const char *unused, unsigned nth)
{
	struct store_options o = { .dir = place.dir, .key_path = place.key };
	uint64_t counts[COUNT_N];
	struct log_head head;
	struct trouble t;
	struct store *s;
	struct snap snap;

	(void)unused;
	(void)nth;
	memset(&t, 0, sizeof t);
	if ((s = store_open(&o, &t)) == NULL) {
		say_trouble(&t);
		_exit(20);
	}
	if (append(s) == -1)
		_exit(21);
	log_head(store_log(s), &head);
	if (!store_wait(s, head.seq, 10000))
		_exit(22);
	if (snap_begin(store_views(s), 0, &snap, &t) == -1)
		_exit(23);
	if (vcounts_get(&snap, counts) == -1 ||
	    counts[COUNT_ENTRIES] != head.seq)
		_exit(24);
	snap_end(&snap);
	store_close(s);
	if (store_rebuild(&o, 1, &t) != 0) {
		say_trouble(&t);
		_exit(25);
	}
	_exit(0);
}

static void
limit_files(rlim_t bytes)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_FSIZE, &l) == -1)
		_exit(40);
	l.rlim_cur = bytes;
	if (setrlimit(RLIMIT_FSIZE, &l) == -1)
		_exit(41);
}

/* The build's file must grow for what comes; the journal has room yet. */
static rlim_t
views_size(void)
{
	char path[256];
	struct stat st;
	unsigned n;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/views/current", place.dir);
	if ((f = fopen(path, "r")) == NULL || fscanf(f, "%u", &n) != 1)
		_exit(42);
	(void)fclose(f);
	(void)snprintf(path, sizeof path, "%s/views/%u.mdb", place.dir, n);
	if (stat(path, &st) == -1)
		_exit(43);
	return (rlim_t)st.st_size;
}

/* Some megabytes of views, so that they are the largest file there is. */
static void
fill_up(const char *unused, unsigned nth)
{
	struct store_options o = { .dir = place.dir, .key_path = place.key };
	struct receipt r[64];
	struct trouble t;
	struct store *s;

	(void)unused;
	(void)nth;
	if ((s = store_open(&o, &t)) == NULL)
		_exit(50);
	for (int i = 0; i < 100; i++) {
		struct batch *b = batch_new(store_log(s));

		for (int j = 0; j < 64; j++)
			if (b == NULL || batch_draft(b, &draft) != j)
				_exit(51);
		if (log_append_wait(store_log(s), b, r, 64) != LOG_DONE)
			_exit(52);
	}
	if (!store_wait(s, r[63].seq, 20000))
		_exit(53);
	store_close(s);
	if (views_size() < 2 << 20)
		_exit(54);
	_exit(0);
}

/* No room for the views: capture goes on, and so do they when there is. */
static void
run_out_of_room(const char *unused, unsigned nth)
{
	struct store_options o = { .dir = place.dir, .key_path = place.key };
	struct log_head head;
	struct trouble t;
	struct store *s;
	int i;

	(void)unused;
	(void)nth;
	(void)signal(SIGXFSZ, SIG_IGN);
	memset(&t, 0, sizeof t);
	if ((s = store_open(&o, &t)) == NULL)
		_exit(44);
	limit_files(views_size());
	for (i = 0; i < 800 && !store_trouble(s, NULL); i++) {
		if (log_one(store_log(s), &head.seq) == -1)
			_exit(45);
		(void)store_wait(s, head.seq, 100);
	}
	/* Capture is not held up by views that cannot go on. */
	if (!store_trouble(s, &t) || store_busy(s))
		_exit(46);
	if (log_one(store_log(s), &head.seq) == -1)
		_exit(47);
	limit_files(RLIM_INFINITY);
	if (!store_wait(s, head.seq, 10000) || store_trouble(s, NULL))
		_exit(48);
	store_close(s);
	_exit(0);
}

static int
child(void (*run)(const char *, unsigned), const char *step, unsigned nth)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		run(step, nth);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
make(const char *unused, unsigned nth)
{
	struct trouble t;

	(void)unused;
	(void)nth;
	if (log_init(place.dir, place.key, &t) == -1) {
		say_trouble(&t);
		_exit(30);
	}
}

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(place.dir, sizeof place.dir,
	    "/tmp/dossier-applier-XXXXXX");
	assert_non_null(mkdtemp(place.dir));
	(void)snprintf(place.key, sizeof place.key, "%s/master.key",
	    place.dir);
	assert_int_equal(child(make, NULL, 0), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf '%s'", place.dir);
	return system(command) == 0 ? 0 : -1;
}

static void
dies(void (*run)(const char *, unsigned), const char *step, unsigned nth)
{
	int status = child(run, step, nth);

	if (status == 0)
		fail_msg("%s was not reached", step);
	if (WIFEXITED(status))
		assert_false(WEXITSTATUS(status) >= 10 &&
		    WEXITSTATUS(status) <= 12);
	assert_int_equal(child(start_again, NULL, 0), 0);
}

static void
the_applier_dies_at_each_step(void **state)
{
	static const char *const step[] = { "views:applied", "views:claims",
	    "views:committed" };

	(void)state;
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		for (unsigned nth = 1; nth <= 3; nth++)
			dies(fill_and_die, step[i], nth);
}

/* What was stated and not applied is applied by the next start. */
static void
the_writer_dies_behind_an_entry(void **state)
{
	static const char *const step[] = { "group:written", "group:synced",
	    "group:told" };

	(void)state;
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		for (unsigned nth = 1; nth <= 4; nth++)
			dies(fill_and_die, step[i], nth);
}

static void
the_first_build_dies_at_each_step(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf '%s/views'",
	    place.dir);
	assert_int_equal(system(command), 0);
	dies(fill_and_die, "views:built", 1);
	assert_int_equal(system(command), 0);
	dies(fill_and_die, "views:named", 1);
}

static void
a_rebuild_dies_at_each_step(void **state)
{
	static const char *const step[] = { "views:applied",
	    "views:committed", "views:built", "views:named" };

	(void)state;
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		dies(rebuild_and_die, step[i], 1);
}

static void
views_wait_for_room(void **state)
{
	(void)state;
	assert_int_equal(child(fill_up, NULL, 0), 0);
	assert_int_equal(child(run_out_of_room, NULL, 0), 0);
	assert_int_equal(child(start_again, NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_applier_dies_at_each_step),
		cmocka_unit_test(the_writer_dies_behind_an_entry),
		cmocka_unit_test(the_first_build_dies_at_each_step),
		cmocka_unit_test(a_rebuild_dies_at_each_step),
		cmocka_unit_test(views_wait_for_room),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
