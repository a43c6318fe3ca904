/* SPDX-License-Identifier: ISC */
/*
 * boxed: the programs that parse foreign bytes in a box, as those see them
 * that start and ask them: supervise on the loop's thread, export/reading on
 * another.
 */
#ifndef DOSSIER_BOXED_H
#define DOSSIER_BOXED_H

#include <stdint.h>
#include <sys/types.h>

#include "proto/wire/reading.h"

/*
 * Starts the program with a socket of its own: the other end, close-on-exec;
 * -1 with errno.  A path that cannot be executed shows as the socket's end.
 */
int	boxed_start(const char *path, pid_t *pid_r);
/* Ends and reaps it: the wait status.  0 is no process. */
int	boxed_end(pid_t);
/* A packet with its words and both descriptors: 0, or -1 with errno. */
int	boxed_send(int sock, const struct reading_request *, const char *words,
	    int docfd, int answerfd, int flags);
/*
 * Takes from a document, or an answer, that it can be changed: 0, or -1 with
 * errno if it can be written and is not a memfd that allows sealing.
 */
int	boxed_seal(int fd);
/*
 * Takes the tail off an answer and cuts it away.  0, or -1 if it is none, or
 * does not hold what its size and outcome promise.
 */
int	boxed_tail(int fd, struct reading_tail *tail_r);

#endif
