/* SPDX-License-Identifier: ISC */
/*
 * part: see part.h.
 *
 * The tree is walked once, in the order of the message.  Offsets are those
 * of the encoded content in the document: from behind the blank line of a
 * header to the line end that belongs to the next boundary.  Of a nested
 * message the header is part of the content.
 *
 * It must never list more than LIMIT_READ_PARTS.
 */
#include "daemon/reader/part.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/body.h"
#include "daemon/reader/bounce.h"
#include "daemon/reader/charset.h"
#include "daemon/reader/decode.h"
#include "daemon/reader/head.h"
#include "daemon/reader/leaf.h"
#include "proto/base/limits.h"

#define NESTED_MAX	32	/* messages in messages whose end is sought */
#define NAME_BYTES	1024	/* of a file name */
#define TOKEN_BYTES	128	/* of a type, charset, encoding, disposition */

/* What a walk through the tree has to remember. */
struct walk {
	struct facts	*f;
	struct jw	 w;
	const char	*bytes;
	size_t		 size;
	int		 count;
	int		 messages;	/* message/rfc822 around this one */
	int		 foreign;	/* from the facts' message on */
	struct report	*report;	/* or NULL */
	const char	*boundary;	/* of the multipart around, or NULL */
	int64_t		 limit;		/* end of the message around it */
	struct buf	 plain, html;	/* the first of each, as UTF-8 */
	int		 has_plain, has_html;
	struct bounce	 bounce;
	struct leaf	*found;		/* of the wanted part; NULL: read all */
	int		 wanted;
};

/* One part, as it is written. */
struct part {
	GMimeObject	*obj;
	const char	*charset, *disposition;
	char		*encoding, *filename, *type;	/* g_free */
	int		 index, parent, depth;
	int64_t		 start, end;	/* -1: not known */
	int		 leaf;
	struct decoded	 content;	/* of a leaf */
	int		 has_text;	/* text's hash is another */
	uint8_t		 text[32];
};

static void
token_write(struct walk *k, const char *key, const char *value, int lower)
{
	struct buf	 clean = BUF_INIT;
	size_t		 i;

	if (value == NULL)
		return;
	facts_clean(k->f, &clean, value, strlen(value), lower ? TOKEN_BYTES :
	    NAME_BYTES);
	for (i = 0; lower && i < clean.len; i++)
		if (clean.data[i] >= 'A' && clean.data[i] <= 'Z')
			clean.data[i] = (uint8_t)(clean.data[i] + 32);
	if (clean.len > 0) {
		jw_key(&k->w, key);
		jw_strn(&k->w, (const char *)clean.data, clean.len);
	}
	buf_release(&clean);
}

static void
part_write(struct walk *k, const struct part *p)
{
	jw_object(&k->w);
	token_write(k, "charset", p->charset, 1);
	jw_kint(&k->w, "depth", p->depth);
	token_write(k, "disposition", p->disposition, 1);
	token_write(k, "encoding", p->encoding, 1);
	if (p->end >= 0)
		jw_kint(&k->w, "end", p->end);
	token_write(k, "filename", p->filename, 0);
	jw_kint(&k->w, "parent", p->parent);
	if (p->leaf) {
		jw_key(&k->w, "sha256");
		jw_hex(&k->w, p->content.sha256, sizeof(p->content.sha256));
		jw_kint(&k->w, "size", p->content.bytes);
	}
	if (p->start >= 0)
		jw_kint(&k->w, "start", p->start);
	if (p->has_text) {
		jw_key(&k->w, "text_sha256");
		jw_hex(&k->w, p->text, sizeof(p->text));
	}
	token_write(k, "type", p->type, 1);
	jw_end(&k->w);
}

static int
is_attachment(const struct part *p)
{
	return p->filename != NULL || (p->disposition != NULL &&
	    strcasecmp(p->disposition, "attachment") == 0);
}

