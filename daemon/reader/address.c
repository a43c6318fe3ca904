/* SPDX-License-Identifier: ISC */
/*
 * address: see address.h.
 *
 * GMime's parser gives up on what is common in real mail (two dots in a local
 * part, names with dots, X.500 names) and then loses the entry.  This one
 * loses none: an entry ends at a comma or semicolon that stands in no quotes,
 * comment or <>, and whatever is in it is sorted by its look.
 */
#include "daemon/reader/address.h"

#include <ctype.h>
#include <string.h>

/* What has been collected of one entry. */
struct entry {
	struct buf	 text;		/* outside <> and comments, as it is */
	struct buf	 plain;		/* the same without quotes */
	struct buf	 angle;		/* within the last <> */
	struct buf	 comment;	/* within the last () */
	int		 has_angle;
	int		 at;		/* an @ stands outside quotes */
};

void
address_init(struct address *a)
{
	memset(a, 0, sizeof(*a));
}

void
address_release(struct address *a)
{
	buf_release(&a->address);
	buf_release(&a->name);
}

static void
entry_release(struct entry *e)
{
	buf_release(&e->text);
	buf_release(&e->plain);
	buf_release(&e->angle);
	buf_release(&e->comment);
}

/* From the quote on to behind its end; a lone one is a character. */
static size_t
take_quoted(struct entry *e, const char *s, size_t i, size_t len)
{
	size_t	 k;

	for (k = i + 1; k < len && s[k] != '"'; k++)
		if (s[k] == '\\')
			k++;
	if (k >= len) {
		buf_addc(&e->plain, '"');
		buf_addc(&e->text, '"');
		return i + 1;
	}
	buf_add(&e->text, s + i, k + 1 - i);
	for (i++; i < k; i++) {
		if (s[i] == '\\' && i + 1 < k)
			i++;
		buf_addc(&e->plain, s[i]);
	}
	return k + 1;
}

/* Comments nest (RFC 5322, 3.2.2). */
static size_t
take_comment(struct entry *e, const char *s, size_t i, size_t len)
{
	int	 depth = 0;

	buf_clear(&e->comment);
	for (; i < len; i++) {
		if (s[i] == '\\' && i + 1 < len) {
			buf_addc(&e->comment, s[++i]);
			continue;
		}
		if (s[i] == ')' && --depth == 0)
			return i + 1;
		if (depth > 0)
			buf_addc(&e->comment, s[i]);
		if (s[i] == '(')
			depth++;
	}
	return i;
}

static size_t
take_angle(struct entry *e, const char *s, size_t i, size_t len)
{
	int	 quoted = 0;

	buf_clear(&e->angle);
	e->has_angle = 1;
	for (i++; i < len && (quoted || s[i] != '>'); i++) {
		if (s[i] == '"')
			quoted = !quoted;
		if (quoted || !isspace((unsigned char)s[i]))
			buf_addc(&e->angle, s[i]);
	}
	return i < len ? i + 1 : i;
}

/* "@hop,@hop:name@host" is name@host (RFC 5322, 4.4). */
static void
route_drop(struct buf *angle)
{
	const uint8_t	*colon;

	if (angle->len == 0 || angle->data[0] != '@')
		return;
	colon = memchr(angle->data, ':', angle->len);
	if (colon != NULL)
		buf_consume(angle, (size_t)(colon + 1 - angle->data));
}

static void
trim(struct buf *b)
{
	size_t	 n = 0;

	while (b->len > 0 && isspace(b->data[b->len - 1]))
		b->len--;
	while (n < b->len && isspace(b->data[n]))
		n++;
	if (n > 0)
		buf_consume(b, n);
}

/* Where the last word of the text begins; blanks in quotes part no words. */
static size_t
last_word(const struct buf *b)
{
	size_t	 i, word = 0;
	int	 quoted = 0;

	for (i = 0; i < b->len; i++) {
		if (b->data[i] == '"')
			quoted = !quoted;
		else if (!quoted && isspace(b->data[i]))
			word = i + 1;
	}
	return word;
}

/* Entries without <>: an address, "name address", a local name, a name. */
static void
sort_plain(struct entry *e, struct address *a)
{
	size_t	 word;

	if (!e->at && e->plain.len > 0 &&
	    memchr(e->plain.data, '@', e->plain.len) != NULL &&
	    last_word(&e->plain) == 0) {
		buf_swap(&a->address, &e->plain);	/* quoted as a whole */
		buf_swap(&a->name, &e->comment);
		return;
	}
	word = last_word(&e->text);
	if (e->at && memchr(e->text.data + word, '@', e->text.len - word) ==
	    NULL)
		word = 0;		/* "name @ host" */
	if (e->at || word == 0) {
		buf_add(&a->address, e->text.data + word, e->text.len - word);
		e->text.len = word;
		if (word > 0)
			buf_swap(&a->name, &e->text);
		else
			buf_swap(&a->name, &e->comment);
		return;
	}
	buf_swap(&a->name, &e->plain);
}

static void
sort(struct entry *e, struct address *a)
{
	trim(&e->text);
	trim(&e->plain);
	if (e->has_angle) {
		route_drop(&e->angle);
		buf_swap(&a->address, &e->angle);
		if (e->plain.len > 0)
			buf_swap(&a->name, &e->plain);
		else
			buf_swap(&a->name, &e->comment);
	} else if (e->text.len > 0) {
		sort_plain(e, a);
	}
	trim(&a->address);
	trim(&a->name);
}

/* Collects up to the end of the entry; gives where that is. */
static size_t
collect(struct entry *e, const char *s, size_t i, size_t len)
{
	while (i < len && s[i] != ',' && s[i] != ';') {
		if (s[i] == '"') {
			i = take_quoted(e, s, i, len);
		} else if (s[i] == '(') {
			i = take_comment(e, s, i, len);
		} else if (s[i] == '<') {
			i = take_angle(e, s, i, len);
		} else if (s[i] == ':' && !e->at && !e->has_angle) {
			buf_clear(&e->text);	/* the name of a group */
			buf_clear(&e->plain);
			i++;
		} else {
			e->at |= s[i] == '@';
			buf_addc(&e->text, s[i]);
			buf_addc(&e->plain, s[i]);
			i++;
		}
	}
	return i;
}

int
address_next(const char *s, size_t len, size_t *at, struct address *a)
{
	struct entry	 e;

	buf_clear(&a->address);
	buf_clear(&a->name);
	while (*at < len && a->address.len == 0 && a->name.len == 0) {
		memset(&e, 0, sizeof(e));
		*at = collect(&e, s, *at, len);
		if (*at < len)
			(*at)++;
		sort(&e, a);
		entry_release(&e);
	}
	return a->address.len > 0 || a->name.len > 0;
}
