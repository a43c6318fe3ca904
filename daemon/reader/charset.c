/* SPDX-License-Identifier: ISC */
/*
 * charset: see charset.h.
 *
 * The C library loads a converter from a file when it is first asked for,
 * which no child can do.  So the warm parent opens one converter for each
 * row of the table and keeps it, and iconv_open() below, which stands before
 * the C library's for GMime and GLib too, knows these rows and nothing else.
 * The same holds for g_time_zone_new_identifier(), which GMime calls for the
 * zone of a Date header and which would look for a file of that name.
 *
 * It must never let a name from a message reach the file system.
 */
#include "daemon/reader/charset.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include <glib.h>

#include "proto/base/text.h"

/*
 * Names as they come, in lower case without punctuation, and what the C
 * library calls the converter.  Where senders name a charset and mean its
 * superset, the superset stands here.
 */
static const struct charset_row {
	const char	*name;
	const char	*converter;
} rows[] = {
	{ "utf8", "UTF-8" }, { "unicode11utf8", "UTF-8" },
	{ "usascii", "ASCII" }, { "ascii", "ASCII" },
	{ "ansix341968", "ASCII" }, { "ansix341986", "ASCII" },
	{ "iso646us", "ASCII" }, { "646", "ASCII" },
	{ "iso88591", "CP1252" }, { "latin1", "CP1252" },
	{ "iso88592", "ISO-8859-2" }, { "latin2", "ISO-8859-2" },
	{ "iso88593", "ISO-8859-3" }, { "iso88594", "ISO-8859-4" },
	{ "iso88595", "ISO-8859-5" }, { "iso88596", "ISO-8859-6" },
	{ "iso88597", "ISO-8859-7" }, { "iso88598", "ISO-8859-8" },
	{ "iso88598i", "ISO-8859-8" }, { "iso88599", "ISO-8859-9" },
	{ "iso885910", "ISO-8859-10" }, { "iso885913", "ISO-8859-13" },
	{ "iso885914", "ISO-8859-14" }, { "iso885915", "ISO-8859-15" },
	{ "latin9", "ISO-8859-15" }, { "iso885916", "ISO-8859-16" },
	{ "windows1250", "CP1250" }, { "cp1250", "CP1250" },
	{ "windows1251", "CP1251" }, { "cp1251", "CP1251" },
	{ "windows1252", "CP1252" }, { "cp1252", "CP1252" },
	{ "windowscp1252", "CP1252" },
	{ "windows1253", "CP1253" }, { "cp1253", "CP1253" },
	{ "windows1254", "CP1254" }, { "cp1254", "CP1254" },
	{ "windows1255", "CP1255" }, { "cp1255", "CP1255" },
	{ "windows1256", "CP1256" }, { "cp1256", "CP1256" },
	{ "windows1257", "CP1257" }, { "cp1257", "CP1257" },
	{ "windows1258", "CP1258" }, { "cp1258", "CP1258" },
	{ "windows874", "CP874" }, { "cp874", "CP874" },
	{ "tis620", "CP874" },
	{ "koi8r", "KOI8-R" }, { "koi8u", "KOI8-U" },
	{ "437", "CP437" }, { "cp437", "CP437" }, { "ibm437", "CP437" },
	{ "850", "CP850" }, { "cp850", "CP850" }, { "ibm850", "CP850" },
	{ "cp852", "CP852" }, { "ibm852", "CP852" },
	{ "cp866", "CP866" }, { "ibm866", "CP866" },
	{ "macintosh", "MACINTOSH" }, { "xmacroman", "MACINTOSH" },
	{ "gb2312", "GB18030" }, { "gb231280", "GB18030" },
	{ "euccn", "GB18030" }, { "gbk", "GB18030" }, { "cp936", "GB18030" },
	{ "windows936", "GB18030" }, { "gb18030", "GB18030" },
	{ "xgbk", "GB18030" },
	{ "big5", "BIG5" }, { "chinesebig5", "BIG5" }, { "cnbig5", "BIG5" },
	{ "xxbig5", "BIG5" }, { "cp950", "BIG5" },
	{ "big5hkscs", "BIG5-HKSCS" }, { "euctw", "EUC-TW" },
	{ "iso2022cn", "ISO-2022-CN" },
	{ "iso2022jp", "ISO-2022-JP" }, { "iso2022jp2", "ISO-2022-JP-2" },
	{ "eucjp", "EUC-JP" }, { "xeucjp", "EUC-JP" },
	{ "shiftjis", "CP932" }, { "sjis", "CP932" }, { "xsjis", "CP932" },
	{ "cp932", "CP932" }, { "windows31j", "CP932" },
	{ "iso2022kr", "ISO-2022-KR" }, { "euckr", "UHC" }, { "uhc", "UHC" },
	{ "ksc56011987", "UHC" }, { "ksc5601", "UHC" }, { "cp949", "UHC" },
	{ "windows949", "UHC" },
	{ "utf7", "UTF-7" }, { "unicode11utf7", "UTF-7" },
	{ "utf16", "UTF-16" }, { "utf16le", "UTF-16LE" },
	{ "utf16be", "UTF-16BE" }, { "utf32", "UTF-32" },
	{ "utf32le", "UTF-32LE" }, { "utf32be", "UTF-32BE" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static iconv_t	(*real_open)(const char *, const char *);
static iconv_t	 kept[ROWS];

/* "ISO_8859-1//TRANSLIT" -> "iso88591"; 0 if it does not fit. */
static int
name_fold(const char *name, char *out, size_t size)
{
	size_t	 n = 0;

	for (; *name != '\0' && strncmp(name, "//", 2) != 0; name++) {
		if (!g_ascii_isalnum(*name))
			continue;
		if (n + 1 >= size)
			return 0;
		out[n++] = g_ascii_tolower(*name);
	}
	out[n] = '\0';
	return n > 0;
}

static const struct charset_row *
row_find(const char *name)
{
	char	 key[32];
	size_t	 i;

	if (name == NULL || !name_fold(name, key, sizeof(key)))
		return NULL;
	for (i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, key) == 0)
			return &rows[i];
	return NULL;
}

/* Stands before the C library's: see above. */
iconv_t
iconv_open(const char *to, const char *from)
{
	const struct charset_row	*t = row_find(to), *f = row_find(from);

	if (t == NULL || f == NULL || real_open == NULL) {
		errno = EINVAL;
		return (iconv_t)-1;
	}
	return real_open(t->converter, f->converter);
}

/* Stands before GLib's: +hh:mm and the like, never the name of a file. */
GTimeZone *
g_time_zone_new_identifier(const char *id)
{
	int	 sign, i, n = 0;

	if (id == NULL || (id[0] != '+' && id[0] != '-'))
		return NULL;
	sign = id[0] == '-' ? -1 : 1;
	for (i = 1; id[i] != '\0'; i++) {
		if (id[i] == ':' && i == 3)
			continue;
		if (!g_ascii_isdigit(id[i]) || i > 5)
			return NULL;
		n = n * 10 + (id[i] - '0');
	}
	if (n % 100 > 59 || n > 2359)
		return NULL;
	return g_time_zone_new_offset(sign * (n / 100 * 3600 + n % 100 * 60));
}

int
charset_warm(void)
{
	size_t	 i;

	/* ISO C has no cast from an object pointer to a function. */
	*(void **)&real_open = dlsym(RTLD_NEXT, "iconv_open");
	if (real_open == NULL) {
		errno = ENOSYS;
		return -1;
	}
	for (i = 0; i < ROWS; i++) {
		if (i > 0 && strcmp(rows[i].converter,
		    rows[i - 1].converter) == 0)
			continue;
		kept[i] = real_open("UTF-8", rows[i].converter);
		if (kept[i] == (iconv_t)-1)
			return -1;
	}
	return 0;
}

int
charset_known(const char *name)
{
	return row_find(name) != NULL;
}

/*
 * One pass; bytes that mean nothing become U+FFFD.  Gives how many did, or
 * -1 if there is no such charset.
 */
static int
convert(struct buf *out, const char *name, const char *text, size_t len)
{
	iconv_t	 cd = iconv_open("UTF-8", name);
	char	*in = (char *)(uintptr_t)text, chunk[4096], *o;
	size_t	 room;
	int	 bad = 0;

	if (cd == (iconv_t)-1)
		return -1;
	while (len > 0) {
		o = chunk;
		room = sizeof(chunk);
		errno = 0;
		if (iconv(cd, &in, &len, &o, &room) == (size_t)-1 &&
		    errno != E2BIG) {
			buf_add(out, chunk, sizeof(chunk) - room);
			room = sizeof(chunk);
			buf_adds(out, "\xef\xbf\xbd");
			bad++;
			in++;
			len--;
		}
		buf_add(out, chunk, sizeof(chunk) - room);
	}
	o = chunk;
	room = sizeof(chunk);
	if (iconv(cd, NULL, NULL, &o, &room) != (size_t)-1)
		buf_add(out, chunk, sizeof(chunk) - room);
	(void)iconv_close(cd);	/* nothing depends on it */
	return bad;
}

int
charset_convert(struct buf *out, const char *name, const char *text, size_t len)
{
	const struct charset_row	*row;
	size_t				 mark = out->len;
	int				 bad;

	row = row_find(name == NULL || *name == '\0' ? "us-ascii" : name);
	if (row != NULL && strcmp(row->converter, "ASCII") != 0 &&
	    strcmp(row->converter, "UTF-8") != 0) {
		bad = convert(out, name, text, len);
		if (bad == 0)
			return 1;
		/* A few wrong bytes: still the best reading that there is. */
		if (bad > 0 && (size_t)bad <= len / 50 + 1)
			return 0;
		out->len = mark;
	}
	if (text_is_utf8(text, len)) {
		buf_add(out, text, len);
		return row != NULL && mark == out->len - len &&
		    (strcmp(row->converter, "UTF-8") == 0 ||
		    strcmp(row->converter, "ASCII") == 0);
	}
	(void)convert(out, "windows-1252", text, len);
	return 0;
}
