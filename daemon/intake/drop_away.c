/* SPDX-License-Identifier: ISC */
/*
 * drop_away: takes a kept file out of the folder: hide its name, look once
 * more, then remove it or move it to done/2026-03-02/ under a name that is
 * free there.  Its sidecar is hidden behind it and goes behind it, so that a
 * sidecar is hidden alone only when its document has gone.
 *
 * Must never remove a file that is not as it was read, never write over
 * another, never follow a link, and never leave a sidecar for the next
 * document of that name.
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
#include "store/sys.h"

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
open_done(const struct drop *d, const char *path)
{
	int dir = open(d->conf->done, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *at = path, *slash;
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
to_done(const struct drop *d, const char *path, int dir, const char *from,
    const char *name)
{
	char to[NAME_MAX + 16];
	int i, error, rc = -1, done = open_done(d, path);

	if (done == -1)
		return -1;
	errno = EEXIST;
	for (i = 0; i < DONE_TRIES && rc == -1 && errno == EEXIST; i++) {
		if (i == 0)
			(void)snprintf(to, sizeof(to), "%s", name);
		else
			(void)snprintf(to, sizeof(to), "%s.%d", name, i);
		rc = move(dir, from, done, to);
	}
	error = errno;
	(void)close(done);	/* was only read */
	errno = error;
	return rc;
}

/* The file `from' in dir, which is `name' to people; path: see drop_file. */
static int
discard(const struct drop *d, const char *path, int dir, const char *from,
    const char *name)
{
	if (d->conf->done != NULL)
		return to_done(d, path, dir, from, name);
	return unlinkat(dir, from, 0);
}

/* ---- names that are hidden ---------------------------------------------- */

/* The names of a document that is being removed; 0, -1: they are too long. */
struct hidden {
	char	document[NAME_MAX + 1];
	char	facts[NAME_MAX + 1];	/* its sidecar, hidden */
	char	sidecar[NAME_MAX + 1];	/* and not */
};

static int
hide_names(struct hidden *h, const char *leaf)
{
	int n = snprintf(h->document, sizeof(h->document), "%s%s",
	    DROP_TAKEN, leaf);
	int m = snprintf(h->facts, sizeof(h->facts), "%s%s", DROP_FACTS,
	    leaf);

	(void)snprintf(h->sidecar, sizeof(h->sidecar), "%s.json", leaf);
	return n < (int)sizeof(h->document) && m < (int)sizeof(h->facts) ?
	    0 : -1;
}

int
drop_is_hidden(const char *leaf)
{
	return strncmp(leaf, DROP_TAKEN, strlen(DROP_TAKEN)) == 0 ||
	    strncmp(leaf, DROP_FACTS, strlen(DROP_FACTS)) == 0;
}

static int
is_there(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * The sidecar first: a document without the one it came with would be told
 * apart from what was kept, and one of its name that came meanwhile must not
 * get it.
 */
static int
show_both(int dir, const struct hidden *h, const char *leaf)
{
	int facts, error;

	if (is_there(dir, leaf)) {
		errno = EEXIST;
		return -1;
	}
	facts = move(dir, h->facts, dir, h->sidecar);
	if (facts == -1 && errno != ENOENT)
		return -1;
	sys_step("drop:shown");
	if (move(dir, h->document, dir, leaf) == 0)
		return 0;
	error = errno;
	if (facts == 0)
		(void)move(dir, h->sidecar, dir, h->facts);
	errno = error;
	return -1;
}

int
drop_give_back(struct drop *d, int dir, const char *path, const char *name)
{
	const char *leaf = name + strlen(DROP_TAKEN);
	struct hidden h;
	int rc = 0;

	if (!is_there(dir, name) || hide_names(&h, leaf) == -1)
		return 0;
	if (is_there(dir, h.document))
		rc = show_both(dir, &h, leaf) == 0 ? 1 : -1;
	else if (discard(d, path, dir, h.facts, h.sidecar) == -1)
		rc = -1;
	if (rc == -1)
		logline(LOGLINE_WARNING, "drop.hidden",
		    "folder=%s why=\"%s\"", d->conf->name, strerror(errno));
	return rc;
}

/* ---- a file goes --------------------------------------------------------- */

/* 1 if the sidecar is as it was read; then it is a name of ours no more. */
static int
sidecar_untouched(struct drop_file *f)
{
	size_t len = (size_t)(drop_leaf(f) - f->name);
	struct drop_file *beside;
	char path[PATH_MAX];
	struct stat st;

	if (f->sidecar == NULL || fstatat(f->dir, f->sidecar, &st,
	    AT_SYMLINK_NOFOLLOW) == -1 || !drop_same(&st, &f->sidecar_st))
		return 0;	/* it is looked at again as any other file */
	(void)snprintf(path, sizeof(path), "%.*s%s", (int)len, f->name,
	    f->sidecar);
	beside = (struct drop_file *)names_find(&f->drop->files, path);
	if (beside != NULL && beside->state == FILE_WAITING)
		drop_forget(beside);
	return 1;
}

/* Without a second look, for which there is no name. */
static int
away_at_once(struct drop_file *f)
{
	const char *leaf = drop_leaf(f);

	if (discard(f->drop, f->name, f->dir, leaf, leaf) == -1 &&
	    errno != ENOENT)
		return -1;
	if (sidecar_untouched(f) && discard(f->drop, f->name, f->dir,
	    f->sidecar, f->sidecar) == -1)
		return 1;	/* it is looked at again as any other file */
	return 1;
}

/* It is hidden and is as it was read. */
static int
hidden_away(struct drop_file *f, const struct hidden *h)
{
	const char *leaf = drop_leaf(f);
	int facts = 0, error;

	if (sidecar_untouched(f))
		facts = move(f->dir, f->sidecar, f->dir, h->facts) == 0;
	sys_step("drop:facts");
	if (discard(f->drop, f->name, f->dir, h->document, leaf) == -1) {
		error = errno;
		(void)show_both(f->dir, h, leaf);	/* or the next scan */
		errno = error;
		return -1;
	}
	sys_step("drop:removed");
	if (facts && discard(f->drop, f->name, f->dir, h->facts,
	    h->sidecar) == -1)
		return 1;	/* the next scan tries again */
	sys_step("drop:done");
	return 1;
}

int
drop_away(struct drop_file *f)
{
	const char *leaf = drop_leaf(f);
	struct hidden h;

	if (!drop_untouched(f))
		return 0;
	sys_step("drop:kept");
	if (hide_names(&h, leaf) == -1)
		return away_at_once(f);
	if (is_there(f->dir, h.document)) {
		drop_scan_in(f->drop, 0);	/* it waited for this to go */
		return away_at_once(f);
	}
	if (move(f->dir, leaf, f->dir, h.document) == -1)
		return errno == ENOENT ? away_at_once(f) : -1;
	sys_step("drop:hidden");
	if (!drop_untouched(f)) {
		/* If the name is in use again the next scan lists this one. */
		(void)move(f->dir, h.document, f->dir, leaf);
		return 0;
	}
	return hidden_away(f, &h);
}
