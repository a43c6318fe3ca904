/* SPDX-License-Identifier: ISC */
/*
 * seal: see seal.h.  It must never keep a secret past seal_free(), and never
 * hand out bytes of a frame whose tag did not pass.
 *
 * SHA-256 goes through OpenSSL's older calls: each frame needs an item key,
 * two digests of one block, and the EVP interface costs five times as much.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "store/journal/seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <zstd.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HMAC_BLOCK 64
#define AAD_LEN (STORE_ID_LEN + 1 + 4 + FRAME_HEAD)
#define WORTH(n) ((n) - (n) / 16)	/* zstd must win a sixteenth */
/*
 * Shorter frames stay as they are: zstd wins an eighth of them, a fiftieth of
 * a mail archive, and unpacking one costs more than all else that reading it
 * does.
 */
#define PACK_LEAST 512

struct seal {
	EVP_CIPHER	*gcm;
	EVP_CIPHER_CTX	*cipher;
	int		 named;		/* the context knows its cipher */
	SHA256_CTX	 inner, outer;
	ZSTD_CCtx	*cctx;
	ZSTD_DCtx	*dctx;
	struct buf	 flat, packed;
	/* Which key the states inner and outer stand for. */
	uint8_t		 hmac_key[SECRET_LEN];
	int		 have_key;
};

struct seal *
seal_new(void)
{
	struct seal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->cipher = EVP_CIPHER_CTX_new();
	if (s->gcm == NULL || s->cipher == NULL) {
		seal_free(s);
		errno = ENOMEM;
		return NULL;
	}
	return s;
}

void
seal_free(struct seal *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_free(s->gcm);
	EVP_CIPHER_CTX_free(s->cipher);
	ZSTD_freeCCtx(s->cctx);
	ZSTD_freeDCtx(s->dctx);
	buf_release(&s->flat);
	buf_release(&s->packed);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

static int
no_memory(void)
{
	errno = ENOMEM;
	return -1;
}

int
seal_sha256(struct seal *s, const struct part *part, size_t nparts,
    uint8_t md_r[LOG_HASH_LEN])
{
	SHA256_CTX c;

	(void)s;
	if (SHA256_Init(&c) != 1)
		return no_memory();
	for (size_t i = 0; i < nparts; i++)
		if (SHA256_Update(&c, part[i].data, part[i].len) != 1)
			return no_memory();
	return SHA256_Final(md_r, &c) == 1 ? 0 : no_memory();
}

/* The states behind the padded key, kept for the next call (RFC 2104). */
static int
hmac_key(struct seal *s, const uint8_t key[SECRET_LEN])
{
	uint8_t pad[HMAC_BLOCK];
	int ok;

	if (s->have_key && memcmp(s->hmac_key, key, SECRET_LEN) == 0)
		return 0;
	s->have_key = 0;
	memset(pad, 0x36, sizeof(pad));
	for (size_t i = 0; i < SECRET_LEN; i++)
		pad[i] ^= key[i];
	ok = SHA256_Init(&s->inner) == 1 &&
	    SHA256_Update(&s->inner, pad, sizeof(pad)) == 1;
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	ok = ok && SHA256_Init(&s->outer) == 1 &&
	    SHA256_Update(&s->outer, pad, sizeof(pad)) == 1;
	OPENSSL_cleanse(pad, sizeof(pad));
	if (!ok)
		return no_memory();
	memcpy(s->hmac_key, key, SECRET_LEN);
	s->have_key = 1;
	return 0;
}

int
seal_hmac(struct seal *s, const uint8_t key[SECRET_LEN],
    const struct part *part, size_t nparts, uint8_t md_r[LOG_HASH_LEN])
{
	SHA256_CTX c;

	if (hmac_key(s, key) == -1)
		return -1;
	c = s->inner;
	for (size_t i = 0; i < nparts; i++)
		if (SHA256_Update(&c, part[i].data, part[i].len) != 1)
			return no_memory();
	if (SHA256_Final(md_r, &c) != 1)
		return no_memory();
	c = s->outer;
	if (SHA256_Update(&c, md_r, LOG_HASH_LEN) != 1 ||
	    SHA256_Final(md_r, &c) != 1)
		return no_memory();
	return 0;
}

/* The first and only block of HKDF-Expand (RFC 5869, section 2.3). */
static int
expand(struct seal *s, const uint8_t key[SECRET_LEN], const void *info,
    size_t len, uint8_t key_r[SECRET_LEN])
{
	const uint8_t one = 1;
	const struct part part[] = { { info, len }, { &one, 1 } };

	return seal_hmac(s, key, part, 2, key_r);
}

int
seal_derive(struct seal *s, const uint8_t key[SECRET_LEN],
    const char *purpose, uint8_t key_r[SECRET_LEN])
{
	return expand(s, key, purpose, strlen(purpose), key_r);
}

static int
item_key(struct seal *s, const uint8_t secret[SECRET_LEN], uint32_t ordinal,
    uint8_t key_r[SECRET_LEN])
{
	uint8_t info[16] = "dossier item";

	put32(info + 12, ordinal);
	return expand(s, secret, info, sizeof(info), key_r);
}

static void
associated(const struct seat *seat, const uint8_t head[FRAME_HEAD],
    uint8_t aad_r[AAD_LEN])
{
	memcpy(aad_r, seat->store, STORE_ID_LEN);
	aad_r[STORE_ID_LEN] = seat->series;
	put32(aad_r + STORE_ID_LEN + 1, seat->segment);
	memcpy(aad_r + STORE_ID_LEN + 5, head, FRAME_HEAD);
}

/*
 * Sets key, nonce and associated data: to seal, or to open what must have that
 * tag (else NULL).
 */
static int
cipher_begin(struct seal *s, const struct seat *seat, uint32_t ordinal,
    const uint8_t head[FRAME_HEAD], uint8_t *tag)
{
	static const uint8_t nonce[12];
	const OSSL_PARAM expected[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag,
		    FRAME_TAG), OSSL_PARAM_END };
	uint8_t key[SECRET_LEN], aad[AAD_LEN];
	int n, ok;

	if (item_key(s, seat->secret, ordinal, key) == -1)
		return -1;
	associated(seat, head, aad);
	/* Named once: naming it again would set the context up anew. */
	ok = EVP_CipherInit_ex2(s->cipher, s->named ? NULL : s->gcm, key,
	    nonce, tag == NULL, tag == NULL ? NULL : expected) == 1 &&
	    EVP_CipherUpdate(s->cipher, NULL, &n, aad, sizeof(aad)) == 1;
	OPENSSL_cleanse(key, sizeof(key));
	s->named = 1;
	return ok ? 0 : no_memory();
}

