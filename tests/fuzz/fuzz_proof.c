/* SPDX-License-Identifier: ISC */
/*
 * fuzz_proof: what is taken as an offline proof, a leaf, an origin or the
 * path of a tile has that one spelling; proofs with any numbers are checked
 * in bounds; the entries of a bundle are all of its bytes.
 */
#include "proto/out/tlogproof.h"

#include <stdlib.h>
#include <string.h>

#include "proto/out/leaf.h"
#include "proto/out/tiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const void *made, size_t madelen, const char *text, size_t len)
{
	if (madelen != len || memcmp(made, text, len) != 0)
		abort();
}

static void
try_proof(const char *text, size_t len)
{
	struct tlogproof p;
	struct buf b = BUF_INIT;

	tlogproof_init(&p);
	if (tlogproof_parse(&p, text, len) == 0) {
		tlogproof_encode(&b, &p);
		same(b.data, b.len, text, len);
	}
	tlogproof_release(&p);
	buf_release(&b);
}

/* Two numbers, a count, and the rest as hashes. */
static void
try_numbers(const uint8_t *data, size_t len)
{
	static const uint8_t root[MERKLE_HASH] = { 1 };
	struct merkle_proof p;
	struct merkle_tail tail;
	size_t n;

	(void)merkle_tail_decode(&tail, data, len);
	if (len < 17)
		return;
	memset(&p, 0, sizeof p);
	p.n = data[16];
	n = len - 17 < sizeof p.hash ? len - 17 : sizeof p.hash;
	memcpy(p.hash, data + 17, n);
	if (merkle_included(get64(data), get64(data + 8), root, &p, root) &&
	    p.n != 0)
		abort();
	if (merkle_consistent(get64(data), root, get64(data + 8), root, &p) &&
	    get64(data) != get64(data + 8))
		abort();
}

static void
try_names(const char *text, size_t len)
{
	char name[NOTE_NAME_MAX + 1];
	struct buf b = BUF_INIT;
	enum leaf_tree tree;
	struct origin o;
	struct leaf l;

	if (origin_parse(&o, text, len) == 0) {
		origin_text(&o, name);
		same(name, strlen(name), text, len);
	}
	if (leaf_parse(&l, &tree, text, len) == 0) {
		leaf_encode(&b, tree, &l);
		same(b.data, b.len, text, len);
	}
	buf_release(&b);
}

static void
try_bundle(const uint8_t *data, size_t len)
{
	const uint8_t *entry;
	struct buf b = BUF_INIT;
	size_t pos = 0, n;
	int rc;

	while ((rc = tile_entry_next(data, len, &pos, &entry, &n)) == 1)
		if (tile_entry_add(&b, entry, n) == -1)
			abort();
	if (b.len > 0 && memcmp(b.data, data, b.len) != 0)
		abort();
	if (rc == 0 && b.len != len)
		abort();
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	try_proof((const char *)data, len);
	try_names((const char *)data, len);
	try_numbers(data, len);
	try_bundle(data, len);
	return 0;
}
