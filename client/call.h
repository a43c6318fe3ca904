/* SPDX-License-Identifier: ISC */
/*
 * call: requests to dossierd over its Unix socket, by libcurl.
 *
 * Every call gives an exit code: EXIT_DONE, or the code that fits the
 * daemon's answer, after the problem was printed on stderr.  An answer is
 * borrowed JSON until call_free().
 */
#ifndef DOSSIER_CLIENT_CALL_H
#define DOSSIER_CLIENT_CALL_H

#include <stdint.h>
#include <stdio.h>

#include "client/cmd.h"
#include "proto/base/buf.h"
#include "proto/base/routes.h"

struct call;

struct call *call_new(const struct cmd *);	/* exits without memory */
void	call_free(struct call *);

/*
 * Begins a request: the path of the route, with the id in place of {id}
 * (NULL: none).  Requests of one call follow each other on one connection.
 */
void	call_route(struct call *, enum route, const char *id);
/* A query parameter; nothing for NULL. */
void	call_query(struct call *, const char *name, const char *value);
/* A key of its own, so that a repeat after a broken connection adds nothing. */
void	call_once(struct call *);
/* A key that is the same each time the same is sent: 16 bytes. */
void	call_key(struct call *, const uint8_t key[16]);
/*
 * Until the next request: a problem of this type (its last word) is no
 * trouble.  It is not printed and gives EXIT_CONFLICT.
 */
void	call_expect(struct call *, const char *type);
/* What the last problem said, "" if there was none. */
const char *call_reason(const struct call *);

/* GET, or POST of a JSON object (borrowed); the answer as JSON. */
int	call_json(struct call *, const json_t *body, json_t **answer_r);
/* POST of a file's bytes; progress is told as bytes sent. */
int	call_upload(struct call *, FILE *, json_t **answer_r);
/* POST of bytes in memory. */
int	call_bytes(struct call *, const void *, size_t, json_t **answer_r);
/* GET straight into a file; the answer is not parsed. */
int	call_save(struct call *, FILE *);
/* The same to fn as it comes, which gives 0, or -1 with errno to end it. */
typedef int call_feed_fn(void *arg, const void *, size_t);
int	call_feed(struct call *, call_feed_fn *, void *arg);
/* GET into a file of that name, which appears only when it is whole. */
int	call_save_as(struct call *, const char *path);
/*
 * GET of a list, page after page: each row to fn until the end, the limit
 * (0: none) or a non-zero result, which is given back.
 */
typedef int call_row_fn(void *arg, const json_t *row);
int	call_list(struct call *, long limit, call_row_fn *, void *arg);

#endif
