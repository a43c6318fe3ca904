/* SPDX-License-Identifier: ISC */
/*
 * charset: each converter of the reader against the C library's, over bytes
 * of every kind: the same text, the same place and reason of every fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "daemon/reader/charset.h"

static iconv_t	(*real_open)(const char *, const char *);
static size_t	(*real_iconv)(iconv_t, char **, size_t *, char **, size_t *);
static int	(*real_close)(iconv_t);

static int
setup(void **state)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW);

	(void)state;
	if (libc == NULL)
		return -1;
	*(void **)&real_open = dlsym(libc, "iconv_open");
	*(void **)&real_iconv = dlsym(libc, "iconv");
	*(void **)&real_close = dlsym(libc, "iconv_close");
	return charset_warm();
}

/* What senders write, and what the reader takes that for. */
static const char *const names[][2] = {
	{ "iso-8859-1", "CP1252" }, { "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" }, { "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" }, { "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8-i", "ISO-8859-8" }, { "iso-8859-15", "ISO-8859-15" },
	{ "windows-1251", "CP1251" }, { "windows-1255", "CP1255" },
	{ "windows-1256", "CP1256" }, { "windows-1258", "CP1258" },
	{ "tis-620", "CP874" }, { "koi8-r", "KOI8-R" }, { "cp437", "CP437" },
	{ "macintosh", "MACINTOSH" }, { "gb2312", "GB18030" },
	{ "gb18030", "GB18030" }, { "big5", "BIG5" },
	{ "big5-hkscs", "BIG5-HKSCS" }, { "euc-tw", "EUC-TW" },
	{ "euc-jp", "EUC-JP" }, { "shift_jis", "CP932" },
	{ "euc-kr", "UHC" }, { "iso-2022-jp", "ISO-2022-JP" },
	{ "utf-7", "UTF-7" }, { "utf-16", "UTF-16" }, { "utf-8", "UTF-8" },
};
#define NAMES	(sizeof(names) / sizeof(names[0]))

struct got {
	char	 text[512];
	size_t	 len, left, rc;
	int	 error;
};

static void
run(size_t (*fn)(iconv_t, char **, size_t *, char **, size_t *), iconv_t cd,
    const uint8_t *bytes, size_t len, size_t room, struct got *g)
{
	char in[64], *i = in, *o = g->text;

	memcpy(in, bytes, len);
	g->left = len;
	(void)fn(cd, NULL, NULL, NULL, NULL);
	errno = 0;
	g->rc = fn(cd, &i, &g->left, &o, &room);
	g->error = g->rc == (size_t)-1 ? errno : 0;
	if (g->rc != (size_t)-1)
		(void)fn(cd, NULL, NULL, &o, &room);
	g->len = (size_t)(o - g->text);
}

static void
same(iconv_t ours, iconv_t theirs, const uint8_t *bytes, size_t len,
    size_t room, const char *name)
{
	struct got a, b;

	/* The C library swallows this one, we say that it is nothing. */
	for (size_t i = 0; i + 1 < len; i++)
		if (strcmp(name, "euc-kr") == 0 && bytes[i] == 0xa2 &&
		    bytes[i + 1] == 0xe8)
			return;
	run(iconv, ours, bytes, len, room, &a);
	run(real_iconv, theirs, bytes, len, room, &b);
	if (a.rc != b.rc || a.error != b.error || a.left != b.left ||
	    a.len != b.len || memcmp(a.text, b.text, a.len) != 0)
		fail_msg("%s: %02x %02x %02x %02x, %zu bytes in %zu: "
		    "%zu/%d/%zu, not %zu/%d/%zu", name, bytes[0], bytes[1],
		    bytes[2], bytes[3], len, room, a.len, a.error, a.left,
		    b.len, b.error, b.left);
}

/* Bytes that lead somewhere come often. */
static uint8_t
byte(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	switch (*seed >> 29) {
	case 0:
		return (uint8_t)(0x30 + (*seed >> 8) % 10);
	case 1:
	case 2:
		return (uint8_t)(0x81 + (*seed >> 8) % 126);
	case 3:
	case 4:
		return (uint8_t)(0xa1 + (*seed >> 8) % 94);
	case 5:
		return (uint8_t)(0x20 + (*seed >> 8) % 95);
	default:
		return (uint8_t)(*seed >> 8);
	}
}

static void
test_same(void **state)
{
	uint8_t bytes[64];
	uint32_t seed = 7;

	(void)state;
	for (size_t n = 0; n < NAMES; n++) {
		iconv_t ours = iconv_open("UTF-8", names[n][0]);
		iconv_t theirs = real_open("UTF-8", names[n][1]);

		assert_true(ours != (iconv_t)-1 && theirs != (iconv_t)-1);
		memset(bytes, 0, sizeof(bytes));
		for (unsigned i = 0; i < 65536; i++) {
			bytes[0] = (uint8_t)(i >> 8);
			bytes[1] = (uint8_t)i;
			same(ours, theirs, bytes, 2, 64, names[n][0]);
			if (i < 256)
				same(ours, theirs, bytes + 1, 1, 64,
				    names[n][0]);
		}
		for (int i = 0; i < 20000; i++) {
			size_t len = 1 + seed % 40;

			for (size_t k = 0; k < len; k++)
				bytes[k] = byte(&seed);
			same(ours, theirs, bytes, len, 512, names[n][0]);
		}
		assert_int_equal(iconv_close(ours), 0);
		assert_int_equal(real_close(theirs), 0);
	}
}

/* Every four bytes of GB18030 that may be a character, and some beyond. */
static void
test_fours(void **state)
{
	iconv_t ours = iconv_open("UTF-8", "gb18030");
	iconv_t theirs = real_open("UTF-8", "GB18030");
	uint8_t in[4];

	(void)state;
	for (unsigned i = 0; i < 126 * 10 * 126 * 10; i += i < 60000 ? 1 :
	    97) {
		in[0] = (uint8_t)(0x81 + i / 12600);
		in[1] = (uint8_t)(0x30 + i / 1260 % 10);
		in[2] = (uint8_t)(0x81 + i / 10 % 126);
		in[3] = (uint8_t)(0x30 + i % 10);
		same(ours, theirs, in, 4, 64, "gb18030");
		same(ours, theirs, in, 3, 64, "gb18030");
	}
	(void)iconv_close(ours);
	(void)real_close(theirs);
}

static void
test_no_room(void **state)
{
	static const uint8_t text[] = "a\xe4\xe5\xbd\x93\x80z";
	iconv_t ours = iconv_open("UTF-8", "gbk");
	iconv_t theirs = real_open("UTF-8", "GB18030");

	(void)state;
	for (size_t room = 0; room < 16; room++)
		for (size_t len = 1; len < sizeof(text); len++)
			same(ours, theirs, text, len, room, "gbk");
	(void)iconv_close(ours);
	(void)real_close(theirs);
	assert_true(iconv_open("gbk", "utf-8") == (iconv_t)-1);
	assert_true(iconv_open("UTF-8", "../../etc") == (iconv_t)-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_fours),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
