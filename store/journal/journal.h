/* SPDX-License-Identifier: ISC */
/*
 * journal: what the files behind store/log.h share.  Nothing outside
 * store/journal/ includes it.
 *
 * Threads: `lock` guards what is marked (l).  The queue goes from the collect
 * thread to the writer, the done list back.  Everything of struct writer
 * belongs to the writer thread.
 */
#ifndef DOSSIER_JOURNAL_JOURNAL_H
#define DOSSIER_JOURNAL_JOURNAL_H

#include <openssl/evp.h>

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "store/journal/claims.h"
#include "store/journal/scan.h"
#include "store/journal/segment.h"
#include "store/log.h"

#define QUEUE_BUSY	(8u << 20)	/* bytes queued: stop reading sockets */

/* ---- what waits for the writer -------------------------------------- */

struct job {
	struct job	*next;
	int		 is_batch;
	size_t		 bytes;		/* that it holds in memory */
};

/* A blob past LIMIT_PIECE.  Places are the writer's, refs and failed both's. */
struct stream {
	_Atomic int	 refs;
	_Atomic int	 failed;	/* errno of a piece that was not kept */
	uint64_t	 id;
	uint8_t		 series;
	uint32_t	 pieces;	/* written */
	struct buf	 places;
	struct log	*log;
	int		 kept;		/* a map names its pieces */
};

struct piece {
	struct job	 job;
	struct stream	*stream;	/* holds a reference */
	uint32_t	 index;
	int		 last;
	struct buf	 data;
};

struct blobw {
	struct log	*log;
	EVP_MD_CTX	*md;
	struct buf	 data;		/* of the piece that is filling */
	uint64_t	 size;
	uint32_t	 pieces;	/* queued */
	struct stream	*stream;	/* NULL: small so far */
	uint8_t		 series;
	int		 finished;
	uint8_t		 sha256[LOG_HASH_LEN];
	uint8_t		 claim[LOG_CLAIM_LEN];	/* of "blob/<sha256>" */
};

struct bdraft {
	enum kind	 kind;
	unsigned	 v;
	char		 actor[64];
	struct ref	 client, kase, contact, document, staff;
	struct id	 bundle;
	size_t		 body, bodylen;		/* in the batch's text */
	uint8_t		 commitment[LOG_HASH_LEN]; /* of its entry, once made */
	int		 blob;
};

struct expect {
	uint8_t		 key[LOG_CLAIM_LEN];
	uint64_t	 value;
	size_t		 name;			/* in the batch's text */
};

struct set {
	uint8_t		 key[LOG_CLAIM_LEN];
	uint64_t	 value;
	unsigned	 draft;
};

struct waiter;

struct batch {
	struct job	 job;
	struct log	*log;
	struct blobw	**blob;
	struct bdraft	*draft;
	struct expect	*expect;
	struct set	*set;
	unsigned	 nblobs, ndrafts, nexpects, nsets;
	struct buf	 text;
	size_t		 estimate;	/* sealed bytes, at most */
	int		 idempotent;
	uint8_t		 idem_key[LOG_CLAIM_LEN], ask_key[LOG_CLAIM_LEN];
	uint64_t	 request;
	int		 failed;	/* a builder ran out of memory */
	log_done_fn	*done;
	void		*arg;
	struct waiter	*waiter;	/* of log_append_wait() */
	enum log_outcome outcome;
	uint64_t	 first;
	size_t		 conflict;	/* name of the claim, in text */
	struct receipt	*receipt;	/* one a draft */
};

struct queue {
	struct job	*first, **last;
	size_t		 bytes;
};

/* ---- the writer ----------------------------------------------------- */

struct group {
	struct buf	 frames;	/* sealed, to be written at once */
	struct buf	 tags;
	struct head	 head;		/* behind the group, once synced */
	uint32_t	 nframes;
	int		 uses_blobs, uses_derived;
};

struct series {
	struct segment	 segment;
	struct buf	 out;		/* sealed, not written */
};

