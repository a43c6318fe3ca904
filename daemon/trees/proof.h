/* SPDX-License-Identifier: ISC */
/*
 * proof: that an entry is in the log, as texts that are checked offline
 * (proto/out/tlogproof.h).
 *
 *  journal	its leaf in the journal's tree
 *  case	its leaf in the tree of the one case or client that it names
 *  master	that tree's head (without one, the journal's) in the master
 *
 * The master's checkpoint has the lines of the witnesses that are there.
 */
#ifndef DOSSIER_PROOF_H
#define DOSSIER_PROOF_H

#include "proto/base/buf.h"
#include "proto/out/ed25519.h"
#include "store/ask/trees.h"

struct proof {
	uint64_t	 seq;
	struct tree_checkpoint checkpoint;
	struct buf	 entry;		/* as it was stated; empty: erased */
	uint8_t		 salt[LOG_HASH_LEN];
	uint8_t		 commitment[LOG_HASH_LEN];
	struct buf	 journal_leaf, journal;
	struct id	 tree;		/* ID_NONE: in no case's tree */
	struct buf	 case_leaf, case_;
	struct buf	 master_leaf, master;
	struct buf	 keys;		/* of the three, a line each */
};

void	proof_init(struct proof *);
void	proof_release(struct proof *);
/*
 * Fills an initialised one, by a published checkpoint that covers the entry.
 * 1; 0: there is no such entry; -1 with errno.
 */
int	proof_of(struct trees *, const uint8_t seed[ED25519_KEY],
	    uint64_t seq, const struct tree_checkpoint *, struct proof *);
/* The signed master checkpoint, with what witnesses said of it; 0, -1. */
int	proof_master_note(struct trees *, const uint8_t seed[ED25519_KEY],
	    const struct tree_checkpoint *, struct buf *out);
/* The signed head of a tree as the checkpoint has it; 1, 0 none, -1. */
int	proof_head_note(struct trees *, const uint8_t seed[ED25519_KEY],
	    const struct tree_id *, const struct tree_checkpoint *,
	    struct tree_head *head_r, struct buf *out);

#endif
