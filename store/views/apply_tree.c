/* SPDX-License-Identifier: ISC */
/*
 * apply_tree: every entry into the journal's tree and into its case's or
 * client's; heads into the master tree at each tree.checkpoint.
 *
 * What a tree.checkpoint says must be what is computed here.  If it is not,
 * entries or rows were changed: nothing further is applied, so that nothing
 * further is signed.
 *
 * Right edges are held while a batch lasts and written at its end.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/base/when.h"
#include "store/views/layout.h"
#include "store/views/tree.h"

#define TAILS 32

struct tail {
	struct tree_id		tree;
	int			used;
	struct merkle_tail	edge;
};

struct apply_tails {
	struct tail	 journal;
	struct tail	 of[TAILS];	/* a case's, where its number says */
};

int
apply_begin(struct apply *a, struct vtxn *x)
{
	a->x = x;
	if (a->tails == NULL && (a->tails = malloc(sizeof *a->tails)) == NULL)
		return -1;
	a->tails->journal.used = 0;
	for (int i = 0; i < TAILS; i++)
		a->tails->of[i].used = 0;
	return 0;
}

static int
tail_write(struct apply *a, const struct tail *t)
{
	struct vkey k = VKEY_INIT;

	if (!t->used)
		return 0;
	buf_clear(&a->out);
	merkle_tail_encode(&a->out, &t->edge);
	vkey_tree(&k, &t->tree);
	return buf_failed(&a->out) ? -1 : vtxn_set(a->x, VIEW_TAIL, &k,
	    a->out.data, a->out.len);
}

int
apply_end(struct apply *a)
{
	if (tail_write(a, &a->tails->journal) == -1)
		return -1;
	for (int i = 0; i < TAILS; i++)
		if (tail_write(a, &a->tails->of[i]) == -1)
			return -1;
	return 0;
}

/* The edge of a tree, for as long as no other one takes its place. */
static struct merkle_tail *
tail_of(struct apply *a, const struct tree_id *tree)
{
	struct tail *t = tree->what == LEAF_JOURNAL ? &a->tails->journal :
	    &a->tails->of[(tree->id.number + 7u * tree->id.kind) % TAILS];

	if (t->used && t->tree.what == tree->what &&
	    id_equal(&t->tree.id, &tree->id))
		return &t->edge;
	if (tail_write(a, t) == -1)
		return NULL;
	t->used = 0;
	if (tree_tail_get(&a->x->snap, tree, &t->edge) == -1)
		return NULL;
	t->tree = *tree;
	t->used = 1;
	return &t->edge;
}

struct nodes {
	struct apply	*a;
	const struct tree_id *tree;
};

static int
put_node(void *arg, unsigned level, uint64_t index,
    const uint8_t hash[MERKLE_HASH])
{
	const struct nodes *n = arg;
	struct vkey k = VKEY_INIT;
	uint8_t l = (uint8_t)level;

	if (level < TREE_LOW)
		return 0;
	vkey_tree(&k, n->tree);
	vkey_add(&k, &l, 1);
	vkey_u64(&k, index);
	return vtxn_set(n->a->x, VIEW_NODE, &k, hash, MERKLE_HASH);
}

static int
leaf_add(struct apply *a, const struct tree_id *tree,
    struct merkle_tail *edge, const struct leaf *l)
{
	struct nodes n = { a, tree };
	uint8_t hash[MERKLE_HASH];

	buf_clear(&a->tmp);
	leaf_encode(&a->tmp, tree->what, l);
	if (buf_failed(&a->tmp))
		return -1;
	merkle_leaf(a->tmp.data, a->tmp.len, hash);
	return merkle_append(edge, hash, put_node, &n);
}

static int
case_add(struct apply *a, const struct log_item *item, struct leaf *l,
    uint64_t *index_r)
{
	const struct tree_id tree = TREE_CASE(item->tree);
	struct merkle_tail *edge = tail_of(a, &tree);
	struct vkey k = VKEY_INIT;
	uint8_t seq[8];

	if (edge == NULL)
		return -1;
	*index_r = edge->size;
	l->seq = edge->size + 1;
	vkey_tree(&k, &tree);
	vkey_u64(&k, edge->size);
	put64(seq, item->seq);
	if (leaf_add(a, &tree, edge, l) == -1)
		return -1;
	return vtxn_set(a->x, VIEW_LEAF, &k, seq, sizeof seq);
}

int
apply_leaves(struct apply *a, const struct log_item *item, uint64_t *index_r)
{
	const struct tree_id journal = TREE_JOURNAL;
	struct merkle_tail *edge = tail_of(a, &journal);
	struct leaf l = { .seq = item->seq, .kind = item->kind,
	    .kind_name = item->kind_name,
	    .kind_len = strlen(item->kind_name), .at = item->at };

	*index_r = 0;
	if (edge == NULL)
		return -1;
	if (edge->size + 1 != item->seq) {
		errno = EIO;
		return -1;
	}
	memcpy(l.commitment, item->commitment, sizeof l.commitment);
	if (leaf_add(a, &journal, edge, &l) == -1)
		return -1;
	return item->tree.kind == ID_NONE ? 0 : case_add(a, item, &l, index_r);
}

