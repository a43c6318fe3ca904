/* SPDX-License-Identifier: ISC */
/*
 * sys_fault_undo: what a disk forgets when it loses its power.
 *
 * Before each write the bytes that it covers are read and kept until the
 * file is synced; a death writes some of them back, sector by sector.  A
 * sector then holds what it held at some moment since the last sync, which is
 * what a disk without power may leave.
 */
#include "tests/fault/sys_fault.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

enum undo_what { UNDO_WRITE, UNDO_TRUNCATE, UNDO_RENAME };

struct undo {
	struct undo	*older;
	enum undo_what	 what;
	ino_t		 file;
	int		 fd;		/* our own duplicate */
	uint64_t	 offset, size;	/* size: of the file before */
	uint8_t		*old;
	size_t		 n;
	char		 from[PATH_MAX], to[PATH_MAX];
	int		 replaced;	/* TO.undo is what TO was */
};

static struct undo *newest;
static uint32_t seed, dice;

static void
undo_free(struct undo *u)
{
	char path[PATH_MAX + 8];

	if (u->what == UNDO_RENAME && u->replaced) {
		(void)snprintf(path, sizeof(path), "%s.undo", u->to);
		(void)unlink(path);
	}
	if (u->fd != -1)
		(void)close(u->fd);
	free(u->old);
	free(u);
}

static struct undo *
undo_new(enum undo_what what, int fd)
{
	struct undo *u = calloc(1, sizeof(*u));
	struct stat st;

	if (u == NULL)
		abort();
	u->what = what;
	u->fd = -1;
	if (fd != -1 && fstat(fd, &st) == 0) {
		u->file = st.st_ino;
		u->size = (uint64_t)st.st_size;
		u->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	}
	u->older = newest;
	newest = u;
	return u;
}

static void
keep_bytes(struct undo *u, int fd, uint64_t offset, size_t n)
{
	u->offset = offset;
	u->n = n;
	u->old = calloc(1, n + 1);
	/* A descriptor to write only cannot be read: it was new, so zeros. */
	if (u->old == NULL || real_pread(fd, u->old, n, offset) == -1)
		(void)errno;
}

void
undo_keep_write(int fd, uint64_t offset, size_t n)
{
	keep_bytes(undo_new(UNDO_WRITE, fd), fd, offset, n);
}

void
undo_keep_size(int fd, uint64_t size)
{
	struct undo *u = undo_new(UNDO_TRUNCATE, fd);

	if (u->size > size)
		keep_bytes(u, fd, size, (size_t)(u->size - size));
}

void
undo_keep_name(const char *from, const char *to)
{
	struct undo *u = undo_new(UNDO_RENAME, -1);
	char aside[PATH_MAX + 8];

	(void)snprintf(u->from, sizeof(u->from), "%s", from);
	(void)snprintf(u->to, sizeof(u->to), "%s", to);
	(void)snprintf(aside, sizeof(aside), "%s.undo", to);
	(void)unlink(aside);
	u->replaced = link(to, aside) == 0;
}

/* What a sync of this file, or of this folder, makes durable. */
static void
settle(ino_t file, const char *dir)
{
	struct undo **at = &newest, *u;
	size_t n = dir == NULL ? 0 : strlen(dir);
	int settled;

	while ((u = *at) != NULL) {
		if (dir == NULL)
			settled = u->what != UNDO_RENAME && u->file == file;
		else
			settled = u->what == UNDO_RENAME &&
			    strncmp(u->to, dir, n) == 0 && u->to[n] == '/' &&
			    strchr(u->to + n + 1, '/') == NULL;
		if (settled) {
			*at = u->older;
			undo_free(u);
		} else {
			at = &u->older;
		}
	}
}

void
undo_synced(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0)
		settle(st.st_ino, NULL);
}

void
undo_synced_dir(const char *path)
{
	settle(0, path);
}

void
undo_seed(uint32_t is)
{
	seed = is;
	dice = is * UINT32_C(2654435761) | 1;
}

static int
drops(void)
{
	if (seed < 2)
		return (int)seed;
	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	return dice >> 16 & 1;
}

static void
undo_sectors(const struct undo *u)
{
	uint64_t at = u->offset, stop = u->offset + u->n, end;

	for (; at < stop; at = end) {
		end = (at / SECTOR + 1) * SECTOR;
		if (end > stop)
			end = stop;
		if (drops() && real_pwrite(u->fd, u->old + (at - u->offset),
		    (size_t)(end - at), at) == -1)
			abort();
	}
}

static void
undo_apply(struct undo *u)
{
	char path[PATH_MAX + 8];

	switch (u->what) {
	case UNDO_WRITE:
		undo_sectors(u);
		break;
	case UNDO_TRUNCATE:
		if (drops() && (real_truncate(u->fd, u->size) == -1 ||
		    real_pwrite(u->fd, u->old, u->n, u->offset) == -1))
			abort();
		break;
	case UNDO_RENAME:
		if (!drops())
			break;
		(void)rename(u->to, u->from);
		(void)snprintf(path, sizeof(path), "%s.undo", u->to);
		if (u->replaced)
			(void)rename(path, u->to);
		break;
	}
}

void
undo_forget(void)
{
	struct undo *u;

	while ((u = newest) != NULL) {
		newest = u->older;
		undo_apply(u);
		undo_free(u);
	}
}

void
undo_clear(void)
{
	struct undo *u;

	while ((u = newest) != NULL) {
		newest = u->older;
		undo_free(u);
	}
}
