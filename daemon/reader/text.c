/* SPDX-License-Identifier: ISC */
/*
 * text: see text.h.
 *
 *	the document		its text
 *	a mail			the text parts of its body in their order; of
 *				alternatives the plain one, if it says
 *				anything, else the HTML one; no attachments and
 *				no messages within, but of a journal report the
 *				message in it
 *	HTML			what html.h makes of it
 *	other text		itself
 *	anything else		none
 *
 * A charset is what the part or the caller says, else what the bytes say: a
 * mark, UTF-8, or pairs as GB 18030 has them; else windows-1252.
 */
#include "daemon/reader/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "daemon/reader/answer.h"
#include "daemon/reader/charset.h"
#include "daemon/reader/decode.h"
#include "daemon/reader/document.h"
#include "daemon/reader/html.h"
#include "daemon/reader/leaf.h"
#include "daemon/reader/mail.h"
#include "daemon/reader/role.h"
#include "daemon/reader/type.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

#define DEPTH_MAX	64	/* of multiparts in multiparts */

/* What the walk through a mail has to remember. */
struct source {
	struct text	*text;
	const char	*bytes;
	size_t		 size;
	int		 depth;
};

void
text_init(struct text *t)
{
	memset(t, 0, sizeof(*t));
	t->type = "";
}

void
text_release(struct text *t)
{
	buf_release(&t->bytes);
}

/* Two-byte characters of GB 2312 and nothing else beyond ASCII. */
static int
looks_chinese(const char *s, size_t len)
{
	size_t	 i, pairs = 0;

	for (i = 0; i < len; i++) {
		if ((s[i] & 0x80) == 0)
			continue;
		if (i + 1 == len || (uint8_t)s[i] < 0xa1 ||
		    (uint8_t)s[i] > 0xf7 || (uint8_t)s[i + 1] < 0xa1)
			return 0;
		pairs++;
		i++;
	}
	return pairs >= 2;
}

static const char *
charset_guess(const char *s, size_t len)
{
	if (len >= 2 && (memcmp(s, "\xff\xfe", 2) == 0 ||
	    memcmp(s, "\xfe\xff", 2) == 0))
		return "utf-16";
	if (!text_is_utf8(s, len) && looks_chinese(s, len))
		return "gb18030";
	return NULL;
}

/* To UTF-8, without the mark that programs put in front. */
static void
convert(struct text *t, struct buf *out, const char *charset, const char *s,
    size_t len, int html)
{
	char	 own[32] = "";

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		len -= 3;
		charset = "utf-8";
	}
	if (charset == NULL || *charset == '\0' ||
	    strcasecmp(charset, "us-ascii") == 0) {
		if (html)
			html_charset(s, len, own, sizeof(own));
		charset = charset_known(own) ? own : charset_guess(s, len);
	}
	if (charset_convert(out, charset, s, len) == 0)
		t->notes |= READING_CHARSET;
}