/* Text in UTF-8; a charset that was wrong or not known is doubted. */
static void
text_take(struct walk *k, struct buf *to, const struct part *p,
    const struct buf *text)
{
	if (charset_convert(to, p->charset, (const char *)text->data,
	    text->len) == 0)
		facts_doubt(k->f, "bad-charset", p->charset == NULL ?
		    "us-ascii" : p->charset);
}

/* What a leaf's text is good for, if anything. */
static void
text_use(struct walk *k, const struct part *p, const struct buf *text)
{
	if (k->report != NULL && p->obj == k->report->text) {
		text_take(k, &k->report->lines, p, text);
		if (p->content.bytes > (int64_t)text->len)
			facts_doubt(k->f, "truncated", NULL);
	} else if (strcasecmp(p->type, "message/delivery-status") == 0 &&
	    k->foreign == 0) {
		bounce_status(&k->bounce, (const char *)text->data, text->len);
	} else if (strcasecmp(p->type, "text/rfc822-headers") == 0 &&
	    k->foreign == 0) {
		bounce_headers(&k->bounce, (const char *)text->data,
		    text->len);
	} else if (k->foreign > 0 || is_attachment(p)) {
		return;
	} else if (strcasecmp(p->type, "text/html") == 0) {
		if (!k->has_html)
			text_take(k, &k->html, p, text);
		k->has_html = 1;
	} else if (strncasecmp(p->type, "text/", 5) == 0) {
		if (!k->has_plain)
			text_take(k, &k->plain, p, text);
		k->has_plain = 1;
	}
}

static void
leaf_read(struct walk *k, struct part *p)
{
	struct buf	 keep = BUF_INIT;
	struct leaf	 leaf;
	int		 wanted;

	p->leaf = 1;
	leaf_find(&leaf, p->obj, k->bytes, k->size);
	p->start = leaf.start;
	p->end = leaf.end;
	if (p->start < 0) {
		decode(&p->content, GMIME_CONTENT_ENCODING_DEFAULT, "", 0,
		    NULL);
		return;
	}
	wanted = strncasecmp(p->type, "text/", 5) == 0 ||
	    strcasecmp(p->type, "message/delivery-status") == 0;
	decode(&p->content, leaf.encoding, k->bytes + p->start,
	    (size_t)(p->end - p->start), wanted ? &keep : NULL);
	if (wanted && keep.len > 0)
		text_use(k, p, &keep);
	if (wanted && (int64_t)keep.len == p->content.bytes &&
	    decode_text(&keep, p->text) == 0)
		p->has_text = memcmp(p->text, p->content.sha256,
		    sizeof(p->text)) != 0;
	buf_release(&keep);
}

static void
part_init(const struct walk *k, struct part *p, GMimeObject *obj)
{
	GMimeContentType	*ct = g_mime_object_get_content_type(obj);

	memset(p, 0, sizeof(*p));
	p->obj = obj;
	p->start = p->end = -1;
	p->type = leaf_type(obj);
	p->charset = g_mime_content_type_get_parameter(ct, "charset");
	p->disposition = g_mime_object_get_disposition(obj);
	p->filename = leaf_filename(obj, k->f->fallback);
	p->encoding = leaf_encoding(obj);
}

static void
part_release(struct part *p)
{
	g_free(p->type);
	g_free(p->encoding);
	g_free(p->filename);
}

/* The header of a nested message begins its content; -1 if it has none. */
static int64_t
message_start(GMimeMessagePart *mp)
{
	GMimeMessage	*m = g_mime_message_part_get_message(mp);
	GMimeHeaderList	*list;
	GMimeHeader	*first = NULL;

	if (m != NULL) {
		list = g_mime_object_get_header_list(GMIME_OBJECT(m));
		first = g_mime_header_list_get_header_at(list, 0);
	}
	return first == NULL ? -1 : g_mime_header_get_offset(first);
}

