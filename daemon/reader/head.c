/* SPDX-License-Identifier: ISC */
/*
 * head: see head.h.
 *
 * Where a header that may occur once occurs twice, the first one counts and
 * the doubt is kept.  It must never make up a value: what cannot be read is
 * left out, and doubted.
 */
#include "daemon/reader/head.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/address.h"
#include "daemon/reader/charset.h"
#include "daemon/reader/date.h"
#include "daemon/reader/words.h"
#include "proto/base/text.h"

#define IDS_MAX		1000	/* message ids of one header */
#define ID_MAX		2000	/* bytes of one; a line has 998 */
#define ADDRESSES_MAX	2000	/* of all headers together */
#define ADDRESS_MAX	512
#define NAME_MAX_LEN	512

GMimeParserOptions *
head_options(void)
{
	static const char	*charsets[] = { "utf-8", "windows-1252", NULL };
	static GMimeParserOptions *opts;

	if (opts == NULL) {
		opts = g_mime_parser_options_new();
		g_mime_parser_options_set_fallback_charsets(opts, charsets);
	}
	return opts;
}

const char *
head_raw(GMimeHeaderList *list, const char *name)
{
	int	 i, n = g_mime_header_list_get_count(list);

	for (i = 0; i < n; i++) {
		GMimeHeader	*h = g_mime_header_list_get_header_at(list, i);

		if (strcasecmp(g_mime_header_get_name(h), name) == 0)
			return g_mime_header_get_raw_value(h);
	}
	return NULL;
}

/* Doubts about the charsets that encoded words name (RFC 2047, 2). */
static void
doubt_words(struct facts *f, const char *raw)
{
	const char	*p, *end;
	char		 name[64];
	size_t		 len;

	for (p = strstr(raw, "=?"); p != NULL; p = strstr(end, "=?")) {
		p += 2;
		end = p;
		len = strcspn(p, "?* \t\r\n");
		if (len == 0 || len >= sizeof(name) || p[len] == '\0' ||
		    (p[len] != '?' && p[len] != '*'))
			continue;
		memcpy(name, p, len);
		name[len] = '\0';
		end = p + len;
		if (!charset_known(name))
			facts_doubt(f, "bad-charset", name);
	}
}

static void
text_read(struct facts *f, enum fact fact, const char *raw)
{
	struct buf	 text = BUF_INIT;

	if (raw == NULL)
		return;
	words_decode(&text, raw, strlen(raw), f->fallback);
	if (text.len > 0)
		facts_text(f, fact, (const char *)text.data, text.len);
	buf_release(&text);
}

/* As it stood, for texts of which encoded words are no part. */
static void
plain_read(struct facts *f, enum fact fact, const char *raw)
{
	if (raw != NULL)
		facts_text(f, fact, raw, strlen(raw));
}

/* One id from `<' on; gives what follows it, NULL if it has no end. */
static const char *
id_take(struct buf *out, const char *p)
{
	const char	*end = strchr(p, '>'), *again;

	if (end == NULL)
		return NULL;
	again = strchr(p + 1, '<');
	if (again != NULL && again < end)
		p = again;
	for (p++; p < end; p++)
		if (*p != ' ' && *p != '\t' && *p != '\r' && *p != '\n')
			buf_addc(out, *p);
	return end + 1;
}

void
head_message_id(struct buf *out, const char *raw)
{
	const char	*p = strchr(raw, '<');

	if (p != NULL && id_take(out, p) != NULL)
		return;
	for (p = raw; *p != '\0'; p++)
		if (*p != ' ' && *p != '\t' && *p != '\r' && *p != '\n' &&
		    *p != '<' && *p != '>')
			buf_addc(out, *p);
}

static void
id_read(struct facts *f, const char *raw)
{
	struct buf	 id = BUF_INIT;

	if (raw != NULL)
		head_message_id(&id, raw);
	if (id.len > ID_MAX) {
		id.len = ID_MAX;
		facts_doubt(f, "truncated", NULL);
	}
	if (id.len > 0)
		facts_text(f, FACT_MESSAGE_ID, (const char *)id.data, id.len);
	if (f->value[FACT_MESSAGE_ID].len == 0)
		facts_doubt(f, "no-message-id", NULL);
	buf_release(&id);
}

