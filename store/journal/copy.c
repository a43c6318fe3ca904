/* SPDX-License-Identifier: ISC */
/*
 * copy: see copy.h.
 */
#include "store/journal/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/sys.h"

#define CHUNK (64u << 10)

int
copying_init(struct copying *c)
{
	c->md = EVP_MD_CTX_new();
	return c->md != NULL ? 0 : trouble_set(c->t, SAY_STORE_MEMORY, NULL,
	    NULL, NULL, NULL);
}

void
copying_release(struct copying *c)
{
	EVP_MD_CTX_free(c->md);
}

int
copying_tell(struct copying *c, uint64_t n)
{
	struct log_progress p = { c->what, 0, c->total };

	c->done += n;
	p.done = c->done;
	if (c->progress == NULL || c->progress(c->arg, &p) == 0)
		return 0;
	return trouble_set(c->t, SAY_STORE_STOPPED, NULL, NULL, NULL, NULL);
}

static int
join(char path_r[PATH_MAX], const char *dir, const char *name,
    const char *suffix)
{
	int n = snprintf(path_r, PATH_MAX, "%s/%s%s", dir, name, suffix);

	return n > 0 && n < PATH_MAX ? 0 : -1;
}

/* Reads n bytes of from, hashes them, writes them to `to` unless -1. */
static int
pass(struct copying *c, int from, int to, uint64_t n, int tell,
    uint8_t hash_r[LOG_HASH_LEN])
{
	uint8_t chunk[CHUNK];
	uint64_t at = 0;
	size_t part;

	if (EVP_DigestInit_ex(c->md, EVP_sha256(), NULL) != 1)
		return -1;
	while (at < n) {
		part = n - at < CHUNK ? (size_t)(n - at) : CHUNK;
		errno = EIO;
		if (sys_pread(from, chunk, part, at) != (int64_t)part ||
		    EVP_DigestUpdate(c->md, chunk, part) != 1)
			return -1;
		if (to != -1 && sys_pwrite(to, chunk, part, at) == -1)
			return -1;
		at += part;
		if (tell && copying_tell(c, part) == -1)
			return 1;
	}
	return EVP_DigestFinal_ex(c->md, hash_r, NULL) == 1 ? 0 : -1;
}

/* From `from` to the file at path, synced and read back. */
static int
arrive(struct copying *c, int from, const char *path, uint64_t size,
    uint8_t hash_r[LOG_HASH_LEN])
{
	int to = sys_open(path, O_RDWR | O_CREAT | O_TRUNC), r;
	uint8_t back[LOG_HASH_LEN];

	if (to == -1)
		return trouble_errno(c->t, SAY_STORE_MAKE, path);
	r = pass(c, from, to, size, 1, hash_r);
	if (r == -1)
		(void)trouble_errno(c->t, SAY_STORE_MAKE, path);
	sys_step("file:filled");
	if (r == 0 && sys_sync(to) == -1)
		r = trouble_errno(c->t, SAY_STORE_MAKE, path);
	sys_step("file:kept");
	if (r == 0 && (pass(c, to, -1, size, 0, back) != 0 ||
	    memcmp(back, hash_r, sizeof(back)) != 0))
		r = trouble_set(c->t, SAY_BACKUP_ARRIVED, path, "", NULL,
		    NULL);
	sys_close(to);
	return r == 0 ? 0 : -1;
}

