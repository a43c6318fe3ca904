/* SPDX-License-Identifier: ISC */
/*
 * checkpoint: the head of a log as a note (C2SP tlog-checkpoint): three
 * lines, origin, size in decimal, base64 of the root, signed by the key whose
 * name is the origin.
 */
#ifndef DOSSIER_CHECKPOINT_H
#define DOSSIER_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/merkle.h"
#include "proto/out/note.h"

struct checkpoint {
	char	 origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	uint8_t	 root[MERKLE_HASH];
};

void	checkpoint_body(struct buf *, const struct checkpoint *);
/*
 * The three lines of a body, and no further ones: ours have none, and what
 * is not covered by the format cannot be audited.  0, or -1 with EINVAL.
 */
int	checkpoint_parse(struct checkpoint *checkpoint_r, const char *, size_t);
/* Appends body, empty line and signature.  0, or -1: out of memory. */
int	checkpoint_sign(struct buf *, const struct checkpoint *,
	    const uint8_t seed[ED25519_KEY]);
/*
 * Parses a note and its body, and checks that the key has signed it and that
 * its origin is the key's name.  0, or -1 with EINVAL (the form), EBADMSG
 * (the signature is bad) or ENOKEY (the key has not signed it).
 */
int	checkpoint_open(struct checkpoint *checkpoint_r, struct note *note_r,
	    const char *, size_t, const struct note_vkey *key);

#endif
