/* SPDX-License-Identifier: ISC */
/*
 * verify_tree: the heads that tree.checkpoint entries state, made again from
 * the lasting parts as they are read, by nothing but these.
 *
 * A checkpoint covers entries up to its position, a little behind itself.  So
 * leaves wait until a checkpoint says how many of them it takes; when more
 * wait than any checkpoint lags behind, the oldest half goes into the trees,
 * and a checkpoint that lags more than that, and those behind it, stay
 * unchecked here (the views hold them against their own trees).
 */
#include "store/journal/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/base/when.h"
#include "proto/out/checkpoint.h"
#include "proto/out/leaf.h"
#include "proto/out/merkle.h"

#define WAIT_MAX (1u << 18)

struct vcase {
	struct id	id;
	uint64_t	leaves;		/* those that wait too */
	struct buf	edge;		/* merkle_tail_encode(); empty: none */
	int		grown;		/* since the last checkpoint */
	uint32_t	next;		/* in its chain; 0: the last */
};

struct waiting {
	uint8_t		leaf[MERKLE_HASH], of_case[MERKLE_HASH];
	uint32_t	kase;		/* index + 1; 0: in no case */
};

#define CHAINS 4096

struct vtrees {
	struct merkle_tail	 journal, master;
	struct merkle_tail	 edge;		/* scratch */
	struct vcase		*kase;
	uint32_t		 ncases, capcases;
	uint32_t		 chain[CHAINS];	/* index + 1 */
	uint32_t		*grown;		/* indexes */
	uint32_t		 ngrown, capgrown;
	struct waiting		*wait;
	size_t			 nwait, capwait;
	uint64_t		 last;		/* position of a checkpoint */
	uint64_t		 life;
	int			 blind;		/* one stayed unchecked */
	int			 stopped;	/* by who is told of heads */
	struct buf		 text;
};

struct vtrees *
vtrees_new(void)
{
	struct vtrees *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->life = LIFE_FIRST;
	return t;
}

void
vtrees_free(struct vtrees *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; i < t->ncases; i++)
		buf_release(&t->kase[i].edge);
	free(t->kase);
	free(t->grown);
	free(t->wait);
	buf_release(&t->text);
	free(t);
}

/* Room for one more in an array: 0, or -1. */
static int
room(void *array, size_t n, size_t *cap, size_t size)
{
	void **v = array, *more;
	size_t want = *cap == 0 ? 64 : *cap * 2;

	if (n < *cap)
		return 0;
	if ((more = reallocarray(*v, want, size)) == NULL)
		return -1;
	*v = more;
	*cap = want;
	return 0;
}

/* The index + 1 of a case, made if it is new; 0: no memory. */
static uint32_t
case_of(struct vtrees *t, const struct id *id)
{
	uint32_t *chain = &t->chain[(id->number * 31u + (uint32_t)id->kind +
	    id->year * 7u) % CHAINS], at;
	size_t cap = t->capcases;

	for (at = *chain; at != 0; at = t->kase[at - 1].next)
		if (id_equal(&t->kase[at - 1].id, id))
			return at;
	if (room(&t->kase, t->ncases, &cap, sizeof(*t->kase)) == -1)
		return 0;
	t->capcases = (uint32_t)cap;
	t->kase[t->ncases++] = (struct vcase){ .id = *id, .edge = BUF_INIT,
	    .next = *chain };
	return *chain = t->ncases;
}

static int
leaf_hash(struct vtrees *t, enum leaf_tree tree, const struct leaf *l,
    uint8_t hash_r[MERKLE_HASH])
{
	buf_clear(&t->text);
	leaf_encode(&t->text, tree, l);
	if (buf_failed(&t->text))
		return -1;
	merkle_leaf(t->text.data, t->text.len, hash_r);
	return 0;
}

static int
case_append(struct vtrees *t, struct vcase *c,
    const uint8_t leaf[MERKLE_HASH])
{
	size_t cap = t->capgrown;

	memset(&t->edge, 0, sizeof(t->edge));
	if (c->edge.len > 0 && merkle_tail_decode(&t->edge, c->edge.data,
	    c->edge.len) == -1)
		return -1;
	if (merkle_append(&t->edge, leaf, NULL, NULL) == -1)
		return -1;
	buf_clear(&c->edge);
	merkle_tail_encode(&c->edge, &t->edge);
	if (!c->grown) {
		if (room(&t->grown, t->ngrown, &cap, sizeof(*t->grown)) == -1)
			return -1;
		t->capgrown = (uint32_t)cap;
		t->grown[t->ngrown++] = (uint32_t)(c - t->kase);
		c->grown = 1;
	}
	return buf_failed(&c->edge) ? -1 : 0;
}

/* The n oldest that wait go into the trees. */
static int
fold(struct vtrees *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct waiting *w = &t->wait[i];

		if (merkle_append(&t->journal, w->leaf, NULL, NULL) == -1 ||
		    (w->kase != 0 && case_append(t, &t->kase[w->kase - 1],
		    w->of_case) == -1))
			return -1;
	}
	t->nwait -= n;
	memmove(t->wait, t->wait + n, t->nwait * sizeof(*t->wait));
	return 0;
}

