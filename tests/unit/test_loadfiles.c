/* SPDX-License-Identifier: ISC */
/*
 * loadfiles: DAT and OPT rows both ways, GDPdU and EDRM as they are written,
 * with texts that would like to end their cell; the columns of the production
 * tables.
 */
#include "proto/out/production.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/when.h"
#include "proto/out/dat.h"
#include "proto/out/edrm.h"
#include "proto/out/gdpdu.h"
#include "proto/out/opt.h"

static const struct sheet_column columns[] = {
	{ "NUMBER", SHEET_INTEGER, 8, "a number" },
	{ "TEXT", SHEET_TEXT, 8, "a text" },
	{ "DAY", SHEET_DATE, 8, "a day" },
	{ "AT", SHEET_INSTANT, 8, "an instant" },
	{ "SHARE", SHEET_DECIMAL, 8, "a decimal" },
	{ "FILE", SHEET_PATH, 8, "a path" },
};
static const struct sheet table = { "table", columns, 6 };

static const char *const rows[][6] = {
	{ "7", "plain", "2026-03-02", "2026-03-02T10:15:00.000001Z", "-1.5",
	    "NATIVES/0001/A.pdf" },
	{ "", "", "", "", "", "" },
	{ "-9007199254740991", "a;b,c\"d\"", "0001-01-01",
	    "2026-03-02T18:15:00+08:00", "0.000001", "x" },
	{ "0", "\xe5\xbc\xa0\xe4\xbc\x9f \xf0\x9f\x93\x84", "9999-12-31",
	    "2026-03-02T10:15:00Z", "1", "a/b" },
};
#define ROWS (sizeof rows / sizeof rows[0])

/* All rows of a DAT, as they were handed to it. */
static void
read_back(struct buf *text)
{
	struct buf memory = BUF_INIT;
	const char *cell[6];
	size_t at = 0, used, row = 0;
	struct cells c;

	cells_init(&c, &dat_form);
	while (cells_read(&c, text->data + at, text->len - at, &used) == 1) {
		at += used;
		if (row++ == 0) {
			assert_true(dat_head_ok(&table, c.cell, c.ncells));
			continue;
		}
		assert_int_equal(dat_read(&table, c.cell, c.ncells, &memory,
		    cell), 0);
		for (unsigned i = 0; i < 6; i++)
			assert_string_equal(cell[i], rows[row - 2][i]);
	}
	assert_int_equal(cells_read_end(&c), 0);
	assert_int_equal(row, ROWS + 1);
	cells_release(&c);
	buf_release(&memory);
}

static void
test_dat(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	dat_head(&b, &table);
	for (size_t i = 0; i < ROWS; i++)
		dat_row(&b, &table, rows[i]);
	assert_non_null(strstr(buf_str(&b), "\xc3\xbe" "03/02/2026\xc3\xbe"));
	assert_non_null(strstr(buf_str(&b), "NATIVES\\0001\\A.pdf"));
	read_back(&b);
	buf_release(&b);
}

static void
test_gdpdu(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	gdpdu_head(&b, &table);
	for (size_t i = 0; i < ROWS; i++)
		gdpdu_row(&b, &table, rows[i]);
	assert_string_equal(buf_str(&b),
	    "\"NUMBER\";\"TEXT\";\"DAY\";\"AT\";\"AT_TIME\";\"SHARE\";"
	    "\"FILE\"\r\n7;\"plain\";02.03.2026;02.03.2026;"
	    "\"10:15:00.000001Z\";-1,5;\"NATIVES/0001/A.pdf\"\r\n"
	    ";\"\";;;\"\";;\"\"\r\n"
	    "-9007199254740991;\"a;b,c\"\"d\"\"\";01.01.0001;02.03.2026;"
	    "\"18:15:00+08:00\";0,000001;\"x\"\r\n"
	    "0;\"\xe5\xbc\xa0\xe4\xbc\x9f \xf0\x9f\x93\x84\";31.12.9999;"
	    "02.03.2026;\"10:15:00Z\";1;\"a/b\"\r\n");
	buf_release(&b);
}

/* Values that the formats cannot hold: changed as their headers say. */
static void
test_values(void **state)
{
	static const struct { const char *raw, *dat, *gdpdu; } cases[] = {
		{ "a\r\nb\rc\nd", "a\nb\nc\nd", "a  b c d" },
		{ "a\xc3\xbe" "b", "a b", "a\xc3\xbe" "b" },
		{ "a\xc2\xae" "b", "a b", "a\xc2\xae" "b" },
		{ "a\x14" "b", "a b", "a b" }, { "a\tb", "a\tb", "a b" },
		{ "\xff", "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "\"", "\"", "\"" }, { "\xc3\xa9", "\xc3\xa9", "\xc3\xa9" },
	};
	static const struct sheet_column one[] = { { "A", SHEET_TEXT, 1, "" } };
	static const struct sheet sheet = { "one", one, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = BUF_INIT, memory = BUF_INIT;
		const char *cell[1];
		struct cells c;
		size_t used;

		dat_head(&b, &sheet);
		dat_row(&b, &sheet, &cases[i].raw);
		cells_init(&c, &dat_form);
		assert_int_equal(cells_read(&c, b.data, b.len, &used), 1);
		assert_int_equal(cells_read(&c, b.data + used, b.len - used,
		    &used), 1);
		assert_int_equal(dat_read(&sheet, c.cell, c.ncells, &memory,
		    cell), 0);
		assert_string_equal(cell[0], cases[i].dat);
		cells_release(&c);

		buf_clear(&b);
		gdpdu_row(&b, &sheet, &cases[i].raw);
		cells_init(&c, &gdpdu_form);
		assert_int_equal(cells_read(&c, b.data, b.len, &used), 1);
		assert_string_equal(c.cell[0], cases[i].gdpdu);
		cells_release(&c);
		buf_release(&b);
		buf_release(&memory);
	}
}

