/* SPDX-License-Identifier: ISC */
/*
 * message_id: the Message-ID of a message, out of its first bytes, as the
 * reader gives it: without <> and without blanks.
 */
#ifndef DOSSIER_MESSAGE_ID_H
#define DOSSIER_MESSAGE_ID_H

#include <stddef.h>

#include "proto/base/buf.h"

#define MESSAGE_ID_MAX	1000	/* a longer one is looked up by nobody */
#define MESSAGE_ID_HEAD	65536	/* bytes of a message worth looking at */

/* Of a header value or a line of a list; 1, or 0: there is none. */
int	message_id_clean(const char *, size_t, struct buf *out);
/* The value of the header; 1 and the id, or 0: there is none. */
int	message_id_find(const char *head, size_t len, struct buf *out);

#endif
