/* SPDX-License-Identifier: ISC */
/*
 * verify_timeline: the timeline, whose three formats must say the same in the
 * same order: JSON Lines has the raw texts, CSV and the workbook what
 * spreadsheets can hold of them.  A row is kept as a sum; the rows themselves
 * go by.  The workbook's second tab, where it is one of documents, must name
 * those of the load files.
 */
#include <stdlib.h>
#include <string.h>

#include "client/verify_table.h"
#include "proto/base/limits.h"
#include "proto/out/layout.h"
#include "proto/out/timeline.h"

enum { TIMELINE_JSON, TIMELINE_CSV, TIMELINE_BOOK, TIMELINE_FORMATS };

static const char *const formats[TIMELINE_FORMATS] = {
	"jsonl", "csv", "xlsx"
};

struct timeline_file {
	struct timeline_read *of;
	int		 format, there;
	struct table_fault fault;
	uint64_t	 rows;
};

struct timeline_read {
	struct timeline_file file[TIMELINE_FORMATS];
	const struct sheet *sheet;
	struct sheet_reader reader;
	int		 reading;	/* the reader is to be released */
	struct buf	 book, text;
	/* the raw rows as each format can hold them, and what came */
	struct rowsums	 as_csv, as_book, csv, booked;
	struct rowsums	 pairs;		/* case_seq and sha256 */
	struct rowsums	 documents;	/* of the workbook's tab */
	int		 has_documents;
	struct buf	 cites;		/* bates_beg NUL sha256 NUL ... */
};

/* ---- sums of timeline rows --------------------------------------------- */

/* With the apostrophe that CSV has before what looks like a formula. */
static void
as_csv(struct buf *out, enum sheet_type type, const char *text)
{
	if (type == SHEET_TEXT && text[0] != '\0' &&
	    strchr("=+-@\t\r", text[0]) != NULL)
		buf_addc(out, '\'');
	buf_adds(out, text);
}

/* Over the columns of an aid: in record mode the last of them is empty. */
static int
sum_cells(struct timeline_read *t, struct rowsums *sums, int format,
    const char *const cell[], unsigned n)
{
	const struct sheet *sheet = &timeline_aid_sheet;

	buf_clear(&t->text);
	for (unsigned i = 0; i < sheet->ncolumns; i++) {
		const char *text = i < n ? cell[i] : "";

		if (format == TIMELINE_CSV)
			as_csv(&t->text, sheet->column[i].type, text);
		else if (format == TIMELINE_BOOK)
			book_cell(&t->text, text);
		else
			buf_adds(&t->text, text);
		buf_addc(&t->text, '\0');
	}
	if (buf_failed(&t->text))
		return -1;
	return rowsums_add(sums, t->text.data, t->text.len);
}

static int
sum_pair(struct timeline_read *t, const char *const cell[])
{
	buf_clear(&t->text);
	buf_adds(&t->text, cell[TIMELINE_case_seq]);
	buf_addc(&t->text, '\0');
	buf_adds(&t->text, cell[TIMELINE_sha256]);
	if (cell[TIMELINE_bates_beg][0] != '\0') {
		const char *bates = cell[TIMELINE_bates_beg];
		const char *sha256 = cell[TIMELINE_sha256];

		buf_add(&t->cites, bates, strlen(bates) + 1);
		buf_add(&t->cites, sha256, strlen(sha256) + 1);
	}
	if (buf_failed(&t->text) || buf_failed(&t->cites))
		return -1;
	return rowsums_add(&t->pairs, t->text.data, t->text.len);
}

static int
timeline_row(struct timeline_file *f)
{
	struct timeline_read *t = f->of;
	const char *const *cell = t->reader.cell;
	unsigned n = t->sheet->ncolumns;

	f->rows++;
	if (f->format == TIMELINE_CSV)
		return sum_cells(t, &t->csv, TIMELINE_JSON, cell, n);
	if (sum_cells(t, &t->as_csv, TIMELINE_CSV, cell, n) == -1 ||
	    sum_cells(t, &t->as_book, TIMELINE_BOOK, cell, n) == -1)
		return -1;
	return sum_pair(t, cell);
}

