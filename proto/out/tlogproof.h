/* SPDX-License-Identifier: ISC */
/*
 * tlogproof: that an entry is in a log, as one text file that is checked
 * offline (C2SP tlog-proof).
 *
 *  c2sp.org/tlog-proof@v1
 *  extra BASE64			may be left out; not signed by anybody
 *  index N
 *  BASE64 ...				the leaf's sibling first
 *  (empty line)
 *  the signed checkpoint, as it is
 */
#ifndef DOSSIER_TLOGPROOF_H
#define DOSSIER_TLOGPROOF_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/checkpoint.h"

#define TLOGPROOF_EXTRA_MAX	65535

struct tlogproof {
	struct buf	 extra;		/* opaque bytes; empty: no line */
	uint64_t	 index;
	struct merkle_proof proof;
	const char	*checkpoint;	/* a view; a signed note */
	size_t		 checkpoint_len;
};

void	tlogproof_init(struct tlogproof *);
void	tlogproof_release(struct tlogproof *);
void	tlogproof_encode(struct buf *, const struct tlogproof *);
/*
 * Into one that was initialised; borrows the text.  0, or -1 with EINVAL or
 * ENOMEM.
 */
int	tlogproof_parse(struct tlogproof *proof_r, const char *, size_t);
/*
 * 0: the entry is in the tree that the key has signed; *checkpoint_r says
 * which.  -1 with EINVAL (the form), ENOKEY, EBADMSG (the signature) or
 * ENOENT: the entry is not where the proof says.
 */
int	tlogproof_check(const struct tlogproof *, const void *entry,
	    size_t len, const struct note_vkey *,
	    struct checkpoint *checkpoint_r);

#endif
