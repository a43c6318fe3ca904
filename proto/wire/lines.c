/* SPDX-License-Identifier: ISC */
/*
 * lines: see lines.h.  It must never give a line that did not stand so in the
 * bytes, however they were cut.
 */
#include "proto/wire/lines.h"

#include <errno.h>
#include <string.h>

void
lines_init(struct lines *l, int (*line)(void *arg, const char *, size_t),
    void *arg, size_t max)
{
	memset(l, 0, sizeof(*l));
	l->line = line;
	l->arg = arg;
	l->max = max;
}

void
lines_release(struct lines *l)
{
	buf_release(&l->held);
}

/* The end of the line at p, NULL: not within these bytes. */
static const char *
line_end(struct lines *l, const char *p, const char *end)
{
	if (!l->quotes)
		return memchr(p, '\n', (size_t)(end - p));
	for (; p < end; p++) {
		if (*p == '"')
			l->within = !l->within;
		else if (*p == '\n' && !l->within)
			return p;
	}
	return NULL;
}

static int
hold(struct lines *l, const char *p, size_t n)
{
	if (l->skipping)
		return 0;
	if (l->held.len + n > l->max + 1) {	/* with its CR */
		l->skipping = 1;
		buf_clear(&l->held);
		return 0;
	}
	buf_add(&l->held, p, n);
	if (!buf_failed(&l->held))
		return 0;
	errno = ENOMEM;
	return -1;
}

/* The line that is held, which has ended. */
static int
give(struct lines *l)
{
	const char *p = l->held.len > 0 ? (const char *)l->held.data : "";
	size_t n = l->held.len;
	int rc = 0;

	l->n++;
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (l->skipping || n > l->max)
		l->toolong++;
	else
		rc = l->line(l->arg, p, n);
	l->skipping = l->within = 0;
	buf_clear(&l->held);
	return rc;
}

int
lines_feed(struct lines *l, const void *bytes, size_t len)
{
	const char *p = bytes, *end = p + len, *nl;

	while (p < end) {
		nl = line_end(l, p, end);
		if (hold(l, p, (size_t)((nl != NULL ? nl : end) - p)) == -1 ||
		    (nl != NULL && give(l) == -1))
			return -1;
		p = nl != NULL ? nl + 1 : end;
	}
	return 0;
}

int
lines_end(struct lines *l)
{
	return l->held.len > 0 || l->skipping ? give(l) : 0;
}