/* Every <...> of References or In-Reply-To, in order. */
static void
ids_read(struct facts *f, enum fact fact, const char *raw)
{
	struct buf	 id = BUF_INIT, clean = BUF_INIT;
	struct jw	 w;
	const char	*p = raw == NULL ? NULL : strchr(raw, '<');
	int		 n = 0;

	jw_init(&w, &f->value[fact]);
	jw_array(&w);
	while (p != NULL) {
		buf_clear(&id);
		buf_clear(&clean);
		p = id_take(&id, p);
		if (p == NULL)
			break;
		p = strchr(p, '<');
		facts_clean(f, &clean, (const char *)id.data, id.len, ID_MAX);
		if (clean.len == 0)
			continue;
		if (n++ >= IDS_MAX) {
			facts_doubt(f, "truncated", NULL);
			break;
		}
		jw_strn(&w, (const char *)clean.data, clean.len);
	}
	jw_end(&w);
	if (n == 0)
		buf_clear(&f->value[fact]);
	buf_release(&id);
	buf_release(&clean);
}

/* The domain in lower case, the local part as it stood (RFC 5321, 2.4). */
static void
address_clean(struct facts *f, struct buf *out, const struct buf *addr)
{
	struct buf	 text = BUF_INIT;
	size_t		 i, at;

	words_decode(&text, (const char *)addr->data, addr->len, f->fallback);
	if (text.len > 0)
		facts_clean(f, out, (const char *)text.data, text.len,
		    ADDRESS_MAX);
	buf_release(&text);
	for (at = out->len; at > 0 && out->data[at - 1] != '@'; at--)
		;
	for (i = at; at > 0 && i < out->len; i++)
		if (out->data[i] >= 'A' && out->data[i] <= 'Z')
			out->data[i] = (uint8_t)(out->data[i] + 32);
}

static void
address_write(struct facts *f, struct jw *w, const struct address *one)
{
	struct buf	 a = BUF_INIT, n = BUF_INIT, text = BUF_INIT;

	if (one->address.len > 0)
		address_clean(f, &a, &one->address);
	if (one->name.len > 0)
		words_decode(&text, (const char *)one->name.data,
		    one->name.len, f->fallback);
	if (text.len > 0)
		facts_clean(f, &n, (const char *)text.data, text.len,
		    NAME_MAX_LEN);
	if (a.len > 0 || n.len > 0) {
		f->naddresses++;
		jw_object(w);
		jw_kstr(w, "address", a.len > 0 ? buf_str(&a) : "");
		jw_kstr_opt(w, "name", n.len > 0 ? buf_str(&n) : NULL);
		jw_end(w);
	}
	buf_release(&a);
	buf_release(&n);
	buf_release(&text);
}

static void
list_write(struct facts *f, struct jw *w, const char *raw)
{
	struct address	 one;
	size_t		 at = 0, len = strlen(raw);

	address_init(&one);
	while (address_next(raw, len, &at, &one)) {
		if (f->naddresses >= ADDRESSES_MAX) {
			facts_doubt(f, "truncated", NULL);
			break;
		}
		address_write(f, w, &one);
	}
	address_release(&one);
}

/* All headers of that name together: people do write two To lines. */
static void
addresses_read(struct facts *f, enum fact fact, GMimeHeaderList *head,
    const char *name)
{
	struct jw	 w;
	int		 i, n = g_mime_header_list_get_count(head);
	unsigned	 before = f->naddresses;

	jw_init(&w, &f->value[fact]);
	jw_array(&w);
	for (i = 0; i < n; i++) {
		GMimeHeader	*h = g_mime_header_list_get_header_at(head, i);

		if (strcasecmp(g_mime_header_get_name(h), name) == 0 &&
		    g_mime_header_get_raw_value(h) != NULL)
			list_write(f, &w, g_mime_header_get_raw_value(h));
	}
	jw_end(&w);
	if (f->naddresses == before)
		buf_clear(&f->value[fact]);
}

static void
date_read(struct facts *f, const char *raw)
{
	char	 text[DATE_TEXT_MAX];
	int	 rc;

	if (raw == NULL) {
		facts_doubt(f, "no-date", NULL);
		return;
	}
	plain_read(f, FACT_DATE_RAW, raw);
	rc = date_parse(raw, strlen(raw), text);
	if (rc != -1)
		facts_text(f, FACT_DATE, text, strlen(text));
	if (rc != 1)
		facts_doubt(f, "bad-date", NULL);
}

/* The date stands behind the last semicolon (RFC 5321, 4.4). */
static void
received_read(struct facts *f, const char *raw)
{
	const char	*semi = raw == NULL ? NULL : strrchr(raw, ';');
	char		 text[DATE_TEXT_MAX];

	if (semi != NULL && date_parse(semi + 1, strlen(semi + 1), text) != -1)
		facts_text(f, FACT_RECEIVED, text, strlen(text));
}

