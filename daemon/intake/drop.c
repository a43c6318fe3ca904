/* SPDX-License-Identifier: ISC */
/*
 * drop: watches a folder.  inotify only says when to look; what is there is
 * found by looking at all of it, at start, after each notice, after an
 * overflow and every minute (a network's writes make no notice).
 *
 * Must never follow a link, and never hold the loop for more than a slice.
 */
#include "daemon/intake/drop_own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "daemon/intake/sidecar.h"
#include "daemon/log.h"
#include "proto/base/limits.h"

#define RESCAN_MS	60000
#define NOTICE_MS	20	/* notices come in flocks */
#define SLICE		512	/* names looked at in one turn */
#define LONE_MS		3600000	/* a sidecar without document is one itself */

int64_t
drop_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
drop_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* ---- the table of names -------------------------------------------------- */

static struct drop_file *
find_or_make(struct drop *d, const char *name)
{
	struct drop_file *f = (struct drop_file *)names_find(&d->files, name);

	if (f != NULL || d->nfiles >= LIMIT_DROP_FILES)
		return f;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->drop = d;
	f->fd = -1;
	f->why.key = SAY_DROP_QUIET;
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
	free(f->name);
	free(f);
}

void
drop_because(struct drop_file *f, enum say_key key, const char *detail)
{
	int new = f->why.key != key || !f->listed;

	(void)trouble_set(&f->why, key, detail, NULL, NULL, NULL);
	if (!new || key == SAY_DROP_QUIET || key == SAY_DROP_DEBRIS)
		return;
	f->listed = 1;
	logline(LOGLINE_WARNING, "drop.waiting", "folder=%s why=%s inode=%llu",
	    f->drop->conf->name, say_name(key),
	    (unsigned long long)f->st.st_ino);
}

/* ---- looking at one name ------------------------------------------------- */

static int
ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && strcasecmp(s + a - b, end) == 0;
}

/* Names that programs give to what is not finished or not a document. */
static int
is_debris(const char *name)
{
	static const char *const ends[] = {
		".part", ".partial", ".tmp", ".temp", ".crdownload",
		".filepart", ".lock", "~"
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(name, ends[i]))
			return 1;
	return strncmp(name, "~$", 2) == 0 ||
	    strcasecmp(name, "thumbs.db") == 0 ||
	    strcasecmp(name, "desktop.ini") == 0;
}

/* SAY_COUNT: nothing speaks against it. */
static enum say_key
objection(const struct drop_file *f)
{
	if (is_debris(f->name))
		return SAY_DROP_DEBRIS;
	if (S_ISLNK(f->st.st_mode))
		return SAY_DROP_LINK;
	if (S_ISDIR(f->st.st_mode))
		return SAY_DROP_FOLDER;
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

	if (!sidecar_of(f->name, &len) || len > NAME_MAX)
		return 0;
	memcpy(base, f->name, len);
	base[len] = '\0';
	if (fstatat(f->drop->dir, base, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (now - f->since >= LONE_MS)
		return 0;
	return 1;
}

static void
enqueue(struct drop_file *f)
{
	struct drop *d = f->drop;

	if (f->queued)
		return;
	f->queued = 1;
	f->next = NULL;
	*d->queue_end = f;
	d->queue_end = &f->next;
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
	enqueue(f);
}

static void
look(struct drop *d, const char *name, int64_t now)
{
	struct drop_file *f;
	struct stat st;

	if (*name == '.' ||
	    fstatat(d->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (f = find_or_make(d, name)) == NULL)
		return;
	if (f->seen == 0 || !drop_same(&f->st, &st)) {
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
	f->st = st;
	if (f->state == FILE_WAITING)
		consider(f, now);
}

/* ---- a scan ---------------------------------------------------------------- */

/* Puts a name that went away by other hands on the list at arg. */
static void
sweep_one(void *arg, struct named *n)
{
	struct drop_file *f = (struct drop_file *)n, **swept = arg;

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
	if (d->stopped || d->scan != NULL || (event_pending(d->scan_timer,
	    EV_TIMEOUT, NULL) && d->due <= now + ms))
		return;
	d->due = now + ms;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	(void)event_add(d->scan_timer, &tv);
}

static void
scan_end(struct drop *d)
{
	int64_t now = drop_now(), due = d->due;

	(void)closedir(d->scan);	/* was only read */
	d->scan = NULL;
	d->scan_cost = now - d->scan_began;
	sweep(d);
	drop_take_next(d);
	drop_scan_in(d, due > now ? due - now : 0);
}

static void
on_scan_step(int fd, short what, void *arg)
{
	struct drop *d = arg;
	struct timeval none = { 0, 0 };
	int64_t now = drop_now();
	struct dirent *e;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < SLICE; i++) {
		if ((e = readdir(d->scan)) == NULL) {
			scan_end(d);
			return;
		}
		look(d, e->d_name, now);
	}
	(void)event_add(d->scan_step, &none);
}

static void
on_scan_timer(int fd, short what, void *arg)
{
	struct drop *d = arg;
	int own;

	(void)fd;
	(void)what;
	if (d->stopped || d->scan != NULL)
		return;
	d->scan_began = drop_now();
	d->due = d->scan_began + RESCAN_MS;
	d->generation++;
	own = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own == -1 || (d->scan = fdopendir(own)) == NULL) {
		logline(LOGLINE_ERROR, "drop.folder", "folder=%s why=\"%s\"",
		    d->conf->name, strerror(errno));
		if (own != -1)
			(void)close(own);
		drop_scan_in(d, RESCAN_MS);
		return;
	}
	on_scan_step(-1, 0, d);
}

static void
on_noticed(int fd, short what, void *arg)
{
	struct drop *d = arg;
	char room[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));

	(void)what;
	while (read(fd, room, sizeof(room)) > 0)
		;		/* an overflow says no more than a name does */
	drop_scan_in(d, NOTICE_MS);
}

static void
on_read_step(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop_take_step(arg);
}

/* ---- life ------------------------------------------------------------------- */

static int
open_folder(const char *path, struct trouble *t)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd != -1 ? fd : trouble_errno(t, SAY_RUN_FOLDER, path);
}

