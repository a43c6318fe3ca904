/* SPDX-License-Identifier: ISC */
/*
 * sys_fault: store/sys.c with failures, forgetting and death (fault.h).
 *
 * Forgetting: before each write the bytes that it covers are read and kept
 * until the file is synced; a death writes some of them back, sector by
 * sector.  A sector then holds what it held at some moment since the last
 * sync, which is what a disk without power may leave.
 */
#define sys_open	real_open
#define sys_close	real_close
#define sys_pread	real_pread
#define sys_pwrite	real_pwrite
#define sys_sync	real_sync
#define sys_truncate	real_truncate
#define sys_allocate	real_allocate
#define sys_punch	real_punch
#define sys_size	real_size
#define sys_free	real_free
#define sys_mode	real_mode
#define sys_mkdir	real_mkdir
#define sys_rename	real_rename
#define sys_unlink	real_unlink
#define sys_sync_dir	real_sync_dir
#define sys_list	real_list
#define sys_lock	real_lock
#define sys_locked	real_locked
#define sys_now		real_now
#define sys_ticks	real_ticks
#define sys_step	real_step
#include "store/sys.c"
#undef sys_open
#undef sys_close
#undef sys_pread
#undef sys_pwrite
#undef sys_sync
#undef sys_truncate
#undef sys_allocate
#undef sys_punch
#undef sys_size
#undef sys_free
#undef sys_mode
#undef sys_mkdir
#undef sys_rename
#undef sys_unlink
#undef sys_sync_dir
#undef sys_list
#undef sys_lock
#undef sys_locked
#undef sys_now
#undef sys_ticks
#undef sys_step
#undef DOSSIER_SYS_H
#include "store/sys.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/fault/fault.h"

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

static struct {
	pthread_mutex_t	 lock;
	struct undo	*newest;
	unsigned	 calls, fail_at, kill_at, step_left;
	int		 error, done, full;
	uint32_t	 seed, random;
	char		 step[64], steps[PATH_MAX];
	char		 full_file[PATH_MAX], clock_file[PATH_MAX];
	int64_t		 shift;
} fault = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- forgetting ----------------------------------------------------- */

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
	u->older = fault.newest;
	fault.newest = u;
	return u;
}

static void
undo_keep_bytes(struct undo *u, int fd, uint64_t offset, size_t n)
{
	u->offset = offset;
	u->n = n;
	u->old = calloc(1, n + 1);
	/* A descriptor to write only cannot be read: it was new, so zeros. */
	if (u->old == NULL || real_pread(fd, u->old, n, offset) == -1)
		(void)errno;
}

