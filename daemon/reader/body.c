/* SPDX-License-Identifier: ISC */
/*
 * body: see body.h.
 *
 * Quoted is: a line that begins with `>'; the line that says who wrote it;
 * everything behind a line that says that an original message follows, or
 * behind the header block that some programs put there instead.
 */
#include "daemon/reader/body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"

struct line {
	const char	*s;
	size_t		 len;
};

/* The line at p without blanks at its ends; gives what follows it. */
static const char *
line_next(const char *p, const char *end, struct line *line_r)
{
	const char	*nl = memchr(p, '\n', (size_t)(end - p));
	const char	*e = nl == NULL ? end : nl;

	while (p < e && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	line_r->s = p;
	while (e > p && (e[-1] == ' ' || e[-1] == '\t' || e[-1] == '\r'))
		e--;
	line_r->len = (size_t)(e - p);
	return nl == NULL ? end : nl + 1;
}

static int
line_has(const struct line *l, const char *word)
{
	return memmem(l->s, l->len, word, strlen(word)) != NULL;
}

static int
line_begins(const struct line *l, const char *const words[], size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (l->len >= strlen(words[i]) &&
		    strncasecmp(l->s, words[i], strlen(words[i])) == 0)
			return 1;
	return 0;
}

static int
line_quoted(const struct line *l)
{
	return l->len > 0 && *l->s == '>';
}

/* "-----Original Message-----" and its like. */
static int
line_original(const struct line *l)
{
	static const char *const words[] = { "Original Message",
	    "Original message", "original message", "Original Appointment",
	    "Urspr\xc3\xbcngliche Nachricht", "Original-Nachricht",
	    "Message d'origine", "Mensaje original",
	    "\xe5\x8e\x9f\xe5\xa7\x8b\xe9\x82\xae\xe4\xbb\xb6",
	    "\xe9\x82\xae\xe4\xbb\xb6\xe5\x8e\x9f\xe4\xbb\xb6",
	    "\xe5\x8e\x9f\xe5\xa7\x8b\xe9\x83\xb5\xe4\xbb\xb6" };
	size_t	 i;

	if (l->len < 6 || l->len > 100 || strncmp(l->s, "--", 2) != 0)
		return 0;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (line_has(l, words[i]))
			return 1;
	return 0;
}

/* "From: ..." with "Sent:" or "To:" right behind it, as Outlook does. */
static int
block_begins(const struct line *l, const char *p, const char *end)
{
	static const char *const from[] = { "From:", "Von:", "De :",
	    "\xe5\x8f\x91\xe4\xbb\xb6\xe4\xba\xba",
	    "\xe5\xaf\x84\xe4\xbb\xb6\xe8\x80\x85" };
	static const char *const sent[] = { "Sent:", "Date:", "Gesendet:",
	    "To:", "Envoy", "\xe5\x8f\x91\xe9\x80\x81\xe6\x97\xb6\xe9\x97\xb4",
	    "\xe6\x97\xa5\xe6\x9c\x9f",
	    "\xe5\xaf\x84\xe4\xbb\xb6\xe6\x97\xa5\xe6\x9c\x9f" };
	struct line	 next;
	int		 i;

	if (!line_begins(l, from, sizeof(from) / sizeof(from[0])))
		return 0;
	for (i = 0; i < 2 && p < end; i++) {
		p = line_next(p, end, &next);
		if (line_begins(&next, sent, sizeof(sent) / sizeof(sent[0])))
			return 1;
	}
	return 0;
}

/* "On ... wrote:" with a quoted line behind it, blank lines apart. */
static int
line_attribution(const struct line *l, const char *p, const char *end)
{
	struct line	 next = { NULL, 0 };
	static const char wide[] = "\xef\xbc\x9a";

	if (l->len == 0 || (l->s[l->len - 1] != ':' && (l->len < 3 ||
	    memcmp(l->s + l->len - 3, wide, 3) != 0)))
		return 0;
	while (p < end && next.len == 0)
		p = line_next(p, end, &next);
	return line_quoted(&next);
}

/* 1 if what stands from there on is the first half of "On ... wrote:". */
static int
line_opens(const struct buf *out, size_t from)
{
	while (from < out->len && out->data[from] == '\n')
		from++;
	return out->len - from > 3 && (memcmp(out->data + from, "On ", 3) ==
	    0 || memcmp(out->data + from, "Am ", 3) == 0 ||
	    memcmp(out->data + from, "Le ", 3) == 0);
}

void
body_unquote(struct buf *out, const char *text, size_t len)
{
	const char	*p = text, *end = text + len;
	size_t		 mark = out->len, last = mark;
	struct line	 l;
	int		 blank = 0;

	while (p < end && out->len - mark < BODY_MAX) {
		p = line_next(p, end, &l);
		if (line_original(&l) || block_begins(&l, p, end))
			break;
		if (line_attribution(&l, p, end)) {
			if (!blank && line_opens(out, last))
				out->len = last;
			continue;
		}
		if (line_quoted(&l))
			continue;
		if (l.len == 0) {
			blank = out->len > mark;
			continue;
		}
		last = out->len;
		if (out->len > mark)
			buf_adds(out, blank ? "\n\n" : "\n");
		blank = 0;
		buf_add(out, l.s, l.len);
	}
	if (!buf_failed(out) && out->len - mark > BODY_MAX)
		out->len = mark + text_cut((const char *)out->data + mark,
		    out->len - mark, BODY_MAX);
}

/* A code point as UTF-8; what is none becomes U+FFFD. */
static void
add_char(struct buf *out, unsigned long c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		buf_addc(out, (int)c);
	} else if (c < 0x800) {
		buf_addc(out, (int)(0xc0 | c >> 6));
		buf_addc(out, (int)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (int)(0xe0 | c >> 12));
		buf_addc(out, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (int)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (int)(0xf0 | c >> 18));
		buf_addc(out, (int)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (int)(0x80 | (c & 0x3f)));
	}
}

