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

/* Hashes decoded bytes and keeps the first of them. */
static void
take(struct decoded *d, struct buf *keep, const void *bytes, size_t len)
{
	(void)EVP_DigestUpdate(md, bytes, len);	/* cannot fail for SHA-256 */
	d->bytes += (int64_t)len;
	if (keep == NULL || keep->len >= DECODE_KEEP)
		return;
	buf_add(keep, bytes, len < DECODE_KEEP - keep->len ? len :
	    DECODE_KEEP - keep->len);
}

static void
decode_base64(struct decoded *d, const char *bytes, size_t len, struct buf *keep)
{
	static uint8_t	 out[BASE64_ROOM(PIECE) + 3];
	struct base64	 b = { 0, 0, 0 };
	size_t		 n, got;

	for (; len > 0; bytes += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		got = base64_feed(&b, bytes, n, out);
		take(d, keep, out, got);
	}
	got = base64_end(&b, out);
	take(d, keep, out, got);
}

/* What GMime has a filter for. */
static void
decode_filter(struct decoded *d, GMimeContentEncoding enc, const char *bytes,
    size_t len, struct buf *keep)
{
	GMimeFilter	*filter = g_mime_filter_basic_new(enc, FALSE);
	char		*out, *in;
	size_t		 n, outlen, pre;

	for (; len > 0; bytes += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		/* A decoder only reads what it is given. */
		in = (char *)(uintptr_t)bytes;
		g_mime_filter_filter(filter, in, n, 0, &out, &outlen, &pre);
		take(d, keep, out, outlen);
	}
	g_mime_filter_complete(filter, NULL, 0, 0, &out, &outlen, &pre);
	take(d, keep, out, outlen);
	g_object_unref(filter);
}

void
decode(struct decoded *d, GMimeContentEncoding enc, const char *bytes,
    size_t len, struct buf *keep)
{
	(void)EVP_DigestInit_ex2(md, sha256, NULL);
	d->bytes = 0;
	if (enc == GMIME_CONTENT_ENCODING_BASE64)
		decode_base64(d, bytes, len, keep);
	else if (enc == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	    enc == GMIME_CONTENT_ENCODING_UUENCODE)
		decode_filter(d, enc, bytes, len, keep);
	else
		take(d, keep, bytes, len);
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
