/* SPDX-License-Identifier: ISC */
/*
 * Publishing the log with each of its file calls failing in turn: nothing is
 * signed twice, what is not synced may go, and the next attempt ends with the
 * very files of a publication that nothing disturbed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/trees/check.h"
#include "daemon/trees/publish.h"
#include "proto/out/checkpoint.h"
#include "proto/out/note.h"
#include "tests/fault/fault.h"
#include "tests/unit/fill.h"

#define CASES		1
#define CLEAN_EVERY	8		/* it takes as long as all the rest */
#define MOVE_CALLS	12		/* more than move what was published */
#define SIGNED_MAX	4096
#define FILE_MAX_LEN	65536

static struct fill fill;
static const struct names nobody;
static struct id client, kase[CASES];
static char home[64];			/* beneath it: is, want */
static const uint8_t seed[ED25519_KEY] = { 7 };
static const struct seal_conf plain;	/* no witnesses */

/* ---- files ------------------------------------------------------------- */

typedef void file_fn(const char *path, const char *rest, void *arg);

/* Each file beneath dir; rest is its path from there. */
static void
each_file(const char *dir, size_t base, file_fn *fn, void *arg)
{
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		assert_true(snprintf(path, sizeof path, "%s/%s", dir,
		    e->d_name) < (int)sizeof path);
		assert_int_equal(lstat(path, &st), 0);
		if (S_ISDIR(st.st_mode))
			each_file(path, base, fn, arg);
		else
			fn(path, path + base, arg);
	}
	(void)closedir(d);
}

static void
files(const char *dir, file_fn *fn, void *arg)
{
	each_file(dir, strlen(dir), fn, arg);
}

static void
remove_file(const char *path, const char *rest, void *arg)
{
	(void)rest;
	(void)arg;
	assert_int_equal(unlink(path), 0);
}

/* Bytes of a file, or -1. */
static ssize_t
slurp(const char *path, char *data)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return -1;
	n = fread(data, 1, FILE_MAX_LEN, f);
	(void)fclose(f);
	return (ssize_t)n;
}

/* ---- what was signed --------------------------------------------------- */

static struct {
	char		origin[NOTE_NAME_MAX + 1];
	uint64_t	size;
	uint8_t		root[MERKLE_HASH];
} was[SIGNED_MAX];
static unsigned nwas;

/* No origin and size with two roots, ever; not in a file that failed, too. */
static void
note_signed(const char *path, const char *rest, void *arg)
{
	static char data[FILE_MAX_LEN];
	const char *leaf = strrchr(path, '/') + 1;
	struct checkpoint c;
	struct note note;
	ssize_t n;
	unsigned i;

	(void)rest;
	(void)arg;
	if (strncmp(leaf, "checkpoint", 10) != 0 ||
	    (n = slurp(path, data)) <= 0 ||
	    note_parse(&note, data, (size_t)n) == -1 ||
	    checkpoint_parse(&c, note.text, note.text_len) == -1)
		return;
	for (i = 0; i < nwas; i++)
		if (was[i].size == c.size &&
		    strcmp(was[i].origin, c.origin) == 0) {
			assert_memory_equal(was[i].root, c.root, MERKLE_HASH);
			return;
		}
	assert_true(nwas < SIGNED_MAX);
	(void)snprintf(was[nwas].origin, sizeof was[nwas].origin, "%s",
	    c.origin);
	was[nwas].size = c.size;
	memcpy(was[nwas++].root, c.root, MERKLE_HASH);
}

/* ---- publishing -------------------------------------------------------- */

static void
at(const char *name, char path_r[PATH_MAX])
{
	(void)snprintf(path_r, PATH_MAX, "%s/%s", home, name);
	(void)mkdir(path_r, 0700);
}

static int
publish(const char *name, struct trouble *t)
{
	struct tree_checkpoint done;
	char dir[PATH_MAX];
	int rc, final;

	at(name, dir);
	memset(t, 0, sizeof *t);
	rc = publish_run(fill.store, dir, seed, &plain, &done, &final, t);
	assert_int_equal(final, 0);
	return rc;
}

/* The file of a clean publication is among those of the other, equal. */
static void
same(const char *path, const char *rest, void *arg)
{
	static char is[FILE_MAX_LEN], want[FILE_MAX_LEN];
	char other[2 * PATH_MAX];
	unsigned *count = arg;
	ssize_t n = slurp(path, want);

	(void)snprintf(other, sizeof other, "%s/is%s", home, rest);
	assert_true(n > 0);
	assert_int_equal(slurp(other, is), n);
	assert_memory_equal(is, want, (size_t)n);
	(*count)++;
}

