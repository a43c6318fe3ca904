/* SPDX-License-Identifier: ISC */
/*
 * drop_scan: finds what is in a folder, and in the folders in it.
 *
 * A scan goes in slices, folder by folder, and decides on each name; what is
 * ready is taken in the order of names when the scan is over, so the pages
 * of one letter get numbers in their order.  Must never follow a link, hold
 * the loop for more than a slice, or count on a folder to stay.
 */
#include "daemon/intake/drop_own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/intake/debris.h"
#include "daemon/intake/sidecar.h"
#include "daemon/log.h"
#include "proto/base/limits.h"

#define RESCAN_MS	60000
#define GONE_MS		20000	/* how often a folder that went is looked for */
#define SLICE		512	/* names looked at in one turn */
#define SLICE_MS	5	/* or this long: a share may be slow */
#define LONE_MS		3600000	/* a sidecar without document is one itself */
#define WATCHED		(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB)

/* ---- the table of names -------------------------------------------------- */

static struct drop_file *
find_or_make(struct drop *d, const char *name)
{
	struct drop_file *f = (struct drop_file *)names_find(&d->files, name);

	if (f != NULL)
		return f;
	if (d->nfiles >= LIMIT_DROP_FILES) {
		d->crowded = 1;		/* the rest is found when these went */
		return NULL;
	}
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->drop = d;
	f->fd = f->dir = -1;
	f->why = SAY_DROP_QUIET;
	if ((f->name = strdup(name)) == NULL ||
	    names_add(&d->files, (struct named *)f) == -1) {
		free(f->name);
		free(f);
		return NULL;
	}
	d->nfiles++;
	return f;
}

void
drop_forget(struct drop_file *f)
{
	struct drop *d = f->drop;
	struct drop_file **at;

	for (at = &d->queue; f->queued && *at != NULL; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			if (f->next == NULL)
				d->queue_end = at;
			break;
		}
	names_remove(&d->files, (struct named *)f);
	d->nfiles--;
	free(f->sidecar);
	free(f->detail);
	free(f->name);
	free(f);
}

/* ---- looking at one name ------------------------------------------------- */

/* SAY_COUNT: nothing speaks against it. */
static enum say_key
objection(const struct drop_file *f)
{
	enum debris debris = debris_of(drop_leaf(f));

	if (debris != DEBRIS_NONE)
		return debris == DEBRIS_SYSTEM ? SAY_DROP_SYSTEM :
		    SAY_DROP_DEBRIS;
	if (S_ISLNK(f->st.st_mode))
		return SAY_DROP_LINK;
	if (S_ISDIR(f->st.st_mode))
		return f->drop->conf->subfolders == SUBFOLDERS_NO ?
		    SAY_DROP_FOLDER : SAY_DROP_DEEP;
	if (!S_ISREG(f->st.st_mode))
		return SAY_DROP_SPECIAL;
	if (f->st.st_nlink > 1)
		return SAY_DROP_NAMES;
	if (f->st.st_size == 0)
		return SAY_DROP_EMPTY;
	return SAY_COUNT;
}

/*
 * A sidecar waits for its document and goes with it; one that is alone for
 * an hour is a document like any other.
 */
