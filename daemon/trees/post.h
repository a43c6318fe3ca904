/* SPDX-License-Identifier: ISC */
/*
 * post: one HTTP POST to a time stamping authority or a witness, by libcurl.
 * Blocks: for a thread of its own.  It follows no redirect, takes http and
 * https only, and no more of an answer than it is told.
 */
#ifndef DOSSIER_POST_H
#define DOSSIER_POST_H

#include <stdatomic.h>
#include <stddef.h>

#include "proto/base/buf.h"

/* Before the first thread; -1: libcurl cannot be used. */
int	post_begin(void);
/*
 * The status and the answer's body, or -1: `why_r` (of 256 bytes) says in
 * English what the network or libcurl said.  `stop` turning 1 ends it soon.
 */
int	post(const char *url, const char *type, const struct buf *body,
	    size_t most, const atomic_int *stop, struct buf *answer_r,
	    char why_r[256]);

#endif
