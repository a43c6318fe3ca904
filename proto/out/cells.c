/* SPDX-License-Identifier: ISC */
/*
 * cells: one strict reader for tables.  It must never take two spellings for
 * one table: what two readers could understand differently is refused.
 *
 *  state	  ended by
 *  MARK	  the last byte of the mark -> FIRST
 *  FIRST, NEXT	  first byte of a cell (of the row, of a later cell): a quote
 *		  -> OPEN or QUOTED, a separator -> NEXT, CR -> CR, else BARE
 *  OPEN	  the last byte of an opening quote -> QUOTED
 *  BARE	  separator -> NEXT, CR -> CR
 *  QUOTED	  the last byte of a quote -> CLOSED
 *  CLOSED	  separator -> NEXT, CR -> CR, a doubled quote -> QUOTED
 *  CR		  LF: a row -> FIRST
 *  BAD		  never
 */
#include "proto/out/cells.h"

#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"

enum { MARK, FIRST, NEXT, OPEN, BARE, QUOTED, CLOSED, CR, BAD };

void
cells_init(struct cells *c, const struct cells_form *form)
{
	memset(c, 0, sizeof *c);
	c->form = form;
	c->state = form->mark[0] != '\0' ? MARK : FIRST;
	c->row = 1;
}

void
cells_release(struct cells *c)
{
	buf_release(&c->text);
}

static int
cells_bad(struct cells *c, enum cells_fault fault)
{
	if (c->state != BAD)
		c->fault = fault;
	c->state = BAD;
	c->row = c->rows + 1;
	return -1;
}

/* ---- cells and rows ---------------------------------------------------- */

static int
cell_begin(struct cells *c)
{
	if (c->n == SHEET_COLUMNS_MAX)
		return cells_bad(c, CELLS_LONG);
	c->begin[c->n++] = c->text.len;
	return 0;
}

static int
cell_add(struct cells *c, const void *p, size_t n)
{
	if (n > LIMIT_SHEET_ROW - c->text.len)
		return cells_bad(c, CELLS_LONG);
	buf_add(&c->text, p, n);
	return buf_failed(&c->text) ? cells_bad(c, CELLS_NO_MEMORY) : 0;
}

/* A separator or a CR ends the cell. */
static int
cell_end(struct cells *c, char by)
{
	const char *text = (char *)c->text.data;
	size_t begin = c->begin[c->n - 1];

	if (c->text.len > begin &&
	    !text_is_utf8(text + begin, c->text.len - begin))
		return cells_bad(c, CELLS_BYTE);
	if (cell_add(c, "", 1) == -1)
		return -1;
	c->state = by == '\r' ? CR : NEXT;
	return 0;
}

static int
row_end(struct cells *c)
{
	if (c->rows == 0)
		c->want = c->n;
	if (c->n != c->want)
		return cells_bad(c, CELLS_COUNT);
	for (unsigned i = 0; i < c->n; i++)
		c->cell[i] = (char *)c->text.data + c->begin[i];
	c->ncells = c->n;
	c->row = ++c->rows;
	c->state = FIRST;
	return 1;
}

/* ---- bytes ------------------------------------------------------------- */

static int
is_end(const struct cells *c, char b)
{
	return b == c->form->separator || b == '\r';
}

/* The first byte of a cell. */
static int
take_first(struct cells *c, char b)
{
	if (c->state == FIRST) {
		buf_clear(&c->text);
		c->n = 0;
	}
	if (cell_begin(c) == -1)
		return -1;
	if (c->form->quote[0] != '\0' && b == c->form->quote[0]) {
		c->seen = 1;
		c->state = c->form->quote[1] == '\0' ? QUOTED : OPEN;
		if (c->state == QUOTED)
			c->seen = 0;
		return 0;
	}
	if (c->form->always)
		return cells_bad(c, CELLS_QUOTE);
	if (is_end(c, b))
		return cell_end(c, b);
	if (b == '\n' || b == '\0')
		return cells_bad(c, CELLS_BYTE);
	c->state = BARE;
	return cell_add(c, &b, 1);
}

static int
take_open(struct cells *c, char b)
{
	if (b != c->form->quote[c->seen])
		return cells_bad(c, CELLS_QUOTE);
	if (c->form->quote[++c->seen] == '\0') {
		c->seen = 0;
		c->state = QUOTED;
	}
	return 0;
}

static int
take_bare(struct cells *c, char b)
{
	if (is_end(c, b))
		return cell_end(c, b);
	if (b == '\n' || b == '\0')
		return cells_bad(c, CELLS_BYTE);
	if (c->form->quote[0] != '\0' && b == c->form->quote[0])
		return cells_bad(c, CELLS_QUOTE);
	return cell_add(c, &b, 1);
}

static int
take_quoted(struct cells *c, char b)
{
	const char *quote = c->form->quote;

	if (b == quote[c->seen]) {
		if (quote[++c->seen] == '\0') {
			c->seen = 0;
			c->state = CLOSED;
		}
		return 0;
	}
	if (c->seen > 0) {	/* it only began like a quote */
		size_t n = c->seen;

		c->seen = 0;
		if (cell_add(c, quote, n) == -1)
			return -1;
		return take_quoted(c, b);
	}
	if (b == '\0' || (!c->form->lines && (b == '\r' || b == '\n')) ||
	    (!c->form->doubled && b == c->form->separator))
		return cells_bad(c, CELLS_BYTE);
	return cell_add(c, &b, 1);
}

static int
take_closed(struct cells *c, char b)
{
	if (is_end(c, b))
		return cell_end(c, b);
	if (!c->form->doubled || b != c->form->quote[0])
		return cells_bad(c, CELLS_QUOTE);
	c->state = QUOTED;
	return cell_add(c, &b, 1);
}

static int
take_mark(struct cells *c, char b)
{
	if (b != c->form->mark[c->seen])
		return cells_bad(c, CELLS_MARK);
	if (c->form->mark[++c->seen] == '\0') {
		c->seen = 0;
		c->state = FIRST;
	}
	return 0;
}

static int
take(struct cells *c, char b)
{
	switch (c->state) {
	case MARK:
		return take_mark(c, b);
	case FIRST:
	case NEXT:
		return take_first(c, b);
	case OPEN:
		return take_open(c, b);
	case BARE:
		return take_bare(c, b);
	case QUOTED:
		return take_quoted(c, b);
	case CLOSED:
		return take_closed(c, b);
	case CR:
		return b == '\n' ? row_end(c) : cells_bad(c, CELLS_BYTE);
	}
	return -1;
}

int
cells_read(struct cells *c, const void *bytes, size_t len, size_t *used_r)
{
	const char *p = bytes;

	for (*used_r = 0; *used_r < len;) {
		int rc = take(c, p[(*used_r)++]);

		if (rc != 0)
			return rc;
	}
	return c->state == BAD ? -1 : 0;
}

int
cells_read_end(struct cells *c)
{
	if (c->state == FIRST)
		return 0;
	return cells_bad(c, c->state == MARK ? CELLS_MARK : CELLS_TORN);
}
