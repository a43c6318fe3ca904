/* SPDX-License-Identifier: ISC */
/*
 * unpack: see unpack.h.
 *
 *	state	has come		leaves it by
 *	HEAD	part of a file's head	all of it: DATA; a directory: REST
 *	DATA	some of its bytes	the last of them: HEAD
 *	REST	the directory		the end, which says how many files
 *
 * Sums are not looked at: `dossier verify' says which file is not as it was.
 */
#include "client/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/buf.h"
#include "proto/out/bagit.h"
#include "proto/out/zipfile.h"

struct unpack {
	char		*folder, *part;
	int		 base;		/* descriptor of part */
	enum { HEAD, DATA, REST } state;
	struct buf	 held;		/* of a head, or of the end */
	char		 top[64];	/* "" before the first file */
	int		 fd;		/* being written, -1 */
	uint64_t	 left, files;
	int		 whole;
};

static int
bad(void)
{
	errno = EBADMSG;
	return -1;
}

/* ---- life -------------------------------------------------------- */

struct unpack *
unpack_new(const char *folder)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->base = u->fd = -1;
	u->folder = strdup(folder);
	if (asprintf(&u->part, "%s.part", folder) == -1)
		u->part = NULL;
	if (u->folder != NULL && u->part != NULL &&
	    mkdir(u->part, 0777) == 0) {
		u->base = open(u->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (u->base != -1)
			return u;
	}
	unpack_free(u);
	return NULL;
}

static void
remove_all(char *folder)
{
	char *const paths[] = { folder, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV,
	    NULL);
	FTSENT *e;

	while (fts != NULL && (e = fts_read(fts)) != NULL)
		if (e->fts_info == FTS_DP)
			(void)rmdir(e->fts_accpath);
		else if (e->fts_info != FTS_D)
			(void)unlink(e->fts_accpath);
	if (fts != NULL)
		(void)fts_close(fts);
}

void
unpack_free(struct unpack *u)
{
	int error = errno;

	if (u == NULL)
		return;
	if (u->fd != -1)
		(void)close(u->fd);	/* it is given up */
	if (u->base != -1) {
		(void)close(u->base);	/* of a folder */
		if (!u->whole)
			remove_all(u->part);
	}
	buf_release(&u->held);
	free(u->folder);
	free(u->part);
	free(u);
	errno = error;
}

/* ---- files ------------------------------------------------------- */

/* Makes each folder of a path. */
static int
make_folders(const struct unpack *u, const char *path)
{
	char part[BAGIT_PATH_MAX + 1];

	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		memcpy(part, path, (size_t)(p - path));
		part[p - path] = '\0';
		if (mkdirat(u->base, part, 0777) == -1 && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* The path below the one folder at the top, or that there is none. */
static int
path_of(struct unpack *u, const struct zipfile_entry *e,
    char path_r[BAGIT_PATH_MAX + 1])
{
	const char *slash = memchr(e->name, '/', e->name_len);
	size_t n = slash == NULL ? 0 : (size_t)(slash - e->name), len;

	if (n == 0 || n >= sizeof(u->top) || (*u->top != '\0' &&
	    (strlen(u->top) != n || memcmp(u->top, e->name, n) != 0)))
		return bad();
	memcpy(u->top, e->name, n);
	len = e->name_len - n - 1;
	if (!bagit_path_ok(slash + 1, len))
		return bad();
	memcpy(path_r, slash + 1, len);
	path_r[len] = '\0';
	return 0;
}

static int
file_end(struct unpack *u)
{
	int fd = u->fd;

	if (u->left > 0)
		return 0;
	u->fd = -1;
	u->state = HEAD;
	return close(fd);
}

static int
file_begin(struct unpack *u, const struct zipfile_entry *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char path[BAGIT_PATH_MAX + 1];

	if (path_of(u, e, path) == -1)
		return -1;
	u->fd = openat(u->base, path, flags, 0666);
	if (u->fd == -1 && errno == ENOENT && make_folders(u, path) == 0)
		u->fd = openat(u->base, path, flags, 0666);
	if (u->fd == -1)
		return -1;
	u->files++;
	u->left = e->size;
	u->state = DATA;
	return file_end(u);
}

/* ---- what comes -------------------------------------------------- */

/* Bytes taken, 0 the head is not whole; -1. */
static ssize_t
take_head(struct unpack *u, const uint8_t *p, size_t n)
{
	struct zipfile_entry e;
	size_t before = u->held.len, used, took = n;
	int got;

	/* A head that is whole where it stands is not copied. */
	if (before > 0) {
		if (took > ZIPFILE_NAME_MAX)
			took = ZIPFILE_NAME_MAX;
		buf_add(&u->held, p, took);
		if (buf_failed(&u->held))
			return -1;
	}
	got = before > 0 ? zipfile_local_read(u->held.data, u->held.len, &e,
	    &used) : zipfile_local_read(p, n, &e, &used);
	if (got == -1)
		return bad();
	if (got == 0) {
		if (before == 0)
			buf_add(&u->held, p, n);
		return (ssize_t)took;
	}
	if (used == 0) {
		u->state = REST;
		u->held.len = before;
		return 0;
	}
	if (file_begin(u, &e) == -1)
		return -1;
	buf_clear(&u->held);
	return (ssize_t)(used - before);
}

static ssize_t
take_data(struct unpack *u, const uint8_t *p, size_t n)
{
	ssize_t done;

	if (n > u->left)
		n = (size_t)u->left;
	while ((done = write(u->fd, p, n)) == -1 && errno == EINTR)
		;
	if (done == -1)
		return -1;
	u->left -= (uint64_t)done;
	return file_end(u) == -1 ? -1 : done;
}

/* Only the end of the directory is of use. */
static ssize_t
take_rest(struct unpack *u, const uint8_t *p, size_t n)
{
	size_t skip = n < ZIPFILE_END_MAX ? 0 : n - ZIPFILE_END_MAX;

	buf_add(&u->held, p + skip, n - skip);
	if (u->held.len > ZIPFILE_END_MAX)
		buf_consume(&u->held, u->held.len - ZIPFILE_END_MAX);
	return buf_failed(&u->held) ? -1 : (ssize_t)n;
}

int
unpack_feed(struct unpack *u, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0) {
		ssize_t done = u->state == HEAD ? take_head(u, p, n) :
		    u->state == DATA ? take_data(u, p, n) :
		    take_rest(u, p, n);

		if (done == -1)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int
unpack_end(struct unpack *u)
{
	struct zipfile_end end;

	if (u->state != REST || zipfile_end_read(u->held.data, u->held.len,
	    &end) != 1 || end.entries != u->files)
		return bad();
	if (rename(u->part, u->folder) == -1)
		return -1;
	u->whole = 1;
	return 0;
}
