/* SPDX-License-Identifier: ISC */
/*
 * list: {"position":P,"rows":[...],"next":"..."?} out of a question to the
 * store, slice by slice; `next` comes last, when a limit left rows behind.
 */
#ifndef DOSSIER_LIST_H
#define DOSSIER_LIST_H

#include "daemon/api/call.h"
#include "store/ask/ask.h"

/* A query for `what`, with nothing else asked. */
void	list_query(struct ask_query *, enum ask_what what);
/* Answers with the list; limit and cursor are taken from the call. */
void	list_answer(struct call *, const struct ask_query *);
/*
 * Answers with the rows already in `rows` (JSON objects and commas), as a
 * list.  Takes the bytes.
 */
void	list_rows(struct call *, uint64_t position, struct buf *rows);
/*
 * The first row of a question whose member is this number: 1 and the row, 0
 * there is none, -1 trouble.
 */
int	list_find(struct store *, const struct ask_query *,
	    const char *member, uint64_t value, struct buf *row_r);
/* The same for a member that is a text. */
int	list_find_text(struct store *, const struct ask_query *,
	    const char *member, const char *value, struct buf *row_r);

#endif
