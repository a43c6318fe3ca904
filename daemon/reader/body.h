/* SPDX-License-Identifier: ISC */
/*
 * body: what the writer of a mail has written, without what they quote.
 */
#ifndef DOSSIER_BODY_H
#define DOSSIER_BODY_H

#include <stddef.h>

#include "proto/base/buf.h"

#define BODY_MAX	2000	/* bytes of the result (reading.h) */

/* Appends the text of an HTML page (UTF-8), blockquotes left out. */
void	body_from_html(struct buf *, const char *, size_t);
/* Appends text (UTF-8) up to BODY_MAX, quoted lines left out. */
void	body_unquote(struct buf *, const char *, size_t);

#endif
