/* SPDX-License-Identifier: ISC */
/*
 * bounce: what a delivery report says (RFC 3464): which message, for whom,
 * with which status.
 */
#ifndef DOSSIER_BOUNCE_H
#define DOSSIER_BOUNCE_H

#include <stddef.h>

#include "daemon/reader/facts.h"

struct bounce {
	int		 report;	/* a message/delivery-status was seen */
	struct buf	 action;	/* failed, delayed ... */
	struct buf	 message_id;
	struct buf	 recipient;
	struct buf	 status;
	/* Of each recipient action, recipient, status, each with its NUL. */
	struct buf	 each;
	unsigned	 recipients;	/* may be more than are in `each' */
};

void	bounce_init(struct bounce *);
void	bounce_release(struct bounce *);
/* The decoded text of a message/delivery-status part. */
void	bounce_status(struct bounce *, const char *, size_t);
/* The returned message's id: from its header, or from its header as text. */
void	bounce_message(struct bounce *, const char *id);
void	bounce_headers(struct bounce *, const char *, size_t);
void	bounce_write(const struct bounce *, struct facts *);

#endif
