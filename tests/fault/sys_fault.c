/* SPDX-License-Identifier: ISC */
/*
 * sys_fault: store/sys.c with failures, forgetting and death (fault.h).  Each
 * call asks sys_fault_orders.c whether it fails, and tells sys_fault_undo.c
 * what it changes.
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

#include <stdlib.h>

#include "tests/fault/sys_fault.h"

int
sys_open(const char *path, int flags)
{
	if ((flags & O_CREAT) == 0)
		return real_open(path, flags);
	return fault_leave(fault_enter() ? -1 : real_open(path, flags));
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
	int fails = fault_enter(), saved = errno;

	undo_keep_write(fd, offset, n);
	if (fails) {
		if (real_pwrite(fd, data, n / 2, offset) == -1)
			abort();
		errno = saved;
		return fault_leave(-1);
	}
	return fault_leave(real_pwrite(fd, data, n, offset));
}

int
sys_sync(int fd)
{
	if (fault_enter())
		return fault_leave(-1);
	/* Tests do not wait for the disk: death is only simulated. */
	undo_synced(fd);
	return fault_leave(0);
}

int
sys_truncate(int fd, uint64_t size)
{
	if (fault_enter())
		return fault_leave(-1);
	undo_keep_size(fd, size);
	return fault_leave(real_truncate(fd, size));
}

int
sys_allocate(int fd, uint64_t offset, uint64_t n)
{
	int full = fault_is_full(), fails = fault_enter();

	if (full) {
		errno = ENOSPC;
		fails = 1;
	}
	return fault_leave(fails ? -1 : real_allocate(fd, offset, n));
}

int
sys_punch(int fd, uint64_t offset, uint64_t n)
{
	return fault_leave(fault_enter() ? -1 : real_punch(fd, offset, n));
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
	if (fault_is_full())
		*bytes_r = 0;
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
	return fault_leave(fault_enter() ? -1 : real_mkdir(path));
}

int
sys_rename(const char *from, const char *to)
{
	if (fault_enter())
		return fault_leave(-1);
	undo_keep_name(from, to);
	return fault_leave(real_rename(from, to));
}

int
sys_unlink(const char *path)
{
	return fault_leave(fault_enter() ? -1 : real_unlink(path));
}

int
sys_sync_dir(const char *path)
{
	if (fault_enter())
		return fault_leave(-1);
	undo_synced_dir(path);
	return fault_leave(0);
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
	return real_now() + fault_shift();
}

int64_t
sys_ticks(void)
{
	return real_ticks();
}

void
sys_step(const char *name)
{
	fault_step(name);
}
