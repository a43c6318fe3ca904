/* SPDX-License-Identifier: ISC */
/*
 * trees: see trees.h.  It only reads; what a tree is made of is the views'.
 */
#include "store/ask/trees.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/room.h"

struct trees {
	struct store	*store;
	struct log	*log;
	struct snap	 snap;
	uint64_t	 life;
};

struct trees *
trees_open(struct store *store, struct trouble *t)
{
	struct trees *trees = calloc(1, sizeof *trees);

	if (trees == NULL) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		return NULL;
	}
	trees->store = store;
	trees->log = store_log(store);
	if (snap_begin(store_views(store), 0, &trees->snap, t) == -1) {
		free(trees);
		return NULL;
	}
	if (tree_life(&trees->snap, &trees->life) == -1) {
		(void)trouble_errno(t, SAY_VIEWS_FAILED, "views");
		trees_close(trees);
		return NULL;
	}
	return trees;
}

void
trees_close(struct trees *t)
{
	if (t == NULL)
		return;
	snap_end(&t->snap);
	free(t);
}

uint64_t
trees_position(const struct trees *t)
{
	return t->snap.position;
}

/* ---- trees ----------------------------------------------------------- */

int
trees_size(struct trees *t, const struct tree_id *tree, uint64_t position,
    uint64_t *size_r)
{
	return tree_size(&t->snap, tree, position, size_r);
}

int
tree_nodes_get(void *arg, unsigned level, uint64_t index,
    uint8_t hash_r[MERKLE_HASH])
{
	const struct tree_nodes *n = arg;
	struct tree_rows rows = { &n->trees->snap, n->trees->log, n->tree };

	return tree_node(&rows, level, index, hash_r);
}

int
trees_root(struct trees *t, const struct tree_id *tree, uint64_t size,
    uint8_t root_r[MERKLE_HASH])
{
	struct tree_nodes n = { t, *tree };
	const struct merkle_nodes nodes = { tree_nodes_get, &n };

	return merkle_root_at(&nodes, size, root_r);
}

int
trees_leaf(struct trees *t, const struct tree_id *tree, uint64_t index,
    struct buf *out)
{
	const struct tree_rows rows = { &t->snap, t->log, *tree };

	return tree_leaf(&rows, index, out);
}

int
trees_leaf_seq(struct trees *t, const struct tree_id *tree, uint64_t index,
    uint64_t *seq_r)
{
	struct tree_head h;
	int rc;

	if (tree->what == LEAF_CASE)
		return tree_leaf_seq(&t->snap, tree, index, seq_r);
	errno = ENOENT;
	if (tree->what == LEAF_JOURNAL) {
		if (index >= t->snap.position)
			return -1;
		*seq_r = index + 1;
		return 0;
	}
	if ((rc = tree_head_get(&t->snap, index, &h)) == 1)
		*seq_r = h.seq;
	return rc == 1 ? 0 : -1;
}

int
trees_index(struct trees *t, uint64_t seq, struct tree_id *tree_r,
    uint64_t *index_r)
{
	struct ventry e;
	int rc = ventry_get(&t->snap, seq, &e);

	if (rc != 1 || e.tree.kind == ID_NONE)
		return rc == -1 ? -1 : 0;
	*tree_r = TREE_CASE(e.tree);
	*index_r = e.index;
	return 1;
}

/* ---- checkpoints and heads ------------------------------------------- */

int
trees_checkpoint_last(struct trees *t, uint64_t position,
    struct tree_checkpoint *c)
{
	return tree_checkpoint_last(&t->snap, position, c);
}

int
trees_checkpoint_from(struct trees *t, uint64_t position,
    struct tree_checkpoint *c)
{
	return tree_checkpoint_from(&t->snap, position, c);
}

int
trees_head(struct trees *t, uint64_t index, struct tree_head *head_r)
{
	return tree_head_get(&t->snap, index, head_r);
}

int
trees_head_index(struct trees *t, const struct tree_id *tree,
    const struct tree_checkpoint *c, uint64_t *index_r,
    struct tree_head *head_r)
{
	int rc = tree_head_below(&t->snap, tree, c->master_size, index_r);

	return rc == 1 ? tree_head_get(&t->snap, *index_r, head_r) : rc;
}

int
trees_seals(struct trees *t, uint64_t master_size, trees_seal_fn *fn,
    void *arg)
{
	struct vkey k = VKEY_INIT;
	struct ventry e;
	struct vcur cur;
	int rc, ret = 0;

	vkey_u64(&k, master_size);
	rc = vcur_open(&cur, &t->snap, VIEW_TREESEAL, &k, VCUR_KEYS);
	while (rc != -1 && ret == 0 && (rc = vcur_next(&cur)) == 1) {
		uint64_t seq = get64(cur.row.key + 8);

		if ((rc = ventry_get(&t->snap, seq, &e)) == 1)
			ret = fn(arg, e.kind, seq);
	}
	vcur_close(&cur);
	return rc == -1 ? -1 : ret;
}

/* ---- entries --------------------------------------------------------- */

int
trees_entry(struct trees *t, uint64_t seq, struct buf *text,
    uint8_t salt_r[LOG_HASH_LEN])
{
	uint8_t salt[LOG_SALT_LEN];
	struct buf out = BUF_INIT;
	struct ventry e;
	int rc = ventry_get(&t->snap, seq, &e);

	static_assert(LOG_SALT_LEN == LOG_HASH_LEN, "a salt's room");
	if (rc != 1)
		return rc;
	rc = log_entry_salted(t->log, &e.loc, &out, salt, NULL);
	if (rc == -1)
		errno = EIO;
	if (rc == 1 && salt_r != NULL)
		memcpy(salt_r, salt, sizeof salt);
	if (rc == 1 && text != NULL) {
		buf_add(text, out.data, out.len);
		rc = buf_failed(text) ? -1 : 1;
	}
	buf_release(&out);
	return rc;
}

