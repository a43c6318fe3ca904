/* SPDX-License-Identifier: ISC */
/*
 * decode: content of a part to its decoded bytes, of which the hash, the
 * number and the first ones are kept.
 */
#ifndef DOSSIER_DECODE_H
#define DOSSIER_DECODE_H

#include <gmime/gmime.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define DECODE_KEEP	262144	/* bytes that are kept */

struct decoded {
	int64_t		 bytes;
	uint8_t		 sha256[32];
};

/*
 * Takes decoded bytes in order: 0, or -1 to hear no more of them.
 */
typedef int	decode_fn(void *arg, const void *, size_t);

/* Fetches the hash from OpenSSL, while files may still be opened. */
int	decode_warm(void);
/* keep may be NULL; of an unknown encoding the bytes are taken as they are. */
void	decode(struct decoded *decoded_r, GMimeContentEncoding, const char *,
	    size_t, struct buf *keep);
/* Only hands the bytes on: 0, or -1 if the function wanted no more. */
int	decode_to(GMimeContentEncoding, const char *, size_t, decode_fn *,
	    void *arg);
/*
 * SHA-256 of a text as copies by other ways have it in common: LF line ends,
 * one at the end, and lines such as ">>From " (an mbox writer quoted them)
 * without their marks.  0, or -1 without memory.
 */
int	decode_text(const struct buf *text, uint8_t sha256_r[32]);

#endif
