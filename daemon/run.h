/* SPDX-License-Identifier: ISC */
/*
 * run: the daemon from its configuration to its end: opens the doors, gives
 * up rights, opens the store, serves.
 */
#ifndef DOSSIER_RUN_H
#define DOSSIER_RUN_H

#include "daemon/conf.h"
#include "store/trouble.h"

/*
 * Serves until stopped; ready (may be NULL) is called once all doors are
 * open.  The exit code; -1 with trouble: it did not start.
 */
int	run_daemon(const struct conf *, void (*ready)(void *), void *arg,
	    struct trouble *);

#endif