static void
no_part(const char *path, const char *rest, void *arg)
{
	size_t n = strlen(rest);

	(void)path;
	(void)arg;
	assert_false(n > 5 && strcmp(rest + n - 5, ".part") == 0);
}

static void
hold_against_clean(void)
{
	char dir[PATH_MAX];
	struct trouble t;
	unsigned count = 0;

	at("want", dir);
	files(dir, remove_file, NULL);
	assert_int_equal(publish("want", &t), 1);
	files(dir, same, &count);
	assert_true(count >= 3 * (2 + CASES));	/* vkey, tile, checkpoint */
	at("is/log", dir);
	files(dir, no_part, NULL);
}

/* What a reader finds is good at any moment: signatures, and every tile. */
static void
whole(void)
{
	char dir[PATH_MAX];
	struct trouble t;
	struct check c;

	at("is", dir);
	assert_int_equal(check_begin(&c, dir, &t), 0);
	check_release(&c);
}

/* ---- the story --------------------------------------------------------- */

static void
begin(void)
{
	char body[64];

	fault_reset();
	nwas = 0;
	fill_begin(&fill);
	(void)snprintf(home, sizeof home, "/tmp/dossier-publish-XXXXXX");
	assert_non_null(mkdtemp(home));
	(void)fill_entry(&fill, KIND_CLIENT_ADDED, &nobody,
	    "{'name':'A client'}");
	client = fill.last.number;
	for (unsigned i = 0; i < CASES; i++) {
		(void)snprintf(body, sizeof body, "{'title':'Lease %u'}", i);
		(void)fill_entry(&fill, KIND_CASE_OPENED,
		    &(struct names){ .client = client }, body);
		kase[i] = fill.last.number;
	}
}

static int
remove_dir(const char *path)
{
	char command[PATH_MAX + 16];

	(void)snprintf(command, sizeof command, "rm -rf %s", path);
	return system(command);
}

static void
end(void)
{
	fault_reset();
	fill_end(&fill);
	assert_int_equal(remove_dir(home), 0);
}

/* Every tree grows, and a checkpoint fixes it. */
static void
grow(unsigned n)
{
	struct buf body = BUF_INIT;
	struct trouble t;
	uint64_t last;
	char fact[64];

	for (unsigned i = 0; i < CASES; i++) {
		(void)snprintf(fact, sizeof fact,
		    "{'name':'sector','value':'%u'}", n);
		(void)fill_entry(&fill, KIND_FACT_STATED, &(struct names){
		    .client = client, .kase = kase[i] }, fact);
	}
	assert_int_equal(trees_next(fill.store, 0, &body, &last, &t), 1);
	(void)fill_entry(&fill, KIND_TREE_CHECKPOINT, &nobody,
	    buf_str(&body));
	buf_release(&body);
}

/* One publication whose n-th call fails, and the next one; 0: none did. */
static int
broken(unsigned n, int error)
{
	char dir[PATH_MAX];
	struct trouble t;
	int rc, done;

	fault_reset();
	fault_fail(n, error);
	rc = publish("is", &t);
	done = fault_done();
	if (done) {
		assert_int_equal(rc, -1);
		assert_int_equal(t.key, SAY_LOG_WRITE);
	} else {
		assert_int_equal(rc, 1);
	}
	(void)snprintf(dir, sizeof dir, "%s/is", home);
	files(dir, note_signed, NULL);
	whole();
	fault_seed(n % 3 == 0 ? 0 : n % 3 == 1 ? 1 : n);
	fault_power();
	fault_reset();
	whole();
	assert_int_equal(publish("is", &t), 1);
	files(dir, note_signed, NULL);
	if (!done || n % CLEAN_EVERY == 0)
		hold_against_clean();
	return done;
}

static void
breaks_anywhere(void **state)
{
	unsigned n;

	(void)state;
	begin();
	for (n = 1;; n++) {
		grow(n);
		if (!broken(n, n % 2 == 0 ? EIO : ENOSPC))
			break;
	}
	assert_true(n > 10 * (2 + CASES));
	end();
}

/* The same for what moves away when the store was restored. */
static void
breaks_in_a_new_life(void **state)
{
	char dir[PATH_MAX];
	unsigned n;
	DIR *d;
	int lives = 0;

	(void)state;
	begin();
	for (n = 1; n <= MOVE_CALLS; n++) {
		(void)fill_entry(&fill, KIND_STORE_RESTORED, &nobody,
		    "{'position':3}");
		grow(n);
		assert_int_equal(broken(n, EIO), 1);
	}
	hold_against_clean();
	at("is", dir);
	d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		lives += strncmp(e->d_name, "log", 3) == 0;
	(void)closedir(d);
	assert_int_equal(lives, MOVE_CALLS);	/* none was written over */
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaks_anywhere),
		cmocka_unit_test(breaks_in_a_new_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
