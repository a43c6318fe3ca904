/* SPDX-License-Identifier: ISC */
/*
 * inside: what the files of daemon/api know of each other: the listener with
 * its sessions and the waits for a position.
 */
#ifndef DOSSIER_API_INSIDE_H
#define DOSSIER_API_INSIDE_H

#include <sys/queue.h>
#include <sys/types.h>

#include "daemon/api/api.h"
#include "daemon/api/call.h"

struct session;
LIST_HEAD(session_list, session);
LIST_HEAD(wait_list, call_wait);
struct book;
STAILQ_HEAD(book_list, book);

/* One answer that waits until a position is applied. */
struct call_wait {
	LIST_ENTRY(call_wait) link;
	struct call	*call;
	uint64_t	 position;
	struct event	*timer;
	call_then_fn	*then, *late;
};

struct api {
	struct event_base *base;	/* NULL in tests without a loop */
	struct store	*store;
	struct filing	*filing;
	struct supervise *supervise;
	struct notary	*notary;
	struct jobs	*jobs;		/* borrowed; NULL: no builds */
	enum lang	 lang;
	char		 region[8];
	char		 zone[64];	/* of TZ */
	char		 tzdb[32];	/* version of the zone data, "" */
	uid_t		 uid;		/* of the daemon */
	int		 idle_seconds;
	char		*socket;
	int		 fd;		/* of the listener, -1: stopped */
	struct event	*accept;
	struct session_list sessions;
	unsigned	 nsessions;
	struct wait_list waits;
	struct book_list books;		/* workbooks; the first is being made */
	char		*tmp;		/* folder for files without a name */
	uint64_t	 requests;
	int64_t		 started;	/* when */
	const struct api_door *door;	/* borrowed */
	unsigned	 ndoors;
};

/* wait.c: all whose position is applied go on. */
void	waits_wake(struct api *);
/* Ends those that wait for what will not be stated before the end. */
void	waits_stop(struct api *);
void	wait_free(struct call_wait *);

/* check.c: hold a request against its row; -1: answered. */
int	check_query(struct call *, const struct http *);
int	check_headers(struct call *, const struct http *);
int	check_body(struct call *);

/* timeline_book.c: gives up the workbooks that are asked for. */
void	books_end(struct api *);

/* session.c */
/* full: it is one too many and is only told so. */
struct session *session_new(struct api *, int fd, const struct caller *,
	    int full);
void	session_free(struct session *);
/* The next one of the listener's. */
struct session *session_after(struct session *);
/* Room again in the log. */
void	session_wake(struct session *);
/* No further request after the present answer. */
void	session_stop(struct session *);

#endif