/* &#123; and &#x7b;: the bytes that it took, or 0 */
static size_t
entity_number(struct buf *out, const char *s, size_t len)
{
	size_t		 i = 2;
	unsigned long	 c = 0;
	int		 hex = len > 3 && (s[2] == 'x' || s[2] == 'X');

	for (i += (size_t)hex; i < len && i < 10 && (hex ?
	    isxdigit((unsigned char)s[i]) : isdigit((unsigned char)s[i])); i++)
		c = c * (hex ? 16 : 10) + (unsigned long)(s[i] <= '9' ?
		    s[i] - '0' : (s[i] | 32) - 'a' + 10);
	if (i == 2 + (size_t)hex)
		return 0;
	add_char(out, c);
	return i < len && s[i] == ';' ? i + 1 : i;
}

/* The same for the names that occur in mail. */
static size_t
entity(struct buf *out, const char *s, size_t len)
{
	static const struct { const char *name; unsigned long c; } named[] = {
		{ "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' },
		{ "quot;", '"' }, { "apos;", '\'' }, { "nbsp;", ' ' },
		{ "ndash;", 0x2013 }, { "mdash;", 0x2014 },
		{ "lsquo;", 0x2018 }, { "rsquo;", 0x2019 },
		{ "ldquo;", 0x201c }, { "rdquo;", 0x201d },
		{ "hellip;", 0x2026 }, { "euro;", 0x20ac },
		{ "pound;", 0xa3 }, { "copy;", 0xa9 }, { "reg;", 0xae },
		{ "Auml;", 0xc4 }, { "Ouml;", 0xd6 }, { "Uuml;", 0xdc },
		{ "auml;", 0xe4 }, { "ouml;", 0xf6 }, { "uuml;", 0xfc },
		{ "szlig;", 0xdf }, { "agrave;", 0xe0 }, { "eacute;", 0xe9 },
		{ "egrave;", 0xe8 }, { "ccedil;", 0xe7 }, { "ntilde;", 0xf1 },
	};
	size_t	 i, n;

	if (len > 2 && s[1] == '#')
		return entity_number(out, s, len);
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		n = strlen(named[i].name);
		if (len > n && memcmp(s + 1, named[i].name, n) == 0) {
			add_char(out, named[i].c);
			return n + 1;
		}
	}
	return 0;
}

/* Where a page is being read. */
struct page {
	struct buf	*out;
	int		 quote;		/* blockquotes that are open */
	const char	*until;		/* tag that ends what is no text */
};

static int
tag_is(const char *s, size_t len, const char *name)
{
	size_t	 n = strlen(name);

	return len >= n && strncasecmp(s, name, n) == 0 &&
	    (len == n || !isalnum((unsigned char)s[n]));
}

static void
tag_take(struct page *pg, const char *s, size_t len)
{
	static const char *const breaks[] = { "br", "p", "/p", "div", "/div",
	    "tr", "li", "h1", "h2", "h3", "h4", "table", "hr", "/h1", "/h2" };
	size_t	 i;

	if (pg->until != NULL) {
		if (len > 1 && *s == '/' && tag_is(s + 1, len - 1, pg->until))
			pg->until = NULL;
		return;
	}
	if (tag_is(s, len, "script"))
		pg->until = "script";
	else if (tag_is(s, len, "style"))
		pg->until = "style";
	else if (tag_is(s, len, "title"))
		pg->until = "title";
	else if (tag_is(s, len, "blockquote"))
		pg->quote++;
	else if (tag_is(s, len, "/blockquote") && pg->quote > 0)
		pg->quote--;
	else if (tag_is(s, len, "td") || tag_is(s, len, "th"))
		buf_addc(pg->out, ' ');
	for (i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		if (tag_is(s, len, breaks[i]))
			buf_addc(pg->out, '\n');
}

/* The bytes of a tag or comment that begins at s. */
static size_t
tag_len(const char *s, size_t len)
{
	const char	*e;

	if (len >= 4 && memcmp(s, "<!--", 4) == 0) {
		e = memmem(s, len, "-->", 3);
		return e == NULL ? len : (size_t)(e - s) + 3;
	}
	e = memchr(s, '>', len);
	return e == NULL ? len : (size_t)(e - s) + 1;
}

void
body_from_html(struct buf *out, const char *s, size_t len)
{
	struct page	 pg = { out, 0, NULL };
	size_t		 i, n;
	int		 space = 1;

	for (i = 0; i < len && !buf_failed(out); i += n) {
		n = 1;
		if (s[i] == '<' && i + 1 < len &&
		    (isalpha((unsigned char)s[i + 1]) ||
		    strchr("/!?", s[i + 1]) != NULL)) {
			n = tag_len(s + i, len - i);
			if (n > 2)
				tag_take(&pg, s + i + 1, n - 2);
			space = 0;
		} else if (pg.until != NULL || pg.quote > 0) {
			continue;
		} else if (isspace((unsigned char)s[i])) {
			if (!space)
				buf_addc(out, ' ');
			space = 1;
		} else {
			space = 0;
			if (s[i] == '&')
				n = entity(out, s + i, len - i);
			if (s[i] != '&' || n == 0) {
				n = 1;
				buf_addc(out, s[i]);
			}
		}
	}
}
