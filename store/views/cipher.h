/* SPDX-License-Identifier: ISC */
/*
 * cipher: sealing of rows (AES-256-GCM), and the keyed hash of look-ups
 * (HMAC-SHA256, first 128 bits).
 *
 * A nonce must never be used twice under one key: that is the business of
 * who calls vcipher_seal(); see write.c.  A vcipher belongs to one thread at
 * a time; a vhash may be used by any.
 */
#ifndef DOSSIER_VIEWS_CIPHER_H
#define DOSSIER_VIEWS_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "store/views/keys.h"

#define VCIPHER_KEY	32
#define VCIPHER_NONCE	12
#define VCIPHER_TAG	16
#define VCIPHER_WRAPPED	(VCIPHER_KEY + 8)

struct vcipher;
struct vhash;

struct vcipher *vcipher_new(const uint8_t key[VCIPHER_KEY]); /* NULL: ENOMEM */
void	vcipher_free(struct vcipher *);
/* out has room for n + VCIPHER_TAG.  0, or -1 with errno EIO. */
int	vcipher_seal(struct vcipher *, const uint8_t nonce[VCIPHER_NONCE],
	    const void *ad, size_t adlen, const void *in, size_t n,
	    uint8_t *out);
/* n counts the tag; out has room for n - VCIPHER_TAG.  -1, EIO: not so. */
int	vcipher_open(struct vcipher *, const uint8_t nonce[VCIPHER_NONCE],
	    const void *ad, size_t adlen, const void *in, size_t n,
	    uint8_t *out);

/* AES key wrap (RFC 3394).  Unwrapping says -1 if it is another's key. */
int	vcipher_wrap(const uint8_t kek[VCIPHER_KEY],
	    const uint8_t key[VCIPHER_KEY], uint8_t out[VCIPHER_WRAPPED]);
int	vcipher_unwrap(const uint8_t kek[VCIPHER_KEY],
	    const uint8_t in[VCIPHER_WRAPPED], uint8_t key[VCIPHER_KEY]);
int	vcipher_random(uint8_t *, size_t);

struct vhash *vhash_new(const uint8_t key[32]);
void	vhash_free(struct vhash *);
/* HMAC of what(1) and the bytes. */
int	vhash_make(const struct vhash *, int what, const void *, size_t,
	    uint8_t out[VIEWS_HASH_LEN]);

#endif
