/* SPDX-License-Identifier: ISC */
/*
 * evidence: which clients and cases a document may belong to, and what
 * speaks for each: one bit a kind of evidence, with the words that matched.
 */
#ifndef DOSSIER_EVIDENCE_H
#define DOSSIER_EVIDENCE_H

#include "daemon/filing/facts.h"
#include "daemon/filing/rules.h"
#include "store/ask/known.h"

#define EVIDENCE_MAX 32		/* candidates; more are no help to anyone */
#define EVIDENCE_WORDS 12

struct candidate {
	struct id	client, kase;	/* kase ID_NONE: all of the client */
	int		open;
	uint32_t	bits;		/* enum rule_when */
	char		word[EVIDENCE_WORDS][160];
	unsigned	nwords;
};

struct evidence {
	struct candidate	cand[EVIDENCE_MAX];
	unsigned		n;
	unsigned		dropped;	/* candidates, past the most */
};

/* 0, or -1 when the views could not be asked. */
int	evidence_gather(struct store *, const struct office *,
	    const struct facts *, struct evidence *evidence_r);
/*
 * The next case number in a folded text from *pos on, with no ASCII letter
 * or digit beside it: 1 and *pos behind it, or 0.  Exposed for its tests.
 */
int	evidence_token(const char *folded, size_t *pos, struct id *case_r);

#endif
