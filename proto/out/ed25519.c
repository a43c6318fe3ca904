/* SPDX-License-Identifier: ISC */
/* ed25519: see ed25519.h. */
#include "proto/out/ed25519.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define FENCE "-----"

/* What a PEM of either kind is but the key: names and DER in front. */
struct shape {
	const char	*name;
	uint8_t		 der[16];
	size_t		 len;
};

static const struct shape PUBLIC = { "PUBLIC KEY", { 0x30, 0x2a, 0x30, 0x05,
    0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 }, 12 };
static const struct shape SECRET = { "PRIVATE KEY", { 0x30, 0x2e, 0x02, 0x01,
    0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 },
    16 };

int
ed25519_public(const uint8_t seed[ED25519_KEY], uint8_t key_r[ED25519_KEY])
{
	size_t len = ED25519_KEY;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    seed, ED25519_KEY);
	int ok = key != NULL &&
	    EVP_PKEY_get_raw_public_key(key, key_r, &len) == 1;

	EVP_PKEY_free(key);
	return ok ? 0 : -1;
}

int
ed25519_sign(const uint8_t seed[ED25519_KEY], const void *bytes, size_t n,
    uint8_t sig_r[ED25519_SIG])
{
	size_t len = ED25519_SIG;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    seed, ED25519_KEY);
	int ok = md != NULL && key != NULL &&
	    EVP_DigestSignInit(md, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(md, sig_r, &len, bytes, n) == 1;

	EVP_PKEY_free(key);
	EVP_MD_CTX_free(md);
	return ok ? 0 : -1;
}

int
ed25519_verify(const uint8_t raw[ED25519_KEY], const void *bytes, size_t n,
    const uint8_t sig[ED25519_SIG])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    raw, ED25519_KEY);
	int ok = md != NULL && key != NULL &&
	    EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(md, sig, ED25519_SIG, bytes, n) == 1;

	EVP_PKEY_free(key);
	EVP_MD_CTX_free(md);
	return ok;
}

static void
pem(struct buf *out, const struct shape *s, const uint8_t key[ED25519_KEY])
{
	uint8_t der[sizeof(s->der) + ED25519_KEY];

	memcpy(der, s->der, s->len);
	memcpy(der + s->len, key, ED25519_KEY);
	buf_adds(out, FENCE "BEGIN ");
	buf_adds(out, s->name);
	buf_adds(out, FENCE "\n");
	text_base64(out, der, s->len + ED25519_KEY);
	buf_adds(out, "\n" FENCE "END ");
	buf_adds(out, s->name);
	buf_adds(out, FENCE "\n");
	OPENSSL_cleanse(der, sizeof(der));
}

/* Takes the line between the fences; what it says must give the same PEM. */
static int
of_pem(const struct shape *s, const char *text, size_t len,
    uint8_t key_r[ED25519_KEY])
{
	struct buf der = BUF_INIT, again = BUF_INIT;
	size_t head = strlen(FENCE "BEGIN " FENCE "\n") + strlen(s->name);
	size_t digits = (s->len + ED25519_KEY + 2) / 3 * 4;
	int ok = len > head + digits &&
	    buf_reserve(&der, s->len + ED25519_KEY + 3) != NULL &&
	    text_unbase64(&der, text + head, digits) == 0 &&
	    der.len == s->len + ED25519_KEY;

	if (ok) {
		memcpy(key_r, der.data + s->len, ED25519_KEY);
		(void)buf_reserve(&again, ED25519_PEM_MAX);
		pem(&again, s, key_r);
		ok = again.len == len && memcmp(again.data, text, len) == 0;
	}
	if (der.data != NULL)
		OPENSSL_cleanse(der.data, der.len);
	if (again.data != NULL)
		OPENSSL_cleanse(again.data, again.len);
	buf_release(&der);
	buf_release(&again);
	if (!ok)
		errno = EINVAL;
	return ok ? 0 : -1;
}

void
ed25519_public_pem(struct buf *out, const uint8_t key[ED25519_KEY])
{
	pem(out, &PUBLIC, key);
}

void
ed25519_secret_pem(struct buf *out, const uint8_t seed[ED25519_KEY])
{
	pem(out, &SECRET, seed);
}

int
ed25519_secret_of_pem(const char *text, size_t len,
    uint8_t seed_r[ED25519_KEY])
{
	return of_pem(&SECRET, text, len, seed_r);
}
