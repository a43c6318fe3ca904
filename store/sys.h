/* SPDX-License-Identifier: ISC */
/*
 * sys: every file call of the store.  The fault build links another file in
 * place of sys.c, which fails, forgets or dies on request; so nothing in
 * store/ opens, writes, syncs, renames or asks the time by itself.
 *
 * All return 0 (or what is said) and -1 with errno.
 */
#ifndef DOSSIER_SYS_H
#define DOSSIER_SYS_H

#include <stddef.h>
#include <stdint.h>

#define SYS_CHECKED __attribute__((warn_unused_result))

/* The descriptor; O_CLOEXEC is added, new files get mode 0600. */
int	sys_open(const char *path, int flags) SYS_CHECKED;
/* Errors of close are of no use after a sync and are dropped. */
void	sys_close(int fd);
/* Bytes read: less than n only at the end of the file. */
int64_t	sys_pread(int fd, void *, size_t n, uint64_t offset) SYS_CHECKED;
/* All of it, or -1. */
int	sys_pwrite(int fd, const void *, size_t n, uint64_t offset) SYS_CHECKED;
int	sys_sync(int fd) SYS_CHECKED;		/* fdatasync */
int	sys_truncate(int fd, uint64_t size) SYS_CHECKED;
/* Takes the blocks, ENOSPC if there are none; the size grows with them. */
int	sys_allocate(int fd, uint64_t offset, uint64_t n) SYS_CHECKED;
/* Gives blocks back; they read as zeros, the size stays. */
int	sys_punch(int fd, uint64_t offset, uint64_t n) SYS_CHECKED;
int64_t	sys_size(int fd) SYS_CHECKED;
/* Bytes that the file system behind fd still gives us. */
int	sys_free(int fd, uint64_t *bytes_r) SYS_CHECKED;
/* Bits of the mode and the owner of a path. */
int	sys_mode(const char *path, unsigned *mode_r) SYS_CHECKED;
int	sys_mkdir(const char *path) SYS_CHECKED;	/* 0700; existing: 0 */
int	sys_rename(const char *from, const char *to) SYS_CHECKED;
int	sys_unlink(const char *path);
int	sys_sync_dir(const char *path) SYS_CHECKED;
/* Calls fn for each name but . and ..; it stops when fn returns not 0. */
int	sys_list(const char *path, int (*fn)(void *, const char *name),
	    void *arg) SYS_CHECKED;
/* 0 taken; -1 with EAGAIN: another process has it. */
int	sys_lock(int fd) SYS_CHECKED;
/* 1 if another process holds the lock, takes nothing. */
int	sys_locked(int fd);

int64_t	sys_now(void);		/* microseconds since 1970, UTC */
int64_t	sys_ticks(void);	/* microseconds that never step */

/*
 * Asks that this thread be run soon after it wakes, for a short time: one of
 * those who acknowledge.  What it begins is not asked for too.  Kernels before
 * 6.12 take no notice.
 */
void	sys_prompt(void);

/*
 * A named point between two durable states.  Nothing in the plain build; the
 * fault build can die there.
 */
void	sys_step(const char *name);

#endif
