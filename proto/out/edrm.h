/* SPDX-License-Identifier: ISC */
/*
 * edrm: EDRM XML 1.2 from the rows of the production table (production.h):
 * a Document a row, its files, each other column with a value as a Tag, the
 * custodian as a Location, and after the documents a Relationship for each
 * row that has a parent.
 *
 *	Root Batch Documents Document Files File ExternalFile
 *			     Document Tags Tag
 *			     Document Locations Location Custodian
 *	     Batch Relationships Relationship
 *
 * Characters that XML 1.0 cannot hold are written as U+FFFD.
 */
#ifndef DOSSIER_EDRM_H
#define DOSSIER_EDRM_H

#include "proto/base/buf.h"

/* What a file of a document is; sizes and hashes are of the bytes there. */
struct edrm_file {
	const char	*type;		/* Native, Text or Image */
	const char	*path;		/* from the volume's folder, with / */
	uint64_t	 size;
	const char	*sha256;	/* hex */
};

struct edrm {
	struct buf	*out;
	struct buf	 relations;	/* until edrm_end() */
	uint64_t	 nrelations;
};

void	edrm_begin(struct edrm *, struct buf *out);	/* borrows out */
/* cell[]: a row of sheet_production; out may be emptied between calls. */
void	edrm_document(struct edrm *, const char *const cell[],
	    const struct edrm_file *files, unsigned nfiles);
void	edrm_end(struct edrm *);	/* writes the rest, releases */

/* Text for an element or an attribute, escaped (also gdpdu's). */
void	edrm_text(struct buf *, const char *);

#endif
