/* SPDX-License-Identifier: ISC */
/*
 * change: entries that a request states, as one append, and the answer after
 * they are applied.
 *
 * A handler never writes a view: it adds drafts and claims, sends, and is
 * called back when the views hold what it stated - also when the same
 * idempotency key had stated it before.  A refusal that a repeated request
 * must not meet ("it is closed already") is noted with change_refuse(): with
 * a key the log is asked first whether this is a repeat.
 */
#ifndef DOSSIER_CHANGE_H
#define DOSSIER_CHANGE_H

#include "daemon/api/call.h"
#include "proto/base/json.h"

struct change;

/* The views hold it.  Answers. */
typedef void change_done_fn(struct call *, struct change *);

/* NULL: answered (no memory, read-only, dead).  Belongs to the call. */
struct change *change_new(struct call *);
/*
 * A draft; kind, refs and body of the caller, actor by change.c.  The body
 * is a canonical JSON object and is emptied.  Gives its index.
 */
struct draft;
int	change_draft(struct change *, struct draft *, struct buf *body);
void	change_expect(struct change *, const char *claim, uint64_t value);
void	change_set(struct change *, int draft, const char *claim,
	    uint64_t value);
/*
 * The version of a case, client, contact or bundle: raised by draft d, and held
 * against If-Match when the request has one.
 */
void	change_version(struct change *, int draft, const struct id *);
/* As things stand it cannot be done; the first one said is answered. */
void	change_refuse_with(struct change *, enum problem, enum say_key,
	    const char *const args[], size_t nargs);
#define change_refuse(change, problem, key, ...) change_refuse_with(	\
	(change), (problem), (key), CALL_ARGS(__VA_ARGS__))
/* Appends; done comes later, or the problem is answered. */
void	change_send(struct change *, change_done_fn *);

/* After done: entry numbers, and the number that a draft was given. */
uint64_t change_first(const struct change *);
uint64_t change_last(const struct change *);
struct id change_number(const struct change *, int draft);

/* A reference to a thing; ID_NONE gives none. */
struct ref change_ref(const struct id *);

#endif
