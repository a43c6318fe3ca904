/* SPDX-License-Identifier: ISC */
/*
 * log: the seam between those who state things and the journal that keeps
 * them.  One writer thread behind it; a driver for another engine would
 * stand behind this same header.
 *
 * A handler builds a batch of drafts (and blobs), appends it, and hears on
 * its own thread (log_collect) what became of it.  LOG_DONE means: the bytes
 * and the entries are on stable storage.  Nothing may be acknowledged before.
 *
 * Threads: blobs, batches and log_append belong to the thread that calls
 * log_collect (the loop thread); the reading half may be used by any thread.
 */
#ifndef DOSSIER_LOG_H
#define DOSSIER_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/kinds.h"
#include "proto/out/leaf.h"
#include "store/trouble.h"

struct log;
struct blobw;
struct batch;

#define LOG_HASH_LEN	32
#define LOG_CLAIM_LEN	16
/*
 * Claims of idempotency keys carry this mark: whoever keeps claims may forget
 * them once their entry's `at` is LOG_CLAIM_DAYS older than the newest one.
 */
#define LOG_CLAIM_EXPIRES(key) (((key)[LOG_CLAIM_LEN - 1] & 1) != 0)
#define LOG_CLAIM_DAYS	30

/* ---- writing -------------------------------------------------------- */

/*
 * A blob that is being written.  Bytes are hashed as they come; up to
 * LIMIT_PIECE they stay in memory and go into the journal group of the batch;
 * beyond, pieces go to the blob series while they come.  `derived` blobs go
 * to the derived series instead and are not part of what must survive.
 */
struct blobw *blobw_new(struct log *, int derived);	/* NULL: ENOMEM */
/*
 * 0; -1 with errno ENOSPC (no room: answer 4xx), EIO (the log is dead).
 * Bytes are copied.  While log_busy(), callers stop reading their source:
 * that is all the back-pressure there is.
 */
int	blobw_add(struct blobw *, const void *, size_t)
	    __attribute__((warn_unused_result));
uint64_t blobw_size(const struct blobw *);
/* SHA-256 of all bytes; the blob takes no more bytes after it. */
void	blobw_hash(struct blobw *, uint8_t hash_r[LOG_HASH_LEN]);
/* Gives up: its pieces become space to reclaim.  NULL is fine. */
void	blobw_free(struct blobw *);

/* An id that is known, or the number that draft `of` of the batch gets. */
struct ref {
	struct id	id;		/* ID_NONE and of < 0: absent */
	int		of;		/* -1: use id */
};

#define REF_NONE	((struct ref){ { ID_NONE, 0, 0, 0 }, -1 })
#define REF_ID(i)	((struct ref){ (i), -1 })
#define REF_DRAFT(n)	((struct ref){ { ID_NONE, 0, 0, 0 }, (n) })

struct draft {
	enum kind	 kind;
	unsigned	 v;		/* 0 stands for 1 */
	const char	*actor;		/* copied */
	/*
	 * What the entry names.  The member whose kind the entry is given
	 * (kind_assigns) is filled by the log and left REF_NONE here.
	 */
	struct ref	 client, kase, contact, document, staff;
	struct id	 bundle;	/* ID_NONE: of no bundle */
	const char	*body;		/* canonical JSON object; copied */
	size_t		 bodylen;
	/*
	 * document.received: the document's bytes (index from batch_blob) or
	 * -1.  The log gives the document the number that earlier arrivals of
	 * the same bytes have, else the next one.
	 */
	int		 blob;
};

struct batch *batch_new(struct log *);			/* NULL: ENOMEM */
void	batch_free(struct batch *);
/* Takes the blob, finished by blobw_hash(); its index in the batch. */
int	batch_blob(struct batch *, struct blobw *);
/* Copies the draft; its index, or -1 with errno EMSGSIZE, EINVAL, ENOMEM. */
int	batch_draft(struct batch *, const struct draft *);
/*
 * Claims: named values that the log checks one after the other when the batch
 * is appended.  All expectations hold or nothing of the batch is appended.
 * An absent claim has the value 0; setting 0 releases it.  CLAIM_SEQ sets the
 * number of the entry of draft `d`.  Names are texts such as "case/K-2026-0031"
 * or "filing/D-000201/K-2026-0031" and are kept as keyed hashes only.
 */
