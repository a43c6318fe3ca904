/* SPDX-License-Identifier: ISC */
/*
 * peers: addresses as numbers only.  Must never ask a name server: who may
 * speak here must not depend on what somebody else answers.
 */
#include "daemon/intake/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The address without port; bits_r is how long it is. */
static int
parse_address(const char *s, struct sockaddr_storage *ss_r, unsigned *bits_r)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss_r;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss_r;

	memset(ss_r, 0, sizeof(*ss_r));
	if (inet_pton(AF_INET, s, &in->sin_addr) == 1) {
		ss_r->ss_family = AF_INET;
		*bits_r = 32;
		return 0;
	}
	if (inet_pton(AF_INET6, s, &in6->sin6_addr) == 1) {
		ss_r->ss_family = AF_INET6;
		*bits_r = 128;
		return 0;
	}
	return -1;
}

/* A decimal number up to max, or -1. */
static long
parse_number(const char *s, long max)
{
	char *end;
	long n;

	if (*s < '0' || *s > '9')
		return -1;
	n = strtol(s, &end, 10);
	return *end == '\0' && n <= max ? n : -1;
}

int
peer_parse_listen(const char *s, struct peer_addr *a)
{
	const char *colon = strrchr(s, ':');
	char host[PEER_TEXT_MAX];
	size_t len;
	unsigned bits;
	long port;

	if (colon == NULL || (port = parse_number(colon + 1, 65535)) <= 0)
		return -1;
	len = (size_t)(colon - s);
	if (len >= 2 && s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return -1;
	memcpy(host, s, len);
	host[len] = '\0';
	if (parse_address(host, &a->ss, &bits) == -1)
		return -1;
	if (bits == 32) {
		((struct sockaddr_in *)&a->ss)->sin_port =
		    htons((uint16_t)port);
		a->len = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)&a->ss)->sin6_port =
		    htons((uint16_t)port);
		a->len = sizeof(struct sockaddr_in6);
	}
	return 0;
}

int
peer_parse_net(const char *s, struct peer_net *net)
{
	const char *slash = strchr(s, '/');
	char host[PEER_TEXT_MAX];
	size_t len = slash != NULL ? (size_t)(slash - s) : strlen(s);
	long bits;

	if (len >= sizeof(host))
		return -1;
	memcpy(host, s, len);
	host[len] = '\0';
	if (parse_address(host, &net->ss, &net->bits) == -1)
		return -1;
	if (slash == NULL)
		return 0;
	if ((bits = parse_number(slash + 1, (long)net->bits)) == -1)
		return -1;
	net->bits = (unsigned)bits;
	return 0;
}

/* The bytes of an address; IPv4 mapped into IPv6 counts as IPv4. */
static const uint8_t *
bytes_of(const struct sockaddr *sa, int *family_r)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	*family_r = sa->sa_family;
	if (sa->sa_family == AF_INET)
		return (const uint8_t *)
		    &((const struct sockaddr_in *)sa)->sin_addr;
	if (sa->sa_family != AF_INET6)
		return NULL;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		*family_r = AF_INET;
		return in6->sin6_addr.s6_addr + 12;
	}
	return in6->sin6_addr.s6_addr;
}

static int
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	if (memcmp(a, b, whole) != 0)
		return 0;
	return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
}

static int
is_loopback(const uint8_t *a, int family)
{
	static const uint8_t one[16] = { [15] = 1 };

	return family == AF_INET ? a[0] == 127 : memcmp(a, one, 16) == 0;
}

int
peer_allowed(const struct sockaddr *sa, const struct peer_net *net, size_t n)
{
	int family, want;
	const uint8_t *a = bytes_of(sa, &family), *b;
	size_t i;

	if (a == NULL)
		return sa->sa_family == AF_UNIX;
	if (n == 0)
		return is_loopback(a, family);
	for (i = 0; i < n; i++) {
		b = bytes_of((const struct sockaddr *)&net[i].ss, &want);
		if (b != NULL && want == family &&
		    same_bits(a, b, net[i].bits))
			return 1;
	}
	return 0;
}

const char *
peer_text(const struct sockaddr *sa, char text_r[PEER_TEXT_MAX])
{
	int family;
	const uint8_t *a = bytes_of(sa, &family);

	if (a == NULL || inet_ntop(family, a, text_r, PEER_TEXT_MAX) == NULL)
		(void)snprintf(text_r, PEER_TEXT_MAX, "unix");
	return text_r;
}

void
peer_name(int fd, const struct sockaddr *sa, char text_r[PEER_TEXT_MAX])
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (sa->sa_family == AF_UNIX && getsockopt(fd, SOL_SOCKET,
	    SO_PEERCRED, &cred, &len) == 0)
		(void)snprintf(text_r, PEER_TEXT_MAX, "unix:%u", cred.uid);
	else
		(void)peer_text(sa, text_r);
}
