/* SPDX-License-Identifier: ISC */
/*
 * resolver: TXT records out of DNS, asked of one configured server by c-ares
 * on the event loop.
 */
#ifndef DOSSIER_RESOLVER_H
#define DOSSIER_RESOLVER_H

#include <event2/event.h>

#include "proto/base/buf.h"

struct resolver;

enum found { FOUND_WAIT, FOUND_TEXT, FOUND_NOT, FOUND_NOBODY };

/*
 * text: the strings of the first record as one, in printable ASCII (other
 * bytes are ?), borrowed; of FOUND_TEXT alone.  May come from within
 * resolver_ask().
 */
typedef void resolver_fn(void *arg, enum found, const struct buf *text);

/*
 * server: ADDR or ADDR:PORT, or "system" for what /etc/resolv.conf says (read
 * now).  NULL with errno: EINVAL, ENOMEM.
 */
struct resolver *resolver_new(struct event_base *, const char *server);
/* What is not answered yet is never answered. */
void	resolver_free(struct resolver *);
/* 0, and the callback comes; -1 with ENOMEM: it does not. */
int	resolver_ask(struct resolver *, const char *name, resolver_fn *,
	    void *arg);

#endif