struct writer {
	struct log	*log;
	struct maker	 maker;
	struct segment	 journal;
	struct series	 blobs, derived;
	struct group	 group;
	struct claims	 claims;
	struct buf	 json, plain, bound;
	uint8_t		 commitment[LOG_HASH_LEN]; /* of the last entry */
	struct log_claim row[ENTRY_CLAIMS_MAX];	/* of the entry being made */
	uint8_t		 salts[64 * SALT_LEN];
	size_t		 salt;			/* next unused byte */
	int64_t		 clock;			/* now - ticks, last time */
	struct first	 before;		/* the journal segment before */
	struct trouble	 trouble;		/* why it died */
};

struct durable {
	uint32_t	segment;
	uint64_t	end;
};

struct seals {
	struct seal	*seal[8];
	unsigned	 n;
};

struct log {
	char		 dir[PATH_MAX - 64];
	int		 reading, compress, no_sync;
	int		 verifying;	/* reading, and all of it is checked */
	int		 lock_fd, event_fd;
	struct ring	*ring;
	struct files	*files;
	uint8_t		 claim_secret[SECRET_LEN];
	EVP_MD		*sha256;
	uint32_t	 epoch;		/* makes stream ids of this process */
	uint32_t	 streams;
	struct writer	*writer;
	pthread_t	 thread;
	int		 started;

	pthread_mutex_t	 lock;
	pthread_cond_t	 work, moved;
	struct queue	 queue;			/* (l) */
	struct job	*done, **done_last;	/* (l) batches to deliver */
	int		 stopping;		/* (l) */
	unsigned	 wakes;			/* (l) */
	struct head	 head;			/* (l) durable */
	struct durable	 durable;		/* (l) */
	int		 dead, readonly;	/* (l) */
	struct trouble	 dead_why, readonly_why; /* (l) */
	struct seals	 seals;			/* (l) */
	struct buf	 spare;			/* (l) LOC_LEN a piece */
};

/* log.c */
struct seal *log_seal_take(struct log *);
void	log_seal_give(struct log *, struct seal *);
void	log_enqueue(struct log *, struct job *);
/* What became of a batch; takes it. */
void	log_finish(struct log *, struct batch *);
void	log_die(struct log *, const struct trouble *);

/* blob.c */
void	stream_drop(struct stream *);
void	piece_free(struct piece *);

/* spare.c: pieces that were written and that no map will name. */
void	spare_add(struct log *, uint8_t series, const struct buf *places);

/* writer.c: the thread; and the same without one, for commands. */
struct writer *writer_new(struct log *, struct trouble *);
void	writer_free(struct writer *);
void	*writer_run(void *);
/* One round over what is queued; for tests and for log_init(). */
int	writer_load_claims(struct writer *, struct trouble *);

/* pieces.c: blobs into their series. */
/* 0; -1 with errno ENOSPC or another, which is final. */
int	pieces_put(struct writer *, struct series *, const struct piece *,
	    struct loc *);
int	pieces_flush(struct writer *, struct series *);
int	pieces_sync(struct writer *, struct series *);

/* group.c: batches into frames. */
void	group_begin(struct writer *);
/* Checks it and appends its frames; -1: final. */
int	group_batch(struct writer *, struct batch *);
int	group_clock(struct writer *);
int	group_commit(struct writer *);

/*
 * restored.c: states store.restored if the store came out of a backup and
 * has not said so; the log is started, nothing else was appended.
 */
int	restored_state(struct log *, struct trouble *);

/* bind.c */
/* The body with the commitment of its document's arrival: 0, or -1. */
int	bind_arrival(struct buf *out, const char *body, size_t len,
	    const uint8_t commitment[LOG_HASH_LEN]);

/* recover.c */
/* Finds the durable end, cuts what is torn; -1 only for trouble of reading. */
int	recover(struct log *, struct first *before_r, struct trouble *);

#endif
