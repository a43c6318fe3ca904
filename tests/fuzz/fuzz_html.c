/* SPDX-License-Identifier: ISC */
/*
 * fuzz_html: any bytes as a page end in UTF-8 text without controls, of a
 * length that follows from theirs, and the same each time.
 */
#include "daemon/reader/html.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 clean = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
	char		 charset[16];
	size_t		 i;

	/* It is given what a charset was converted to. */
	text_clean(&clean, (const char *)data, len);
	if (buf_failed(&clean) || html_text(&one, buf_str(&clean),
	    clean.len) == -1 || html_text(&two, buf_str(&clean), clean.len) ==
	    -1)
		abort();
	if (one.len != two.len || (one.len > 0 && memcmp(one.data, two.data,
	    one.len) != 0))
		abort();
	if (one.len > 0 && !text_is_utf8((const char *)one.data, one.len))
		abort();
	for (i = 0; i < one.len; i++)
		if (one.data[i] < ' ' && one.data[i] != '\n')
			abort();
	if (one.len > 64 + clean.len * 64)
		abort();
	html_charset((const char *)data, len, charset, sizeof(charset));
	if (strlen(charset) >= sizeof(charset))
		abort();
	buf_release(&clean);
	buf_release(&one);
	buf_release(&two);
	return 0;
}
