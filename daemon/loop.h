/* SPDX-License-Identifier: ISC */
/*
 * loop: the event loop around the store: it collects what the log has done,
 * wakes those who wait for room or for a position, and ends in order.
 *
 *	RUNNING --TERM, INT--> STOPPING --all answered, or 10 s--> ended, 0
 *	   '-----log dead----> STOPPING --------------------> ended, 1
 *
 * A log that was opened read-only keeps RUNNING: the doors answer 4xx, what
 * can be read is read.
 */
#ifndef DOSSIER_LOOP_H
#define DOSSIER_LOOP_H

#include <event2/event.h>

#include "store/store.h"

struct api;
struct drop;
struct filing;
struct jobs;
struct follow;
struct lmtp;
struct notary;

/* What the loop serves; members may be NULL.  Owned by who fills it. */
struct loop_parts {
	struct lmtp		*lmtp, *smtp;
	struct api		*api;
	struct drop		**drop;
	unsigned		 ndrop;
	struct follow		*follow;
	struct jobs		*jobs;
	struct notary		*notary;
};

struct loop;

/* The base has priorities: 0 for loop.c, 1 (by default) doors, 2 followers. */
struct loop *loop_new(void);
struct event_base *loop_base(struct loop *);
/* Watches the store's two descriptors.  0, or -1. */
int	loop_attach(struct loop *, struct store *, struct loop_parts *);
/* Runs until stopped; the exit code. */
int	loop_run(struct loop *);
void	loop_free(struct loop *);

#endif
