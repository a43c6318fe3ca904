/* SPDX-License-Identifier: ISC */
/*
 * check: see check.h.
 *
 * An entry fixes the heads of a position a little before its own, so leaves
 * wait in a queue until a checkpoint says that they are in, or until the
 * queue is longer than anything may lag behind.
 */
#include "daemon/trees/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trees/check_files.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "proto/out/leaf.h"
#include "store/store.h"
#include "store/sys.h"

#define QUEUE	(2 * (size_t)STORE_LAG)

struct held {			/* one leaf, waiting */
	uint8_t		journal[MERKLE_HASH], kase[MERKLE_HASH];
	struct id	tree;
};

struct grown {			/* the tree of a case or client */
	struct id	id;
	uint8_t		key[ID_KEY_LEN];
	char		name[LEAF_TREE_ID + 1];
	uint64_t	size;		/* with the leaves that wait */
	uint64_t	headed;		/* at its last head */
	struct merkle_tail tail;
};

struct shown {			/* a published checkpoint */
	struct checkpoint head;
	struct origin	 origin;
	int		 met;
};

struct check {
	struct log	*log;
	struct merkle_tail journal, master;
	struct grown	**tree;		/* by id_key() */
	size_t		 ntree;
	struct held	*queue;		/* a ring */
	size_t		 first, n;
	uint32_t	 life;
	struct shown	*shown;
	size_t		 nshown;
	struct check_sum *sum;
	struct trouble	*trouble;
};

/* --- what is published -------------------------------------------------- */

static int
differs(struct check *c, const struct shown *s)
{
	char size[24];

	(void)snprintf(size, sizeof(size), "%llu",
	    (unsigned long long)s->head.size);
	return trouble_set(c->trouble, SAY_LOG_OTHER, s->head.origin, size,
	    NULL, NULL);
}

/* A tree has grown by one: is that what was published of it? */
static int
meet(struct check *c, enum leaf_tree what, const char *name,
    const struct merkle_tail *t)
{
	uint8_t root[MERKLE_HASH];

	for (size_t i = 0; i < c->nshown; i++) {
		struct shown *s = &c->shown[i];

		if (s->head.size != t->size || s->origin.tree != what ||
		    strcmp(s->origin.id, name) != 0)
			continue;
		merkle_root(t, root);
		if (memcmp(root, s->head.root, sizeof(root)) != 0)
			return differs(c, s);
		s->met = 1;
	}
	return 0;
}

static int
all_met(struct check *c)
{
	char size[24], have[24];

	for (size_t i = 0; i < c->nshown; i++) {
		const struct shown *s = &c->shown[i];

		if (s->met || s->head.size == 0)
			continue;
		(void)snprintf(size, sizeof(size), "%llu",
		    (unsigned long long)s->head.size);
		(void)snprintf(have, sizeof(have), "%llu",
		    (unsigned long long)c->journal.size);
		return trouble_set(c->trouble, SAY_LOG_AHEAD, s->head.origin,
		    size, have, NULL);
	}
	return 0;
}

struct folder {
	struct check	*check;
	const char	*path;
};

static int
show(struct check *c, const char *folder)
{
	struct shown s = { .met = 0 }, *grown;
	int rc = check_files(folder, &s.head, &c->sum->tiles, c->trouble);

	if (rc != 1)
		return rc;
	if (origin_parse(&s.origin, s.head.origin,
	    strlen(s.head.origin)) == -1)
		return differs(c, &s);
	grown = reallocarray(c->shown, c->nshown + 1, sizeof(*grown));
	if (grown == NULL)
		return trouble_errno(c->trouble, SAY_LOG_READ, folder);
	c->shown = grown;
	c->shown[c->nshown++] = s;
	c->sum->published++;
	return 0;
}

static int
show_case(void *arg, const char *name)
{
	const struct folder *f = arg;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	return show(f->check, path);
}

