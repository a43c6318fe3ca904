/* SPDX-License-Identifier: ISC */
/*
 * copy: files of a store to a backup and back, hashed on the way and read
 * again where they arrived; and the list of a backup's files.
 *
 * Backup folder
 *	backup		text: "dossier backup 1", "store HEX", "entry N"
 *	SHA256SUMS	as sha256sum(1) writes it: HEX, two blanks, name
 *	journal/00000001.seg		a segment that was sealed, or cut
 *	journal/00000002.seg-81920	the first bytes of one that is growing
 *	blobs/, derived/		alike
 * Keys folder: ring, as the store has it.
 *
 * A file is written as NAME.part and renamed when its bytes have been read
 * back; a name never stands for two different contents.  SHA256SUMS is
 * renamed last, so an interrupted run leaves the backup as it was before.
 */
#ifndef DOSSIER_JOURNAL_COPY_H
#define DOSSIER_JOURNAL_COPY_H

#include "store/journal/journal.h"

struct copying {
	const char	*what;		/* "backup", "restore" */
	log_progress_fn	*progress;
	void		*arg;
	uint64_t	 done, total;
	struct trouble	*t;
	EVP_MD_CTX	*md;
};

/* Where from and where to; `name` is relative to both folders. */
struct leg {
	const char	*from, *from_name;
	const char	*to, *to_name;
	uint64_t	 size;		/* bytes to copy */
};

int	copying_init(struct copying *);
void	copying_release(struct copying *);
/* -1 when told to stop. */
int	copying_tell(struct copying *, uint64_t n);
/*
 * Copies, syncs, reads back, renames.  want: the hash it must have, or NULL;
 * hash_r: the hash it has.
 */
int	copy_file(struct copying *, const struct leg *, const uint8_t *want,
	    uint8_t hash_r[LOG_HASH_LEN]);
/* A whole small file into a buf; -1 with errno. */
int	copy_slurp(const char *dir, const char *name, struct buf *);
/* A small file by .part, sync, rename, sync of the folder. */
int	copy_write(struct copying *, const char *dir, const char *name,
	    const struct buf *);

/* One line of SHA256SUMS, as the file is walked. */
struct sum {
	uint8_t		hash[LOG_HASH_LEN];
	char		name[64];
};

/* 1 and the next line from *at on; 0 at the end; -1 not such a line. */
int	sums_next(const struct buf *, size_t *at, struct sum *sum_r);
void	sums_add(struct buf *, const struct sum *);
int	sums_find(const struct buf *, const char *name, struct sum *sum_r);

/* restored.c: marks a folder that a backup was restored into.  0 or -1. */
int	restored_mark(struct copying *, const char *dir);

#endif
