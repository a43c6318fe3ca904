/* SPDX-License-Identifier: ISC */
/*
 * leaf: see leaf.h.  It must never give a stretch that is not within the
 * document.
 */
#include "daemon/reader/leaf.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/head.h"
#include "daemon/reader/words.h"

void
leaf_find(struct leaf *l, GMimeObject *obj, const char *bytes, size_t size)
{
	GMimeDataWrapper	*dw = g_mime_part_get_content(
				    GMIME_PART(obj));
	GMimeStream		*s = dw == NULL ? NULL :
				    g_mime_data_wrapper_get_stream(dw);

	l->start = l->end = -1;
	l->encoding = GMIME_CONTENT_ENCODING_DEFAULT;
	if (s == NULL)
		return;
	l->encoding = g_mime_data_wrapper_get_encoding(dw);
	l->start = s->bound_start;
	l->end = s->bound_end;
	if (l->end < 0 || (uint64_t)l->end > size)
		l->end = (int64_t)size;
	if (l->start < 0 || l->start > l->end)
		l->start = l->end;
	/* The line end before a boundary is all the boundary's. */
	if (l->end > l->start && (uint64_t)l->end + 3 <= size &&
	    memcmp(bytes + l->end - 1, "\r\n--", 4) == 0)
		l->end--;
}

/* A type that cannot be read is text/plain (RFC 2045, 5.2). */
char *
leaf_type(GMimeObject *obj)
{
	char		*type = g_mime_content_type_get_mime_type(
			    g_mime_object_get_content_type(obj));
	const char	*raw;

	if (strcasecmp(type, "application/octet-stream") != 0)
		return type;
	raw = head_raw(g_mime_object_get_header_list(obj), "Content-Type");
	if (raw != NULL && strcasestr(raw, "octet-stream") != NULL)
		return type;
	g_free(type);
	return g_strdup("text/plain");
}

int
leaf_attached(GMimeObject *obj)
{
	const char	*how = g_mime_object_get_disposition(obj);

	if (how != NULL && strcasecmp(how, "attachment") == 0)
		return 1;
	return GMIME_IS_PART(obj) &&
	    g_mime_part_get_filename(GMIME_PART(obj)) != NULL;
}

char *
leaf_encoding(GMimeObject *obj)
{
	const char	*raw = head_raw(g_mime_object_get_header_list(obj),
			    "Content-Transfer-Encoding");

	if (raw == NULL)
		return NULL;
	raw += strspn(raw, " \t\r\n");
	return g_strndup(raw, strcspn(raw, " \t\r\n;("));
}

/*
 * The value of a parameter, taken out of the header as it stood: where the
 * type before it is none, or its text is 8-bit or encoded words, GMime
 * loses or garbles it.  NULL if there is none; g_free.
 */
static char *
param_raw(const char *raw, const char *name, const char *fallback)
{
	struct buf	 text = BUF_INIT;
	const char	*p = raw, *end;
	size_t		 n = strlen(name);
	char		*value = NULL;

	while (p != NULL && (p = strchr(p, ';')) != NULL) {
		p += 1 + strspn(p + 1, " \t\r\n");
		if (strncasecmp(p, name, n) != 0)
			continue;
		end = p + n + strspn(p + n, " \t");
		if (*end != '=')
			continue;
		p = end + 1 + strspn(end + 1, " \t\r\n");
		if (*p == '"')
			end = strchr(++p, '"');
		else
			end = p + strcspn(p, "; \t\r\n");
		if (end != NULL && end > p)
			words_decode(&text, p, (size_t)(end - p), fallback);
		break;
	}
	if (text.len > 0 && !buf_failed(&text))
		value = g_strdup(buf_str(&text));
	buf_release(&text);
	return value;
}

static int
is_odd(const char *raw)
{
	return raw != NULL && (strstr(raw, "=?") != NULL ||
	    g_mime_utils_text_is_8bit((const unsigned char *)raw,
	    strlen(raw)));
}

char *
leaf_filename(GMimeObject *obj, const char *fallback)
{
	GMimeHeaderList	*list = g_mime_object_get_header_list(obj);
	const char	*ct = head_raw(list, "Content-Type"), *s = NULL;
	const char	*cd = head_raw(list, "Content-Disposition");
	char		*own = NULL;

	if (GMIME_IS_PART(obj))
		s = g_mime_part_get_filename(GMIME_PART(obj));
	else
		s = g_mime_object_get_content_disposition_parameter(obj,
		    "filename");
	if (s != NULL && !is_odd(cd) && !is_odd(ct))
		return g_strdup(s);
	if (cd != NULL)
		own = param_raw(cd, "filename", fallback);
	if (own == NULL && ct != NULL)
		own = param_raw(ct, "name", fallback);
	return own != NULL ? own : g_strdup(s);
}
