/* SPDX-License-Identifier: ISC */
/*
 * calllog: see calllog.h.  A line that cannot be read is given as such: none
 * is passed over.
 */
#include "proto/wire/calllog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/when.h"

#define COLUMNS_MAX 64

enum { COL_AT, COL_NUMBER, COL_DIRECTION, COL_RESULT };

/* Of a Master.csv. */
enum { CDR_SRC = 1, CDR_DST = 2, CDR_START = 9, CDR_DISPOSITION = 14,
	CDR_LEAST = 16 };

static const struct { const char *name; int column; } names[] = {
	{ "at", COL_AT }, { "time", COL_AT }, { "start", COL_AT },
	{ "date", COL_AT }, { "calldate", COL_AT }, { "number", COL_NUMBER },
	{ "phone", COL_NUMBER }, { "direction", COL_DIRECTION },
	{ "result", COL_RESULT }, { "disposition", COL_RESULT },
};

static const struct { const char *name; enum calllog_direction is; } ways[] = {
	{ "in", CALLLOG_IN }, { "incoming", CALLLOG_IN },
	{ "inbound", CALLLOG_IN }, { "missed", CALLLOG_IN },
	{ "out", CALLLOG_OUT }, { "outgoing", CALLLOG_OUT },
	{ "outbound", CALLLOG_OUT }, { "internal", CALLLOG_INTERNAL },
};

/* ---- fields ------------------------------------------------------------ */

/* One field from p on; where the next begins, NULL: it was the last. */
static const char *
take_field(const char *p, const char *end, char comma, struct buf *out)
{
	int within = 0;

	for (; p < end && (within || *p != comma); p++) {
		if (*p == '"' && within && p + 1 < end && p[1] == '"')
			buf_addc(out, (uint8_t)*p++);
		else if (*p == '"')
			within = !within;
		else if (*p != '\0')
			buf_addc(out, (uint8_t)*p);
	}
	buf_addc(out, 0);
	return p < end ? p + 1 : NULL;
}

/* How many there are; the first ones begin at field[]. */
static unsigned
split(struct calllog *l, const char *p, size_t len,
    const char *field[COLUMNS_MAX])
{
	const char *end = p + len;
	size_t at[COLUMNS_MAX];
	unsigned n = 0;

	buf_clear(&l->fields);
	while (p != NULL && n < COLUMNS_MAX) {
		at[n++] = l->fields.len;
		p = take_field(p, end, l->comma, &l->fields);
	}
	if (buf_failed(&l->fields))
		return 0;
	for (unsigned i = 0; i < n; i++)
		field[i] = (const char *)l->fields.data + at[i];
	return n;
}

static char
comma_of(const char *p, size_t n)
{
	int within = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			within = !within;
		else if (!within && (p[i] == ',' || p[i] == ';' ||
		    p[i] == '\t'))
			return p[i];
	}
	return ',';
}

/* ---- values ------------------------------------------------------------ */

/* "2026-03-02 10:15:00" with a T; 0: it is no time. */
static int
read_time(const char *text, char at_r[WHEN_TEXT_MAX + 8])
{
	struct when when;
	size_t n = strlen(text);

	if (n < 16 || n >= WHEN_TEXT_MAX + 8)
		return 0;
	memcpy(at_r, text, n + 1);
	if (at_r[10] == ' ')
		at_r[10] = 'T';
	return when_parse(at_r, n, &when) == 0 &&
	    when.precision >= WHEN_MINUTE;
}

static size_t
digits(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s >= '0' && *s <= '9';
	return n;
}

static int
is_extension(const char *s)
{
	return digits(s) <= CALLLOG_EXTENSION && *s != '+';
}

static enum calllog_direction
direction_of(const char *word)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcasecmp(word, ways[i].name) == 0)
			return ways[i].is;
	return CALLLOG_UNKNOWN;
}

/* ---- lines ------------------------------------------------------------- */