/* A cell that is not what its column says is refused. */
static void
test_cells_bad(void **state)
{
	static const char *const good[] = {
		"7", "x", "03/02/2026", "2026-03-02T10:15:00Z", "1.5", "a\\b"
	};
	static const struct { unsigned column; const char *cell; } bad[] = {
		{ 0, "x" }, { 0, "07" }, { 2, "2026-03-02" },
		{ 2, "13/02/2026" }, { 2, "02/30/2026" }, { 3, "yesterday" },
		{ 4, "1,5" }, { 5, "a/b" }, { 5, "..\\b" }, { 5, "\\b" },
	};
	struct buf memory = BUF_INIT;
	const char *cell[6], *out[6];

	(void)state;
	assert_int_equal(dat_read(&table, good, 6, &memory, out), 0);
	assert_int_equal(dat_read(&table, good, 5, &memory, out), -1);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memcpy(cell, good, sizeof cell);
		cell[bad[i].column] = bad[i].cell;
		errno = 0;
		if (dat_read(&table, cell, 6, &memory, out) != -1)
			fail_msg("%s", bad[i].cell);
		assert_int_equal(errno, EINVAL);
	}
	buf_release(&memory);
}

static void
test_opt(void **state)
{
	static const struct { const char *cell[7]; uint64_t row; int ok; }
	    cases[] = {
		{ { "A1", "V", "I\\A1.pdf", "Y", "", "", "12" }, 1, 1 },
		{ { "A2", "V", "I\\A2.tif", "", "", "", "" }, 2, 1 },
		{ { "A2", "V", "I\\A2.tif", "", "", "", "" }, 1, 0 },
		{ { "A1", "V", "I\\A1.pdf", "Y", "", "", "" }, 1, 0 },
		{ { "A1", "V", "I\\A1.pdf", "Y", "", "", "0" }, 1, 0 },
		{ { "A1", "V", "I\\A1.pdf", "Y", "", "", "1x" }, 1, 0 },
		{ { "A1", "V", "I\\A1.pdf", "Y", "", "", "9999999999" }, 1, 0 },
		{ { "A1", "V", "I\\A1.pdf", "N", "", "", "1" }, 2, 0 },
		{ { "A1", "V", "I\\A1.pdf", "", "", "", "1" }, 2, 0 },
		{ { "A1", "V", "", "Y", "", "", "1" }, 1, 0 },
		{ { "", "V", "x", "Y", "", "", "1" }, 1, 0 },
		{ { "A1", "V", "x", "Y", "Y", "", "1" }, 1, 0 },
	};
	struct opt_image image = { "A1", "V", "I/A1.pdf", 1, 12 };
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(opt_line(&b, &image), 0);
	image.first = 0;
	image.id = "A2";
	assert_int_equal(opt_line(&b, &image), 0);
	assert_string_equal(buf_str(&b),
	    "A1,V,I\\A1.pdf,Y,,,12\r\nA2,V,I\\A1.pdf,,,,\r\n");
	image.path = "a,b";
	assert_int_equal(opt_line(&b, &image), -1);
	image.path = "a b";
	assert_int_equal(opt_line(&b, &image), -1);
	image.path = "";
	assert_int_equal(opt_line(&b, &image), -1);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if ((opt_read(&image, cases[i].row, cases[i].cell, 7) == 0) !=
		    cases[i].ok)
			fail_msg("case %zu", i);
	assert_int_equal(opt_read(&image, 1, cases[0].cell, 6), -1);
	buf_release(&b);
}

