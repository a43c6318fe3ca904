/* SPDX-License-Identifier: ISC */
/*
 * xlsx: the one file that knows libxlsxwriter.  It must never write a
 * formula, a time of its own, or a cell that is silently shorter.
 */
#include "daemon/export/xlsx.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <xlsxwriter.h>

#include "proto/base/buf.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

#define CELL_MAX 32767		/* characters of a cell; bytes are counted */
#define DIGITS_MAX 15		/* that a workbook's numbers keep */
#define WIDTH_MAX 60
#define MADE_LEAST (INT64_C(315532800) * WHEN_SECOND)	/* 1980-01-01 */
#define EPOCH_1900 INT64_C(25569)	/* days from 1900 to 1970, as Excel's */
#define DAY_LEAST INT64_C(61)		/* before March 1900 they differ */

/* Beside twice the rows, for all that the library writes without a look. */
#define SPACE_BESIDE (UINT64_C(16) << 20)

/* The library's close uses the one buffer of the C library's dates. */
static pthread_mutex_t closing = PTHREAD_MUTEX_INITIALIZER;

struct tab {
	lxw_worksheet	*own;
	const struct sheet *sheet;
	const char	*base;
	int		 axis;		/* column with a date beside it; -1 */
	lxw_row_t	 row;		/* the next */
	unsigned	 links;
};

struct xlsx {
	lxw_workbook	*book;
	lxw_format	*head, *date;
	struct tab	 tabs[XLSX_TABS];
	unsigned	 ntabs;
	struct tab	*tab;		/* that rows go to */
	uint64_t	 cut;
	uint64_t	 bytes;		/* in the temporary files of tabs */
	char		*base, *tmpdir;
	struct buf	 text;
};

static int
failed(lxw_error error)
{
	if (error == LXW_NO_ERROR)
		return 0;
	if (errno == ENOSPC || errno == EDQUOT)
		return -1;
	errno = error == LXW_ERROR_MEMORY_MALLOC_FAILED ? ENOMEM :
	    error == LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE ? EFBIG : EIO;
	return -1;
}

struct xlsx *
xlsx_new(const struct xlsx_conf *conf)
{
	struct xlsx *x = calloc(1, sizeof *x);
	lxw_workbook_options options = { .constant_memory = LXW_TRUE,
	    .use_zip64 = LXW_FALSE };

	if (x != NULL && (x->tmpdir = strdup(conf->tmpdir)) != NULL) {
		x->base = strdup(conf->base != NULL ? conf->base : "");
		options.tmpdir = x->tmpdir;
		x->book = workbook_new_opt(conf->path, &options);
	}
	if (x == NULL || x->base == NULL || x->book == NULL ||
	    (x->head = workbook_add_format(x->book)) == NULL ||
	    (x->date = workbook_add_format(x->book)) == NULL) {
		xlsx_free(x);
		errno = ENOMEM;
		return NULL;
	}
	format_set_bold(x->head);
	format_set_num_format(x->date, "yyyy-mm-dd hh:mm:ss");
	/* Formats are numbered as they are met: not by which tab is first. */
	(void)lxw_format_get_xf_index(x->head);
	(void)lxw_format_get_xf_index(x->date);
	(void)lxw_format_get_xf_index(workbook_get_default_url_format(
	    x->book));
	return x;
}

void
xlsx_free(struct xlsx *x)
{
	if (x == NULL)
		return;
	if (x->book != NULL)
		lxw_workbook_free(x->book);
	free(x->base);
	free(x->tmpdir);
	buf_release(&x->text);
	free(x);
}

/* ---- tabs ---------------------------------------------------------------- */

/* The library does not look whether its rows could be written; this does. */
static int
rows_written(struct xlsx *x, const struct tab *tab)
{
	FILE *f = tab->own->optimize_tmpfile;
	off_t size;

	if (f == NULL)
		return 0;
	if (fflush(f) != 0 || ferror(f) || (size = ftello(f)) == -1) {
		if (errno != EDQUOT)
			errno = ENOSPC;
		return -1;
	}
	x->bytes += (uint64_t)size;
	return 0;
}

