/* SPDX-License-Identifier: ISC */
/*
 * drop_take: takes one file: lease, read, compare, commit, remove.
 *
 *	step			killed behind it
 *	1 open, lease		nothing happened
 *	2 read into an intake	nothing happened
 *	3 commit, LOG_DONE	offered again, same key: same receipt
 *	4 rename, hidden	given its name back at the next start
 *	5 unlink (or to done/)	done
 *
 * Between 3 and 5 a program may open the file for writing: the lease tells,
 * before and after the rename that takes the name away.  Then the file stays
 * and counts as a new one.  Must never remove a file that is not as it was
 * read.
 */
#include "daemon/intake/drop_own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/intake/sidecar.h"
#include "daemon/log.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define READ_SIZE	65536
#define SLICES		8	/* reads in one turn of the loop */
#define PENDING_MAX	16	/* commits of a folder in flight */
#define RETRY_MS	60000	/* after trouble of ours */
#define DONE_TRIES	10000	/* names tried in the done folder */

static void
let_go(struct drop_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);	/* read only; ends the lease too */
	f->fd = -1;
	f->leased = 0;
	intake_free(f->intake);
	f->intake = NULL;
	free(f->sidecar);
	f->sidecar = NULL;
	if (f->drop->reading == f)
		f->drop->reading = NULL;
}

void
drop_take_back(struct drop_file *f)
{
	let_go(f);
	f->state = FILE_WAITING;
}

/* Not now: why, and when it is tried again. */
static void
postpone(struct drop_file *f, enum say_key why, const char *detail,
    int64_t ms)
{
	drop_take_back(f);
	drop_because(f, why, detail);
	f->retry = drop_now() + ms;
	drop_scan_in(f->drop, ms);
}

/* It changed: it is quiet from now on at the earliest. */
static void
start_over(struct drop_file *f)
{
	drop_take_back(f);
	f->since = drop_now();
	drop_scan_in(f->drop, f->drop->conf->quiet_ms);
}

/* ---- what is said of it --------------------------------------------------- */

static int
set_facts(struct drop_file *f)
{
	const struct conf_drop *c = f->drop->conf;
	char modified[WHEN_TEXT_MAX];
	int64_t at = f->st.st_mtim.tv_sec * WHEN_SECOND +
	    f->st.st_mtim.tv_nsec / 1000;

	if (intake_text(f->intake, "filename", f->name) == -1 ||
	    intake_text(f->intake, "modified", when_text(at, modified)) == -1)
		return -1;
	return intake_text(f->intake, "kind", c->kind);
}

/*
 * A folder that belongs to a case or client files what is put there.  A case
 * that is closed or that nobody opened leaves it to triage.
 */
static int
set_target(struct drop_file *f)
{
	const struct conf_drop *c = f->drop->conf;
	struct buf title = BUF_INIT;
	struct known_case known;
	int rc, kase = c->target.kind == ID_CASE;

	if (c->target.kind == ID_NONE)
		return 0;
	rc = kase ? known_case(f->drop->store, &c->target, &known) :
	    known_client(f->drop->store, &c->target, &known);
	if (rc != 1 || (kase && !known.open))
		return rc == -1 ? -1 : 0;
	buf_adds(&title, "Drop folder ");
	buf_adds(&title, c->name);
	rc = buf_str(&title) == NULL ? -1 : intake_file(f->intake,
	    kase ? &known.client : &c->target, kase ? &c->target : NULL,
	    "certain", "drop-folder", buf_str(&title), NULL);
	buf_release(&title);
	return rc;
}

/* The whole of a small file; 0, or -1. */
static int
read_small(int dir, const char *name, struct stat *st_r, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK);
	uint8_t *room;
	ssize_t n = -1;

	if (fd == -1)
		return -1;
	if (fstat(fd, st_r) == 0 && S_ISREG(st_r->st_mode) &&
	    st_r->st_nlink == 1 && st_r->st_size <= LIMIT_SIDECAR)
		while (out->len <= LIMIT_SIDECAR &&
		    (room = buf_reserve(out, LIMIT_SIDECAR)) != NULL &&
		    (n = read(fd, room, LIMIT_SIDECAR)) > 0)
			buf_commit(out, (size_t)n);
	(void)close(fd);	/* was only read */
	return n == 0 && (off_t)out->len == st_r->st_size ? 0 : -1;
}

/* {"device":...} of the configuration, if the file has no sidecar. */
static int
set_device(struct drop_file *f)
{
	struct buf json = BUF_INIT;
	struct jw w;
	int rc;

	if (f->drop->conf->device == NULL)
		return 0;
	jw_init(&w, &json);
	jw_object(&w);
	jw_kstr(&w, "device", f->drop->conf->device);
	jw_end(&w);
	rc = buf_failed(&json) ? -1 : intake_set(f->intake, "sidecar",
	    (const char *)json.data, json.len);
	buf_release(&json);
	return rc;
}

/*
 * NAME.json, if it is there and rests.  1: taken or absent, 0: it is still
 * being written, -1: no memory.
 */