#define CLAIM_SEQ UINT64_MAX
int	batch_expect(struct batch *, const char *claim, uint64_t value);
int	batch_set(struct batch *, int d, const char *claim, uint64_t value);
/*
 * The key under which a repeated request is known (NULL: none), and a hash
 * of what was asked: the same key with another hash is LOG_MISMATCH.
 */
int	batch_idempotent(struct batch *, const char *key, uint64_t request);

enum log_outcome {
	LOG_DONE,
	LOG_REPEATED,	/* same idempotency key: `first` is the old entry */
	LOG_MISMATCH,	/* same key, another request */
	LOG_CONFLICT,	/* an expectation failed: `conflict` names the claim */
	LOG_NO_SPACE,	/* nothing was kept; try again later */
	LOG_DEAD	/* nothing more is kept until a restart */
};

struct receipt {
	uint64_t	seq;
	int64_t		at;
	uint8_t		chain[LOG_HASH_LEN];	/* chain value after it */
	uint8_t		sha256[LOG_HASH_LEN];	/* of the document, or zeros */
	struct id	number;			/* the number it was given */
	int		again;			/* the bytes were here before */
};

struct log_result {
	enum log_outcome	 outcome;
	uint64_t		 first;		/* seq of the first entry */
	unsigned		 n;		/* receipts, one a draft */
	const struct receipt	*receipt;	/* valid during the callback */
	const char		*conflict;
};

typedef void log_done_fn(void *arg, const struct log_result *);

/*
 * Takes the batch.  The callback comes from log_collect(), never from here,
 * and always comes, at the latest (LOG_DEAD) when the log is closed.
 */
void	log_append(struct log *, struct batch *, log_done_fn *, void *arg);
/* For commands and tests: appends and waits; receipts go to out_r[n]. */
enum log_outcome log_append_wait(struct log *, struct batch *,
	    struct receipt *out_r, unsigned n);

/* Readable when log_collect() has something to deliver. */
int	log_fd(struct log *);
void	log_collect(struct log *);
/* 1 while more is queued than should be: stop reading sockets. */
int	log_busy(struct log *);
/* 1 when it acknowledges nothing any more; why, if trouble is given. */
int	log_dead(struct log *, struct trouble *);
/* 1 when opened read-only because of damage or rollback. */
int	log_readonly(struct log *, struct trouble *);
/* Bytes free where it is written; 0, or -1 (errno). */
int	log_free(struct log *, uint64_t *bytes_r);

/* ---- reading -------------------------------------------------------- */

enum log_series { LOG_JOURNAL = 1, LOG_BLOBS, LOG_DERIVED };

/* Where a frame lies.  Never moves; 13 bytes on disk. */
struct loc {
	uint8_t		series;
	uint32_t	segment;
	uint32_t	offset;
	uint32_t	ordinal;
};

#define LOC_LEN 13
void	loc_put(const struct loc *, uint8_t out_r[LOC_LEN]);
void	loc_get(const uint8_t in[LOC_LEN], struct loc *);

struct log_head {
	uint64_t	seq;			/* last durable one; 0: none */
	uint8_t		chain[LOG_HASH_LEN];
	int64_t		at;
};

void	log_head(struct log *, struct log_head *head_r);
/* The 16-byte id of the store. */
const uint8_t *log_store_id(struct log *);
/* A secret of the store, derived for a purpose ("views", "lookup" ...). */
int	log_secret(struct log *, const char *purpose, uint8_t key_r[32]);

/*
 * What a tree is called (struct origin): of a case or client, by a keyed hash
 * of its id.  life: LIFE_FIRST, or leaf_life() of the entry in which the store
 * said last that it was restored or rolled back.  0, or -1: no memory.
 */