static int
show_all(struct check *c, const char *dir)
{
	char path[PATH_MAX];
	struct folder f = { c, path };
	int rc;

	(void)snprintf(path, sizeof(path), "%s/log/journal", dir);
	if (show(c, path) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log/master", dir);
	if (show(c, path) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/log/case", dir);
	errno = 0;
	rc = sys_list(path, show_case, &f);
	if (rc == -1 && errno == ENOENT)
		return 0;
	return rc == 0 ? 0 : -1;
}

/* --- trees -------------------------------------------------------------- */

static int
no_memory(struct check *c)
{
	return trouble_set(c->trouble, SAY_STORE_MEMORY, NULL, NULL, NULL,
	    NULL);
}

/* The place of a key among the trees, and whether it is there. */
static size_t
place(const struct check *c, const uint8_t key[ID_KEY_LEN], int *there_r)
{
	size_t low = 0, high = c->ntree;

	*there_r = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int cmp = memcmp(c->tree[mid]->key, key, ID_KEY_LEN);

		if (cmp == 0) {
			*there_r = 1;
			return mid;
		}
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct grown *
tree_of(struct check *c, const struct id *id)
{
	uint8_t key[ID_KEY_LEN];
	struct grown *g, **room;
	size_t at;
	int there;

	id_key(id, key);
	at = place(c, key, &there);
	if (there)
		return c->tree[at];
	room = reallocarray(c->tree, c->ntree + 1, sizeof(struct grown *));
	if (room == NULL)
		return NULL;
	c->tree = room;
	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    log_tree_name(c->log, id, g->name) == -1) {
		free(g);
		return NULL;
	}
	g->id = *id;
	memcpy(g->key, key, sizeof(key));
	memmove(room + at + 1, room + at,
	    (c->ntree - at) * sizeof(struct grown *));
	room[at] = g;
	c->ntree++;
	return g;
}

/* The leaf that waited longest goes into its trees. */
static int
settle(struct check *c)
{
	const struct held *h = &c->queue[c->first];
	struct grown *g;

	c->first = (c->first + 1) % QUEUE;
	c->n--;
	if (merkle_append(&c->journal, h->journal, NULL, NULL) == -1 ||
	    meet(c, LEAF_JOURNAL, "", &c->journal) == -1)
		return -1;
	if (h->tree.kind == ID_NONE)
		return 0;
	if ((g = tree_of(c, &h->tree)) == NULL ||
	    merkle_append(&g->tail, h->kase, NULL, NULL) == -1)
		return no_memory(c);
	return meet(c, LEAF_CASE, g->name, &g->tail);
}

static int
hold(struct check *c, const struct log_item *item, struct buf *text)
{
	struct leaf l = { .seq = item->seq, .kind = KIND_COUNT,
	    .kind_name = item->kind_name,
	    .kind_len = strlen(item->kind_name), .at = item->at };
	struct held *h;
	struct grown *g;

	if (c->n == QUEUE && settle(c) == -1)
		return -1;
	h = &c->queue[(c->first + c->n++) % QUEUE];
	memcpy(l.commitment, item->commitment, sizeof(l.commitment));
	h->tree = item->tree;
	buf_clear(text);
	leaf_encode(text, LEAF_JOURNAL, &l);
	merkle_leaf(text->data, text->len, h->journal);
	if (item->tree.kind == ID_NONE)
		return 0;
	if ((g = tree_of(c, &item->tree)) == NULL)
		return no_memory(c);
	l.seq = ++g->size;
	buf_clear(text);
	leaf_encode(text, LEAF_CASE, &l);
	merkle_leaf(text->data, text->len, h->kase);
	return 0;
}

/* --- checkpoints -------------------------------------------------------- */

static int
add_head(struct check *c, enum leaf_tree what, const struct id *id,
    const struct merkle_tail *t)
{
	struct checkpoint head = { .size = t->size };
	uint8_t leaf[MERKLE_HASH];
	struct buf body = BUF_INIT;
	int rc;

	merkle_root(t, head.root);
	rc = log_origin(c->log, what, id, c->life, head.origin);
	checkpoint_body(&body, &head);
	merkle_leaf(body.data, body.len, leaf);
	if (rc == -1 || buf_failed(&body) ||
	    merkle_append(&c->master, leaf, NULL, NULL) == -1)
		rc = no_memory(c);
	buf_release(&body);
	return rc == -1 ? -1 : meet(c, LEAF_MASTER, "", &c->master);
}

static int
add_heads(struct check *c)
{
	static const struct id none = { .kind = ID_NONE };

	if (add_head(c, LEAF_JOURNAL, &none, &c->journal) == -1)
		return -1;
	for (size_t i = 0; i < c->ntree; i++) {
		struct grown *g = c->tree[i];

		if (g->tail.size == g->headed)
			continue;
		g->headed = g->tail.size;
		if (add_head(c, LEAF_CASE, &g->id, &g->tail) == -1)
			return -1;
	}
	return 0;
}

static int
is_hash(const struct entry *e, const char *field, const struct merkle_tail *t)
{
	char hex[2 * MERKLE_HASH + 1];
	uint8_t root[MERKLE_HASH];

	merkle_root(t, root);
	for (size_t i = 0; i < sizeof(root); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", root[i]);
	return json_is(&e->json, entry_get(e, field), hex);
}

static int
wrong(struct check *c, uint64_t seq)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)seq);
	return trouble_set(c->trouble, SAY_LOG_CHECKPOINT_WRONG, text, NULL,
	    NULL, NULL);
}

