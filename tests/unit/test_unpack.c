/* SPDX-License-Identifier: ISC */
/* A zip taken apart as it comes, however it is cut, and what is refused. */
#include "client/unpack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/out/zipfile.h"
#include "tests/unit/unzipped.h"

static char folder[256];

static int
fresh(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/unpackXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
gone(void **state)
{
	(void)state;
	return rmdir(folder);
}

struct file {
	const char *name, *text;
};

static void
make(const struct file *f, struct buf *zip)
{
	struct buf list = BUF_INIT;
	struct zipfile_end end = { 0, 0, 0 };

	for (; f->name != NULL; f++) {
		struct zipfile_entry e = { f->name, strlen(f->name), 0,
		    strlen(f->text), zip->len };

		zipfile_local(zip, &e);
		buf_adds(zip, f->text);
		zipfile_central(&list, &e);
		end.entries++;
	}
	end.offset = zip->len;
	end.size = list.len;
	buf_add(zip, list.data, list.len);
	zipfile_end(zip, &end);
	buf_release(&list);
}

/* In two pieces, cut there; errno, or 0. */
static int
taken(const struct buf *zip, size_t cut, const char *name)
{
	char path[300];
	struct unpack *u;
	int rc;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_non_null(u = unpack_new(path));
	errno = 0;
	rc = unpack_feed(u, zip->data, cut);
	if (rc == 0)
		rc = unpack_feed(u, zip->data + cut, zip->len - cut);
	if (rc == 0)
		rc = unpack_end(u);
	unpack_free(u);
	(void)snprintf(path, sizeof path, "%s/%s.part", folder, name);
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(access(path, F_OK), rc);
	return rc == 0 ? 0 : 1;
}

/* Bytes of a file that was unpacked, which then goes away. */
static void
holds(const char *name, const char *want)
{
	struct buf text = BUF_INIT;
	char path[300];

	(void)snprintf(path, sizeof path, "%s/b/%s", folder, name);
	unzipped_slurp(path, &text);
	assert_string_equal(buf_str(&text), want);
	assert_int_equal(unlink(path), 0);
	buf_release(&text);
}

static void
away(const char *name)
{
	char path[300];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_int_equal(rmdir(path), 0);
}

static void
cut_anywhere_it_comes_out_the_same(void **state)
{
	static const struct file files[] = { { "top/a/b/c", "abc" },
	    { "top/a/b/d", "" }, { "top/e", "0123456789" }, { NULL, NULL } };
	struct buf zip = BUF_INIT;

	(void)state;
	make(files, &zip);
	for (size_t cut = 0; cut <= zip.len; cut++) {
		assert_int_equal(taken(&zip, cut, "b"), 0);
		holds("a/b/c", "abc");
		holds("a/b/d", "");
		holds("e", "0123456789");
		away("b/a/b");
		away("b/a");
		away("b");
	}
	/* Byte by byte. */
	for (size_t n = 0; n < zip.len; n++) {
		struct buf less = zip;

		less.len = n;
		assert_int_equal(taken(&less, n / 2, "b"), 1);
	}
	buf_release(&zip);
}

static void
what_leads_elsewhere_is_refused(void **state)
{
	static const struct file bad[][3] = {
		{ { "top/../x", "x" }, { NULL, NULL } },
		{ { "/top/x", "x" }, { NULL, NULL } },
		{ { "x", "x" }, { NULL, NULL } },
		{ { "top/", "" }, { NULL, NULL } },
		{ { "top/x", "x" }, { "other/x", "x" }, { NULL, NULL } },
		{ { "top/x", "x" }, { "top/x", "y" }, { NULL, NULL } },
		{ { "top/x", "x" }, { "top/x/y", "y" }, { NULL, NULL } },
	};
	struct buf zip = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&zip);
		make(bad[i], &zip);
		assert_int_equal(taken(&zip, 0, "b"), 1);
	}
	/* More files than the directory tells of. */
	buf_clear(&zip);
	make(bad[0] + 1, &zip);
	assert_int_equal(taken(&zip, 0, "b"), 0);
	away("b");
	zip.data[8] = zip.data[10] = 1;
	assert_int_equal(taken(&zip, 0, "b"), 1);
	buf_release(&zip);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    cut_anywhere_it_comes_out_the_same, fresh, gone),
		cmocka_unit_test_setup_teardown(
		    what_leads_elsewhere_is_refused, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