/* Packs the parts if that is worth it: 1 packed, 0 not, -1 no memory. */
static int
pack(struct seal *s, int level, const struct part *part, size_t nparts,
    size_t total)
{
	size_t room = ZSTD_compressBound(total), n;

	if (s->cctx == NULL)
		s->cctx = ZSTD_createCCtx();
	if (s->cctx == NULL)
		return no_memory();
	buf_clear(&s->flat);
	buf_clear(&s->packed);
	for (size_t i = 0; i < nparts; i++)
		buf_add(&s->flat, part[i].data, part[i].len);
	if (buf_failed(&s->flat) || buf_reserve(&s->packed, room) == NULL)
		return no_memory();
	n = ZSTD_compressCCtx(s->cctx, s->packed.data, room, s->flat.data,
	    total, level);
	if (ZSTD_isError(n) || n > WORTH(total))
		return 0;
	buf_commit(&s->packed, n);
	return 1;
}

int
seal_put(struct seal *s, const struct seat *seat, struct frame *f, int level,
    const struct part *part, size_t nparts, struct buf *out)
{
	struct part packed;
	size_t total = 0;
	uint8_t *at;
	int n;

	for (size_t i = 0; i < nparts; i++)
		total += part[i].len;
	f->flags &= (uint8_t)~FRAME_ZSTD;
	if (level > 0 && total >= PACK_LEAST) {
		n = pack(s, level, part, nparts, total);
		if (n == -1)
			return -1;
		if (n == 1) {
			packed = (struct part){ s->packed.data, s->packed.len };
			f->flags |= FRAME_ZSTD;
			part = &packed;
			nparts = 1;
			total = packed.len;
		}
	}
	f->length = (uint32_t)total;
	at = buf_reserve(out, FRAME_SIZE(total));
	if (at == NULL)
		return no_memory();
	frame_encode(f, at);
	if (cipher_begin(s, seat, f->ordinal, at, NULL) == -1)
		return -1;
	total = FRAME_HEAD;
	for (size_t i = 0; i < nparts; i++) {
		if (EVP_EncryptUpdate(s->cipher, at + total, &n, part[i].data,
		    (int)part[i].len) != 1)
			return no_memory();
		total += part[i].len;
	}
	if (EVP_EncryptFinal_ex(s->cipher, at + total, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_GET_TAG, FRAME_TAG,
	    at + total) != 1)
		return no_memory();
	buf_commit(out, total + FRAME_TAG);
	return 0;
}

