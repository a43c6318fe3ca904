/* SPDX-License-Identifier: ISC */
/*
 * ids: the numbers that people cite.  One row of the table a kind; a text
 * that is not wholly one id is refused, never read in part.
 */
#include "proto/base/ids.h"

#include <errno.h>
#include <string.h>

#include "proto/base/buf.h"

static const struct {
	char	 letter;
	unsigned digits;	/* at least, when written */
} id_table[] = {
	[ID_NONE]	= { 0, 0 },
	[ID_CLIENT]	= { 'C', 4 },
	[ID_CASE]	= { 'K', 4 },
	[ID_CONTACT]	= { 'P', 4 },
	[ID_DOCUMENT]	= { 'D', 6 },
	[ID_STAFF]	= { 'S', 2 },
	[ID_BUNDLE]	= { 'B', 4 },
};

#define ID_KINDS (sizeof id_table / sizeof id_table[0])

static enum id_kind
id_letter(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	for (size_t i = 1; i < ID_KINDS; i++)
		if (id_table[i].letter == c)
			return (enum id_kind)i;
	return ID_NONE;
}

/* Digits up to a value of max, not zero; where they end, or NULL. */
static const char *
id_digits(const char *p, const char *end, uint32_t max, uint32_t *v_r)
{
	const char *start = p;
	uint64_t v = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > max)
			return NULL;
	}
	if (p == start || v == 0)
		return NULL;
	*v_r = (uint32_t)v;
	return p;
}

static int
id_read(const char *p, const char *end, struct id *id)
{
	uint32_t v;

	memset(id, 0, sizeof *id);
	if (end - p < 3 || p[1] != '-')
		return -1;
	if ((id->kind = id_letter(p[0])) == ID_NONE)
		return -1;
	p += 2;
	if (id->kind == ID_CASE) {
		if (end - p < 6 || p[4] != '-')
			return -1;
		if (id_digits(p, p + 4, 9999, &v) != p + 4)
			return -1;
		id->year = (uint16_t)v;
		p += 5;
	}
	if ((p = id_digits(p, end, UINT32_MAX, &id->number)) == NULL)
		return -1;
	if (id->kind == ID_DOCUMENT && p < end && *p == '.') {
		if ((p = id_digits(p + 1, end, UINT16_MAX, &v)) == NULL)
			return -1;
		id->part = (uint16_t)v;
	}
	return p == end ? 0 : -1;
}

int
id_parse(const char *text, size_t len, struct id *id_r)
{
	struct id id;

	if (id_read(text, text + len, &id) == -1) {
		errno = EINVAL;
		return -1;
	}
	*id_r = id;
	return 0;
}

/* At least so many digits; gives the place behind them. */
static char *
put_number(char *to, uint32_t v, unsigned digits)
{
	char text[10];
	unsigned n = 0;

	for (; v > 0 || n < digits; v /= 10)
		text[n++] = (char)('0' + v % 10);
	while (n > 0)
		*to++ = text[--n];
	return to;
}

/* Each document in a list and each entry has some: no printf. */
const char *
id_text(const struct id *id, char text_r[ID_TEXT_MAX])
{
	char *to = text_r;

	if (id->kind != ID_NONE) {
		*to++ = id_table[id->kind].letter;
		*to++ = '-';
		if (id->kind == ID_CASE) {
			to = put_number(to, id->year, 4);
			*to++ = '-';
		}
		to = put_number(to, id->number, id_table[id->kind].digits);
		if (id->part != 0) {
			*to++ = '.';
			to = put_number(to, id->part, 1);
		}
	}
	*to = '\0';
	return text_r;
}

void
id_key(const struct id *id, uint8_t key_r[ID_KEY_LEN])
{
	key_r[0] = (uint8_t)id->kind;
	put16(key_r + 1, id->year);
	put32(key_r + 3, id->number);
	put16(key_r + 7, id->part);
}

void
id_from_key(const uint8_t key[ID_KEY_LEN], struct id *id_r)
{
	memset(id_r, 0, sizeof *id_r);
	if (key[0] == 0 || key[0] >= ID_KINDS)
		return;
	id_r->kind = (enum id_kind)key[0];
	id_r->year = get16(key + 1);
	id_r->number = get32(key + 3);
	id_r->part = get16(key + 7);
}

int
id_equal(const struct id *a, const struct id *b)
{
	return a->kind == b->kind && a->year == b->year &&
	    a->part == b->part && a->number == b->number;
}
