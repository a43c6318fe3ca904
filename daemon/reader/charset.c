/* SPDX-License-Identifier: ISC */
/*
 * charset: see charset.h.
 *
 * The C library loads a converter from a file when it is first asked for,
 * which no child can do.  So the warm parent opens one converter for each
 * row of the table; most become a table (table.h), the few with states are
 * kept.  iconv_open() and its like below, which stand before the C library's
 * for GMime and GLib too, know these rows and nothing else.
 * The same holds for g_time_zone_new_identifier(), which GMime calls for the
 * zone of a Date header and which would look for a file of that name.
 *
 * It must never let a name from a message reach the file system.
 */
#include "daemon/reader/charset.h"

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "daemon/reader/table.h"
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

/* What iconv_open() gives: a table, or a converter of the C library. */
struct converter {
	const struct table	*table;
	iconv_t			 real;
};

static iconv_t	(*real_open)(const char *, const char *);
static int	(*real_close)(iconv_t);
static table_iconv_fn *real_iconv;

/* By row; a converter that is kept open stays loaded. */
static const struct table *tables[ROWS];
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
	struct converter		*c;

	/* What is a table leads to UTF-8 alone; nobody asks for else. */
	if (t == NULL || f == NULL || real_open == NULL ||
	    tables[t - rows] != NULL || (tables[f - rows] != NULL &&
	    strcmp(t->converter, "UTF-8") != 0)) {
		errno = EINVAL;
		return (iconv_t)-1;
	}
	c = malloc(sizeof(*c));
	if (c == NULL)
		return (iconv_t)-1;
	c->table = tables[f - rows];
	c->real = (iconv_t)-1;
	if (c->table == NULL) {
		c->real = real_open(t->converter, f->converter);
		if (c->real == (iconv_t)-1) {
			free(c);
			return (iconv_t)-1;
		}
	}
	return c;
}

size_t
iconv(iconv_t cd, char **in, size_t *inleft, char **out, size_t *outleft)
{
	struct converter	*c = cd;

	return c->table != NULL ?
	    table_convert(c->table, in, inleft, out, outleft) :
	    real_iconv(c->real, in, inleft, out, outleft);
}

int
iconv_close(iconv_t cd)
{
	struct converter	*c = cd;
	int			 rc = 0;

	if (c->table == NULL)
		rc = real_close(c->real);
	free(c);
	return rc;
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

/*
 * The C library's own, or with state between characters: escapes, byte order
 * marks, Hebrew and Vietnamese letters that join with the mark behind them.
 */
static int
is_kept(const char *converter)
{
	static const char *const names[] = { "UTF-8", "ASCII", "ISO-2022-CN",
	    "ISO-2022-JP", "ISO-2022-JP-2", "ISO-2022-KR", "UTF-7", "UTF-16",
	    "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE",
	    "EUC-JP", "EUC-TW", "CP1255", "CP1258" };
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], converter) == 0)
			return 1;
	return 0;
}

/* The row itself or one before it with the same converter. */
static size_t
row_first(size_t row)
{
	size_t	 i;

	for (i = 0; strcmp(rows[i].converter, rows[row].converter) != 0; i++)
		continue;
	return i;
}

static int
row_warm(size_t row)
{
	size_t	 first = row_first(row);
	iconv_t	 cd;

	if (first < row) {
		tables[row] = tables[first];
		return 0;
	}
	cd = real_open("UTF-8", rows[row].converter);
	if (cd == (iconv_t)-1)
		return -1;
	if (is_kept(rows[row].converter)) {
		kept[row] = cd;
		return 0;
	}
	tables[row] = table_make(cd, real_iconv);
	return real_close(cd) == -1 || tables[row] == NULL ? -1 : 0;
}

/* The C library unloads a converter when others were closed after it. */
static int
converters_unload(void)
{
	iconv_t	 cd;
	int	 i;

	for (i = 0; i < 8; i++) {
		cd = real_open("UTF-8", "UTF-16");
		if (cd == (iconv_t)-1 || real_close(cd) == -1)
			return -1;
	}
	return 0;
}

int
charset_warm(void)
{
	size_t	 i;

	/* ISO C has no cast from an object pointer to a function. */
	*(void **)&real_open = dlsym(RTLD_NEXT, "iconv_open");
	*(void **)&real_iconv = dlsym(RTLD_NEXT, "iconv");
	*(void **)&real_close = dlsym(RTLD_NEXT, "iconv_close");
	if (real_open == NULL || real_iconv == NULL || real_close == NULL) {
		errno = ENOSYS;
		return -1;
	}
	if (tables_begin() == -1)
		return -1;
	for (i = 0; i < ROWS; i++)
		if (row_warm(i) == -1)
			return -1;
	return tables_end() == -1 ? -1 : converters_unload();
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
