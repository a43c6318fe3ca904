/* SPDX-License-Identifier: ISC */
/*
 * tree: leaves, nodes and sizes out of the rows.
 */
#include "store/views/tree.h"

#include <errno.h>
#include <string.h>

#include "proto/out/checkpoint.h"
#include "store/views/layout.h"

static int
broken(void)
{
	errno = EIO;
	return -1;
}

void
vkey_tree(struct vkey *k, const struct tree_id *tree)
{
	uint8_t key[ID_KEY_LEN];

	memset(key, tree->what == LEAF_MASTER ? 0xff : 0, sizeof key);
	if (tree->what == LEAF_CASE)
		id_key(&tree->id, key);
	vkey_add(k, key, sizeof key);
}

/* ---- leaves ---------------------------------------------------------- */

int
tree_entry_leaf(struct log *log, enum leaf_tree what, const struct ventry *e,
    struct buf *out)
{
	struct leaf l = { .seq = what == LEAF_JOURNAL ? e->seq : e->index + 1,
	    .kind = e->kind, .at = e->at };
	char name[LOG_KIND_MAX];

	if (e->kind >= KIND_COUNT) {
		if (log_entry_kind(log, &e->loc, name, NULL) == -1)
			return broken();
		l.kind_name = name;
		l.kind_len = strlen(name);
	}
	memcpy(l.commitment, e->commitment, sizeof l.commitment);
	leaf_encode(out, what, &l);
	return buf_failed(out) ? -1 : 0;
}

int
tree_head_leaf(struct log *log, const struct tree_head *h, struct buf *out)
{
	struct checkpoint c = { .size = h->size };

	if (log_origin(log, h->tree.what, &h->tree.id, h->life, c.origin) ==
	    -1)
		return -1;
	memcpy(c.root, h->root, sizeof c.root);
	checkpoint_body(out, &c);
	return buf_failed(out) ? -1 : 0;
}

int
tree_leaf_seq(struct snap *s, const struct tree_id *tree, uint64_t index,
    uint64_t *seq_r)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	int rc;

	if (tree->what == LEAF_JOURNAL) {
		*seq_r = index + 1;
		return 0;
	}
	vkey_tree(&k, tree);
	vkey_u64(&k, index);
	rc = vrow_get(s, VIEW_LEAF, &k, &row);
	if (rc == 1 && row.data.len != 8)
		rc = broken();
	if (rc == 1)
		*seq_r = get64(row.data.data);
	vrow_release(&row);
	if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

static int
entry_leaf_at(const struct tree_rows *n, uint64_t index, struct buf *out)
{
	struct ventry e;
	uint64_t seq;
	int rc;

	if (tree_leaf_seq(n->snap, &n->tree, index, &seq) == -1)
		return -1;
	if ((rc = ventry_get(n->snap, seq, &e)) == 1)
		return tree_entry_leaf(n->log, n->tree.what, &e, out);
	if (rc == 0)
		errno = ENOENT;
	return -1;
}

int
tree_leaf(const struct tree_rows *n, uint64_t index, struct buf *out)
{
	struct tree_head h;
	int rc;

	if (n->tree.what != LEAF_MASTER)
		return entry_leaf_at(n, index, out);
	if ((rc = tree_head_get(n->snap, index, &h)) == 1)
		return tree_head_leaf(n->log, &h, out);
	if (rc == 0)
		errno = ENOENT;
	return -1;
}

/* ---- nodes ----------------------------------------------------------- */

static int
node_kept(const struct tree_rows *n, unsigned level, uint64_t index,
    uint8_t hash_r[MERKLE_HASH])
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	uint8_t l = (uint8_t)level;
	int rc;

	vkey_tree(&k, &n->tree);
	vkey_add(&k, &l, 1);
	vkey_u64(&k, index);
	rc = vrow_get(n->snap, VIEW_NODE, &k, &row);
	if (rc == 1 && row.data.len != MERKLE_HASH)
		rc = broken();
	if (rc == 1)
		memcpy(hash_r, row.data.data, MERKLE_HASH);
	vrow_release(&row);
	if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

/* Out of the leaves that it covers, at most 2^(TREE_LOW - 1). */
static int
node_again(const struct tree_rows *n, unsigned level, uint64_t index,
    struct buf *text, uint8_t hash_r[MERKLE_HASH])
{
	uint64_t end = (index + 1) << level;
	struct merkle_tail tail;
	uint8_t leaf[MERKLE_HASH];

	memset(&tail, 0, sizeof tail);
	for (uint64_t i = index << level; i < end; i++) {
		buf_clear(text);
		if (tree_leaf(n, i, text) == -1)
			return -1;
		merkle_leaf(text->data, text->len, leaf);
		if (merkle_append(&tail, leaf, NULL, NULL) == -1)
			return -1;
	}
	merkle_root(&tail, hash_r);
	return 0;
}

int
tree_node(void *arg, unsigned level, uint64_t index,
    uint8_t hash_r[MERKLE_HASH])
{
	const struct tree_rows *n = arg;
	struct buf text = BUF_INIT;
	int rc;

	if (level >= TREE_LOW)
		return node_kept(n, level, index, hash_r);
	rc = node_again(n, level, index, &text, hash_r);
	buf_release(&text);
	return rc;
}

/* ---- sizes ----------------------------------------------------------- */

int
tree_tail_get(struct snap *s, const struct tree_id *tree,
    struct merkle_tail *tail_r)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	int rc;

	memset(tail_r, 0, sizeof *tail_r);
	vkey_tree(&k, tree);
	rc = vrow_get(s, VIEW_TAIL, &k, &row);
	if (rc == 1 && merkle_tail_decode(tail_r, row.data.data,
	    row.data.len) == -1)
		rc = broken();
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* Leaves that there are, by the last key. */
static int
leaves(struct snap *s, const struct tree_id *tree, uint64_t *n_r)
{
	struct vkey k = VKEY_INIT;
	struct vcur cur;
	int rc;

	*n_r = 0;
	vkey_tree(&k, tree);
	rc = vcur_open(&cur, s, VIEW_LEAF, &k, VCUR_BACK | VCUR_KEYS);
	if (rc == 0)
		rc = vcur_next(&cur);
	if (rc == 1)
		*n_r = get64(cur.row.key + VKEY_TREE_INDEX) + 1;
	vcur_close(&cur);
	return rc == -1 ? -1 : 0;
}

/* Leaves grow with seqs: the first one that is past the position. */
static int
case_size(struct snap *s, const struct tree_id *tree, uint64_t position,
    uint64_t *size_r)
{
	uint64_t low = 0, high, seq;

	if (leaves(s, tree, &high) == -1)
		return -1;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (tree_leaf_seq(s, tree, mid, &seq) == -1)
			return -1;
		if (seq <= position)
			low = mid + 1;
		else
			high = mid;
	}
	*size_r = low;
	return 0;
}

int
tree_size(struct snap *s, const struct tree_id *tree, uint64_t position,
    uint64_t *size_r)
{
	struct tree_checkpoint c;
	int rc;

	if (position > s->position)
		position = s->position;
	*size_r = 0;
	switch (tree->what) {
	case LEAF_JOURNAL:
		*size_r = position;
		return 0;
	case LEAF_CASE:
		return case_size(s, tree, position, size_r);
	case LEAF_MASTER:
		break;
	}
	rc = tree_checkpoint_last(s, position, &c);
	if (rc == 1)
		*size_r = c.master_size;
	return rc == -1 ? -1 : 0;
}
