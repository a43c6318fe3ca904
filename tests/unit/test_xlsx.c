/* SPDX-License-Identifier: ISC */
/*
 * xlsx: what a reader that is not ours (openpyxl) finds in a workbook, and
 * the same bytes whenever it is made.
 */
#include "daemon/export/xlsx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/when.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static const struct sheet_column columns[] = {
	{ "n", SHEET_INTEGER, 8, "" },
	{ "at", SHEET_INSTANT, 27, "" },
	{ "text", SHEET_TEXT, 900, "" },
	{ "native", SHEET_PATH, 20, "" },
};
static const struct sheet table = { "rows", columns, 4 };
static const struct sheet other = { "other", columns, 3 };

static char folder[] = "/tmp/xlsxXXXXXX";
static char path[64];
static char longest[32769];

static void
make(int64_t created, uint64_t *cut_r)
{
	const char *const rows[][4] = {
		{ "7", "2026-03-02T10:15:00Z", "=cmd|' /C calc'!A0",
		    "NATIVES/0001/K1.eml" },
		{ "-9007199254740991", "1899-03-02T10:15:00Z", "{=1+1}", "" },
		{ "", "", longest, "" },
		{ "0", "2026-03-02T10:15:00+01:00", "http://x.example/", "" },
		{ "1", "", "_x0041_x0042_ _x12_", "" },
	};
	const struct xlsx_conf conf = { .path = path, .tmpdir = folder,
	    .base = "../" };
	struct xlsx *x = xlsx_new(&conf);

	assert_non_null(x);
	assert_int_equal(xlsx_table(x, &table), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(xlsx_row(x, rows[i]), 0);
	assert_int_equal(xlsx_table(x, &other), 0);
	*cut_r = xlsx_cut(x);
	assert_int_equal(xlsx_end(x, created), 0);
	xlsx_free(x);
}

static int
setup(void **state)
{
	(void)state;
	memset(longest, 'x', sizeof longest - 1);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/t.xlsx", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);	/* nothing else was left in it */
}

static void
test_read_by_others(void **state)
{
	static const char script[] = "import sys, openpyxl\n"
	    "b = openpyxl.load_workbook(sys.argv[1])\n"
	    "t = b['rows']\n"
	    "print([c.data_type for r in t for c in r].count('f'))\n"
	    "print([c.value for c in t[1]], t.freeze_panes, "
	    "t.auto_filter.ref)\n"
	    "for r in t.iter_rows(min_row=2, values_only=True):\n"
	    "    print([len(c) if c and len(str(c)) > 99 else str(c) "
	    "for c in r])\n"
	    "print(t['E2'].hyperlink.target, t['D5'].hyperlink, "
	    "t['D4'].value[-4:])\n"
	    "print(b.sheetnames, b.properties.created)\n";
	static const char want[] = "0\n"
	    "['n', 'at', 'at (date)', 'text', 'native'] A2 A1:E6\n"
	    "['7', '2026-03-02T10:15:00Z', '2026-03-02 10:15:00', "
	    "\"=cmd|' /C calc'!A0\", 'NATIVES/0001/K1.eml']\n"
	    "['-9007199254740991', '1899-03-02T10:15:00Z', 'None', "
	    "'{=1+1}', 'None']\n"
	    "['None', 'None', 'None', 32767, 'None']\n"
	    "['0', '2026-03-02T10:15:00+01:00', '2026-03-02 09:15:00', "
	    "'http://x.example/', 'None']\n"
	    /* openpyxl shows the escape that spreadsheets undo */
	    "['1', 'None', 'None', '_x005F_x0041_x005F_x0042_ _x12_', "
	    "'None']\n"
	    "../NATIVES/0001/K1.eml None x...\n"
	    "['rows', 'other'] 2026-03-02 10:15:00\n";
	char command[2048], said[2048];
	uint64_t cut;
	FILE *f;

	(void)state;
	make(INT64_C(1772446500) * WHEN_SECOND, &cut);
	assert_int_equal(cut, 1);
	(void)snprintf(command, sizeof command,
	    "/usr/bin/python3 -W ignore -c \"$S\" %s", path);
	assert_int_equal(setenv("S", script, 1), 0);
	f = popen(command, "r");
	assert_non_null(f);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_string_equal(said, want);
}

static void
slurp(struct buf *b)
{
	FILE *f = fopen(path, "rb");
	char room[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(room, 1, sizeof room, f)) > 0)
		buf_add(b, room, n);
	(void)fclose(f);
}

