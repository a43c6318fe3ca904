/* SPDX-License-Identifier: ISC */
/*
 * rendition: text and pages of a document and of its attached parts, made
 * ahead and kept.
 *
 * Making them costs more than all the rest of a bundle together, and they are
 * the same each time, so they are made once, when a document has been filed,
 * at idle priority (render.h).  Their bytes stand one behind the other in one
 * derived blob a document; what they are stands in document.rendered:
 *
 *	{"language":"en","mail":true,
 *	 "maker":"text 1 gmime 3.2.13 ..., pages 1 cairo 1.16.0 ...",
 *	 "members":[
 *	   {"pages":{"at":812,"notes":0,"outcome":"done","pages":2,
 *	             "size":15003,"type":"message/rfc822"},
 *	    "text":{"at":0,"notes":0,"outcome":"done","pages":0,
 *	            "size":812,"type":"message/rfc822"}},
 *	   {"pages":{"notes":0,"outcome":"itself","pages":9,
 *	             "type":"application/pdf"},"part":3, ...}],
 *	 "reading":4711,"sha256":"...","size":15815}
 *
 * A bundle uses them if language, mail, maker and reading are what they would
 * be now (how it came may have been corrected), so that its bytes are those
 * that the reader would give again; else it asks the reader.  derived/ can be
 * made again: a blob that is gone costs time alone.  The bytes have no hashes
 * of their own: the blob has one, and each frame of it is authenticated when
 * it is read.
 *
 * Nothing here may touch files or the log.
 */
#ifndef DOSSIER_EXPORT_RENDITION_H
#define DOSSIER_EXPORT_RENDITION_H

#include <stdint.h>

#include "daemon/export/reading.h"
#include "proto/base/buf.h"
#include "proto/base/limits.h"
#include "proto/base/say.h"

/* What came of one question. */
struct rendered {
	int		 said;		/* 0: nothing is known of it */
	enum reading_outcome outcome;
	uint32_t	 pages, notes;
	uint64_t	 at, size;	/* DONE: its bytes in the blob */
	char		 type[64];	/* printable ASCII, "": not told */
};

struct rendition_member {
	uint16_t	 part;		/* its number, 0: the document */
	struct rendered	 text, pages;
};

struct rendition {
	char		 maker[READING_MAKER_MAX];
	enum lang	 lang;
	int		 mail;		/* it was taken as one */
	uint64_t	 reading;	/* the entry */
	uint64_t	 size;		/* of the blob; 0: there is none */
	const char	*reason;	/* why there is nothing at all, or NULL;
					 * not read back */
	unsigned	 n;
	struct rendition_member member[LIMIT_RENDER_MEMBERS];
};

/* Canonical JSON; sha256 of the blob, NULL if there is none. */
void	rendition_put(const struct rendition *, const uint8_t *sha256,
	    struct buf *body);
/*
 * Reads such a body: 0, or -1 if it is none of ours: a member out of order or
 * twice, bytes beyond the blob, words that are not known.
 */
int	rendition_take(struct rendition *, const char *body, size_t len);
/* NULL if that part is not in it. */
const struct rendition_member *rendition_find(const struct rendition *,
	    uint16_t part);
/*
 * 1 if it says what the document is.  That a reader died, took too long or
 * ran out of memory may have come of the machine: it is asked again.
 */
int	rendered_holds(const struct rendered *);

#endif
