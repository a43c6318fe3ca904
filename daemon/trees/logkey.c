/* SPDX-License-Identifier: ISC */
/* logkey: see logkey.h.  It must never replace a file that is there. */
#include "daemon/trees/logkey.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sys.h"

void
logkey_path(const char *master_key, char *path_r)
{
	const char *slash = strrchr(master_key, '/');
	int folder = slash != NULL ? (int)(slash - master_key) : 1;

	(void)snprintf(path_r, PATH_MAX, "%.*s/log.key", folder,
	    slash != NULL ? master_key : ".");
}

static int
read_key(int fd, const char *path, uint8_t seed_r[ED25519_KEY],
    struct trouble *t)
{
	char text[ED25519_PEM_MAX + 1];
	int64_t n = sys_pread(fd, text, sizeof(text), 0);
	int rc;

	if (n == -1)
		return trouble_errno(t, SAY_LOG_KEY, path);
	rc = ed25519_secret_of_pem(text, (size_t)n, seed_r);
	OPENSSL_cleanse(text, sizeof(text));
	return rc == 0 ? 0 : trouble_set(t, SAY_LOG_KEY_BAD, path, NULL, NULL,
	    NULL);
}

/* A file of its own first, then the name: no half a key is ever read. */
static int
write_key(const char *path, const char *master, const struct buf *pem)
{
	char part[PATH_MAX + 8], folder[PATH_MAX];
	struct stat st;
	int fd, rc = -1;

	(void)snprintf(part, sizeof(part), "%s.part", path);
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    (int)(strrchr(path, '/') - path), path);
	(void)sys_unlink(part);
	fd = sys_open(part, O_WRONLY | O_CREAT | O_EXCL);
	if (fd == -1)
		return -1;
	if (sys_pwrite(fd, pem->data, pem->len, 0) == 0 &&
	    (stat(master, &st) == -1 || st.st_uid == geteuid() ||
	    fchown(fd, st.st_uid, st.st_gid) == 0) && sys_sync(fd) == 0)
		rc = 0;
	sys_close(fd);
	if (rc == 0 && sys_rename(part, path) == 0 &&
	    sys_sync_dir(*folder != '\0' ? folder : "/") == 0)
		return 0;
	(void)sys_unlink(part);
	return -1;
}

static int
make_key(const char *path, const char *master, uint8_t seed_r[ED25519_KEY],
    struct trouble *t)
{
	struct buf pem = BUF_INIT;
	int ok;

	if (RAND_priv_bytes(seed_r, ED25519_KEY) != 1 ||
	    buf_reserve(&pem, ED25519_PEM_MAX) == NULL) {
		errno = ENOMEM;
		return trouble_errno(t, SAY_LOG_KEY, path);
	}
	ed25519_secret_pem(&pem, seed_r);
	ok = write_key(path, master, &pem) == 0;
	OPENSSL_cleanse(pem.data, pem.len);
	buf_release(&pem);
	return ok ? 1 : trouble_errno(t, SAY_LOG_KEY, path);
}

int
logkey_open(const char *path, const char *master,
    uint8_t seed_r[ED25519_KEY], struct trouble *t)
{
	int fd = sys_open(path, O_RDONLY), rc;

	if (fd == -1)
		return errno == ENOENT ? make_key(path, master, seed_r, t) :
		    trouble_errno(t, SAY_LOG_KEY, path);
	rc = read_key(fd, path, seed_r, t);
	sys_close(fd);
	return rc;
}
