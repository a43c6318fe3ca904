/* SPDX-License-Identifier: ISC */
/*
 * drop_away: takes a kept file out of the folder: hide its name, look once
 * more, then remove it or move it to done/2026-03-02/ under a name that is
 * free there.
 *
 * Must never remove a file that is not as it was read, never write over
 * another, and never follow a link.
 */
#include "daemon/intake/drop_own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"

#define DONE_TRIES 10000	/* names tried in the done folder */

int
drop_untouched(const struct drop_file *f)
{
	struct stat st;

	if (f->leased && fcntl(f->fd, F_GETLEASE) != F_RDLCK)
		return 0;
	return fstat(f->fd, &st) == 0 && drop_same(&f->st, &st);
}

/*
 * Some shares cannot rename without replacing in one step: there the name
 * is asked for before.
 */
static int
move(int from_dir, const char *from, int to_dir, const char *to)
{
	struct stat st;

	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from_dir, from, to_dir, to) : -1;
}

int
drop_give_back(struct drop *d, int dir, const char *hidden)
{
	if (move(dir, hidden, dir, hidden + strlen(DROP_TAKEN)) == 0)
		return 0;
	logline(LOGLINE_WARNING, "drop.hidden", "folder=%s why=\"%s\"",
	    d->conf->name, strerror(errno));
	return -1;
}

/* Goes into a folder that is made if it is not there; takes dir. */
static int
step_into(int dir, const char *name, size_t len)
{
	char step[NAME_MAX + 1];
	int next = -1, error;

	(void)snprintf(step, sizeof(step), "%.*s", (int)len, name);
	if (mkdirat(dir, step, 0777) == 0 || errno == EEXIST)
		next = openat(dir, step, O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC);
	error = errno;
	(void)close(dir);	/* was only read */
	errno = error;
	return next;
}

/* done/2026-03-02, the office's day, and in it the folder the file was in. */
static int
open_done(const struct drop_file *f)
{
	int dir = open(f->drop->conf->done, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	const char *at = f->name, *slash;
	time_t now = time(NULL);
	char day[32];
	struct tm tm;

	(void)localtime_r(&now, &tm);
	(void)snprintf(day, sizeof(day), "%04d-%02d-%02d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	if (dir != -1)
		dir = step_into(dir, day, strlen(day));
	for (; dir != -1 && (slash = strchr(at, '/')) != NULL; at = slash + 1)
		dir = step_into(dir, at, (size_t)(slash - at));
	return dir;
}

/* Moves a name into the done folder under a free name. */
static int
to_done(const struct drop_file *f, const char *from, const char *name)
{
	char to[NAME_MAX + 16];
	int i, error, rc = -1, done = open_done(f);

	if (done == -1)
		return -1;
	errno = EEXIST;
	for (i = 0; i < DONE_TRIES && rc == -1 && errno == EEXIST; i++) {
		if (i == 0)
			(void)snprintf(to, sizeof(to), "%s", name);
		else
			(void)snprintf(to, sizeof(to), "%s.%d", name, i);
		rc = move(f->dir, from, done, to);
	}
	error = errno;
	(void)close(done);	/* was only read */
	errno = error;
	return rc;
}

static int
discard(const struct drop_file *f, const char *hidden, const char *name)
{
	if (f->drop->conf->done != NULL)
		return to_done(f, hidden, name);
	return unlinkat(f->dir, hidden, 0);
}

int
drop_away(struct drop_file *f)
{
	const char *leaf = drop_leaf(f);
	char hidden[NAME_MAX + 1];
	int error;

	if (!drop_untouched(f))
		return 0;
	if (snprintf(hidden, sizeof(hidden), "%s%s", DROP_TAKEN, leaf) >=
	    (int)sizeof(hidden))	/* no room for a second look */
		return discard(f, leaf, leaf) == 0 ? 1 : -1;
	if (move(f->dir, leaf, f->dir, hidden) == -1)
		return errno == ENOENT ? 1 : -1;
	if (!drop_untouched(f)) {
		/* If the name is in use again the next scan lists this one. */
		(void)move(f->dir, hidden, f->dir, leaf);
		return 0;
	}
	if (discard(f, hidden, leaf) == 0)
		return 1;
	error = errno;
	(void)move(f->dir, hidden, f->dir, leaf);	/* or the next scan */
	errno = error;
	return -1;
}

void
drop_away_sidecar(struct drop_file *f)
{
	size_t len = (size_t)(drop_leaf(f) - f->name);
	char path[PATH_MAX];
	struct drop_file *beside;
	struct stat st;

	if (f->sidecar == NULL || fstatat(f->dir, f->sidecar, &st,
	    AT_SYMLINK_NOFOLLOW) == -1 || !drop_same(&st, &f->sidecar_st) ||
	    discard(f, f->sidecar, f->sidecar) == -1)
		return;		/* it is looked at again as any other file */
	(void)snprintf(path, sizeof(path), "%.*s%s", (int)len, f->name,
	    f->sidecar);
	beside = (struct drop_file *)names_find(&f->drop->files, path);
	if (beside != NULL && beside->state == FILE_WAITING)
		drop_forget(beside);
}
