/* SPDX-License-Identifier: ISC */
/*
 * tree_head: the heads that checkpoints fix, and the master tree over them.
 * What the publisher will append and what apply holds it against are made by
 * the same function, tree_checkpoint_make().
 */
#include "store/views/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/layout.h"

static int
broken(void)
{
	errno = EIO;
	return -1;
}

/* ---- rows ------------------------------------------------------------ */

void
tree_checkpoint_encode(const struct tree_checkpoint *c,
    uint8_t out[VCHECKPOINT_LEN])
{
	put64(out, c->seq);
	put64(out + 8, (uint64_t)c->at);
	put64(out + 16, c->life);
	put64(out + 24, c->master_size);
	put64(out + 32, c->heads);
	memcpy(out + 40, c->journal, MERKLE_HASH);
	memcpy(out + 40 + MERKLE_HASH, c->master, MERKLE_HASH);
}

static int
checkpoint_decode(const struct vrow *row, struct tree_checkpoint *c)
{
	const uint8_t *p = row->data.data;

	if (row->keylen != 8 || row->data.len != VCHECKPOINT_LEN)
		return broken();
	c->position = get64(row->key);
	c->seq = get64(p);
	c->at = (int64_t)get64(p + 8);
	c->life = get64(p + 16);
	c->master_size = get64(p + 24);
	c->heads = get64(p + 32);
	memcpy(c->journal, p + 40, MERKLE_HASH);
	memcpy(c->master, p + 40 + MERKLE_HASH, MERKLE_HASH);
	return 1;
}

void
tree_head_encode(const struct tree_head *h, uint8_t out[VHEAD_LEN])
{
	struct vkey k = VKEY_INIT;

	vkey_tree(&k, &h->tree);
	memcpy(out, k.b, ID_KEY_LEN);
	out += ID_KEY_LEN;
	put64(out, h->seq);
	put64(out + 8, h->position);
	put64(out + 16, h->life);
	put64(out + 24, h->size);
	memcpy(out + 32, h->root, MERKLE_HASH);
}

int
tree_head_get(struct snap *s, uint64_t index, struct tree_head *h)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	const uint8_t *p;
	int rc;

	vkey_u64(&k, index);
	rc = vrow_get(s, VIEW_HEAD, &k, &row);
	if (rc == 1 && row.data.len != VHEAD_LEN)
		rc = broken();
	if (rc == 1) {
		p = row.data.data;
		h->tree = TREE_JOURNAL;
		if (p[0] != ID_NONE) {
			h->tree.what = LEAF_CASE;
			id_from_key(p, &h->tree.id);
		}
		p += ID_KEY_LEN;
		h->seq = get64(p);
		h->position = get64(p + 8);
		h->life = get64(p + 16);
		h->size = get64(p + 24);
		memcpy(h->root, p + 32, MERKLE_HASH);
	}
	vrow_release(&row);
	return rc;
}

int
tree_life(struct snap *s, uint64_t *life_r)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	int rc;

	vkey_add(&k, "life", 4);
	rc = vrow_get(s, VIEW_META, &k, &row);
	if (rc == 1 && row.data.len != 8)
		rc = broken();
	*life_r = rc == 1 ? get64(row.data.data) : LIFE_FIRST;
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* The first row from a position on, or the last before it, that is seen. */
static int
checkpoint_near(struct snap *s, uint64_t position, unsigned flags,
    uint64_t at, struct tree_checkpoint *c)
{
	struct vkey from = VKEY_INIT;
	struct vcur cur;
	int rc;

	vkey_u64(&from, position);
	rc = vcur_open(&cur, s, VIEW_CHECKPOINT, NULL, flags);
	if (rc == 0) {
		vcur_seek(&cur, from.b, from.n);
		while ((rc = vcur_next(&cur)) == 1) {
			rc = checkpoint_decode(&cur.row, c);
			if (rc == -1 || c->seq <= at)
				break;
			rc = 0;
			if ((flags & VCUR_BACK) == 0)
				break;	/* those behind it are later */
		}
	}
	vcur_close(&cur);
	return rc;
}

int
tree_checkpoint_last(struct snap *s, uint64_t at, struct tree_checkpoint *c)
{
	if (at > s->position)
		at = s->position;
	return at == 0 ? 0 : checkpoint_near(s, at, VCUR_BACK, at, c);
}

int
tree_checkpoint_from(struct snap *s, uint64_t position,
    struct tree_checkpoint *c)
{
	return checkpoint_near(s, position, 0, s->position, c);
}

int
tree_head_below(struct snap *s, const struct tree_id *tree, uint64_t size,
    uint64_t *index_r)
{
	struct vkey k = VKEY_INIT, from;
	struct vcur cur;
	int rc;

	if (size == 0)
		return 0;
	vkey_tree(&k, tree);
	from = k;
	vkey_u64(&from, size - 1);
	rc = vcur_open(&cur, s, VIEW_HEADOF, &k, VCUR_BACK | VCUR_KEYS);
	if (rc == 0) {
		vcur_seek(&cur, from.b, from.n);
		rc = vcur_next(&cur);
	}
	if (rc == 1)
		*index_r = get64(cur.row.key + VKEY_TREE_INDEX);
	vcur_close(&cur);
	return rc;
}

/* ---- which trees grew ------------------------------------------------ */

/* Sorted and made one each whenever full, so that cases count, not entries. */
struct grown {
	struct tree_grown *v;
	size_t		 n, cap;
};

