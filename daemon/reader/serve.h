/* SPDX-License-Identifier: ISC */
/*
 * serve: the warm parent.
 */
#ifndef DOSSIER_SERVE_H
#define DOSSIER_SERVE_H

#include "daemon/reader/role.h"
#include "proto/base/limits.h"
#include "proto/wire/reading.h"

#define SERVE_AT_ONCE	4	/* children */

/* A request with its words behind it, and a NUL. */
struct serve_packet {
	struct reading_request	 q;
	char			 words[LIMIT_READ_WORDS + 1];
};

/*
 * Forks a boxed child that answers of the document; -1 with errno if there
 * is none (EPROTO: no such role).  Takes neither descriptor.
 */
int	serve_fork(const struct program *, const struct serve_packet *,
	    int docfd, int answerfd);
/* What the wait status of such a child means. */
void	serve_judge(int status, struct reading_verdict *verdict_r);
/*
 * Answers requests until the socket closes: 0, or -1 with errno.  SIGCHLD
 * must be blocked, and sigfd a signalfd for it.
 */
int	serve(const struct program *, int sock, int sigfd);

#endif