static int
on_checkpoint(struct check *c, const struct entry *e)
{
	uint64_t position = (uint64_t)json_int(&e->json,
	    entry_get(e, "position"), 0);

	if (position < c->journal.size || position >= e->seq)
		return wrong(c, e->seq);
	while (c->journal.size < position)
		if (settle(c) == -1)
			return -1;
	if (!is_hash(e, "journal", &c->journal) || add_heads(c) == -1)
		return wrong(c, e->seq);
	if (!is_hash(e, "master", &c->master) ||
	    json_int(&e->json, entry_get(e, "master_size"), -1) !=
	    (int64_t)c->master.size)
		return wrong(c, e->seq);
	c->sum->checkpoints++;
	return 0;
}

/* --- the journal -------------------------------------------------------- */

static int
on_entry(struct check *c, const struct log_item *item, struct buf *text)
{
	struct entry e;
	int rc = 0;

	if (item->kind == KIND_TREE_CHECKPOINT && item->text != NULL) {
		if (entry_decode(&e, item->text, item->len) == -1)
			return wrong(c, item->seq);
		rc = on_checkpoint(c, &e);
		entry_release(&e);
	}
	if (item->kind == KIND_STORE_RESTORED ||
	    item->kind == KIND_ROLLBACK_ACCEPTED)
		c->life = (uint32_t)(item->at / WHEN_SECOND);
	return rc == 0 ? hold(c, item, text) : -1;
}

static int
walk(struct check *c, log_progress_fn *progress, void *arg)
{
	struct log_cursor *cur = log_cursor_new(c->log, NULL, c->trouble);
	struct log_progress p = { "trees", 0, 0 };
	struct buf text = BUF_INIT;
	struct log_item item;
	struct log_head head;
	int rc = cur != NULL ? 0 : -1;

	log_head(c->log, &head);
	p.total = head.seq;
	while (rc == 0 && (rc = log_cursor_next(cur, &item, c->trouble)) ==
	    1) {
		rc = 0;
		if (item.what != LOG_ITEM_ENTRY)
			continue;
		rc = on_entry(c, &item, &text);
		p.done = item.seq;
		if (rc == 0 && progress != NULL && item.seq % 4096 == 0 &&
		    progress(arg, &p) != 0) {
			errno = EINTR;
			rc = trouble_errno(c->trouble, SAY_LOG_READ,
			    "journal");
		}
		if (rc == 0)
			continue;
		break;
	}
	while (rc == 0 && c->n > 0)
		rc = settle(c);
	log_cursor_free(cur);
	buf_release(&text);
	return rc;
}

int
check_trees(const struct log_options *opt, log_progress_fn *progress,
    void *arg, struct check_sum *sum_r, struct trouble *t)
{
	struct check c = { .life = 1, .sum = sum_r, .trouble = t };
	int rc = -1;

	memset(sum_r, 0, sizeof(*sum_r));
	c.queue = calloc(QUEUE, sizeof(*c.queue));
	if (c.queue == NULL)
		(void)no_memory(&c);
	else if ((c.log = log_open(opt, t)) != NULL &&
	    show_all(&c, opt->dir) == 0 && walk(&c, progress, arg) == 0)
		rc = all_met(&c);
	log_close(c.log);
	for (size_t i = 0; i < c.ntree; i++)
		free(c.tree[i]);
	free(c.tree);
	free(c.queue);
	free(c.shown);
	return rc;
}