/* Nor whether they could be put together: room for that must be there. */
static int
room_left(const struct xlsx *x)
{
	struct statvfs fs;

	if (statvfs(x->tmpdir, &fs) == -1)
		return -1;
	if (fs.f_bavail * (uint64_t)fs.f_frsize >= 2 * x->bytes + SPACE_BESIDE)
		return 0;
	errno = ENOSPC;
	return -1;
}

/* The filters of a tab reach over all its rows, so they come at its end. */
static int
tabs_end(struct xlsx *x)
{
	for (unsigned i = 0; i < x->ntabs; i++) {
		const struct tab *tab = &x->tabs[i];
		unsigned n = tab->sheet->ncolumns + (tab->axis >= 0);

		if (rows_written(x, tab) == -1 ||
		    failed(worksheet_autofilter(tab->own, 0, 0,
		    tab->row > 1 ? tab->row - 1 : 1, (lxw_col_t)(n - 1))) ==
		    -1)
			return -1;
	}
	return 0;
}

/* Where a column stands, behind the date that was put in. */
static lxw_col_t
place(const struct tab *tab, unsigned column)
{
	return (lxw_col_t)(column + (tab->axis >= 0 &&
	    (int)column > tab->axis));
}

static int
head_cell(struct xlsx *x, lxw_col_t at, unsigned width, const char *name,
    const char *behind)
{
	buf_clear(&x->text);
	buf_adds(&x->text, name);
	buf_adds(&x->text, behind);
	if (buf_failed(&x->text)) {
		errno = ENOMEM;
		return -1;
	}
	if (width > WIDTH_MAX)
		width = WIDTH_MAX;
	if (failed(worksheet_set_column(x->tab->own, at, at, width + 2,
	    NULL)) == -1)
		return -1;
	return failed(worksheet_write_string(x->tab->own, 0, at,
	    buf_str(&x->text), x->head));
}

static int
heads(struct xlsx *x)
{
	struct tab *tab = x->tab;

	for (unsigned i = 0; i < tab->sheet->ncolumns; i++) {
		const struct sheet_column *c = &tab->sheet->column[i];

		if (head_cell(x, place(tab, i), c->width, c->name, "") == -1)
			return -1;
		if ((int)i == tab->axis && head_cell(x, (lxw_col_t)(place(tab,
		    i) + 1), 19, c->name, " (date)") == -1)
			return -1;
	}
	return 0;
}

int
xlsx_table(struct xlsx *x, const struct sheet *sheet)
{
	struct tab *tab = &x->tabs[x->ntabs];

	errno = 0;
	if (x->ntabs == XLSX_TABS || (tab->own = workbook_add_worksheet(
	    x->book, sheet->name)) == NULL) {
		errno = EINVAL;
		return -1;
	}
	x->ntabs++;
	x->tab = tab;
	tab->sheet = sheet;
	tab->base = x->base;
	tab->row = 1;
	tab->axis = -1;
	for (unsigned i = 0; i < sheet->ncolumns && tab->axis == -1; i++)
		if (sheet->column[i].type == SHEET_INSTANT)
			tab->axis = (int)i;
	worksheet_freeze_panes(tab->own, 1, 0);
	return heads(x);
}

void
xlsx_turn(struct xlsx *x, unsigned i)
{
	x->tab = &x->tabs[i];
}

void
xlsx_base(struct xlsx *x, const char *base)
{
	x->tab->base = base;
}

/* ---- cells --------------------------------------------------------------- */

/* 1 if a reader would take what stands here for one escaped character. */
static int
is_escape(const char *p)
{
	return p[0] == '_' && p[1] == 'x' &&
	    strspn(p + 2, "0123456789ABCDEFabcdef") >= 4 && p[6] == '_';
}

/* ECMA-376, 22.9.2.19: _x0041_ is an A, so its first _ is escaped. */
static void
add_escaped(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (len - i >= 7 && is_escape(text + i))
			buf_adds(out, "_x005F_");
		else
			buf_addc(out, text[i]);
}

static int
has_escape(const char *text)
{
	while ((text = strstr(text, "_x")) != NULL && !is_escape(text))
		text++;
	return text != NULL;
}

