/* SPDX-License-Identifier: ISC */
/*
 * fuzz_reading: what comes out of the reader, and entries, which have the
 * same parser: no input breaks a check, and an entry that is taken is written
 * back the same.
 */
#include "proto/wire/reading.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/kinds.h"

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
	return 0;
}
