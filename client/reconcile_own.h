/* SPDX-License-Identifier: ISC */
/*
 * reconcile_own: what reconcile.c (batches), reconcile_judge.c and
 * reconcile_print.c share.  For these alone.
 */
#ifndef DOSSIER_RECONCILE_OWN_H
#define DOSSIER_RECONCILE_OWN_H

#include "client/call.h"
#include "client/map.h"
#include "client/reconcile.h"

#define BATCH 500

/* How items are asked for; the last ones: how they were found. */
enum by {
	BY_SHA256, BY_ENTRY, BY_MESSAGE_ID, BY_FAX, BY_CALL, BY_FILE,
	BY_COMMID, BY_NUMBER, BY_CONTACT, BY_TIME, BY_NOTHING
};

/* What became of an item. */
struct fate {
	enum rec_class	 class;
	enum by		 by;
	int		 known;		/* a document was found */
	struct id	 document, of;
	uint64_t	 entry;
	char		 receipt[17];
	struct buf	 why;
};

/* What was refused under a file name. */
struct refusal {
	char		*file, *why;
};

struct reconcile {
	struct cmd	*cmd;
	struct call	*call;
	int		 all, missing;		/* which items are printed */
	uint64_t	 count[REC_CLASSES], offered, printed;
	int		 failed;		/* of the source; exit code */
	int		 away;
	struct rec_item	 item[BATCH];
	struct fate	 fate[BATCH];
	unsigned	 n;
	uint64_t	*met;		/* document -> entry it was met by */
	size_t		 nmet;
	struct map	 calls;		/* entries that stand for a call */
	struct refusal	*refusal;	/* sorted; got when first needed */
	size_t		 nrefusals;
	int		 asked_refusals;
};

/* Asks for all items of the batch that are not found yet; an exit code. */
int	reconcile_ask(struct reconcile *, enum by);
/* What became of an item that is not here; an exit code. */
int	reconcile_absent(struct reconcile *, const struct rec_item *,
	    struct fate *);

/* Before the first item; an item, if it is one to be printed; the end. */
void	reconcile_print_begin(const struct reconcile *);
void	reconcile_print(struct reconcile *, const struct rec_item *,
	    struct fate *);
void	reconcile_print_totals(const struct reconcile *);
/* How many documents still have no Message-ID, when that explains something. */
void	reconcile_print_unread(struct reconcile *);

#endif
