/* SPDX-License-Identifier: ISC */
/*
 * zipw: a zip (proto/out/zipfile) that grows at its end, file by file, below
 * one folder at its top.  Room is given out in the order of zipw_room();
 * after that any thread may write what it has room for.
 *
 * Functions give 0, or -1 with errno, unless they say otherwise.
 */
#ifndef DOSSIER_EXPORT_ZIPW_H
#define DOSSIER_EXPORT_ZIPW_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct zipw;

struct zipw_file {
	const char	*path;		/* below the top */
	uint32_t	 crc;
	uint64_t	 size;
	uint64_t	 offset;	/* that zipw_room() gave */
};

/* Makes it; it must not exist.  NULL with errno. */
struct zipw *zipw_new(const char *path, const char *top);
/* Closes it as it is. */
void	zipw_free(struct zipw *);

/* Room for a file of that size and its head; `offset' and `crc' are unused. */
uint64_t zipw_room(struct zipw *, const struct zipw_file *);
/* The head of a file; all is known now. */
void	zipw_head(const struct zipw *, const struct zipw_file *, struct buf *);
size_t	zipw_head_size(const struct zipw *, const struct zipw_file *);
int	zipw_write(const struct zipw *, uint64_t at, const void *, size_t)
	    __attribute__((warn_unused_result));
/* All of it, into any file. */
int	zipw_write_to(int fd, uint64_t at, const void *, size_t)
	    __attribute__((warn_unused_result));

/* The directory, in the order of the paths; then its end, and all is synced. */
int	zipw_list(struct zipw *, const struct zipw_file *)
	    __attribute__((warn_unused_result));
int	zipw_end(struct zipw *) __attribute__((warn_unused_result));

/* A file without a name beside it; its descriptor, or -1. */
int	zipw_aside(const struct zipw *);

#endif
