/* SPDX-License-Identifier: ISC */
/*
 * merkle: see merkle.h.
 *
 * A range [start, start + n) that the recursion of RFC 6962 can reach is the
 * row of its complete nodes, one for each set bit of n, the widest first; its
 * hash folds them from the right.
 *
 * SHA-256 goes through OpenSSL's older calls: a node is one short digest, and
 * the EVP interface costs more than the hashing.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "proto/out/merkle.h"

#include <openssl/sha.h>

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define LINE 45		/* 44 digits of base64 and LF */

void
merkle_empty(uint8_t hash_r[MERKLE_HASH])
{
	SHA256_CTX c;

	(void)SHA256_Init(&c);
	(void)SHA256_Final(hash_r, &c);
}

/* These calls of OpenSSL cannot fail: they only compute. */
void
merkle_leaf(const void *bytes, size_t len, uint8_t hash_r[MERKLE_HASH])
{
	SHA256_CTX c;

	(void)SHA256_Init(&c);
	(void)SHA256_Update(&c, "\0", 1);
	(void)SHA256_Update(&c, bytes, len);
	(void)SHA256_Final(hash_r, &c);
}

void
merkle_node(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH],
    uint8_t hash_r[MERKLE_HASH])
{
	uint8_t in[1 + 2 * MERKLE_HASH] = { 1 };
	SHA256_CTX c;

	memcpy(in + 1, left, MERKLE_HASH);
	memcpy(in + 1 + MERKLE_HASH, right, MERKLE_HASH);
	(void)SHA256_Init(&c);
	(void)SHA256_Update(&c, in, sizeof(in));
	(void)SHA256_Final(hash_r, &c);
}

static int
invalid(void)
{
	errno = EINVAL;
	return -1;
}

/* --- the tail ----------------------------------------------------------- */

int
merkle_append(struct merkle_tail *t, const uint8_t leaf[MERKLE_HASH],
    merkle_put *put, void *arg)
{
	uint8_t hash[MERKLE_HASH];
	unsigned level = 0;

	if (t->size >= MERKLE_SIZE_MAX) {
		errno = EFBIG;
		return -1;
	}
	memcpy(hash, leaf, MERKLE_HASH);
	for (;; level++) {
		if (put != NULL && put(arg, level, t->size >> level, hash) != 0)
			return -1;
		if ((t->size >> level & 1) == 0)
			break;
		merkle_node(t->hash[level], hash, hash);
	}
	memcpy(t->hash[level], hash, MERKLE_HASH);
	t->size++;
	return 0;
}

void
merkle_root(const struct merkle_tail *t, uint8_t hash_r[MERKLE_HASH])
{
	int some = 0;

	merkle_empty(hash_r);
	for (unsigned l = 0; l < MERKLE_LEVELS; l++) {
		if ((t->size >> l & 1) == 0)
			continue;
		if (some)
			merkle_node(t->hash[l], hash_r, hash_r);
		else
			memcpy(hash_r, t->hash[l], MERKLE_HASH);
		some = 1;
	}
}

void
merkle_tail_encode(struct buf *out, const struct merkle_tail *t)
{
	buf_add64(out, t->size);
	for (unsigned l = 0; l < MERKLE_LEVELS; l++)
		if (t->size >> l & 1)
			buf_add(out, t->hash[l], MERKLE_HASH);
}

int
merkle_tail_decode(struct merkle_tail *t, const uint8_t *p, size_t len)
{
	size_t pos = 8;

	memset(t, 0, sizeof(*t));
	if (len < 8 || get64(p) > MERKLE_SIZE_MAX)
		return invalid();
	t->size = get64(p);
	for (unsigned l = 0; l < MERKLE_LEVELS; l++) {
		if ((t->size >> l & 1) == 0)
			continue;
		if (len - pos < MERKLE_HASH)
			return invalid();
		memcpy(t->hash[l], p + pos, MERKLE_HASH);
		pos += MERKLE_HASH;
	}
	return pos == len ? 0 : invalid();
}

/* --- out of complete nodes ---------------------------------------------- */

/* The largest power of two below n, for n > 1. */
static uint64_t
split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static int
range(const struct merkle_nodes *nodes, uint64_t start, uint64_t n,
    uint8_t hash_r[MERKLE_HASH])
{
	uint8_t hash[MERKLE_HASH];
	int some = 0;

	for (unsigned l = 0; n >> l > 0; l++) {
		uint64_t first = start + (n >> l >> 1 << l << 1);

		if ((n >> l & 1) == 0)
			continue;
		if (nodes->get(nodes->arg, l, first >> l, hash) != 0)
			return -1;
		if (some)
			merkle_node(hash, hash_r, hash_r);
		else
			memcpy(hash_r, hash, MERKLE_HASH);
		some = 1;
	}
	return 0;
}

int
merkle_root_at(const struct merkle_nodes *nodes, uint64_t size,
    uint8_t hash_r[MERKLE_HASH])
{
	if (size > MERKLE_SIZE_MAX)
		return invalid();
	merkle_empty(hash_r);
	return range(nodes, 0, size, hash_r);
}

static int
push(const struct merkle_nodes *nodes, uint64_t start, uint64_t n,
    struct merkle_proof *p)
{
	if (range(nodes, start, n, p->hash[p->n]) == -1)
		return -1;
	p->n++;
	return 0;
}

