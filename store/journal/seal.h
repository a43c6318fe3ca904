/* SPDX-License-Identifier: ISC */
/*
 * seal: frames in and out of AES-256-GCM and zstd, and the hashes that the
 * journal needs.  One struct seal serves one thread at a time; it fetches
 * OpenSSL's algorithms once.
 *
 *	item key = HKDF-Expand(SHA-256, segment secret,
 *		   "dossier item" || ordinal (4 bytes), 32 bytes)
 *	nonce	 = 12 zero bytes: an item key seals one frame, ever
 *	associated data = store id (16), series (1), segment (4), frame header
 *
 * A frame with the zstd flag holds one zstd frame that states its size.
 * Nothing of a frame is given out before its tag has passed.
 */
#ifndef DOSSIER_JOURNAL_SEAL_H
#define DOSSIER_JOURNAL_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "store/journal/frame.h"

#define SECRET_LEN 32

struct seal;

/* In which segment a frame stands, and that segment's secret. */
struct seat {
	const uint8_t	*store;		/* borrowed */
	uint8_t		 series;
	uint32_t	 segment;
	uint8_t		 secret[SECRET_LEN];
};

struct part {
	const void	*data;
	size_t		 len;
};

struct seal *seal_new(void);		/* NULL: ENOMEM */
void	seal_free(struct seal *);

/*
 * Appends a whole frame of the parts' bytes to out; level 0: no zstd.  The
 * frame's length and zstd flag are filled here.  0, or -1.
 */
int	seal_put(struct seal *, const struct seat *, struct frame *, int level,
	    const struct part *, size_t nparts, struct buf *out);
/*
 * Opens the frame at `raw` (header, f->length bytes, tag): replaces plain.
 * 0; -1: it does not authenticate or unpack, errno EBADMSG or ENOMEM.
 */
int	seal_get(struct seal *, const struct seat *, const struct frame *,
	    const uint8_t *raw, struct buf *plain);

/* The same but for unpacking: does its tag pass? */
int	seal_check(struct seal *, const struct seat *, const struct frame *,
	    const uint8_t *raw);

/* 0, or -1 (no memory). */
int	seal_sha256(struct seal *, const struct part *, size_t nparts,
	    uint8_t md_r[LOG_HASH_LEN]);
int	seal_hmac(struct seal *, const uint8_t key[SECRET_LEN],
	    const struct part *, size_t nparts, uint8_t md_r[LOG_HASH_LEN]);
/* A key for a purpose under a secret: HKDF-Expand with the purpose as info. */
int	seal_derive(struct seal *, const uint8_t key[SECRET_LEN],
	    const char *purpose, uint8_t key_r[SECRET_LEN]);

/* AES key wrap (RFC 3394) of a secret under a key. */
#define WRAPPED_LEN 40
int	seal_wrap(const uint8_t key[SECRET_LEN],
	    const uint8_t secret[SECRET_LEN], uint8_t out_r[WRAPPED_LEN]);
/* 0; -1: another key, or damaged. */
int	seal_unwrap(const uint8_t key[SECRET_LEN],
	    const uint8_t in[WRAPPED_LEN], uint8_t secret_r[SECRET_LEN]);

#endif
