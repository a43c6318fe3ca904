/* SPDX-License-Identifier: ISC */
/*
 * journal: see journal.h.  It must never mend an address: what stands there
 * is what the mail server said.
 */
#include "proto/wire/journal.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
	const char	*p;
	size_t		 n;
};

static const struct {
	const char		*name;
	enum journal_field	 field;
} field_table[] = {
	{ "Sender", JOURNAL_SENDER }, { "On-Behalf-Of", JOURNAL_ON_BEHALF_OF },
	{ "Subject", JOURNAL_SUBJECT }, { "Message-ID", JOURNAL_MESSAGE_ID },
	{ "To", JOURNAL_TO }, { "Cc", JOURNAL_CC }, { "Bcc", JOURNAL_BCC },
	{ "Recipient", JOURNAL_RECIPIENT },
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static int
is_name(struct span s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

/* The address of `"Name" <address>', of `<address>', or all of it. */
static struct span
address_of(struct span s)
{
	const char *lt;

	s = trim(s);
	if (s.n < 2 || s.p[s.n - 1] != '>' ||
	    (lt = memrchr(s.p, '<', s.n)) == NULL)
		return s;
	s.n = (size_t)(s.p + s.n - 1 - (lt + 1));
	s.p = lt + 1;
	return trim(s);
}

/* ", Expanded: list" behind an address: cuts it off. */
static int
redirection(struct span *s, const char *word, struct span *via_r)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s->n; i++) {
		if (s->p[i] != ',' || strncasecmp(s->p + i, word, n) != 0)
			continue;
		*via_r = (struct span){ s->p + i + n, s->n - i - n };
		s->n = i;
		return 1;
	}
	return 0;
}

static void
recipient_take(struct journal_line *l, struct span value)
{
	struct span via = { "", 0 }, ignored;

	if (redirection(&value, ", Expanded:", &via))
		l->how = JOURNAL_EXPANDED;
	else if (redirection(&value, ", Forwarded:", &via))
		l->how = JOURNAL_FORWARDED;
	/* A list within a list: the nearest one says enough. */
	(void)redirection(&via, ", Expanded:", &ignored);
	(void)redirection(&via, ", Forwarded:", &ignored);
	value = address_of(value);
	via = address_of(via);
	l->value = value.p;
	l->len = value.n;
	l->via = via.p;
	l->via_len = via.n;
}

static void
line_take(struct journal_line *l, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct span name = { line.p, colon ? (size_t)(colon - line.p) : 0 };
	struct span value = line;

	*l = (struct journal_line){ .field = JOURNAL_OTHER, .via = "" };
	name = trim(name);
	for (size_t i = 0; colon != NULL && i < sizeof field_table /
	    sizeof field_table[0]; i++) {
		if (!is_name(name, field_table[i].name))
			continue;
		l->field = field_table[i].field;
		value = trim((struct span){ colon + 1,
		    line.n - (size_t)(colon + 1 - line.p) });
	}
	if (journal_recipient(l->field) != NULL) {
		recipient_take(l, value);
		return;
	}
	if (l->field == JOURNAL_SENDER || l->field == JOURNAL_ON_BEHALF_OF ||
	    l->field == JOURNAL_MESSAGE_ID)
		value = address_of(value);
	l->value = value.p;
	l->len = value.n;
}

int
journal_next(const char *text, size_t len, size_t *at,
    struct journal_line *line_r)
{
	static const char bom[] = "\xef\xbb\xbf";

	if (*at == 0 && len >= 3 && memcmp(text, bom, 3) == 0)
		*at = 3;
	while (*at < len) {
		struct span line = { text + *at, 0 };

		while (*at + line.n < len && line.p[line.n] != '\n' &&
		    line.p[line.n] != '\r')
			line.n++;
		*at += line.n;
		while (*at < len && (text[*at] == '\n' || text[*at] == '\r'))
			(*at)++;
		line = trim(line);
		if (line.n == 0)
			continue;
		line_take(line_r, line);
		return 1;
	}
	return 0;
}

const char *
journal_recipient(enum journal_field field)
{
	switch (field) {
	case JOURNAL_TO:
		return "to";
	case JOURNAL_CC:
		return "cc";
	case JOURNAL_BCC:
		return "bcc";
	case JOURNAL_RECIPIENT:
		return "recipient";
	case JOURNAL_SENDER:
	case JOURNAL_ON_BEHALF_OF:
	case JOURNAL_SUBJECT:
	case JOURNAL_MESSAGE_ID:
	case JOURNAL_OTHER:
		break;
	}
	return NULL;
}
