/* SPDX-License-Identifier: ISC */
/*
 * fuzz_cells: the tables of load files, the form by the first byte.  Whole
 * and in pieces, the rows and the fault are the same; a row that a table's
 * reader takes is written and read again, and says the same.
 */
#include "proto/out/cells.h"

#include <stdlib.h>
#include <string.h>

#include "proto/out/dat.h"
#include "proto/out/gdpdu.h"
#include "proto/out/opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct cells_form *const forms[] = {
	&dat_form, &opt_form, &gdpdu_form
};

static const struct sheet_column columns[] = {
	{ "N", SHEET_INTEGER, 8, "" }, { "T", SHEET_TEXT, 8, "" },
	{ "D", SHEET_DATE, 8, "" }, { "A", SHEET_INSTANT, 8, "" },
	{ "S", SHEET_DECIMAL, 8, "" }, { "P", SHEET_PATH, 8, "" },
};
static const struct sheet table = { "table", columns, 6 };

/* What the reader took is written, and written again when it is read back. */
static void
dat_again(const char *const cell[])
{
	struct buf once = BUF_INIT, twice = BUF_INIT, memory = BUF_INIT;
	const char *again[6];
	struct cells c;
	size_t used;

	buf_adds(&once, dat_form.mark);
	buf_adds(&twice, dat_form.mark);
	dat_row(&once, &table, cell);
	cells_init(&c, &dat_form);
	if (cells_read(&c, once.data, once.len, &used) != 1 ||
	    dat_read(&table, c.cell, c.ncells, &memory, again) == -1)
		abort();
	dat_row(&twice, &table, again);
	if (once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	cells_release(&c);
	buf_release(&once);
	buf_release(&twice);
	buf_release(&memory);
}

static void
row(const struct cells_form *form, const struct cells *c)
{
	struct buf memory = BUF_INIT, text = BUF_INIT;
	const char *cell[6];
	struct opt_image image;

	if (form == &opt_form &&
	    opt_read(&image, c->row, c->cell, c->ncells) == 0 &&
	    opt_line(&text, &image) == -1)
		abort();
	if (form == &dat_form &&
	    dat_read(&table, c->cell, c->ncells, &memory, cell) == 0)
		dat_again(cell);
	buf_release(&memory);
	buf_release(&text);
}

static enum cells_fault
split(struct buf *heard, const struct cells_form *form, const uint8_t *p,
    size_t len, size_t piece)
{
	enum cells_fault fault;
	struct cells c;
	int rc = 0;

	cells_init(&c, form);
	while (len > 0 && rc != -1) {
		size_t used;

		rc = cells_read(&c, p, len < piece ? len : piece, &used);
		p += used;
		len -= used;
		if (rc != 1)
			continue;
		for (unsigned i = 0; i < c.ncells; i++)
			buf_add(heard, c.cell[i], strlen(c.cell[i]) + 1);
		row(form, &c);
	}
	if (rc != -1)
		(void)cells_read_end(&c);
	buf_addu(heard, c.row);
	fault = c.fault;
	cells_release(&c);
	return fault;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	const struct cells_form *form;

	if (len == 0)
		return 0;
	form = forms[data[0] % 3];
	if (split(&whole, form, data + 1, len - 1, len) !=
	    split(&pieces, form, data + 1, len - 1, 1 + len % 7) ||
	    whole.len != pieces.len ||
	    memcmp(whole.data, pieces.data, whole.len) != 0)
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
