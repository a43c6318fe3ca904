/* SPDX-License-Identifier: ISC */
/* zipw: see zipw.h. */
#include "daemon/export/zipw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/out/bagit.h"
#include "proto/out/zipfile.h"

#define AWAY	(UINT64_C(8) << 20)	/* bytes after which writing begins */
#define MUCH	(128u << 10)		/* of the directory */

struct zipw {
	char		*path, *top;
	int		 fd;
	_Atomic uint64_t end;		/* of what has room */
	_Atomic uint64_t away;		/* of what is on its way to the disk */
	struct buf	 list;		/* of the directory, not yet written */
	struct zipfile_end ending;
};

/* ---- life -------------------------------------------------------- */

/* The folder that it is in. */
static int
folder_open(const struct zipw *z, int flags)
{
	const char *slash = strrchr(z->path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    strndup(z->path, (size_t)(slash - z->path) + 1);
	int fd = folder == NULL ? -1 : open(folder, flags | O_CLOEXEC, 0600);

	free(folder);
	return fd;
}

struct zipw *
zipw_new(const char *path, const char *top)
{
	struct zipw *z = calloc(1, sizeof *z);

	if (z == NULL)
		return NULL;
	z->path = strdup(path);
	z->top = strdup(top);
	z->fd = z->path == NULL || z->top == NULL ? -1 : open(path, O_WRONLY |
	    O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (z->fd != -1)
		return z;
	zipw_free(z);
	return NULL;
}

void
zipw_free(struct zipw *z)
{
	if (z == NULL)
		return;
	if (z->fd != -1)
		(void)close(z->fd);	/* synced, or given up */
	buf_release(&z->list);
	free(z->path);
	free(z->top);
	free(z);
}

int
zipw_aside(const struct zipw *z)
{
	return folder_open(z, O_RDWR | O_TMPFILE);
}

/* ---- files ------------------------------------------------------- */

struct named {
	char		 name[BAGIT_PATH_MAX + 257];
	struct zipfile_entry entry;
};

static void
name_it(const struct zipw *z, const struct zipw_file *f, struct named *n)
{
	int len = snprintf(n->name, sizeof n->name, "%.255s/%.*s", z->top,
	    BAGIT_PATH_MAX, f->path);

	n->entry = (struct zipfile_entry){ n->name, (size_t)len, f->crc,
	    f->size, f->offset };
}

size_t
zipw_head_size(const struct zipw *z, const struct zipw_file *f)
{
	struct named n;

	name_it(z, f, &n);
	return zipfile_local_size(&n.entry);
}

void
zipw_head(const struct zipw *z, const struct zipw_file *f, struct buf *out)
{
	struct named n;

	name_it(z, f, &n);
	zipfile_local(out, &n.entry);
}

/*
 * What is far behind the end goes to the disk by and by, so that the sync has
 * little to wait for.
 */
static void
send_away(struct zipw *z, uint64_t end)
{
	uint64_t from = atomic_load(&z->away);

	if (end - from >= 2 * AWAY &&
	    atomic_compare_exchange_strong(&z->away, &from, end - AWAY))
		(void)sync_file_range(z->fd, (off_t)from, (off_t)(end - AWAY -
		    from), SYNC_FILE_RANGE_WRITE);	/* only a hint */
}

uint64_t
zipw_room(struct zipw *z, const struct zipw_file *f)
{
	uint64_t n = f->size + zipw_head_size(z, f);
	uint64_t at = atomic_fetch_add(&z->end, n);

	send_away(z, at);
	return at;
}

int
zipw_write_to(int fd, uint64_t at, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, (off_t)at);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		p += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

int
zipw_write(const struct zipw *z, uint64_t at, const void *bytes, size_t n)
{
	return zipw_write_to(z->fd, at, bytes, n);
}

/* ---- the end ----------------------------------------------------- */

static int
list_out(struct zipw *z)
{
	uint64_t at = atomic_fetch_add(&z->end, z->list.len);

	if (buf_failed(&z->list)) {
		errno = ENOMEM;
		return -1;
	}
	if (zipw_write(z, at, z->list.data, z->list.len) == -1)
		return -1;
	buf_clear(&z->list);
	return 0;
}

int
zipw_list(struct zipw *z, const struct zipw_file *f)
{
	struct named n;
	size_t before = z->list.len;

	if (z->ending.entries++ == 0)
		z->ending.offset = atomic_load(&z->end);
	name_it(z, f, &n);
	zipfile_central(&z->list, &n.entry);
	z->ending.size += z->list.len - before;
	return z->list.len < MUCH ? 0 : list_out(z);
}

int
zipw_end(struct zipw *z)
{
	int folder, fd = z->fd, rc;

	zipfile_end(&z->list, &z->ending);
	if (list_out(z) == -1 || fdatasync(fd) == -1)
		return -1;
	z->fd = -1;
	if (close(fd) == -1 || (folder = folder_open(z, O_RDONLY |
	    O_DIRECTORY)) == -1)
		return -1;
	rc = fsync(folder);
	return close(folder) == -1 ? -1 : rc;
}
