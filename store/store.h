/* SPDX-License-Identifier: ISC */
/*
 * store: the log, the views and the applier thread between them, as one
 * thing that the daemon opens.  No sockets, no event loop: the daemon watches
 * two descriptors.
 */
#ifndef DOSSIER_STORE_H
#define DOSSIER_STORE_H

#include <stdint.h>

#include "store/log.h"
#include "store/trouble.h"

struct store;
struct views;

struct store_options {
	const char	*dir;
	const char	*key_path;
	int		 compress;	/* zstd level, 0 = off */
	int		 reading;	/* no writer, no lock */
	log_progress_fn	*progress;	/* of a replay or rebuild at start */
	void		*arg;
};

/*
 * Opens the log, then the views: claims first, then the rest from their mark;
 * views that are missing, of another apply version or of another store are
 * built afresh.  Returns once claims are complete and the log is started; the
 * applier goes on in its thread.  A read-only log has views as they are.  NULL
 * with trouble.
 */
struct store *store_open(const struct store_options *, struct trouble *);
void	store_close(struct store *);

struct log	*store_log(struct store *);
struct views	*store_views(struct store *);

/* The last entry that the views have applied. */
uint64_t store_applied(struct store *);
/* Readable whenever store_applied() has moved; store_moved() empties it. */
int	store_applied_fd(struct store *);
void	store_moved(struct store *);
/*
 * The last entry that the journal held when it was opened.  Before the views
 * have applied it (a rebuild at start) what they do not show may well be
 * there: answers should wait for it, and nobody may append because of
 * something that is missing.
 */
uint64_t store_opened(struct store *);
/* 1 and why, when views do not go on (no room, damage); capture does. */
int	store_trouble(struct store *, struct trouble *);
/*
 * 1 while sockets should not be read: the log is busy, or the views are more
 * than STORE_LAG entries behind it.  What log_busy() is for intakes.
 */
#define STORE_LAG 200000
int	store_busy(struct store *);
/* Waits up to ms until applied >= seq; 1 if so.  Not for the loop thread. */
int	store_wait(struct store *, uint64_t seq, int ms);

/*
 * Builds the views anew beside those in use (which may serve a daemon, but not
 * this process) and swaps.  With compare, swaps nothing and says whether they
 * were equal: 0 equal, 1 different (trouble says where), -1 failed.
 */
int	store_rebuild(const struct store_options *, int compare,
	    struct trouble *);

#endif
