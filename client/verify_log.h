/* SPDX-License-Identifier: ISC */
/*
 * verify_log: the parts of the log's checks: the tree read from its tiles,
 * and the entries that a bundle gives away.
 */
#ifndef DOSSIER_VERIFY_LOG_H
#define DOSSIER_VERIFY_LOG_H

#include "client/verify_own.h"
#include "client/verify_table.h"
#include "proto/out/checkpoint.h"
#include "proto/out/leaf.h"
#include "proto/out/merkle.h"

/* ---- verify_tree.c ------------------------------------------------------ */

#define TREE_WHERE 128

enum tree_fault {
	TREE_FINE, TREE_NO_MEMORY,
	TREE_MISSING,		/* a tile is not there */
	TREE_LEAF,		/* a tile of entries, or an entry, is bad */
	TREE_NODES		/* a tile of hashes is not what entries give */
};

/* A tree whose entries were all read. */
struct case_tree {
	uint64_t	size;
	struct buf	nodes[8];	/* of levels 0, 8, 16 ... */
	struct buf	commitments;	/* MERKLE_HASH a leaf */
	struct buf	about;		/* ROWSUM a leaf: of kind and time */
};

/* The bytes of a file of the bundle, NULL if it is not there. */
typedef const struct buf *tree_file(const void *arg, const char *path);

/* Into one that is all zero; where_r: the file that is wrong. */
enum tree_fault tree_read(struct case_tree *, tree_file *, const void *arg,
	    uint64_t size, char where_r[TREE_WHERE]);
void	tree_release(struct case_tree *);
/* The root that the tree had at a size up to its own; 0, or -1. */
int	tree_root(const struct case_tree *, uint64_t size,
	    uint8_t root_r[MERKLE_HASH]);
/* What of an entry stands in its leaf beside the commitment. */
int	tree_about(const char *kind, size_t len, const char *at,
	    uint8_t sum_r[ROWSUM]);

/* ---- verify_given.c: proof/case/disclosed.jsonl ------------------------- */

struct given {
	struct buf	line, entry;
	struct buf	given;		/* struct given_line */
	struct buf	filed;		/* struct given_bind, by leaf */
	struct buf	arrived;	/* struct given_arrival, by SHA-256 */
	uint64_t	alone;		/* a filing without its arrival; 0 */
	uint64_t	lines, bound;
	uint64_t	bound_by;	/* of the last bound one */
	int		there;
	struct table_fault fault;
	enum verify_check faulty;	/* which check the fault is of */
};

void	given_init(struct given *);
void	given_release(struct given *);
/* 0, or -1: no memory. */
int	given_bytes(struct given *, const uint8_t *, size_t);
void	given_check(struct verify *, struct given *,
	    const struct case_tree *);
/* verify_log_arrived(), verify_log_other(). */
enum arrival given_arrived(struct given *, const uint8_t sha256[32],
	    const char *at);
uint64_t given_other(const struct given *);

/* ---- verify_log.c ------------------------------------------------------- */

#define KEYS_MAX 16

struct keys {
	struct note_vkey key[KEYS_MAX];
	unsigned	 n;
};

/* A signed head, by whose key; 0, or -1 and the check is broken. */
int	log_head_open(struct verify *, enum verify_check, const struct keys *,
	    const char *text, size_t len, struct checkpoint *head_r);
/*
 * The key for an origin: the one of that name, or, since a store signs all
 * its trees with one key, that of another tree of the same store.  0, -1.
 */
int	log_key_for(const struct keys *, const char *origin,
	    struct note_vkey *key_r);
/* 1 if both origins are of one tree, in whichever of the store's lives. */
int	log_same_tree(const char *, const char *);

/* ---- verify_export.c ---------------------------------------------------- */

void	log_export(struct verify *, const struct keys *);

/* ---- verify_earlier.c --------------------------------------------------- */

void	log_earlier(struct verify *, const struct keys *);

struct verify_log {
	struct given	  given;
	struct case_tree  tree;
	struct checkpoint head;
	struct buf	  master_body;	/* once it is sure */
};

#endif
