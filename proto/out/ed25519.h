/* SPDX-License-Identifier: ISC */
/*
 * ed25519: signatures of RFC 8032, and their keys as PEM files (RFC 8410)
 * that OpenSSL's programs read.  A secret key is its 32 byte seed; who holds
 * one wipes it.
 */
#ifndef DOSSIER_ED25519_H
#define DOSSIER_ED25519_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define ED25519_KEY	32	/* bytes of a key, public or secret (a seed) */
#define ED25519_SIG	64
#define ED25519_PEM_MAX	256	/* bytes of either PEM */

/* 0, or -1: out of memory. */
int	ed25519_public(const uint8_t seed[ED25519_KEY],
	    uint8_t key_r[ED25519_KEY]);
int	ed25519_sign(const uint8_t seed[ED25519_KEY], const void *, size_t,
	    uint8_t sig_r[ED25519_SIG]);
/* 1: the key has signed these bytes, 0: it has not. */
int	ed25519_verify(const uint8_t key[ED25519_KEY], const void *, size_t,
	    const uint8_t sig[ED25519_SIG]);

/* SubjectPublicKeyInfo, and PKCS8. */
void	ed25519_public_pem(struct buf *, const uint8_t key[ED25519_KEY]);
void	ed25519_secret_pem(struct buf *, const uint8_t seed[ED25519_KEY]);
/* Exactly what the latter (and OpenSSL) writes; 0, or -1 with EINVAL. */
int	ed25519_secret_of_pem(const char *, size_t,
	    uint8_t seed_r[ED25519_KEY]);

#endif