/* Line ends to LF, controls out; the end cut at the limit. */
static void
lines_add(struct text *t, const char *s, size_t len)
{
	struct buf	*out = &t->bytes;
	size_t		 i, from = 0, room = LIMIT_READ_TEXT - out->len;

	if (len > room) {
		len = text_cut(s, len, room);
		t->notes |= READING_CUT;
	}
	for (i = 0; i < len; i++) {
		if ((uint8_t)s[i] >= ' ' && s[i] != 127)
			continue;
		if (s[i] == '\n' || s[i] == '\t')
			continue;
		buf_add(out, s + from, i - from);
		from = i + 1;
		if (s[i] == '\f' || (s[i] == '\r' && (i + 1 == len ||
		    s[i + 1] != '\n')))
			buf_addc(out, '\n');
	}
	buf_add(out, s + from, len - from);
	if (out->len > 0 && out->len < LIMIT_READ_TEXT &&
	    out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
}

static int
is_blank(const struct buf *b)
{
	size_t	 i = 0;

	while (i < b->len && (b->data[i] <= ' ' || (b->data[i] == 0xc2 &&
	    i + 1 < b->len && b->data[i + 1] == 0xa0)))
		i += b->data[i] == 0xc2 ? 2 : 1;
	return i == b->len;
}

/* The text of bytes that are text; html says which kind. */
static void
bytes_add(struct text *t, const char *charset, const char *s, size_t len,
    int html)
{
	struct buf	 utf8 = BUF_INIT, plain = BUF_INIT;

	convert(t, &utf8, charset, s, len, html);
	if (html && !buf_failed(&utf8)) {
		(void)html_text(&plain, utf8.len > 0 ? (const char *)utf8.data :
		    "", utf8.len);	/* it is looked at below */
		buf_swap(&plain, &utf8);
		t->notes |= READING_FROM_HTML;
	}
	if (buf_failed(&utf8))
		t->bytes.failed = 1;
	else if (utf8.len > 0)
		lines_add(t, (const char *)utf8.data, utf8.len);
	buf_release(&utf8);
	buf_release(&plain);
}

static int
keep(void *arg, const void *bytes, size_t len)
{
	struct buf	*to = arg;

	if (len > LIMIT_READ_TEXT - to->len)
		len = LIMIT_READ_TEXT - to->len;
	buf_add(to, bytes, len);
	return to->len == LIMIT_READ_TEXT ? -1 : 0;
}

static void
leaf_add(struct source *s, GMimeObject *obj, const char *type)
{
	struct buf	 bytes = BUF_INIT;
	struct leaf	 leaf;

	leaf_find(&leaf, obj, s->bytes, s->size);
	if (leaf.start >= 0 && decode_to(leaf.encoding, s->bytes + leaf.start,
	    (size_t)(leaf.end - leaf.start), keep, &bytes) == -1)
		s->text->notes |= READING_CUT;
	if (bytes.len > 0)
		bytes_add(s->text, g_mime_object_get_content_type_parameter(
		    obj, "charset"), (const char *)bytes.data, bytes.len,
		    strcasecmp(type, "text/html") == 0);
	buf_release(&bytes);
}

static void	object_add(struct source *, GMimeObject *);

/* The plain one, else the last that says anything. */
static void
alternative_add(struct source *s, GMimeMultipart *mp)
{
	int		 i, html, n = g_mime_multipart_get_count(mp);
	struct text	*to = s->text, best, one;

	text_init(&best);
	for (i = 0; i < n; i++) {
		text_init(&one);
		s->text = &one;
		object_add(s, g_mime_multipart_get_part(mp, i));
		html = (one.notes & READING_FROM_HTML) != 0;
		if (buf_failed(&one.bytes))
			to->bytes.failed = 1;
		else if (!is_blank(&one.bytes)) {
			struct text	 other = best;

			best = one;
			one = other;
			if (!html)
				i = n;
		}
		text_release(&one);
	}
	s->text = to;
	if (best.bytes.len > 0)
		lines_add(to, (const char *)best.bytes.data, best.bytes.len);
	to->notes |= best.notes;
	text_release(&best);
}

static void
multipart_add(struct source *s, GMimeMultipart *mp)
{
	char	*type = g_mime_content_type_get_mime_type(
		    g_mime_object_get_content_type(GMIME_OBJECT(mp)));
	int	 i, n = g_mime_multipart_get_count(mp);

	if (strcasecmp(type, "multipart/alternative") == 0)
		alternative_add(s, mp);
	else
		for (i = 0; i < n && i < LIMIT_READ_PARTS; i++)
			object_add(s, g_mime_multipart_get_part(mp, i));
	g_free(type);
}

static void
object_add(struct source *s, GMimeObject *obj)
{
	char	*type;

	if (obj == NULL || s->depth >= DEPTH_MAX)
		return;
	s->depth++;
	if (GMIME_IS_MULTIPART(obj)) {
		multipart_add(s, GMIME_MULTIPART(obj));
	} else if (GMIME_IS_PART(obj) && !leaf_attached(obj)) {
		type = leaf_type(obj);
		if (strncasecmp(type, "text/", 5) == 0 &&
		    strcasecmp(type, "text/rfc822-headers") != 0)
			leaf_add(s, obj, type);
		g_free(type);
	}
	s->depth--;
}

/* 1 if it was a mail. */
static int
mail_add(struct text *t, int fd, const char *bytes, size_t size)
{
	struct source	 s = { t, bytes, size, 0 };
	struct facts	 f;
	struct mail	 m;
	int		 got;

	facts_init(&f);
	got = mail_open(&f, fd, bytes, size, &m);
	if (got) {
		object_add(&s, mail_body(&m));
		mail_close(&m);
	}
	facts_release(&f);
	return got;
}

/* libmagic says text/plain of pages that begin without a declaration. */
static int
is_html(const char *type, const char *s, size_t len)
{
	size_t	 i = 0;

	if (strcmp(type, "text/html") == 0)
		return 1;
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < len && strchr(" \t\r\n", s[i]) != NULL && s[i] != '\0')
		i++;
	return len - i >= 6 && (strncasecmp(s + i, "<html", 5) == 0 ||
	    (len - i >= 14 && strncasecmp(s + i, "<!doctype html", 14) == 0));
}

int
text_read(struct text *t, const struct reading_request *q, int fd,
    const char *bytes)
{
	size_t	 size = (size_t)q->size;

	t->outcome = READING_DONE;
	if (document_is_mail(bytes, size, q->hint) &&
	    mail_add(t, fd, bytes, size)) {
		t->type = "message/rfc822";
	} else if (size == 0) {
		t->outcome = READING_EMPTY;
	} else {
		t->type = type_of(bytes, size);
		if (is_html(t->type, bytes, size)) {
			t->type = "text/html";
			bytes_add(t, q->charset, bytes, size, 1);
		} else if (strncmp(t->type, "text/", 5) == 0 &&
		    strcmp(t->type, "text/rtf") != 0)
			bytes_add(t, q->charset, bytes, size, 0);
		else
			t->outcome = READING_NONE;
	}
	errno = ENOMEM;
	return buf_failed(&t->bytes) ? -1 : 0;
}

int
role_text(const struct reading_request *q, const char *words, int docfd,
    int answerfd)
{
	struct answer	 a;
	struct text	 t;
	const char	*bytes = document_map(docfd, q->size);

	(void)words;
	text_init(&t);
	if (bytes == NULL || text_read(&t, q, docfd, bytes) == -1)
		return -1;
	answer_init(&a, answerfd, LIMIT_READ_TEXT);
	if (t.bytes.len > 0)
		(void)answer_add(&a, t.bytes.data, t.bytes.len);
	answer_outcome(&a, t.outcome);
	answer_type(&a, t.type);
	a.tail.notes = t.notes;
	text_release(&t);
	return answer_end(&a);
}
