/* SPDX-License-Identifier: ISC */
/*
 * text: what UTF-8 needs at the borders.  Nothing here may trust its input
 * to be UTF-8, and nothing may cut a character in two.
 */
#include "proto/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

/* Length of the character that begins here, 0 if there is none. */
static size_t
char_length(const uint8_t *p, size_t len)
{
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

int
text_is_utf8(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	while (len > 0) {
		uint64_t eight = UINT64_C(1) << 63;
		size_t n;

		/* Entries are ASCII for the most part. */
		if (len >= 8)
			memcpy(&eight, p, 8);
		if ((eight & UINT64_C(0x8080808080808080)) == 0)
			n = 8;
		else if ((n = char_length(p, len)) == 0)
			return 0;
		p += n;
		len -= n;
	}
	return 1;
}

void
text_clean(struct buf *out, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	while (len > 0) {
		size_t n = char_length(p, len);

		if (n == 0)
			buf_adds(out, REPLACEMENT);
		else
			buf_add(out, p, n);
		p += n ? n : 1;
		len -= n ? n : 1;
	}
}

size_t
text_cut(const char *text, size_t len, size_t max)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = max;

	if (len <= max)
		return len;
	while (n > 0 && max - n < 3 && (p[n] & 0xc0) == 0x80)
		n--;
	/* Four continuation bytes are no character: cut where asked. */
	return (p[n] & 0xc0) == 0x80 ? max : n;
}

size_t
text_width(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t width = 0;

	while (len > 0) {
		size_t n = char_length(p, len);
		utf8proc_int32_t c;
		int w = 1;

		if (n > 1) {
			(void)utf8proc_iterate(p, (utf8proc_ssize_t)n, &c);
			w = utf8proc_charwidth(c);
		} else if (n == 1 && (*p < 0x20 || *p == 0x7f)) {
			w = 0;
		}
		width += w > 0 ? (size_t)w : 0;
		p += n ? n : 1;
		len -= n ? n : 1;
	}
	return width;
}

/* ASCII is most of what comes; it folds to itself in lower case. */
static int
fold_ascii(struct buf *out, const char *text, size_t len)
{
	uint8_t *to;

	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] >= 0x80)
			return 0;
	if ((to = buf_reserve(out, len)) == NULL)
		return 1;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		to[i] = (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	buf_commit(out, len);
	return 1;
}

int
text_fold(struct buf *out, const char *text, size_t len)
{
	struct buf clean = BUF_INIT;
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n;
	int rc = -1;

	if (len == 0)
		return 0;
	if (fold_ascii(out, text, len))
		return buf_failed(out) ? -1 : 0;
	text_clean(&clean, text, len);
	if (buf_failed(&clean))
		goto out;
	n = utf8proc_map(clean.data, (utf8proc_ssize_t)clean.len, &folded,
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
	    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (n < 0)
		goto out;
	buf_add(out, folded, (size_t)n);
	rc = buf_failed(out) ? -1 : 0;
out:
	free(folded);
	buf_release(&clean);
	return rc;
}

static int
is_dash(utf8proc_int32_t c)
{
	return c == 0x2212 || c == 0x2796 || c == 0x02d7 || c == 0x2043 ||
	    utf8proc_category(c) == UTF8PROC_CATEGORY_PD;
}

int
text_fold_token(struct buf *out, const char *text, size_t len)
{
	struct buf folded = BUF_INIT;
	int rc = text_fold(&folded, text, len);

	for (size_t i = 0, n; rc == 0 && i < folded.len; i += n) {
		const uint8_t *p = folded.data + i;
		utf8proc_int32_t c = *p;

		n = char_length(p, folded.len - i);
		if (n > 1)
			(void)utf8proc_iterate(p, (utf8proc_ssize_t)n, &c);
		else
			n = 1;
		if (n > 1 && is_dash(c))
			buf_addc(out, '-');
		else
			buf_add(out, p, n);
	}
	buf_release(&folded);
	return rc == 0 && !buf_failed(out) ? 0 : -1;
}

/* What mail programs put before a subject; folded, with its colon. */
static size_t
reply_mark(const char *s, size_t len)
{
	static const char *const marks[] = { "re:", "fw:", "fwd:", "aw:",
	    "wg:", "sv:", "vs:", "tr:", "rv:", "antw:", "antwort:",
	    "回复:", "答复:", "转发:", "回覆:", "答覆:", "轉寄:", "轉發:" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		size_t n = strlen(marks[i]);

		if (len >= n && memcmp(s, marks[i], n) == 0)
			return n;
	}
	return 0;
}

static int
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
text_base_subject(struct buf *out, const char *text, size_t len)
{
	struct buf folded = BUF_INIT;
	const char *s;
	size_t before = out->len, n, mark;
	int rc = -1;

	if (text_fold(&folded, text, len) == -1)
		goto out;
	s = (const char *)folded.data;
	n = folded.len;
	while (n > 0 && ((mark = reply_mark(s, n)) > 0 || is_space(*s))) {
		mark += mark == 0;
		s += mark;
		n -= mark;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_space(s[i]))
			continue;
		if (i > 0 && is_space(s[i - 1]) && out->len > before)
			buf_addc(out, ' ');
		buf_addc(out, (uint8_t)s[i]);
	}
	rc = buf_failed(out) ? -1 : 0;
out:
	buf_release(&folded);
	return rc;
}