/* ---- checkpoints ----------------------------------------------------- */

static int
put_head(void *arg, const struct tree_head *h, uint64_t index)
{
	const struct nodes *n = arg;
	struct vkey k = VKEY_INIT, of = VKEY_INIT;
	uint8_t v[VHEAD_LEN];

	tree_head_encode(h, v);
	vkey_u64(&k, index);
	vkey_tree(&of, &h->tree);
	vkey_u64(&of, index);
	if (vtxn_set(n->a->x, VIEW_HEAD, &k, v, sizeof v) == -1)
		return -1;
	return vtxn_set(n->a->x, VIEW_HEADOF, &of, "", 0);
}

static int
differs(struct apply *a, const char *what)
{
	char seq[24];

	(void)snprintf(seq, sizeof seq, "%llu", (unsigned long long)a->e.seq);
	a->told = 1;
	errno = EIO;
	return trouble_set(a->trouble, SAY_VIEWS_TREE, seq, what, NULL, NULL);
}

static int
says_number(struct apply *a, const char *field, uint64_t value)
{
	return (uint64_t)json_int(&a->e.json, entry_get(&a->e, field), -1) ==
	    value;
}

static int
says_root(struct apply *a, const char *field, const uint8_t root[MERKLE_HASH])
{
	struct vstr s = apply_field(a, field);
	uint8_t said[MERKLE_HASH];

	return s.n == 2 * sizeof said && text_unhex(s.p, s.n, said) == 0 &&
	    memcmp(said, root, sizeof said) == 0;
}

static int
checkpoint_agrees(struct apply *a, const struct tree_checkpoint *c)
{
	if (!says_root(a, "journal", c->journal))
		return differs(a, "journal");
	if (!says_number(a, "master_size", c->master_size) ||
	    !says_number(a, "heads", c->heads) ||
	    !says_root(a, "master", c->master))
		return differs(a, "master");
	return 0;
}

static int
checkpoint_put(struct apply *a, const struct tree_checkpoint *c,
    const struct merkle_tail *master)
{
	struct vkey k = VKEY_INIT, edge = VKEY_INIT;
	const struct tree_id tree = TREE_MASTER;
	uint8_t v[VCHECKPOINT_LEN];

	vkey_u64(&k, c->position);
	tree_checkpoint_encode(c, v);
	if (vtxn_set(a->x, VIEW_CHECKPOINT, &k, v, sizeof v) == -1)
		return -1;
	vkey_tree(&edge, &tree);
	buf_clear(&a->out);
	merkle_tail_encode(&a->out, master);
	return buf_failed(&a->out) ? -1 : vtxn_set(a->x, VIEW_TAIL, &edge,
	    a->out.data, a->out.len);
}

int
apply_checkpoint(struct apply *a)
{
	const struct tree_id tree = TREE_MASTER;
	struct nodes n = { a, &tree };
	const struct tree_sink sink = { put_head, put_node, &n };
	struct snap *s = &a->x->snap;
	struct tree_checkpoint last, c = { .seq = a->e.seq, .at = a->e.at };
	struct merkle_tail master;
	int64_t position = json_int(&a->e.json, entry_get(&a->e, "position"),
	    0);
	int had = tree_checkpoint_last(s, a->e.seq - 1, &last);

	if (had == -1 || tree_tail_get(s, &tree, &master) == -1 ||
	    tree_life(s, &c.life) == -1)
		return -1;
	if (position <= 0 || (uint64_t)position >= a->e.seq ||
	    (had && (uint64_t)position <= last.position))
		return differs(a, "position");
	c.position = (uint64_t)position;
	if (tree_checkpoint_make(s, a->log, had ? &last : NULL, &master, &c,
	    &sink) == -1)
		return -1;
	if (checkpoint_agrees(a, &c) == -1)
		return -1;
	return checkpoint_put(a, &c, &master);
}

/* A time stamp or a cosignature of a master tree. */
int
apply_sealed(struct apply *a)
{
	int64_t size = json_int(&a->e.json, entry_get(&a->e, "master_size"),
	    0);
	struct vkey k = VKEY_INIT;

	if (size <= 0)
		return 0;
	vkey_u64(&k, (uint64_t)size);
	vkey_u64(&k, a->e.seq);
	return vtxn_set(a->x, VIEW_TREESEAL, &k, "", 0);
}

/*
 * From here on checkpoints have another origin.  Its name is of this entry, not
 * a count: a store restored twice from one backup would count the same twice.
 */
int
apply_life(struct apply *a)
{
	struct vkey k = VKEY_INIT;
	uint8_t v[8];

	put64(v, leaf_life(a->e.at, a->commitment));
	vkey_add(&k, "life", 4);
	return vtxn_set(a->x, VIEW_META, &k, v, sizeof v);
}
