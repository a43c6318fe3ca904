/* SPDX-License-Identifier: ISC */
/*
 * words: text of headers, with encoded words (RFC 2047) and without.
 *
 * GMime joins the base64 of neighbouring words before it decodes them, and
 * so loses all that follows a padded one; senders do pad them.
 */
#ifndef DOSSIER_WORDS_H
#define DOSSIER_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

/*
 * Appends the text in UTF-8, unfolded.  8-bit text without a charset is read
 * as UTF-8 when it is that, else in the fallback (NULL: none is known).
 */
void	words_decode(struct buf *, const char *, size_t, const char *fallback);
/*
 * Base64 in pieces.  Bytes that are not of it are passed over, the first
 * padding ends it, and a last group without padding counts too.
 */
struct base64 {
	uint32_t	bits;
	unsigned	n;		/* characters of the group so far */
	int		done;
};
#define BASE64_ROOM(len)	((len) / 4 * 3 + 3)	/* for what len gives */

size_t	base64_feed(struct base64 *, const char *, size_t, uint8_t *out_r);
size_t	base64_end(struct base64 *, uint8_t out_r[3]);

#endif
