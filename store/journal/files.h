/* SPDX-License-Identifier: ISC */
/*
 * files: the segment files of a store as readers see them: which there are,
 * open descriptors, single frames by their place, and walks from frame to
 * frame.  Any thread; it never writes.
 */
#ifndef DOSSIER_JOURNAL_FILES_H
#define DOSSIER_JOURNAL_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "store/journal/ring.h"
#include "store/journal/seal.h"
#include "store/trouble.h"

struct files;

struct file {
	struct seat	 seat;
	int		 fd;		/* -1: closed */
	unsigned	 refs;
	uint64_t	 used;		/* when it was dropped last */
};

const char *series_name(uint8_t series);	/* "journal", "blobs" ... */

/* Lists the three folders under dir.  Borrows dir's text not, ring yes. */
struct files *files_open(const char *dir, struct ring *, struct trouble *);
void	files_free(struct files *);
/* A segment that the writer made. */
int	files_add(struct files *, const struct seat *);
/* DIR/journal/00000001.seg */
void	files_path(const struct files *, uint8_t series, uint32_t segment,
	    const char *suffix, char *path_r, size_t size);
/* The lowest number above `after`, or 0; the highest, or 0. */
uint32_t files_after(struct files *, uint8_t series, uint32_t after);
uint32_t files_last(struct files *, uint8_t series);

/* Opens and checks the segment header; held until files_drop(). */
struct file *files_hold(struct files *, uint8_t series, uint32_t segment,
	    struct trouble *);
void	files_drop(struct files *, struct file *);

/* What stands at a place: the frame of that ordinal, opened into plain. */
int	files_frame(struct files *, struct seal *, const struct loc *,
	    struct frame *, struct buf *plain, struct trouble *);

/* Says that a file is damaged at a byte.  Always -1. */
int	files_damaged(const struct files *, const struct seat *,
	    uint64_t offset, uint32_t ordinal, struct trouble *);

/*
 * Bytes of a file without the zeros that were taken ahead, to the next page:
 * a tag may end with zeros.  -1: it cannot be read.
 */
int64_t	files_used(int fd);

#endif
