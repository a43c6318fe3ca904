/* SPDX-License-Identifier: ISC */
/*
 * term: see term.h.  It must never let text from outside reach the terminal
 * with control characters in it.
 */
#include "client/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "client/call.h"
#include "client/show.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

int
term_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static int
coloured(void)
{
	static int known = -1;
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (known == -1)
		known = isatty(STDOUT_FILENO) &&
		    (none == NULL || none[0] == '\0') &&
		    term != NULL && strcmp(term, "dumb") != 0;
	return known;
}

void
term_style(enum term_style style)
{
	static const char *const codes[] = { "\033[1m", "\033[2m", "\033[0m" };

	if (coloured())
		(void)fputs(codes[style], stdout);
}

/* ---- breaking lines --------------------------------------------------- */

static size_t
char_len(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static int
is_wide(const char *p)
{
	return text_width(p, char_len(p)) == 2;
}

/* Closing marks that must not begin a line. */
static int
closes(const char *p)
{
	static const char *const marks[] = { "，", "。", "、", "：", "；", "！",
	    "？", "）", "”", "’", "》", "」", "』", "】", "…" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(p, marks[i], strlen(marks[i])) == 0)
			return 1;
	}
	return 0;
}

/* Whether a line may end before `next`, the character behind `last`. */
static int
may_break(const char *last, const char *next)
{
	if (*next == '\0' || *next == ' ')
		return 1;
	return (is_wide(last) || is_wide(next)) && !closes(next);
}

size_t
term_fit(const char *text, size_t width)
{
	size_t used = 0, good = 0, at = 0;

	while (text[at] != '\0') {
		size_t n = char_len(text + at);

		used += text_width(text + at, n);
		if (used > width)
			break;
		if (may_break(text + at, text + at + n))
			good = at + n;
		at += n;
	}
	if (text[at] == '\0' || (good == 0 && at > 0))
		return at;
	return good > 0 ? good : char_len(text);
}

void
term_pad(size_t columns)
{
	while (columns-- > 0)
		(void)putchar(' ');
}

void
term_cell(const char *text, size_t width, int fill)
{
	size_t len = strlen(text), columns = text_width(text, len);

	if (columns > width) {
		while (len > 0 && text_width(text, len) >= width)
			len = text_cut(text, len, len - 1);
		(void)printf("%.*s…", (int)len, text);
		columns = text_width(text, len) + 1;
	} else {
		(void)fputs(text, stdout);
	}
	if (fill && columns < width)
		term_pad(width - columns);
}

/* ---- times ------------------------------------------------------------ */

int
term_zone(const struct cmd *cmd)
{
	struct call *call = call_new(cmd);
	json_t *answer = NULL;
	const char *zone;
	int code;

	call_route(call, ROUTE_STATUS, NULL);
	code = call_json(call, NULL, &answer);
	zone = json_string_value(json_object_get(show_row_of(answer), "zone"));
	if (zone != NULL)
		(void)setenv("TZ", zone, 1);
	tzset();
	json_decref(answer);
	call_free(call);
	return code;
}

/* 10 columns of a day, 7 of a month, 4 of a year. */
static size_t
civil_len(const char *precision)
{
	if (precision == NULL)
		return 0;
	if (strcmp(precision, "date") == 0)
		return 10;
	if (strcmp(precision, "month") == 0)
		return 7;
	return strcmp(precision, "year") == 0 ? 4 : 0;
}

void
term_when(const char *at, const char *precision, char when_r[TERM_WHEN])
{
	size_t civil = civil_len(precision);
	struct when when;
	struct tm tm;
	time_t seconds;

	when_r[0] = '\0';
	if (at == NULL || when_parse(at, strlen(at), &when) == -1)
		return;
	seconds = (time_t)(when.at / WHEN_SECOND) -
	    (when.at % WHEN_SECOND < 0);
	if (civil > 0 || strlen(at) == 10 ||
	    localtime_r(&seconds, &tm) == NULL)
		(void)snprintf(when_r, TERM_WHEN, "%.*s",
		    civil > 0 ? (int)civil : 10, at);
	else
		(void)strftime(when_r, TERM_WHEN, "%Y-%m-%d %H:%M", &tm);
}

void
term_tame(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = ' ';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = ' ';	/* C1 controls */
		else if (p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa &&
		    p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 &&
		    p[2] <= 0xa9)))
			p[0] = p[1] = p[2] = ' ';	/* turns of direction */
	}
}