static int
header_read(struct calllog *l, const char *const *field, unsigned n)
{
	for (unsigned c = 0; c < 6; c++)
		l->column[c] = -1;
	for (unsigned i = 0; i < n; i++) {
		const char *name = field[i];

		if (i == 0 && strncmp(name, "\xef\xbb\xbf", 3) == 0)
			name += 3;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (strcasecmp(name, names[k].name) == 0 &&
			    l->column[names[k].column] == -1)
				l->column[names[k].column] = (int)i;
	}
	return l->column[COL_AT] != -1 && l->column[COL_NUMBER] != -1;
}

static const char *
column(const struct calllog *l, int which, const char *const *field,
    unsigned n)
{
	int c = l->column[which];

	return c >= 0 && (unsigned)c < n ? field[c] : "";
}

static void
take_header_form(const struct calllog *l, const char *const *field,
    unsigned n, struct calllog_call *call)
{
	call->at = column(l, COL_AT, field, n);
	call->number = column(l, COL_NUMBER, field, n);
	call->result = column(l, COL_RESULT, field, n);
	call->direction = direction_of(column(l, COL_DIRECTION, field, n));
}

static void
take_asterisk(const char *const *field, unsigned n, struct calllog_call *call)
{
	const char *src, *dst;

	if (n < CDR_LEAST) {
		call->bad = 1;
		return;
	}
	src = field[CDR_SRC];
	dst = field[CDR_DST];
	call->at = field[CDR_START];
	call->result = field[CDR_DISPOSITION];
	if (digits(src) == 0 || !is_extension(src)) {
		call->direction = CALLLOG_IN;
		call->number = digits(src) == 0 ? "" : src;
	} else {
		call->direction = is_extension(dst) ? CALLLOG_INTERNAL :
		    CALLLOG_OUT;
		call->number = dst;
	}
}

static int
first_line(struct calllog *l, const char *p, size_t len)
{
	const char *field[COLUMNS_MAX];
	char at[WHEN_TEXT_MAX + 8];
	unsigned n;

	l->comma = comma_of(p, len);
	n = split(l, p, len, field);
	if (n >= CDR_LEAST && read_time(field[CDR_START], at)) {
		l->form = CALLLOG_ASTERISK;
		return 1;
	}
	if (header_read(l, field, n)) {
		l->form = CALLLOG_HEADER;
		return 0;
	}
	errno = EINVAL;
	return -1;
}

static int
on_line(void *arg, const char *p, size_t len)
{
	struct calllog *l = arg;
	const char *field[COLUMNS_MAX];
	struct calllog_call call = { .line = l->lines.n, .at = "",
	    .number = "", .result = "" };
	char at[WHEN_TEXT_MAX + 8];
	unsigned n;

	if (len == 0)
		return 0;
	if (l->form == CALLLOG_NONE) {
		int rc = first_line(l, p, len);

		if (rc != 1)
			return rc;
	}
	n = split(l, p, len, field);
	if (n == 0) {
		errno = ENOMEM;
		return -1;
	}
	if (l->form == CALLLOG_ASTERISK)
		take_asterisk(field, n, &call);
	else
		take_header_form(l, field, n, &call);
	if (!call.bad && read_time(call.at, at))
		call.at = at;
	else
		call.bad = 1;
	return l->call(l->arg, &call);
}

void
calllog_init(struct calllog *l, int (*call)(void *arg,
    const struct calllog_call *), void *arg)
{
	memset(l, 0, sizeof(*l));
	l->call = call;
	l->arg = arg;
	lines_init(&l->lines, on_line, l, CALLLOG_LINE_MAX);
	l->lines.quotes = 1;
}

void
calllog_release(struct calllog *l)
{
	lines_release(&l->lines);
	buf_release(&l->fields);
}

/* Lines that were too long are bad ones. */
static int
toolong(struct calllog *l)
{
	struct calllog_call call = { .bad = 1, .at = "", .number = "",
	    .result = "" };

	for (; l->lines.toolong > 0; l->lines.toolong--) {
		call.line = l->lines.n;
		if (l->call(l->arg, &call) == -1)
			return -1;
	}
	return 0;
}

int
calllog_feed(struct calllog *l, const void *bytes, size_t n)
{
	return lines_feed(&l->lines, bytes, n) == -1 ? -1 : toolong(l);
}

int
calllog_end(struct calllog *l)
{
	return lines_end(&l->lines) == -1 ? -1 : toolong(l);
}
