/* SPDX-License-Identifier: ISC */
/*
 * address: lists of addresses in headers (RFC 5322, 3.4), and what programs
 * write in their place.
 */
#ifndef DOSSIER_ADDRESS_H
#define DOSSIER_ADDRESS_H

#include <stddef.h>

#include "proto/base/buf.h"

/* One entry of a list; groups are taken apart, their names left out. */
struct address {
	struct buf	 address;	/* without <>; empty: a name alone */
	struct buf	 name;		/* as it stood, without quotes */
};

void	address_init(struct address *);
void	address_release(struct address *);
/*
 * The next entry from *at on, which moves behind it: 1, or 0 at the end.
 * Both results are bytes as they came: encoded words are not decoded.
 */
int	address_next(const char *, size_t len, size_t *at, struct address *);

#endif
