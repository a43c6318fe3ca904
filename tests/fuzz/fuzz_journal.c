/* SPDX-License-Identifier: ISC */
/*
 * fuzz_journal: every text of a line is within the report, lines come in
 * order and end, and a line read alone says the same as within the report.
 */
#include "proto/wire/journal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
within(const char *text, size_t len, const char *p, size_t n)
{
	if (n > 0 && (p < text || n > len || p + n > text + len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct journal_line l, alone;
	size_t at = 0, was = 0, zero;

	while (journal_next(text, len, &at, &l)) {
		if (at <= was || at > len || l.field > JOURNAL_OTHER)
			abort();
		within(text + was, at - was, l.value, l.len);
		within(text + was, at - was, l.via, l.via_len);
		if ((l.how != JOURNAL_DIRECT || l.via_len > 0) &&
		    journal_recipient(l.field) == NULL)
			abort();
		zero = 0;
		if (at - was >= 3 && memcmp(text + was, "\xef\xbb\xbf", 3) == 0)
			zero = was == 0 ? 3 : at - was;	/* a mark begins none */
		if (zero < at - was && (!journal_next(text + was, at - was,
		    &zero, &alone) || alone.field != l.field ||
		    alone.len != l.len))
			abort();
		was = at;
	}
	if (at != len && !(len >= 3 && at == 3))
		abort();
	return 0;
}
