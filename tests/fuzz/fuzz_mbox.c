/* SPDX-License-Identifier: ISC */
/*
 * fuzz_mbox: split whole and in pieces, the messages are the same, and lines
 * and messages together are the bytes that came (but the ends of From_ lines,
 * which are counted).
 */
#include "proto/wire/mbox.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct owner {
	struct buf	heard;
	size_t		bytes;
	size_t		lines;
};

static int
on_begin(void *arg, const char *line, size_t len)
{
	struct owner *o = arg;

	buf_add(&o->heard, line, len);
	o->bytes += len;
	o->lines++;
	return 0;
}

static int
on_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct owner *o = arg;

	buf_add(&o->heard, p, n);
	o->bytes += n;
	return 0;
}

static int
on_end(void *arg)
{
	buf_addc(&((struct owner *)arg)->heard, 0);
	return 0;
}

static const struct mbox_calls calls = { on_begin, on_bytes, on_end };

static int
split(struct owner *o, const uint8_t *p, size_t len, size_t piece)
{
	struct mbox m;
	int rc = 0;

	memset(o, 0, sizeof *o);
	mbox_init(&m, &calls, o);
	while (len > 0 && rc == 0) {
		size_t n = len < piece ? len : piece;

		rc = mbox_feed(&m, p, n);
		p += n;
		len -= n;
	}
	if (rc == 0)
		rc = mbox_end(&m);
	mbox_release(&m);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct owner whole, pieces;
	int rc = split(&whole, data, len, len > 0 ? len : 1);

	if (split(&pieces, data, len, 1 + len % 7) != rc)
		abort();
	if (rc == 0) {
		if (whole.heard.len != pieces.heard.len ||
		    memcmp(whole.heard.data, pieces.heard.data,
		    whole.heard.len) != 0)
			abort();
		if (whole.bytes > len || whole.bytes + 2 * whole.lines < len)
			abort();
	}
	buf_release(&whole.heard);
	buf_release(&pieces.heard);
	return 0;
}
