/* SPDX-License-Identifier: ISC */
/*
 * leaf: what stands in the trees, and what the trees are called.
 *
 * The leaf of an entry in the tree of its case or client, canonical JSON made
 * from the entry's lasting part alone, so that it says nothing of the content
 * and stays when the content is erased:
 *
 *  {"case_seq":1,"commitment":"HEX","kind":"document.filed",
 *   "recorded_at":"2026-03-02T10:15:00.000000Z","v":1}	(one line)
 *
 * case_seq is the leaf's index + 1.  In the journal tree it is "seq", the
 * entry's own number, which stands behind recorded_at.  A leaf of the master
 * tree is the body of a checkpoint (note.h) of another tree.
 *
 * Origins, after the store's id (32 hex digits):
 *
 *  dossier/<sid>/journal  dossier/<sid>/master  dossier/<sid>/case/<t>
 *
 * where <t> is 16 hex digits that tell nobody which case or client it is.  A
 * store that was restored or rolled back signs as <sid>.<n>-<x> from then on:
 * n is when it said so (seconds since 1970), x the first 8 hex digits of that
 * entry's commitment, which is salted.  So two restores of one backup are two
 * logs, also within one second or under a clock that was set back.
 */
#ifndef DOSSIER_LEAF_H
#define DOSSIER_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/kinds.h"
#include "proto/out/merkle.h"
#include "proto/out/note.h"

enum leaf_tree { LEAF_JOURNAL, LEAF_CASE, LEAF_MASTER };

#define LEAF_TREE_ID	16	/* hex digits of <t> */
#define LEAF_SID	32	/* hex digits of the store's id */

struct leaf {
	uint64_t	 seq;		/* of the entry, or in its case */
	enum kind	 kind;		/* KIND_COUNT: kind_name alone */
	const char	*kind_name;	/* borrowed; NULL: that of the kind */
	size_t		 kind_len;
	int64_t		 at;
	uint8_t		 commitment[MERKLE_HASH];
};

/* LEAF_JOURNAL or LEAF_CASE. */
void	leaf_encode(struct buf *, enum leaf_tree, const struct leaf *);
/*
 * Exactly what leaf_encode() writes, of either tree; a kind that is unknown
 * here is KIND_COUNT, and its name is a view.  0, or -1 with EINVAL or
 * ENOMEM.
 */
int	leaf_parse(struct leaf *leaf_r, enum leaf_tree *tree_r, const char *,
	    size_t);

/*
 * A life of a store, from one restore or accepted rollback to the next: the
 * seconds in the upper half, so that a later one is greater, x in the lower.
 */
#define LIFE_FIRST	1u
/* That begins with an entry, of its `at` and commitment. */
uint64_t leaf_life(int64_t at, const uint8_t commitment[MERKLE_HASH]);
#define LIFE_TEXT	24
/* As origins and folders name it: "<n>-<x>", "1" for the first. */
void	leaf_life_text(uint64_t life, char text_r[LIFE_TEXT]);

struct origin {
	enum leaf_tree	 tree;
	char		 sid[LEAF_SID + 1];
	uint64_t	 life;		/* LIFE_FIRST, or of leaf_life() */
	char		 id[LEAF_TREE_ID + 1];	/* of a case or client; "" */
};

/* The text; name_r has room for NOTE_NAME_MAX + 1. */
void	origin_text(const struct origin *, char name_r[NOTE_NAME_MAX + 1]);
/* The one spelling only.  0, or -1 with EINVAL. */
int	origin_parse(struct origin *origin_r, const char *, size_t);

#endif
