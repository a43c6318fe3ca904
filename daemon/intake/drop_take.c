/* SPDX-License-Identifier: ISC */
/*
 * drop_take: takes one file: lease, read, compare, commit, remove.
 *
 *	step			killed behind it
 *	1 open, lease		nothing happened
 *	2 read into an intake	nothing happened
 *	3 commit, LOG_DONE	offered again, same key: same receipt
 *	4 rename, hidden	given its name back by the next scan
 *	5 its sidecar hidden	both are given their names back
 *	6 unlink (or to done/)	the next scan removes the sidecar
 *	7 the sidecar, too	done
 *
 * Between 3 and 6 a program may open the file for writing: the lease tells,
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

#include "daemon/log.h"

#define READ_SIZE	65536
#define SLICES		8	/* reads in one turn of the loop */
#define PENDING_MAX	16	/* commits of a folder in flight */
#define RETRY_MS	60000	/* after trouble of ours */
#define HALF_TIMES	30	/* times `quiet' that a PDF waits for its end */
#define TAIL		1024	/* bytes in which that end must stand */

static void
let_go(struct drop_file *f)
{
	if (f->fd != -1)
		(void)close(f->fd);	/* read only; ends the lease too */
	if (f->dir != -1)
		(void)close(f->dir);	/* was only read */
	f->fd = f->dir = -1;
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
	if (why == SAY_DROP_NO_ROOM)
		drop_no_room(f->drop);
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

/* ---- after the commit ------------------------------------------------- */

static void
kept(struct drop_file *f, enum log_outcome outcome, const struct receipt *r)
{
	struct drop *d = f->drop;
	char id[ID_TEXT_MAX];
	int error, rc = drop_away(f);

	error = errno;
	logline(LOGLINE_INFO, "drop.kept",
	    "folder=%s document=%s entry=%llu bytes=%llu again=%d",
	    d->conf->name, id_text(&r->number, id),
	    (unsigned long long)r->seq, (unsigned long long)f->got,
	    r->again || outcome == LOG_REPEATED);
	if (rc == 1) {
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

/* ---- taking ----------------------------------------------------------- */

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

	if ((off_t)f->got != f->st.st_size || !drop_untouched(f)) {
		start_over(f);
		return;
	}
	rc = drop_sidecar(f);
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

/*
 * A PDF that a scanner writes page by page has no end yet.  One that never
 * gets it is a document, too.
 */
static int
is_half(const struct drop_file *f)
{
	char head[5], tail[TAIL];
	off_t from = f->st.st_size > TAIL ? f->st.st_size - TAIL : 0;
	ssize_t n;

	if (drop_now() - f->since >= HALF_TIMES * f->drop->conf->quiet_ms ||
	    pread(f->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, "%PDF-", sizeof(head)) != 0)
		return 0;
	n = pread(f->fd, tail, sizeof(tail), from);
	return n > 0 && memmem(tail, (size_t)n, "%%EOF", 5) == NULL;
}

/* Opens it for taking; 0, or -1 and it waits for what it was told. */
static int
open_file(struct drop_file *f)
{
	struct stat st;
	int rc;

	f->state = FILE_READING;
	f->got = 0;
	f->dir = drop_open(f->drop, f->name,
	    (size_t)(drop_leaf(f) - f->name));
	if (f->dir != -1)
		f->fd = openat(f->dir, drop_leaf(f), O_RDONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_CLOEXEC);
	if (f->fd == -1 && errno == ENOENT) {
		drop_take_back(f);
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
	if (is_half(f)) {
		postpone(f, SAY_DROP_HALF, NULL, f->drop->conf->quiet_ms);
		return -1;
	}
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
	if (f->intake == NULL || drop_facts(f) == -1) {
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
