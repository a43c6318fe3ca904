/* SPDX-License-Identifier: ISC */
/*
 * drop: the life of a drop folder.  inotify only says when to look; what is
 * there is found by looking at all of it, at start, after each notice, after
 * an overflow and every minute; every `quiet' where a network's writes make
 * no notice.
 */
#include "daemon/intake/drop_own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"

#define NOTICE_MS	20	/* notices come in flocks */
#define ROOM_MORE	(1u << 20)	/* bytes that make it worth a try */

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

const char *
drop_leaf(const struct drop_file *f)
{
	const char *slash = strrchr(f->name, '/');

	return slash != NULL ? slash + 1 : f->name;
}

/*
 * One step at a time, so that a link in the middle is refused as well.  The
 * drop folder itself may be named through one.
 */
int
drop_open(const struct drop *d, const char *path, size_t len)
{
	int dir = open(d->conf->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int next, error;
	char step[NAME_MAX + 1];
	size_t n;

	while (dir != -1 && len > 0) {
		for (n = 0; n < len && path[n] != '/'; n++)
			;
		(void)snprintf(step, sizeof(step), "%.*s", (int)n, path);
		next = openat(dir, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		error = errno;
		(void)close(dir);	/* was only read */
		errno = error;
		dir = next;
		n += n < len;
		path += n;
		len -= n;
	}
	return dir;
}

void
drop_because(struct drop_file *f, enum say_key key, const char *detail)
{
	int new = f->why != key || !f->listed;

	free(f->detail);
	f->why = key;
	f->detail = detail != NULL ? strdup(detail) : NULL;
	if (!new || key == SAY_DROP_QUIET || key == SAY_DROP_DEBRIS ||
	    key == SAY_DROP_SYSTEM)
		return;
	f->listed = 1;
	logline(LOGLINE_WARNING, "drop.waiting", "folder=%s why=%s inode=%llu",
	    f->drop->conf->name, say_name(key),
	    (unsigned long long)f->st.st_ino);
}

/* ---- events ----------------------------------------------------------- */

static void
on_scan_timer(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop_scan_begin(arg);
}

static void
on_scan_step(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop_scan_step(arg);
}

static void
on_read_step(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop_take_step(arg);
}

/* 1 if something but our own hiding of names is told. */
static int
tells(const char *room, size_t len)
{
	const struct inotify_event *e;
	size_t at;

	for (at = 0; at + sizeof(*e) <= len; at += sizeof(*e) + e->len) {
		e = (const void *)(room + at);
		if (e->len == 0 || !drop_is_hidden(e->name))
			return 1;
	}
	return 0;
}

static void
on_noticed(int fd, short what, void *arg)
{
	struct drop *d = arg;
	char room[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;
	int some = 0;

	(void)what;
	while ((n = read(fd, room, sizeof(room))) > 0)
		some |= tells(room, (size_t)n);	/* an overflow has no name */
	if (some)
		drop_scan_in(d, NOTICE_MS);
}

/* ---- life ------------------------------------------------------------- */

static int
look_at_folder(const char *path, struct stat *st_r, struct trouble *t)
{
	int rc, fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return trouble_errno(t, SAY_RUN_FOLDER, path);
	rc = fstat(fd, st_r);
	if (rc == -1)
		(void)trouble_errno(t, SAY_RUN_FOLDER, path);
	(void)close(fd);	/* was only read */
	return rc;
}

/*
 * A folder of this machine that is not there is a mistake in the
 * configuration; a share may be away today.
 */
static int
check_folders(const struct conf_drop *c, struct trouble *t)
{
	struct stat a, b;

	if (c->network)
		return 0;
	if (look_at_folder(c->folder, &a, t) == -1)
		return -1;
	if (c->done == NULL)
		return 0;
	if (look_at_folder(c->done, &b, t) == -1)
		return -1;
	return a.st_dev == b.st_dev ? 0 :
	    trouble_set(t, SAY_RUN_DONE_ELSEWHERE, c->done, NULL, NULL, NULL);
}

static void
watch(struct drop *d)
{
	d->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (d->notify != -1)
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
	struct drop *d;

	if (check_folders(conf, t) == -1)
		return NULL;
	if ((d = calloc(1, sizeof(*d))) == NULL) {
		(void)trouble_errno(t, SAY_RUN_FAILED, "malloc");
		return NULL;
	}
	d->conf = conf;
	d->store = store;
	d->base = base;
	d->notify = -1;
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
	watch(d);
	drop_scan_in(d, 0);
	return d;
}

/* ---- room ------------------------------------------------------------- */

void
drop_no_room(struct drop *d)
{
	if (d->full)
		return;
	/* Without a figure they wait for their time. */
	d->full = log_free(store_log(d->store), &d->free) == 0;
}

static void
hurry(void *arg, struct named *n)
{
	struct drop_file *f = (struct drop_file *)n;

	(void)arg;
	if (f->why == SAY_DROP_NO_ROOM)
		f->retry = 0;
}

/*
 * The system tells nobody of room: it shows in the figure, which is looked at
 * whenever the loop wakes us, each second at the latest.
 */
static void
look_for_room(struct drop *d)
{
	uint64_t left;

	if (!d->full || d->stopped ||
	    log_free(store_log(d->store), &left) == -1 ||
	    left < d->free + ROOM_MORE)
		return;
	d->full = 0;
	logline(LOGLINE_INFO, "drop.room", "folder=%s free=%llu",
	    d->conf->name, (unsigned long long)left);
	names_each(&d->files, hurry, NULL);
	drop_scan_in(d, 0);
}

void
drop_wake(struct drop *d)
{
	look_for_room(d);
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

/* ---- what stays ------------------------------------------------------- */

static void
count_one(void *arg, struct named *n)
{
	const struct drop_file *f = (struct drop_file *)n;
	unsigned *count = arg;

	*count += f->state != FILE_COMMITTING && f->why != SAY_DROP_SYSTEM;
}

unsigned
drop_waiting(const struct drop *d)
{
	unsigned n = d->gone != 0;

	names_each(&d->files, count_one, &n);
	return n;
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
	struct trouble why;

	if (f->state == FILE_COMMITTING)
		return;
	(void)trouble_set(&why, f->why, f->detail, NULL, NULL, NULL);
	l->fn(l->arg, f->drop->conf->name, f->name, &why);
}

void
drop_list(const struct drop *d, drop_list_fn *fn, void *arg)
{
	struct listing l = { fn, arg };
	struct trouble why;

	if (d->gone != 0) {
		(void)trouble_set(&why, SAY_DROP_GONE, strerror(d->gone),
		    NULL, NULL, NULL);
		fn(arg, d->conf->name, ".", &why);
	}
	names_each(&d->files, list_one, &l);
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
	drop_scan_end(d);
	if (d->noticed != NULL)
		event_free(d->noticed);
	if (d->scan_timer != NULL)
		event_free(d->scan_timer);
	if (d->scan_step != NULL)
		event_free(d->scan_step);
	if (d->read_step != NULL)
		event_free(d->read_step);
	if (d->notify != -1)
		(void)close(d->notify);		/* was only read */
	buf_release(&d->room);
	free(d);
}
