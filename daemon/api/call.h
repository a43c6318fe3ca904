/* SPDX-License-Identifier: ISC */
/*
 * call: one request, from its head to its answer, without a socket.
 *
 * The session gives it head, body and end; call.c finds the route, holds the
 * request against the row of routes.def, and lets the noun's handler run.
 * The handler answers exactly once, now or later (after the log, after the
 * views): call_json(), call_stream() or call_fail().  The session may go
 * before that: `notify` is then NULL and the answer is dropped.
 *
 *	NEW -> call_begin -> (call_bytes)* -> call_end -> run -> answered
 *	                \-> answered at once: no such route, not allowed ...
 */
#ifndef DOSSIER_CALL_H
#define DOSSIER_CALL_H

#include <stdint.h>

#include "daemon/api/problem.h"
#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/routes.h"
#include "proto/base/say.h"
#include "proto/wire/http.h"
#include "store/store.h"

#define CALL_QUERY_MAX	24	/* query parameters of a route */
#define CALL_ERRORS_MAX	32	/* errors listed in one problem */
#define CALL_ACTOR_MAX	64

struct api;
struct ask_query;
struct call;
struct foreign;

/* What makes a long answer, piece by piece, on the loop thread. */
struct source {
	/* Appends a slice: 1 more to come, 0 the end, -1 it cannot go on. */
	int	(*more)(struct source *, struct buf *out);
	void	(*free)(struct source *);
};

/* Who asks. */
struct caller {
	char	actor[CALL_ACTOR_MAX];	/* "S-03", "uid:1000" */
	int	owner;			/* root or the daemon's user */
};

struct reply {
	int		 status;	/* 0: not answered yet */
	const char	*type;
	struct buf	 head;		/* header lines, each with CRLF */
	struct buf	 body;
	struct source	*source;	/* behind the body, or NULL */
	uint64_t	 length;	/* of all; UINT64_MAX: not known */
};

struct call {
	struct api	*api;
	struct store	*store;
	struct caller	 caller;
	uint64_t	 number;	/* the request id */
	enum lang	 lang;
	enum route	 route;
	const struct route_row *row;
	struct buf	 path_id;	/* {id} as sent, decoded */
	/* Values, in the order of row->query; borrowed. */
	const char	*query[CALL_QUERY_MAX];
	struct buf	 raw;		/* JSON body as it came */
	struct foreign	*body;
	struct buf	 key;		/* idempotency key, "" none */
	uint64_t	 if_match;	/* 0: none */
	uint64_t	 request;	/* hash of what was asked */
	uint64_t	 position;	/* of the answer; 0: as applied */
	struct problem_error error[CALL_ERRORS_MAX];
	unsigned	 nerrors;
	struct reply	 reply;
	/* Called once when the reply is there; NULL when nobody waits. */
	void		(*notify)(void *arg, struct call *);
	void		*arg;
	void		*state;		/* the handler's own */
	void		(*state_free)(void *);
	unsigned	 pending;	/* callbacks that still know the call */
	int		 dropped;
	struct call_wait *wait;
	uint64_t	 awaited;	/* position, for the problem */
};

struct call *call_new(struct api *, const struct caller *, enum lang);
/* Drops the call as soon as nothing pends on it; notify is not called. */
void	call_drop(struct call *);

/* The head is there; http stays until the answer is.  Body limit by row. */
void	call_begin(struct call *, const struct http *);
void	call_bytes(struct call *, const void *, size_t);
void	call_end(struct call *);
/* The head was bad: answers with what the parser says. */
void	call_refuse(struct call *, int status, const char *why);
/* 1 while the log has no room: feed it no more bytes. */
int	call_busy(const struct call *);

/* A callback is under way that holds the call; drop when it came. */
void	call_hold(struct call *);
/* 1: go on; 0: nobody waits any more, the call is gone. */
int	call_release(struct call *) __attribute__((warn_unused_result));

/* ---- what the handlers read ----------------------------------------- */

const char *call_query(const struct call *, const char *name);
/* 1, 0 absent; checked before the handler runs. */
int	call_query_int(const struct call *, const char *name, uint64_t *v_r);
/* A member of the body; NULL when absent. */
const char *call_text(const struct call *, const char *name);
int	call_int(const struct call *, const char *name, int64_t *v_r);
int	call_true(const struct call *, const char *name);
unsigned call_count(const struct call *, const char *name);
const char *call_item(const struct call *, const char *name, unsigned i);

