/* SPDX-License-Identifier: ISC */
/*
 * filings: drafts that file documents, withdraw filings, and their claims.
 *
 *	filing/D/K	the entry by which D stands under K (or a client)
 *	unfiled/SEQ	the entry that withdrew filing SEQ: once and for all,
 *			also for filings that were made at intake, when D had
 *			no number yet to claim with
 *	aside/D		the entry that set D aside
 */
#ifndef DOSSIER_FILINGS_H
#define DOSSIER_FILINGS_H

#include "daemon/api/change.h"
#include "store/ask/known.h"

/* The case, or the client when there is none. */
const struct id *filings_place(const struct known_filing *);
void	filings_withdraw(struct change *, const struct id *document,
	    const struct known_filing *, const char *how, const char *reason);
/* D is not filed under that: refused. */
void	filings_none(struct change *, const struct id *document,
	    const struct id *place);
/* Files D under a case or client, by a person. */
void	filings_add(struct change *, struct call *, const struct id *document,
	    const struct id *place, int main, const char *reason);
void	filings_aside(struct change *, const struct id *document,
	    const char *as, const char *reason);
void	filings_restore(struct change *, const struct id *document,
	    const char *reason);

#endif