/* Where the last leaf within ends, -1 if there is none. */
static int64_t
last_end(GMimeObject *obj)
{
	GMimeDataWrapper	*dw;
	int			 n;

	while (obj != NULL && !GMIME_IS_PART(obj)) {
		if (GMIME_IS_MESSAGE_PART(obj)) {
			GMimeMessage	*m = g_mime_message_part_get_message(
					    GMIME_MESSAGE_PART(obj));

			obj = m == NULL ? NULL :
			    g_mime_message_get_mime_part(m);
			continue;
		}
		n = GMIME_IS_MULTIPART(obj) ?
		    g_mime_multipart_get_count(GMIME_MULTIPART(obj)) : 0;
		obj = n == 0 ? NULL :
		    g_mime_multipart_get_part(GMIME_MULTIPART(obj), n - 1);
	}
	dw = obj == NULL ? NULL : g_mime_part_get_content(GMIME_PART(obj));
	return dw == NULL ? -1 : g_mime_data_wrapper_get_stream(dw)->bound_end;
}

/*
 * Where a nested message ends: before the line of the boundary around it
 * that follows its last part, else where the message around it does.
 */
static int64_t
message_end(const struct walk *k, GMimeObject *obj, int64_t start)
{
	const char	*p, *end = k->bytes + k->limit, *hit;
	int64_t		 from = last_end(obj);
	size_t		 n;

	if (from < start)
		from = start;
	if (from > k->limit)
		return from <= (int64_t)k->size ? from : (int64_t)k->size;
	if (k->boundary == NULL || k->messages > NESTED_MAX)
		return k->limit;
	n = strlen(k->boundary);
	for (p = k->bytes + from; p < end; p = hit + 1) {
		hit = memmem(p, (size_t)(end - p), k->boundary, n);
		if (hit == NULL || (size_t)(end - hit) <= n)
			break;
		if (hit - k->bytes < from + 3 || memcmp(hit - 3, "\n--", 3) !=
		    0 || strchr("-\r\n \t", hit[n]) == NULL)
			continue;
		hit -= 3;
		return hit - k->bytes - (hit - k->bytes > from &&
		    hit[-1] == '\r');
	}
	return k->limit;
}

static void	walk_object(struct walk *, GMimeObject *, int parent,
		    int depth);

static void
walk_message(struct walk *k, GMimeMessagePart *mp, int index, int depth)
{
	GMimeMessage	*m = g_mime_message_part_get_message(mp);
	int		 foreign = k->foreign;

	if (m == NULL)
		return;
	if (foreign == 0)
		bounce_message(&k->bounce, head_raw(
		    g_mime_object_get_header_list(GMIME_OBJECT(m)),
		    "Message-ID"));
	k->messages++;
	k->foreign = k->report != NULL && mp == k->report->inner ? 0 :
	    foreign + 1;
	k->boundary = NULL;
	walk_object(k, g_mime_message_get_mime_part(m), index, depth);
	k->messages--;
	k->foreign = foreign;
}

static void
walk_multipart(struct walk *k, GMimeMultipart *mp, int index, int depth)
{
	int	 i, n = g_mime_multipart_get_count(mp);

	for (i = 0; i < n; i++) {
		k->boundary = g_mime_multipart_get_boundary(mp);
		walk_object(k, g_mime_multipart_get_part(mp, i), index, depth);
	}
}

/* The part that was asked for: a leaf, or a message with its header. */
static void
found_take(struct walk *k, const struct part *p)
{
	struct leaf	 leaf = { p->start, p->end,
			    GMIME_CONTENT_ENCODING_DEFAULT };

	if (GMIME_IS_PART(p->obj))
		leaf_find(&leaf, p->obj, k->bytes, k->size);
	*k->found = leaf;
}

