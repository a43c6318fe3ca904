/* SPDX-License-Identifier: ISC */
/*
 * zipfile: the records of a zip whose entries are files, stored as they are
 * (APPNOTE.TXT 6.3.10, sections 4.3 to 4.5), one after the other, and a
 * directory at the end.
 *
 * Times and modes are fixed, names are UTF-8; no extra fields but those of
 * zip64, and these only where a number has no room (4.3.9.2): equal files
 * under equal names give equal bytes.
 */
#ifndef DOSSIER_ZIPFILE_H
#define DOSSIER_ZIPFILE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define ZIPFILE_NAME_MAX 4096		/* of the names that are read */
#define ZIPFILE_END_MAX	 98		/* bytes of what zipfile_end() writes */
#define ZIPFILE_CENTRAL	 46		/* bytes of an entry before its name */

struct zipfile_entry {
	const char	*name;		/* the whole path */
	size_t		 name_len;
	uint32_t	 crc;		/* CRC-32 of the bytes (zlib's) */
	uint64_t	 size;
	uint64_t	 offset;	/* of the local header */
};

/* Stands before the bytes. */
void	zipfile_local(struct buf *, const struct zipfile_entry *);
/* How long that is. */
size_t	zipfile_local_size(const struct zipfile_entry *);
/* One of the directory; these come in the order of their names. */
void	zipfile_central(struct buf *, const struct zipfile_entry *);

struct zipfile_end {
	uint64_t	 entries;
	uint64_t	 size, offset;	/* of the directory */
};
void	zipfile_end(struct buf *, const struct zipfile_end *);

/*
 * Reading what was written as above.  1 done; 0 more bytes are needed; -1 it
 * is not so.
 */

/* p: the last bytes of the zip, ZIPFILE_END_MAX or all that there are. */
int	zipfile_end_read(const uint8_t *p, size_t n,
	    struct zipfile_end *end_r);
/*
 * A record at p.  The name is a view; *used_r: its bytes.  zipfile_local_read
 * gives no offset, and 1 with *used_r 0 where the directory begins.
 */
int	zipfile_local_read(const uint8_t *p, size_t n,
	    struct zipfile_entry *entry_r, size_t *used_r);
int	zipfile_central_read(const uint8_t *p, size_t n,
	    struct zipfile_entry *entry_r, size_t *used_r);

#endif
