/* SPDX-License-Identifier: ISC */
/*
 * sidecar: NAME.json beside NAME, what a scanner or fax server says of a
 * file.  Foreign JSON becomes the canonical object of document.received's
 * `sidecar'.
 */
#ifndef DOSSIER_SIDECAR_H
#define DOSSIER_SIDECAR_H

#include <stddef.h>

#include "daemon/intake/intake.h"
#include "daemon/intake/sidecar_json.h"
#include "proto/base/buf.h"

/*
 * Appends the canonical object.  A number that is no exact integer becomes a
 * text.  What is no object, is nested too deep, or has names that entries
 * cannot carry is kept whole as {"text": "..."}.  Nothing at all (len 0) and
 * nothing to add appends nothing.  0, or -1: it is not UTF-8, or there is no
 * memory.
 */
int	sidecar_canonical(const char *, size_t, const struct sidecar_more *,
	    struct buf *);
/*
 * Members of a canonical sidecar that document.received has a field for:
 * direction, from, kind, received, sent, title, to.  One that is not of the
 * field's form stays where it is alone.  0, or -1: no memory.
 */
int	sidecar_lift(struct intake *, const char *, size_t);
/* 1 if the name is that of a sidecar: NAME.EXT.json; its NAME.EXT's length. */
int	sidecar_of(const char *name, size_t *baselen_r);

#endif
