/* SPDX-License-Identifier: ISC */
/*
 * http: the server side of HTTP/1.1 (RFC 9112), strict, as a machine that
 * takes bytes.  What is ambiguous is refused, never guessed: exactly one
 * Host, at most one of Content-Length and chunked, no obs-fold, no bare LF
 * or CR, no NUL, no space before a colon, no trailers, no other version.
 *
 *	http_head() until 1 -> look at p->method, http_header() ...
 *	http_body() until 1 -> spans of the body as they come
 *	http_next()         -> the next request, from the bytes not used
 */
#ifndef DOSSIER_HTTP_H
#define DOSSIER_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/limits.h"

#define HTTP_SEGMENTS	16	/* of a path; more: 414 */
#define HTTP_PAIRS	64	/* of a query; more: 414 */

enum http_method {
	HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE,
	HTTP_OPTIONS, HTTP_METHODS
};

struct http_pair {
	const char	*name, *value;
};

/* Read by the owner after http_head() gave 1, until http_next(). */
struct http {
	enum http_method method;
	const char	*path;		/* raw, as sent, without the query */
	const char	*segment[HTTP_SEGMENTS];	/* percent-decoded */
	unsigned	 nsegments;	/* "/": none; "/a/": "a", "" */
	struct http_pair query[HTTP_PAIRS];	/* percent-decoded, + stays */
	unsigned	 npairs;
	struct http_pair header[LIMIT_HTTP_HEADERS];	/* names lower case */
	unsigned	 nheaders;
	const char	*host;
	int		 has_length;
	uint64_t	 length;	/* Content-Length, if has_length */
	int		 chunked;
	int		 expect;	/* Expect: 100-continue */
	int		 keep_alive;
	int		 status;	/* after -1: what to answer */
	const char	*why;		/* after -1: in English, for the log */

	/* The machine's own. */
	int		 state;
	struct buf	 line;		/* the line that is being read */
	struct buf	 text;		/* NUL-ended texts of the request */
	size_t		 head_used;	/* bytes of header lines so far */
	uint64_t	 left;		/* of the body or chunk */
	uint64_t	 body_used;
	uint64_t	 body_max;
};

void	http_init(struct http *);
void	http_release(struct http *);
/*
 * Takes bytes of the request's head.  1: done, 0: needs more, -1: bad (the
 * connection is to be answered with `status` and closed).  used_r says how
 * many bytes were taken; those behind are of the body or the next request.
 */
int	http_head(struct http *, const void *, size_t, size_t *used_r);
/* More than this many bytes of body are refused with 413; default: none. */
void	http_limit(struct http *, uint64_t max);
/*
 * Takes bytes of the body; after each call data_r and len_r are a span of it
 * inside the given bytes (perhaps empty).  1: the body ends here, 0: call
 * again with what was not used, or with more, -1: bad, as above.
 */
int	http_body(struct http *, const void *, size_t, size_t *used_r,
	    const uint8_t **data_r, size_t *len_r);
/* Forgets the request, keeps memory. */
void	http_next(struct http *);
/* Value of a header (name in lower case) that came once; NULL otherwise. */
const char *http_header(const struct http *, const char *name);
/* First value of a name in the query, NULL if none. */
const char *http_query(const struct http *, const char *name);
const char *http_method_name(enum http_method);

#endif