/* ---- CSV and JSON Lines ------------------------------------------------ */

static enum say_key
sheet_say(enum sheet_fault fault)
{
	static const enum say_key keys[] = {
		[SHEET_FINE] = SAY_VERIFY_SHAPE,
		[SHEET_BAD_HEAD] = SAY_VERIFY_HEAD,
		[SHEET_BAD_SHAPE] = SAY_VERIFY_SHAPE,
		[SHEET_BAD_CELL] = SAY_VERIFY_CELL,
		[SHEET_TOO_LONG] = SAY_VERIFY_LONG,
		[SHEET_TORN] = SAY_VERIFY_TABLE_TORN,
		[SHEET_NO_MEMORY] = SAY_VERIFY_NO_MEMORY,
	};

	return keys[fault];
}

static int
timeline_begin(void *arg)
{
	struct timeline_file *f = arg;
	struct timeline_read *t = f->of;

	f->there++;
	buf_clear(&t->book);
	return 0;
}

/* An illustrative aid has a column more; its header or a member says so. */
static const struct sheet *
sheet_of(const struct timeline_file *f, const uint8_t *p, size_t n)
{
	const uint8_t *end = memchr(p, '\n', n);

	if (f->format == TIMELINE_JSON)
		return &timeline_aid_sheet;
	return end != NULL && end - p > 6 && memcmp(end - 6, ",note\r", 6) ==
	    0 ? &timeline_aid_sheet : &timeline_sheet;
}

static int
timeline_text(struct timeline_file *f, const uint8_t *p, size_t n)
{
	struct timeline_read *t = f->of;

	if (f->fault.key != SAY_COUNT)
		return 0;
	if (!t->reading) {
		t->sheet = sheet_of(f, p, n);
		sheet_read_init(&t->reader, t->sheet, f->format ==
		    TIMELINE_CSV ? SHEET_CSV : SHEET_JSONL);
		t->reading = 1;
	}
	while (n > 0) {
		size_t used;
		int rc = sheet_read(&t->reader, p, n, &used);

		if (rc == -1)
			return table_bad(&f->fault,
			    sheet_say(t->reader.fault), t->reader.line);
		if (rc == 0)
			return 0;
		if (timeline_row(f) == -1)
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

static int
timeline_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct timeline_file *f = arg;
	struct timeline_read *t = f->of;

	if (f->format != TIMELINE_BOOK)
		return timeline_text(f, p, n);
	if (n > LIMIT_VERIFY_SHEET - t->book.len)
		return table_bad(&f->fault, SAY_VERIFY_LONG, 0);
	buf_add(&t->book, p, n);
	return buf_failed(&t->book) ? -1 : 0;
}

/* ---- the workbook ------------------------------------------------------ */

static int
ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && strcmp(text + n - m, with) == 0;
}

/* Where the true dates stand, which are not in the table; -1. */
static int
book_head(struct timeline_read *t, const char *const cell[], unsigned n)
{
	const struct sheet *sheet = &timeline_aid_sheet;
	unsigned i, at = 0;
	int date = -1;

	for (i = 0; i < n; i++)
		if (date == -1 && ends(cell[i], " (date)"))
			date = (int)i;
		else if (at < sheet->ncolumns &&
		    strcmp(cell[i], sheet->column[at].name) == 0)
			at++;
		else
			return -2;
	if (at < timeline_sheet.ncolumns)
		return -2;
	t->sheet = at == sheet->ncolumns ? sheet : &timeline_sheet;
	return date;
}

struct booking {
	struct timeline_file *file;
	int		 date;
	int		 bates, sha256;	/* columns of documents */
};

#define TAB_DOCUMENTS 2

static int
column_named(const char *name, const char *const cell[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(cell[i], name) == 0)
			return (int)i;
	return -1;
}

