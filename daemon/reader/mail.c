/* SPDX-License-Identifier: ISC */
/*
 * mail: see mail.h.
 *
 * The whole is parsed as a part, not as a message: its header is then a list
 * like that of every other part, and nothing in it is interpreted but here.
 * The document is a mapped file, so that parts are stretches of it.  It must
 * never hand more header lines to the parser than LIMIT_READ_HEADERS.
 */
#include "daemon/reader/mail.h"

#include <sys/mman.h>

#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

#include "daemon/reader/charset.h"
#include "daemon/reader/head.h"
#include "daemon/reader/part.h"
#include "daemon/reader/report.h"
#include "daemon/reader/type.h"
#include "proto/base/limits.h"

int
mail_warm(void)
{
	static const char	 text[] = "From: a <a@example.org>\n"
	    "Date: Mon, 2 Mar 2026 10:15:00 +0100\nSubject: =?utf-8?Q?a?=\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n"
	    "--b\nContent-Type: message/rfc822\n\n"
	    "Date: Mon, 2 Mar 2026 10:15:00 +0100\n\na\n--b--\n";
	GMimeStream		*s;
	GMimeParser		*parser;
	GMimeObject		*obj;

	g_mime_init();
	/* One message through it sets up the types of GObject. */
	s = g_mime_stream_mem_new_with_buffer(text, sizeof(text) - 1);
	parser = g_mime_parser_new_with_stream(s);
	obj = g_mime_parser_construct_part(parser, head_options());
	if (obj != NULL)
		g_object_unref(obj);
	g_object_unref(parser);
	g_object_unref(s);
	return obj == NULL ? -1 : 0;
}

const char *
mail_version(void)
{
	static char	 text[32];

	(void)snprintf(text, sizeof(text), "%u.%u.%u", gmime_major_version,
	    gmime_minor_version, gmime_micro_version);
	return text;
}

/* Length of a first line that has blanks alone, with its end; else 0. */
static size_t
blank_line(const char *bytes, size_t size)
{
	size_t	 n = 0;

	while (n < size && (bytes[n] == ' ' || bytes[n] == '\t' ||
	    bytes[n] == '\r'))
		n++;
	return n < size && bytes[n] == '\n' ? n + 1 : 0;
}

/*
 * SpamAssassin and mbox files begin with "From ", which is no header, and
 * some that were saved by hand with blank lines.
 */
static size_t
skip_from_line(const char *bytes, size_t size)
{
	const char	*nl;
	size_t		 at = 0, n;

	while ((n = blank_line(bytes + at, size - at)) > 0)
		at += n;
	if (size - at < 5 || memcmp(bytes + at, "From ", 5) != 0)
		return at;
	nl = memchr(bytes + at, '\n', size - at);
	return nl == NULL ? at : (size_t)(nl + 1 - bytes);
}

/* Where the message must end so that it has no more lines of header. */
static size_t
header_limit(const char *bytes, size_t start, size_t size)
{
	const char	*p = bytes + start, *end = bytes + size, *nl;
	unsigned	 lines;

	for (lines = 0; p < end && *p != '\n' && *p != '\r'; lines++) {
		if (lines >= LIMIT_READ_HEADERS)
			return (size_t)(p - bytes);
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			break;
		p = nl + 1;
	}
	return size;
}

static void
warned(gint64 offset, GMimeParserWarning what, const gchar *item, gpointer arg)
{
	struct facts	*f = arg;

	(void)offset;
	(void)item;
	if (what == GMIME_WARN_TRUNCATED_MESSAGE)
		facts_doubt(f, "truncated", NULL);
	else if (what == GMIME_CRIT_NESTING_OVERFLOW)
		facts_doubt(f, "many-parts", NULL);
}

static GMimeObject *
parse(struct facts *f, int fd, size_t start, size_t end)
{
	GMimeParserOptions	*opts = head_options();
	GMimeParser		*parser;
	GMimeStream		*s;
	GMimeObject		*root;

	s = g_mime_stream_mmap_new_with_bounds(fd, PROT_READ, MAP_PRIVATE,
	    (gint64)start, (gint64)end);
	if (s == NULL)
		return NULL;
	/* The descriptor is the caller's. */
	g_mime_stream_mmap_set_owner(GMIME_STREAM_MMAP(s), FALSE);
	g_mime_parser_options_set_warning_callback(opts, warned, f);
	parser = g_mime_parser_new_with_stream(s);
	g_mime_parser_set_persist_stream(parser, TRUE);
	root = g_mime_parser_construct_part(parser, opts);
	g_object_unref(parser);
	g_object_unref(s);
	return root;
}

/* The charset of the first text: 8-bit headers mostly are in it too. */
static const char *
charset_guess(GMimeObject *obj)
{
	const char	*name;
	int		 depth;

	for (depth = 0; depth < 8 && GMIME_IS_MULTIPART(obj) &&
	    g_mime_multipart_get_count(GMIME_MULTIPART(obj)) > 0; depth++)
		obj = g_mime_multipart_get_part(GMIME_MULTIPART(obj), 0);
	name = g_mime_object_get_content_type_parameter(obj, "charset");
	return name != NULL && charset_known(name) ? name : "windows-1252";
}

int
mail_open(struct facts *f, int fd, const char *bytes, size_t size,
    struct mail *m)
{
	size_t		 start = skip_from_line(bytes, size), end;
	GMimeHeaderList	*head;

	memset(m, 0, sizeof(*m));
	end = header_limit(bytes, start, size);
	if (end < size)
		facts_doubt(f, "truncated", NULL);
	if (start < end)
		m->root = parse(f, fd, start, end);
	if (m->root == NULL)
		return 0;
	head = g_mime_object_get_header_list(m->root);
	if (g_mime_header_list_get_count(head) == 0) {
		g_object_unref(m->root);
		m->root = NULL;
		return 0;
	}
	f->fallback = charset_guess(m->root);
	m->reported = report_find(&m->report, m->root, head);
	if (m->reported && report_body(&m->report) != NULL)
		f->fallback = charset_guess(report_body(&m->report));
	return 1;
}

void
mail_close(struct mail *m)
{
	report_release(&m->report);
	g_object_unref(m->root);
}

GMimeObject *
mail_body(const struct mail *m)
{
	GMimeObject	*body = m->reported ? report_body(&m->report) : NULL;

	return body != NULL ? body : m->root;
}

/* The facts are those of the message that is reported, if it is a report. */
int
mail_read(struct facts *f, int fd, const char *bytes, size_t size)
{
	struct mail	 m;

	if (!mail_open(f, fd, bytes, size, &m)) {
		facts_doubt(f, "no-message", NULL);
		part_opaque(f, type_of(bytes, size), bytes, size);
		return 0;
	}
	head_read(f, m.reported ? report_head(&m.report) :
	    g_mime_object_get_header_list(m.root));
	part_list(f, m.reported ? &m.report : NULL, m.root, bytes, size);
	if (m.reported)
		report_write(&m.report, f);
	mail_close(&m);
	return 1;
}
