/* SPDX-License-Identifier: ISC */
/*
 * tls: a socket of a mail session, in clear or behind STARTTLS.
 *
 * Opportunistic (RFC 3207): it hides mail from listeners on the way, and
 * says nothing of who sends; that is what `peers' is for.
 */
#ifndef DOSSIER_TLS_H
#define DOSSIER_TLS_H

#include <stddef.h>
#include <sys/types.h>

#include "store/trouble.h"

struct tls;
struct tls_line;

/* Reads both PEM files; NULL with trouble. */
struct tls *tls_load(const char *certificate, const char *key,
	    struct trouble *);
void	tls_free(struct tls *);

/* The server's side on a connected socket, which stays the caller's. */
struct tls_line *tls_begin(struct tls *, int fd);
/* Says goodbye if the peer still listens; does not close the socket. */
void	tls_end(struct tls_line *);
/*
 * As read(2) and send(2); the line may be NULL: in clear.  The handshake
 * happens on the way.  Give tls_read() room for a record, 16 KiB at least:
 * nothing then stays behind that poll(2) would not tell of.
 */
ssize_t	tls_read(struct tls_line *, int fd, void *, size_t);
ssize_t	tls_send(struct tls_line *, int fd, const void *, size_t);
/* 1 if tls_read() waits for room to write. */
int	tls_wants_write(const struct tls_line *);

#endif
