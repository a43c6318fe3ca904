/* SPDX-License-Identifier: ISC */
/*
 * zip: a walk through folders whose names are sorted as if a folder's ended
 * in a slash, which is the order of whole paths, and libarchive's writer into
 * a buf.  One folder's names are held for each level, never the whole tree.
 */
#include "daemon/export/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEVELS	24
#define SLICE	(128u << 10)
#define FIXED	946684800	/* 2000-01-01: zip has no years before 1980 */

struct level {
	int		 fd;
	char		**name;		/* folders end in "/" */
	size_t		 n, at;
	size_t		 path;		/* length of the path before it */
};

struct zip {
	struct archive	*archive;
	struct buf	*out;		/* of the present slice */
	struct buf	 path;		/* in the zip, of what is at hand */
	struct level	 level[LEVELS];
	unsigned	 depth;
	const struct zip_file *also;
	unsigned	 nalso;
	size_t		 top;		/* length of the top's name and slash */
	int		 file;		/* being copied; -1 none */
	uint64_t	 left;
	int		 ended;
};

static la_ssize_t
on_bytes(struct archive *a, void *arg, const void *bytes, size_t n)
{
	struct zip *z = arg;

	(void)a;
	if (z->out != NULL)	/* NULL: it is given up */
		buf_add(z->out, bytes, n);
	return (la_ssize_t)n;
}

/* ---- the walk ---------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
level_close(struct level *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->name[i]);
	free(l->name);
	if (l->fd != -1)
		(void)close(l->fd);	/* of a folder */
	memset(l, 0, sizeof *l);
	l->fd = -1;
}

/* Another name; a copy with a slash if it is a folder. */
static int
level_name(struct level *l, const char *name, int folder)
{
	char **more = reallocarray(l->name, l->n + 1, sizeof *more), *copy;
	size_t len = strlen(name);

	if (more == NULL)
		return -1;
	l->name = more;
	if ((copy = malloc(len + 2)) == NULL)
		return -1;
	memcpy(copy, name, len + 1);
	if (folder)
		memcpy(copy + len, "/", 2);
	l->name[l->n++] = copy;
	return 0;
}

