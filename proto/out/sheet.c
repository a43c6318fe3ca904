/* SPDX-License-Identifier: ISC */
/*
 * sheet: columns, what their cells may hold, and tables as CSV.  It must
 * never write what sheet_read.c refuses.
 */
#include "proto/out/sheet.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "proto/out/csv.h"

static const char *const type_names[] = {
	[SHEET_TEXT]	= "text",
	[SHEET_INTEGER]	= "integer",
	[SHEET_INSTANT]	= "instant",
	[SHEET_DATE]	= "date",
	[SHEET_DECIMAL]	= "decimal",
	[SHEET_PATH]	= "path",
};

int
sheet_find(const struct sheet *sheet, const char *name)
{
	for (unsigned i = 0; i < sheet->ncolumns; i++)
		if (strcmp(sheet->column[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *
sheet_type_name(enum sheet_type type)
{
	return type_names[type];
}

/* ---- what a cell may hold --------------------------------------------- */

static size_t
digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* As the canonical JSON has it, so that no number has two spellings. */
static int
integer_ok(const char *text)
{
	static const char most[] = "9007199254740991";	/* JSON_INT_MAX */
	int minus = *text == '-';
	size_t n;

	text += minus;
	n = digits(text);
	if (n == 0 || text[n] != '\0' || (text[0] == '0' && (n > 1 || minus)))
		return 0;
	return n < sizeof most - 1 || (n == sizeof most - 1 &&
	    strcmp(text, most) <= 0);
}

static int
decimal_ok(const char *text)
{
	size_t n;

	text += *text == '-';
	if ((n = digits(text)) == 0)
		return 0;
	text += n;
	if (*text == '\0')
		return 1;
	n = digits(text + 1);
	return *text == '.' && n > 0 && text[1 + n] == '\0';
}

static int
instant_ok(const char *text)
{
	size_t len = strlen(text);
	struct when when;

	return len >= sizeof "2026-03-02T10:15:00Z" - 1 && text[10] == 'T' &&
	    text[16] == ':' && when_parse(text, len, &when) == 0 &&
	    when.has_offset;
}

static int
date_ok(const char *text)
{
	struct when when;

	return strlen(text) == 10 && when_parse(text, 10, &when) == 0;
}

/* Within the folder of the export, and safe to be a link. */
static int
path_ok(const char *text)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-";

	for (;;) {
		size_t n = strspn(text, safe);

		if (n == 0 || (n == 1 && text[0] == '.') ||
		    (n == 2 && memcmp(text, "..", 2) == 0))
			return 0;
		if (text[n] == '\0')
			return 1;
		if (text[n] != '/')
			return 0;
		text += n + 1;
	}
}

int
sheet_cell_ok(enum sheet_type type, const char *text)
{
	if (text[0] == '\0')
		return 1;
	switch (type) {
	case SHEET_INTEGER:
		return integer_ok(text);
	case SHEET_INSTANT:
		return instant_ok(text);
	case SHEET_DATE:
		return date_ok(text);
	case SHEET_DECIMAL:
		return decimal_ok(text);
	case SHEET_PATH:
		return path_ok(text);
	default:
		return text_is_utf8(text, strlen(text));
	}
}

int
sheet_row_ok(const struct sheet *sheet, const char *const cell[],
    unsigned *column_r)
{
	for (unsigned i = 0; i < sheet->ncolumns; i++)
		if (!sheet_cell_ok(sheet->column[i].type, cell[i])) {
			*column_r = i;
			return 0;
		}
	return 1;
}

/* ---- CSV -------------------------------------------------------------- */

void
sheet_csv_head(struct buf *out, const struct sheet *sheet)
{
	struct csv csv;

	csv_begin(&csv, out);
	sheet_csv_names(out, sheet);
}

void
sheet_csv_names(struct buf *out, const struct sheet *sheet)
{
	struct csv csv = { .out = out, .cells = 0 };

	for (unsigned i = 0; i < sheet->ncolumns; i++)
		csv_cell(&csv, sheet->column[i].name);
	csv_line(&csv);
}

/* A number's minus is no formula; what no other type allows needs no care. */
static void
csv_value(struct csv *csv, enum sheet_type type, const char *text)
{
	if (type == SHEET_TEXT || text[0] == '\0') {
		csv_cell(csv, text);
		return;
	}
	if (csv->cells++ > 0)
		buf_addc(csv->out, ',');
	buf_adds(csv->out, text);
}

void
sheet_csv_row(struct buf *out, const struct sheet *sheet,
    const char *const cell[])
{
	struct csv csv = { .out = out, .cells = 0 };

	for (unsigned i = 0; i < sheet->ncolumns; i++)
		csv_value(&csv, sheet->column[i].type, cell[i]);
	csv_line(&csv);
}