static int
leaf_wait(struct vtrees *t, const struct lasting *l)
{
	struct leaf leaf = { .seq = l->seq, .kind_name = l->kind,
	    .kind_len = strlen(l->kind), .at = l->at };
	struct waiting *w;

	if (t->nwait >= WAIT_MAX && fold(t, t->nwait / 2) == -1)
		return -1;
	if (room(&t->wait, t->nwait, &t->capwait, sizeof(*t->wait)) == -1)
		return -1;
	w = &t->wait[t->nwait];
	w->kase = 0;
	memcpy(leaf.commitment, l->commitment, sizeof(leaf.commitment));
	if (leaf_hash(t, LEAF_JOURNAL, &leaf, w->leaf) == -1)
		return -1;
	if (l->tree.kind != ID_NONE) {
		if ((w->kase = case_of(t, &l->tree)) == 0)
			return -1;
		leaf.seq = ++t->kase[w->kase - 1].leaves;
		if (leaf_hash(t, LEAF_CASE, &leaf, w->of_case) == -1)
			return -1;
	}
	t->nwait++;
	return 0;
}

int
verify_leaf(struct verify *v)
{
	return leaf_wait(v->trees, &v->lasting) == 0 ? 0 : verify_memory(v);
}

/* ---- heads ----------------------------------------------------------- */

static int
head_add(struct verify *v, enum leaf_tree tree, const struct id *id,
    const struct merkle_tail *edge)
{
	struct vtrees *t = v->trees;
	struct checkpoint c = { .size = edge->size };
	uint8_t leaf[MERKLE_HASH];

	if (log_origin(v->log, tree, id, t->life, c.origin) == -1)
		return -1;
	merkle_root(edge, c.root);
	buf_clear(&t->text);
	checkpoint_body(&t->text, &c);
	if (buf_failed(&t->text))
		return -1;
	merkle_leaf(t->text.data, t->text.len, leaf);
	if (v->on_head != NULL)
		t->stopped |= v->on_head(v->on_head_arg, &c) != 0;
	return merkle_append(&t->master, leaf, NULL, NULL);
}

/* The master's own head, as it is now. */
static int
tell_master(struct verify *v)
{
	const struct id none = { ID_NONE, 0, 0, 0 };
	struct vtrees *t = v->trees;
	struct checkpoint c = { .size = t->master.size };

	if (v->on_head == NULL)
		return 0;
	if (log_origin(v->log, LEAF_MASTER, &none, t->life, c.origin) == -1)
		return verify_memory(v);
	merkle_root(&t->master, c.root);
	t->stopped |= v->on_head(v->on_head_arg, &c) != 0;
	return t->stopped ? -1 : 0;
}

/* The keys of those that grew, each with its index, to be sorted. */
static void
grown_keys(const struct vtrees *t, uint8_t (*key)[ID_KEY_LEN + 4])
{
	for (uint32_t i = 0; i < t->ngrown; i++) {
		id_key(&t->kase[t->grown[i]].id, key[i]);
		put32(key[i] + ID_KEY_LEN, t->grown[i]);
	}
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, ID_KEY_LEN);
}

static int
heads_add(struct verify *v)
{
	struct vtrees *t = v->trees;
	const struct id none = { ID_NONE, 0, 0, 0 };
	uint8_t (*key)[ID_KEY_LEN + 4];
	int rc = head_add(v, LEAF_JOURNAL, &none, &t->journal);

	key = calloc(t->ngrown + 1, sizeof(*key));
	if (key == NULL)
		return -1;
	grown_keys(t, key);
	qsort(key, t->ngrown, sizeof(*key), by_bytes);
	for (uint32_t i = 0; rc == 0 && i < t->ngrown; i++) {
		struct vcase *c = &t->kase[get32(key[i] + ID_KEY_LEN)];

		c->grown = 0;
		rc = merkle_tail_decode(&t->edge, c->edge.data, c->edge.len);
		if (rc == 0)
			rc = head_add(v, LEAF_CASE, &c->id, &t->edge);
	}
	t->ngrown = 0;
	free(key);
	return rc;
}

static int
differs(struct verify *v, const char *what)
{
	char seq[24];

	(void)snprintf(seq, sizeof(seq), "%llu",
	    (unsigned long long)v->lasting.seq);
	return trouble_set(v->t, SAY_STORE_TREE, seq, what, NULL, NULL);
}

static int
says_root(const struct entry *e, const char *field,
    const struct merkle_tail *edge)
{
	uint32_t tok = entry_get(e, field);
	uint8_t said[MERKLE_HASH], root[MERKLE_HASH];

	if (tok == JSON_NONE || e->json.tok[tok].type != JSON_STR ||
	    e->json.tok[tok].end - e->json.tok[tok].start != 2 * sizeof(said)
	    || text_unhex(e->json.text + e->json.tok[tok].start,
	    2 * sizeof(said), said) == -1)
		return 0;
	merkle_root(edge, root);
	return memcmp(said, root, sizeof(root)) == 0;
}

int
verify_checkpoint(struct verify *v, const struct entry *e)
{
	struct vtrees *t = v->trees;
	int64_t position = json_int(&e->json, entry_get(e, "position"), 0);
	uint64_t p = (uint64_t)position, heads;

	if (position <= 0 || p >= e->seq || p <= t->last)
		return differs(v, "position");
	if (t->blind || p < t->journal.size) {
		t->blind = 1;
		return 0;
	}
	heads = t->master.size;
	if (fold(t, (size_t)(p - t->journal.size)) == -1 ||
	    heads_add(v) == -1)
		return verify_memory(v);
	t->last = p;
	heads = t->master.size - heads;
	if (!says_root(e, "journal", &t->journal))
		return differs(v, "journal");
	if (!says_root(e, "master", &t->master) ||
	    json_int(&e->json, entry_get(e, "master_size"), 0) !=
	    (int64_t)t->master.size || json_int(&e->json,
	    entry_get(e, "heads"), 0) != (int64_t)heads)
		return differs(v, "master");
	return tell_master(v);
}

/* Heads stand under another name from here on. */
void
verify_life(struct verify *v, const struct entry *e)
{
	v->trees->life = leaf_life(e->at, v->lasting.commitment);
}