static int
open_folders(struct drop *d, struct trouble *t)
{
	const struct conf_drop *c = d->conf;
	struct stat a, b;

	if ((d->dir = open_folder(c->folder, t)) == -1)
		return -1;
	if (c->done == NULL)
		return 0;
	if ((d->done = open_folder(c->done, t)) == -1)
		return -1;
	if (fstat(d->dir, &a) == -1 || fstat(d->done, &b) == -1)
		return trouble_errno(t, SAY_RUN_FOLDER, c->done);
	if (a.st_dev != b.st_dev)
		return trouble_set(t, SAY_RUN_DONE_ELSEWHERE, c->done, NULL,
		    NULL, NULL);
	return 0;
}

/* Names that were hidden when an earlier process was killed. */
static void
give_back(struct drop *d)
{
	int own = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own != -1 ? fdopendir(own) : NULL;
	size_t len = strlen(DROP_TAKEN);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (strncmp(e->d_name, DROP_TAKEN, len) == 0 &&
		    renameat2(d->dir, e->d_name, d->dir, e->d_name + len,
		    RENAME_NOREPLACE) == -1)
			logline(LOGLINE_WARNING, "drop.hidden",
			    "folder=%s why=\"%s\"", d->conf->name,
			    strerror(errno));
	if (dir != NULL)
		(void)closedir(dir);
	else if (own != -1)
		(void)close(own);
}

/* inotify is a help: without it the folder is looked at every minute. */
static void
watch(struct drop *d)
{
	d->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->notify != -1 && inotify_add_watch(d->notify, d->conf->folder,
	    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB |
	    IN_ONLYDIR) != -1)
		d->noticed = event_new(d->base, d->notify,
		    EV_READ | EV_PERSIST, on_noticed, d);
	if (d->noticed == NULL || event_add(d->noticed, NULL) == -1)
		logline(LOGLINE_WARNING, "drop.unwatched",
		    "folder=%s why=\"%s\"", d->conf->name, strerror(errno));
}

struct drop *
drop_new(const struct conf_drop *conf, struct event_base *base,
    struct store *store, struct trouble *t)
{
	struct drop *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		(void)trouble_errno(t, SAY_RUN_FAILED, "malloc");
		return NULL;
	}
	d->conf = conf;
	d->store = store;
	d->base = base;
	d->dir = d->done = d->notify = -1;
	d->queue_end = &d->queue;
	(void)snprintf(d->source, sizeof(d->source), "drop:%s", conf->name);
	d->scan_timer = evtimer_new(base, on_scan_timer, d);
	d->scan_step = evtimer_new(base, on_scan_step, d);
	d->read_step = evtimer_new(base, on_read_step, d);
	if (d->scan_timer == NULL || d->scan_step == NULL ||
	    d->read_step == NULL) {
		(void)trouble_errno(t, SAY_RUN_FAILED, "event_new");
		drop_free(d);
		return NULL;
	}
	if (open_folders(d, t) == -1) {
		drop_free(d);
		return NULL;
	}
	give_back(d);
	watch(d);
	drop_scan_in(d, 0);
	return d;
}

void
drop_wake(struct drop *d)
{
	if (d->reading != NULL)
		drop_take_step(d);
	else
		drop_take_next(d);
}

void
drop_stop(struct drop *d)
{
	d->stopped = 1;
	(void)event_del(d->scan_timer);
	(void)event_del(d->scan_step);
	(void)event_del(d->read_step);
	if (d->noticed != NULL)
		(void)event_del(d->noticed);
	if (d->reading != NULL)
		drop_take_back(d->reading);
}

unsigned
drop_pending(const struct drop *d)
{
	return d->pending;
}

const char *
drop_source(const struct drop *d)
{
	return d->source;
}

unsigned
drop_waiting(const struct drop *d)
{
	return d->nfiles - d->pending;
}

struct listing {
	drop_list_fn	*fn;
	void		*arg;
};

static void
list_one(void *arg, struct named *n)
{
	const struct drop_file *f = (struct drop_file *)n;
	struct listing *l = arg;

	if (f->state != FILE_COMMITTING)
		l->fn(l->arg, f->drop->conf->name, f->name, &f->why);
}

void
drop_list(const struct drop *d, drop_list_fn *fn, void *arg)
{
	struct listing l = { fn, arg };

	names_each(&d->files, list_one, &l);
}

static void
close_fd(int fd)
{
	if (fd != -1)
		(void)close(fd);	/* was only read */
}

void
drop_free(struct drop *d)
{
	if (d == NULL)
		return;
	if (d->reading != NULL)
		drop_take_back(d->reading);
	while (names_any(&d->files) != NULL)
		drop_forget((struct drop_file *)names_any(&d->files));
	if (d->scan != NULL)
		(void)closedir(d->scan);
	if (d->noticed != NULL)
		event_free(d->noticed);
	if (d->scan_timer != NULL)
		event_free(d->scan_timer);
	if (d->scan_step != NULL)
		event_free(d->scan_step);
	if (d->read_step != NULL)
		event_free(d->read_step);
	close_fd(d->notify);
	close_fd(d->done);
	close_fd(d->dir);
	buf_release(&d->room);
	free(d);
}
