/* SPDX-License-Identifier: ISC */
/* naive: see naive.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/when.h"
#include "tests/unit/naive.h"

typedef uint8_t hash[32];

static const struct fill *fill;

struct naive naive_journal, naive_master, naive_case[NAIVE_TREES];
unsigned naive_cases;

/* ---- the second making ------------------------------------------------ */

void
naive_root(const struct naive *t, unsigned from, unsigned n, uint8_t out[32])
{
	uint8_t bytes[2048];
	unsigned half = 1;

	if (n <= 1) {
		bytes[0] = 0;
		if (n == 1)
			memcpy(bytes + 1, t->leaf[from],
			    strlen(t->leaf[from]));
		EVP_Digest(bytes, n == 0 ? 0 : 1 + strlen(t->leaf[from]), out,
		    NULL, EVP_sha256(), NULL);
		return;
	}
	while (half * 2 < n)
		half *= 2;
	bytes[0] = 1;
	naive_root(t, from, half, bytes + 1);
	naive_root(t, from + half, n - half, bytes + 33);
	EVP_Digest(bytes, 65, out, NULL, EVP_sha256(), NULL);
}

static void
naive_add(struct naive *t, uint64_t seq, const char *leaf)
{
	assert_true(t->n < NAIVE_LEAVES);
	t->seq[t->n] = seq;
	t->leaf[t->n++] = strdup(leaf);
}

void
naive_free(struct naive *t)
{
	while (t->n > 0)
		free(t->leaf[--t->n]);
}

/* Leaves with a seq up to the position. */
unsigned
naive_size(const struct naive *t, uint64_t position)
{
	unsigned n = 0;

	while (n < t->n && t->seq[n] <= position)
		n++;
	return n;
}

static struct naive *
naive_of(const struct id *id)
{
	for (unsigned i = 0; i < naive_cases; i++)
		if (id_equal(&naive_case[i].tree.id, id))
			return &naive_case[i];
	assert_true(naive_cases < NAIVE_TREES);
	naive_case[naive_cases].tree = TREE_CASE(*id);
	return &naive_case[naive_cases++];
}

static void
hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void
naive_entry(const struct log_item *item)
{
	char commitment[65], at[WHEN_TEXT_MAX], leaf[512];
	struct naive *t;

	hex(item->commitment, 32, commitment);
	(void)when_text(item->at, at);
	(void)snprintf(leaf, sizeof leaf, "{\"commitment\":\"%s\",\"kind\":"
	    "\"%s\",\"recorded_at\":\"%s\",\"seq\":%llu,\"v\":1}", commitment,
	    item->kind_name, at, (unsigned long long)item->seq);
	naive_add(&naive_journal, item->seq, leaf);
	if (item->tree.kind == ID_NONE)
		return;
	t = naive_of(&item->tree);
	(void)snprintf(leaf, sizeof leaf, "{\"case_seq\":%u,\"commitment\":"
	    "\"%s\",\"kind\":\"%s\",\"recorded_at\":\"%s\",\"v\":1}", t->n + 1,
	    commitment, item->kind_name, at);
	naive_add(t, item->seq, leaf);
}

void
naive_origin(const struct tree_id *tree, uint64_t life, char *out, size_t size)
{
	uint8_t secret[32], key[ID_KEY_LEN], md[32];
	char sid[64], name[17] = "";

	hex(log_store_id(store_log(fill->store)), 16, sid);
	if (life > 1)
		(void)snprintf(sid + 32, sizeof sid - 32, ".%u-%08x",
		    (unsigned)(life >> 32), (unsigned)life);
	if (tree->what == LEAF_CASE) {
		assert_int_equal(log_secret(store_log(fill->store), "trees",
		    secret), 0);
		id_key(&tree->id, key);
		HMAC(EVP_sha256(), secret, 32, key, sizeof key, md, NULL);
		hex(md, 8, name);
	}
	(void)snprintf(out, size, "dossier/%s/%s%s", sid,
	    tree->what == LEAF_CASE ? "case/" : tree->what == LEAF_MASTER ?
	    "master" : "journal", name);
}

