/* SPDX-License-Identifier: ISC */
/*
 * follow: hands what waits to the reader, to filing, to vouch.c and to
 * render.c, and states what came of it.
 *
 * Work is found in the views only (received and not yet read; read and not
 * yet filed; signed and not yet vouched for; filed and not yet rendered),
 * never kept in a mark of its own, so a rebuild appends nothing and a crash
 * loses nothing.  What was stated and is not applied yet is held in memory,
 * and each statement claims that nobody made it before.  Intake comes first:
 * nothing is begun while the log is busy.
 */
#ifndef DOSSIER_FOLLOW_H
#define DOSSIER_FOLLOW_H

#include <event2/event.h>

#include "store/store.h"

struct follow;
struct supervise;
struct filing;

/* Borrows all of them until follow_free().  filing NULL: nothing is filed. */
struct follow *follow_new(struct event_base *, struct store *,
	    struct supervise *, struct filing *);
/*
 * Live mail is held against the DNS of its senders' domains too (vouch.h has
 * what a resolver is).  0, or -1 with errno.
 */
int	follow_resolver(struct follow *, struct event_base *,
	    const char *resolver);
/* Text and pages of what is filed are made ahead.  0, or -1 with errno. */
struct render_conf;
int	follow_render(struct follow *, struct event_base *,
	    const struct render_conf *);
/* The views have moved, or the log has room again. */
void	follow_wake(struct follow *);
/* Begins nothing more; what the reader has may still come and be stated. */
void	follow_stop(struct follow *);
/* Lets go of what the reader had, once that is ended; before the log is. */
void	follow_abandon(struct follow *);
/* Statements that the log has not answered. */
unsigned follow_pending(const struct follow *);
void	follow_free(struct follow *);

#endif
