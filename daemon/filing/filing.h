/* SPDX-License-Identifier: ISC */
/*
 * filing: which client and case a document belongs to, decided by the rules
 * in force and said as an entry: document.filed when a rule is certain,
 * document.set-aside when a rule says so, else document.triaged with
 * suggestions, each with its reason.
 *
 * A mail in which a gateway brings a fax (fax.h) becomes one: corrections of
 * its channel and of whom it is from are in the same append.
 *
 * It only reads what the reader said and what the views know, and never
 * decides twice: an append carries the claim that nobody did so before.
 */
#ifndef DOSSIER_FILING_H
#define DOSSIER_FILING_H

#include "daemon/filing/fax.h"
#include "daemon/filing/office.h"
#include "daemon/filing/rules.h"
#include "store/ask/known.h"
#include "store/store.h"

struct filing;

/* Borrows all three until filing_free(). */
struct filing *filing_new(struct store *, const struct office *,
	    const struct rules *);
void	filing_free(struct filing *);
/* The gateways that bring faxes by mail; borrowed as the others are. */
void	filing_gateways(struct filing *, const struct fax_gateway *,
	    unsigned n);
/* States rules.set if the journal's last one has another hash. */
void	filing_start(struct filing *);

typedef void filing_done_fn(void *arg, const struct id *document,
	    enum log_outcome);
/*
 * Decides on one document of known_unfiled() and appends the entry; the
 * callback comes from log_collect().  0, or -1 (errno) and no callback.
 */
int	filing_work(struct filing *, const struct known_work *,
	    filing_done_fn *, void *arg);

/*
 * The verdict on a document that is not kept: `facts` is canonical JSON as
 * known_document() gives it.  Appends a JSON object {certainty?, direction,
 * rule?, suggestions [...], title?, why?} with what each rule said.
 */
int	filing_test(struct filing *, const char *facts, size_t len,
	    struct buf *out);

/* E.164 of a number as written, seen from a region; 0, or -1 if it is none. */
int	phone_e164(const char *number, const char *region, char out_r[32]);

#endif
