/* SPDX-License-Identifier: ISC */
/*
 * bundle_book: as many rows of custody as the workbook takes, and one more,
 * which checks then tells of; and a profile without some of the tabs.
 */
#include "daemon/export/bundle_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/limits.h"
#include "proto/out/tables.h"

static char folder[] = "/tmp/bundlebookXXXXXX";

/* Rows of custody and one of parties, each of them "x". */
static void
build(const char *profile, unsigned rows)
{
	const struct bundle_conf conf = { .folder = folder, .zone = "UTC" };
	struct bundle bundle = { .id = { .kind = ID_NONE } };
	struct bundle_outcome outcome;
	struct trouble t;
	struct making m = { .conf = &conf, .bundle = &bundle,
	    .outcome = &outcome, .t = &t, .lang = LANG_EN };
	const char *cell[SHEET_COLUMNS_MAX];
	char bag[64];

	memset(&outcome, 0, sizeof outcome);
	(void)snprintf(bundle.profile, sizeof bundle.profile, "%s", profile);
	(void)snprintf(bag, sizeof bag, "%s/bag", folder);
	for (unsigned i = 0; i < SHEET_COLUMNS_MAX; i++)
		cell[i] = i == 0 ? "x" : "";
	assert_int_equal(bag_remove(bag, &t), 0);
	assert_non_null(m.bag = bag_new(bag, "B", &t));
	assert_int_equal(book_open(&m), 0);
	for (unsigned i = 0; i < rows; i++)
		assert_int_equal(book_row(&m, BOOK_CUSTODY, cell), 0);
	assert_int_equal(book_row(&m, BOOK_PARTIES, cell), 0);
	assert_int_equal(book_close(&m), 0);
	book_free(m.book);
	assert_int_equal(bag_end(m.bag, &t), 0);
	bag_free(m.bag);
}

/* What openpyxl says of it: rows of custody, and what checks has. */
static void
says(const char *want)
{
	static const char script[] = "import io, sys, zipfile, "
	    "openpyxl\n"
	    "z = zipfile.ZipFile(sys.argv[1] + '/bag')\n"
	    "b = openpyxl.load_workbook(io.BytesIO("
	    "z.read('B/data/timeline/timeline.xlsx')), read_only=True)\n"
	    "c = {r[0]: r[1] for r in b['checks'].values}\n"
	    "print(sum(1 for _ in b['custody'].values) - 1, "
	    "c['rows_custody'], c.get('rows_not_here'), "
	    "c.get('rows_parties'), 'parties' in b.sheetnames)\n";
	char command[256], said[256];
	FILE *f;

	(void)snprintf(command, sizeof command,
	    "/usr/bin/python3 -W ignore -c \"$S\" %s", folder);
	assert_int_equal(setenv("S", script, 1), 0);
	f = popen(command, "r");
	assert_non_null(f);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_string_equal(said, want);
}

static void
test_limit(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_BOOK_CUSTODY, 200000);
	build("audit", LIMIT_BOOK_CUSTODY);
	says("200000 200000 None 1 True\n");
	build("audit", LIMIT_BOOK_CUSTODY + 1);
	says("200000 200001 1 1 True\n");
}

static void
test_profile(void **state)
{
	(void)state;
	build("production", 2);
	says("2 2 None None False\n");
}

/* What was given up leaves nothing behind and can be let go of. */
static void
test_given_up(void **state)
{
	const struct bundle_conf conf = { .folder = "/nowhere" };
	struct bundle bundle = { .profile = "audit" };
	struct trouble t;
	struct making m = { .conf = &conf, .bundle = &bundle, .t = &t };

	(void)state;
	assert_int_equal(book_open(&m), -1);
	book_free(m.book);
	book_free(NULL);
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	char bag[64];

	(void)state;
	(void)snprintf(bag, sizeof bag, "%s/bag", folder);
	return bag_remove(bag, NULL) == -1 ? -1 : rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
