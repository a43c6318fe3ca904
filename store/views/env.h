/* SPDX-License-Identifier: ISC */
/*
 * env: the LMDB environment of the views: snapshots, rows, cursors.
 *
 * A snap is a read transaction and a position P.  It is begun and ended
 * within one function, never kept over a return to the loop: LMDB keeps every
 * page freed since the oldest reader.  Whoever answers in slices keeps P and
 * the last key, and begins another snap.  At most one snap a thread should be
 * open; any thread may read.
 *
 * Writing (vtxn) is for the applier alone.  lmdb.h is included by env.c and
 * vclaims.c (venv.h) and nowhere else.
 */
#ifndef DOSSIER_VIEWS_ENV_H
#define DOSSIER_VIEWS_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "store/log.h"
#include "store/store.h"
#include "store/trouble.h"
#include "store/views/keys.h"

struct MDB_txn;
struct MDB_cursor;
struct venv;
struct vcipher;

/* ---- reading -------------------------------------------------------- */

struct snap {
	struct venv	*env;
	struct MDB_txn	*txn;
	struct MDB_cursor *cursor[VIEW_TABLES_N];	/* of vrow_get() */
	struct vcipher	*cipher;
	uint64_t	 position;	/* P: entries past it are not seen */
	uint64_t	 applied;	/* the last entry of this state */
};

/*
 * Position 0 or past what is applied: what is applied.  0, or -1 with
 * trouble.  snap_end() is fine on a snap that failed or was ended.
 */
int	snap_begin(struct views *, uint64_t position, struct snap *snap_r,
	    struct trouble *) __attribute__((warn_unused_result));
void	snap_end(struct snap *);

/* A row as it was found; plain texts and all, valid as each call says. */
struct vrow {
	uint8_t		key[VKEY_MAX];	/* whole key, with made if versioned */
	size_t		keylen;
	uint64_t	made, ended;	/* ended past P is given as 0 */
	struct buf	data;		/* the value, opened */
};

#define VROW_INIT { { 0 }, 0, 0, 0, BUF_INIT }
void	vrow_release(struct vrow *);

/*
 * The version in force at P of a row by its key without made (CLEAR and
 * SEALED tables), or the value of a key (PLAIN).  1 found, 0 none, -1 with
 * errno (EIO: does not open, or LMDB failed).
 */
int	vrow_get(struct snap *, enum view_table, const struct vkey *,
	    struct vrow *row_r) __attribute__((warn_unused_result));

#define VCUR_ALL	1u	/* also rows that ended at or before P */
#define VCUR_BACK	2u	/* from the last key to the first */
#define VCUR_KEYS	4u	/* keys, made, ended only: data stays empty */

struct vcur {
	struct snap		*snap;
	struct MDB_cursor	*mc;
	enum view_table		 table;
	unsigned		 flags;
	int			 at;		/* enum in env.c */
	struct vkey		 prefix, from;
	struct vrow		 row;		/* valid until the next call */
};

/*
 * Walks the rows whose keys begin with the prefix (empty: all), in key order,
 * those that P sees.  0 or -1 with errno.  vcur_close() is always due, before
 * snap_end().
 */
int	vcur_open(struct vcur *, struct snap *, enum view_table,
	    const struct vkey *prefix, unsigned flags)
	    __attribute__((warn_unused_result));
/*
 * Go on at the first key >= this one (<= with VCUR_BACK); before the first
 * vcur_next().  To resume behind a row, give its whole key and use
 * vcur_after().
 */
void	vcur_seek(struct vcur *, const void *key, size_t len);
void	vcur_after(struct vcur *, const void *key, size_t len);
/* 1 and row; 0 at the end; -1 with errno. */
int	vcur_next(struct vcur *) __attribute__((warn_unused_result));
void	vcur_close(struct vcur *);

/*
 * The keyed hash under which a text is looked up.  `what` is an enum
 * view_look (or 'b' for BLOB).  The text is taken as it is: fold it before
 * with view_fold_*() of row.h.
 */
void	views_hash(struct views *, int what, const void *, size_t,
	    uint8_t hash_r[VIEWS_HASH_LEN]);
/* what, hash: the front of a LOOK key. */
void	vkey_look(struct vkey *, struct views *, enum view_look, const void *,
	    size_t);

/* An entry's row. */
struct ventry {
	uint64_t	seq;
	struct loc	loc;
	enum kind	kind;
	int64_t		at;
	uint8_t		commitment[LOG_HASH_LEN];
	uint8_t		chain[LOG_HASH_LEN];
	struct id	tree;		/* case or client whose tree it is in */
	uint64_t	index;		/* of its leaf there */
};

/* 1, 0 none, -1. */
int	ventry_get(struct snap *, uint64_t seq, struct ventry *entry_r);
/* The last entry with at <= the given time, 0 if none; -1 failed. */
int	ventry_at(struct snap *, int64_t at, uint64_t *seq_r);
/* Where the bytes of a hash lie: 1, 0, -1. */
int	vblob_get(struct views *, struct snap *,
	    const uint8_t sha256[LOG_HASH_LEN],
	    struct loc *loc_r, uint64_t *size_r);

/* One arrival, as the row of its source says. */
struct varrived {
	uint64_t	seq;
	int64_t		at;
	struct id	document;
	int		new;		/* it made its document */
};

/* The next source behind `first` (0: the first one): 1, 0 no more, -1. */
int	vsource_next(struct snap *, uint64_t *first_r);
/*
 * Fills arrival_r from a row of ARRIVAL; 1, 0: past the position, -1.  The
 * key begins with vkey_u64(first); behind that comes the entry.
 */
int	varrived_of(const struct vcur *, struct varrived *arrival_r);

/* Counted as of snap.applied, whatever the position. */
enum view_count {
	COUNT_ENTRIES, COUNT_DOCUMENTS, COUNT_ARRIVALS, COUNT_DUPLICATES,
	COUNT_REFUSED, COUNT_CLIENTS, COUNT_CASES, COUNT_OPEN_CASES,
	COUNT_CONTACTS, COUNT_STAFF,
	/* documents by state */
	COUNT_NEW, COUNT_TRIAGE, COUNT_FILED, COUNT_ASIDE,
	COUNT_READ, COUNT_UNREAD,	/* by status; else it waits */
	COUNT_COPIES,			/* of another document */
	COUNT_UNDELIVERED,		/* messages that are due; VIEW_DUE */
	COUNT_N
};

int	vcounts_get(struct snap *, uint64_t counts_r[COUNT_N]);
/* Rows of a PLAIN table, without walking it; 0, or -1 with errno. */
int	vrows_count(struct snap *, enum view_table, uint64_t *n_r);
/* Hash of the rules in force: 1, 0, -1. */
int	vrules_get(struct snap *, char hash_r[65], uint64_t *seq_r);

#endif
