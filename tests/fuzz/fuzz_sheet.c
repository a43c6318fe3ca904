/* SPDX-License-Identifier: ISC */
/*
 * fuzz_sheet: tables that come back.  The first byte names the format (0 CSV,
 * 1 JSON Lines, 2 CSV without a mark).  Whole and in pieces give the same,
 * each row fits its table, and JSON Lines that were taken are written again
 * byte for byte.
 */
#include "proto/out/sheet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct sheet_column columns[] = {
	{ "row", SHEET_INTEGER, 8, "" }, { "at", SHEET_INSTANT, 27, "" },
	{ "text", SHEET_TEXT, 40, "" }, { "day", SHEET_DATE, 10, "" },
	{ "drift", SHEET_DECIMAL, 10, "" }, { "path", SHEET_PATH, 30, "" },
};
static const struct sheet table = { "rows", columns, 6 };

/* Rows as JSON Lines, what ended it behind them; the fault comes back. */
static enum sheet_fault
read_all(struct buf *out, enum sheet_format format, const uint8_t *p,
    size_t len, size_t step)
{
	struct sheet_reader r;
	size_t at = 0, used;
	unsigned which;
	int rc = 0;

	sheet_read_init(&r, &table, format);
	while (at < len && rc != -1) {
		size_t n = len - at < step ? len - at : step;

		rc = sheet_read(&r, p + at, n, &used);
		if (used > n || (rc == 0 && used != n))
			abort();
		at += used;
		if (rc != 1)
			continue;
		if (!sheet_row_ok(&table, r.cell, &which))
			abort();
		sheet_json_row(out, &table, r.cell);
	}
	if (rc != -1)
		rc = sheet_read_end(&r);
	if ((rc == -1) != (r.fault != SHEET_FINE))
		abort();
	buf_addc(out, 'A' + (int)r.fault);
	buf_addu(out, r.line);
	sheet_read_release(&r);
	return r.fault;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	enum sheet_format format;
	enum sheet_fault fault;

	if (len == 0)
		return 0;
	format = (enum sheet_format)(p[0] % 3);
	p++;
	len--;
	fault = read_all(&whole, format, p, len, len + 1);
	for (size_t step = 1; step < 8; step += 3) {
		buf_clear(&pieces);
		(void)read_all(&pieces, format, p, len, step);
		if (pieces.len != whole.len || memcmp(pieces.data, whole.data,
		    whole.len) != 0)
			abort();
	}
	if (format == SHEET_JSONL && fault == SHEET_FINE &&
	    (whole.len < len || (len > 0 && memcmp(whole.data, p, len) != 0) ||
	    whole.data[len] != 'A'))
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
