/* SPDX-License-Identifier: ISC */
/*
 * lmtp: the doors for mail, LMTP and SMTP.  Sockets around the session of
 * proto/wire/smtp; a struct lmtp is one section of the configuration.
 *
 * One transaction is one document.received with its envelope, whatever the
 * number of recipients; each recipient's 250 carries the receipt and is sent
 * after LOG_DONE, never before.  Our own trouble is always 4xx.
 */
#ifndef DOSSIER_LMTP_H
#define DOSSIER_LMTP_H

#include <event2/event.h>

#include "daemon/conf.h"
#include "store/store.h"
#include "store/trouble.h"

struct lmtp;

/*
 * Opens the sockets (borrows conf until lmtp_free()), before rights are
 * dropped: a port may be below 1024.  NULL with trouble.
 */
struct lmtp *lmtp_open(const struct conf_lmtp *, struct trouble *);
/* Begins to accept. */
int	lmtp_start(struct lmtp *, struct event_base *, struct store *);
/* The log has room again, or has changed its state. */
void	lmtp_wake(struct lmtp *);
/* No new sessions; those at rest get 421, a commit is still answered. */
void	lmtp_stop(struct lmtp *);
unsigned lmtp_sessions(const struct lmtp *);
void	lmtp_free(struct lmtp *);

#endif
