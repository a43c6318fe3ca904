/* SPDX-License-Identifier: ISC */
/*
 * reconcile: what senders offered against what the store holds.
 *
 * Readers of sources (offered.c, gateway.c, calls.c) make items and hand them
 * over in their order; reconcile.c asks the daemon for many at once, says what
 * became of each, and counts.  Each item is in exactly one class, so totals
 * add up.
 */
#ifndef DOSSIER_RECONCILE_H
#define DOSSIER_RECONCILE_H

#include <stdint.h>

#include "client/cmd.h"
#include "proto/base/ids.h"

/* The first that fits, in this order but for the last ones. */
enum rec_class {
	REC_CAPTURED,		/* here, with a receipt */
	REC_DUPLICATE,		/* here, as another item or a copy */
	REC_ASIDE,		/* here, set aside without a case */
	REC_SIDECAR,		/* NAME.json beside NAME: no document */
	REC_REFUSED,		/* not here, and the sender was told why */
	REC_MISSING,
	REC_CONTRADICTED,	/* the journal denies its receipt */
	REC_CLASSES
};

/* What was offered once.  Texts are the item's own. */
struct rec_item {
	char		*name;		/* path, FILE#N, Message-ID ... */
	char		*file;		/* as a refusal names it; or NULL */
	char		*message_id;	/* or NULL */
	char		*reply;		/* what the gateway was told; or NULL */
	char		 sha256[65];	/* "" : not known */
	int		 sidecar;
	/* of a fax or telephone call, as the daemon is asked; or NULL */
	char		*fax, *call;
	/* of a gateway's log */
	int		 kept;		/* our reply gave: */
	struct id	 document;
	uint64_t	 entry;
	char		 receipt[17];
	int		 bounced;
	int		 disorder;	/* an entry before the last one */
};

struct reconcile;

/* Takes the texts, empties the item.  0, or an exit code: stop. */
int	reconcile_offer(struct reconcile *, struct rec_item *);
/* Something of the source cannot be read: said, and the run has failed. */
void	reconcile_unread(struct reconcile *, enum say_key, const char *what,
	    const char *why);
const struct cmd *reconcile_cmd(const struct reconcile *);

/* Readers; 0, or an exit code: the daemon is away. */
typedef int reconcile_read_fn(struct reconcile *, const char *path);
int	offered_folder(struct reconcile *, const char *path);
int	offered_maildir(struct reconcile *, const char *path);
int	offered_mbox(struct reconcile *, const char *path);
int	offered_ids(struct reconcile *, const char *path);
/* Several logs are one: an item may begin in the first and end in the next. */
int	gateway_logs(struct reconcile *);
int	calls_faxes(struct reconcile *);
int	calls_telephone(struct reconcile *, const char *path);

#endif