/* Bytes follow from rows and `created' alone; before 1980 there is no date. */
static void
test_same_bytes(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	uint64_t cut;

	(void)state;
	make(WHEN_NONE, &cut);
	slurp(&a);
	make(0, &cut);
	slurp(&b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	buf_clear(&b);
	make(INT64_C(1772446500) * WHEN_SECOND, &cut);
	slurp(&b);
	assert_true(a.len != b.len || memcmp(a.data, b.data, a.len) != 0);
	buf_release(&a);
	buf_release(&b);
}

/* Rows of tabs in turns are those of tabs one behind the other. */
static void
test_turns(void **state)
{
	const char *const row[][4] = {
		{ "1", "2026-03-02T10:15:00Z", "a", "NATIVES/1.eml" },
		{ "2", "2026-03-02T10:15:01Z", "b", "NATIVES/2.eml" },
	};
	const struct xlsx_conf conf = { .path = path, .tmpdir = folder,
	    .base = "../" };
	struct sheet twin = table;
	struct buf at[2] = { BUF_INIT, BUF_INIT };

	(void)state;
	twin.name = "twin";
	for (int turns = 0; turns < 2; turns++) {
		struct xlsx *x = xlsx_new(&conf);

		assert_non_null(x);
		assert_int_equal(xlsx_table(x, &table), 0);
		assert_int_equal(xlsx_table(x, &twin), 0);
		xlsx_base(x, "../other/");
		for (unsigned i = 0; i < 4; i++) {
			unsigned tab = turns ? i % 2 : i / 2;

			xlsx_turn(x, tab);
			assert_int_equal(xlsx_row(x, row[turns ? i / 2 :
			    i % 2]), 0);
		}
		assert_int_equal(xlsx_end(x, 0), 0);
		xlsx_free(x);
		slurp(&at[turns]);
	}
	assert_int_equal(at[0].len, at[1].len);
	assert_memory_equal(at[0].data, at[1].data, at[0].len);
	assert_int_equal(setenv("BOOK", path, 1), 0);
	assert_int_equal(system("/usr/bin/python3 -W ignore -c \"import sys, "
	    "openpyxl; b = openpyxl.load_workbook(sys.argv[1]); "
	    "assert [[str(c) for c in r[3:5]] for t in b for r in "
	    "t.iter_rows(min_row=2, values_only=True)] == "
	    "2 * [['a', 'NATIVES/1.eml'], ['b', 'NATIVES/2.eml']]; "
	    "assert b['twin']['E3'].hyperlink.target == "
	    "'../other/NATIVES/2.eml'; assert b['rows']['E2'].hyperlink."
	    "target == '../NATIVES/1.eml'\" \"$BOOK\""), 0);
	buf_release(&at[0]);
	buf_release(&at[1]);
}

static long
most_memory(void)
{
	struct rusage ru;

	assert_int_equal(getrusage(RUSAGE_SELF, &ru), 0);
	return ru.ru_maxrss / 1024;	/* MiB */
}

/* Links to the limit and one past; with them memory does not grow on. */
static void
test_links(void **state)
{
	static const char *const row[] = { "1", "2026-03-02T10:15:00Z", "a",
	    "production/VOL001/NATIVES/0001/K20260001-0000001.eml" };
	const struct xlsx_conf conf = { .path = path, .tmpdir = folder,
	    .base = "../" };
	struct xlsx *x = xlsx_new(&conf);
	long before = most_memory();

	(void)state;
	assert_non_null(x);
	assert_int_equal(xlsx_table(x, &table), 0);
	for (unsigned i = 0; i < 3 * XLSX_LINKS; i++)
		assert_int_equal(xlsx_row(x, row), 0);
	assert_int_equal(xlsx_end(x, 0), 0);
	xlsx_free(x);
#ifndef SANITIZED
	assert_true(most_memory() - before < 40);
#else
	(void)before;
#endif
	assert_int_equal(setenv("BOOK", path, 1), 0);
	(void)snprintf(longest, sizeof longest, "test \"$(unzip -p \"$BOOK\" "
	    "xl/worksheets/sheet1.xml | grep -o '<hyperlink ref=\"[^\"]*' | "
	    "sed -n '$=;$s/.*\"//p' | tr '\\n' ' ')\" = \"%u E%u \"",
	    XLSX_LINKS, XLSX_LINKS + 1);
	assert_int_equal(system(longest), 0);
}

/* As many tabs as there may be, and one more. */
static void
test_tabs(void **state)
{
	const struct xlsx_conf conf = { .path = path, .tmpdir = folder };
	struct xlsx *x = xlsx_new(&conf);
	struct sheet tab[XLSX_TABS + 1];
	char name[XLSX_TABS + 1][16];

	(void)state;
	assert_non_null(x);
	for (int i = 0; i <= XLSX_TABS; i++) {
		(void)snprintf(name[i], sizeof name[i], "tab%d", i);
		tab[i] = table;
		tab[i].name = name[i];
		assert_int_equal(xlsx_table(x, &tab[i]), i < XLSX_TABS ? 0 :
		    -1);
	}
	assert_int_equal(xlsx_end(x, 0), 0);
	xlsx_free(x);
}

/* A folder that is not there, and a book that is given up. */
static void
test_failing(void **state)
{
	struct xlsx_conf conf = { .path = "/nowhere/t.xlsx",
	    .tmpdir = folder };
	struct xlsx *x = xlsx_new(&conf);

	(void)state;
	assert_non_null(x);
	assert_int_equal(xlsx_table(x, &table), 0);
	assert_int_equal(xlsx_table(x, &table), -1);	/* one name, twice */
	assert_int_equal(xlsx_end(x, 0), -1);
	xlsx_free(x);
	conf.path = path;
	x = xlsx_new(&conf);
	assert_non_null(x);
	assert_int_equal(xlsx_table(x, &table), 0);
	(void)unlink(path);
	xlsx_free(x);
	assert_int_equal(access(path, F_OK), -1);
	xlsx_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_by_others),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_tabs),
		cmocka_unit_test(test_failing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
