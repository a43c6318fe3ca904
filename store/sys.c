/* SPDX-License-Identifier: ISC */
/*
 * sys: the plain build's file calls.  It repeats what a signal interrupted
 * and what was written in part; it must never retry a failed sync.
 */
#include "store/sys.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
sys_open(const char *path, int flags)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC, 0600);
	} while (fd == -1 && errno == EINTR);
	return fd;
}

void
sys_close(int fd)
{
	(void)close(fd);	/* what matters was synced before */
}

int64_t
sys_pread(int fd, void *data, size_t n, uint64_t offset)
{
	size_t got = 0;
	ssize_t r;

	while (got < n) {
		r = pread(fd, (uint8_t *)data + got, n - got,
		    (off_t)(offset + got));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (int64_t)got;
}

int
sys_pwrite(int fd, const void *data, size_t n, uint64_t offset)
{
	size_t put = 0;
	ssize_t r;

	while (put < n) {
		r = pwrite(fd, (const uint8_t *)data + put, n - put,
		    (off_t)(offset + put));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0) {
			errno = EIO;
			return -1;
		}
		put += (size_t)r;
	}
	return 0;
}

int
sys_sync(int fd)
{
	return fdatasync(fd);
}

int
sys_truncate(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size);
}

int
sys_allocate(int fd, uint64_t offset, uint64_t n)
{
	int r;

	do {
		r = fallocate(fd, 0, (off_t)offset, (off_t)n);
	} while (r == -1 && errno == EINTR);
	/* A file system without it: the caller's own write takes the blocks. */
	if (r == -1 && errno == EOPNOTSUPP)
		return 0;
	return r;
}

int
sys_punch(int fd, uint64_t offset, uint64_t n)
{
	int r;

	do {
		r = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)offset, (off_t)n);
	} while (r == -1 && errno == EINTR);
	/* A file system without it keeps the bytes, which harms nothing. */
	return r == -1 && errno == EOPNOTSUPP ? 0 : r;
}

int64_t
sys_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 ? -1 : (int64_t)st.st_size;
}

int
sys_free(int fd, uint64_t *bytes_r)
{
	struct statvfs vfs;

	if (fstatvfs(fd, &vfs) == -1)
		return -1;
	*bytes_r = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	return 0;
}

int
sys_mode(const char *path, unsigned *mode_r)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	*mode_r = st.st_mode;
	return 0;
}

int
sys_mkdir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return -1;
}

int
sys_rename(const char *from, const char *to)
{
	return rename(from, to);
}

int
sys_unlink(const char *path)
{
	return unlink(path);
}

int
sys_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r, saved;

	if (fd == -1)
		return -1;
	r = fsync(fd);
	saved = errno;
	(void)close(fd);	/* a folder that was only read */
	errno = saved;
	return r;
}

int
sys_list(const char *path, int (*fn)(void *, const char *), void *arg)
{
	struct dirent *d;
	DIR *dir = opendir(path);
	int r = 0, saved;

	if (dir == NULL)
		return -1;
	for (;;) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL) {
			r = errno == 0 ? 0 : -1;
			break;
		}
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		r = fn(arg, d->d_name);
		if (r != 0)
			break;
	}
	saved = errno;
	(void)closedir(dir);	/* only read */
	errno = saved;
	return r;
}

/* Locks of the open file, not of the process: two opens exclude each other. */
int
sys_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &lock) == -1 ? -1 : 0;
}

int
sys_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_GETLK, &lock) == -1)
		return 0;
	return lock.l_type != F_UNLCK;
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);	/* cannot fail for these */
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
sys_now(void)
{
	return clock_us(CLOCK_REALTIME);
}

/* With the time asleep, so that waking up is not a stepped clock. */
int64_t
sys_ticks(void)
{
	return clock_us(CLOCK_BOOTTIME);
}

#define PROMPT_NS 100000	/* the shortest slice that can be had */

/* Failing costs time, and nothing else. */
void
sys_prompt(void)
{
	struct sched_attr attr;

	memset(&attr, 0, sizeof(attr));
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) == -1 ||
	    attr.sched_policy != SCHED_NORMAL)
		return;
	attr.size = sizeof(attr);
	attr.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	attr.sched_runtime = PROMPT_NS;
	(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

void
sys_step(const char *name)
{
	(void)name;	/* only the fault build stops here */
}
