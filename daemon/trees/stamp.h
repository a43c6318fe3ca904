/* SPDX-License-Identifier: ISC */
/*
 * stamp: RFC 3161 time stamps of the body of a master checkpoint, and of the
 * manifests of a bundle.
 *
 * The request has SHA-256 of the body or the SHA-512 that the journal has of
 * tagmanifest-sha512.txt, a nonce, and asks for the authority's
 * certificate, without which nobody could check it offline.  A response is
 * kept only if it was granted, is about this imprint and nonce, and its
 * signature is of the certificate in it.  Whether that certificate is to be
 * trusted is for whoever checks: `openssl ts -verify -data body -in RESPONSE
 * -CAfile roots.pem`.
 */
#ifndef DOSSIER_STAMP_H
#define DOSSIER_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct stamp;		/* a request that was made */

/* NULL: out of memory.  Appends the DER of the request. */
struct stamp *stamp_ask(const void *body, size_t len, struct buf *request);
/* The same of bytes that have this SHA-512. */
struct stamp *stamp_ask_sum(const uint8_t sha512[64], struct buf *request);
/*
 * 0 and when the authority says it was (microseconds since 1970), or -1:
 * why_r (of 256 bytes) says in English what is wrong.
 */
int	stamp_check(const struct stamp *, const void *response, size_t len,
	    int64_t *at_r, char why_r[256]);
void	stamp_free(struct stamp *);

#endif
