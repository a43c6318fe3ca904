/* SPDX-License-Identifier: ISC */
/*
 * home: the folder of the views.
 *
 *	current		the number of the build in use, in decimal; replaced by
 *			rename, so it names the old or the new one
 *	N.mdb, N.mdb-lock	a build
 *	claims.mdb, -lock	claims (vclaims.h)
 *	rebuild.lock	held by who builds beside those in use
 *
 * A build that current does not name is being made or left over.
 */
#ifndef DOSSIER_VIEWS_HOME_H
#define DOSSIER_VIEWS_HOME_H

#include <stdint.h>

#include "store/trouble.h"

#define HOME_PATH_MAX 4096

struct home {
	char	dir[HOME_PATH_MAX];		/* DIR/views */
	int	lock;				/* -1: not held */
};

/* Makes the folder if it is not there. */
int	home_open(struct home *, const char *store_dir, int make,
	    struct trouble *);
void	home_close(struct home *);
/* 1 and the number, 0 none is named, -1. */
int	home_current(const struct home *, uint64_t *n_r, struct trouble *);
int	home_set_current(const struct home *, uint64_t n, struct trouble *);
/* The path of a file of the folder; "" names the folder itself. */
int	home_path(const struct home *, const char *name,
	    char path_r[HOME_PATH_MAX]);
int	home_build(const struct home *, uint64_t n, char path_r[HOME_PATH_MAX]);
/* The next free number, its file made and empty. */
int	home_new(const struct home *, uint64_t *n_r, struct trouble *);
void	home_remove(const struct home *, uint64_t n);
/* Removes builds that current does not name; only under the lock. */
void	home_tidy(const struct home *);
/* 1 taken, 0 another process builds, -1. */
int	home_lock(struct home *, struct trouble *);
void	home_unlock(struct home *);

#endif
