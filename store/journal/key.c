/* SPDX-License-Identifier: ISC */
/*
 * key: the file of the master key (layout in ring.h).  It must never be
 * readable by others, and never be overwritten.
 */
#include "store/journal/ring.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/sys.h"

#define CHECK_LEN	4
#define DIGITS		((SECRET_LEN + CHECK_LEN) * 2)
#define FILE_MAX	1024

static int
key_check(const uint8_t key[SECRET_LEN], uint8_t check_r[CHECK_LEN])
{
	uint8_t in[18 + SECRET_LEN], md[EVP_MAX_MD_SIZE];
	int ok;

	memcpy(in, "dossier master key", 18);
	memcpy(in + 18, key, SECRET_LEN);
	ok = EVP_Digest(in, sizeof(in), md, NULL, EVP_sha256(), NULL);
	OPENSSL_cleanse(in, sizeof(in));
	memcpy(check_r, md, CHECK_LEN);
	return ok == 1 ? 0 : -1;
}

void
key_text(const uint8_t key[SECRET_LEN], struct buf *out)
{
	uint8_t all[SECRET_LEN + CHECK_LEN];

	memcpy(all, key, SECRET_LEN);
	if (key_check(key, all + SECRET_LEN) == -1)
		out->failed = 1;
	for (size_t i = 0; i < sizeof(all); i += 4) {
		if (i > 0)
			buf_addc(out, ' ');
		buf_addhex(out, all + i, 4);
	}
	OPENSSL_cleanse(all, sizeof(all));
}

/* A person may have typed it: blanks, dashes, line ends, either case. */
static int
key_parse(const char *text, size_t len, uint8_t key_r[SECRET_LEN])
{
	uint8_t all[SECRET_LEN + CHECK_LEN] = { 0 }, check[CHECK_LEN];
	size_t n = 0;
	int d;

	for (size_t i = 0; i < len; i++) {
		if (memchr(" \t\r\n-", text[i], 5) != NULL)
			continue;
		d = text_hex_digit(text[i]);
		if (d == -1 || n == DIGITS)
			return -1;
		all[n / 2] = (uint8_t)(all[n / 2] << 4 | d);
		n++;
	}
	if (n != DIGITS || key_check(all, check) == -1 ||
	    CRYPTO_memcmp(check, all + SECRET_LEN, CHECK_LEN) != 0)
		return -1;
	memcpy(key_r, all, SECRET_LEN);
	OPENSSL_cleanse(all, sizeof(all));
	return 0;
}

static int
key_make(const char *path, struct trouble *t)
{
	char parent[PATH_MAX];
	uint8_t key[SECRET_LEN];
	struct buf text = BUF_INIT;
	int fd = -1, rc = -1;

	if (RAND_priv_bytes(key, sizeof(key)) != 1) {
		errno = EIO;
		return trouble_errno(t, SAY_STORE_KEY_WRITE, path);
	}
	key_text(key, &text);
	buf_addc(&text, '\n');
	(void)snprintf(parent, sizeof(parent), "%s", path);
	fd = sys_open(path, O_WRONLY | O_CREAT | O_EXCL);
	if (fd == -1 || buf_failed(&text) ||
	    sys_pwrite(fd, text.data, text.len, 0) == -1 ||
	    sys_sync(fd) == -1 || sys_sync_dir(dirname(parent)) == -1)
		(void)trouble_errno(t, SAY_STORE_KEY_WRITE, path);
	else
		rc = 0;
	if (fd != -1)
		sys_close(fd);
	OPENSSL_cleanse(key, sizeof(key));
	if (text.data != NULL)
		OPENSSL_cleanse(text.data, text.len);
	buf_release(&text);
	return rc;
}

int
key_read(const char *path, int make, uint8_t key_r[SECRET_LEN],
    struct trouble *t)
{
	char text[FILE_MAX];
	unsigned mode;
	int64_t n;
	int fd, rc;

	if (sys_mode(path, &mode) == -1) {
		if (errno != ENOENT || !make)
			return trouble_errno(t, SAY_STORE_KEY_MISSING, path);
		if (key_make(path, t) == -1)
			return -1;
		mode = 0600;
	}
	if ((mode & 077) != 0)
		return trouble_set(t, SAY_STORE_KEY_OPEN, path, NULL, NULL,
		    NULL);
	fd = sys_open(path, O_RDONLY);
	if (fd == -1)
		return trouble_errno(t, SAY_STORE_KEY_MISSING, path);
	n = sys_pread(fd, text, sizeof(text), 0);
	sys_close(fd);
	if (n == -1)
		return trouble_errno(t, SAY_STORE_KEY_MISSING, path);
	rc = key_parse(text, (size_t)n, key_r);
	OPENSSL_cleanse(text, sizeof(text));
	if (rc == -1)
		return trouble_set(t, SAY_STORE_KEY_BAD, path, NULL, NULL,
		    NULL);
	return 0;
}
