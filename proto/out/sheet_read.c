/* SPDX-License-Identifier: ISC */
/*
 * sheet_read: CSV and JSON Lines back into rows of a table.  What comes in is
 * hostile: nothing is believed but what the table says, memory stays within
 * LIMIT_SHEET_ROW (and the tokens of one line), and the first fault ends it.
 *
 * CSV (RFC 4180), a state a byte; the text of cells gathers in `text` with a
 * NUL behind each:
 *
 *  state	byte		next
 *  MARK 0-2	EF BB BF	MARK+1, then CELL	the byte order mark
 *  CELL	"		QUOTED			a cell begins
 *		, CR other	as PLAIN
 *  PLAIN	,		CELL (cell ends)
 *		CR		RETURN (cell ends)
 *		" LF NUL	bad
 *  QUOTED	"		SEEN			all but NUL is text
 *  SEEN	"		QUOTED (a quote)
 *		, CR		as PLAIN
 *		other		bad
 *  RETURN	LF		CELL (row ends); else bad
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/out/sheet.h"

enum { MARK, MARK1, MARK2, CELL, PLAIN, QUOTED, SEEN, RETURN };

void
sheet_read_init(struct sheet_reader *r, const struct sheet *sheet,
    enum sheet_format format)
{
	assert(sheet->ncolumns <= SHEET_COLUMNS_MAX);
	memset(r, 0, sizeof *r);
	r->sheet = sheet;
	r->format = format;
	r->line = r->lines = 1;
	/* Without a mark the first cell begins, at 0. */
	r->state = format == SHEET_CSV_BARE ? CELL : MARK;
	buf_init(&r->raw);
	buf_init(&r->text);
}

void
sheet_read_release(struct sheet_reader *r)
{
	buf_release(&r->raw);
	buf_release(&r->text);
}

static int
bad(struct sheet_reader *r, enum sheet_fault fault)
{
	r->fault = fault;
	return -1;
}

/* The texts of a whole row to `cell`. */
static int
point_cells(struct sheet_reader *r)
{
	if (buf_failed(&r->text))
		return bad(r, SHEET_NO_MEMORY);
	for (unsigned i = 0; i < r->sheet->ncolumns; i++)
		r->cell[i] = (const char *)r->text.data + r->begin[i];
	return 0;
}

/* ---- CSV --------------------------------------------------------------- */

static int
csv_head(struct sheet_reader *r)
{
	if (r->ncells != r->sheet->ncolumns)
		return bad(r, SHEET_BAD_HEAD);
	for (unsigned i = 0; i < r->ncells; i++)
		if (strcmp(r->cell[i], r->sheet->column[i].name) != 0)
			return bad(r, SHEET_BAD_HEAD);
	r->headed = 1;
	return 0;
}

/* A text that a spreadsheet would run is not ours. */
static int
csv_cell_ok(enum sheet_type type, const char *text)
{
	return sheet_cell_ok(type, text) && (type != SHEET_TEXT ||
	    text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL);
}

/* 1 a row, 0 it was the head, -1. */
static int
csv_row_end(struct sheet_reader *r)
{
	if (r->ncells != r->sheet->ncolumns)
		return bad(r, r->headed ? SHEET_BAD_SHAPE : SHEET_BAD_HEAD);
	if (point_cells(r) == -1)
		return -1;
	if (!r->headed)
		return csv_head(r);
	for (unsigned i = 0; i < r->ncells; i++)
		if (!csv_cell_ok(r->sheet->column[i].type, r->cell[i]))
			return bad(r, SHEET_BAD_CELL);
	r->rows++;
	return 1;
}

static int
cell_begin(struct sheet_reader *r)
{
	if (r->ncells == r->sheet->ncolumns)
		return bad(r, r->headed ? SHEET_BAD_SHAPE : SHEET_BAD_HEAD);
	r->begin[r->ncells] = r->text.len;
	return 0;
}

static int
cell_end(struct sheet_reader *r, int byte)
{
	buf_addc(&r->text, '\0');
	r->ncells++;
	r->state = byte == ',' ? CELL : RETURN;
	return byte == ',' ? cell_begin(r) : 0;
}

static int
csv_add(struct sheet_reader *r, int byte, int state)
{
	if (byte == '\0')
		return bad(r, SHEET_BAD_SHAPE);
	if (r->text.len >= LIMIT_SHEET_ROW)
		return bad(r, SHEET_TOO_LONG);
	buf_addc(&r->text, byte);
	r->state = state;
	return 0;
}

/* A cell or a piece of one, outside quotes. */
static int
csv_plain(struct sheet_reader *r, int byte)
{
	if (byte == ',' || byte == '\r')
		return cell_end(r, byte);
	if (byte == '"' || byte == '\n' || r->state == SEEN)
		return bad(r, SHEET_BAD_SHAPE);
	return csv_add(r, byte, PLAIN);
}

static int
csv_mark(struct sheet_reader *r, int byte)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };

	if (byte != mark[r->state])
		return bad(r, SHEET_BAD_HEAD);
	return ++r->state == CELL ? cell_begin(r) : 0;
}

/* As the table in the head comment; 1 when the byte ended a row. */
static int
csv_byte(struct sheet_reader *r, int byte)
{
	int rc;

	switch (r->state) {
	case MARK:
	case MARK1:
	case MARK2:
		return csv_mark(r, byte);
	case CELL:
		if (byte != '"')
			return csv_plain(r, byte);
		r->state = QUOTED;
		return 0;
	case QUOTED:
		if (byte != '"')
			return csv_add(r, byte, QUOTED);
		r->state = SEEN;
		return 0;
	case SEEN:
		return byte == '"' ? csv_add(r, byte, QUOTED) :
		    csv_plain(r, byte);
	case RETURN:
		if (byte != '\n')
			return bad(r, SHEET_BAD_SHAPE);
		rc = csv_row_end(r);
		r->state = CELL;
		return rc;
	default:
		return csv_plain(r, byte);
	}
}

