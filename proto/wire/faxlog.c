/* SPDX-License-Identifier: ISC */
/*
 * faxlog: see faxlog.h.  Pure; what it does not know it says so, and guesses
 * nothing.
 */
#include "proto/wire/faxlog.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/when.h"

#define FIELDS 16

static int
text_is(const struct faxlog_text *t, const char *word)
{
	return t->n == strlen(word) && memcmp(t->p, word, t->n) == 0;
}

/* Without the quotes around it. */
static struct faxlog_text
bare(const char *p, size_t n)
{
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p++;
		n -= 2;
	}
	return (struct faxlog_text){ p, n };
}

static unsigned
split(const char *p, size_t len, struct faxlog_text field[FIELDS])
{
	const char *end = p + len, *tab;
	unsigned n = 0;

	while (n < FIELDS) {
		tab = memchr(p, '\t', (size_t)(end - p));
		field[n++] = bare(p, (size_t)((tab != NULL ? tab : end) - p));
		if (tab == NULL)
			break;
		p = tab + 1;
	}
	return n;
}

static int
two(const char *p, unsigned low, unsigned high, unsigned *n_r)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return 0;
	*n_r = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
	return *n_r >= low && *n_r <= high;
}

/* MM/DD/YY HH:MM; years are of this century until somebody keeps older logs. */
static int
read_date(const struct faxlog_text *t, char at[17])
{
	unsigned month, day, year, hour, minute;
	struct when when;

	if (t->n != 14 || t->p[2] != '/' || t->p[5] != '/' ||
	    t->p[8] != ' ' || t->p[11] != ':' ||
	    !two(t->p, 1, 12, &month) || !two(t->p + 3, 1, 31, &day) ||
	    !two(t->p + 6, 0, 99, &year) || !two(t->p + 9, 0, 23, &hour) ||
	    !two(t->p + 12, 0, 59, &minute))
		return 0;
	(void)snprintf(at, 17, "%04u-%02u-%02uT%02u:%02u",
	    year + (year < 70 ? 2000 : 1900), month, day, hour, minute);
	return when_parse(at, 16, &when) == 0;	/* no February 30 */
}

static enum faxlog_what
what_of(const struct faxlog_text *type)
{
	if (text_is(type, "SEND") || text_is(type, "UNSENT"))
		return FAXLOG_SENT;
	if (text_is(type, "RECV") || text_is(type, "POLL"))
		return FAXLOG_RECEIVED;
	return text_is(type, "CALL") ? FAXLOG_CALL : FAXLOG_OTHER;
}

static unsigned long
number_of(const struct faxlog_text *t)
{
	unsigned long n = 0;

	for (size_t i = 0; i < t->n && i < 9; i++) {
		if (t->p[i] < '0' || t->p[i] > '9')
			return 0;
		n = n * 10 + (unsigned long)(t->p[i] - '0');
	}
	return t->n < 10 ? n : 0;
}

int
faxlog_read(const char *p, size_t len, struct faxlog_line *line)
{
	struct faxlog_text field[FIELDS];
	unsigned n = split(p, len, field);

	memset(line, 0, sizeof(*line));
	if (n < 14 || !read_date(&field[0], line->at) || field[1].n == 0)
		return 0;
	for (; n < FIELDS; n++)
		field[n] = (struct faxlog_text){ "", 0 };
	line->what = what_of(&field[1]);
	line->type = field[1];
	line->commid = field[2];
	line->modem = field[3];
	line->pages = number_of(&field[10]);
	line->reason = field[13];
	line->job = line->file = (struct faxlog_text){ "", 0 };
	if (line->what == FAXLOG_SENT) {
		line->job = field[4];
		line->number = field[7];
		return 1;
	}
	if (line->what == FAXLOG_RECEIVED)
		line->file = field[4];
	line->number = field[14].n > 0 ? field[14] : field[8];
	return 1;
}
