/* SPDX-License-Identifier: ISC */
/*
 * render: makes text and pages of filed documents ahead of the bundles that
 * will want them, so that a bundle is built at the speed of copying
 * (rendition.h has what is kept, and why).
 *
 * One document at a time, on a thread that does nothing but ask a reader and
 * a drawer of its own, more patient than all others; follow.c hands it
 * documents when nothing waits to be read or filed.  The loop's thread states
 * document.rendered, with what came of each member, also where nothing did: a
 * hostile document costs its own rendition alone.  What cannot be stated now
 * (no programs, no room) is put off and said in the log.
 *
 * All calls belong to the loop's thread.
 */
#ifndef DOSSIER_EXPORT_RENDER_H
#define DOSSIER_EXPORT_RENDER_H

#include <event2/event.h>

#include "daemon/export/maker.h"
#include "proto/base/say.h"
#include "store/ask/known.h"
#include "store/store.h"

struct render;

/* How it ended; seq 0: nothing was stated, try again later. */
typedef void render_done_fn(void *arg, const struct id *document,
	    uint64_t seq);

struct render_conf {
	const char	*reader;	/* path of dossier-reader */
	enum lang	 lang;		/* of our words on pages */
	struct maker	*maker;
};

/* Borrows all until render_free(); the conf is copied.  NULL with errno. */
struct render *render_new(struct event_base *, struct store *,
	    const struct render_conf *, render_done_fn *, void *arg);
/* 1 if it takes no document now. */
int	render_busy(const struct render *);
/* Only when it is not busy: the callback comes from the loop. */
void	render_work(struct render *, const struct known_work *);
/* The log may have room again. */
void	render_wake(struct render *);
/* Statements that the log has not answered. */
unsigned render_pending(const struct render *);
/*
 * Gives up what is being made and waits for the thread; before the log is
 * closed, which may still call back.  NULL is fine, here and below.
 */
void	render_abandon(struct render *);
/* Once the log is closed. */
void	render_free(struct render *);

#endif
