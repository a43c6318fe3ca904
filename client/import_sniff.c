/* SPDX-License-Identifier: ISC */
/*
 * import_sniff: the format of a named file by its first bytes.  An office
 * document is a zip too: it must never be taken apart.
 */
#include "client/import_own.h"

#include <string.h>

#include "proto/wire/mbox.h"

#define SNIFF 1024

static const char *const words[IMPORT_FORMATS] = {
	[IMPORT_ANY] = "", [IMPORT_MAILDIR] = "maildir",
	[IMPORT_MBOX] = "mbox", [IMPORT_EML] = "eml", [IMPORT_ZIP] = "zip",
	[IMPORT_TAR] = "tar", [IMPORT_PST] = "pst"
};

static const struct magic {
	size_t			 at;
	const char		*bytes;
	size_t			 len;
	enum import_format	 format;
} magics[] = {
	{ 0, "PK\3\4", 4, IMPORT_ZIP },
	{ 0, "PK\5\6", 4, IMPORT_ZIP },
	{ 0, "!BDN", 4, IMPORT_PST },
	{ 257, "ustar", 5, IMPORT_TAR },
	{ 0, "\x1f\x8b", 2, IMPORT_TAR },		/* gzip */
	{ 0, "\x28\xb5\x2f\xfd", 4, IMPORT_TAR },	/* zstd */
	{ 0, "BZh", 3, IMPORT_TAR },
	{ 0, "\xfd" "7zXZ", 5, IMPORT_TAR },
};

/* The first entry's name tells a zip that is one document. */
static int
is_document(const char *head, size_t len)
{
	static const char *const first[] = { "mimetype", "[Content_Types]",
	    "_rels/", "docProps/", "word/", "xl/", "ppt/", "META-INF/" };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t n = strlen(first[i]);

		if (len >= 30 + n && memcmp(head + 30, first[i], n) == 0)
			return 1;
	}
	return 0;
}

static enum import_format
format_of_head(const char *head, size_t len)
{
	const char *lf = memchr(head, '\n', len);
	size_t line = lf != NULL ? (size_t)(lf - head) : len;

	if (line > 0 && head[line - 1] == '\r')
		line--;
	if (mbox_is_from(head, line))
		return IMPORT_MBOX;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];

		if (len < m->at + m->len ||
		    memcmp(head + m->at, m->bytes, m->len) != 0)
			continue;
		if (m->format == IMPORT_ZIP && is_document(head, len))
			return IMPORT_EML;
		return m->format;
	}
	return IMPORT_EML;
}

enum import_format
import_sniff(const char *path)
{
	FILE *file = fopen(path, "rb");
	char head[SNIFF];
	size_t len;

	if (file == NULL)	/* it is said when it is to be taken */
		return IMPORT_EML;
	len = fread(head, 1, sizeof(head), file);
	(void)fclose(file);
	return format_of_head(head, len);
}

enum import_format
import_format_of(const char *word)
{
	int i = IMPORT_MAILDIR;

	while (i < IMPORT_FORMATS && strcmp(words[i], word) != 0)
		i++;
	return (enum import_format)i;
}
