/* SPDX-License-Identifier: ISC */
/*
 * drop: the door for scans and faxes, one folder each.
 *
 * A file is taken when it rests: size, time and inode stay the same for
 * `quiet', no program has it open for writing (a lease says so where the
 * system grants one), and they are the same again after it was read.  It
 * leaves the folder after LOG_DONE, never before.  A name is no identity; a
 * file that was changed is another one.  What is not taken is listed with
 * the reason, and so is a folder that is away; it is taken up when it is
 * back.
 *
 *	WAITING -> READING -> COMMITTING -> (gone)
 *	   ^---- changed ------'    '-> KEPT: kept, cannot be removed
 *
 * Killed between commit and removal, a file is offered again at the next
 * start: its inode, time and size are an idempotency key, so it gets the
 * receipt that it had.
 */
#ifndef DOSSIER_DROP_H
#define DOSSIER_DROP_H

#include <event2/event.h>

#include "daemon/conf.h"
#include "store/store.h"
#include "store/trouble.h"

struct drop;

/* Borrows conf and store until drop_free().  NULL with trouble. */
struct drop *drop_new(const struct conf_drop *, struct event_base *,
	    struct store *, struct trouble *);
/* The log has room again, or has changed its state. */
void	drop_wake(struct drop *);
/* Takes nothing more; what the log has is finished. */
void	drop_stop(struct drop *);
/* Commits that the log has not answered. */
unsigned drop_pending(const struct drop *);
/*
 * Each file that is not taken, by its path in the folder, with why; "." when
 * the folder itself is away.
 */
typedef void drop_list_fn(void *arg, const char *folder, const char *name,
	    const struct trouble *why);
void	drop_list(const struct drop *, drop_list_fn *, void *arg);
/* "drop:NAME", as entries name it. */
const char *drop_source(const struct drop *);
/* How many of these: but for what systems leave there by themselves. */
unsigned drop_waiting(const struct drop *);
void	drop_free(struct drop *);

#endif
