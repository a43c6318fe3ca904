/* SPDX-License-Identifier: ISC */
/*
 * lmtp_tx: what an LMTP or SMTP session does with the store, without its
 * socket: the envelope and the bytes of a transaction become a struct intake,
 * the log's answer becomes a reply for each recipient, refusals become rows.
 */
#ifndef DOSSIER_LMTP_TX_H
#define DOSSIER_LMTP_TX_H

#include <stddef.h>

#include "daemon/conf.h"
#include "daemon/intake/intake.h"
#include "proto/wire/smtp.h"

struct lmtp_tx;

struct lmtp_config {
	struct store		*store;
	const struct conf_lmtp	*conf;
	struct smtp_config	 smtp;
};

/* Called from log_collect() when replies are there; may close the tx. */
typedef void lmtp_replied_fn(void *arg);

/* Borrows the configuration; copies the peer's name.  NULL: ENOMEM. */
struct lmtp_tx *lmtp_tx_new(const struct lmtp_config *, const char *peer,
	    unsigned session, lmtp_replied_fn *, void *arg);
/* As smtp_feed(): how many bytes were taken. */
size_t	lmtp_tx_feed(struct lmtp_tx *, const void *, size_t);
struct buf *lmtp_tx_out(struct lmtp_tx *);
/* 1 while the log owes an answer. */
int	lmtp_tx_waiting(const struct lmtp_tx *);
int	lmtp_tx_closing(const struct lmtp_tx *);
int	lmtp_tx_in_mail(const struct lmtp_tx *);
/* smtp_wants_tls() and smtp_secured(). */
int	lmtp_tx_wants_tls(const struct lmtp_tx *);
void	lmtp_tx_secured(struct lmtp_tx *);
/* 421 and close; behind the replies if the log owes an answer. */
void	lmtp_tx_end(struct lmtp_tx *, enum smtp_close);
/* The socket is gone.  What the log holds is kept all the same. */
void	lmtp_tx_close(struct lmtp_tx *);

#endif
