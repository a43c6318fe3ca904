/* SPDX-License-Identifier: ISC */
/* A bundle's zip as it is sent: order, the same bytes, what came later. */
#include "daemon/export/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/export/bag.h"
#include "proto/out/zipfile.h"
#include "tests/unit/unzipped.h"

static char path[256];

static int
fresh(void **state)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/zipXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	fd = mkstemp(path);
	return fd == -1 || close(fd) == -1 ? -1 : unlink(path);
}

static int
gone(void **state)
{
	(void)state;
	return bag_remove(path, NULL);
}

/* A bag of these files with a seal. */
static void
make(const char *const names[], const char *text)
{
	struct bagit_info info = { .date = "2026-03-02" };
	struct bag *bag = bag_new(path, "top", NULL);
	struct buf tags = BUF_INIT;
	uint8_t hash[64];

	assert_non_null(bag);
	for (; *names != NULL; names++)
		assert_int_equal(bag_put(bag, *names, text, strlen(text),
		    NULL), 0);
	assert_int_equal(bag_manifests(bag, &info, hash, &tags, NULL), 0);
	assert_int_equal(bag_put(bag, "seal/b", "early", 5, NULL), 0);
	assert_int_equal(bag_end(bag, NULL), 0);
	buf_release(&tags);
	bag_free(bag);
}

static void
sent(const struct zip_file *also, unsigned n, struct buf *out)
{
	struct zip *z = zip_new(path, "top");
	int rc;

	assert_non_null(z);
	zip_also(z, also, n);
	while ((rc = zip_more(z, out)) == 1)
		;
	assert_int_equal(rc, 0);
	zip_free(z);
}

/* The names as the heads before the files have them, a line each. */
static void
heads(const struct buf *zip, struct buf *out)
{
	struct zipfile_entry e;
	size_t at = 0, used;

	while (zipfile_local_read(zip->data + at, zip->len - at, &e,
	    &used) == 1 && used > 0) {
		buf_add(out, e.name, e.name_len);
		buf_addc(out, '\n');
		at += used + e.size;
	}
}

static void
files_are_in_the_order_of_whole_paths(void **state)
{
	static const char *const names[] = { "data/a/x", "data/a.txt",
	    "data/a-b/y", NULL };
	struct buf a = BUF_INIT, b = BUF_INIT, list = BUF_INIT;
	struct buf local = BUF_INIT;

	(void)state;
	make(names, "one");
	sent(NULL, 0, &a);
	sent(NULL, 0, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	unzipped_names(&a, &list);
	heads(&a, &local);
	assert_string_equal(buf_str(&list), buf_str(&local));
	/* '-' is before '.', which is before '/'. */
	assert_non_null(strstr(buf_str(&list), "top/bagit.txt\n"
	    "top/data/a-b/y\ntop/data/a.txt\ntop/data/a/x\n"
	    "top/manifest-sha256.txt\ntop/manifest-sha512.txt\n"
	    "top/seal/b\ntop/tagmanifest-sha256.txt\n"));
	buf_release(&a);
	buf_release(&b);
	buf_release(&list);
	buf_release(&local);
}

static void
what_came_later_stands_among_them(void **state)
{
	static const char *const names[] = { "data/a", NULL };
	const struct zip_file also[] = { { "seal/c", "", 0 },
	    { "seal/b", "late", 4 }, { "seal/a", "x", 1 }, { "z", "y", 1 } };
	struct buf zip = BUF_INIT, list = BUF_INIT, local = BUF_INIT;
	struct buf text = BUF_INIT;

	(void)state;
	make(names, "one");
	sent(also, 4, &zip);
	unzipped_names(&zip, &list);
	heads(&zip, &local);
	assert_string_equal(buf_str(&list), buf_str(&local));
	assert_non_null(strstr(buf_str(&list), "top/manifest-sha512.txt\n"
	    "top/seal/a\ntop/seal/b\ntop/seal/c\n"
	    "top/tagmanifest-sha256.txt\ntop/tagmanifest-sha512.txt\n"
	    "top/z\n"));
	unzipped(&zip, "top/seal/b", &text);
	assert_string_equal(buf_str(&text), "late");
	buf_clear(&text);
	unzipped(&zip, "top/data/a", &text);
	assert_string_equal(buf_str(&text), "one");
	buf_release(&zip);
	buf_release(&list);
	buf_release(&local);
	buf_release(&text);
}

static void
slices_are_small(void **state)
{
	static const char *const names[] = { "data/big", NULL };
	struct buf out = BUF_INIT, text = BUF_INIT;
	struct zip *z;
	char *much = malloc(1 << 20);
	int rc;

	(void)state;
	assert_non_null(much);
	memset(much, 'x', (1 << 20) - 1);
	much[(1 << 20) - 1] = '\0';
	make(names, much);
	assert_non_null(z = zip_new(path, "top"));
	for (size_t before = 0; (rc = zip_more(z, &out)) == 1;
	    before = out.len)
		assert_true(out.len - before < 512 << 10);
	assert_int_equal(rc, 0);
	unzipped(&out, "top/data/big", &text);
	assert_int_equal(text.len, (1 << 20) - 1);
	zip_free(z);
	/* Given up in the middle. */
	assert_non_null(z = zip_new(path, "top"));
	assert_int_equal(zip_more(z, &out), 1);
	zip_free(z);
	free(much);
	buf_release(&out);
	buf_release(&text);
}

/* Cut short, or with a directory that is none. */
static void
a_damaged_one_ends_it(void **state)
{
	static const char *const names[] = { "data/a", NULL };
	struct buf zip = BUF_INIT, out = BUF_INIT;
	struct zip *z;
	FILE *f;
	int rc;

	(void)state;
	make(names, "one");
	unzipped_slurp(path, &zip);
	assert_int_equal(truncate(path, (off_t)zip.len - 1), 0);
	assert_null(zip_new(path, "top"));
	for (size_t i = zip.len - 22; i > 4; i--)
		if (memcmp(zip.data + i - 4, "PK\1\2", 4) == 0) {
			zip.data[i - 1] = 9;
			break;
		}
	assert_non_null(f = fopen(path, "wb"));
	assert_int_equal(fwrite(zip.data, 1, zip.len, f), zip.len);
	assert_int_equal(fclose(f), 0);
	assert_non_null(z = zip_new(path, "top"));
	while ((rc = zip_more(z, &out)) == 1)
		;
	assert_int_equal(rc, -1);
	zip_free(z);
	assert_null(zip_new("/nonexistent", "top"));
	buf_release(&zip);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    files_are_in_the_order_of_whole_paths, fresh, gone),
		cmocka_unit_test_setup_teardown(
		    what_came_later_stands_among_them, fresh, gone),
		cmocka_unit_test_setup_teardown(slices_are_small, fresh,
		    gone),
		cmocka_unit_test_setup_teardown(a_damaged_one_ends_it, fresh,
		    gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
