/* SPDX-License-Identifier: ISC */
/*
 * verify_in: the files of a bundle, from a folder; verify_zip.c has them from
 * an archive.  It must never follow a link nor leave the folder: each name is
 * opened from its own folder's descriptor, and only files and folders are.
 */
#include "client/verify_own.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/limits.h"

#define READ_SIZE 262144

struct walk {
	struct input		 *in;
	const struct input_calls *calls;
	void			 *arg;
	uint64_t		  files, bytes;
	unsigned		  depth;
	size_t			  len;		/* of path */
	char			  path[BAGIT_PATH_MAX + 1];
	uint8_t			 *room;
};

int
input_open(struct input *in, const char *path)
{
	const char *slash = strrchr(path, '/');
	uint8_t head[4] = { 0 };
	struct stat st;

	memset(in, 0, sizeof *in);
	in->file_max = LIMIT_VERIFY_FILE;
	in->bytes_max = LIMIT_VERIFY_BYTES;
	in->name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
	in->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (in->fd == -1)
		return -1;
	if (fstat(in->fd, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		in->kind = INPUT_FOLDER;
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	in->size = (uint64_t)st.st_size;
	in->kind = pread(in->fd, head, 4, 0) == 4 &&
	    memcmp(head, "PK\3\4", 4) == 0 ? INPUT_ZIP : INPUT_FILE;
	return 0;
}

void
input_close(struct input *in)
{
	if (in->fd != -1)
		(void)close(in->fd);
	in->fd = -1;
}

int
input_fail(struct input *in, enum input_fault fault, const char *where)
{
	size_t n = 0;

	if (in->fault != INPUT_FINE)
		return -1;
	in->fault = fault;
	for (; where != NULL && where[n] != '\0' && n < BAGIT_PATH_MAX; n++)
		in->where[n] = where[n] >= ' ' && where[n] < 0x7f ?
		    where[n] : '?';
	in->where[n] = '\0';
	return -1;
}

/* ---- a folder ---------------------------------------------------------- */

static int
order_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int
names_add(struct walk *w, char ***names, size_t *n, const char *name)
{
	if ((*n & (*n - 1)) == 0) {
		char **more = reallocarray(*names, *n ? 2 * *n : 16,
		    sizeof *more);

		if (more == NULL)
			return input_fail(w->in, INPUT_ERRNO, w->path);
		*names = more;
	}
	if (++w->files > LIMIT_BAG_FILES)
		return input_fail(w->in, INPUT_MANY, w->path);
	if (((*names)[*n] = strdup(name)) == NULL)
		return input_fail(w->in, INPUT_ERRNO, w->path);
	(*n)++;
	return 0;
}

/* All names of a folder, in the order of their bytes.  Takes the fd. */
static int
names_read(struct walk *w, int fd, char ***names_r, size_t *n_r)
{
	DIR *dir = fdopendir(fd);
	int rc = 0;

	*names_r = NULL;
	*n_r = 0;
	if (dir == NULL) {
		(void)close(fd);
		return input_fail(w->in, INPUT_ERRNO, w->path);
	}
	while (rc == 0) {
		const struct dirent *entry;

		errno = 0;
		if ((entry = readdir(dir)) == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			rc = names_add(w, names_r, n_r, entry->d_name);
	}
	if (rc == 0 && errno != 0)
		rc = input_fail(w->in, INPUT_ERRNO, w->path);
	(void)closedir(dir);
	if (*n_r > 1)
		qsort(*names_r, *n_r, sizeof **names_r, order_name);
	return rc;
}

static int
file_read(struct walk *w, int fd)
{
	uint64_t size = 0;
	ssize_t n;

	if (w->calls->begin(w->arg, w->path) == -1)
		return input_fail(w->in, INPUT_STOPPED, w->path);
	while ((n = read(fd, w->room, READ_SIZE)) > 0) {
		size += (uint64_t)n;
		w->bytes += (uint64_t)n;
		if (size > w->in->file_max || w->bytes > w->in->bytes_max)
			return input_fail(w->in, INPUT_LARGE, w->path);
		if (w->calls->bytes(w->arg, w->room, (size_t)n) == -1)
			return input_fail(w->in, INPUT_STOPPED, w->path);
	}
	if (n == -1)
		return input_fail(w->in, INPUT_ERRNO, w->path);
	if (w->calls->end(w->arg) == -1)
		return input_fail(w->in, INPUT_STOPPED, w->path);
	return 0;
}

static int folder_read(struct walk *, int);

/* What stands under the name that w->path ends with.  Takes the fd. */
static int
thing_read(struct walk *w, int fd)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st) == -1)
		rc = input_fail(w->in, INPUT_ERRNO, w->path);
	else if (S_ISDIR(st.st_mode))
		return folder_read(w, fd);
	else if (S_ISREG(st.st_mode))
		rc = file_read(w, fd);
	else
		rc = input_fail(w->in, INPUT_LINK, w->path);
	(void)close(fd);
	return rc;
}

static int
name_read(struct walk *w, int folder, const char *name)
{
	size_t was = w->len, n = strlen(name);
	int fd, rc;

	if (was + n + 1 > BAGIT_PATH_MAX)
		return input_fail(w->in, INPUT_NAME, name);
	if (was > 0)
		w->path[w->len++] = '/';
	memcpy(w->path + w->len, name, n + 1);
	w->len += n;
	if (!bagit_path_ok(w->path, w->len))
		return input_fail(w->in, INPUT_NAME, w->path);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1)
		rc = input_fail(w->in, errno == ELOOP || errno == ENXIO ?
		    INPUT_LINK : INPUT_ERRNO, w->path);
	else
		rc = thing_read(w, fd);
	w->len = was;
	w->path[was] = '\0';
	return rc;
}

static int
folder_read(struct walk *w, int fd)
{
	char **names;
	size_t n;
	int copy, rc;

	if (w->depth == LIMIT_VERIFY_DEPTH ||
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1) {
		(void)close(fd);
		return input_fail(w->in, w->depth == LIMIT_VERIFY_DEPTH ?
		    INPUT_DEEP : INPUT_ERRNO, w->path);
	}
	w->depth++;
	rc = names_read(w, fd, &names, &n);	/* which closes the fd */
	/*
	 * Backwards: the tables that take longest to read have late names, and
	 * are read while the other files go by.
	 */
	for (size_t i = n; i > 0 && rc == 0; i--)
		rc = name_read(w, copy, names[i - 1]);
	names_free(names, n);
	(void)close(copy);
	w->depth--;
	return rc;
}

int
input_read(struct input *in, const struct input_calls *calls, void *arg)
{
	struct walk w = { .in = in, .calls = calls, .arg = arg };
	int fd, rc;

	if (in->kind == INPUT_ZIP)
		return input_zip(in, calls, arg);
	w.room = malloc(READ_SIZE);
	fd = fcntl(in->fd, F_DUPFD_CLOEXEC, 3);
	if (w.room == NULL || fd == -1) {
		if (fd != -1)
			(void)close(fd);
		rc = input_fail(in, INPUT_ERRNO, "");
	} else {
		rc = folder_read(&w, fd);
	}
	free(w.room);
	return rc;
}
