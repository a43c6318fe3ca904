/* SPDX-License-Identifier: ISC */
/*
 * part: the parts of a mail, and from them its body and delivery report.
 */
#ifndef DOSSIER_PART_H
#define DOSSIER_PART_H

#include <gmime/gmime.h>

#include "daemon/reader/facts.h"

/*
 * Lists every part from the root on into FACT_PARTS, FACT_BODY and
 * FACT_BOUNCE.  The bytes are the whole document's, from which the root was
 * parsed with a stream that persists.
 */
void	part_list(struct facts *, GMimeObject *root, const char *bytes,
	    size_t size);
/* One part for bytes in which no message could be found. */
void	part_opaque(struct facts *, const char *type, const char *bytes,
	    size_t size);

#endif
