/* SPDX-License-Identifier: ISC */
/*
 * vouch: the role that holds DKIM signatures against DNS answers (vouch.c has
 * the shapes of both).  Sources: RFC 6376, RFC 7489, RFC 8601.
 */
#ifndef DOSSIER_VOUCH_H
#define DOSSIER_VOUCH_H

#include "daemon/reader/role.h"

/* Sets up the library, while files may still be opened.  0, or -1. */
int	vouch_warm(void);

extern role_fn role_vouch;

#endif