int
text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
text_unhex(const char *text, size_t len, uint8_t *out_r)
{
	if (len % 2 != 0)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = text_hex_digit(text[i]);
		int low = text_hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out_r[i / 2] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void
text_base64(struct buf *out, const void *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = bytes;

	for (; len > 0; p += 3) {
		size_t n = len < 3 ? len : 3;
		uint32_t v = (uint32_t)p[0] << 16;

		if (n > 1)
			v |= (uint32_t)p[1] << 8;
		if (n > 2)
			v |= p[2];
		buf_addc(out, digits[v >> 18]);
		buf_addc(out, digits[v >> 12 & 63]);
		buf_addc(out, n > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(out, n > 2 ? digits[v & 63] : '=');
		len -= n;
	}
}

int
text_base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bits that no digit of the output holds must be zero: one spelling only. */
int
text_unbase64(struct buf *out, const char *text, size_t len)
{
	size_t pad = 0;

	if (len % 4 != 0)
		return -1;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < len; i += 4) {
		size_t skip = i + 4 == len ? pad : 0;
		uint32_t v = 0;

		for (size_t j = 0; j < 4; j++) {
			int d = j >= 4 - skip ? 0 :
			    text_base64_digit(text[i + j]);

			if (d < 0)
				return -1;
			v = v << 6 | (uint32_t)d;
		}
		if (skip > 0 && (v & (skip == 1 ? 0xff : 0xffff)) != 0)
			return -1;
		buf_addc(out, (uint8_t)(v >> 16));
		if (skip < 2)
			buf_addc(out, (uint8_t)(v >> 8));
		if (skip < 1)
			buf_addc(out, (uint8_t)v);
	}
	return 0;
}

static const char *
html_entity(uint8_t c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\t':
	case '\n':
		return NULL;
	default:
		return c < 0x20 || c == 0x7f ? REPLACEMENT : NULL;
	}
}

/* What HTML forbids in a page: C1 controls and code points of no character. */
static int
html_forbids(const uint8_t *p, size_t n)
{
	switch (n) {
	case 2:
		return p[0] == 0xc2 && p[1] < 0xa0;
	case 3:		/* U+FDD0 to U+FDEF, U+FFFE, U+FFFF */
		return p[0] == 0xef && ((p[1] == 0xb7 && p[2] >= 0x90 &&
		    p[2] <= 0xaf) || (p[1] == 0xbf && p[2] >= 0xbe));
	case 4:		/* U+1FFFE, U+1FFFF ... */
		return (p[1] & 0x0f) == 0x0f && p[2] == 0xbf && p[3] >= 0xbe;
	default:
		return 0;
	}
}

void
text_html(struct buf *out, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	while (len > 0) {
		size_t n = char_length(p, len);
		const char *entity = n == 0 ? REPLACEMENT : html_entity(*p);

		if (html_forbids(p, n))
			entity = REPLACEMENT;
		if (entity != NULL)
			buf_adds(out, entity);
		else
			buf_add(out, p, n);
		p += n ? n : 1;
		len -= n ? n : 1;
	}
}

int
text_unpercent(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c == '%') {
			if (len - i < 3 ||
			    text_unhex(text + i + 1, 2, &c) == -1)
				return -1;
			i += 2;
		}
		buf_addc(out, c);
	}
	return 0;
}

static int
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

void
text_percent(struct buf *out, const char *text, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (is_unreserved(text[i])) {
			buf_addc(out, c);
			continue;
		}
		buf_addc(out, '%');
		buf_addc(out, digits[c >> 4]);
		buf_addc(out, digits[c & 15]);
	}
}
