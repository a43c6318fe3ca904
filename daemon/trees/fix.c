/* SPDX-License-Identifier: ISC */
/* fix: see fix.h. */
#include "daemon/trees/fix.h"

#include "proto/out/leaf.h"
#include "store/ask/trees.h"

#define OWN_MAX 256	/* entries looked at for being all our own */

static int
is_ours(enum kind kind)
{
	return kind == KIND_TREE_CHECKPOINT || kind == KIND_TREE_STAMPED ||
	    kind == KIND_TREE_COSIGNED;
}

/* Leaves from `first' on, up to the first that is not ours. */
static int
all_ours(struct trees *t, uint64_t first)
{
	struct buf text = BUF_INIT;
	enum leaf_tree tree;
	struct leaf l;
	int ours = trees_position(t) - first <= OWN_MAX;

	for (uint64_t i = first; i < trees_position(t) && ours; i++) {
		buf_clear(&text);
		ours = trees_leaf(t, &TREE_JOURNAL, i, &text) == 0 &&
		    leaf_parse(&l, &tree, buf_str(&text), text.len) == 0 &&
		    is_ours(l.kind);
	}
	buf_release(&text);
	return ours;
}

static int
has_grown(struct store *store)
{
	struct trees *t = trees_open(store, NULL);
	struct tree_checkpoint c;
	int grown;

	if (t == NULL)
		return 1;
	grown = trees_checkpoint_last(t, trees_position(t), &c) != 1 ||
	    !all_ours(t, c.position);
	trees_close(t);
	return grown;
}

void
fix_work(struct fix *f)
{
	buf_clear(&f->body);
	if (f->position == 0 && !has_grown(f->store))
		f->rc = 0;
	else
		f->rc = trees_next(f->store, 0, &f->body, &f->last,
		    &f->trouble);
}
