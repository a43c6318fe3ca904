/* SPDX-License-Identifier: ISC */
/*
 * http_own: what http.c (the machine) and http_read.c (what its lines say)
 * share.  For these two alone.
 */
#ifndef DOSSIER_HTTP_OWN_H
#define DOSSIER_HTTP_OWN_H

#include "proto/wire/http.h"

/* The states of http.c. */
enum http_state {
	START, HEADERS, READY, LENGTH, CHUNK_LINE, CHUNK, CHUNK_END, LAST,
	DONE, BAD
};

/* Ends the machine with a status; -1. */
int	http_bad(struct http *, int status, const char *why);
/* 1 if the byte may stand in the value of a header. */
int	http_is_value(char);
/* Each 0, or -1 with the status set. */
int	http_request_line(struct http *, const char *, size_t);
int	http_header_line(struct http *, const char *, size_t);
/* Heeds the headers that say how the request is to be read. */
int	http_headers_end(struct http *);

#endif
