/* SPDX-License-Identifier: ISC */
/*
 * verify_book: the tabs of a workbook (Office Open XML) as rows of texts,
 * from memory.  It takes what our writer writes: inline strings and numbers.
 * A formula is refused in any tab: a workbook of evidence computes nothing.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "client/verify_table.h"
#include "client/verify_xml.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

#define BOOK_TABS	"xl/worksheets/sheet"	/* 1.xml ... */
#define CELL_MAX	32767	/* characters; the writer counts bytes */
#define BOOK_ENTRIES	1000	/* files of a workbook */

struct book {
	book_row	*row;
	void		*arg;
	struct table_fault *fault;
	unsigned	 tab;
	uint64_t	 rows;		/* of the tab */
	size_t		 left;		/* bytes that all tabs may have yet */
	/* the row */
	struct buf	 text;		/* of all its cells, NULs between */
	size_t		 begin[SHEET_COLUMNS_MAX];
	unsigned	 n;
	/* the cell */
	int		 in_cell, in_text, is_text;
	int		 stop;		/* -1 of row() */
	struct buf	 raw;
};

/* ---- cells ------------------------------------------------------------- */

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ?
	    c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * _x000A_ stands for a character (ECMA-376, 22.9.2.19), here for a control
 * or for the _ of what would look like such an escape; 0: it does not.
 */
static unsigned
escape(const char *p, size_t n)
{
	unsigned c = 0;

	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return 0;
	for (int i = 2; i < 6; i++) {
		if (hex(p[i]) == -1)
			return 0;
		c = c * 16 + (unsigned)hex(p[i]);
	}
	return c < ' ' || c == '_' ? c : 0;
}

static void
unescape(struct buf *out, const char *p, size_t n)
{
	while (n > 0) {
		unsigned c = escape(p, n);

		buf_addc(out, c != 0 ? (int)c : *p);
		p += c != 0 ? 7 : 1;
		n -= c != 0 ? 7 : 1;
	}
}

void
book_cell(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (len <= CELL_MAX) {
		buf_add(out, text, len);
		return;
	}
	buf_add(out, text, text_cut(text, len, CELL_MAX - 3));
	buf_adds(out, "...");
}

/* Column of "AB12", from 0; SHEET_COLUMNS_MAX if it is none. */
static unsigned
column_of(const char *reference)
{
	unsigned n = 0;

	if (*reference < 'A' || *reference > 'Z')
		return SHEET_COLUMNS_MAX;
	for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
		n = n * 26 + (unsigned)(*reference - 'A') + 1;
		if (n > SHEET_COLUMNS_MAX)
			return SHEET_COLUMNS_MAX;
	}
	return n - 1;
}

/* ---- the tab ----------------------------------------------------------- */

static int
bad(struct book *b, enum say_key key)
{
	(void)table_bad(b->fault, key, b->rows + 1);
	return -1;
}

/* Empty cells up to that column. */
static int
cells_to(struct book *b, unsigned column)
{
	if (column >= SHEET_COLUMNS_MAX || column < b->n)
		return bad(b, SAY_VERIFY_SHAPE);
	for (; b->n < column; b->n++) {
		b->begin[b->n] = b->text.len;
		buf_addc(&b->text, '\0');
	}
	return 0;
}

static int
cell_begin(struct book *b, const char *const attrs[])
{
	const char *type = xml_attr(attrs, "t");

	if (b->in_cell || cells_to(b, column_of(xml_attr(attrs, "r"))) == -1)
		return bad(b, SAY_VERIFY_SHAPE);
	b->is_text = strcmp(type, "inlineStr") == 0;
	if (!b->is_text && type[0] != '\0' && strcmp(type, "n") != 0)
		return bad(b, SAY_VERIFY_SHAPE);
	b->in_cell = 1;
	buf_clear(&b->raw);
	return 0;
}

static int
on_begin(void *arg, const char *name, const char *const attrs[])
{
	struct book *b = arg;

	if (strcmp(name, "row") == 0) {
		buf_clear(&b->text);
		b->n = 0;
	} else if (strcmp(name, "c") == 0) {
		return cell_begin(b, attrs);
	} else if (strcmp(name, "f") == 0) {
		return bad(b, SAY_VERIFY_FORMULA);
	} else if (b->in_cell) {
		b->in_text = strcmp(name, b->is_text ? "t" : "v") == 0;
	}
	return 0;
}