int	log_origin(struct log *, enum leaf_tree, const struct id *,
	    uint64_t life, char origin_r[NOTE_NAME_MAX + 1]);

struct log_claim {
	uint8_t		key[LOG_CLAIM_LEN];
	uint64_t	value;
};

/* What a cursor meets, in the order of the journal. */
struct log_item {
	enum { LOG_ITEM_ENTRY, LOG_ITEM_BLOB, LOG_ITEM_COMMIT } what;
	struct loc	 loc;
	/* entries */
	uint64_t	 seq;
	int64_t		 at;
	enum kind	 kind;		/* KIND_COUNT: of a newer version */
	const char	*kind_name;	/* of unknown kinds too */
	struct id	 tree;		/* in whose tree it is */
	const char	*text;		/* the entry's JSON; NULL: erased */
	size_t		 len;
	uint8_t		 commitment[LOG_HASH_LEN];
	uint8_t		 chain[LOG_HASH_LEN];
	const struct log_claim *claim;
	unsigned	 nclaims;
	/* blobs: where blob_open() finds it, before the entry that names it */
	uint8_t		 sha256[LOG_HASH_LEN];
	uint64_t	 size;
};

/* Bytes behind which a cursor goes on: kept by views as their mark. */
#define LOG_MARK_LEN 32
struct log_cursor;

/* mark NULL: from the first entry.  NULL with trouble. */
struct log_cursor *log_cursor_new(struct log *, const uint8_t *mark,
	    struct trouble *);
/*
 * 1 and the next item; 0 at the durable end (ask again later); -1 damage,
 * with trouble.  Borrows until the next call.
 */
int	log_cursor_next(struct log_cursor *, struct log_item *item_r,
	    struct trouble *);
/* The mark behind the last COMMIT item that was given. */
void	log_cursor_mark(const struct log_cursor *,
	    uint8_t mark_r[LOG_MARK_LEN]);
void	log_cursor_free(struct log_cursor *);
/*
 * Waits up to ms milliseconds until the durable end is past seq; 1 if it is.
 * log_wake() ends a wait early (for shutdown).
 */
int	log_wait(struct log *, uint64_t seq, int ms);
void	log_wake(struct log *);

/* One entry by its place: its JSON appended to out.  0, or -1. */
int	log_entry(struct log *, const struct loc *, struct buf *out,
	    struct trouble *);
/*
 * The same with its salt: commitment = SHA-256(salt || JSON), so that who gets
 * both can check what a tree committed to.  1; 0: erased, nothing is given;
 * -1 with trouble.
 */
#define LOG_SALT_LEN 32
int	log_entry_salted(struct log *, const struct loc *, struct buf *out,
	    uint8_t salt_r[LOG_SALT_LEN], struct trouble *);
/* Of the lasting part: the name of its kind, with its NUL.  0, or -1. */
#define LOG_KIND_MAX 64
int	log_entry_kind(struct log *, const struct loc *,
	    char kind_r[LOG_KIND_MAX], struct trouble *);

/* Reads a blob by the place that its LOG_ITEM_BLOB had. */
struct blobr;
struct blobr *blob_open(struct log *, const struct loc *, struct trouble *);
uint64_t blobr_size(const struct blobr *);
/* Appends up to max bytes from offset; 0, or -1 (damage, with trouble). */
int	blobr_read(struct blobr *, uint64_t offset, size_t max, struct buf *out,
	    struct trouble *);
void	blobr_free(struct blobr *);

/* ---- claims: the base under the in-memory overlay ------------------- */

/*
 * Views keep the claims that they applied in a small table of their own.  The
 * writer asks its overlay first, then this.  1 found, 0 absent, -1 cannot
 * tell.  Called on the writer thread.
 */
typedef int log_claims_fn(void *arg, const uint8_t key[LOG_CLAIM_LEN],
	    uint64_t *value_r);