/* "id <list.example.org>" or a bare name. */
static void
list_id_read(struct facts *f, const char *raw)
{
	const char	*lt = raw == NULL ? NULL : strrchr(raw, '<'), *gt;

	if (raw == NULL)
		return;
	gt = lt == NULL ? NULL : strchr(lt, '>');
	if (gt != NULL)
		facts_text(f, FACT_LIST_ID, lt + 1, (size_t)(gt - lt - 1));
	else
		plain_read(f, FACT_LIST_ID, raw);
}

/* The d= tag (RFC 6376, 3.5). */
static void
dkim_read(struct facts *f, const char *raw)
{
	const char	*p = raw;

	while (p != NULL) {
		p += strspn(p, " \t\r\n;");
		if (p[0] == 'd' && (p[1] == '=' || p[1] == ' ')) {
			p += 1 + strspn(p + 1, " \t=");
			facts_text(f, FACT_DKIM, p, strcspn(p, "; \t\r\n"));
			return;
		}
		p = strchr(p, ';');
	}
}

/* RFC 3834: the word before any parameter, and `no' says nothing. */
static void
machine_read(struct facts *f, GMimeHeaderList *head)
{
	const char	*s = head_raw(head, "Auto-Submitted");
	static const char *const known[] = { "bulk", "junk", "list" };
	size_t		 i;

	if (s != NULL) {
		s += strspn(s, " \t\r\n");
		if (strncasecmp(s, "no", 2) != 0 ||
		    (s[2] != '\0' && strchr(" \t\r\n;(", s[2]) == NULL))
			facts_text(f, FACT_AUTO_SUBMITTED, s,
			    strcspn(s, ";("));
	}
	s = head_raw(head, "Precedence");
	if (s == NULL)
		return;
	s += strspn(s, " \t\r\n");
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncasecmp(s, known[i], 4) == 0)
			facts_text(f, FACT_PRECEDENCE, known[i], 4);
}

/* Headers of which there is to be one (RFC 5322, 3.6). */
static void
doubts_read(struct facts *f, GMimeHeaderList *head)
{
	static const char *const once[] = { "Date", "From", "Sender",
	    "Reply-To", "To", "Cc", "Bcc", "Message-ID", "In-Reply-To",
	    "References", "Subject", "Content-Type", "MIME-Version" };
	unsigned	 seen[sizeof(once) / sizeof(once[0])] = { 0 };
	int		 i, n = g_mime_header_list_get_count(head);
	size_t		 k;

	for (i = 0; i < n; i++) {
		GMimeHeader	*h = g_mime_header_list_get_header_at(head, i);
		const char	*raw = g_mime_header_get_raw_value(h);

		for (k = 0; k < sizeof(once) / sizeof(once[0]); k++)
			if (strcasecmp(g_mime_header_get_name(h),
			    once[k]) == 0 && seen[k]++ == 1)
				facts_doubt(f, "duplicate-header", once[k]);
		if (raw == NULL)
			continue;
		if (g_mime_utils_text_is_8bit((const unsigned char *)raw,
		    strlen(raw)))
			facts_doubt(f, "8bit-header", NULL);
		doubt_words(f, raw);
	}
}

void
head_read(struct facts *f, GMimeHeaderList *head)
{
	doubts_read(f, head);
	addresses_read(f, FACT_FROM, head, "From");
	addresses_read(f, FACT_TO, head, "To");
	addresses_read(f, FACT_CC, head, "Cc");
	addresses_read(f, FACT_BCC, head, "Bcc");
	addresses_read(f, FACT_REPLY_TO, head, "Reply-To");
	addresses_read(f, FACT_ENVELOPE_TO, head, "X-Envelope-To");
	if (f->value[FACT_FROM].len == 0)
		facts_doubt(f, "no-from", NULL);
	text_read(f, FACT_SUBJECT, head_raw(head, "Subject"));
	id_read(f, head_raw(head, "Message-ID"));
	ids_read(f, FACT_IN_REPLY_TO, head_raw(head, "In-Reply-To"));
	ids_read(f, FACT_REFERENCES, head_raw(head, "References"));
	date_read(f, head_raw(head, "Date"));
	received_read(f, head_raw(head, "Received"));
	list_id_read(f, head_raw(head, "List-Id"));
	dkim_read(f, head_raw(head, "DKIM-Signature"));
	machine_read(f, head);
}
