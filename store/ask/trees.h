/* SPDX-License-Identifier: ISC */
/*
 * trees: read-only answers about the Merkle trees, for whoever publishes
 * checkpoints, makes proofs and builds bundles.
 *
 *  journal  one leaf an entry: index = seq - 1
 *  case     one leaf an entry that names the case, or the client without a
 *           case; the index is counted from 0 in the order of the journal
 *  master   one leaf a head: at each tree.checkpoint the journal's, then each
 *           case's and client's that grew since the checkpoint before, in the
 *           order of id_key()
 *
 * Trees, heads and checkpoints are the structs of store/views/tree.h.  Leaf
 * texts and origins are those of proto/out/leaf.h.  A tree never
 * shrinks and its nodes never change, so sizes stand for positions: take the
 * size at a position once (trees_size()), and everything of that size stays.
 * The master's size at position P is that of the last tree.checkpoint entry
 * with seq <= P.
 *
 * struct trees is a snapshot (a read transaction): open it, ask, close it
 * within one function; never keep it over a return to the loop.  One a thread
 * and never two at once.  It sees what is applied when it is opened.
 */
#ifndef DOSSIER_ASK_TREES_H
#define DOSSIER_ASK_TREES_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/out/leaf.h"
#include "proto/out/merkle.h"
#include "proto/out/note.h"
#include "store/store.h"
#include "store/views/tree.h"

struct trees;

/* NULL with trouble. */
struct trees *trees_open(struct store *, struct trouble *);
void	trees_close(struct trees *);		/* NULL is fine */
/* The last entry that it sees. */
uint64_t trees_position(const struct trees *);

/*
 * All below: 1 found or 0 none where it says so, else 0; -1 with errno (EIO:
 * damage; ENOENT: no such leaf or node; ENOMEM).
 */

/* Leaves of a tree when entry `position` was the last. */
int	trees_size(struct trees *, const struct tree_id *, uint64_t position,
	    uint64_t *size_r);
int	trees_root(struct trees *, const struct tree_id *, uint64_t size,
	    uint8_t root_r[MERKLE_HASH]);
/*
 * Complete nodes of a tree, for merkle_inclusion(), tile_hashes() ...:
 * borrows both until the snapshot is closed.
 */
struct tree_nodes {
	struct trees	*trees;
	struct tree_id	 tree;
};
merkle_get tree_nodes_get;		/* arg: a struct tree_nodes */

/* Appends the text of a leaf, which is what the tree hashes. */
int	trees_leaf(struct trees *, const struct tree_id *, uint64_t index,
	    struct buf *out);
/* The entry of a leaf; of the master, the tree.checkpoint that added it. */
int	trees_leaf_seq(struct trees *, const struct tree_id *, uint64_t index,
	    uint64_t *seq_r);
/* The case's or client's tree that an entry is in: 1, 0 in none, -1. */
int	trees_index(struct trees *, uint64_t seq, struct tree_id *tree_r,
	    uint64_t *index_r);

/* Checkpoints (struct tree_checkpoint): 1, 0 none, -1. */
/* The last one with seq <= position. */
int	trees_checkpoint_last(struct trees *, uint64_t position,
	    struct tree_checkpoint *checkpoint_r);
/* The first one with position >= this: a proof of entry N takes the first
 * that covers it. */
int	trees_checkpoint_from(struct trees *, uint64_t position,
	    struct tree_checkpoint *checkpoint_r);

/* What a leaf of the master says: 1, 0, -1. */
int	trees_head(struct trees *, uint64_t index, struct tree_head *head_r);
/*
 * Where the master tree of a checkpoint says the head of a tree, as it was at
 * the checkpoint's position: the last leaf of that tree below its
 * master_size.  1, 0 (it had no entry yet), -1.
 */
int	trees_head_index(struct trees *, const struct tree_id *,
	    const struct tree_checkpoint *, uint64_t *index_r,
	    struct tree_head *head_r);

/*
 * The entries tree.stamped and tree.cosigned about a master size, in their
 * order; fn gives other than 0 to stop, which comes back.  Read the entry
 * itself with trees_entry().
 */
typedef int trees_seal_fn(void *arg, enum kind, uint64_t seq);
int	trees_seals(struct trees *, uint64_t master_size, trees_seal_fn *,
	    void *arg);

/*
 * An entry as it was stated.  text_r and salt_r (32 bytes) may be NULL.  1; 0:
 * there is none, or it was erased; -1 with errno.
 */
int	trees_entry(struct trees *, uint64_t seq, struct buf *text_r,
	    uint8_t salt_r[LOG_HASH_LEN]);

/* Which life of the store this is (tree_life()). */
uint64_t trees_life(const struct trees *);
/* The text of an origin, NUL at the end. */
int	trees_origin(struct trees *, const struct tree_id *, uint64_t life,
	    char name_r[NOTE_NAME_MAX + 1]);

/*
 * The body of the tree.checkpoint that fixes `position` (0: what is applied):
 * position, journal, master_size, master, heads, as canonical JSON, computed
 * without writing.  It holds as long as no other tree.checkpoint is appended:
 * expect the claim "tree/checkpoint" to be *last_r (0: absent) and set it to
 * CLAIM_SEQ.  1 and body; 0: nothing to fix: the views have not applied yet
 * what the journal held when it was opened, or the last checkpoint has this
 * position or a later one; -1 with trouble.
 */
#define TREES_CLAIM "tree/checkpoint"
int	trees_next(struct store *, uint64_t position, struct buf *body,
	    uint64_t *last_r, struct trouble *);

/*
 * What was stated of a document up to `position` (0: all): its entries of
 * these kinds (KIND_BIT), in their order, each with its place in the tree of
 * `tree`, index + 1 (0: not in that).  fn is called within a snapshot
 * and may open another; it gives a number above 0 to stop, which comes back.
 * Else 0, or -1 with trouble.
 */
typedef int trees_told_fn(void *arg, const struct entry *, uint64_t case_seq);
int	trees_told(struct store *, const struct id *document,
	    uint64_t position, uint64_t kinds, const struct tree_id *tree,
	    trees_told_fn *, void *arg, struct trouble *);

/*
 * The entries that a case's tree binds through its filings: of a document,
 * the seqs of its arrivals (document.received) and readings (document.read)
 * up to `position` (0: all), in their order.  An array of *n_r, the caller's
 * to free().  The commitments stand in document.filed; trees_commitment()
 * gives each.
 */
int	trees_bound(struct store *, const struct id *document,
	    uint64_t position, uint64_t **seq_r, size_t *n_r,
	    struct trouble *);
int	trees_commitment(struct trees *, uint64_t seq,
	    uint8_t commitment_r[LOG_HASH_LEN]);

#endif