static int
take_sidecar(struct drop_file *f)
{
	struct buf raw = BUF_INIT, json = BUF_INIT;
	struct drop_file *beside;
	char *name;
	int rc = -1;

	if (asprintf(&name, "%s.json", f->name) == -1)
		return -1;
	beside = (struct drop_file *)names_find(&f->drop->files, name);
	if (beside != NULL && drop_now() - beside->since <
	    f->drop->conf->quiet_ms) {
		rc = 0;
	} else if (read_small(f->drop->dir, name, &f->sidecar_st, &raw) == -1
	    || raw.len == 0 || sidecar_canonical((const char *)raw.data,
	    raw.len, &json) == -1) {
		rc = set_device(f) == -1 ? -1 : 1;
	} else if (intake_set(f->intake, "sidecar", (const char *)json.data,
	    json.len) == 0) {
		f->sidecar = name;
		name = NULL;
		rc = 1;
	}
	buf_release(&raw);
	buf_release(&json);
	free(name);
	return rc;
}

/* ---- removing --------------------------------------------------------------- */

/* 1 if nobody can have written since it was read, as far as one can tell. */
static int
untouched(const struct drop_file *f)
{
	struct stat st;

	if (f->leased && fcntl(f->fd, F_GETLEASE) != F_RDLCK)
		return 0;
	return fstat(f->fd, &st) == 0 && drop_same(&f->st, &st);
}

