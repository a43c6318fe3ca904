/* SPDX-License-Identifier: ISC */
/*
 * drop_own: what drop.c (folder, scan) and drop_take.c (one file) share.
 * For these two alone.
 */
#ifndef DOSSIER_DROP_OWN_H
#define DOSSIER_DROP_OWN_H

#include <sys/stat.h>
#include <stdint.h>

#include "daemon/intake/drop.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/names.h"

/* What the name of a file that is being removed begins with meanwhile. */
#define DROP_TAKEN ".dossier-taken."

enum file_state { FILE_WAITING, FILE_READING, FILE_COMMITTING, FILE_KEPT };

/* A name in the folder. */
struct drop_file {
	char			*name;		/* first: see names.h */
	struct drop		*drop;
	struct stat		 st;		/* as it was last seen */
	int64_t			 since;		/* unchanged since, ms */
	int64_t			 retry;		/* not before, ms */
	/* What the name of a file that is being removed begins with meanwhile. */
#define DROP_TAKEN ".dossier-taken."

enum file_state		 state;
	struct trouble		 why;		/* it is not taken */
	unsigned		 seen;		/* in this scan */
	int			 listed;	/* said in the log already */
	int			 no_key;	/* its key names another file */
	int			 queued;
	struct drop_file	*next;		/* in the queue */
	/* While it is taken. */
	int			 fd;
	int			 leased;
	uint64_t		 got;
	struct intake		*intake;
	char			*sidecar;	/* its name, NULL: none */
	struct stat		 sidecar_st;
};

struct drop {
	const struct conf_drop	*conf;
	struct store		*store;
	struct event_base	*base;
	int			 dir;		/* the folder */
	int			 done;		/* conf->done, or -1 */
	int			 notify;	/* inotify, or -1 */
	struct event		*noticed, *scan_timer, *scan_step, *read_step;
	void			*scan;		/* DIR * while one runs */
	struct names		 files;
	unsigned		 nfiles, generation, pending;
	int64_t			 scan_began, scan_cost, due;
	struct drop_file	*queue, **queue_end, *reading;
	int			 stopped;
	char			 source[80];	/* "drop:NAME" */
	struct buf		 room;
};

int64_t	drop_now(void);
/* Why a file is not taken now; said in the log once. */
void	drop_because(struct drop_file *, enum say_key, const char *detail);
/* A scan comes in at most ms. */
void	drop_scan_in(struct drop *, int64_t ms);
/* Takes the name out of the table and frees it. */
void	drop_forget(struct drop_file *);

/* Begins with the next of the queue if none is being read. */
void	drop_take_next(struct drop *);
/* The event of reading: some slices of the present file. */
void	drop_take_step(struct drop *);
/* Gives up what is being taken of it; it waits again. */
void	drop_take_back(struct drop_file *);

/* 1 if nothing that matters of a file has changed. */
int	drop_same(const struct stat *, const struct stat *);

#endif