int
copy_file(struct copying *c, const struct leg *leg, const uint8_t *want,
    uint8_t hash_r[LOG_HASH_LEN])
{
	char source[PATH_MAX], path[PATH_MAX], part[PATH_MAX];
	char dir[PATH_MAX], *slash;
	int from, rc;

	if (join(source, leg->from, leg->from_name, "") == -1 ||
	    join(path, leg->to, leg->to_name, "") == -1 ||
	    join(part, leg->to, leg->to_name, ".part") == -1) {
		errno = ENAMETOOLONG;
		return trouble_errno(c->t, SAY_STORE_READ, leg->to);
	}
	from = sys_open(source, O_RDONLY);
	if (from == -1)
		return trouble_errno(c->t, SAY_STORE_READ, source);
	rc = arrive(c, from, part, leg->size, hash_r);
	sys_close(from);
	if (rc == 0 && want != NULL && memcmp(want, hash_r, LOG_HASH_LEN) != 0)
		rc = trouble_set(c->t, SAY_BACKUP_ARRIVED, path, source, NULL,
		    NULL);
	if (rc == -1) {
		sys_unlink(part);
		return -1;
	}
	(void)snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	*slash = '\0';
	if (sys_rename(part, path) == -1 || sys_sync_dir(dir) == -1)
		return trouble_errno(c->t, SAY_STORE_MAKE, path);
	sys_step("file:named");
	return 0;
}

int
copy_slurp(const char *dir, const char *name, struct buf *b)
{
	char path[PATH_MAX];
	int64_t size = -1, got = -1;
	int fd;

	if (join(path, dir, name, "") == -1)
		return -1;
	fd = sys_open(path, O_RDONLY);
	if (fd == -1)
		return -1;
	size = sys_size(fd);
	if (size >= 0 && buf_reserve(b, (size_t)size + 1) != NULL)
		got = sys_pread(fd, b->data, (size_t)size, 0);
	sys_close(fd);
	if (got == -1 || got != size)
		return -1;
	buf_commit(b, (size_t)got);
	return 0;
}

int
copy_write(struct copying *c, const char *dir, const char *name,
    const struct buf *b)
{
	char path[PATH_MAX], part[PATH_MAX];
	int fd, rc = -1;

	if (buf_failed(b) || join(path, dir, name, "") == -1 ||
	    join(part, dir, name, ".part") == -1)
		return trouble_set(c->t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	fd = sys_open(part, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd != -1 && sys_pwrite(fd, b->data, b->len, 0) == 0 &&
	    sys_sync(fd) == 0)
		rc = 0;
	if (fd != -1)
		sys_close(fd);
	if (rc == 0 && (sys_rename(part, path) == -1 ||
	    sys_sync_dir(dir) == -1))
		rc = -1;
	return rc == 0 ? 0 : trouble_errno(c->t, SAY_STORE_MAKE, path);
}

/* ---- SHA256SUMS ----------------------------------------------------- */

void
sums_add(struct buf *b, const struct sum *s)
{
	buf_addhex(b, s->hash, LOG_HASH_LEN);
	buf_adds(b, "  ");
	buf_adds(b, s->name);
	buf_addc(b, '\n');
}

/* Only names that a backup has: "journal/00000001.seg", no way out of it. */
static int
name_good(const char *name)
{
	static const char *const dirs[] = { "journal/", "blobs/",
	    "derived/" };
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		n = strlen(dirs[i]);
		if (strncmp(name, dirs[i], n) == 0)
			return name[n] != '\0' && name[n] != '.' &&
			    strchr(name + n, '/') == NULL;
	}
	return 0;
}

int
sums_next(const struct buf *b, size_t *at, struct sum *sum_r)
{
	const char *line, *end;
	size_t len;

	if (*at >= b->len)
		return 0;
	line = (const char *)b->data + *at;
	end = memchr(line, '\n', b->len - *at);
	if (end == NULL)
		return -1;
	len = (size_t)(end - line);
	*at += len + 1;
	if (len < 67 || len - 66 >= sizeof(sum_r->name) ||
	    text_unhex(line, 64, sum_r->hash) == -1 ||
	    memcmp(line + 64, "  ", 2) != 0)
		return -1;
	memcpy(sum_r->name, line + 66, len - 66);
	sum_r->name[len - 66] = '\0';
	return name_good(sum_r->name) ? 1 : -1;
}

int
sums_find(const struct buf *b, const char *name, struct sum *sum_r)
{
	size_t at = 0;

	while (sums_next(b, &at, sum_r) == 1)
		if (strcmp(sum_r->name, name) == 0)
			return 1;
	return 0;
}
