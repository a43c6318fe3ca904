/* SPDX-License-Identifier: ISC */
/*
 * verify_tree: a case's tree out of its tiles: every entry is hashed anew,
 * and the tiles of hashes must be what the entries give.
 */
#include "client/verify_log.h"

#include <openssl/evp.h>
#include <string.h>

#include "proto/base/when.h"
#include "proto/out/layout.h"
#include "proto/out/tiles.h"

void
tree_release(struct case_tree *t)
{
	for (int i = 0; i < 8; i++)
		buf_release(&t->nodes[i]);
	buf_release(&t->commitments);
	buf_release(&t->about);
	t->size = 0;
}

int
tree_about(const char *kind, size_t len, const char *at,
    uint8_t sum_r[ROWSUM])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct buf text = BUF_INIT;
	int rc = -1;

	buf_add(&text, kind, len);
	buf_addc(&text, '\0');
	buf_adds(&text, at);
	if (!buf_failed(&text) && EVP_Digest(text.data, text.len, hash, NULL,
	    EVP_sha256(), NULL) == 1) {
		memcpy(sum_r, hash, ROWSUM);
		rc = 0;
	}
	buf_release(&text);
	return rc;
}

/* ---- entries ----------------------------------------------------------- */

/* Nodes that stand in tiles come in their order. */
static int
node_put(void *arg, unsigned level, uint64_t index,
    const uint8_t hash[MERKLE_HASH])
{
	struct case_tree *t = arg;

	(void)index;
	if (level % TILE_HEIGHT != 0)
		return 0;
	buf_add(&t->nodes[level / TILE_HEIGHT], hash, MERKLE_HASH);
	return buf_failed(&t->nodes[level / TILE_HEIGHT]) ? -1 : 0;
}

static enum tree_fault
leaf_take(struct case_tree *t, struct merkle_tail *tail, const uint8_t *p,
    size_t n)
{
	char at[WHEN_TEXT_MAX];
	uint8_t hash[MERKLE_HASH], about[ROWSUM];
	enum leaf_tree which;
	struct leaf leaf;
	const char *kind;

	if (leaf_parse(&leaf, &which, (const char *)p, n) == -1 ||
	    which != LEAF_CASE || leaf.seq != tail->size + 1)
		return TREE_LEAF;
	kind = leaf.kind == KIND_COUNT ? leaf.kind_name :
	    kind_name(leaf.kind);
	if (tree_about(kind, leaf.kind == KIND_COUNT ? leaf.kind_len :
	    strlen(kind), when_text(leaf.at, at), about) == -1)
		return TREE_NO_MEMORY;
	buf_add(&t->commitments, leaf.commitment, MERKLE_HASH);
	buf_add(&t->about, about, ROWSUM);
	merkle_leaf(p, n, hash);
	if (buf_failed(&t->commitments) || buf_failed(&t->about) ||
	    merkle_append(tail, hash, node_put, t) == -1)
		return TREE_NO_MEMORY;
	return TREE_FINE;
}

static enum tree_fault
entries_take(struct case_tree *t, struct merkle_tail *tail,
    const struct tile *tile, const struct buf *bytes)
{
	const uint8_t *entry;
	size_t pos = 0, len;
	int got;

	for (unsigned i = 0; i < tile->width; i++) {
		enum tree_fault fault;

		if (tile_entry_next(bytes->data, bytes->len, &pos, &entry,
		    &len) != 1)
			return TREE_LEAF;
		if ((fault = leaf_take(t, tail, entry, len)) != TREE_FINE)
			return fault;
	}
	got = tile_entry_next(bytes->data, bytes->len, &pos, &entry, &len);
	return got == 0 ? TREE_FINE : TREE_LEAF;
}

/* ---- hashes ------------------------------------------------------------ */

static enum tree_fault
hashes_hold(const struct case_tree *t, const struct tile *tile,
    const struct buf *bytes)
{
	const struct buf *nodes = &t->nodes[tile->level];
	uint64_t from = tile->index * TILE_WIDTH * MERKLE_HASH;
	size_t len = (size_t)tile->width * MERKLE_HASH;

	return bytes->len == len && from <= nodes->len &&
	    len <= nodes->len - from &&
	    memcmp(bytes->data, nodes->data + from, len) == 0 ?
	    TREE_FINE : TREE_NODES;
}

enum tree_fault
tree_read(struct case_tree *t, tree_file *get, const void *arg,
    uint64_t size, char where_r[TREE_WHERE])
{
	struct merkle_tail tail = { .size = 0 };
	struct tile_walk walk;
	struct tile tile;
	enum tree_fault fault = TREE_FINE;

	memset(&walk, 0, sizeof walk);
	t->size = size;
	while (fault == TREE_FINE && tile_next(&walk, 0, size, &tile)) {
		char path[TILE_PATH_MAX];
		const struct buf *bytes;

		tile_path(&tile, path);
		(void)snprintf(where_r, TREE_WHERE, "%s%s", LAYOUT_TILES,
		    path);
		if ((bytes = get(arg, where_r)) == NULL)
			return TREE_MISSING;
		fault = tile.level == TILE_ENTRIES ?
		    entries_take(t, &tail, &tile, bytes) :
		    hashes_hold(t, &tile, bytes);
	}
	return fault;
}

/* ---- roots ------------------------------------------------------------- */

int
tree_root(const struct case_tree *t, uint64_t size,
    uint8_t root_r[MERKLE_HASH])
{
	struct merkle_tail tail = { .size = 0 };

	if (size > t->size || size > t->nodes[0].len / MERKLE_HASH)
		return -1;
	for (uint64_t i = 0; i < size; i++)
		if (merkle_append(&tail, t->nodes[0].data + i * MERKLE_HASH,
		    NULL, NULL) == -1)
			return -1;
	merkle_root(&tail, root_r);
	return 0;
}
