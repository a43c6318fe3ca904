/* SPDX-License-Identifier: ISC */
/*
 * sockets: listening sockets, non-blocking, closed on exec.
 */
#ifndef DOSSIER_SOCKETS_H
#define DOSSIER_SOCKETS_H

#include <sys/types.h>

#include "store/trouble.h"

/*
 * A Unix socket of that mode and group (NULL: our own).  One that nobody
 * answers is replaced; where somebody does, SAY_RUN_SOCKET_USED.  The
 * descriptor, or -1 with trouble.
 */
int	socket_unix(const char *path, const char *group, mode_t,
	    struct trouble *);
/* ADDR:PORT.  The descriptor, or -1 with trouble. */
int	socket_tcp(const char *listen, struct trouble *);

#endif