int
trees_commitment(struct trees *t, uint64_t seq,
    uint8_t commitment_r[LOG_HASH_LEN])
{
	struct ventry e;
	int rc = ventry_get(&t->snap, seq, &e);

	if (rc == 1)
		memcpy(commitment_r, e.commitment, LOG_HASH_LEN);
	else if (rc == 0)
		errno = ENOENT;
	return rc == 1 ? 0 : -1;
}

struct seqs {
	uint64_t	*v;
	size_t		 n, cap;
};

static int
add_seq(struct room *room, const struct told *told, void *arg)
{
	struct seqs *s = arg;
	size_t cap = s->cap == 0 ? 8 : s->cap * 2;
	uint64_t *v;

	(void)room;
	if (s->n == s->cap) {
		if ((v = reallocarray(s->v, cap, sizeof *v)) == NULL)
			return -1;
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = told->entry.seq;
	return 0;
}

int
trees_bound(struct store *store, const struct id *document, uint64_t position,
    uint64_t **seq_r, size_t *n_r, struct trouble *t)
{
	struct id whole = *document;
	struct seqs s = { NULL, 0, 0 };
	struct room room;
	int rc;

	whole.part = 0;
	*seq_r = NULL;
	*n_r = 0;
	if (room_begin(&room, store, position, t) == -1)
		return -1;
	rc = doc_entries(&room, &whole, KIND_BIT(KIND_DOCUMENT_RECEIVED) |
	    KIND_BIT(KIND_DOCUMENT_READ), add_seq, &s);
	if (rc == -1)
		(void)room_fail(&room, "trees");
	room_end(&room);
	if (rc == -1) {
		free(s.v);
		return -1;
	}
	*seq_r = s.v;
	*n_r = s.n;
	return 0;
}

struct telling {
	const struct tree_id *tree;
	trees_told_fn	*fn;
	void		*arg;
};

static int
tell(struct room *room, const struct told *told, void *arg)
{
	const struct telling *t = arg;
	uint64_t case_seq = id_equal(&told->place.tree, &t->tree->id) ?
	    told->place.index + 1 : 0;

	(void)room;
	return t->fn(t->arg, &told->entry, case_seq);
}

int
trees_told(struct store *store, const struct id *document, uint64_t position,
    uint64_t kinds, const struct tree_id *tree, trees_told_fn *fn, void *arg,
    struct trouble *trouble)
{
	struct telling t = { tree, fn, arg };
	struct id whole = *document;
	struct room room;
	int rc;

	whole.part = 0;
	if (room_begin(&room, store, position, trouble) == -1)
		return -1;
	rc = doc_entries(&room, &whole, kinds, tell, &t);
	if (rc == -1)
		(void)room_fail(&room, "trees");
	room_end(&room);
	return rc;
}

/* ---- names and the next checkpoint ----------------------------------- */

uint64_t
trees_life(const struct trees *t)
{
	return t->life;
}

int
trees_origin(struct trees *t, const struct tree_id *tree, uint64_t life,
    char name_r[NOTE_NAME_MAX + 1])
{
	return log_origin(t->log, tree->what, &tree->id, life, name_r);
}

static void
put_checkpoint(struct buf *body, const struct tree_checkpoint *c)
{
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kint(&w, "heads", (int64_t)c->heads);
	jw_key(&w, "journal");
	jw_hex(&w, c->journal, sizeof c->journal);
	jw_key(&w, "master");
	jw_hex(&w, c->master, sizeof c->master);
	jw_kint(&w, "master_size", (int64_t)c->master_size);
	jw_kint(&w, "position", (int64_t)c->position);
	jw_end(&w);
}

/* 1 and the body, 0, or -1 with errno. */
static int
next_body(struct trees *t, uint64_t position, struct buf *body,
    uint64_t *last_r)
{
	const struct tree_id tree = TREE_MASTER;
	struct tree_checkpoint last, c = { .position = position,
	    .life = t->life };
	struct merkle_tail master;
	int had = tree_checkpoint_last(&t->snap, t->snap.position, &last);

	*last_r = had == 1 ? last.seq : 0;
	if (had == -1 || position == 0 ||
	    (had == 1 && last.position >= position))
		return had == -1 ? -1 : 0;
	if (tree_tail_get(&t->snap, &tree, &master) == -1 ||
	    tree_checkpoint_make(&t->snap, t->log, had == 1 ? &last : NULL,
	    &master, &c, NULL) == -1)
		return -1;
	put_checkpoint(body, &c);
	return buf_failed(body) ? -1 : 1;
}

int
trees_next(struct store *store, uint64_t position, struct buf *body,
    uint64_t *last_r, struct trouble *trouble)
{
	struct trees *t = trees_open(store, trouble);
	int rc = 0;

	*last_r = 0;
	if (t == NULL)
		return -1;
	if (position == 0 || position > t->snap.position)
		position = t->snap.position;
	/* What came before says under which origin this one stands. */
	if (t->snap.applied >= store_opened(store))
		rc = next_body(t, position, body, last_r);
	if (rc == -1)
		(void)trouble_errno(trouble, SAY_VIEWS_FAILED, "views");
	trees_close(t);
	return rc;
}
