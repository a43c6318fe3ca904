/* SPDX-License-Identifier: ISC */
/*
 * log: key=value lines.
 *
 * Must never fail, block on anything but stderr, or carry what a client or
 * sender wrote: control characters in a value are replaced all the same.
 */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/when.h"

#define LINE_MAX_BYTES 1024

static enum logline_level level_now = LOGLINE_INFO;

void
logline_level(enum logline_level level)
{
	level_now = level;
}

/* The beginning of a line: journald adds the time itself. */
static int
begin(char *line, size_t size, enum logline_level level, const char *event)
{
	static const char *const name[] = { "error", "warning", "info",
	    "debug" };
	static const char *const priority[] = { "<3>", "<4>", "<6>", "<7>" };
	struct timespec now;
	char text[WHEN_TEXT_MAX];

	if (getenv("JOURNAL_STREAM") != NULL)
		return snprintf(line, size, "%s%s", priority[level], event);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return snprintf(line, size, "%s %s %s",
	    when_short(now.tv_sec * WHEN_SECOND, text), name[level], event);
}

/* Writes the line as one call, so that lines of threads do not mix. */
static void
put(char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = '?';
	line[len] = '\n';
	(void)!write(STDERR_FILENO, line, len + 1);	/* nobody to tell */
}

void
logline(enum logline_level level, const char *event, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES + 1];
	size_t len;
	va_list ap;
	int n;

	if (level > level_now)
		return;
	n = begin(line, LINE_MAX_BYTES, level, event);
	len = n < 0 ? 0 : (size_t)n;
	if (*fmt != '\0' && len < LINE_MAX_BYTES - 1) {
		line[len++] = ' ';
		va_start(ap, fmt);
		n = vsnprintf(line + len, LINE_MAX_BYTES - len, fmt, ap);
		va_end(ap);
		len += n < 0 ? 0 : (size_t)n;
	}
	put(line, len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES - 1);
}

void
logline_trouble(enum logline_level level, const char *event,
    const struct trouble *t)
{
	struct buf text = BUF_INIT;
	const char *s;

	trouble_say(&text, LANG_EN, t);
	s = buf_str(&text);
	logline(level, event, "why=\"%s\"", s != NULL ? s : "");
	buf_release(&text);
}
