/* SPDX-License-Identifier: ISC */
/*
 * decode: see decode.h.  Content goes through in pieces; it must never hold
 * a decoded attachment in memory.
 */
#include "daemon/reader/decode.h"

#include <openssl/evp.h>

#include <string.h>

#include "daemon/reader/words.h"

#define PIECE		65536

static EVP_MD		*sha256;
static EVP_MD_CTX	*md;

int
decode_warm(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md = EVP_MD_CTX_new();
	/* The first use sets up what a child would have to. */
	return sha256 != NULL && md != NULL &&
	    EVP_DigestInit_ex2(md, sha256, NULL) == 1 ? 0 : -1;
}

static int
decode_base64(const char *bytes, size_t len, decode_fn *fn, void *arg)
{
	static uint8_t	 out[BASE64_ROOM(PIECE) + 3];
	struct base64	 b = { 0, 0, 0 };
	size_t		 n, got;

	for (; len > 0; bytes += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		got = base64_feed(&b, bytes, n, out);
		if (fn(arg, out, got) == -1)
			return -1;
	}
	got = base64_end(&b, out);
	return fn(arg, out, got);
}

/* What GMime has a filter for. */
static int
decode_filter(GMimeContentEncoding enc, const char *bytes, size_t len,
    decode_fn *fn, void *arg)
{
	GMimeFilter	*filter = g_mime_filter_basic_new(enc, FALSE);
	char		*out, *in;
	size_t		 n, outlen, pre;
	int		 rc = 0;

	for (; rc == 0 && len > 0; bytes += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		/* A decoder only reads what it is given. */
		in = (char *)(uintptr_t)bytes;
		g_mime_filter_filter(filter, in, n, 0, &out, &outlen, &pre);
		rc = fn(arg, out, outlen);
	}
	if (rc == 0) {
		g_mime_filter_complete(filter, NULL, 0, 0, &out, &outlen,
		    &pre);
		rc = fn(arg, out, outlen);
	}
	g_object_unref(filter);
	return rc;
}

int
decode_to(GMimeContentEncoding enc, const char *bytes, size_t len,
    decode_fn *fn, void *arg)
{
	if (enc == GMIME_CONTENT_ENCODING_BASE64)
		return decode_base64(bytes, len, fn, arg);
	if (enc == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	    enc == GMIME_CONTENT_ENCODING_UUENCODE)
		return decode_filter(enc, bytes, len, fn, arg);
	return fn(arg, bytes, len);
}

struct taken {
	struct decoded	*d;
	struct buf	*keep;
};

/* Hashes decoded bytes and keeps the first of them. */
static int
take(void *arg, const void *bytes, size_t len)
{
	struct taken	*t = arg;

	(void)EVP_DigestUpdate(md, bytes, len);	/* cannot fail for SHA-256 */
	t->d->bytes += (int64_t)len;
	if (t->keep != NULL && t->keep->len < DECODE_KEEP)
		buf_add(t->keep, bytes, len < DECODE_KEEP - t->keep->len ?
		    len : DECODE_KEEP - t->keep->len);
	return 0;
}

void
decode(struct decoded *d, GMimeContentEncoding enc, const char *bytes,
    size_t len, struct buf *keep)
{
	struct taken	 t = { d, keep };

	(void)EVP_DigestInit_ex2(md, sha256, NULL);
	d->bytes = 0;
	(void)decode_to(enc, bytes, len, take, &t);	/* take() never ends */
	(void)EVP_DigestFinal_ex(md, d->sha256, NULL);
}

/* The line without the marks of an mbox writer before "From ". */
static const uint8_t *
unquoted(const uint8_t *line, const uint8_t *end)
{
	const uint8_t	*p = line;

	while (p < end && *p == '>')
		p++;
	return end - p >= 5 && memcmp(p, "From ", 5) == 0 ? p : line;
}

int
decode_text(const struct buf *text, uint8_t sha256_r[32])
{
	const uint8_t	*p = text->len > 0 ? text->data :
	    (const uint8_t *)"", *end = p + text->len, *nl;
	struct buf	 out = BUF_INIT;
	int		 rc = -1;

	for (; p < end; p = nl + 1) {
		const uint8_t *last;

		nl = memchr(p, '\n', (size_t)(end - p));
		last = nl == NULL ? end : nl;
		if (nl == NULL)
			nl = end - 1;
		if (last > p && last[-1] == '\r')
			last--;
		p = unquoted(p, last);
		buf_add(&out, p, (size_t)(last - p));
		buf_addc(&out, '\n');
	}
	while (out.len > 1 && out.data[out.len - 2] == '\n')
		out.len--;
	if (!buf_failed(&out) && EVP_DigestInit_ex2(md, sha256, NULL) == 1) {
		(void)EVP_DigestUpdate(md, out.data, out.len);
		(void)EVP_DigestFinal_ex(md, sha256_r, NULL);
		rc = 0;
	}
	buf_release(&out);
	return rc;
}
