/* SPDX-License-Identifier: ISC */
/*
 * bounce: see bounce.h.  The recipient that fared worst, the first such,
 * speaks for all of the report; where there are several, each is named
 * besides.  None of it is ever read from free text.
 */
#include "daemon/reader/bounce.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/head.h"
#include "proto/base/limits.h"

#define VALUE_MAX	512

void
bounce_init(struct bounce *b)
{
	memset(b, 0, sizeof(*b));
}

void
bounce_release(struct bounce *b)
{
	buf_release(&b->action);
	buf_release(&b->message_id);
	buf_release(&b->recipient);
	buf_release(&b->status);
	buf_release(&b->each);
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
recipient_set(struct buf *to, const char *s, size_t len)
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
	buf_clear(to);
	buf_add(to, s, len);
}

/* One group of fields: what became of one recipient. */
struct group {
	struct buf	 action, recipient, status;
};

/* How bad it is: 3 it failed, 2 it is late, 1 all else, 0 nothing is said. */
static int
badness(struct buf *action, const struct buf *status)
{
	const char	*a = buf_str(action);
	char		 c = status->len > 0 ? (char)status->data[0] : '\0';

	if (a == NULL)
		return 0;
	if (strcmp(a, "failed") == 0 || (*a == '\0' && c == '5'))
		return 3;
	if (strcmp(a, "delayed") == 0 || (*a == '\0' && c == '4'))
		return 2;
	return *a != '\0' || c != '\0';
}

/* "failed (expired)": the first word, in lower case. */
static void
word_set(struct buf *to, const char *v, size_t n, int lower)
{
	buf_clear(to);
	for (size_t i = 0; i < n && v[i] != ' ' && v[i] != '\t' &&
	    v[i] != '('; i++)
		buf_addc(to, (uint8_t)(lower && v[i] >= 'A' && v[i] <= 'Z' ?
		    v[i] + 32 : v[i]));
}

static void
group_line(struct group *g, const char *s, const char *end)
{
	const char	*v;
	size_t		 n;

	if ((v = field(s, end, "Final-Recipient", &n)) != NULL ||
	    (g->recipient.len == 0 &&
	    (v = field(s, end, "Original-Recipient", &n)) != NULL))
		recipient_set(&g->recipient, v, n);
	if ((v = field(s, end, "Status", &n)) != NULL)
		word_set(&g->status, v, n, 0);
	if ((v = field(s, end, "Action", &n)) != NULL)
		word_set(&g->action, v, n, 1);
}

/* One more recipient, if the group is of one: the first is of the message. */
static void
group_keep(struct bounce *b, const struct group *g)
{
	const struct buf *const text[] = { &g->action, &g->recipient,
	    &g->status };

	if (g->recipient.len == 0)
		return;
	if (b->recipients++ >= LIMIT_READ_REPORTED)
		return;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		for (size_t k = 0; k < text[i]->len; k++)
			buf_addc(&b->each, text[i]->data[k] == 0 ? ' ' :
			    text[i]->data[k]);
		buf_addc(&b->each, 0);
	}
}

/* The end of a group: it stands if it is worse than what stood before. */
static void
group_end(struct bounce *b, struct group *g)
{
	group_keep(b, g);
	if (badness(&g->action, &g->status) > badness(&b->action,
	    &b->status)) {
		buf_swap(&b->action, &g->action);
		buf_swap(&b->recipient, &g->recipient);
		buf_swap(&b->status, &g->status);
	}
	buf_clear(&g->action);
	buf_clear(&g->recipient);
	buf_clear(&g->status);
}

void
bounce_status(struct bounce *b, const char *s, size_t len)
{
	const char	*end = s + len, *nl;
	struct group	 g = { BUF_INIT, BUF_INIT, BUF_INIT };

	b->report = 1;
	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		if (nl == s || (nl == s + 1 && *s == '\r'))
			group_end(b, &g);
		else
			group_line(&g, s, nl);
	}
	group_end(b, &g);
	buf_release(&g.action);
	buf_release(&g.recipient);
	buf_release(&g.status);
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
text_write(struct facts *f, struct jw *w, const char *key, const char *value,
    size_t len)
{
	struct buf	 clean = BUF_INIT;

	if (len > 0)
		facts_clean(f, &clean, value, len, VALUE_MAX);
	if (clean.len > 0) {
		jw_key(w, key);
		jw_strn(w, (const char *)clean.data, clean.len);
	}
	buf_release(&clean);
}

static void
value_write(struct facts *f, struct jw *w, const char *key,
    const struct buf *value)
{
	text_write(f, w, key, (const char *)value->data, value->len);
}

static int
is_blank(struct facts *f, const char *text)
{
	struct buf	 clean = BUF_INIT;
	int		 blank;

	facts_clean(f, &clean, text, strlen(text), VALUE_MAX);
	blank = clean.len == 0;
	buf_release(&clean);
	return blank;
}

/* One of `each', unless it names nobody; what is behind it. */
static const char *
recipient_write(struct facts *f, struct jw *w, const char *p)
{
	const char	*action = p, *who = action + strlen(action) + 1;
	const char	*status = who + strlen(who) + 1;

	if (!is_blank(f, who)) {
		jw_object(w);
		text_write(f, w, "action", action, strlen(action));
		text_write(f, w, "recipient", who, strlen(who));
		text_write(f, w, "status", status, strlen(status));
		jw_end(w);
	}
	return status + strlen(status) + 1;
}

static void
recipients_write(const struct bounce *b, struct facts *f, struct jw *w)
{
	const char	*p = (const char *)b->each.data, *end;

	if (b->recipients < 2 || buf_failed(&b->each))
		return;
	end = p + b->each.len;
	jw_key(w, "recipients");
	jw_array(w);
	while (p < end)
		p = recipient_write(f, w, p);
	jw_end(w);
	if (b->recipients > LIMIT_READ_REPORTED)
		facts_doubt(f, "many-recipients", NULL);
}

void
bounce_write(const struct bounce *b, struct facts *f)
{
	struct jw	 w;

	if (!b->report)
		return;
	jw_init(&w, &f->value[FACT_BOUNCE]);
	jw_object(&w);
	value_write(f, &w, "action", &b->action);
	value_write(f, &w, "message_id", &b->message_id);
	value_write(f, &w, "recipient", &b->recipient);
	recipients_write(b, f, &w);
	value_write(f, &w, "status", &b->status);
	jw_end(&w);
}
