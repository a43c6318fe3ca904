/* SPDX-License-Identifier: ISC */
/*
 * peers: addresses to listen on and the networks whose peers may speak.
 */
#ifndef DOSSIER_PEERS_H
#define DOSSIER_PEERS_H

#include <sys/socket.h>
#include <stddef.h>

#define PEER_TEXT_MAX 64

struct peer_addr {
	struct sockaddr_storage	ss;
	socklen_t		len;
};

struct peer_net {
	struct sockaddr_storage	ss;
	unsigned		bits;
};

/* "127.0.0.1:2424", "[::1]:2424".  0, or -1. */
int	peer_parse_listen(const char *, struct peer_addr *addr_r);
/* "10.0.0.0/8", "::1".  0, or -1. */
int	peer_parse_net(const char *, struct peer_net *net_r);
/* 1 if the peer is in one of the networks; without any, if it is loopback. */
int	peer_allowed(const struct sockaddr *, const struct peer_net *,
	    size_t n);
/* "127.0.0.1", "::1", "unix": how entries and logs name a peer. */
const char *peer_text(const struct sockaddr *, char text_r[PEER_TEXT_MAX]);
/* The same of a connection; "unix:1000" names the user of a Unix peer. */
void	peer_name(int fd, const struct sockaddr *, char text_r[PEER_TEXT_MAX]);

#endif
