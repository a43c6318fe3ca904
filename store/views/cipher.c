/* SPDX-License-Identifier: ISC */
/*
 * cipher: sealing of rows and the keyed hash of look-ups.  Algorithms are
 * fetched once: fetching costs more than sealing a row.
 */
#include "store/views/cipher.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64		/* of SHA-256, for HMAC (RFC 2104) */

struct vcipher {
	EVP_CIPHER	*aes;
	EVP_CIPHER_CTX	*seal, *open;
};

struct vhash {
	EVP_MD		*sha;
	EVP_MD_CTX	*inner, *outer;	/* behind the padded key */
};

static int
bad(void)
{
	errno = EIO;
	return -1;
}

struct vcipher *
vcipher_new(const uint8_t key[VCIPHER_KEY])
{
	struct vcipher *c;

	if ((c = calloc(1, sizeof *c)) == NULL)
		return NULL;
	c->aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	c->seal = EVP_CIPHER_CTX_new();
	c->open = EVP_CIPHER_CTX_new();
	if (c->aes == NULL || c->seal == NULL || c->open == NULL ||
	    EVP_EncryptInit_ex2(c->seal, c->aes, key, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(c->open, c->aes, key, NULL, NULL) != 1) {
		vcipher_free(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

void
vcipher_free(struct vcipher *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->seal);
	EVP_CIPHER_CTX_free(c->open);
	EVP_CIPHER_free(c->aes);
	free(c);
}

int
vcipher_seal(struct vcipher *c, const uint8_t nonce[VCIPHER_NONCE],
    const void *ad, size_t adlen, const void *in, size_t n, uint8_t *out)
{
	int len;

	if (EVP_EncryptInit_ex2(c->seal, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(c->seal, NULL, &len, ad, (int)adlen) != 1 ||
	    (n > 0 && EVP_EncryptUpdate(c->seal, out, &len, in, (int)n) != 1) ||
	    EVP_EncryptFinal_ex(c->seal, out + n, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->seal, EVP_CTRL_AEAD_GET_TAG, VCIPHER_TAG,
	    out + n) != 1)
		return bad();
	return 0;
}

int
vcipher_open(struct vcipher *c, const uint8_t nonce[VCIPHER_NONCE],
    const void *ad, size_t adlen, const void *in, size_t n, uint8_t *out)
{
	uint8_t tag[VCIPHER_TAG];
	int len;

	if (n < VCIPHER_TAG)
		return bad();
	n -= VCIPHER_TAG;
	memcpy(tag, (const uint8_t *)in + n, sizeof tag);
	if (EVP_DecryptInit_ex2(c->open, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_DecryptUpdate(c->open, NULL, &len, ad, (int)adlen) != 1 ||
	    (n > 0 && EVP_DecryptUpdate(c->open, out, &len, in, (int)n) != 1) ||
	    EVP_CIPHER_CTX_ctrl(c->open, EVP_CTRL_AEAD_SET_TAG, VCIPHER_TAG,
	    tag) != 1 ||
	    EVP_DecryptFinal_ex(c->open, out + n, &len) != 1)
		return bad();
	return 0;
}

static int
wrap(int enc, const uint8_t *kek, const uint8_t *in, size_t n, uint8_t *out,
    size_t want)
{
	EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tmp[VCIPHER_WRAPPED + 16];
	int len = 0, more = 0, rc = -1;

	if (aes == NULL || ctx == NULL)
		goto out;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(ctx, aes, kek, NULL, enc, NULL) != 1 ||
	    EVP_CipherUpdate(ctx, tmp, &len, in, (int)n) != 1 ||
	    EVP_CipherFinal_ex(ctx, tmp + len, &more) != 1 ||
	    (size_t)(len + more) != want)
		goto out;
	memcpy(out, tmp, want);
	rc = 0;
out:
	OPENSSL_cleanse(tmp, sizeof tmp);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(aes);
	return rc == 0 ? 0 : bad();
}

int
vcipher_wrap(const uint8_t kek[VCIPHER_KEY], const uint8_t key[VCIPHER_KEY],
    uint8_t out[VCIPHER_WRAPPED])
{
	return wrap(1, kek, key, VCIPHER_KEY, out, VCIPHER_WRAPPED);
}

int
vcipher_unwrap(const uint8_t kek[VCIPHER_KEY],
    const uint8_t in[VCIPHER_WRAPPED], uint8_t key[VCIPHER_KEY])
{
	return wrap(0, kek, in, VCIPHER_WRAPPED, key, VCIPHER_KEY);
}

int
vcipher_random(uint8_t *out, size_t n)
{
	return RAND_priv_bytes(out, (int)n) == 1 ? 0 : bad();
}

/* A context that has taken the key, padded with one of HMAC's bytes. */
static EVP_MD_CTX *
hash_pad(const EVP_MD *sha, const uint8_t key[32], uint8_t with)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t pad[BLOCK];

	memset(pad, with, sizeof pad);
	for (size_t i = 0; i < 32; i++)
		pad[i] ^= key[i];
	if (ctx != NULL && (EVP_DigestInit_ex2(ctx, sha, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, pad, sizeof pad) != 1)) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	OPENSSL_cleanse(pad, sizeof pad);
	return ctx;
}

struct vhash *
vhash_new(const uint8_t key[32])
{
	struct vhash *h;

	if ((h = calloc(1, sizeof *h)) == NULL)
		return NULL;
	if ((h->sha = EVP_MD_fetch(NULL, "SHA256", NULL)) != NULL) {
		h->inner = hash_pad(h->sha, key, 0x36);
		h->outer = hash_pad(h->sha, key, 0x5c);
	}
	if (h->inner == NULL || h->outer == NULL) {
		vhash_free(h);
		errno = ENOMEM;
		return NULL;
	}
	return h;
}

void
vhash_free(struct vhash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->inner);
	EVP_MD_CTX_free(h->outer);
	EVP_MD_free(h->sha);
	free(h);
}

int
vhash_make(const struct vhash *h, int what, const void *p, size_t n,
    uint8_t out[VIEWS_HASH_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sum[32], w = (uint8_t)what;
	int rc = -1;

	if (ctx != NULL && EVP_MD_CTX_copy_ex(ctx, h->inner) == 1 &&
	    EVP_DigestUpdate(ctx, &w, 1) == 1 &&
	    EVP_DigestUpdate(ctx, p, n) == 1 &&
	    EVP_DigestFinal_ex(ctx, sum, NULL) == 1 &&
	    EVP_MD_CTX_copy_ex(ctx, h->outer) == 1 &&
	    EVP_DigestUpdate(ctx, sum, sizeof sum) == 1 &&
	    EVP_DigestFinal_ex(ctx, sum, NULL) == 1) {
		memcpy(out, sum, VIEWS_HASH_LEN);
		rc = 0;
	}
	EVP_MD_CTX_free(ctx);
	return rc == 0 ? 0 : bad();
}
