/* SPDX-License-Identifier: ISC */
/*
 * drop_own: what the files of drop share: drop.c (life), drop_scan.c (what
 * is there), drop_take.c (one file), drop_facts.c (what is said of it),
 * drop_away.c (its removal).  For these alone.
 *
 * A file's name is its path beneath the folder: "a.pdf", "K-2026-0031/a.pdf".
 * Folders are opened anew each time and never through a link: a share may go
 * and come back, and nothing here keeps it from being unmounted for long.
 */
#ifndef DOSSIER_DROP_OWN_H
#define DOSSIER_DROP_OWN_H

#include <sys/stat.h>
#include <dirent.h>
#include <stdint.h>

#include "daemon/intake/drop.h"
#include "daemon/intake/intake.h"
#include "daemon/intake/names.h"

/*
 * What the name of a file that is being removed begins with meanwhile, and
 * that of its sidecar, which is then named like its document.  Of one length.
 */
#define DROP_TAKEN ".dossier-taken."
#define DROP_FACTS ".dossier-facts."

enum file_state { FILE_WAITING, FILE_READING, FILE_COMMITTING, FILE_KEPT };

/* A name in the folder. */
struct drop_file {
	char			*name;		/* first: see names.h */
	struct drop		*drop;
	struct stat		 st;		/* as it was last seen */
	int64_t			 since;		/* unchanged since, ms */
	int64_t			 retry;		/* not before, ms */
	enum file_state		 state;
	enum say_key		 why;		/* it is not taken */
	char			*detail;	/* of why, or NULL */
	unsigned		 seen;		/* in this scan */
	int			 listed;	/* said in the log already */
	int			 no_key;	/* its key names another file */
	int			 ready;		/* found so in this scan */
	int			 queued;
	struct drop_file	*next;		/* in the queue */
	/* While it is taken. */
	int			 dir;		/* the folder that it is in */
	int			 fd;
	int			 leased;
	uint64_t		 got;
	struct intake		*intake;
	char			*sidecar;	/* in dir; NULL: none */
	struct stat		 sidecar_st;
};

/* A folder that the running scan has still to look at. */
struct drop_todo {
	struct drop_todo	*next;
	char			*path;		/* "" is the drop folder */
};

struct drop {
	const struct conf_drop	*conf;
	struct store		*store;
	struct event_base	*base;
	int			 notify;	/* inotify, or -1 */
	struct event		*noticed, *scan_timer, *scan_step, *read_step;
	DIR			*scan;		/* NULL: none runs */
	struct drop_todo	*todo;		/* the first is being read */
	struct stat		 done_st;	/* conf->done; st_ino 0: none */
	struct names		 files;
	unsigned		 nfiles, generation, pending;
	int			 crowded;	/* more than LIMIT_DROP_FILES */
	int			 gone;		/* errno: the folder is away */
	int64_t			 scan_began, scan_cost, due;
	struct drop_file	*queue, **queue_end, *reading;
	int			 full;		/* something found no room: */
	uint64_t		 free;		/* bytes there were then */
	int			 stopped;
	char			 source[80];	/* "drop:NAME" */
	struct buf		 room;
};

/* ---- drop.c */
int64_t	drop_now(void);
/* 1 if nothing that matters of a file has changed. */
int	drop_same(const struct stat *, const struct stat *);
/* Why a file is not taken now; said in the log once. */
void	drop_because(struct drop_file *, enum say_key, const char *detail);
/* A file found no room: all that wait for it go on when there is more. */
void	drop_no_room(struct drop *);
/* The last part of its name. */
const char *drop_leaf(const struct drop_file *);
/* The folder `path' beneath the drop folder, no link followed; -1, errno. */
int	drop_open(const struct drop *, const char *path, size_t len);

/* ---- drop_scan.c */
/* A scan comes in at most ms. */
void	drop_scan_in(struct drop *, int64_t ms);
/* The event of its timer, and of its slices. */
void	drop_scan_begin(struct drop *);
void	drop_scan_step(struct drop *);
void	drop_scan_end(struct drop *);		/* gives back what it holds */
/* Takes the name out of the table and frees it. */
void	drop_forget(struct drop_file *);

/* ---- drop_take.c */
/* Begins with the next of the queue if none is being read. */
void	drop_take_next(struct drop *);
/* The event of reading: some slices of the present file. */
void	drop_take_step(struct drop *);
/* Gives up what is being taken of it; it waits again. */
void	drop_take_back(struct drop_file *);

/* ---- drop_facts.c */
/* Name, time, kind, and whom the folder belongs to.  0, or -1. */
int	drop_facts(struct drop_file *);
/*
 * NAME.json, if it is there and rests.  1: taken or absent, 0: it is still
 * being written, -1: no memory.
 */
int	drop_sidecar(struct drop_file *);

/* ---- drop_away.c */
/* 1 if nobody can have written since it was read, as far as one can tell. */
int	drop_untouched(const struct drop_file *);
/*
 * Takes the file out of the folder, and its sidecar if that is as it was
 * read.  1 gone, 0 changed, -1 cannot, errno.
 */
int	drop_away(struct drop_file *);
/* 1 if it is a name that drop_away() gives. */
int	drop_is_hidden(const char *leaf);
/*
 * For a name that an earlier process hid; path is what it is beneath the drop
 * folder.  1: it has its name back, 0: it went with its document, or is not
 * there any more, -1: not now.
 */
int	drop_give_back(struct drop *, int dir, const char *path,
	    const char *hidden);

#endif
