/* SPDX-License-Identifier: ISC */
/*
 * witness: the client's side of C2SP tlog-witness, without the network: what
 * is sent to a witness, and what its answer means.
 *
 *	POST <url>/add-checkpoint
 *	200  signature lines	its own is checked and kept
 *	409  a size		what it has seen last: asked again from there,
 *				unless it is more than we have
 *	other			it is asked again later
 */
#ifndef DOSSIER_WITNESS_H
#define DOSSIER_WITNESS_H

#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/checkpoint.h"

/* "old N", the proof's lines, an empty line, the signed checkpoint. */
void	witness_body(struct buf *, uint64_t old, const struct merkle_proof *,
	    const struct buf *checkpoint);
enum witness_says {
	WITNESS_SIGNED,		/* a line with its LF; its time (s) */
	WITNESS_SEEN,		/* another size than was said: *seen_r */
	WITNESS_BAD		/* not an answer: why_r (of 256 bytes) */
};
enum witness_says witness_answer(const struct note_vkey *, int status,
	    const struct buf *answer, const struct buf *checkpoint,
	    struct buf *line_r, uint64_t *time_r, uint64_t *seen_r,
	    char why_r[256]);

#endif