static int
bad(void)
{
	errno = EBADMSG;
	return -1;
}

static int
unpack(struct seal *s, const struct buf *packed, struct buf *plain)
{
	unsigned long long size;
	size_t n;

	if (s->dctx == NULL)
		s->dctx = ZSTD_createDCtx();
	if (s->dctx == NULL)
		return no_memory();
	size = ZSTD_getFrameContentSize(packed->data, packed->len);
	if (size == ZSTD_CONTENTSIZE_UNKNOWN ||
	    size == ZSTD_CONTENTSIZE_ERROR || size > FRAME_MAX)
		return bad();
	buf_clear(plain);
	if (buf_reserve(plain, (size_t)size + 1) == NULL)
		return no_memory();
	n = ZSTD_decompressDCtx(s->dctx, plain->data, (size_t)size,
	    packed->data, packed->len);
	if (ZSTD_isError(n) || n != size)
		return bad();
	buf_commit(plain, n);
	return 0;
}

/* The bytes of a frame as they were sealed, once its tag has passed. */
static int
open_frame(struct seal *s, const struct seat *seat, const struct frame *f,
    const uint8_t *raw, struct buf *to)
{
	uint8_t tag[FRAME_TAG];
	int n;

	buf_clear(to);
	memcpy(tag, raw + FRAME_HEAD + f->length, FRAME_TAG);
	if (buf_reserve(to, (size_t)f->length + 1) == NULL)
		return no_memory();
	if (cipher_begin(s, seat, f->ordinal, raw, tag) == -1)
		return -1;
	if (EVP_DecryptUpdate(s->cipher, to->data, &n, raw + FRAME_HEAD,
	    (int)f->length) != 1 ||
	    EVP_DecryptFinal_ex(s->cipher, to->data + f->length, &n) != 1) {
		OPENSSL_cleanse(to->data, f->length);
		return bad();
	}
	buf_commit(to, f->length);
	return 0;
}

int
seal_check(struct seal *s, const struct seat *seat, const struct frame *f,
    const uint8_t *raw)
{
	return open_frame(s, seat, f, raw, &s->packed);
}

int
seal_get(struct seal *s, const struct seat *seat, const struct frame *f,
    const uint8_t *raw, struct buf *plain)
{
	buf_clear(plain);
	if ((f->flags & FRAME_ZSTD) == 0)
		return open_frame(s, seat, f, raw, plain);
	return open_frame(s, seat, f, raw, &s->packed) == 0 ?
	    unpack(s, &s->packed, plain) : -1;
}

static int
wrap(const uint8_t *key, const uint8_t *in, int inlen, uint8_t *out, int enc)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t room[WRAPPED_LEN + 8];
	int n = 0, ok;

	if (ctx == NULL)
		return no_memory();
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	ok = EVP_CipherInit_ex2(ctx, EVP_aes_256_wrap(), key, NULL, enc, NULL)
	    == 1 && EVP_CipherUpdate(ctx, room, &n, in, inlen) == 1 &&
	    n == (enc ? WRAPPED_LEN : SECRET_LEN);
	if (ok)
		memcpy(out, room, (size_t)n);
	OPENSSL_cleanse(room, sizeof(room));
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : bad();
}

int
seal_wrap(const uint8_t key[SECRET_LEN], const uint8_t secret[SECRET_LEN],
    uint8_t out_r[WRAPPED_LEN])
{
	return wrap(key, secret, SECRET_LEN, out_r, 1);
}

int
seal_unwrap(const uint8_t key[SECRET_LEN], const uint8_t in[WRAPPED_LEN],
    uint8_t secret_r[SECRET_LEN])
{
	return wrap(key, in, WRAPPED_LEN, secret_r, 0);
}