/* The recursion finds the hashes from the root down; proofs are upwards. */
static void
turn(struct merkle_proof *p)
{
	uint8_t hash[MERKLE_HASH];

	for (unsigned i = 0, j = p->n; i + 1 < j; i++) {
		j--;
		memcpy(hash, p->hash[i], MERKLE_HASH);
		memcpy(p->hash[i], p->hash[j], MERKLE_HASH);
		memcpy(p->hash[j], hash, MERKLE_HASH);
	}
}

/* PATH() of RFC 6962, 2.1.1. */
int
merkle_inclusion(const struct merkle_nodes *nodes, uint64_t size,
    uint64_t index, struct merkle_proof *p)
{
	uint64_t start = 0, n = size;
	int rc = 0;

	p->n = 0;
	if (size > MERKLE_SIZE_MAX || index >= size)
		return invalid();
	while (n > 1 && rc == 0) {
		uint64_t k = split(n);

		if (index - start < k) {
			rc = push(nodes, start + k, n - k, p);
			n = k;
		} else {
			rc = push(nodes, start, k, p);
			start += k;
			n -= k;
		}
	}
	turn(p);
	return rc;
}

/* SUBPROOF() of RFC 6962, 2.1.2. */
int
merkle_consistency(const struct merkle_nodes *nodes, uint64_t old,
    uint64_t size, struct merkle_proof *p)
{
	uint64_t start = 0, m = old, n = size;
	int rc = 0;

	p->n = 0;
	if (size > MERKLE_SIZE_MAX || old > size)
		return invalid();
	if (old == 0)
		return 0;
	while (m != n && rc == 0) {
		uint64_t k = split(n);

		if (m <= k) {
			rc = push(nodes, start + k, n - k, p);
			n = k;
		} else {
			rc = push(nodes, start, k, p);
			start += k;
			m -= k;
			n -= k;
		}
	}
	if (rc == 0 && start > 0)
		rc = push(nodes, start, n, p);
	turn(p);
	return rc;
}

/* --- checking ----------------------------------------------------------- */

static int
same(const uint8_t a[MERKLE_HASH], const uint8_t b[MERKLE_HASH])
{
	return memcmp(a, b, MERKLE_HASH) == 0;
}

/* RFC 9162, 2.1.3.2. */
int
merkle_included(uint64_t size, uint64_t index,
    const uint8_t leaf[MERKLE_HASH], const struct merkle_proof *p,
    const uint8_t root[MERKLE_HASH])
{
	uint64_t fn = index, sn = size - 1;
	uint8_t r[MERKLE_HASH];

	if (size == 0 || size > MERKLE_SIZE_MAX || index >= size ||
	    p->n > MERKLE_PROOF_MAX)
		return 0;
	memcpy(r, leaf, MERKLE_HASH);
	for (unsigned i = 0; i < p->n; i++) {
		if (sn == 0)
			return 0;
		if ((fn & 1) || fn == sn) {
			merkle_node(p->hash[i], r, r);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			merkle_node(r, p->hash[i], r);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && same(r, root);
}

/* The loop of RFC 9162, 2.1.4.2, from the first node that both trees have. */
static int
climb(uint64_t fn, uint64_t sn, uint8_t fr[MERKLE_HASH],
    uint8_t sr[MERKLE_HASH], const struct merkle_proof *p, unsigned i)
{
	for (; i < p->n; i++) {
		if (sn == 0)
			return 0;
		if ((fn & 1) || fn == sn) {
			merkle_node(p->hash[i], fr, fr);
			merkle_node(p->hash[i], sr, sr);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else
			merkle_node(sr, p->hash[i], sr);
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

int
merkle_consistent(uint64_t old, const uint8_t old_root[MERKLE_HASH],
    uint64_t size, const uint8_t root[MERKLE_HASH],
    const struct merkle_proof *p)
{
	uint8_t fr[MERKLE_HASH], sr[MERKLE_HASH];
	uint64_t fn = old - 1, sn = size - 1;
	unsigned i = 0;

	if (old > size || size > MERKLE_SIZE_MAX || p->n > MERKLE_PROOF_MAX)
		return 0;
	if (old == 0) {
		merkle_empty(fr);
		return p->n == 0 && same(fr, old_root) &&
		    (size > 0 || same(fr, root));
	}
	if (old == size)
		return p->n == 0 && same(old_root, root);
	if (p->n == 0)
		return 0;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	/* A power of two is a complete node: the proof leaves it out. */
	memcpy(fr, fn == 0 ? old_root : p->hash[i++], MERKLE_HASH);
	memcpy(sr, fr, MERKLE_HASH);
	return climb(fn, sn, fr, sr, p, i) && same(fr, old_root) &&
	    same(sr, root);
}

/* --- as text ------------------------------------------------------------ */

void
merkle_proof_lines(struct buf *out, const struct merkle_proof *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		text_base64(out, p->hash[i], MERKLE_HASH);
		buf_addc(out, '\n');
	}
}

int
merkle_proof_parse(struct merkle_proof *p, const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	int rc = -1;

	p->n = 0;
	if (len % LINE != 0 || len / LINE > MERKLE_PROOF_MAX)
		return invalid();
	for (; len > 0; text += LINE, len -= LINE) {
		buf_clear(&b);
		if (text[LINE - 1] != '\n' ||
		    text_unbase64(&b, text, LINE - 1) == -1 ||
		    b.len != MERKLE_HASH)
			goto out;
		memcpy(p->hash[p->n++], b.data, MERKLE_HASH);
	}
	rc = 0;
out:
	buf_release(&b);
	return rc == 0 ? 0 : invalid();
}
