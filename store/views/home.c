/* SPDX-License-Identifier: ISC */
/*
 * home: the folder of the views and its `current`.  Nothing here is the only
 * copy of anything: what cannot be removed is left.
 */
#include "store/views/home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sys.h"

static int
home_trouble(struct trouble *t, const struct home *h)
{
	return trouble_errno(t, errno == ENOSPC ? SAY_VIEWS_FULL :
	    SAY_VIEWS_FAILED, h->dir);
}

int
home_path(const struct home *h, const char *name, char path_r[HOME_PATH_MAX])
{
	int n = snprintf(path_r, HOME_PATH_MAX, "%s/%s", h->dir, name);

	if (n < 0 || n >= HOME_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int
home_build(const struct home *h, uint64_t n, char path_r[HOME_PATH_MAX])
{
	char name[32];

	(void)snprintf(name, sizeof name, "%" PRIu64 ".mdb", n);
	return home_path(h, name, path_r);
}

int
home_open(struct home *h, const char *store_dir, int make, struct trouble *t)
{
	int n;

	h->lock = -1;
	n = snprintf(h->dir, sizeof h->dir, "%s/views", store_dir);
	if (n < 0 || (size_t)n >= sizeof h->dir) {
		errno = ENAMETOOLONG;
		return home_trouble(t, h);
	}
	if (make && (sys_mkdir(h->dir) == -1 || sys_sync_dir(store_dir) == -1))
		return home_trouble(t, h);
	return 0;
}

void
home_close(struct home *h)
{
	home_unlock(h);
}

/* ---- current --------------------------------------------------------- */

int
home_current(const struct home *h, uint64_t *n_r, struct trouble *t)
{
	char path[HOME_PATH_MAX], text[32], *end;
	int64_t len;
	int fd;

	if (home_path(h, "current", path) == -1)
		return home_trouble(t, h);
	if ((fd = sys_open(path, O_RDONLY)) == -1)
		return errno == ENOENT ? 0 : home_trouble(t, h);
	len = sys_pread(fd, text, sizeof text - 1, 0);
	sys_close(fd);
	if (len == -1)
		return home_trouble(t, h);
	text[len] = '\0';
	errno = 0;
	*n_r = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\n' && *n_r > 0;
}

int
home_set_current(const struct home *h, uint64_t n, struct trouble *t)
{
	char path[HOME_PATH_MAX], fresh[HOME_PATH_MAX], text[32];
	int fd, rc = -1, len;

	if (home_path(h, "current", path) == -1 ||
	    home_path(h, "current.new", fresh) == -1)
		return home_trouble(t, h);
	len = snprintf(text, sizeof text, "%" PRIu64 "\n", n);
	if ((fd = sys_open(fresh, O_WRONLY | O_CREAT | O_TRUNC)) == -1)
		return home_trouble(t, h);
	if (sys_pwrite(fd, text, (size_t)len, 0) == 0 && sys_sync(fd) == 0)
		rc = 0;
	sys_close(fd);
	sys_step("views:built");
	if (rc == 0)
		rc = sys_rename(fresh, path);
	sys_step("views:named");
	if (rc == 0)
		rc = sys_sync_dir(h->dir);
	return rc == 0 ? 0 : home_trouble(t, h);
}

/* ---- builds ---------------------------------------------------------- */

/* The number in "N.mdb" (or its lock's name), 0 for another file. */
static uint64_t
build_number(const char *name)
{
	char *end;
	uint64_t n;

	if (name[0] < '1' || name[0] > '9')
		return 0;
	errno = 0;
	n = strtoull(name, &end, 10);
	if (errno != 0 || (strcmp(end, ".mdb") != 0 &&
	    strcmp(end, ".mdb-lock") != 0))
		return 0;
	return n;
}

static int
find_last(void *arg, const char *name)
{
	uint64_t *last = arg, n = build_number(name);

	if (n > *last)
		*last = n;
	return 0;
}

int
home_new(const struct home *h, uint64_t *n_r, struct trouble *t)
{
	char path[HOME_PATH_MAX];
	uint64_t n = 0, named;
	int fd;

	if (sys_list(h->dir, find_last, &n) == -1)
		return home_trouble(t, h);
	if (home_current(h, &named, NULL) == 1 && named > n)
		n = named;
	do {
		n++;
		if (home_build(h, n, path) == -1)
			return home_trouble(t, h);
		fd = sys_open(path, O_RDWR | O_CREAT | O_EXCL);
	} while (fd == -1 && errno == EEXIST);
	if (fd == -1)
		return home_trouble(t, h);
	sys_close(fd);
	*n_r = n;
	return 0;
}

void
home_remove(const struct home *h, uint64_t n)
{
	char path[HOME_PATH_MAX], name[40];

	if (home_build(h, n, path) == 0 && sys_unlink(path) == -1)
		return;		/* left over: the next tidy tries again */
	(void)snprintf(name, sizeof name, "%" PRIu64 ".mdb-lock", n);
	if (home_path(h, name, path) == 0 && sys_unlink(path) == -1)
		return;
}

struct tidy {
	const struct home	*home;
	uint64_t		 keep;
};

static int
tidy_one(void *arg, const char *name)
{
	const struct tidy *tidy = arg;
	char path[HOME_PATH_MAX];
	uint64_t n = build_number(name);

	if (n == 0 || n == tidy->keep)
		return 0;
	if (home_path(tidy->home, name, path) == 0 && sys_unlink(path) == -1)
		return 0;	/* left over */
	return 0;
}

void
home_tidy(const struct home *h)
{
	struct tidy tidy = { h, 0 };

	if (home_current(h, &tidy.keep, NULL) != 1)
		return;
	if (sys_list(h->dir, tidy_one, &tidy) == -1)
		return;		/* left over */
}

/* ---- the lock -------------------------------------------------------- */

int
home_lock(struct home *h, struct trouble *t)
{
	char path[HOME_PATH_MAX];

	if (home_path(h, "rebuild.lock", path) == -1 ||
	    (h->lock = sys_open(path, O_RDWR | O_CREAT)) == -1)
		return home_trouble(t, h);
	if (sys_lock(h->lock) == 0)
		return 1;
	home_unlock(h);
	return 0;
}

void
home_unlock(struct home *h)
{
	if (h->lock != -1)
		sys_close(h->lock);
	h->lock = -1;
}
