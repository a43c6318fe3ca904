/* SPDX-License-Identifier: ISC */
/*
 * verdict: what the rules in force make of the evidence.  Pure: the same
 * facts, evidence and rules give the same verdict.
 */
#ifndef DOSSIER_VERDICT_H
#define DOSSIER_VERDICT_H

#include "daemon/filing/evidence.h"

struct suggestion {
	const struct rule	*rule;		/* of the rules */
	enum certainty		 certainty;	/* after what lowers it */
	struct id		 client, kase;
	const struct candidate	*cand;		/* NULL: the rule has it */
};

struct verdict {
	const struct rule	*aside;		/* a rule sets it aside */
	int			 certain;	/* file under all suggestions */
	const char		*why;		/* why not; name of a SAY key */
	struct suggestion	 sug[EVIDENCE_MAX + 1];
	unsigned		 n;
};

/* kase_client gives the client of a case that a rule names; 0 or -1. */
typedef int verdict_case_fn(void *arg, const struct id *kase,
	    struct id *client_r, int *open_r);

int	verdict_reach(const struct rules *, const struct facts *,
	    const struct evidence *, verdict_case_fn *, void *arg,
	    struct verdict *verdict_r);

#endif