void	log_claims_base(struct log *, log_claims_fn *, void *arg);
/* The base now holds all up to seq: the overlay may forget them. */
void	log_claims_applied(struct log *, uint64_t seq);
/* The keyed hash of a claim's name, as entries carry it. */
void	log_claim_key(struct log *, const char *name,
	    uint8_t key_r[LOG_CLAIM_LEN]);

/* ---- space of those who gave up --------------------------------------- */

/*
 * Pieces in one ended segment that no blob has, up to max; 0: none now.  The
 * caller states them (space.reclaimed) and then, when that is LOG_DONE,
 * gives their space back; they are named again until then.
 */
unsigned log_spare(struct log *, struct loc *at_r, unsigned max);
/* 0 and the bytes given back; -1 with trouble: they stay, nothing is lost. */
int	log_reclaim(struct log *, const struct loc *, unsigned n,
	    uint64_t *bytes_r, struct trouble *);

/* ---- life ----------------------------------------------------------- */

struct log_progress {
	const char	*what;		/* "verify", "backup" ... */
	uint64_t	 done, total;	/* bytes; total 0: not known */
};
/* 1: stop. */
typedef int log_progress_fn(void *arg, const struct log_progress *);

/*
 * A head that a tree.checkpoint entry states, and that came out the same.  0,
 * or -1 to stop: the trouble is then the caller's own.
 */
struct checkpoint;
typedef int log_head_fn(void *arg, const struct checkpoint *);

struct log_options {
	const char	*dir;		/* of the store */
	const char	*key_path;	/* master key file */
	int		 reading;	/* no writer, no lock: verify ... */
	int		 verifying;	/* reading; log_verify() sets it */
	int		 compress;	/* zstd level, 0 = off */
	int		 no_sync;	/* tests and the raw-speed bench only */
	struct buf	*spare_at;	/* verify: LOC_LEN a piece to reclaim */
	log_head_fn	*head;		/* verify: NULL, or told of each head */
	void		*head_arg;
};

/*
 * Creates journal/, blobs/, derived/, keys/ and the key; the directory may
 * exist but must not hold a store.  The first entry is store.created.
 */
int	log_init(const char *dir, const char *key_path, struct trouble *);
/*
 * Recovers if needed, begins a new segment, starts the writer thread at the
 * first append after log_start().  NULL with trouble: locked by another
 * daemon, wrong key, lost ring, newer format, no store here ...  Damage and
 * rollback do not fail it: see log_readonly().
 */
struct log *log_open(const struct log_options *, struct trouble *);
/*
 * Of a store that was restored and has not said so, its first entry now is
 * store.restored.
 */
int	log_start(struct log *, struct trouble *);
/* What views have seen; behind it, a shorter journal is a rollback. */
void	log_seen(struct log *, uint64_t seq, const uint8_t chain[LOG_HASH_LEN]);
void	log_close(struct log *);
int	log_accept_rollback(const struct log_options *, uint64_t seen,
	    struct trouble *);

/* Totals of a verify run. */
struct log_verified {
	uint64_t	entries, blobs, frames, bytes, segments, torn;
	uint64_t	spare;	/* bytes of pieces that no blob has */
	uint64_t	reclaimed; /* bytes of such pieces, stated as such */
};
/* Every frame's tag, every blob's hash, chain, sequence, numbers. */
int	log_verify(const struct log_options *, log_progress_fn *, void *arg,
	    struct log_verified *sum_r, struct trouble *);
/*
 * Copies what dest lacks, segment by segment, from a running store; verified
 * on arrival; keys to dest_keys (another folder).  Safe to interrupt and to
 * repeat.
 */
int	log_backup(const struct log_options *, const char *dest,
	    const char *dest_keys, log_progress_fn *, void *arg,
	    struct log_verified *sum_r, struct trouble *);
/* The way back into an empty directory; refuses to touch a store. */
int	log_restore(const char *backup, const char *backup_keys,
	    const char *dir, log_progress_fn *, void *arg, struct trouble *);

#endif
