/* SPDX-License-Identifier: ISC */
/*
 * peek: rows of the views as tests want them.
 */
#ifndef DOSSIER_TESTS_PEEK_H
#define DOSSIER_TESTS_PEEK_H

#include "store/store.h"
#include "store/views/env.h"
#include "store/views/row.h"

/* All versioned rows that a position sees. */
void	peek_dump(struct store *, uint64_t position, struct buf *out);
/* The row in force; its texts live until the next call. */
const struct vdoc *peek_doc(struct store *, struct id);
int	peek_says(struct vstr, const char *);
/* How many rows in force stand under an id; how many a look-up finds. */
unsigned peek_under(struct store *, enum view_table, struct id);
unsigned peek_looked(struct store *, enum view_look, const char *);
uint64_t peek_count(struct store *, enum view_count);
/* The n-th line of a scope, from 0; its texts live until the next call. */
const struct vline *peek_line(struct store *, struct id scope, unsigned n);

#endif
