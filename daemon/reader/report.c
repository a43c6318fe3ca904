/* SPDX-License-Identifier: ISC */
/*
 * report: see report.h.  Only a header X-MS-Journal-Report makes a report,
 * at the top or in the message that a bounce brings back: it must never be
 * looked for deeper, where anybody may have attached one.
 */
#include "daemon/reader/report.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/address.h"
#include "daemon/reader/head.h"
#include "proto/wire/journal.h"

#define RECIPIENTS_MAX	10000
#define ADDRESS_MAX	512
#define ID_MAX		2000
#define DEPTH_MAX	8

static int
is_report(GMimeHeaderList *list)
{
	int	 i, n = g_mime_header_list_get_count(list);

	for (i = 0; i < n; i++)
		if (strcasecmp(g_mime_header_get_name(
		    g_mime_header_list_get_header_at(list, i)),
		    "X-MS-Journal-Report") == 0)
			return 1;
	return 0;
}

static int
children(GMimeObject *obj)
{
	return GMIME_IS_MULTIPART(obj) ?
	    g_mime_multipart_get_count(GMIME_MULTIPART(obj)) : 0;
}

/* The first plain text that is in no nested message. */
static GMimeObject *
text_of(GMimeObject *obj, int depth)
{
	GMimeObject	*found = NULL;
	int		 i;

	if (GMIME_IS_PART(obj))
		return g_mime_content_type_is_type(
		    g_mime_object_get_content_type(obj), "text", "plain") ?
		    obj : NULL;
	for (i = 0; found == NULL && depth < DEPTH_MAX && i < children(obj);
	    i++)
		found = text_of(g_mime_multipart_get_part(
		    GMIME_MULTIPART(obj), i), depth + 1);
	return found;
}

static void
take(struct report *r, GMimeObject *body, GMimeHeaderList *head)
{
	GMimeObject	*obj;
	int		 i;

	r->head = head;
	r->text = text_of(body, 0);
	for (i = 0; r->inner == NULL && i < children(body); i++) {
		obj = g_mime_multipart_get_part(GMIME_MULTIPART(body), i);
		if (GMIME_IS_MESSAGE_PART(obj) &&
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(obj))
		    != NULL)
			r->inner = GMIME_MESSAGE_PART(obj);
	}
}

/* The message that a bounce brings back, if it is a report. */
static int
take_returned(struct report *r, GMimeObject *root)
{
	GMimeObject	*obj;
	GMimeMessage	*m;
	int		 i;

	if (!g_mime_content_type_is_type(g_mime_object_get_content_type(root),
	    "multipart", "report"))
		return 0;
	for (i = 0; i < children(root); i++) {
		obj = g_mime_multipart_get_part(GMIME_MULTIPART(root), i);
		m = GMIME_IS_MESSAGE_PART(obj) ?
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(obj)) :
		    NULL;
		if (m == NULL || g_mime_message_get_mime_part(m) == NULL ||
		    !is_report(g_mime_object_get_header_list(GMIME_OBJECT(m))))
			continue;
		take(r, g_mime_message_get_mime_part(m),
		    g_mime_object_get_header_list(GMIME_OBJECT(m)));
		return 1;
	}
	return 0;
}

int
report_find(struct report *r, GMimeObject *root, GMimeHeaderList *head)
{
	memset(r, 0, sizeof(*r));
	r->part = -1;
	if (!is_report(head))
		return take_returned(r, root);
	take(r, root, head);
	return 1;
}

void
report_release(struct report *r)
{
	buf_release(&r->lines);
}

GMimeHeaderList *
report_head(const struct report *r)
{
	return r->inner == NULL ? r->head : g_mime_object_get_header_list(
	    GMIME_OBJECT(g_mime_message_part_get_message(r->inner)));
}

GMimeObject *
report_body(const struct report *r)
{
	return r->inner == NULL ? NULL : g_mime_message_get_mime_part(
	    g_mime_message_part_get_message(r->inner));
}

/* ---- the member of the reading ---------------------------------------- */

static void
text_write(struct facts *f, struct jw *w, const char *key, const char *text,
    size_t len, size_t max)
{
	struct buf	 clean = BUF_INIT;

	if (len > 0)
		facts_clean(f, &clean, text, len, max);
	if (clean.len > 0) {
		jw_key(w, key);
		jw_strn(w, (const char *)clean.data, clean.len);
	}
	buf_release(&clean);
}

