/* SPDX-License-Identifier: ISC */
/*
 * fault: what the file calls of a fault build do on request.  Linked in place
 * of store/sys.c.
 *
 * Calls that change something are counted: open to write, pwrite, sync,
 * truncate, allocate, rename, sync_dir, mkdir, unlink.
 *
 * A program without code for it takes its orders from the environment:
 *	DOSSIER_FAULT="step=group:written,nth=3,seed=5"	 die there
 *	DOSSIER_FAULT="call=17,errno=5"			 fail that call
 *	DOSSIER_FAULT="full=FILE,clock=FILE"		 while the first is
 *		there the disk is full; the second holds microseconds by
 *		which the wall clock is off
 *	DOSSIER_FAULT_STEPS=FILE	 every step that is passed, a line each
 */
#ifndef DOSSIER_TESTS_FAULT_H
#define DOSSIER_TESTS_FAULT_H

#include <stdint.h>

/* Forgets orders and counts, and that anything is unsynced. */
void	fault_reset(void);
/* The nth call from now on fails (a write after half of its bytes). */
void	fault_fail(unsigned nth, int error);
/* All of these fail with ENOSPC until told 0. */
void	fault_full(int full);
/* Dies before the nth call, or at the nth passing of a step. */
void	fault_kill_call(unsigned nth);
void	fault_kill_step(const char *name, unsigned nth);
/*
 * What a death leaves of writes that were not synced and of renames whose
 * folder was not: 0 all, 1 nothing, else a choice by sectors.
 */
void	fault_seed(uint32_t seed);
/* The same without dying: as if the power had failed now. */
void	fault_power(void);
/* Calls since fault_reset(); whether the failing one was reached. */
unsigned fault_calls(void);
int	fault_done(void);
/* Moves the wall clock. */
void	fault_clock(int64_t microseconds);
/* Names of passed steps are appended to this file. */
void	fault_steps(const char *path);

#endif
