/* SPDX-License-Identifier: ISC */
/*
 * type: see type.h.
 *
 * libmagic looks at the first bytes only: it is slow on long text, and what
 * tells a type stands at the front.  It must never be asked outside a box.
 */
#include "daemon/reader/type.h"

#include <errno.h>
#include <magic.h>
#include <string.h>
#include <strings.h>

#define TYPE_BYTES	65536	/* of a file that are looked at */

static magic_t	 magic;

int
type_warm(void)
{
	magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
	    MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ENCODING);
	if (magic == NULL)
		return -1;
	if (magic_load(magic, NULL) == -1) {
		magic_close(magic);
		magic = NULL;
		errno = ENOENT;
		return -1;
	}
	/*
	 * It is not used here: what it then makes, 2 MiB, every fork would
	 * copy for the few documents that need it.
	 */
	return 0;
}

int
type_version(void)
{
	return magic_version();
}

const char *
type_of(const void *bytes, size_t len)
{
	const char	*s;

	if (len == 0)
		return "application/x-empty";
	s = magic_buffer(magic, bytes, len < TYPE_BYTES ? len : TYPE_BYTES);
	return s == NULL || strchr(s, '/') == NULL ?
	    "application/octet-stream" : s;
}

/* Length of "Name" if the line is "Name:..." with an RFC 5322 field name. */
static size_t
field_name(const char *line, size_t len)
{
	size_t	 n = 0;

	while (n < len && line[n] > ' ' && line[n] < 127 && line[n] != ':')
		n++;
	return n > 0 && n < len && line[n] == ':' ? n : 0;
}

static int
field_known(const char *name, size_t len)
{
	static const char *const known[] = {
		"from", "to", "cc", "date", "subject", "message-id", "received",
		"return-path", "reply-to", "mime-version", "content-type",
		"delivered-to", "sender", "references", "in-reply-to",
		"dkim-signature", "x-mailer", "bcc",
	};
	size_t	 i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == len &&
		    strncasecmp(known[i], name, len) == 0)
			return 1;
	return 0;
}

/*
 * Two fields that mail has, before the first line that is no field.  A text
 * that opens on "To: ..." alone is a letter, not a message.
 */
int
type_is_mail(const char *text, size_t len)
{
	const char	*end = text + (len < 16384 ? len : 16384), *nl;
	size_t		 n;
	int		 known = 0, first = 1;

	for (; text < end; text = nl + 1, first = 0) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		if (first && end - text > 5 && memcmp(text, "From ", 5) == 0)
			continue;
		if (*text == ' ' || *text == '\t' || (known == 0 &&
		    (*text == '\r' || *text == '\n')))
			continue;
		n = field_name(text, (size_t)(nl - text));
		if (n == 0)
			break;
		known += field_known(text, n);
	}
	return known >= 2;
}
