/* SPDX-License-Identifier: ISC */
/*
 * fuzz_reading: what comes out of the reader, and rows and entries, which
 * have the same parser: no input breaks a check, and a row or entry that is
 * taken is written back the same.
 */
#include "proto/wire/reading.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/kinds.h"
#include "proto/out/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_entry(const char *text, size_t len)
{
	struct buf out = BUF_INIT;
	struct entry e;
	const char *body;
	size_t n;

	if (entry_decode(&e, text, len) == -1)
		return;
	(void)kind_check(e.kind, &e.json, e.body);
	body = json_span(&e.json, e.body, &n);
	entry_encode(&out, &e, body, n);
	if (out.len != len || memcmp(out.data, text, len) != 0)
		abort();
	buf_release(&out);
	entry_release(&e);
}

static void
try_row(const char *text, size_t len)
{
	struct buf once = BUF_INIT, twice = BUF_INIT, line = BUF_INIT;
	struct row r;

	if (row_decode(&r, text, len) == -1)
		return;
	row_sentence(&line, &r, LANG_ZH);
	row_encode(&once, &r);
	row_release(&r);
	if (row_decode(&r, (const char *)once.data, once.len) == -1)
		abort();
	row_encode(&twice, &r);
	if (once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	row_release(&r);
	buf_release(&once);
	buf_release(&twice);
	buf_release(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct json j;

	if (json_parse(&j, text, len) == -1)
		return 0;
	(void)reading_check(&j);
	json_release(&j);
	try_entry(text, len);
	try_row(text, len);
	return 0;
}
