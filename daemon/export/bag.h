/* SPDX-License-Identifier: ISC */
/*
 * bag: a bundle while it is made, straight as the zip that it is fetched as
 * (proto/out/zipfile): every file is hashed as it is written, once, and
 * stands in the manifests (proto/out/bagit, BagIt 1.0).
 *
 * Below data/ is payload; seal/ is in no manifest; all else are tag files.
 * Nothing is synced before bag_end(): a bundle that was not finished is made
 * again from the start.  Files may be written by several threads, each file
 * by one; the zip's bytes depend on the order of bag_copy() alone.  It must
 * never take a name twice, or one that bagit_path_ok() refuses.
 */
#ifndef DOSSIER_EXPORT_BAG_H
#define DOSSIER_EXPORT_BAG_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/bagit.h"
#include "store/trouble.h"

struct bag;
struct bag_file;

struct bag_sums {
	uint64_t size;
	uint32_t crc;		/* the zip's */
	uint8_t	 md5[16], sha1[20];	/* only with BAG_OLD */
	uint8_t	 sha256[32], sha512[64];
};

#define BAG_OLD 1u	/* MD5 and SHA-1 too: load files want them */

/*
 * Makes the zip, which must not exist; `top' is the one folder in it.  NULL
 * with trouble.
 */
struct bag *bag_new(const char *path, const char *top, struct trouble *);
/* What is open is closed and left as it is. */
void	bag_free(struct bag *);

/*
 * Makes a file.  NULL with trouble.  What is appended to bag_out() is written
 * when it has grown, at bag_flush() and at bag_close(); an error is kept until
 * then.  It waits in a file without a name until the manifests are made.
 */
struct bag_file *bag_open(struct bag *, const char *path, unsigned flags,
	    struct trouble *);
struct buf *bag_out(struct bag_file *);
/* Writes what bag_out() has if it is much.  0, or -1 with trouble. */
int	bag_flush(struct bag_file *, struct trouble *)
	    __attribute__((warn_unused_result));
/* Ends the file, in any case; sums_r may be NULL.  0, or -1 with trouble. */
int	bag_close(struct bag_file *, struct bag_sums *sums_r,
	    struct trouble *) __attribute__((warn_unused_result));
/* Ends a file that is not wanted any more.  NULL is fine. */
void	bag_drop(struct bag_file *);

/* A whole file at once from memory, as bag_open() to bag_close(). */
int	bag_put(struct bag *, const char *path, const void *, size_t,
	    struct trouble *) __attribute__((warn_unused_result));
/*
 * A file that does not change any more: its sums, by any thread, then, with
 * them, its bytes, which go to their place at once.
 */
int	bag_sum(const struct bag *, int fd, uint64_t size, unsigned flags,
	    struct bag_sums *sums_r, struct trouble *)
	    __attribute__((warn_unused_result));
int	bag_copy(struct bag *, const char *path, int fd,
	    const struct bag_sums *, struct trouble *)
	    __attribute__((warn_unused_result));

/* The payload so far. */
uint64_t bag_octets(const struct bag *);
uint64_t bag_files(const struct bag *);

/*
 * Writes bagit.txt, bag-info.txt (octets and files are filled in), manifests
 * and tagmanifests.  Afterwards only seal/ takes files.  0, or -1 with
 * trouble; hash_r: SHA-512 of tagmanifest-sha512.txt, text_r (cleared): its
 * bytes.
 */
int	bag_manifests(struct bag *, const struct bagit_info *,
	    uint8_t hash_r[64], struct buf *text_r, struct trouble *)
	    __attribute__((warn_unused_result));
/* The directory of the zip, and all of it on stable storage. */
int	bag_end(struct bag *, struct trouble *)
	    __attribute__((warn_unused_result));

/* Removes a zip; none there is fine.  0, or -1. */
int	bag_remove(const char *path, struct trouble *);

#endif
