/* SPDX-License-Identifier: ISC */
/*
 * Everything that reads bytes of a store's files before or behind the tag:
 * no byte string may crash a decoder, and what one takes it gives back.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/journal/copy.h"
#include "store/journal/frame.h"
#include "store/journal/ring.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
heads(const uint8_t *in, size_t n)
{
	uint8_t out[SEGMENT_HEAD];
	struct segment_head h;
	struct frame f;

	if (n >= FRAME_HEAD && frame_decode(in, &f) == 0) {
		frame_encode(&f, out);
		if (memcmp(out, in, FRAME_HEAD) != 0)
			abort();
	}
	if (n >= SEGMENT_HEAD && segment_head_decode(in, &h) == 0)
		segment_head_encode(&h, out);
}

static void
bodies(const uint8_t *in, size_t n)
{
	static struct log_claim claims[ENTRY_CLAIMS_MAX];
	struct first first;
	struct commit commit;
	struct lasting l;
	struct map m;

	if (first_decode(in, n, &first) == 0 && n != FIRST_LEN)
		abort();
	if (commit_decode(in, n, &commit) == 0 && n != COMMIT_LEN)
		abort();
	if (lasting_decode(in, n, &l, claims) == 0 &&
	    memchr(l.kind, '\0', sizeof(l.kind)) == NULL)
		abort();
	if (map_decode(in, n, &m) == 0 && m.from + m.n > m.pieces)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct buf text = BUF_INIT;
	uint8_t store[STORE_ID_LEN];
	uint64_t generation;
	struct sum sum;
	size_t at = 0;

	heads(in, n);
	bodies(in, n);
	(void)ring_peek(in, n, store, &generation);
	buf_add(&text, in, n);
	while (sums_next(&text, &at, &sum) == 1)
		if (strstr(sum.name, "..") == sum.name)
			abort();
	buf_release(&text);
	return 0;
}
