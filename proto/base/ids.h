/* SPDX-License-Identifier: ISC */
/*
 * ids: the numbers that people cite.
 *
 *	C-0012  client		K-2026-0031  case	P-0007  contact
 *	D-000201  document	D-000201.2  part	S-03  staff
 *	B-0012  bundle
 *
 * Written with at least the digits shown, read with any number of leading
 * zeros and in either case.  Q- (requests) and M- come with their rooms.
 */
#ifndef DOSSIER_IDS_H
#define DOSSIER_IDS_H

#include <stddef.h>
#include <stdint.h>

enum id_kind {
	ID_NONE, ID_CLIENT, ID_CASE, ID_CONTACT, ID_DOCUMENT, ID_STAFF,
	ID_BUNDLE
};

struct id {
	enum id_kind	kind;
	uint16_t	year;	/* of a case, else 0 */
	uint16_t	part;	/* of a document, 0 = the whole */
	uint32_t	number;	/* from 1 */
};

#define ID_TEXT_MAX 32		/* any id with its NUL */
#define ID_KEY_LEN 9		/* see id_key() */

/* 0, or -1 with errno EINVAL; the whole of the text must be one id. */
int	id_parse(const char *, size_t, struct id *id_r);
/* Writes the id with its NUL; an ID_NONE gives "". */
const char *id_text(const struct id *, char text_r[ID_TEXT_MAX]);
/* Sortable bytes: kind, year, number, part (1 + 2 + 4 + 2, big-endian). */
void	id_key(const struct id *, uint8_t key_r[ID_KEY_LEN]);
void	id_from_key(const uint8_t key[ID_KEY_LEN], struct id *id_r);
int	id_equal(const struct id *, const struct id *);

#endif
