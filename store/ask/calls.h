/* SPDX-License-Identifier: ISC */
/*
 * calls: what is here of a fax or telephone call that a log names, for
 * reconcile.c.  The key is that of KNOWN_BY_FAX and KNOWN_BY_CALL.
 */
#ifndef DOSSIER_ASK_CALLS_H
#define DOSSIER_ASK_CALLS_H

#include "proto/base/json.h"

struct room;
struct vdoc;
struct ventry;

/* The places between the bars of a key. */
enum call_part {
	CALL_COMMID, CALL_JOB, CALL_DIRECTION, CALL_NUMBER, CALL_TIME,
	CALL_PAGES, CALL_PARTS
};

/* The documents that may stand for the call, the best first.  0 or -1. */
int	put_calls(struct room *, struct jw *, int fax, const char *key);
/* One document of an answer; with `only' the receipt of that entry alone. */
void	put_captured(struct jw *, const struct vdoc *,
	    const struct ventry *only,
	    const char *match);

#endif