static int
by_tree(const void *a, const void *b)
{
	const struct tree_grown *x = a, *y = b;
	uint8_t kx[ID_KEY_LEN], ky[ID_KEY_LEN];
	int rc;

	id_key(&x->tree.id, kx);
	id_key(&y->tree.id, ky);
	rc = memcmp(kx, ky, sizeof kx);
	return rc != 0 ? rc : (x->was > y->was) - (x->was < y->was);
}

static void
grown_fold(struct grown *g)
{
	size_t n = 0;

	if (g->n > 1)
		qsort(g->v, g->n, sizeof *g->v, by_tree);
	for (size_t i = 0; i < g->n; i++) {
		if (n > 0 && id_equal(&g->v[n - 1].tree.id,
		    &g->v[i].tree.id)) {
			if (g->v[i].size > g->v[n - 1].size)
				g->v[n - 1].size = g->v[i].size;
		} else
			g->v[n++] = g->v[i];
	}
	g->n = n;
}

static int
grown_add(struct grown *g, const struct ventry *e)
{
	struct tree_grown *v;
	size_t cap;

	/* Mail of one case often comes in a row. */
	if (g->n > 0 && id_equal(&g->v[g->n - 1].tree.id, &e->tree)) {
		g->v[g->n - 1].size = e->index + 1;
		return 0;
	}
	if (g->n == g->cap) {
		grown_fold(g);
		if (g->n >= g->cap / 2) {
			cap = g->cap == 0 ? 256 : g->cap * 2;
			v = reallocarray(g->v, cap, sizeof *v);
			if (v == NULL)
				return -1;
			g->v = v;
			g->cap = cap;
		}
	}
	g->v[g->n++] = (struct tree_grown){ TREE_CASE(e->tree), e->index,
	    e->index + 1 };
	return 0;
}

int
tree_grown(struct snap *s, uint64_t after, uint64_t until,
    struct tree_grown **grown_r, size_t *n_r)
{
	struct grown g = { NULL, 0, 0 };
	struct vkey from = VKEY_INIT;
	struct ventry e;
	struct vcur cur;
	int rc;

	vkey_u64(&from, after + 1);
	rc = vcur_open(&cur, s, VIEW_ENTRY, NULL, 0);
	if (rc == 0)
		vcur_seek(&cur, from.b, from.n);
	while (rc == 0 && (rc = vcur_next(&cur)) == 1 &&
	    get64(cur.row.key) <= until) {
		rc = ventry_decode(&cur.row, get64(cur.row.key), &e);
		if (rc == 1)
			rc = e.tree.kind == ID_NONE ? 0 : grown_add(&g, &e);
	}
	vcur_close(&cur);
	if (rc == -1) {
		free(g.v);
		return -1;
	}
	grown_fold(&g);
	if (g.n == 0) {
		free(g.v);
		g.v = NULL;
	}
	*grown_r = g.v;
	*n_r = g.n;
	return 0;
}

/* ---- what a checkpoint makes ----------------------------------------- */

struct making {
	struct snap	*snap;
	struct log	*log;
	struct merkle_tail *master;
	struct tree_checkpoint *c;
	const struct tree_sink *sink;		/* may be NULL */
	struct buf	 text;
};

static int
head_add(struct making *m, const struct tree_head *h)
{
	uint8_t leaf[MERKLE_HASH];

	buf_clear(&m->text);
	if (tree_head_leaf(m->log, h, &m->text) == -1)
		return -1;
	merkle_leaf(m->text.data, m->text.len, leaf);
	m->c->heads++;
	if (m->sink == NULL)
		return merkle_append(m->master, leaf, NULL, NULL);
	if (m->sink->head(m->sink->arg, h, m->master->size) == -1)
		return -1;
	return merkle_append(m->master, leaf, m->sink->node, m->sink->arg);
}

static int
head_make(struct making *m, const struct tree_id *tree, uint64_t size,
    struct tree_head *h)
{
	struct tree_rows n = { m->snap, m->log, *tree };
	const struct merkle_nodes nodes = { tree_node, &n };

	h->tree = *tree;
	h->seq = m->c->seq;
	h->position = m->c->position;
	h->life = m->c->life;
	h->size = size;
	return merkle_root_at(&nodes, size, h->root);
}

static int
heads_make(struct making *m, const struct tree_grown *grown, size_t n)
{
	const struct tree_id journal = TREE_JOURNAL;
	struct tree_head h;

	if (head_make(m, &journal, m->c->position, &h) == -1)
		return -1;
	memcpy(m->c->journal, h.root, MERKLE_HASH);
	if (head_add(m, &h) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (head_make(m, &grown[i].tree, grown[i].size, &h) == -1 ||
		    head_add(m, &h) == -1)
			return -1;
	return 0;
}

int
tree_checkpoint_make(struct snap *s, struct log *log,
    const struct tree_checkpoint *last, struct merkle_tail *master,
    struct tree_checkpoint *c, const struct tree_sink *sink)
{
	struct making m = { s, log, master, c, sink, BUF_INIT };
	struct tree_grown *grown;
	size_t n;
	int rc;

	c->heads = 0;
	if (tree_grown(s, last == NULL ? 0 : last->position, c->position,
	    &grown, &n) == -1)
		return -1;
	rc = heads_make(&m, grown, n);
	free(grown);
	buf_release(&m.text);
	if (rc == -1)
		return -1;
	c->master_size = master->size;
	merkle_root(master, c->master);
	return 0;
}