/* A row of the second tab; what is no tab of documents goes by. */
static int
book_document(struct booking *b, uint64_t row, const char *const cell[],
    unsigned n)
{
	struct timeline_read *t = b->file->of;

	if (row == 1) {
		t->has_documents = n > 0 && strcmp(cell[0], "BEGDOC") == 0;
		b->bates = column_named("BEGDOC", cell, n);
		b->sha256 = column_named("SHA256HASH", cell, n);
		if (t->has_documents && b->sha256 == -1)
			(void)table_bad(&b->file->fault, SAY_VERIFY_HEAD, 1);
	}
	if (row == 1 || !t->has_documents || b->sha256 == -1)
		return 0;
	return rowsums_document(&t->documents, (unsigned)b->bates < n ?
	    cell[b->bates] : "", (unsigned)b->sha256 < n ? cell[b->sha256] :
	    "");
}

static int
book_took(void *arg, unsigned tab, uint64_t row, const char *const cell[],
    unsigned n)
{
	struct booking *b = arg;
	struct timeline_read *t = b->file->of;
	const char *own[SHEET_COLUMNS_MAX];
	unsigned at = 0;

	if (tab != 1)
		return tab == TAB_DOCUMENTS ? book_document(b, row, cell, n) :
		    0;
	if (row == 1) {
		b->date = book_head(t, cell, n);
		if (b->date == -2)
			(void)table_bad(&b->file->fault, SAY_VERIFY_HEAD, 1);
		return 0;
	}
	if (b->date == -2)
		return 0;
	for (unsigned i = 0; i < n; i++)
		if ((int)i != b->date)
			own[at++] = cell[i];
	b->file->rows++;
	return sum_cells(t, &t->booked, TIMELINE_JSON, own, at);
}

static int
timeline_end(void *arg)
{
	struct timeline_file *f = arg;
	struct timeline_read *t = f->of;
	struct booking b = { f, -2, -1, -1 };
	int rc = 0;

	if (f->format == TIMELINE_BOOK) {
		if (f->fault.key == SAY_COUNT && book_read(t->book.data,
		    t->book.len, book_took, &b, &f->fault) == -2)
			rc = -1;
		buf_release(&t->book);
		return rc;
	}
	if (!t->reading && f->format == TIMELINE_CSV)
		return table_bad(&f->fault, SAY_VERIFY_TABLE_TORN, 1);
	if (t->reading && f->fault.key == SAY_COUNT &&
	    sheet_read_end(&t->reader) == -1)
		rc = table_bad(&f->fault, sheet_say(t->reader.fault),
		    t->reader.line);
	if (t->reading)
		sheet_read_release(&t->reader);
	t->reading = 0;
	return rc;
}

static const struct table_calls timeline_calls = {
	timeline_begin, timeline_bytes, timeline_end
};

/* ---- which file is what ------------------------------------------------ */

struct timeline_read *
timeline_read_new(void)
{
	struct timeline_read *t = calloc(1, sizeof *t);

	for (int i = 0; t != NULL && i < TIMELINE_FORMATS; i++)
		t->file[i] = (struct timeline_file){ t, i, 0,
		    { SAY_COUNT, 0 }, 0 };
	return t;
}

void
timeline_read_free(struct timeline_read *t)
{
	if (t == NULL)
		return;
	if (t->reading)
		sheet_read_release(&t->reader);
	buf_release(&t->book);
	buf_release(&t->text);
	buf_release(&t->as_csv.sums);
	buf_release(&t->as_book.sums);
	buf_release(&t->csv.sums);
	buf_release(&t->booked.sums);
	buf_release(&t->pairs.sums);
	buf_release(&t->documents.sums);
	buf_release(&t->cites);
	free(t);
}

const struct table_calls *
timeline_read_of(struct timeline_read *t, const char *path, void **arg_r)
{
	size_t n = strlen(LAYOUT_TIMELINE);

	if (strncmp(path, LAYOUT_TIMELINE, n) != 0)
		return NULL;
	for (int i = 0; i < TIMELINE_FORMATS; i++)
		if (strcmp(path + n, formats[i]) == 0) {
			*arg_r = &t->file[i];
			return &timeline_calls;
		}
	return NULL;
}

