/* SPDX-License-Identifier: ISC */
/*
 * vouch: what senders' domains vouch for, held fast with the DNS answers of
 * the day, so that a mail can be checked in ten years, when the keys are gone.
 *
 * For each live mail with a DKIM signature: the reader says which names to
 * look up, DNS is asked, the reader judges with the answers, and both become
 * an entry document.authenticated.  Only a resolver that is configured is
 * ever asked.  A mail is not held up by any of this: it was kept, read and
 * filed without.
 */
#ifndef DOSSIER_VOUCH_H
#define DOSSIER_VOUCH_H

#include <event2/event.h>

#include "daemon/supervise.h"
#include "store/ask/known.h"
#include "store/store.h"

struct vouch;

/* How it ended; seq 0: nothing was stated, try again later. */
typedef void vouch_done_fn(void *arg, const struct id *document,
	    uint64_t seq);

/*
 * resolver: ADDR or ADDR:PORT of a DNS server, or "system" for what
 * /etc/resolv.conf says (read now).  NULL with errno: EINVAL, ENOMEM.
 * Borrows the rest until vouch_free().
 */
struct vouch *vouch_new(struct event_base *, struct store *,
	    struct supervise *, const char *resolver, vouch_done_fn *,
	    void *arg);
/* 1 if it takes no more work now. */
int	vouch_busy(const struct vouch *);
/* 0: the callback comes, at once if it fails; -1: nothing was begun. */
int	vouch_work(struct vouch *, const struct known_work *);
/* Statements that the log has not answered. */
unsigned vouch_pending(const struct vouch *);
/*
 * Ends what waits for DNS or the reader, whose process must be gone; what the
 * log holds is still called back.
 */
void	vouch_abandon(struct vouch *);
/* Once the log is closed. */
void	vouch_free(struct vouch *);

#endif