/* Moves a name into the done folder under a free name. */
static int
to_done(struct drop *d, const char *from, const char *name)
{
	char to[NAME_MAX + 16];
	int i;

	for (i = 0; i < DONE_TRIES; i++) {
		if (i == 0)
			(void)snprintf(to, sizeof(to), "%s", name);
		else
			(void)snprintf(to, sizeof(to), "%s.%d", name, i);
		if (renameat2(d->dir, from, d->done, to,
		    RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static int
discard(struct drop *d, const char *hidden, const char *name)
{
	if (d->done != -1)
		return to_done(d, hidden, name);
	return unlinkat(d->dir, hidden, 0);
}

/* Takes the file out of the folder.  1 gone, 0 changed, -1 cannot. */
static int
take_away(struct drop_file *f)
{
	struct drop *d = f->drop;
	char hidden[NAME_MAX + 1];

	if (!untouched(f))
		return 0;
	if (snprintf(hidden, sizeof(hidden), "%s%s", DROP_TAKEN, f->name) >=
	    (int)sizeof(hidden))	/* no room for a second look */
		return discard(d, f->name, f->name) == 0 ? 1 : -1;
	if (renameat2(d->dir, f->name, d->dir, hidden, RENAME_NOREPLACE) == -1)
		return errno == ENOENT ? 1 : -1;
	if (!untouched(f)) {
		/* If the name is in use again it is found as a new file. */
		(void)renameat2(d->dir, hidden, d->dir, f->name,
		    RENAME_NOREPLACE);
		return 0;
	}
	if (discard(d, hidden, f->name) == 0)
		return 1;
	(void)renameat2(d->dir, hidden, d->dir, f->name, RENAME_NOREPLACE);
	return -1;
}

/* The sidecar goes with its document if it is as it was read. */
static void
remove_sidecar(struct drop_file *f)
{
	struct drop_file *beside;
	struct stat st;

	if (f->sidecar == NULL || fstatat(f->drop->dir, f->sidecar, &st,
	    AT_SYMLINK_NOFOLLOW) == -1 || !drop_same(&st, &f->sidecar_st) ||
	    discard(f->drop, f->sidecar, f->sidecar) == -1)
		return;		/* it is looked at again as any other file */
	beside = (struct drop_file *)names_find(&f->drop->files, f->sidecar);
	if (beside != NULL && beside->state == FILE_WAITING)
		drop_forget(beside);
}

static void
kept(struct drop_file *f, enum log_outcome outcome, const struct receipt *r)
{
	struct drop *d = f->drop;
	char id[ID_TEXT_MAX];
	int error, rc = take_away(f);

	error = errno;
	logline(LOGLINE_INFO, "drop.kept",
	    "folder=%s document=%s entry=%llu bytes=%llu again=%d",
	    d->conf->name, id_text(&r->number, id),
	    (unsigned long long)r->seq, (unsigned long long)f->got,
	    r->again || outcome == LOG_REPEATED);
	if (rc == 1) {
		remove_sidecar(f);
		let_go(f);
		drop_forget(f);
	} else if (rc == 0) {
		start_over(f);
	} else {
		let_go(f);
		f->state = FILE_KEPT;
		drop_because(f, SAY_DROP_NOT_REMOVED, strerror(error));
	}
}

static void
on_committed(void *arg, enum log_outcome outcome, const struct receipt *r)
{
	struct drop_file *f = arg;
	struct drop *d = f->drop;

	d->pending--;
	f->state = FILE_WAITING;
	if (r != NULL) {
		kept(f, outcome, r);
	} else if (outcome == LOG_MISMATCH) {
		f->no_key = 1;	/* inode and time were another file's once */
		postpone(f, SAY_DROP_QUIET, NULL, 0);
	} else {
		postpone(f, outcome == LOG_NO_SPACE ? SAY_DROP_NO_ROOM :
		    SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
	}
	if (!d->stopped)
		drop_take_next(d);
}

/* ---- taking ------------------------------------------------------------------ */

static int
set_key(struct drop_file *f)
{
	char key[256];

	if (f->no_key)
		return 0;
	(void)snprintf(key, sizeof(key), "drop/%s/%llu/%lld.%09ld/%lld",
	    f->drop->conf->name, (unsigned long long)f->st.st_ino,
	    (long long)f->st.st_mtim.tv_sec, f->st.st_mtim.tv_nsec,
	    (long long)f->st.st_size);
	return intake_key(f->intake, key);
}

/* All bytes are read: is it what was looked at?  Then it is committed. */
static void
finish(struct drop_file *f)
{
	struct drop *d = f->drop;
	struct intake *in;
	int rc;

	if ((off_t)f->got != f->st.st_size || !untouched(f)) {
		start_over(f);
		return;
	}
	rc = take_sidecar(f);
	if (rc == 0) {
		postpone(f, SAY_DROP_QUIET, NULL, d->conf->quiet_ms);
		return;
	}
	if (rc == -1 || set_key(f) == -1) {
		postpone(f, SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
		return;
	}
	in = f->intake;
	f->intake = NULL;
	d->reading = NULL;
	f->state = FILE_COMMITTING;
	d->pending++;
	if (intake_commit(in, on_committed, f) == -1) {
		d->pending--;
		postpone(f, SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
	}
}

/* One slice.  1 more, 0 the end, -1 given up. */
static int
read_slice(struct drop_file *f)
{
	struct buf *room = &f->drop->room;
	uint8_t *p;
	ssize_t n;

	buf_clear(room);
	if ((p = buf_reserve(room, READ_SIZE)) == NULL) {
		postpone(f, SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
		return -1;
	}
	n = read(f->fd, p, READ_SIZE);
	if (n == -1 && errno == EINTR)
		return 1;
	if (n == -1) {
		postpone(f, SAY_DROP_UNREADABLE, strerror(errno), RETRY_MS);
		return -1;
	}
	if (n == 0)
		return 0;
	f->got += (uint64_t)n;
	if (intake_bytes(f->intake, p, (size_t)n) == 0)
		return 1;
	postpone(f, errno == ENOSPC ? SAY_DROP_NO_ROOM : SAY_DROP_NOT_KEPT,
	    NULL, RETRY_MS);
	return -1;
}

void
drop_take_step(struct drop *d)
{
	struct timeval none = { 0, 0 };
	struct drop_file *f = d->reading;
	int i, rc = 1;

	for (i = 0; i < SLICES && f != NULL && rc == 1; i++) {
		if (store_busy(d->store))
			return;		/* drop_wake() goes on */
		rc = read_slice(f);
	}
	if (rc == 0)
		finish(f);
	if (d->reading != NULL)
		(void)event_add(d->read_step, &none);
	else if (!d->stopped)
		drop_take_next(d);
}

/* 1 leased, 0 a writer has it, -1 the system grants none here. */
static int
lease(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0)
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

/* Opens it for taking; 0, or -1 and it waits for what it was told. */
static int
open_file(struct drop_file *f)
{
	struct stat st;
	int rc;

	f->state = FILE_READING;
	f->got = 0;
	f->fd = openat(f->drop->dir, f->name, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	if (f->fd == -1 && errno == ENOENT) {
		f->state = FILE_WAITING;
		drop_scan_in(f->drop, 0);
		return -1;
	}
	if (f->fd == -1 || fstat(f->fd, &st) == -1) {
		postpone(f, SAY_DROP_UNREADABLE, strerror(errno), RETRY_MS);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    !drop_same(&st, &f->st)) {
		start_over(f);
		return -1;
	}
	if ((rc = lease(f->fd)) == 0) {
		postpone(f, SAY_DROP_OPEN, NULL, f->drop->conf->quiet_ms);
		return -1;
	}
	f->leased = rc == 1;
	return 0;
}

static int
is_willing(const struct drop *d)
{
	struct log *log = store_log(d->store);

	return !log_dead(log, NULL) && !log_readonly(log, NULL);
}

static void
begin(struct drop_file *f)
{
	struct drop *d = f->drop;
	struct timeval none = { 0, 0 };

	if (!is_willing(d)) {
		postpone(f, SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
		return;
	}
	if (open_file(f) == -1)
		return;
	f->intake = intake_new(d->store, "dossierd", d->conf->channel,
	    d->source);
	if (f->intake == NULL || set_facts(f) == -1 || set_target(f) == -1) {
		postpone(f, SAY_DROP_NOT_KEPT, NULL, RETRY_MS);
		return;
	}
	d->reading = f;
	(void)event_add(d->read_step, &none);
}

void
drop_take_next(struct drop *d)
{
	struct drop_file *f;

	while (!d->stopped && d->reading == NULL &&
	    d->pending < PENDING_MAX && (f = d->queue) != NULL) {
		d->queue = f->next;
		if (d->queue == NULL)
			d->queue_end = &d->queue;
		f->queued = 0;
		f->next = NULL;
		begin(f);
	}
}
