/* SPDX-License-Identifier: ISC */
/*
 * dat: a Concordance load file.  It must never let a value end its cell or
 * its row.
 */
#include "proto/out/dat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

#define DAT_MARK	"\xef\xbb\xbf"
#define DAT_QUOTE	"\xc3\xbe"	/* U+00FE */
#define DAT_BREAK	"\xc2\xae"	/* U+00AE */
#define DAT_SEPARATOR	'\x14'

const struct cells_form dat_form = {
	DAT_MARK, DAT_SEPARATOR, DAT_QUOTE, 1, 0, 0
};

/* ---- writing ----------------------------------------------------------- */

/*
 * What stands in a cell for the character at p (n bytes left): a blank, a
 * break, or NULL for itself.  *used_r: its bytes.
 */
static const char *
dat_instead(const char *p, size_t n, size_t *used_r)
{
	*used_r = 1;
	if (p[0] == '\r' && n > 1 && p[1] == '\n')
		*used_r = 2;
	if (p[0] == '\r' || p[0] == '\n')
		return DAT_BREAK;
	if (p[0] == DAT_SEPARATOR)
		return " ";
	if (n > 1 && (memcmp(p, DAT_QUOTE, 2) == 0 ||
	    memcmp(p, DAT_BREAK, 2) == 0)) {
		*used_r = 2;
		return " ";
	}
	return NULL;
}

static void
dat_text(struct buf *out, const char *text)
{
	struct buf clean = BUF_INIT;
	size_t used, from = 0;

	text_clean(&clean, text, strlen(text));
	for (size_t i = 0; i < clean.len; i += used) {
		const char *p = (char *)clean.data + i;
		const char *instead = dat_instead(p, clean.len - i, &used);

		if (instead == NULL)
			continue;
		buf_add(out, clean.data + from, i - from);
		buf_adds(out, instead);
		from = i + used;
	}
	if (clean.len > from)
		buf_add(out, clean.data + from, clean.len - from);
	if (buf_failed(&clean))
		out->failed = 1;
	buf_release(&clean);
}

/* 2026-03-02 as 03/02/2026. */
static void
dat_date(struct buf *out, const char *iso)
{
	if (!sheet_cell_ok(SHEET_DATE, iso) || iso[0] == '\0') {
		dat_text(out, iso);
		return;
	}
	buf_add(out, iso + 5, 2);
	buf_addc(out, '/');
	buf_add(out, iso + 8, 2);
	buf_addc(out, '/');
	buf_add(out, iso, 4);
}

static void
dat_path(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++)
		buf_addc(out, *path == '/' ? '\\' : *path);
}

static void
dat_cell(struct buf *out, enum sheet_type type, const char *text)
{
	buf_adds(out, DAT_QUOTE);
	if (type == SHEET_DATE)
		dat_date(out, text);
	else if (type == SHEET_PATH && sheet_cell_ok(type, text))
		dat_path(out, text);
	else
		dat_text(out, text);
	buf_adds(out, DAT_QUOTE);
}

void
dat_head(struct buf *out, const struct sheet *sheet)
{
	buf_adds(out, DAT_MARK);
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		if (i > 0)
			buf_addc(out, DAT_SEPARATOR);
		dat_cell(out, SHEET_TEXT, sheet->column[i].name);
	}
	buf_adds(out, "\r\n");
}

void
dat_row(struct buf *out, const struct sheet *sheet, const char *const cell[])
{
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		if (i > 0)
			buf_addc(out, DAT_SEPARATOR);
		dat_cell(out, sheet->column[i].type, cell[i] ? cell[i] : "");
	}
	buf_adds(out, "\r\n");
}

/* ---- reading ----------------------------------------------------------- */

int
dat_head_ok(const struct sheet *sheet, const char *const cell[], unsigned n)
{
	if (n != sheet->ncolumns)
		return 0;
	for (unsigned i = 0; i < n; i++)
		if (strcmp(cell[i], sheet->column[i].name) != 0)
			return 0;
	return 1;
}

static int
undo_date(struct buf *out, const char *text)
{
	if (text[0] == '\0')
		return 0;
	if (strlen(text) != 10 || text[2] != '/' || text[5] != '/')
		return -1;
	buf_add(out, text + 6, 4);
	buf_addc(out, '-');
	buf_add(out, text, 2);
	buf_addc(out, '-');
	buf_add(out, text + 3, 2);
	return 0;
}

static int
undo_path(struct buf *out, const char *text)
{
	if (strchr(text, '/') != NULL)
		return -1;
	for (; *text != '\0'; text++)
		buf_addc(out, *text == '\\' ? '/' : *text);
	return 0;
}

static void
undo_text(struct buf *out, const char *text)
{
	const char *stop;

	for (; (stop = strstr(text, DAT_BREAK)) != NULL; text = stop + 2) {
		buf_add(out, text, (size_t)(stop - text));
		buf_addc(out, '\n');
	}
	buf_adds(out, text);
}

static int
undo(struct buf *out, enum sheet_type type, const char *text)
{
	if (type == SHEET_DATE)
		return undo_date(out, text);
	if (type == SHEET_PATH)
		return undo_path(out, text);
	undo_text(out, text);
	return 0;
}

int
dat_read(const struct sheet *sheet, const char *const cell[], unsigned n,
    struct buf *memory, const char *cell_r[])
{
	size_t begin[SHEET_COLUMNS_MAX];

	buf_clear(memory);
	errno = EINVAL;
	if (n != sheet->ncolumns)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		begin[i] = memory->len;
		if (undo(memory, sheet->column[i].type, cell[i]) == -1)
			return -1;
		buf_addc(memory, '\0');
	}
	if (buf_failed(memory)) {
		errno = ENOMEM;
		return -1;
	}
	for (unsigned i = 0; i < n; i++) {
		cell_r[i] = (char *)memory->data + begin[i];
		if (!sheet_cell_ok(sheet->column[i].type, cell_r[i])) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}
