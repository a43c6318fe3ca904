/* SPDX-License-Identifier: ISC */
/*
 * api: HTTP/1.1 and JSON on a Unix socket.
 *
 * Who may connect is said by the mode and group of the socket.  The caller is
 * known by SO_PEERCRED and is the actor of what is stated: "S-03" for staff
 * whose login it is, else "uid:1000".  Root and the daemon's own user may do
 * everything, others read, file and write.
 *
 * It must never write a view, answer 201 before the log has said LOG_DONE,
 * or hold more of a body or of an answer than a slice.
 */
#ifndef DOSSIER_API_H
#define DOSSIER_API_H

#include <sys/types.h>

#include <event2/event.h>

#include "proto/base/say.h"
#include "store/store.h"

struct api;
struct drop;
struct filing;
struct notary;
struct supervise;

struct api_conf {
	const char	*socket;	/* path; an old one is replaced */
	mode_t		 mode;		/* 0: 0660 */
	const char	*group;		/* NULL: the daemon's own */
	enum lang	 lang;		/* when the caller names none */
	const char	*zone;		/* of civil dates; NULL: UTC */
	const char	*region;	/* of phone numbers: "GB"; or NULL */
	int		 idle_seconds;	/* 0: LIMIT_HTTP_IDLE_S */
	const char	*tmp;		/* folder for files without a name, made
					   when first used; NULL: /tmp */
	/* For the routes of rules; NULL: 501. */
	struct filing	*filing;
	struct supervise *supervise;
	struct notary	*notary;	/* of the log; NULL: read-only */
};

/* Borrows the base and the store; copies the rest.  NULL with trouble. */
struct api *api_listen(struct event_base *, struct store *,
	    const struct api_conf *, struct trouble *);
/*
 * To be called by the loop after log_collect() and after store_moved():
 * goes on with uploads that wait for room and answers that wait for a
 * position.
 */
void	api_wake(struct api *);
/* A door by which documents come in, whether or not any has. */
struct api_door {
	const char	*source;	/* as entries name it */
	const char	*channel;
	struct drop	*drop;		/* of a drop folder; or NULL */
};
/* What /sources tells of; borrowed until api_free(). */
void	api_doors(struct api *, const struct api_door *, unsigned n);
/* Who makes builds of bundles; borrowed until api_free(). */
struct jobs;
void	api_jobs(struct api *, struct jobs *);
/* Closes the listener; sessions end with their present answer. */
void	api_stop(struct api *);
unsigned api_sessions(const struct api *);
/* Ends what is left.  Answers still awaited from the log are dropped. */
void	api_free(struct api *);

#endif