static int
on_text(void *arg, const char *text, size_t n)
{
	struct book *b = arg;

	if (!b->in_cell || !b->in_text)
		return 0;
	if (n > LIMIT_SHEET_ROW - b->raw.len)
		return bad(b, SAY_VERIFY_LONG);
	buf_add(&b->raw, text, n);
	return 0;
}

static int
cell_end(struct book *b)
{
	b->begin[b->n++] = b->text.len;
	if (b->raw.len > LIMIT_SHEET_ROW - b->text.len)
		return bad(b, SAY_VERIFY_LONG);
	if (b->raw.len > 0)
		unescape(&b->text, (char *)b->raw.data, b->raw.len);
	buf_addc(&b->text, '\0');
	b->in_cell = 0;
	return 0;
}

static int
row_end(struct book *b)
{
	const char *cell[SHEET_COLUMNS_MAX];

	if (buf_failed(&b->text) || buf_failed(&b->raw)) {
		b->stop = 1;
		return -1;
	}
	for (unsigned i = 0; i < b->n; i++)
		cell[i] = (char *)b->text.data + b->begin[i];
	if (++b->rows > LIMIT_VERIFY_ROWS)
		return bad(b, SAY_VERIFY_LONG);
	b->stop = b->row(b->arg, b->tab, b->rows, cell, b->n) == -1;
	return b->stop ? -1 : 0;
}

static int
on_end(void *arg, const char *name)
{
	struct book *b = arg;

	if (strcmp(name, "c") == 0)
		return cell_end(b);
	if (strcmp(name, "row") == 0)
		return row_end(b);
	b->in_text = 0;
	return 0;
}

static const struct xml_calls tab_calls = { on_begin, on_text, on_end };

/* ---- the archive ------------------------------------------------------- */

static int
tab_read(struct book *b, struct archive *a)
{
	struct xml *x = xml_new(&tab_calls, b);
	const void *p;
	size_t n;
	int64_t at;
	int rc, good = x != NULL;

	b->rows = 0;
	b->in_cell = b->in_text = 0;
	while (good && (rc = archive_read_data_block(a, &p, &n, &at)) ==
	    ARCHIVE_OK) {
		good = n <= b->left && xml_bytes(x, p, n) == 0;
		b->left -= good ? n : 0;
	}
	good = good && rc == ARCHIVE_EOF && xml_end(x) == 0;
	b->stop |= x == NULL;
	xml_free(x);
	return good ? 0 : -1;
}

/* The number of a tab's file, from 1; 0 if it is none. */
static unsigned
tab_of(const char *name)
{
	size_t skip = strlen(BOOK_TABS);
	unsigned n = 0;

	if (name == NULL || strncmp(name, BOOK_TABS, skip) != 0)
		return 0;
	for (name += skip; *name >= '0' && *name <= '9' && n < BOOK_ENTRIES;
	    name++)
		n = n * 10 + (unsigned)(*name - '0');
	return strcmp(name, ".xml") == 0 ? n : 0;
}

/* 0 and the first tab was among them, or -1: the workbook is broken. */
static int
tabs_read(struct book *b, struct archive *a)
{
	struct archive_entry *entry;
	int rc, n = 0, first = 0;

	while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK &&
	    n++ < BOOK_ENTRIES) {
		b->tab = tab_of(archive_entry_pathname(entry));
		if (b->tab == 1 && first++ > 0)
			return -1;
		if (b->tab != 0 && tab_read(b, a) == -1)
			return -1;
	}
	return rc == ARCHIVE_EOF && first == 1 ? 0 : -1;
}

int
book_read(const void *bytes, size_t len, book_row *row, void *arg,
    struct table_fault *fault)
{
	struct book b = { .row = row, .arg = arg, .fault = fault };
	struct archive *a = archive_read_new();
	int rc = -1;

	if (a == NULL)
		return -2;
	b.left = len < (size_t)LIMIT_VERIFY_SHEET ? len * LIMIT_VERIFY_RATIO :
	    0;
	if (archive_read_support_format_zip_seekable(a) == ARCHIVE_OK &&
	    archive_read_open_memory(a, bytes, len) == ARCHIVE_OK)
		rc = tabs_read(&b, a);
	(void)archive_read_free(a);
	buf_release(&b.text);
	buf_release(&b.raw);
	if (b.stop)
		return -2;
	if (rc == -1)
		(void)table_bad(fault, SAY_VERIFY_SHAPE, b.rows + 1);
	return rc;
}
