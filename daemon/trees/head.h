/* SPDX-License-Identifier: ISC */
/*
 * head: a tree's head as a signed checkpoint.
 *
 * Only heads that a tree.checkpoint entry has fixed may be signed: those of
 * the master tree as that entry says, and those of other trees as they stand
 * in the master.  Ed25519 is deterministic and nothing here has a clock, so
 * the same head gives the same bytes wherever and whenever it is signed.
 */
#ifndef DOSSIER_HEAD_H
#define DOSSIER_HEAD_H

#include "proto/out/checkpoint.h"
#include "store/ask/trees.h"

/* The head of a journal's, case's or client's tree, or of the master. */
int	head_of(struct trees *, const struct tree_head *,
	    struct checkpoint *head_r);
int	head_of_master(struct trees *, const struct tree_checkpoint *,
	    struct checkpoint *head_r);
/* The key of who signs that head.  0, or -1 with errno. */
int	head_vkey(const struct checkpoint *, const uint8_t seed[ED25519_KEY],
	    struct note_vkey *key_r);
/* "journal", "master", "case/0123456789abcdef": its folder under log/. */
const char *head_folder(const struct checkpoint *);

#endif
