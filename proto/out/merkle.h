/* SPDX-License-Identifier: ISC */
/*
 * merkle: the hash tree of RFC 6962, section 2.1 (RFC 9162 hashes alike).
 *
 *  leaf   SHA-256(00 || entry)       node   SHA-256(01 || left || right)
 *  empty  SHA-256("")
 *
 * A *complete* node (level, index) covers the 2^level leaves from
 * index * 2^level on; it never changes once its last leaf is there.  A store
 * keeps complete nodes as merkle_append() hands them out, and every root and
 * proof of every earlier size is made of them again.
 *
 * It must never trust a number out of a proof: sizes and the counts of hashes
 * are held against each other before anything is hashed.
 */
#ifndef DOSSIER_MERKLE_H
#define DOSSIER_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define MERKLE_HASH		32
#define MERKLE_LEVELS		63	/* a size stays below 2^63 */
#define MERKLE_PROOF_MAX	63	/* of a proof (C2SP tlog-witness) */
#define MERKLE_SIZE_MAX		(UINT64_C(1) << 62)	/* so 63 are enough */

void	merkle_empty(uint8_t hash_r[MERKLE_HASH]);
void	merkle_leaf(const void *, size_t, uint8_t hash_r[MERKLE_HASH]);
void	merkle_node(const uint8_t left[MERKLE_HASH],
	    const uint8_t right[MERKLE_HASH], uint8_t hash_r[MERKLE_HASH]);

/*
 * The right edge: all that is needed to go on appending.  hash[l] is the
 * complete node of level l that no complete node above covers; it means
 * something only where bit l of the size is set.  All zero is an empty tree.
 */
struct merkle_tail {
	uint64_t size;
	uint8_t	 hash[MERKLE_LEVELS][MERKLE_HASH];
};

/*
 * Called with each node as it becomes complete, the leaf itself (level 0)
 * first, then upwards.  0, or -1 to stop.
 */
typedef int merkle_put(void *arg, unsigned level, uint64_t index,
	    const uint8_t hash[MERKLE_HASH]);

/*
 * Appends the leaf's hash.  put may be NULL.  0, or -1: put said so (the tail
 * is as before), or errno EFBIG at MERKLE_SIZE_MAX.
 */
int	merkle_append(struct merkle_tail *, const uint8_t leaf[MERKLE_HASH],
	    merkle_put *put, void *arg);
void	merkle_root(const struct merkle_tail *, uint8_t hash_r[MERKLE_HASH]);

/*
 * The tail as bytes: size (64 bit), then the hashes that mean something from
 * the lowest level up.  Decoding takes exactly that; 0, or -1 with EINVAL.
 */
#define MERKLE_TAIL_MAX	(8 + MERKLE_LEVELS * MERKLE_HASH)
void	merkle_tail_encode(struct buf *, const struct merkle_tail *);
int	merkle_tail_decode(struct merkle_tail *tail_r, const uint8_t *, size_t);

/* Gives a complete node; 0, or -1 with errno (ENOENT: not there). */
typedef int merkle_get(void *arg, unsigned level, uint64_t index,
	    uint8_t hash_r[MERKLE_HASH]);

struct merkle_nodes {
	merkle_get	*get;
	void		*arg;
};

struct merkle_proof {
	unsigned n;
	uint8_t	 hash[MERKLE_PROOF_MAX][MERKLE_HASH];
};

/*
 * Made of complete nodes below `size`.  0, or -1: errno of the getter, or
 * EINVAL (index >= size, old > size, size > MERKLE_SIZE_MAX).
 */
int	merkle_root_at(const struct merkle_nodes *, uint64_t size,
	    uint8_t hash_r[MERKLE_HASH]);
int	merkle_inclusion(const struct merkle_nodes *, uint64_t size,
	    uint64_t index, struct merkle_proof *proof_r);
int	merkle_consistency(const struct merkle_nodes *, uint64_t old,
	    uint64_t size, struct merkle_proof *proof_r);

/* 1: the proof holds, 0: it does not.  Every input may be hostile. */
int	merkle_included(uint64_t size, uint64_t index,
	    const uint8_t leaf[MERKLE_HASH], const struct merkle_proof *,
	    const uint8_t root[MERKLE_HASH]);
/* old = 0 takes only an empty proof and the root of the empty tree. */
int	merkle_consistent(uint64_t old, const uint8_t old_root[MERKLE_HASH],
	    uint64_t size, const uint8_t root[MERKLE_HASH],
	    const struct merkle_proof *);

/* Lines of base64, one a hash, as C2SP writes proofs; and back, strictly. */
void	merkle_proof_lines(struct buf *, const struct merkle_proof *);
/* Text of whole lines, each ended by LF.  0, or -1 with EINVAL. */
int	merkle_proof_parse(struct merkle_proof *proof_r, const char *, size_t);

#endif
