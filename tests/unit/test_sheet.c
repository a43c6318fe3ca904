/* SPDX-License-Identifier: ISC */
/* sheet: what is written is read back; what is not ours is refused. */
#include "proto/out/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/limits.h"

static const struct sheet_column columns[] = {
	{ "row", SHEET_INTEGER, 8, "display order" },
	{ "event_time", SHEET_INSTANT, 27, "when it happened" },
	{ "subject", SHEET_TEXT, 40, "subject" },
	{ "day", SHEET_DATE, 10, "a civil date" },
	{ "drift_s", SHEET_DECIMAL, 10, "seconds" },
	{ "native", SHEET_PATH, 30, "path" },
};
static const struct sheet table = { "example", columns, 6 };

#define HEAD "\xef\xbb\xbfrow,event_time,subject,day,drift_s,native\r\n"

static const char *const rows[][6] = {
	{ "1", "2026-03-02T10:15:00Z", "=cmd|' /C calc'!A0", "2026-03-02",
	    "-12.5", "NATIVES/0001/K0000001.eml" },
	{ "-2", "2026-03-02T10:15:00.000000+01:00", "a,b \"c\"\r\nd", "", "",
	    "" },
	{ "", "", "", "", "", "" },
	{ "9007199254740991", "", "'=x", "", "0", "a.b" },
	{ "0", "", " \xe4\xb8\xad\xe6\x96\x87 ", "", "0.5", "" },
	{ "7", "", "+44 20 7946", "", "", "" },
};
#define NROWS (sizeof rows / sizeof rows[0])

/* Whether a cell of CSV says what was written into it. */
static int
says(const struct sheet_column *column, const char *csv, const char *raw)
{
	if (column->type == SHEET_TEXT && raw[0] != '\0' &&
	    strchr("=+-@\t\r", raw[0]) != NULL && *csv++ != '\'')
		return 0;
	return strcmp(csv, raw) == 0;
}

/* Reads all, `step' bytes at a time; the number of rows, or -1. */
static int
read_all(struct sheet_reader *r, enum sheet_format format, const char *text,
    size_t len, size_t step)
{
	size_t at = 0, used;
	int n = 0, rc;

	sheet_read_init(r, &table, format);
	while (at < len) {
		rc = sheet_read(r, text + at, len - at < step ? len - at :
		    step, &used);
		if (rc == -1)
			return -1;
		at += used;
		if (rc == 0)
			continue;
		for (unsigned i = 0; n < (int)NROWS && i < 6; i++)
			if (format == SHEET_CSV)
				assert_true(says(&columns[i], r->cell[i],
				    rows[n][i]));
			else
				assert_string_equal(r->cell[i], rows[n][i]);
		n++;
	}
	return sheet_read_end(r) == -1 ? -1 : n;
}

static void
test_there_and_back(void **state)
{
	struct buf csv = BUF_INIT, json = BUF_INIT;
	struct sheet_reader r;
	unsigned which;
	size_t whole = 0;

	(void)state;
	sheet_csv_head(&csv, &table);
	for (size_t i = 0; i < NROWS; i++) {
		assert_true(sheet_row_ok(&table, rows[i], &which));
		sheet_csv_row(&csv, &table, rows[i]);
		sheet_json_row(&json, &table, rows[i]);
	}
	for (size_t step = 1; step < 400; step += step < 40 ? 1 : 97) {
		assert_int_equal(read_all(&r, SHEET_CSV, (char *)csv.data,
		    csv.len, step), NROWS);
		assert_int_equal(r.rows, NROWS);
		sheet_read_release(&r);
		assert_int_equal(read_all(&r, SHEET_JSONL, (char *)json.data,
		    json.len, step), NROWS);
		assert_int_equal(r.line, NROWS);
		sheet_read_release(&r);
	}
	/* Cut anywhere but behind a row: torn, never a row less in silence. */
	for (size_t len = 0; len < csv.len; len++) {
		whole += read_all(&r, SHEET_CSV, (char *)csv.data, len,
		    1000) != -1;
		sheet_read_release(&r);
	}
	assert_int_equal(whole, NROWS);	/* the head, and all rows but one */
	buf_release(&csv);
	buf_release(&json);
}

