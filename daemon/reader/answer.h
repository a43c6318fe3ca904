/* SPDX-License-Identifier: ISC */
/*
 * answer: what a role other than reading gives back: bytes, then the tail
 * (proto/wire/reading.h).
 */
#ifndef DOSSIER_ANSWER_H
#define DOSSIER_ANSWER_H

#include <stddef.h>

#include "proto/wire/reading.h"

struct answer {
	int			 fd;
	int			 error;		/* errno of what failed; 0 */
	uint64_t		 max;		/* bytes; more is EFBIG */
	size_t			 held;		/* of a piece, unwritten */
	char			 piece[16384];
	struct reading_tail	 tail;
};

void	answer_init(struct answer *, int fd, uint64_t max);
/* Writes in pieces: 0, or -1 with errno, then and ever after. */
int	answer_add(struct answer *, const void *, size_t);
/* Writes what is held: 0, or -1; answer_end() does so by itself. */
int	answer_flush(struct answer *);
/* What was found out; what was written counts with READING_DONE alone. */
void	answer_outcome(struct answer *, enum reading_outcome);
void	answer_type(struct answer *, const char *type);
/* Writes the tail.  0, or -1 with the errno of what failed first. */
int	answer_end(struct answer *);

#endif