static int
is_waiting_sidecar(struct drop_file *f, int64_t now)
{
	char base[NAME_MAX + 1];
	struct stat st;
	size_t len;

	if (!sidecar_of(drop_leaf(f), &len) || len > NAME_MAX)
		return 0;
	memcpy(base, drop_leaf(f), len);
	base[len] = '\0';
	if (fstatat(dirfd(f->drop->scan), base, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return now - f->since < LONE_MS;
}

/* Decides on a waiting name; the next look is due when it says. */
static void
consider(struct drop_file *f, int64_t now)
{
	struct drop *d = f->drop;
	int64_t ready = f->since + d->conf->quiet_ms;
	enum say_key no = objection(f);

	if (no != SAY_COUNT) {
		drop_because(f, no, NULL);
		return;
	}
	if (f->retry > ready)
		ready = f->retry;
	if (now < ready) {
		if (f->retry <= now)
			drop_because(f, SAY_DROP_QUIET, NULL);
		if (ready < d->due)
			d->due = ready;
		return;
	}
	if (is_waiting_sidecar(f, now)) {
		drop_because(f, SAY_DROP_SIDECAR, NULL);
		return;
	}
	f->ready = 1;
}

static unsigned
depth_of(const char *path)
{
	unsigned n = *path != '\0';

	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

/* The folder of taken files may stand in the drop folder itself. */
static int
is_done(const struct drop *d, const struct stat *st)
{
	return d->done_st.st_ino != 0 && st->st_ino == d->done_st.st_ino &&
	    st->st_dev == d->done_st.st_dev;
}

/* 1 if the scan goes into it, too. */
static int
goes_into(const struct drop *d, const char *path, const char *leaf,
    const struct stat *st)
{
	return S_ISDIR(st->st_mode) &&
	    d->conf->subfolders != SUBFOLDERS_NO &&
	    debris_of(leaf) == DEBRIS_NONE && depth_of(path) <=
	    LIMIT_DROP_DEPTH;
}

static int
add_todo(struct drop *d, const char *path)
{
	struct drop_todo *t = calloc(1, sizeof(*t)), **at = &d->todo;

	if (t == NULL || (t->path = strdup(path)) == NULL) {
		free(t);
		return -1;
	}
	if (*at != NULL)
		at = &(*at)->next;	/* behind the one that is being read */
	t->next = *at;
	*at = t;
	return 0;
}

static void
look_at(struct drop *d, const char *path, const struct stat *st, int64_t now)
{
	struct drop_file *f = find_or_make(d, path);

	if (f == NULL)
		return;
	if (f->seen == 0 || !drop_same(&f->st, st)) {
		f->since = now;
		f->retry = 0;
		f->no_key = 0;
		f->listed = 0;
		if (f->state == FILE_KEPT)
			f->state = FILE_WAITING;
	}
	f->seen = d->generation;
	if (f->state == FILE_READING || f->state == FILE_COMMITTING)
		return;		/* it is held against what was read there */
	f->st = *st;
	if (f->state == FILE_WAITING)
		consider(f, now);
}

static void
look(struct drop *d, const char *leaf, int64_t now)
{
	const char *in = d->todo->path;
	char path[PATH_MAX];
	struct stat st;
	int rc;

	if (strcmp(leaf, ".") == 0 || strcmp(leaf, "..") == 0)
		return;
	if (snprintf(path, sizeof(path), "%s%s%s", in, *in != '\0' ? "/" : "",
	    leaf) >= (int)sizeof(path))
		return;
	if (drop_is_hidden(leaf) && (rc = drop_give_back(d, dirfd(d->scan),
	    path, leaf)) != -1) {
		if (rc == 1)
			d->due = now;	/* not every folder gives notice */
		return;
	}
	if (fstatat(dirfd(d->scan), leaf, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (S_ISDIR(st.st_mode) && is_done(d, &st)))
		return;
	if (!goes_into(d, path, leaf, &st) || add_todo(d, path) == -1)
		look_at(d, path, &st, now);
}

/* ---- a scan ----------------------------------------------------------- */

/* What is ready joins the queue, in the order of names. */
static void
enqueue_one(void *arg, struct named *n)
{
	struct drop_file *f = (struct drop_file *)n;
	struct drop *d = arg;

	if (!f->ready || f->queued || f->state != FILE_WAITING ||
	    f->seen != d->generation)
		return;
	f->ready = 0;
	f->queued = 1;
	f->next = NULL;
	*d->queue_end = f;
	d->queue_end = &f->next;
}

/* Puts a name that went away by other hands on the list at arg. */
static void
sweep_one(void *arg, struct named *n)
{
	struct drop_file *f = (struct drop_file *)n, **swept = arg;

	f->ready = 0;
	if (f->seen == f->drop->generation || f->queued ||
	    f->state == FILE_READING || f->state == FILE_COMMITTING)
		return;
	f->next = *swept;
	*swept = f;
}

static void
sweep(struct drop *d)
{
	struct drop_file *f, *swept = NULL;

	names_each(&d->files, sweep_one, &swept);
	while ((f = swept) != NULL) {
		swept = f->next;
		drop_forget(f);
	}
}

void
drop_scan_in(struct drop *d, int64_t ms)
{
	struct timeval tv;
	int64_t now = drop_now(), soonest = d->scan_began + 10 * d->scan_cost;

	/* A folder that is slow to look at is looked at less often. */
	if (now + ms < soonest)
		ms = soonest - now;
	if (d->todo != NULL) {		/* it says itself when the next comes */
		if (now + ms < d->due)
			d->due = now + ms;
		return;
	}
	if (d->stopped || (event_pending(d->scan_timer, EV_TIMEOUT, NULL) &&
	    d->due <= now + ms))
		return;
	d->due = now + ms;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	(void)event_add(d->scan_timer, &tv);
}

static void
next_todo(struct drop *d)
{
	struct drop_todo *t = d->todo;

	if (d->scan != NULL)
		(void)closedir(d->scan);	/* was only read */
	d->scan = NULL;
	if (t == NULL)
		return;
	d->todo = t->next;
	free(t->path);
	free(t);
}

void
drop_scan_end(struct drop *d)
{
	while (d->todo != NULL)
		next_todo(d);
	next_todo(d);
}

static void
finish(struct drop *d)
{
	int64_t now = drop_now();

	d->scan_cost = now - d->scan_began;
	names_each(&d->files, enqueue_one, d);
	sweep(d);
	drop_take_next(d);
	if (d->crowded && d->due > now + d->conf->quiet_ms)
		d->due = now + d->conf->quiet_ms;
	drop_scan_in(d, d->due > now ? d->due - now : 0);
}

/* A help: without notices the folder is looked at every minute. */
static void
watch(struct drop *d, const char *path)
{
	char full[PATH_MAX];

	if (d->notify == -1 || snprintf(full, sizeof(full), "%s/%s",
	    d->conf->folder, path) >= (int)sizeof(full))
		return;
	(void)inotify_add_watch(d->notify, full, WATCHED | IN_ONLYDIR |
	    (*path != '\0' ? IN_DONT_FOLLOW : 0));
}

/* The folder itself is not there: what was in it is of no use. */
static void
gone(struct drop *d, int error)
{
	int64_t ms = 10 * d->conf->quiet_ms;

	if (d->gone == 0)
		logline(LOGLINE_ERROR, "drop.gone", "folder=%s why=\"%s\"",
		    d->conf->name, strerror(error));
	d->gone = error;
	sweep(d);
	drop_scan_in(d, ms < GONE_MS ? ms : GONE_MS);
}

/* Opens the first that is to be looked at; 0, or -1: it was left out. */
static int
open_todo(struct drop *d)
{
	const char *path = d->todo->path;
	int dir = drop_open(d, path, strlen(path)), error = errno;
	struct drop_file *f;

	if (dir != -1 && (d->scan = fdopendir(dir)) != NULL) {
		watch(d, path);
		return 0;
	}
	if (dir != -1)
		(void)close(dir);
	if (error != ENOENT && *path != '\0' &&
	    (f = find_or_make(d, path)) != NULL) {
		f->seen = d->generation;
		drop_because(f, SAY_DROP_UNREADABLE, strerror(error));
	}
	errno = error;
	return -1;
}

void
drop_scan_step(struct drop *d)
{
	struct timeval none = { 0, 0 };
	int64_t now = drop_now();
	struct dirent *e;
	int i;

	for (i = 0; i < SLICE && d->todo != NULL; i++) {
		if (i % 16 == 15 && drop_now() - now >= SLICE_MS)
			break;
		if (d->scan == NULL && open_todo(d) == -1)
			next_todo(d);
		else if ((e = readdir(d->scan)) == NULL)
			next_todo(d);
		else
			look(d, e->d_name, now);
	}
	if (d->todo != NULL)
		(void)event_add(d->scan_step, &none);
	else
		finish(d);
}

void
drop_scan_begin(struct drop *d)
{
	const struct conf_drop *c = d->conf;

	if (d->stopped || d->todo != NULL)
		return;
	d->scan_began = drop_now();
	d->due = d->scan_began + (c->network ? c->quiet_ms : RESCAN_MS);
	d->generation++;
	d->crowded = 0;
	if (c->done == NULL || stat(c->done, &d->done_st) == -1)
		d->done_st.st_ino = 0;
	if (add_todo(d, "") == -1) {
		drop_scan_in(d, RESCAN_MS);
		return;
	}
	if (open_todo(d) == -1) {
		int error = errno;

		next_todo(d);
		gone(d, error);
		return;
	}
	if (d->gone != 0)
		logline(LOGLINE_INFO, "drop.returned", "folder=%s", c->name);
	d->gone = 0;
	drop_scan_step(d);
}