static int
level_add(struct level *l, const char *name)
{
	struct stat st;

	if (fstatat(l->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return level_name(l, name, S_ISDIR(st.st_mode));
}

/* Those of memory that belong to this folder and are not in it. */
static int
level_also(struct zip *z, struct level *l)
{
	const char *path = (const char *)z->path.data + z->top;
	size_t n = z->path.len - z->top, i;

	for (unsigned k = 0; k < z->nalso; k++) {
		const char *name = z->also[k].path + n;

		if (strncmp(z->also[k].path, path, n) != 0 ||
		    strchr(name, '/') != NULL)
			continue;
		for (i = 0; i < l->n && strcmp(l->name[i], name) != 0; i++)
			;
		if (i == l->n && level_name(l, name, 0) == -1)
			return -1;
	}
	return 0;
}

/* Takes the descriptor of a folder. */
static int
level_open(struct zip *z, int fd)
{
	struct level *l = &z->level[z->depth];
	struct dirent *e;
	DIR *dir;
	int copy, rc = 0;

	if (fd == -1 || z->depth == LEVELS)
		return -1;
	l->fd = fd;
	l->path = z->path.len;
	z->depth++;
	if ((copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1 || (dir = fdopendir(copy)) == NULL)
		return -1;
	while (rc == 0 && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			rc = level_add(l, e->d_name);
	(void)closedir(dir);
	if (rc == 0)
		rc = level_also(z, l);
	if (rc == 0)
		qsort(l->name, l->n, sizeof *l->name, by_name);
	return rc;
}

/* ---- files ------------------------------------------------------- */

static int
file_head(struct zip *z, int64_t size)
{
	struct archive_entry *entry = archive_entry_new();
	const char *path = buf_str(&z->path);
	int rc = -1;

	if (entry != NULL && path != NULL) {
		archive_entry_set_pathname(entry, path);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, size);
		archive_entry_set_mtime(entry, FIXED, 0);
		if (archive_write_header(z->archive, entry) == ARCHIVE_OK)
			rc = 0;
	}
	archive_entry_free(entry);
	return rc;
}

static int
file_begin(struct zip *z, int fd)
{
	struct stat st;

	z->file = fd;
	if (fstat(fd, &st) == -1)
		return -1;
	z->left = (uint64_t)st.st_size;
	return file_head(z, st.st_size);
}

/* One of memory, whole: 1, 0 the path is of none, -1. */
static int
file_also(struct zip *z)
{
	const char *path = buf_str(&z->path);

	for (unsigned k = 0; path != NULL && k < z->nalso; k++) {
		const struct zip_file *f = &z->also[k];

		if (strcmp(path + z->top, f->path) != 0)
			continue;
		if (file_head(z, (int64_t)f->len) == -1 || (f->len > 0 &&
		    archive_write_data(z->archive, f->data, f->len) !=
		    (la_ssize_t)f->len))
			return -1;
		return archive_write_finish_entry(z->archive) == ARCHIVE_OK ?
		    1 : -1;
	}
	return 0;
}

static int
file_copy(struct zip *z)
{
	static char piece[SLICE];	/* the loop thread's alone */
	ssize_t n = 0;

	if (z->left > 0) {
		while ((n = read(z->file, piece, z->left < sizeof piece ?
		    (size_t)z->left : sizeof piece)) == -1 && errno == EINTR)
			;
		if (n <= 0 || archive_write_data(z->archive, piece,
		    (size_t)n) != n)
			return -1;
		z->left -= (uint64_t)n;
	}
	if (z->left > 0)
		return 0;
	(void)close(z->file);	/* it was only read */
	z->file = -1;
	return archive_write_finish_entry(z->archive) == ARCHIVE_OK ? 0 : -1;
}

/* One step: a file begun, a folder entered or left. */
static int
step(struct zip *z)
{
	struct level *l = &z->level[z->depth - 1];
	const char *name;
	int folder, fd, also;

	if (l->at == l->n) {
		level_close(l);
		z->depth--;
		return 0;
	}
	name = l->name[l->at++];
	folder = name[strlen(name) - 1] == '/';
	z->path.len = l->path;
	buf_adds(&z->path, name);
	if (!folder && (also = file_also(z)) != 0)
		return also == 1 ? 0 : -1;
	fd = openat(l->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    (folder ? O_DIRECTORY : 0));
	if (fd == -1)
		return -1;
	return folder ? level_open(z, fd) : file_begin(z, fd);
}

int
zip_more(struct zip *z, struct buf *out)
{
	size_t before = out->len;
	int rc = 0;

	z->out = out;
	while (rc == 0 && out->len - before < SLICE && !z->ended) {
		if (z->file != -1) {
			rc = file_copy(z);
		} else if (z->depth > 0) {
			rc = step(z);
		} else {
			z->ended = 1;
			if (archive_write_close(z->archive) != ARCHIVE_OK)
				rc = -1;
		}
	}
	z->out = NULL;
	if (rc == -1 || buf_failed(out))
		return -1;
	return !z->ended;
}

/* ---- life -------------------------------------------------------- */

struct zip *
zip_new(const char *path, const char *top)
{
	struct zip *z = calloc(1, sizeof *z);

	if (z == NULL)
		return NULL;
	z->file = -1;
	for (int i = 0; i < LEVELS; i++)
		z->level[i].fd = -1;
	buf_adds(&z->path, top);
	buf_addc(&z->path, '/');
	z->top = z->path.len;
	z->archive = archive_write_new();
	if (z->archive != NULL &&
	    archive_write_set_format_zip(z->archive) == ARCHIVE_OK &&
	    archive_write_zip_set_compression_store(z->archive) ==
	    ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(z->archive, 1) ==
	    ARCHIVE_OK && archive_write_open(z->archive, z, NULL, on_bytes,
	    NULL) == ARCHIVE_OK && level_open(z, open(path, O_RDONLY |
	    O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == 0)
		return z;
	zip_free(z);
	return NULL;
}

void
zip_also(struct zip *z, const struct zip_file *also, unsigned n)
{
	z->also = also;
	z->nalso = n;
}

void
zip_free(struct zip *z)
{
	if (z == NULL)
		return;
	z->out = NULL;
	if (z->file != -1)
		(void)close(z->file);
	while (z->depth > 0)
		level_close(&z->level[--z->depth]);
	(void)archive_write_free(z->archive);
	buf_release(&z->path);
	free(z);
}