static void
test_edrm(void **state)
{
	const char *cell[PRODUCTION_COLUMNS];
	const struct edrm_file file = { "Native", "NATIVES/0001/A0000002.pdf",
	    17, "00ff" };
	struct buf b = BUF_INIT;
	struct edrm e;

	(void)state;
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++)
		cell[i] = "";
	cell[PRODUCTION_BEGDOC] = "A0000002";
	cell[PRODUCTION_PARENTID] = "A0000001";
	cell[PRODUCTION_RECORDTYPE] = "attachment";
	cell[PRODUCTION_SUBJECT] = "<&\"\n\x01\xef\xbf\xbe\xff";
	cell[PRODUCTION_SENTDATE] = "2026-03-02";
	cell[PRODUCTION_SENTTIME] = "10:15:00";
	cell[PRODUCTION_CUSTODIAN] = "post & fax";
	edrm_begin(&e, &b);
	edrm_document(&e, cell, &file, 1);
	edrm_end(&e);
	assert_string_equal(buf_str(&b),
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<Root MajorVersion=\"1\" MinorVersion=\"2\" "
	    "DataInterchangeType=\"Update\">\n<Batch>\n<Documents>\n"
	    "<Document DocID=\"A0000002\" DocType=\"File\" MimeType=\"\">\n"
	    "<Files>\n<File FileType=\"Native\"><ExternalFile "
	    "FilePath=\"NATIVES\\0001\" FileName=\"A0000002.pdf\" "
	    "FileSize=\"17\" Hash=\"00ff\"/></File>\n</Files>\n<Tags>\n"
	    "<Tag TagName=\"PARENTID\" TagDataType=\"Text\" "
	    "TagValue=\"A0000001\"/>\n"
	    "<Tag TagName=\"RECORDTYPE\" TagDataType=\"Text\" "
	    "TagValue=\"attachment\"/>\n"
	    "<Tag TagName=\"#Subject\" TagDataType=\"Text\" TagValue=\""
	    "&lt;&amp;&quot;&#10;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"/>\n"
	    "<Tag TagName=\"#DateSent\" TagDataType=\"DateTime\" "
	    "TagValue=\"2026-03-02T10:15:00Z\"/>\n</Tags>\n"
	    "<Locations><Location><Custodian>post &amp; fax</Custodian>"
	    "</Location></Locations>\n</Document>\n</Documents>\n"
	    "<Relationships>\n<Relationship Type=\"Attachment\" "
	    "ParentDocID=\"A0000001\" ChildDocID=\"A0000002\"/>\n"
	    "</Relationships>\n</Batch>\n</Root>\n");
	buf_release(&b);
}

static void
test_production(void **state)
{
	static const struct sheet *const sheets[] = {
		&sheet_production, &sheet_privilege, &sheet_exceptions,
		&sheet_redactions, &sheet_fields,
	};
	const char *cell[FIELDS_COLUMNS];
	unsigned bad;
	char length[16], date[PRODUCTION_TIME_MAX], time[PRODUCTION_TIME_MAX];

	(void)state;
	assert_int_equal(sheet_production.ncolumns, PRODUCTION_COLUMNS);
	assert_int_equal(sheet_find(&sheet_production, "SHA256HASH"),
	    PRODUCTION_SHA256HASH);
	assert_int_equal(sheet_find(&sheet_privilege, "CASESEQ"),
	    PRIVILEGE_CASESEQ);
	for (size_t s = 0; s < 5; s++) {
		assert_true(sheets[s]->ncolumns <= SHEET_COLUMNS_MAX);
		for (unsigned i = 0; i < sheets[s]->ncolumns; i++)
			assert_int_equal(sheet_find(sheets[s],
			    sheets[s]->column[i].name), i);
	}
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++) {
		production_field(i, cell, length);
		assert_true(sheet_row_ok(&sheet_fields, cell, &bad));
		assert_true(cell[3][0] != '\0' && cell[4][0] != '\0');
	}
	production_field(PRODUCTION_SHA256HASH, cell, length);
	assert_string_equal(cell[0], "SHA256HASH");
	assert_string_equal(cell[2], "64");
	production_when(INT64_C(1772446500000001), date, time);
	assert_string_equal(date, "2026-03-02");
	assert_string_equal(time, "10:15:00");
	production_when(WHEN_NONE, date, time);
	assert_true(date[0] == '\0' && time[0] == '\0');
}

static void
test_bates(void **state)
{
	char text[BATES_MAX];

	(void)state;
	assert_int_equal(bates_text("FELD-", 1, text), 0);
	assert_string_equal(text, "FELD-0000001");
	assert_int_equal(bates_text("A", 9999999, text), 0);
	assert_string_equal(text, "A9999999");
	assert_int_equal(bates_text("A", 10000000, text), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(bates_text("A", 0, text), -1);
	assert_int_equal(bates_text("", 1, text), -1);
	assert_int_equal(errno, EINVAL);
	assert_false(bates_prefix_ok("A1"));
	assert_true(bates_prefix_ok("A1B"));
	assert_false(bates_prefix_ok("a"));
	assert_false(bates_prefix_ok("A B"));
	assert_false(bates_prefix_ok("A/"));
	assert_true(bates_prefix_ok("ABCDEFGHIJKLMNOP"));
	assert_false(bates_prefix_ok("ABCDEFGHIJKLMNOPQ"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dat),
		cmocka_unit_test(test_gdpdu),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cells_bad),
		cmocka_unit_test(test_opt),
		cmocka_unit_test(test_edrm),
		cmocka_unit_test(test_production),
		cmocka_unit_test(test_bates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