void
naive_head(const struct naive *t, uint64_t position, uint64_t life,
    uint64_t seq)
{
	unsigned char root64[64];
	char origin[128], leaf[512];
	unsigned size = naive_size(t, position);
	hash root;

	naive_root(t, 0, size, root);
	EVP_EncodeBlock(root64, root, 32);
	naive_origin(&t->tree, life, origin, sizeof origin);
	(void)snprintf(leaf, sizeof leaf, "%s\n%u\n%s\n", origin, size,
	    root64);
	naive_add(&naive_master, seq, leaf);
}

static int
by_key(const void *a, const void *b)
{
	uint8_t x[ID_KEY_LEN], y[ID_KEY_LEN];

	id_key(&((const struct naive *)a)->tree.id, x);
	id_key(&((const struct naive *)b)->tree.id, y);
	return memcmp(x, y, sizeof x);
}

void
naive_read(void)
{
	struct log_cursor *cur = log_cursor_new(store_log(fill->store), NULL,
	    NULL);
	struct log_item item;

	naive_free(&naive_journal);
	naive_journal.tree = TREE_JOURNAL;
	naive_master.tree = TREE_MASTER;
	while (naive_cases > 0)
		naive_free(&naive_case[--naive_cases]);
	assert_non_null(cur);
	while (log_cursor_next(cur, &item, NULL) == 1)
		if (item.what == LOG_ITEM_ENTRY)
			naive_entry(&item);
	log_cursor_free(cur);
	qsort(naive_case, naive_cases, sizeof naive_case[0], by_key);
}

/* ---- holding them against each other ---------------------------------- */

static void
same_nodes(struct trees *trees, const struct naive *t, unsigned size)
{
	struct tree_nodes n = { trees, t->tree };
	hash want, got;

	for (unsigned level = 0; size >> level > 0; level++)
		for (unsigned i = 0; i < size >> level; i++) {
			naive_root(t, i << level, 1u << level, want);
			assert_int_equal(tree_nodes_get(&n, level, i, got), 0);
			assert_memory_equal(want, got, 32);
		}
	assert_int_equal(tree_nodes_get(&n, 0, t->n, got), -1);
}

static void
same_leaves(struct trees *trees, const struct naive *t)
{
	struct buf text = BUF_INIT;
	struct tree_id tree;
	uint64_t seq, index;

	for (unsigned i = 0; i < t->n; i++) {
		buf_clear(&text);
		assert_int_equal(trees_leaf(trees, &t->tree, i, &text), 0);
		assert_string_equal(buf_str(&text), t->leaf[i]);
		assert_int_equal(trees_leaf_seq(trees, &t->tree, i, &seq), 0);
		assert_int_equal(seq, t->seq[i]);
		if (t->tree.what != LEAF_CASE)
			continue;
		assert_int_equal(trees_index(trees, seq, &tree, &index), 1);
		assert_int_equal(index, i);
		assert_true(id_equal(&tree.id, &t->tree.id));
	}
	assert_int_equal(trees_leaf(trees, &t->tree, t->n, &text), -1);
	assert_int_equal(trees_leaf_seq(trees, &t->tree, t->n, &seq), -1);
	buf_release(&text);
}

static void
same_tree(struct trees *trees, const struct naive *t)
{
	uint64_t size;
	hash want, got;

	for (uint64_t p = 0; p <= fill->last.seq; p++) {
		assert_int_equal(trees_size(trees, &t->tree, p, &size), 0);
		assert_int_equal(size, naive_size(t, p));
		naive_root(t, 0, (unsigned)size, want);
		assert_int_equal(trees_root(trees, &t->tree, size, got), 0);
		assert_memory_equal(want, got, 32);
	}
	same_nodes(trees, t, t->n);
	same_leaves(trees, t);
}

void
naive_same(void)
{
	struct trees *trees = trees_open(fill->store, NULL);

	assert_non_null(trees);
	assert_int_equal(trees_position(trees), fill->last.seq);
	same_tree(trees, &naive_journal);
	for (unsigned i = 0; i < naive_cases; i++)
		same_tree(trees, &naive_case[i]);
	same_tree(trees, &naive_master);
	trees_close(trees);
}

void
naive_begin(const struct fill *f)
{
	fill = f;
}

void
naive_end(void)
{
	naive_free(&naive_journal);
	naive_free(&naive_master);
	while (naive_cases > 0)
		naive_free(&naive_case[--naive_cases]);
}