/* Children see what is around them in the walk; it is put back after them. */
static void
walk_object(struct walk *k, GMimeObject *obj, int parent, int depth)
{
	struct part	 p;
	int64_t		 limit = k->limit;
	int		 index;

	if (obj == NULL)
		return;
	if (k->count >= LIMIT_READ_PARTS) {
		facts_doubt(k->f, "many-parts", NULL);
		return;
	}
	index = k->count++;
	if (k->report != NULL && k->report->inner != NULL &&
	    obj == GMIME_OBJECT(k->report->inner))
		k->report->part = index;
	part_init(k, &p, obj);
	p.parent = parent;
	p.depth = depth;
	if (GMIME_IS_PART(obj) && k->found == NULL)
		leaf_read(k, &p);
	else if (GMIME_IS_MESSAGE_PART(obj))
		p.start = message_start(GMIME_MESSAGE_PART(obj));
	if (p.start >= 0 && p.end < 0)
		p.end = k->limit = message_end(k, obj, p.start);
	if (k->found == NULL)
		part_write(k, &p);
	else if (index == k->wanted)
		found_take(k, &p);
	part_release(&p);
	if (GMIME_IS_MESSAGE_PART(obj))
		walk_message(k, GMIME_MESSAGE_PART(obj), index, depth + 1);
	else if (GMIME_IS_MULTIPART(obj))
		walk_multipart(k, GMIME_MULTIPART(obj), index, depth + 1);
	k->limit = limit;
}

static void
body_write(struct walk *k)
{
	struct buf	 page = BUF_INIT, body = BUF_INIT;

	if (k->plain.len > 0) {
		body_unquote(&body, (const char *)k->plain.data, k->plain.len);
	} else if (k->html.len > 0) {
		body_from_html(&page, (const char *)k->html.data, k->html.len);
		if (!buf_failed(&page))
			body_unquote(&body, buf_str(&page), page.len);
	}
	if (body.len > 0 && !buf_failed(&body)) {
		struct jw	 w;

		jw_init(&w, &k->f->value[FACT_BODY]);
		jw_strn(&w, (const char *)body.data, body.len);
	}
	buf_release(&page);
	buf_release(&body);
}

static void
walk_begin(struct walk *k, struct facts *f, struct report *report,
    const char *bytes, size_t size)
{
	memset(k, 0, sizeof(*k));
	k->f = f;
	k->report = report;
	k->foreign = report != NULL && report->inner != NULL;
	k->bytes = bytes;
	k->size = size;
	k->limit = (int64_t)size;
	bounce_init(&k->bounce);
	jw_init(&k->w, &f->value[FACT_PARTS]);
	jw_array(&k->w);
}

static void
walk_end(struct walk *k)
{
	jw_end(&k->w);
	body_write(k);
	bounce_write(&k->bounce, k->f);
	bounce_release(&k->bounce);
	buf_release(&k->plain);
	buf_release(&k->html);
}

void
part_list(struct facts *f, struct report *report, GMimeObject *root,
    const char *bytes, size_t size)
{
	struct walk	 k;

	walk_begin(&k, f, report, bytes, size);
	walk_object(&k, root, -1, 0);
	walk_end(&k);
}

void
part_opaque(struct facts *f, const char *type, const char *bytes, size_t size)
{
	struct walk	 k;
	struct part	 p = { .parent = -1, .start = 0,
			    .end = (int64_t)size, .leaf = 1 };

	p.type = g_strdup(type);
	walk_begin(&k, f, NULL, bytes, size);
	decode(&p.content, GMIME_CONTENT_ENCODING_DEFAULT, bytes, size, NULL);
	part_write(&k, &p);
	part_release(&p);
	walk_end(&k);
}

int
part_find(struct report *report, GMimeObject *root, const char *bytes,
    size_t size, uint32_t index, struct leaf *leaf_r)
{
	struct facts	 f;
	struct walk	 k;

	leaf_r->start = leaf_r->end = -1;
	if (index >= LIMIT_READ_PARTS)
		return 0;
	facts_init(&f);
	walk_begin(&k, &f, report, bytes, size);
	k.found = leaf_r;
	k.wanted = (int)index;
	walk_object(&k, root, -1, 0);
	walk_end(&k);
	facts_release(&f);
	return leaf_r->start >= 0 && leaf_r->end >= leaf_r->start;
}
