/* SPDX-License-Identifier: ISC */
/*
 * part: the parts of a mail, and from them its body and delivery report.
 */
#ifndef DOSSIER_PART_H
#define DOSSIER_PART_H

#include <gmime/gmime.h>

#include "daemon/reader/facts.h"
#include "daemon/reader/leaf.h"
#include "daemon/reader/report.h"

/*
 * Lists every part from the root on into FACT_PARTS, and takes FACT_BODY and
 * FACT_BOUNCE from the message, or from that in a journal report (or NULL),
 * whose lines and part it fills in.  The bytes are the whole document's, from
 * which the root was parsed with a stream that persists.
 */
void	part_list(struct facts *, struct report *, GMimeObject *root,
	    const char *bytes, size_t size);
/* One part for bytes in which no message could be found. */
void	part_opaque(struct facts *, const char *type, const char *bytes,
	    size_t size);

/*
 * Where the part of that index among the listed ones stands: 1, or 0 if it
 * is none or has no bytes of its own.
 */
int	part_find(struct report *, GMimeObject *root, const char *bytes,
	    size_t size, uint32_t index, struct leaf *leaf_r);

#endif
