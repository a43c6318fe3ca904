/* SPDX-License-Identifier: ISC */
/*
 * bounce: see bounce.h.  The first recipient that failed speaks for all of
 * the report; it must never be read from the free text of a bounce.
 */
#include "daemon/reader/bounce.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/head.h"

#define VALUE_MAX	512

void
bounce_init(struct bounce *b)
{
	memset(b, 0, sizeof(*b));
}

void
bounce_release(struct bounce *b)
{
	buf_release(&b->message_id);
	buf_release(&b->recipient);
	buf_release(&b->status);
}

/* The value of the line's field if it has that name, else NULL. */
static const char *
field(const char *line, const char *end, const char *name, size_t *len_r)
{
	size_t	 n = strlen(name);

	if ((size_t)(end - line) <= n || line[n] != ':' ||
	    strncasecmp(line, name, n) != 0)
		return NULL;
	line += n + 1;
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	while (end > line && (end[-1] == '\r' || end[-1] == ' '))
		end--;
	*len_r = (size_t)(end - line) < VALUE_MAX ? (size_t)(end - line) :
	    VALUE_MAX;
	return line;
}

/* "rfc822; someone@example.org": what stands behind the type */
static void
recipient_set(struct bounce *b, const char *s, size_t len)
{
	const char	*semi = memchr(s, ';', len);

	if (semi != NULL) {
		len -= (size_t)(semi + 1 - s);
		s = semi + 1;
	}
	while (len > 0 && (*s == ' ' || *s == '<')) {
		s++;
		len--;
	}
	while (len > 0 && s[len - 1] == '>')
		len--;
	buf_clear(&b->recipient);
	buf_add(&b->recipient, s, len);
}

/* A status whose recipient did get the message is no failure. */
static int
failed(const struct buf *status)
{
	return status->len > 0 && status->data[0] != '2';
}

void
bounce_status(struct bounce *b, const char *s, size_t len)
{
	const char	*end = s + len, *nl, *v;
	size_t		 n;

	b->report = 1;
	for (; s < end && !failed(&b->status); s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		if ((v = field(s, nl, "Final-Recipient", &n)) != NULL ||
		    (b->recipient.len == 0 &&
		    (v = field(s, nl, "Original-Recipient", &n)) != NULL))
			recipient_set(b, v, n);
		v = field(s, nl, "Status", &n);
		if (v != NULL) {
			buf_clear(&b->status);
			/* "5.1.1 (no such user)": the number alone */
			while (n > 0 && memchr(v, ' ', n) != NULL)
				n--;
			buf_add(&b->status, v, n);
		}
	}
}

void
bounce_message(struct bounce *b, const char *id)
{
	if (id != NULL && b->message_id.len == 0)
		head_message_id(&b->message_id, id);
}

void
bounce_headers(struct bounce *b, const char *s, size_t len)
{
	const char	*end = s + len, *nl, *v;
	struct buf	 text = BUF_INIT;
	size_t		 n;

	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		v = field(s, nl, "Message-ID", &n);
		if (v == NULL)
			continue;
		buf_add(&text, v, n);
		if (!buf_failed(&text))
			bounce_message(b, buf_str(&text));
		break;
	}
	buf_release(&text);
}

static void
value_write(struct facts *f, struct jw *w, const char *key,
    const struct buf *value)
{
	struct buf	 clean = BUF_INIT;

	if (value->len > 0)
		facts_clean(f, &clean, (const char *)value->data, value->len,
		    VALUE_MAX);
	if (clean.len > 0) {
		jw_key(w, key);
		jw_strn(w, (const char *)clean.data, clean.len);
	}
	buf_release(&clean);
}

void
bounce_write(const struct bounce *b, struct facts *f)
{
	struct jw	 w;

	if (!b->report)
		return;
	jw_init(&w, &f->value[FACT_BOUNCE]);
	jw_object(&w);
	value_write(f, &w, "message_id", &b->message_id);
	value_write(f, &w, "recipient", &b->recipient);
	value_write(f, &w, "status", &b->status);
	jw_end(&w);
}
