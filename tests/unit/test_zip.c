/* SPDX-License-Identifier: ISC */
/* A folder as a zip: order, the same bytes, no links. */
#include "daemon/export/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/export/bag.h"

static char folder[256];

static int
fresh(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/zipXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
gone(void **state)
{
	(void)state;
	return bag_remove(folder, NULL);
}

static void
put(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	if (text == NULL) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	assert_non_null(f = fopen(path, "wb"));
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* All of it; -1 if it cannot go on. */
static int
all(struct buf *out)
{
	struct zip *z = zip_new(folder, "top");
	int rc;

	assert_non_null(z);
	while ((rc = zip_more(z, out)) == 1)
		;
	zip_free(z);
	return rc;
}

/* Where the name of a local header (APPNOTE 4.3.7) stands. */
static size_t
find(const struct buf *zip, const char *name)
{
	for (size_t i = 0; i + 30 + strlen(name) <= zip->len; i++)
		if (memcmp(zip->data + i, "PK\3\4", 4) == 0 &&
		    memcmp(zip->data + i + 30, name, strlen(name)) == 0)
			return i;
	fail_msg("there is no %s", name);
	return 0;
}

static void
entries_are_in_the_order_of_whole_paths(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	(void)state;
	put("a", NULL);
	put("a/x", "one");
	put("a.txt", "two");
	put("a-b", NULL);
	put("a-b/y", "");
	assert_int_equal(all(&a), 0);
	assert_int_equal(all(&b), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	/* '-' is before '.', which is before '/'. */
	assert_true(find(&a, "top/a-b/y") < find(&a, "top/a.txt"));
	assert_true(find(&a, "top/a.txt") < find(&a, "top/a/x"));
	buf_release(&a);
	buf_release(&b);
}

/* In their place, instead of what is there, empty ones too. */
static void
files_of_memory_stand_among_the_others(void **state)
{
	static const struct zip_file also[] = {
		{ "b/2", "two", 3 }, { "b/9", "", 0 }, { "b/1", "other", 5 },
	};
	struct buf out = BUF_INIT;
	struct zip *z;
	size_t a, at[4];
	int rc;

	(void)state;
	put("a", "first");
	put("b", NULL);
	put("b/1", "one");
	put("b/3", "three");
	put("c", "last");
	assert_non_null(z = zip_new(folder, "top"));
	zip_also(z, also, 3);
	while ((rc = zip_more(z, &out)) == 1)
		;
	zip_free(z);
	assert_int_equal(rc, 0);
	a = find(&out, "top/a");
	at[0] = find(&out, "top/b/1");
	at[1] = find(&out, "top/b/2");
	at[2] = find(&out, "top/b/3");
	at[3] = find(&out, "top/b/9");
	assert_true(a < at[0] && at[0] < at[1] && at[1] < at[2] &&
	    at[2] < at[3] && at[3] < find(&out, "top/c"));
	assert_non_null(memmem(out.data, out.len, "other", 5));
	assert_null(memmem(out.data, out.len, "one", 3));
	buf_release(&out);
}

static void
a_link_ends_it(void **state)
{
	char path[512];

	(void)state;
	put("a", "one");
	(void)snprintf(path, sizeof path, "%s/b", folder);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_null(zip_new(folder, "top"));
}

static void
given_up_in_the_middle(void **state)
{
	struct buf out = BUF_INIT;
	struct zip *z;
	char *much = malloc(1 << 20);

	(void)state;
	assert_non_null(much);
	memset(much, 'x', (1 << 20) - 1);
	much[(1 << 20) - 1] = '\0';
	put("big", much);
	free(much);
	assert_non_null(z = zip_new(folder, "top"));
	assert_int_equal(zip_more(z, &out), 1);
	assert_true(out.len < 512 << 10);
	zip_free(z);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    entries_are_in_the_order_of_whole_paths, fresh, gone),
		cmocka_unit_test_setup_teardown(
		    files_of_memory_stand_among_the_others, fresh, gone),
		cmocka_unit_test_setup_teardown(a_link_ends_it, fresh, gone),
		cmocka_unit_test_setup_teardown(given_up_in_the_middle,
		    fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
