/* SPDX-License-Identifier: ISC */
/*
 * merkle: the vectors that logs of RFC 6962 share, then every tree up to some
 * size against the recursion as the RFC writes it, every proof, and every
 * proof with something changed in it.
 */
#include "proto/out/merkle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/text.h"

#define MANY 70

static uint8_t leaves[MANY][MERKLE_HASH];
static uint8_t nodes[8][MANY][MERKLE_HASH];
static unsigned calls;

static int
keep(void *arg, unsigned level, uint64_t index,
    const uint8_t hash[MERKLE_HASH])
{
	(void)arg;
	calls++;
	memcpy(nodes[level][index], hash, MERKLE_HASH);
	return 0;
}

static int
refuse(void *arg, unsigned level, uint64_t index,
    const uint8_t hash[MERKLE_HASH])
{
	(void)arg;
	(void)hash;
	(void)index;
	return level == 1 ? -1 : 0;
}

static int
get(void *arg, unsigned level, uint64_t index, uint8_t hash_r[MERKLE_HASH])
{
	uint64_t size = *(uint64_t *)arg;

	/* Only what is complete may be asked for. */
	assert_true((index + 1) << level <= size);
	memcpy(hash_r, nodes[level][index], MERKLE_HASH);
	return 0;
}

/* MTH() of RFC 6962, 2.1. */
static void
mth(unsigned start, unsigned n, uint8_t hash_r[MERKLE_HASH])
{
	uint8_t left[MERKLE_HASH], right[MERKLE_HASH];
	unsigned k = 1;

	if (n == 0) {
		merkle_empty(hash_r);
		return;
	}
	if (n == 1) {
		memcpy(hash_r, leaves[start], MERKLE_HASH);
		return;
	}
	while (2 * k < n)
		k *= 2;
	mth(start, k, left);
	mth(start + k, n - k, right);
	merkle_node(left, right, hash_r);
}

static int
fill(void **state)
{
	struct merkle_tail t = { 0 };

	(void)state;
	calls = 0;
	for (unsigned i = 0; i < MANY; i++) {
		merkle_leaf(&i, sizeof i, leaves[i]);
		if (merkle_append(&t, leaves[i], keep, NULL) == -1)
			return -1;
	}
	return 0;
}

static void
assert_hash(const uint8_t hash[MERKLE_HASH], const char *hex)
{
	uint8_t want[MERKLE_HASH];

	assert_int_equal(text_unhex(hex, strlen(hex), want), 0);
	assert_memory_equal(hash, want, MERKLE_HASH);
}

static void
test_vectors(void **state)
{
	static const char *const in[] = { "", "00", "10", "2021", "3031",
	    "40414243", "5051525354555657",
	    "606162636465666768696a6b6c6d6e6f" };
	static const char *const roots[] = {
	    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
	};
	struct merkle_tail t = { 0 };
	uint8_t hash[MERKLE_HASH], bytes[16];

	(void)state;
	merkle_root(&t, hash);
	assert_hash(hash, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(text_unhex(in[i], strlen(in[i]), bytes), 0);
		merkle_leaf(bytes, strlen(in[i]) / 2, hash);
		assert_int_equal(merkle_append(&t, hash, NULL, NULL), 0);
		merkle_root(&t, hash);
		assert_hash(hash, roots[i]);
	}
}

static void
test_roots(void **state)
{
	struct merkle_tail t = { 0 }, back;
	uint8_t want[MERKLE_HASH], hash[MERKLE_HASH];

	(void)state;
	/* 70 leaves, 35 + 17 + 8 + 4 + 2 + 1 above them. */
	assert_int_equal(calls, 70 + 35 + 17 + 8 + 4 + 2 + 1);
	for (uint64_t n = 0; n <= MANY; n++) {
		struct merkle_nodes have = { get, &n };
		struct buf b = BUF_INIT;

		mth(0, (unsigned)n, want);
		merkle_root(&t, hash);
		assert_memory_equal(hash, want, MERKLE_HASH);
		assert_int_equal(merkle_root_at(&have, n, hash), 0);
		assert_memory_equal(hash, want, MERKLE_HASH);
		merkle_tail_encode(&b, &t);
		assert_int_equal(merkle_tail_decode(&back, b.data, b.len), 0);
		merkle_root(&back, hash);
		assert_memory_equal(hash, want, MERKLE_HASH);
		assert_int_equal(merkle_tail_decode(&back, b.data, b.len - 1),
		    -1);
		buf_addc(&b, 0);
		assert_int_equal(merkle_tail_decode(&back, b.data, b.len), -1);
		buf_release(&b);
		if (n < MANY)
			assert_int_equal(merkle_append(&t, leaves[n], NULL,
			    NULL), 0);
	}
}

static void
test_stopped(void **state)
{
	struct merkle_tail t = { 0 };
	uint8_t before[MERKLE_HASH], hash[MERKLE_HASH];

	(void)state;
	assert_int_equal(merkle_append(&t, leaves[0], NULL, NULL), 0);
	merkle_root(&t, before);
	assert_int_equal(merkle_append(&t, leaves[1], refuse, NULL), -1);
	merkle_root(&t, hash);
	assert_memory_equal(hash, before, MERKLE_HASH);
	assert_int_equal(merkle_append(&t, leaves[1], NULL, NULL), 0);
	mth(0, 2, before);
	merkle_root(&t, hash);
	assert_memory_equal(hash, before, MERKLE_HASH);
	t.size = MERKLE_SIZE_MAX - 1;
	assert_int_equal(merkle_append(&t, leaves[1], NULL, NULL), 0);
	assert_int_equal(merkle_append(&t, leaves[1], NULL, NULL), -1);
	assert_int_equal(errno, EFBIG);
}