/* What a sync of this file, or of this folder, makes durable. */
static void
undo_settle(ino_t file, const char *dir)
{
	struct undo **at = &fault.newest, *u;
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

static int
drops(void)
{
	if (fault.seed < 2)
		return (int)fault.seed;
	fault.random ^= fault.random << 13;
	fault.random ^= fault.random >> 17;
	fault.random ^= fault.random << 5;
	return fault.random >> 16 & 1;
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

static void
power(void)
{
	struct undo *u;

	while ((u = fault.newest) != NULL) {
		fault.newest = u->older;
		undo_apply(u);
		undo_free(u);
	}
}

static void
die(void)
{
	power();
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

/* ---- orders --------------------------------------------------------- */

void
fault_reset(void)
{
	struct undo *u;

	(void)pthread_mutex_lock(&fault.lock);
	while ((u = fault.newest) != NULL) {
		fault.newest = u->older;
		undo_free(u);
	}
	fault.calls = fault.fail_at = fault.kill_at = fault.step_left = 0;
	fault.error = fault.done = fault.full = 0;
	fault.seed = 0;
	fault.shift = 0;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_fail(unsigned nth, int error)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.fail_at = fault.calls + nth;
	fault.error = error;
	fault.done = 0;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_full(int full)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.full = full;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_kill_call(unsigned nth)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.kill_at = fault.calls + nth;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_kill_step(const char *name, unsigned nth)
{
	(void)pthread_mutex_lock(&fault.lock);
	(void)snprintf(fault.step, sizeof(fault.step), "%s", name);
	fault.step_left = nth;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_seed(uint32_t seed)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.seed = seed;
	fault.random = seed * UINT32_C(2654435761) | 1;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_power(void)
{
	(void)pthread_mutex_lock(&fault.lock);
	power();
	(void)pthread_mutex_unlock(&fault.lock);
}

unsigned
fault_calls(void)
{
	unsigned calls;

	(void)pthread_mutex_lock(&fault.lock);
	calls = fault.calls;
	(void)pthread_mutex_unlock(&fault.lock);
	return calls;
}

int
fault_done(void)
{
	int done;

	(void)pthread_mutex_lock(&fault.lock);
	done = fault.done;
	(void)pthread_mutex_unlock(&fault.lock);
	return done;
}

void
fault_clock(int64_t microseconds)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.shift = microseconds;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_steps(const char *path)
{
	(void)snprintf(fault.steps, sizeof(fault.steps), "%s", path);
}

/* The number behind "name=" in the orders, or 0. */
static unsigned
order(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? 0 : (unsigned)strtoul(at + strlen(name), NULL, 10);
}

/* The path behind "name=" in the orders, or "". */
static void
order_path(const char *text, const char *name, char *path, size_t size)
{
	const char *at = strstr(text, name);

	if (at == NULL)
		return;
	at += strlen(name);
	(void)snprintf(path, size, "%.*s", (int)strcspn(at, ","), at);
}

/* Whether the disk is full now; under the lock. */
static int
is_full(void)
{
	return fault.full ||
	    (fault.full_file[0] != '\0' && access(fault.full_file, F_OK) == 0);
}

/* How far the wall clock is off now; under the lock. */
static int64_t
shift_now(void)
{
	char text[32] = "";
	ssize_t n = 0;
	int fd;

	if (fault.clock_file[0] == '\0')
		return fault.shift;
	fd = open(fault.clock_file, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	return fault.shift + (n > 0 ? (int64_t)strtoll(text, NULL, 10) : 0);
}

static void __attribute__((constructor))
from_environment(void)
{
	const char *text = getenv("DOSSIER_FAULT"), *at;
	const char *steps = getenv("DOSSIER_FAULT_STEPS");
	char name[64];
	size_t n;

	if (steps != NULL)
		fault_steps(steps);
	if (text == NULL)
		return;
	fault_seed(order(text, "seed="));
	if (order(text, "call=") > 0)
		fault_fail(order(text, "call="), (int)order(text, "errno="));
	order_path(text, "full=", fault.full_file, sizeof(fault.full_file));
	order_path(text, "clock=", fault.clock_file,
	    sizeof(fault.clock_file));
	at = strstr(text, "step=");
	if (at == NULL)
		return;
	n = strcspn(at + 5, ",");
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, at + 5);
	fault_kill_step(name, order(text, "nth=") == 0 ? 1 :
	    order(text, "nth="));
}

/* Counts a call; takes the lock; 1 if it is to fail (errno is set). */
static int
enter(void)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.calls++;
	if (fault.kill_at != 0 && fault.calls == fault.kill_at)
		die();
	if (fault.fail_at == 0 || fault.calls != fault.fail_at)
		return 0;
	fault.done = 1;
	errno = fault.error;
	return 1;
}

static int
leave(int r)
{
	int saved = errno;

	(void)pthread_mutex_unlock(&fault.lock);
	errno = saved;
	return r;
}

/* ---- the calls ------------------------------------------------------ */

int
sys_open(const char *path, int flags)
{
	if ((flags & O_CREAT) == 0)
		return real_open(path, flags);
	return leave(enter() ? -1 : real_open(path, flags));
}

void
sys_close(int fd)
{
	real_close(fd);
}

int64_t
sys_pread(int fd, void *data, size_t n, uint64_t offset)
{
	return real_pread(fd, data, n, offset);
}

int
sys_pwrite(int fd, const void *data, size_t n, uint64_t offset)
{
	int fails = enter(), saved = errno;

	undo_keep_bytes(undo_new(UNDO_WRITE, fd), fd, offset, n);
	if (fails) {
		if (real_pwrite(fd, data, n / 2, offset) == -1)
			abort();
		errno = saved;
		return leave(-1);
	}
	return leave(real_pwrite(fd, data, n, offset));
}

int
sys_sync(int fd)
{
	struct stat st;

	if (enter())
		return leave(-1);
	/* Tests do not wait for the disk: death is only simulated. */
	if (fstat(fd, &st) == 0)
		undo_settle(st.st_ino, NULL);
	return leave(0);
}

int
sys_truncate(int fd, uint64_t size)
{
	struct undo *u;

	if (enter())
		return leave(-1);
	u = undo_new(UNDO_TRUNCATE, fd);
	if (u->size > size)
		undo_keep_bytes(u, fd, size, (size_t)(u->size - size));
	return leave(real_truncate(fd, size));
}

int
sys_allocate(int fd, uint64_t offset, uint64_t n)
{
	int fails = enter();

	if (is_full()) {
		errno = ENOSPC;
		fails = 1;
	}
	return leave(fails ? -1 : real_allocate(fd, offset, n));
}

int
sys_punch(int fd, uint64_t offset, uint64_t n)
{
	return leave(enter() ? -1 : real_punch(fd, offset, n));
}

int64_t
sys_size(int fd)
{
	return real_size(fd);
}

int
sys_free(int fd, uint64_t *bytes_r)
{
	if (real_free(fd, bytes_r) == -1)
		return -1;
	(void)pthread_mutex_lock(&fault.lock);
	if (is_full())
		*bytes_r = 0;
	(void)pthread_mutex_unlock(&fault.lock);
	return 0;
}

int
sys_mode(const char *path, unsigned *mode_r)
{
	return real_mode(path, mode_r);
}

int
sys_mkdir(const char *path)
{
	return leave(enter() ? -1 : real_mkdir(path));
}

int
sys_rename(const char *from, const char *to)
{
	char aside[PATH_MAX + 8];
	struct undo *u;

	if (enter())
		return leave(-1);
	u = undo_new(UNDO_RENAME, -1);
	(void)snprintf(u->from, sizeof(u->from), "%s", from);
	(void)snprintf(u->to, sizeof(u->to), "%s", to);
	(void)snprintf(aside, sizeof(aside), "%s.undo", to);
	(void)unlink(aside);
	u->replaced = link(to, aside) == 0;
	return leave(real_rename(from, to));
}

int
sys_unlink(const char *path)
{
	return leave(enter() ? -1 : real_unlink(path));
}

int
sys_sync_dir(const char *path)
{
	if (enter())
		return leave(-1);
	undo_settle(0, path);
	return leave(0);
}

int
sys_list(const char *path, int (*fn)(void *, const char *), void *arg)
{
	return real_list(path, fn, arg);
}

int
sys_lock(int fd)
{
	return real_lock(fd);
}

int
sys_locked(int fd)
{
	return real_locked(fd);
}

int64_t
sys_now(void)
{
	int64_t now = real_now();

	(void)pthread_mutex_lock(&fault.lock);
	now += shift_now();
	(void)pthread_mutex_unlock(&fault.lock);
	return now;
}

int64_t
sys_ticks(void)
{
	return real_ticks();
}

void
sys_step(const char *name)
{
	int fd;

	(void)pthread_mutex_lock(&fault.lock);
	if (fault.steps[0] != '\0') {
		fd = real_open(fault.steps, O_WRONLY | O_CREAT | O_APPEND);
		if (fd != -1) {
			(void)!write(fd, name, strlen(name));
			(void)!write(fd, "\n", 1);
			(void)close(fd);
		}
	}
	if (fault.step_left > 0 && strcmp(fault.step, name) == 0 &&
	    --fault.step_left == 0)
		die();
	(void)pthread_mutex_unlock(&fault.lock);
}
