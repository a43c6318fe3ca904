/* SPDX-License-Identifier: ISC */
/*
 * plan_own: what plan.c (reading) and plan_make.c (putting together) share.
 */
#ifndef DOSSIER_ASK_PLAN_OWN_H
#define DOSSIER_ASK_PLAN_OWN_H

#include "store/ask/bundle_own.h"

/* A document of the scope. */
struct planned {
	struct id	id, head;	/* of its set: itself if it is alone */
	int64_t		happened;
	char		*subject, *from;
	unsigned	marks;
	uint64_t	marked;
	size_t		set, nset;	/* all of its set in plan_read.set */
};

/* What was decided of a document, by the bundle `level` down the chain. */
struct decision {
	struct id	document;
	size_t		level;		/* 0: by this bundle itself */
	uint64_t	seq;
	int64_t		at;
	enum treatment	as;
	char		actor[64];
	char		*basis, *description, *reason, *counsel;
};

struct plan_read {
	struct store	*store;
	enum {
		PLAN_CHAIN, PLAN_NUMBERS, PLAN_DECISIONS, PLAN_DOCUMENTS,
		PLAN_MAKE, PLAN_WHOLE
	}		 step;
	struct ids	 chain, family, ordered;
	size_t		 chain_at, family_at;
	unsigned	 build_at;
	struct numbers	 numbers;
	struct decision	*decision;
	size_t		 ndecision, cdecision;
	struct planned	*doc;
	size_t		 ndoc, cdoc, nmarked;
	struct runs	 runs;
	struct place	 place;
	struct ids	 set;		/* sets, one behind the other */
	struct id	*copies;	/* of all items, one behind the other */
	char		**kept;		/* texts of what stands apart */
	size_t		 nkept;
};

/* All is read: the items, what stands apart, the next number.  0 or -1. */
int	plan_make(struct room *, struct plan *);

#endif
