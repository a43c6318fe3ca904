/* SPDX-License-Identifier: ISC */
/*
 * problem: every error of the API as application/problem+json (RFC 9457).
 *
 *	{"detail","errors":[{"code","detail","pointer"}]?,"hint"?,
 *	 "position"?,"request_id","status","title","type"}
 *
 * `type` is urn:dossier:problem:NAME and never changes; title, detail and
 * hint are sentences of the catalogue in the caller's language.
 */
#ifndef DOSSIER_PROBLEM_H
#define DOSSIER_PROBLEM_H

#include "proto/base/buf.h"
#include "proto/base/say.h"

/* PROBLEM(key, status, name, title, hint); a hint of SAY_COUNT is none. */
#define PROBLEMS(PROBLEM)						\
PROBLEM(BAD_REQUEST, 400, "bad-request", API_BAD_REQUEST, COUNT)	\
PROBLEM(BAD_QUERY, 400, "bad-query", API_BAD_QUERY, API_HINT_OPENAPI)	\
PROBLEM(FORBIDDEN, 403, "forbidden", API_FORBIDDEN, API_HINT_FORBIDDEN)	\
PROBLEM(NOT_FOUND, 404, "not-found", API_NOT_FOUND, COUNT)		\
PROBLEM(NO_ROUTE, 404, "no-route", API_NO_ROUTE, API_HINT_OPENAPI)	\
PROBLEM(METHOD, 405, "method", API_METHOD, API_HINT_OPENAPI)		\
PROBLEM(STATE, 409, "state", API_STATE, COUNT)				\
PROBLEM(CONFLICT, 409, "conflict", API_CONFLICT, API_HINT_AGAIN)	\
PROBLEM(CHANGED, 412, "changed", API_CHANGED, API_HINT_READ_AGAIN)	\
PROBLEM(TOO_LARGE, 413, "too-large", API_TOO_LARGE, COUNT)		\
PROBLEM(MEDIA, 415, "media-type", API_MEDIA, COUNT)			\
PROBLEM(INVALID, 422, "invalid", API_INVALID, COUNT)			\
PROBLEM(KEY_REUSED, 422, "key-reused", API_KEY_REUSED, API_HINT_KEY)	\
PROBLEM(INTERNAL, 500, "internal", API_INTERNAL, API_HINT_LOG)		\
PROBLEM(NOT_DONE, 501, "not-available", API_NOT_DONE, COUNT)		\
PROBLEM(BUSY, 503, "busy", API_BUSY, API_HINT_AGAIN)			\
PROBLEM(BEHIND, 503, "behind", API_BEHIND, API_HINT_BEHIND)		\
PROBLEM(READONLY, 503, "read-only", API_READONLY, API_HINT_ADMIN)	\
PROBLEM(DEAD, 503, "stopped", API_DEAD, API_HINT_ADMIN)			\
PROBLEM(NO_SPACE, 507, "no-space", API_NO_SPACE, API_HINT_SPACE)

enum problem {
#define PROBLEM(key, status, name, title, hint) PROBLEM_##key,
	PROBLEMS(PROBLEM)
#undef PROBLEM
	PROBLEM_COUNT
};

struct problem_error {
	char		*pointer;	/* RFC 6901 */
	const char	*code;
	struct buf	 detail;
};

struct problem_report {
	enum problem	 problem;
	int		 status;	/* 0: that of the problem */
	const char	*detail;	/* already said; NULL: none */
	const struct problem_error *errors;
	unsigned	 nerrors;
	uint64_t	 position;	/* 0: none */
	uint64_t	 request_id;
};

int		 problem_status(enum problem);
const char	*problem_name(enum problem);
void		 problem_write(struct buf *, enum lang,
		    const struct problem_report *);
/* The reason phrase of a status ("Not Found"). */
const char	*problem_reason(int status);

#endif