struct rowsums *
timeline_pairs(struct timeline_read *t)
{
	return t->file[TIMELINE_JSON].there ? &t->pairs : NULL;
}

/* ---- the checks -------------------------------------------------------- */

/* The form of each file that is there; 0, or -1. */
static int
timeline_forms(struct verify *v, const struct timeline_read *t)
{
	for (int i = 0; i < TIMELINE_FORMATS; i++) {
		const struct timeline_file *f = &t->file[i];
		char name[32];

		(void)snprintf(name, sizeof name, "timeline.%s", formats[i]);
		if (f->there && f->fault.key != SAY_COUNT)
			return verify_broken(v, VERIFY_TIMELINE, f->fault.key,
			    name, verify_number(f->fault.row));
	}
	return 0;
}

static int
timeline_cites(struct verify *v, const struct timeline_read *t,
    struct volume_read *volume)
{
	const struct buf *c = &t->cites;
	const char *p = (char *)c->data, *end = p + c->len;

	while (c->len > 0 && p < end) {
		const char *bates = p, *sha256 = p + strlen(p) + 1;

		if (!volume_has(volume, bates, sha256))
			return verify_broken(v, VERIFY_TIMELINE,
			    SAY_VERIFY_CITES, bates, NULL);
		p = sha256 + strlen(sha256) + 1;
	}
	return 0;
}

/* The workbook's documents are those of the load files, in their order. */
static int
book_documents(struct verify *v, const struct timeline_read *t,
    struct volume_read *volume)
{
	const struct rowsums *dat = t->has_documents ?
	    volume_documents(volume) : NULL;
	uint64_t row = dat == NULL ? 0 : rowsums_differ(dat, &t->documents);

	return row == 0 ? 0 : verify_broken(v, VERIFY_TIMELINE,
	    SAY_VERIFY_DIFFER_DOCUMENTS, verify_number(row), NULL);
}

void
timeline_check(struct verify *v, struct timeline_read *t,
    struct volume_read *volume)
{
	struct timeline_file *f = t->file;
	uint64_t row = 0;

	if (!f[TIMELINE_JSON].there && !f[TIMELINE_CSV].there &&
	    !f[TIMELINE_BOOK].there)
		return;
	if (timeline_forms(v, t) == -1)
		return;
	if (!f[TIMELINE_JSON].there) {
		verify_broken(v, VERIFY_TIMELINE, SAY_VERIFY_MISSING,
		    LAYOUT_TIMELINE "jsonl", NULL);
		return;
	}
	if (f[TIMELINE_CSV].there)
		row = rowsums_differ(&t->as_csv, &t->csv);
	if (row > 0) {
		verify_broken(v, VERIFY_TIMELINE, SAY_VERIFY_DIFFER_CSV,
		    verify_number(row), NULL);
		return;
	}
	if (f[TIMELINE_BOOK].there)
		row = rowsums_differ(&t->as_book, &t->booked);
	if (row > 0) {
		verify_broken(v, VERIFY_TIMELINE, SAY_VERIFY_DIFFER_BOOK,
		    verify_number(row), NULL);
		return;
	}
	if (book_documents(v, t, volume) == 0 &&
	    timeline_cites(v, t, volume) == 0)
		verify_good(v, VERIFY_TIMELINE, SAY_VERIFY_OK_TIMELINE,
		    verify_number(f[TIMELINE_JSON].rows), NULL);
}

void
timeline_alone(struct verify *v, const struct timeline_read *t)
{
	uint64_t rows = 0;

	if (timeline_forms(v, t) == -1)
		return;
	for (int i = 0; i < TIMELINE_FORMATS; i++)
		rows += t->file[i].rows;
	verify_half(v, VERIFY_TIMELINE, SAY_VERIFY_HALF_TIMELINE,
	    verify_number(rows), NULL);
}
