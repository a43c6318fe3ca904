/* SPDX-License-Identifier: ISC */
/*
 * words: see words.h.
 *
 * The bytes of neighbouring words of one charset are put together before
 * they are converted, since a character may be cut between two of them.
 * Blanks between neighbours are no text (RFC 2047, 6.2).
 */
#include "daemon/reader/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "daemon/reader/charset.h"
#include "proto/base/text.h"

#define CHARSET_BYTES	64

struct word {
	char		 charset[CHARSET_BYTES];
	int		 base64;
	const char	*payload;
	size_t		 len;
};

size_t
base64_feed(struct base64 *b, const char *s, size_t len, uint8_t *out_r)
{
	size_t	 i, n = 0;
	int	 v;

	for (i = 0; i < len && !b->done; i++) {
		v = text_base64_digit(s[i]);
		if (v == -1) {
			b->done = s[i] == '=' && b->n >= 2;
			continue;
		}
		b->bits = b->bits << 6 | (uint32_t)v;
		if (++b->n == 4) {
			out_r[n++] = (uint8_t)(b->bits >> 16);
			out_r[n++] = (uint8_t)(b->bits >> 8);
			out_r[n++] = (uint8_t)b->bits;
			b->n = 0;
		}
	}
	return n;
}

size_t
base64_end(struct base64 *b, uint8_t out_r[3])
{
	size_t	 n = 0;

	if (b->n >= 2)
		out_r[n++] = (uint8_t)(b->bits >> (b->n == 2 ? 4 : 10));
	if (b->n == 3)
		out_r[n++] = (uint8_t)(b->bits >> 2);
	b->n = 0;
	return n;
}

static void
base64(struct buf *out, const char *s, size_t len)
{
	struct base64	 b = { 0, 0, 0 };
	uint8_t		*room = buf_reserve(out, BASE64_ROOM(len) + 3);
	size_t		 n;

	if (room == NULL)
		return;
	n = base64_feed(&b, s, len, room);
	buf_commit(out, n + base64_end(&b, room + n));
}

/* The Q encoding (RFC 2047, 4.2). */
static void
quoted(struct buf *out, const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++) {
		if (s[i] == '=' && i + 2 < len &&
		    text_hex_digit(s[i + 1]) != -1 &&
		    text_hex_digit(s[i + 2]) != -1) {
			buf_addc(out, text_hex_digit(s[i + 1]) << 4 |
			    text_hex_digit(s[i + 2]));
			i += 2;
		} else if (s[i] == '_') {
			buf_addc(out, ' ');
		} else if (s[i] != '\r' && s[i] != '\n') {
			buf_addc(out, s[i]);
		}
	}
}

/* The word at s, if one begins there: its bytes, else 0. */
static size_t
word_parse(const char *s, size_t len, struct word *w)
{
	const char	*q, *e, *end = s + len;
	size_t		 n;

	if (len < 8 || s[0] != '=' || s[1] != '?')
		return 0;
	q = memchr(s + 2, '?', len - 2);
	if (q == NULL || end - q < 5 || q[2] != '?' ||
	    strchr("bBqQ", q[1]) == NULL)
		return 0;
	n = (size_t)(q - s - 2);
	if (n == 0 || n >= sizeof(w->charset))
		return 0;
	memcpy(w->charset, s + 2, n);
	w->charset[n] = '\0';
	/* RFC 2231, 5: a language may stand behind the charset */
	w->charset[strcspn(w->charset, "*")] = '\0';
	if (strpbrk(w->charset, " \t\r\n") != NULL)
		return 0;
	w->base64 = q[1] == 'b' || q[1] == 'B';
	w->payload = q + 3;
	e = memmem(w->payload, (size_t)(end - w->payload), "?=", 2);
	if (e == NULL)
		return 0;
	w->len = (size_t)(e - w->payload);
	return (size_t)(e + 2 - s);
}

static void
text_raw(struct buf *out, const char *s, size_t len, const char *fallback)
{
	struct buf	 flat = BUF_INIT;
	size_t		 i;

	for (i = 0; i < len; i++)
		if (s[i] != '\r' && s[i] != '\n')
			buf_addc(&flat, s[i]);
	if (flat.len > 0 && text_is_utf8((const char *)flat.data, flat.len))
		buf_add(out, flat.data, flat.len);
	else if (flat.len > 0)
		(void)charset_convert(out, fallback,
		    (const char *)flat.data, flat.len);
	buf_release(&flat);
}

static void
flush(struct buf *out, struct buf *bytes, const char *charset)
{
	if (bytes->len > 0)
		(void)charset_convert(out, charset, (const char *)bytes->data,
		    bytes->len);
	buf_clear(bytes);
}

void
words_decode(struct buf *out, const char *s, size_t len, const char *fallback)
{
	struct buf	 bytes = BUF_INIT;
	struct word	 w;
	char		 charset[CHARSET_BYTES] = "";
	size_t		 i = 0, text = 0, n, k;

	while (i < len) {
		n = s[i] == '=' ? word_parse(s + i, len - i, &w) : 0;
		if (n == 0) {
			i++;
			continue;
		}
		for (k = text; k < i && isspace((unsigned char)s[k]); k++)
			;
		if (k < i || (text == 0 && i > 0) ||
		    strcasecmp(charset, w.charset) != 0)
			flush(out, &bytes, charset);
		if (k < i)
			text_raw(out, s + text, i - text, fallback);
		memcpy(charset, w.charset, sizeof(charset));
		if (w.base64)
			base64(&bytes, w.payload, w.len);
		else
			quoted(&bytes, w.payload, w.len);
		i += n;
		text = i;
	}
	flush(out, &bytes, charset);
	text_raw(out, s + text, len - text, fallback);
	buf_release(&bytes);
}
