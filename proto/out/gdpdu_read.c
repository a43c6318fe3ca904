/* SPDX-License-Identifier: ISC */
/*
 * gdpdu_read: the tables of the GDPdU description, read back into the rows
 * that they were written from.
 */
#include "proto/out/gdpdu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct cells_form gdpdu_form = { "", ';', "\"", 0, 1, 0 };

unsigned
gdpdu_columns(const struct sheet *sheet)
{
	unsigned n = sheet->ncolumns;

	for (unsigned i = 0; i < sheet->ncolumns; i++)
		n += sheet->column[i].type == SHEET_INSTANT;
	return n;
}

int
gdpdu_head_ok(const struct sheet *sheet, const char *const cell[], unsigned n)
{
	if (n != gdpdu_columns(sheet))
		return 0;
	for (unsigned i = 0, at = 0; i < sheet->ncolumns; i++) {
		const struct sheet_column *c = &sheet->column[i];
		size_t len = strlen(c->name);

		if (strcmp(cell[at++], c->name) != 0)
			return 0;
		if (c->type == SHEET_INSTANT &&
		    (strncmp(cell[at], c->name, len) != 0 ||
		    strcmp(cell[at++] + len, "_TIME") != 0))
			return 0;
	}
	return 1;
}

/* 02.03.2026 as 2026-03-02. */
static int
undo_date(struct buf *out, const char *text)
{
	if (text[0] == '\0')
		return 0;
	if (strlen(text) != 10 || text[2] != '.' || text[5] != '.')
		return -1;
	buf_add(out, text + 6, 4);
	buf_addc(out, '-');
	buf_add(out, text + 3, 2);
	buf_addc(out, '-');
	buf_add(out, text, 2);
	return 0;
}

static int
undo_instant(struct buf *out, const char *date, const char *rest)
{
	if ((date[0] == '\0') != (rest[0] == '\0') ||
	    undo_date(out, date) == -1)
		return -1;
	if (rest[0] != '\0') {
		buf_addc(out, 'T');
		buf_adds(out, rest);
	}
	return 0;
}

static int
undo_decimal(struct buf *out, const char *text)
{
	if (strchr(text, '.') != NULL)
		return -1;
	for (; *text != '\0'; text++)
		buf_addc(out, *text == ',' ? '.' : *text);
	return 0;
}

/* One cell of the row from one or two of the file's. */
static int
undo(struct buf *out, enum sheet_type type, const char *const cell[])
{
	switch (type) {
	case SHEET_INSTANT:
		return undo_instant(out, cell[0], cell[1]);
	case SHEET_DATE:
		return undo_date(out, cell[0]);
	case SHEET_DECIMAL:
		return undo_decimal(out, cell[0]);
	default:
		buf_adds(out, cell[0]);
		return 0;
	}
}

int
gdpdu_read(const struct sheet *sheet, const char *const cell[], unsigned n,
    struct buf *memory, const char *cell_r[])
{
	size_t begin[SHEET_COLUMNS_MAX];

	buf_clear(memory);
	errno = EINVAL;
	if (n != gdpdu_columns(sheet))
		return -1;
	for (unsigned i = 0, at = 0; i < sheet->ncolumns; i++) {
		enum sheet_type type = sheet->column[i].type;

		begin[i] = memory->len;
		if (undo(memory, type, cell + at) == -1)
			return -1;
		buf_addc(memory, '\0');
		at += type == SHEET_INSTANT ? 2 : 1;
	}
	if (buf_failed(memory)) {
		errno = ENOMEM;
		return -1;
	}
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		cell_r[i] = (char *)memory->data + begin[i];
		if (!sheet_cell_ok(sheet->column[i].type, cell_r[i])) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

int
gdpdu_same(const char *got, const char *raw)
{
	for (; *got != '\0' && *raw != '\0'; got++, raw++) {
		unsigned char g = (unsigned char)*got;
		unsigned char r = (unsigned char)*raw;

		if ((g < ' ' || g == 0x7f ? ' ' : g) !=
		    (r < ' ' || r == 0x7f ? ' ' : r))
			return 0;
	}
	return *got == *raw;
}