#define ID_BIT(k) (1u << (k))
#define CALL_SCOPE (ID_BIT(ID_CASE) | ID_BIT(ID_CLIENT))
/*
 * The thing that the path ({id}), a member or a parameter names, by number or
 * by the office's reference.  1, 0 absent, -1 there is none: answered.
 */
int	call_path_id(struct call *, unsigned kinds, struct id *id_r);
int	call_id(struct call *, const char *name, unsigned kinds,
	    struct id *id_r);
/* Elements of an array; n_r of at most max.  1, or -1: answered. */
int	call_ids(struct call *, const char *name, unsigned kinds,
	    struct id *ids_r, unsigned max, unsigned *n_r);
/* Comma-separated ids of a query parameter. */
int	call_query_ids(struct call *, const char *name, unsigned kinds,
	    struct id *ids_r, unsigned max, unsigned *n_r);
/*
 * The member must be one of the words ("a b c"); 1, or 0 with an error
 * noted.  An absent one is fine.
 */
int	call_word(struct call *, const char *name, const char *words);
/* as_known_on: a position, date or instant; 0 when absent.  -1: answered. */
int	call_as_known(struct call *, uint64_t *position_r);
/* Start (or end) of a date of the query in the office's zone; WHEN_NONE. */
int64_t	call_query_from(const struct call *, const char *name);
int64_t	call_query_to(const struct call *, const char *name);
/*
 * The same start or end on the axis of dates without a time of day: as the
 * office's wall clock shows it, written as UTC.
 */
int64_t	call_query_day(const struct call *, const char *name, int end);
/* as_it_was_on, on both axes. */
void	call_as_was(const struct call *, struct ask_query *);
/* The same start of a date that is a member of the body. */
int64_t	call_text_from(const struct call *, const char *name);
/*
 * A time of day without an offset is one of the office's zone: the text with
 * the offset of that zone behind it, in `room`; any other text as it is.
 */
#define CALL_ZONED 48
const char *call_zoned(const char *text, char room[CALL_ZONED]);
/* Goes on when `position` is applied; -1: answered (too slow). */
typedef void call_then_fn(struct call *);
void	call_after(struct call *, uint64_t position, int ms,
	    call_then_fn *then, call_then_fn *late);
/* The same; answers by itself when it takes too long. */
void	call_settled(struct call *, uint64_t position, call_then_fn *then);
/* Answers that call->awaited is not applied yet, and when to ask again. */
void	call_behind(struct call *);
/* `after` of the query: runs then at once, or when it is applied. */
void	call_query_after(struct call *, call_then_fn *then);
/* Runs the route's handler once all that is kept by now shows, or soon. */
void	call_soon(struct call *);

/* ---- what they answer ----------------------------------------------- */

void	call_head(struct call *, const char *name, const char *value);
/* Takes body (leaves it empty).  type is a literal. */
void	call_answer(struct call *, int status, const char *type,
	    struct buf *body);
/* {"position":P,"row":ROW}; with a version in the row, an ETag. */
void	call_row(struct call *, uint64_t position, struct buf *row);
/* Takes the source; length UINT64_MAX: chunked. */
void	call_stream(struct call *, const char *type, struct source *,
	    uint64_t length);
/* The thing as it is at this moment, as call_row(). */
void	call_thing(struct call *, const struct id *, uint64_t as_known);

void	call_fail_with(struct call *, enum problem, enum say_key,
	    const char *const args[], size_t nargs);
/* The values of a sentence, and a NULL so that there may be none. */
#define CALL_LIST(...) (const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL }
#define CALL_ARGS(...) CALL_LIST(__VA_ARGS__),				\
	sizeof(CALL_LIST(__VA_ARGS__)) / sizeof(char *) - 1
#define call_fail(call, problem, key, ...) call_fail_with((call),	\
	(problem), (key), CALL_ARGS(__VA_ARGS__))
/* Notes an error of a member; call_failed() answers if there is any. */
void	call_error_with(struct call *, const char *pointer, const char *code,
	    enum say_key, const char *const args[], size_t nargs);
#define call_error(call, pointer, code, key, ...) call_error_with((call), \
	(pointer), (code), (key), CALL_ARGS(__VA_ARGS__))
int	call_failed(struct call *);
void	call_trouble(struct call *, const struct trouble *);
/* What the log said, when it was not DONE or REPEATED. */
void	call_outcome(struct call *, enum log_outcome);
/* Changes are not taken now: 1 and answered when read-only or dead. */
int	call_closed(struct call *);

#endif