static int
put_text(struct xlsx *x, lxw_col_t at, const char *text)
{
	size_t len = strlen(text);
	/* Escaping at most doubles a text. */
	size_t most = has_escape(text) ? CELL_MAX / 2 : CELL_MAX;

	if (len > most || most < CELL_MAX) {
		buf_clear(&x->text);
		if (len > most)
			len = text_cut(text, len, most - 3);
		add_escaped(&x->text, text, len);
		if (text[len] != '\0')
			buf_adds(&x->text, "...");
		if (buf_failed(&x->text)) {
			errno = ENOMEM;
			return -1;
		}
		x->cut += text[len] != '\0';
		text = buf_str(&x->text);
	}
	return failed(worksheet_write_string(x->tab->own, x->tab->row, at,
	    text, NULL));
}

static int
put_number(struct xlsx *x, lxw_col_t at, const char *text)
{
	if (strlen(text) > DIGITS_MAX)
		return put_text(x, at, text);
	return failed(worksheet_write_number(x->tab->own, x->tab->row, at,
	    (double)strtoll(text, NULL, 10), NULL));
}

/* Days since 1900, as spreadsheets count; nothing where they cannot. */
static int
put_date(struct xlsx *x, lxw_col_t at, const char *text)
{
	struct when when;

	if (when_parse(text, strlen(text), &when) == -1 ||
	    when.at < (DAY_LEAST - EPOCH_1900) * WHEN_DAY)
		return 0;
	return failed(worksheet_write_number(x->tab->own, x->tab->row, at,
	    (double)when.at / (double)WHEN_DAY + (double)EPOCH_1900,
	    x->date));
}

/*
 * A link; plain text once the tab has as many as it may have.  Not as
 * "external:", for which the library turns each / into a \.
 */
static int
put_path(struct xlsx *x, lxw_col_t at, const char *path)
{
	lxw_error error;

	if (x->tab->links++ >= XLSX_LINKS)
		return put_text(x, at, path);
	buf_clear(&x->text);
	buf_adds(&x->text, x->tab->base);
	buf_adds(&x->text, path);
	if (buf_failed(&x->text)) {
		errno = ENOMEM;
		return -1;
	}
	error = worksheet_write_url_opt(x->tab->own, x->tab->row, at,
	    buf_str(&x->text), NULL, path, NULL);
	return error == LXW_NO_ERROR ? 0 : put_text(x, at, path);
}

static int
put_cell(struct xlsx *x, unsigned column, const char *text)
{
	lxw_col_t at = place(x->tab, column);

	switch (x->tab->sheet->column[column].type) {
	case SHEET_INTEGER:
		return put_number(x, at, text);
	case SHEET_PATH:
		return put_path(x, at, text);
	default:
		return put_text(x, at, text);
	}
}

int
xlsx_row(struct xlsx *x, const char *const cell[])
{
	struct tab *tab = x->tab;

	errno = 0;
	for (unsigned i = 0; i < tab->sheet->ncolumns; i++) {
		if (cell[i][0] == '\0')
			continue;
		if (put_cell(x, i, cell[i]) == -1 || ((int)i == tab->axis &&
		    put_date(x, (lxw_col_t)(place(tab, i) + 1), cell[i]) ==
		    -1))
			return -1;
	}
	tab->row++;
	return 0;
}

uint64_t
xlsx_cut(const struct xlsx *x)
{
	return x->cut;
}

int
xlsx_end(struct xlsx *x, int64_t created)
{
	lxw_doc_properties properties;
	lxw_workbook *book = x->book;
	lxw_error error;

	memset(&properties, 0, sizeof properties);
	properties.created = (time_t)((created < MADE_LEAST ? MADE_LEAST :
	    created) / WHEN_SECOND);
	errno = 0;
	if (tabs_end(x) == -1 || room_left(x) == -1 ||
	    failed(workbook_set_properties(book, &properties)) == -1)
		return -1;
	x->book = NULL;			/* freed by its close, also a bad one */
	pthread_mutex_lock(&closing);
	error = workbook_close(book);
	pthread_mutex_unlock(&closing);
	return failed(error);
}
