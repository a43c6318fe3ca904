/* SPDX-License-Identifier: ISC */
/*
 * lines: lines out of bytes as they come, for logs.  A line longer than `max'
 * is left out and counted, whatever is in it.
 */
#ifndef DOSSIER_LINES_H
#define DOSSIER_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

struct lines {
	/* A line without its LF or CRLF; 0, or -1 to stop. */
	int		(*line)(void *arg, const char *, size_t);
	void		*arg;
	size_t		 max;
	/*
	 * With quotes a line end within "..." is a part of the line, as in
	 * CSV (RFC 4180).
	 */
	int		 quotes;
	struct buf	 held;
	int		 skipping, within;
	uint64_t	 n, toolong;
};

void	lines_init(struct lines *, int (*line)(void *arg, const char *,
	    size_t), void *arg, size_t max);
void	lines_release(struct lines *);
/* 0, or -1: the callback said so, or errno is ENOMEM. */
int	lines_feed(struct lines *, const void *, size_t);
int	lines_end(struct lines *);	/* the last line may have no end */

#endif