/* The first line with that field: 1, or 0 if there is none. */
static int
line_of(const struct report *r, enum journal_field field,
    struct journal_line *line_r)
{
	size_t	 at = 0;

	while (journal_next((const char *)r->lines.data, r->lines.len, &at,
	    line_r))
		if (line_r->field == field && line_r->len > 0)
			return 1;
	return 0;
}

static void
line_write(const struct report *r, struct facts *f, struct jw *w,
    const char *key, enum journal_field field, size_t max)
{
	struct journal_line	 line;

	if (line_of(r, field, &line))
		text_write(f, w, key, line.value, line.len, max);
}

static void
recipient_write(struct facts *f, struct jw *w, const struct journal_line *l)
{
	static const char *const how[] = {
		[JOURNAL_DIRECT] = NULL, [JOURNAL_EXPANDED] = "expanded",
		[JOURNAL_FORWARDED] = "forwarded"
	};

	jw_object(w);
	text_write(f, w, "address", l->value, l->len, ADDRESS_MAX);
	jw_kstr(w, "as", journal_recipient(l->field));
	jw_kstr_opt(w, "how", how[l->how]);
	text_write(f, w, "via", l->via, l->via_len, ADDRESS_MAX);
	jw_end(w);
}

static void
recipients_write(const struct report *r, struct facts *f, struct jw *w)
{
	struct journal_line	 line;
	size_t			 at = 0;
	int			 n = 0;

	jw_key(w, "recipients");
	jw_array(w);
	while (journal_next((const char *)r->lines.data, r->lines.len, &at,
	    &line)) {
		if (journal_recipient(line.field) == NULL || line.len == 0 ||
		    memchr(line.value, '@', line.len) == NULL)
			continue;
		if (n++ >= RECIPIENTS_MAX) {
			facts_doubt(f, "truncated", NULL);
			break;
		}
		recipient_write(f, w, &line);
	}
	jw_end(w);
	if (n == 0)
		facts_doubt(f, "no-journal-envelope", NULL);
}

static void
reporter_write(const struct report *r, struct facts *f, struct jw *w)
{
	const char	*raw = head_raw(r->head, "From");
	struct address	 a;
	size_t		 at = 0;

	address_init(&a);
	if (raw != NULL && address_next(raw, strlen(raw), &at, &a))
		text_write(f, w, "reporter", (const char *)a.address.data,
		    a.address.len, ADDRESS_MAX);
	address_release(&a);
}

/* What the message does not say of itself. */
static void
facts_fill(const struct report *r, struct facts *f)
{
	struct journal_line	 line;
	struct jw		 w;
	int			 bare = r->inner == NULL;

	if ((bare || f->value[FACT_SUBJECT].len == 0) &&
	    line_of(r, JOURNAL_SUBJECT, &line))
		facts_text(f, FACT_SUBJECT, line.value, line.len);
	if ((bare || f->value[FACT_MESSAGE_ID].len == 0) &&
	    line_of(r, JOURNAL_MESSAGE_ID, &line) && line.len <= ID_MAX)
		facts_text(f, FACT_MESSAGE_ID, line.value, line.len);
	if ((!bare && f->value[FACT_FROM].len > 0) ||
	    !line_of(r, JOURNAL_SENDER, &line))
		return;
	buf_clear(&f->value[FACT_FROM]);
	jw_init(&w, &f->value[FACT_FROM]);
	jw_array(&w);
	jw_object(&w);
	text_write(f, &w, "address", line.value, line.len, ADDRESS_MAX);
	jw_end(&w);
	jw_end(&w);
}

void
report_write(const struct report *r, struct facts *f)
{
	struct jw	 w;

	jw_init(&w, &f->value[FACT_JOURNAL]);
	jw_object(&w);
	line_write(r, f, &w, "message_id", JOURNAL_MESSAGE_ID, ID_MAX);
	line_write(r, f, &w, "on_behalf_of", JOURNAL_ON_BEHALF_OF,
	    ADDRESS_MAX);
	if (r->part >= 0)
		jw_kint(&w, "part", r->part);
	recipients_write(r, f, &w);
	reporter_write(r, f, &w);
	line_write(r, f, &w, "sender", JOURNAL_SENDER, ADDRESS_MAX);
	line_write(r, f, &w, "subject", JOURNAL_SUBJECT, FACTS_TEXT_MAX);
	jw_end(&w);
	facts_fill(r, f);
}
