/* SPDX-License-Identifier: ISC */
/*
 * sys_fault: what the calls (sys_fault.c), the orders that they follow
 * (sys_fault_orders.c) and what a death takes back (sys_fault_undo.c) share.
 * Tests want fault.h.
 */
#ifndef DOSSIER_TESTS_SYS_FAULT_H
#define DOSSIER_TESTS_SYS_FAULT_H

#include <stddef.h>
#include <stdint.h>

/* store/sys.c, under other names. */
int64_t	real_pread(int fd, void *, size_t n, uint64_t offset);
int	real_pwrite(int fd, const void *, size_t n, uint64_t offset);
int	real_truncate(int fd, uint64_t size);

/*
 * Counts a call, dies if that is ordered, and takes the lock; 1 if the call
 * is to fail (errno is set).  Every enter has its leave, which gives the lock
 * back, keeps errno and returns r.
 */
int	fault_enter(void);
int	fault_leave(int r);
/* These take the lock themselves. */
int	fault_is_full(void);
int64_t	fault_shift(void);	/* microseconds the wall clock is off */
void	fault_step(const char *name);

/* All under the lock.  Keeps what is there before a call changes it. */
void	undo_keep_write(int fd, uint64_t offset, size_t n);
void	undo_keep_size(int fd, uint64_t size);
void	undo_keep_name(const char *from, const char *to);
/* From here on it is durable. */
void	undo_synced(int fd);
void	undo_synced_dir(const char *path);
/* 0: nothing is forgotten, 1: all that is not synced, else by these dice. */
void	undo_seed(uint32_t);
void	undo_forget(void);	/* the power fails */
void	undo_clear(void);

#endif