static void
test_texts(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	sheet_csv_head(&b, &table);
	sheet_csv_row(&b, &table, rows[0]);
	assert_string_equal(buf_str(&b), HEAD
	    "1,2026-03-02T10:15:00Z,'=cmd|' /C calc'!A0,2026-03-02,-12.5,"
	    "NATIVES/0001/K0000001.eml\r\n");
	buf_clear(&b);
	sheet_json_row(&b, &table, rows[0]);
	assert_string_equal(buf_str(&b), "{\"day\":\"2026-03-02\","
	    "\"drift_s\":\"-12.5\",\"event_time\":\"2026-03-02T10:15:00Z\","
	    "\"native\":\"NATIVES/0001/K0000001.eml\",\"row\":1,"
	    "\"subject\":\"=cmd|' /C calc'!A0\"}\n");
	buf_clear(&b);
	sheet_json_row(&b, &table, rows[2]);
	assert_string_equal(buf_str(&b), "{}\n");
	buf_release(&b);
	assert_int_equal(sheet_find(&table, "day"), 3);
	assert_int_equal(sheet_find(&table, "Day"), -1);
}

static void
test_cells(void **state)
{
	static const struct { enum sheet_type type; const char *text; int ok; }
	    cases[] = {
		{ SHEET_INTEGER, "0", 1 }, { SHEET_INTEGER, "-1", 1 },
		{ SHEET_INTEGER, "-0", 0 }, { SHEET_INTEGER, "01", 0 },
		{ SHEET_INTEGER, "+1", 0 }, { SHEET_INTEGER, "1 ", 0 },
		{ SHEET_INTEGER, "-", 0 }, { SHEET_INTEGER, "1.0", 0 },
		{ SHEET_INTEGER, "9007199254740992", 0 },
		{ SHEET_INTEGER, "-9007199254740991", 1 },
		{ SHEET_DECIMAL, "1.5", 1 }, { SHEET_DECIMAL, ".5", 0 },
		{ SHEET_DECIMAL, "5.", 0 }, { SHEET_DECIMAL, "1.5.1", 0 },
		{ SHEET_DECIMAL, "-0.25", 1 }, { SHEET_DECIMAL, "1e3", 0 },
		{ SHEET_INSTANT, "2026-03-02T10:15:00Z", 1 },
		{ SHEET_INSTANT, "2026-03-02T10:15Z", 0 },
		{ SHEET_INSTANT, "2026-03-02T10:15:00", 0 },
		{ SHEET_INSTANT, "2026-13-02T10:15:00Z", 0 },
		{ SHEET_INSTANT, "2026-03-02", 0 },
		{ SHEET_DATE, "2026-03-02", 1 }, { SHEET_DATE, "2026-03", 0 },
		{ SHEET_DATE, "2026-02-30", 0 },
		{ SHEET_PATH, "a/b.c", 1 }, { SHEET_PATH, "/a", 0 },
		{ SHEET_PATH, "a//b", 0 }, { SHEET_PATH, "a/../b", 0 },
		{ SHEET_PATH, "..", 0 }, { SHEET_PATH, "a/", 0 },
		{ SHEET_PATH, "a b", 0 }, { SHEET_PATH, "javascript:x", 0 },
		{ SHEET_TEXT, "\xff", 0 }, { SHEET_TEXT, "=x", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (sheet_cell_ok(cases[i].type, cases[i].text) != cases[i].ok)
			fail_msg("%s %s", sheet_type_name(cases[i].type),
			    cases[i].text);
}

static void
test_refused(void **state)
{
	static const struct { enum sheet_format f; const char *text;
	    enum sheet_fault fault; uint64_t line; } cases[] = {
		{ SHEET_CSV, "", SHEET_BAD_HEAD, 1 },
		{ SHEET_CSV, "row,event_time", SHEET_BAD_HEAD, 1 },
		{ SHEET_CSV, "\xef\xbb\xbfrow,event_time,subject,day,drift_s,"
		    "natve\r\n", SHEET_BAD_HEAD, 1 },
		{ SHEET_CSV, "\xef\xbb\xbfrow,event_time\r\n",
		    SHEET_BAD_HEAD, 1 },
		{ SHEET_CSV, HEAD "1,,x,,,\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,x,,,\rx", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,x,,\r\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,x,,,,\r\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,\"x\"y,,,\r\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,x\"y,,,\r\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_CSV, HEAD "1,,\"a\nb\",,,\r\nx,,,,,\r\n",
		    SHEET_BAD_CELL, 4 },
		{ SHEET_CSV, HEAD "1,,=x,,,\r\n", SHEET_BAD_CELL, 2 },
		{ SHEET_CSV, HEAD "1,,\"=x\",,,\r\n", SHEET_BAD_CELL, 2 },
		{ SHEET_CSV, HEAD "1,,\"x", SHEET_TORN, 2 },
		{ SHEET_CSV, HEAD "1,,x,,,", SHEET_TORN, 2 },
		{ SHEET_CSV, HEAD "1,,x,,,\r", SHEET_TORN, 2 },
		{ SHEET_JSONL, "{}", SHEET_TORN, 1 },
		{ SHEET_JSONL, "{}\n{\n", SHEET_BAD_SHAPE, 2 },
		{ SHEET_JSONL, "\n", SHEET_BAD_SHAPE, 1 },
		{ SHEET_JSONL, "[]\n", SHEET_BAD_SHAPE, 1 },
		{ SHEET_JSONL, "{\"row\":\"1\"}\n", SHEET_BAD_CELL, 1 },
		{ SHEET_JSONL, "{\"row\":1.0}\n", SHEET_BAD_SHAPE, 1 },
		{ SHEET_JSONL, "{\"subject\":1}\n", SHEET_BAD_CELL, 1 },
		{ SHEET_JSONL, "{\"subject\":\"\"}\n", SHEET_BAD_CELL, 1 },
		{ SHEET_JSONL, "{\"subject\":\"a\\u0000b\"}\n",
		    SHEET_BAD_CELL, 1 },
		{ SHEET_JSONL, "{\"other\":\"x\"}\n", SHEET_BAD_CELL, 1 },
		{ SHEET_JSONL, "{\"row\":1,\"row\":1}\n", SHEET_BAD_SHAPE, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sheet_reader r;
		size_t len = strlen(cases[i].text), at = 0, used = 0;
		int rc = 1;

		sheet_read_init(&r, &table, cases[i].f);
		for (; at < len && rc != -1; at += used)
			rc = sheet_read(&r, cases[i].text + at, len - at,
			    &used);
		if (rc != -1)
			rc = sheet_read_end(&r);
		if (rc != -1 || r.fault != cases[i].fault ||
		    r.line != cases[i].line)
			fail_msg("case %zu: rc %d fault %d line %u", i, rc,
			    (int)r.fault, (unsigned)r.line);
		sheet_read_release(&r);
	}
}

/* The longest row there may be, and one byte more. */
static void
test_limit(void **state)
{
	static const char *const form[] = { HEAD ",,", ",,,\r\n",
	    "{\"subject\":\"", "\"}\n" };
	static const size_t beside[] = { 2, sizeof "{\"subject\":\"\"}" - 1 };

	(void)state;
	for (int f = 0; f < 2; f++)
		for (size_t more = 0; more < 2; more++) {
			size_t n = LIMIT_SHEET_ROW - beside[f] + more;
			char *text = malloc(n);
			struct buf b = BUF_INIT;
			struct sheet_reader r;
			size_t used;
			int got;

			assert_non_null(text);
			memset(text, 'x', n);
			buf_adds(&b, form[2 * f]);
			buf_add(&b, text, n);
			buf_adds(&b, form[2 * f + 1]);
			sheet_read_init(&r, &table, f == 0 ? SHEET_CSV :
			    SHEET_JSONL);
			got = sheet_read(&r, b.data, b.len, &used);
			assert_int_equal(got, more ? -1 : 1);
			assert_int_equal(r.fault, more ? SHEET_TOO_LONG :
			    SHEET_FINE);
			sheet_read_release(&r);
			buf_release(&b);
			free(text);
		}
}

static void
test_schema(void **state)
{
	static const uint8_t needed[6] = { 1 };
	struct buf b = BUF_INIT;
	const char *text;

	(void)state;
	sheet_json_schema(&b, &table, needed);
	text = buf_str(&b);
	assert_non_null(strstr(text, "\"required\":[\"row\"]"));
	assert_non_null(strstr(text, "\"additionalProperties\":false"));
	assert_non_null(strstr(text, "\"row\":{\"description\":"
	    "\"display order\",\"maximum\":9007199254740991,"
	    "\"minimum\":-9007199254740991,\"type\":\"integer\"}"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
