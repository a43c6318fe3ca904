/* SPDX-License-Identifier: ISC */
/*
 * leaf: see leaf.h.  It must never give a stretch that is not within the
 * document.
 */
#include "daemon/reader/leaf.h"

#include <string.h>
#include <strings.h>

#include "daemon/reader/head.h"

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
