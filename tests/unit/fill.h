/* SPDX-License-Identifier: ISC */
/*
 * fill: a store in a private folder, filled through the real log with one
 * entry an append, for tests of the answers.
 */
#ifndef DOSSIER_TESTS_FILL_H
#define DOSSIER_TESTS_FILL_H

#include "store/store.h"

struct fill {
	char		 dir[64];
	char		 key[80];
	struct store	*store;
	struct receipt	 last;		/* of the last append */
};

/* What an entry names; members that are ID_NONE are left out. */
struct names {
	struct id	client, kase, contact, document, staff, bundle;
};

void	fill_begin(struct fill *);		/* a new store, opened */
void	fill_end(struct fill *);		/* closes and removes it */
void	fill_reopen(struct fill *, int wipe_views);
/*
 * Appends and waits until applied; its number comes back.  `body` is
 * canonical JSON with ' for ".
 */
uint64_t fill_entry(struct fill *, enum kind, const struct names *,
	    const char *body);
/*
 * document.received of these bytes from a source: `front` and `back` are the
 * members of the body before and behind sha256, size and source, with their
 * commas.
 */
struct id fill_document(struct fill *, const char *bytes, const char *source,
	    const char *front, const char *back);

#endif
