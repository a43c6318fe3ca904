/* SPDX-License-Identifier: ISC */
/*
 * bag_own: what bag.c (files) and bag_tags.c (manifests, the end) share.
 */
#ifndef DOSSIER_EXPORT_BAG_OWN_H
#define DOSSIER_EXPORT_BAG_OWN_H

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "daemon/export/bag.h"
#include "daemon/export/zipw.h"

#define BAG_WAITS UINT64_MAX	/* offset of what has no place yet */

enum { SUM_SHA256, SUM_SHA512, SUM_MD5, SUM_SHA1, SUMS };

struct extent {
	uint64_t offset, size;
};

struct kept {
	size_t	 path;			/* in bag.paths */
	uint32_t crc;
	uint32_t extent, extents;	/* in bag.extents, while it waits */
	uint64_t size;
	uint64_t offset;		/* of its head in the zip, or WAITS */
	uint8_t	 sha256[32], sha512[64];
};

struct bag {
	char		*path;
	struct zipw	*zip;
	int		 aside;		/* what waits */
	EVP_MD		*md[SUMS];
	pthread_mutex_t	 mutex;		/* of all below */
	uint64_t	 aside_end;
	struct buf	 paths;
	struct buf	 kept;		/* struct kept, one a file */
	struct buf	 extents;	/* struct extent */
	uint64_t	 octets, files;
	int		 sealed;	/* the manifests are there */
};

/* Fills t from errno; always -1. */
int	bag_failed(const struct bag *, const char *path, struct trouble *);
/* Gives all that waits its place, in the order in which it is kept. */
int	bag_place(struct bag *, struct trouble *)
	    __attribute__((warn_unused_result));

static inline int
bag_no_memory(void)
{
	errno = ENOMEM;
	return -1;
}

static inline int
bag_below(const char *path, const char *folder)
{
	return strncmp(path, folder, strlen(folder)) == 0;
}

static inline const char *
bag_path(const struct bag *bag, const struct kept *k)
{
	return (const char *)bag->paths.data + k->path;
}

static inline size_t
bag_count(const struct bag *bag)
{
	return bag->kept.len / sizeof(struct kept);
}

#endif