/* The row that was handed out is over. */
static void
csv_next(struct sheet_reader *r)
{
	if (r->state != CELL || r->ncells != r->sheet->ncolumns)
		return;
	buf_clear(&r->text);
	r->ncells = 0;
	r->line = r->lines;
	(void)cell_begin(r);		/* the first of a row: room is there */
}

static int
csv_read(struct sheet_reader *r, const uint8_t *data, size_t len,
    size_t *used_r)
{
	for (size_t i = 0; i < len; i++) {
		int rc;

		csv_next(r);
		if ((rc = csv_byte(r, data[i])) == -1) {
			*used_r = i;
			return -1;
		}
		if (data[i] == '\n')
			r->lines++;
		if (rc == 1) {
			*used_r = i + 1;
			return 1;
		}
	}
	*used_r = len;
	return 0;
}

/* ---- JSON Lines -------------------------------------------------------- */

/* A value as a cell; it was canonical, so a number has its one spelling. */
static int
json_cell(struct sheet_reader *r, const struct json *j, uint32_t tok,
    enum sheet_type type)
{
	size_t begin = r->text.len, len;
	const char *text;

	if (type == SHEET_INTEGER) {
		if (j->tok[tok].type != JSON_INT)
			return bad(r, SHEET_BAD_CELL);
		text = json_span(j, tok, &len);
		buf_add(&r->text, text, len);
	} else if (json_str(j, tok, &r->text) == -1) {
		return bad(r, SHEET_BAD_CELL);
	}
	buf_addc(&r->text, '\0');
	if (buf_failed(&r->text))
		return bad(r, SHEET_NO_MEMORY);
	text = (const char *)r->text.data + begin;
	if (text[0] == '\0' || strlen(text) != r->text.len - begin - 1 ||
	    !sheet_cell_ok(type, text))
		return bad(r, SHEET_BAD_CELL);
	return 0;
}

/* Each member must be a column; `begin` 0 is the "" of those left out. */
static int
json_members(struct sheet_reader *r, const struct json *j)
{
	uint32_t seen = 0;

	if (j->tok[0].type != JSON_OBJ)
		return bad(r, SHEET_BAD_SHAPE);
	for (unsigned i = 0; i < r->sheet->ncolumns; i++) {
		uint32_t tok = json_get(j, 0, r->sheet->column[i].name);

		if (tok == JSON_NONE)
			continue;
		seen++;
		r->begin[i] = r->text.len;
		if (json_cell(r, j, tok, r->sheet->column[i].type) == -1)
			return -1;
	}
	return seen == j->tok[0].n ? 0 : bad(r, SHEET_BAD_CELL);
}

static int
json_row(struct sheet_reader *r)
{
	struct json json;
	int rc;

	buf_clear(&r->text);
	buf_addc(&r->text, '\0');
	memset(r->begin, 0, sizeof r->begin);
	if (buf_failed(&r->raw) || buf_failed(&r->text))
		return bad(r, SHEET_NO_MEMORY);
	if (json_parse(&json, (const char *)r->raw.data, r->raw.len) == -1)
		return bad(r, errno == ENOMEM ? SHEET_NO_MEMORY :
		    SHEET_BAD_SHAPE);
	rc = json_members(r, &json);
	json_release(&json);
	if (rc == -1 || point_cells(r) == -1)
		return -1;
	r->rows++;
	return 1;
}

static int
json_read(struct sheet_reader *r, const uint8_t *data, size_t len,
    size_t *used_r)
{
	const uint8_t *end = len > 0 ? memchr(data, '\n', len) : NULL;
	size_t n = end != NULL ? (size_t)(end - data) : len;

	if (r->state == RETURN) {	/* behind a row that was handed out */
		buf_clear(&r->raw);
		r->state = PLAIN;
		r->lines++;
	}
	r->line = r->lines;
	*used_r = 0;
	if (n > LIMIT_SHEET_ROW - r->raw.len)
		return bad(r, SHEET_TOO_LONG);
	buf_add(&r->raw, data, n);
	if (buf_failed(&r->raw))
		return bad(r, SHEET_NO_MEMORY);
	if (end == NULL) {
		*used_r = n;
		return 0;
	}
	r->state = RETURN;
	*used_r = n + 1;
	return json_row(r);
}

/* ---- both -------------------------------------------------------------- */

int
sheet_read(struct sheet_reader *r, const void *data, size_t len,
    size_t *used_r)
{
	*used_r = 0;
	if (r->fault != SHEET_FINE)
		return -1;
	return r->format == SHEET_JSONL ? json_read(r, data, len, used_r) :
	    csv_read(r, data, len, used_r);
}

int
sheet_read_end(struct sheet_reader *r)
{
	if (r->fault != SHEET_FINE)
		return -1;
	if (r->format == SHEET_JSONL)
		return r->state == RETURN || r->raw.len == 0 ? 0 :
		    bad(r, SHEET_TORN);
	if (!r->headed)
		return bad(r, r->state < CELL ? SHEET_BAD_HEAD : SHEET_TORN);
	return r->state == CELL && (r->ncells == r->sheet->ncolumns) ? 0 :
	    bad(r, SHEET_TORN);
}
