/* SPDX-License-Identifier: ISC */
/*
 * tree: the Merkle trees as rows: who is in which tree, nodes, heads.
 *
 * A node that is complete never changes, so nodes have no position: sizes
 * have.  Nodes below TREE_LOW are not kept but made again from the entries'
 * rows, since a node more for every entry would cost more than the few hashes
 * that a proof or a root needs of them.
 *
 * It must never look at what an entry says: leaves are made of lasting parts
 * alone, so that trees are the same when entries were erased.
 */
#ifndef DOSSIER_VIEWS_TREE_H
#define DOSSIER_VIEWS_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/out/leaf.h"
#include "proto/out/merkle.h"
#include "store/log.h"
#include "store/views/env.h"

#define TREE_LOW	4u	/* the lowest level of nodes that are kept */

/* Which tree.  id is of a case or client, ID_NONE of the other two. */
struct tree_id {
	enum leaf_tree	what;
	struct id	id;
};

#define TREE_JOURNAL ((struct tree_id){ LEAF_JOURNAL, { ID_NONE, 0, 0, 0 } })
#define TREE_MASTER ((struct tree_id){ LEAF_MASTER, { ID_NONE, 0, 0, 0 } })
#define TREE_CASE(i) ((struct tree_id){ LEAF_CASE, (i) })

/* What a tree.checkpoint entry has fixed. */
struct tree_checkpoint {
	uint64_t	seq;		/* the entry */
	int64_t		at;
	uint64_t	position;	/* P; the size of the journal's tree */
	uint64_t	life;		/* of its origins (struct origin) */
	uint64_t	master_size;
	uint64_t	heads;		/* leaves that it added to the master */
	uint8_t		journal[MERKLE_HASH];	/* roots */
	uint8_t		master[MERKLE_HASH];
};

/* A head as a leaf of the master tree. */
struct tree_head {
	struct tree_id	tree;
	uint64_t	seq;		/* of the tree.checkpoint */
	uint64_t	position;	/* that it fixed */
	uint64_t	life;		/* of the leaf's origin */
	uint64_t	size;
	uint8_t		root[MERKLE_HASH];
};

/* A case's or client's tree that grew between two positions. */
struct tree_grown {
	struct tree_id	tree;
	uint64_t	was, size;	/* leaves at the one and at the other */
};

void	vkey_tree(struct vkey *, const struct tree_id *);

/* All below: 1 found, 0 none where it says so; else 0; -1 with errno. */

/*
 * The nodes of a tree, and its leaves: borrows the snapshot.  tree_node is a
 * merkle_get with the struct as its argument.
 */
struct tree_rows {
	struct snap	*snap;
	struct log	*log;
	struct tree_id	 tree;
};
merkle_get tree_node;
/* ENOENT: there is no such leaf. */
int	tree_leaf(const struct tree_rows *, uint64_t index, struct buf *out);
int	tree_leaf_seq(struct snap *, const struct tree_id *, uint64_t index,
	    uint64_t *seq_r);
/* Leaves when entry `position` was the last. */
int	tree_size(struct snap *, const struct tree_id *, uint64_t position,
	    uint64_t *size_r);
/* The text of a leaf: of an entry; of the master tree. */
int	tree_entry_leaf(struct log *, enum leaf_tree, const struct ventry *,
	    struct buf *out);
int	tree_head_leaf(struct log *, const struct tree_head *,
	    struct buf *out);

/* Which life of the store this is, as origins say it (leaf.h). */
int	tree_life(struct snap *, uint64_t *life_r);

/* 1, 0, -1.  The last with seq <= at; the first with position >= this. */
int	tree_checkpoint_last(struct snap *, uint64_t at,
	    struct tree_checkpoint *);
int	tree_checkpoint_from(struct snap *, uint64_t position,
	    struct tree_checkpoint *);
int	tree_head_get(struct snap *, uint64_t index, struct tree_head *);
/* The last head of a tree below a size of the master: 1, 0, -1. */
int	tree_head_below(struct snap *, const struct tree_id *, uint64_t size,
	    uint64_t *index_r);

/* Those that grew in (after, until], by id_key(); the caller's to free(). */
int	tree_grown(struct snap *, uint64_t after, uint64_t until,
	    struct tree_grown **grown_r, size_t *n_r);

/* The right edge of a tree as it is now; an empty one if there is no row. */
int	tree_tail_get(struct snap *, const struct tree_id *,
	    struct merkle_tail *tail_r);

/*
 * What the checkpoint at a position makes of the trees: given position and
 * life of *c, fills in all but seq and at.  `last` is the checkpoint before
 * it, or NULL; the master's tail grows.  The sink (NULL: none) is given every
 * head that is added, first the journal's, before its leaf, then the nodes of
 * the master tree that become complete by it.
 */
struct tree_sink {
	int		(*head)(void *arg, const struct tree_head *,
			    uint64_t index);
	merkle_put	*node;
	void		*arg;
};
int	tree_checkpoint_make(struct snap *, struct log *,
	    const struct tree_checkpoint *last, struct merkle_tail *master,
	    struct tree_checkpoint *c, const struct tree_sink *);

/* Rows as bytes. */
#define VCHECKPOINT_LEN (8 + 8 + 8 + 8 + 8 + 2 * MERKLE_HASH)
#define VHEAD_LEN (ID_KEY_LEN + 8 + 8 + 8 + 8 + MERKLE_HASH)
void	tree_checkpoint_encode(const struct tree_checkpoint *,
	    uint8_t out[VCHECKPOINT_LEN]);
void	tree_head_encode(const struct tree_head *, uint8_t out[VHEAD_LEN]);

#endif
