/* SPDX-License-Identifier: ISC */
/*
 * confine: what the daemon gives up before it reads a byte of a stranger.
 * One function a stage, in this order; all before the first thread starts,
 * since threads inherit what their maker had given up.
 */
#ifndef DOSSIER_CONFINE_H
#define DOSSIER_CONFINE_H

#include "daemon/conf.h"
#include "store/trouble.h"

/* No core dumps, not traceable, as many descriptors as allowed. */
void	confine_process(void);
/* Becomes the user for good; NULL: stays.  0, or -1 with trouble. */
int	confine_user(const char *user, struct trouble *);
/*
 * Landlock: the store, the doors' folders, the key and what programs need to
 * run; no new TCP listeners or connections.  An old kernel allows less to be
 * given up: the log says so.  reader is the program that may be run.
 */
int	confine_files(const struct conf *, const char *reader,
	    struct trouble *);

#endif
