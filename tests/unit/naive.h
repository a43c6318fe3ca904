/* SPDX-License-Identifier: ISC */
/*
 * naive: the trees of a store made a second time, as RFC 6962 section 2.1
 * puts it, out of what a cursor gives: leaves printed here, hashed here,
 * split at the largest power of two.
 */
#ifndef DOSSIER_TESTS_NAIVE_H
#define DOSSIER_TESTS_NAIVE_H

#include "store/ask/trees.h"
#include "tests/unit/fill.h"

#define NAIVE_TREES	48
#define NAIVE_LEAVES	2000

struct naive {
	struct tree_id	tree;
	unsigned	n;
	char		*leaf[NAIVE_LEAVES];
	uint64_t	 seq[NAIVE_LEAVES];
};

extern struct naive naive_journal, naive_master;
extern struct naive naive_case[NAIVE_TREES];	/* by id_key() */
extern unsigned naive_cases;

void	naive_begin(const struct fill *);	/* borrows */
void	naive_end(void);
/* All but the master tree, from the log. */
void	naive_read(void);
/* The head of a tree at a position, as the master's next leaf. */
void	naive_head(const struct naive *, uint64_t position, uint64_t life,
	    uint64_t seq);
void	naive_free(struct naive *);
/* Leaves with a seq up to the position. */
unsigned naive_size(const struct naive *, uint64_t position);
void	naive_root(const struct naive *, unsigned from, unsigned n,
	    uint8_t out[32]);
void	naive_origin(const struct tree_id *, uint64_t life, char *out,
	    size_t);
/* Fails the test unless the store's trees are these, at every position. */
void	naive_same(void);

#endif
