/* SPDX-License-Identifier: ISC */
/*
 * post: one change asked of the daemon, and its answer shown.
 */
#ifndef DOSSIER_POST_H
#define DOSSIER_POST_H

#include "client/call.h"
#include "client/cmd.h"

enum post_show {
	POST_ID,	/* the number alone on stdout, the name on stderr */
	POST_THING,	/* all members */
	POST_LINES	/* a line for each row: what was done to which */
};

/* Takes the body (NULL: out of memory).  id fills {id} of the path. */
int	post(struct cmd *, enum route, const char *id, json_t *body,
	    enum post_show);
/* The same, the answer given instead of shown; the caller drops it. */
int	post_answer(struct cmd *, enum route, json_t *body, json_t **answer_r);
/* A line for each row, or the array with --json. */
void	post_rows(const struct cmd *, const json_t *rows);
/*
 * Says on stderr which case or client something was filed under, so that a
 * slip is seen at once; nothing with --json or without either.
 */
void	post_place(const struct cmd *, const char *kase, const char *client);
/* A JSON array of all values of an option; never NULL but without memory. */
json_t	*post_values(const struct cmd *, const char *option);
/* The number of an option as JSON, NULL if absent; *bad: it is none. */
json_t	*post_number(const struct cmd *, const char *option, int *bad);

#endif
