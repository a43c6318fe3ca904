/* SPDX-License-Identifier: ISC */
/*
 * serve: the warm parent.
 */
#ifndef DOSSIER_SERVE_H
#define DOSSIER_SERVE_H

#include "proto/wire/reading.h"

#define SERVE_AT_ONCE	4	/* children */

/*
 * Forks a boxed child that reads the document into the answer; -1 with
 * errno if there is none.  Takes neither descriptor.
 */
int	serve_fork(const struct reading_request *, int docfd, int answerfd);
/* What the wait status of such a child means. */
void	serve_judge(int status, struct reading_verdict *verdict_r);
/*
 * Answers requests until the socket closes: 0, or -1 with errno.  SIGCHLD
 * must be blocked, and sigfd a signalfd for it.
 */
int	serve(int sock, int sigfd);

#endif