static void
broken_inclusion(uint64_t n, uint64_t i, const struct merkle_proof *p,
    const uint8_t root[MERKLE_HASH])
{
	struct merkle_proof bad = *p;

	for (unsigned h = 0; h < p->n; h++) {
		bad.hash[h][h] ^= 1;
		assert_false(merkle_included(n, i, leaves[i], &bad, root));
		bad = *p;
	}
	bad.n++;
	assert_false(merkle_included(n, i, leaves[i], &bad, root));
	bad.n -= 2;
	if (p->n > 0)
		assert_false(merkle_included(n, i, leaves[i], &bad, root));
	assert_false(merkle_included(n, i, leaves[(i + 1) % MANY], p, root));
	assert_false(merkle_included(n, n, leaves[i], p, root));
	assert_false(merkle_included(0, i, leaves[i], p, root));
	if (n > 1)
		assert_false(merkle_included(n, i ^ (n > (i ^ 1) ? 1 : 2),
		    leaves[i], p, root));
}

static void
test_inclusion(void **state)
{
	struct merkle_proof p;
	uint8_t root[MERKLE_HASH];

	(void)state;
	for (uint64_t n = 1; n <= MANY; n++) {
		struct merkle_nodes have = { get, &n };

		mth(0, (unsigned)n, root);
		for (uint64_t i = 0; i < n; i++) {
			assert_int_equal(merkle_inclusion(&have, n, i, &p), 0);
			assert_true(merkle_included(n, i, leaves[i], &p, root));
			broken_inclusion(n, i, &p, root);
		}
		assert_int_equal(merkle_inclusion(&have, n, n, &p), -1);
	}
}

static void
broken_consistency(uint64_t m, const uint8_t old[MERKLE_HASH], uint64_t n,
    const uint8_t root[MERKLE_HASH], const struct merkle_proof *p)
{
	struct merkle_proof bad = *p;

	for (unsigned h = 0; h < p->n; h++) {
		bad.hash[h][h] ^= 1;
		assert_false(merkle_consistent(m, old, n, root, &bad));
		bad = *p;
	}
	bad.n++;
	assert_false(merkle_consistent(m, old, n, root, &bad));
	bad.n -= 2;
	if (p->n > 0)
		assert_false(merkle_consistent(m, old, n, root, &bad));
	if (m != n && m > 0) {
		assert_false(merkle_consistent(m, root, n, root, p));
		assert_false(merkle_consistent(m, old, n, old, p));
		assert_false(merkle_consistent(n, old, m, root, p));
	}
}

static void
test_consistency(void **state)
{
	struct merkle_proof p;
	uint8_t old[MERKLE_HASH], root[MERKLE_HASH];

	(void)state;
	for (uint64_t n = 0; n <= MANY; n++) {
		struct merkle_nodes have = { get, &n };

		mth(0, (unsigned)n, root);
		for (uint64_t m = 0; m <= n; m++) {
			mth(0, (unsigned)m, old);
			assert_int_equal(merkle_consistency(&have, m, n, &p),
			    0);
			assert_true(merkle_consistent(m, old, n, root, &p));
			broken_consistency(m, old, n, root, &p);
		}
		assert_int_equal(merkle_consistency(&have, n + 1, n, &p), -1);
	}
	/* Roots that are not the empty tree's. */
	memset(&p, 0, sizeof p);
	mth(0, 1, old);
	assert_false(merkle_consistent(0, old, 1, old, &p));
	merkle_empty(root);
	assert_true(merkle_consistent(0, root, 1, old, &p));
	assert_false(merkle_consistent(0, root, 0, old, &p));
}

static void
test_lines(void **state)
{
	uint64_t n = 13;
	struct merkle_nodes have = { get, &n };
	struct merkle_proof p, back;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(merkle_inclusion(&have, n, 3, &p), 0);
	merkle_proof_lines(&b, &p);
	assert_int_equal(b.len, p.n * 45);
	assert_int_equal(merkle_proof_parse(&back, buf_str(&b), b.len), 0);
	assert_int_equal(back.n, p.n);
	assert_memory_equal(back.hash, p.hash, p.n * MERKLE_HASH);
	assert_int_equal(merkle_proof_parse(&back, buf_str(&b), b.len - 1), -1);
	b.data[44] = ' ';
	assert_int_equal(merkle_proof_parse(&back, buf_str(&b), b.len), -1);
	buf_clear(&b);
	memset(&p, 0, sizeof p);
	p.n = 1;
	merkle_proof_lines(&b, &p);
	for (unsigned i = 1; i < MERKLE_PROOF_MAX; i++)
		merkle_proof_lines(&b, &p);
	assert_int_equal(merkle_proof_parse(&back, buf_str(&b), b.len), 0);
	assert_int_equal(back.n, MERKLE_PROOF_MAX);
	merkle_proof_lines(&b, &p);
	assert_int_equal(merkle_proof_parse(&back, buf_str(&b), b.len), -1);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_inclusion),
		cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
