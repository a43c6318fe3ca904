/* SPDX-License-Identifier: ISC */
/*
 * conf_text: sizes, spans of time, nearest words, and the check for sections
 * that are not closed, which libconfuse lets pass at the end of a file.
 *
 * Must never touch a file.
 */
#include "daemon/conf_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NEAREST_MAX 48		/* longer words are near to nothing */
#define NESTING_MAX 16

/* A number from 0 on; *rest_r is what follows it.  0, or -1. */
static int
whole(const char *s, uint64_t *n_r, const char **rest_r)
{
	char *end;
	long long n;

	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || n < 0)
		return -1;
	*n_r = (uint64_t)n;
	*rest_r = end;
	return 0;
}

int
conf_size(const char *s, uint64_t *size_r)
{
	static const struct { const char *unit; unsigned shift; } unit[] = {
		{ "", 0 }, { "K", 10 }, { "M", 20 }, { "G", 30 }
	};
	const char *rest;
	uint64_t n;
	size_t i;

	if (whole(s, &n, &rest) == -1)
		return -1;
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcasecmp(rest, unit[i].unit) != 0)
			continue;
		if (n > (UINT64_MAX >> 1) >> unit[i].shift)
			return -1;
		*size_r = n << unit[i].shift;
		return 0;
	}
	return -1;
}

int
conf_span(const char *s, int64_t *ms_r)
{
	static const struct { const char *unit; int64_t ms; } unit[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }
	};
	const char *rest;
	uint64_t n;
	size_t i;

	if (whole(s, &n, &rest) == -1 || n > 1000000000)
		return -1;
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); i++)
		if (strcmp(rest, unit[i].unit) == 0) {
			*ms_r = (int64_t)n * unit[i].ms;
			return 0;
		}
	return -1;
}

/* Two letters that changed places count as one change. */
size_t
conf_distance(const char *a, const char *b)
{
	size_t row[3][NEAREST_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), i, j, best;
	size_t *two = row[0], *one = row[1], *now = row[2], *spare;

	if (la > NEAREST_MAX || lb > NEAREST_MAX)
		return SIZE_MAX;
	for (j = 0; j <= lb; j++)
		one[j] = j;
	for (i = 1; i <= la; i++) {
		now[0] = i;
		for (j = 1; j <= lb; j++) {
			best = one[j - 1] + (a[i - 1] != b[j - 1]);
			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && two[j - 2] + 1 < best)
				best = two[j - 2] + 1;
			now[j] = best;
		}
		spare = two;
		two = one;
		one = now;
		now = spare;
	}
	return one[lb];
}

const char *
conf_nearest(const char *s, const char *const *words)
{
	const char *nearest = NULL;
	size_t best = strlen(s) / 2 + 1, d;

	for (; *words != NULL; words++) {
		d = conf_distance(s, *words);
		if (d < best) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}

/* The end of a text, comment or else of one character that begins at s. */
static const char *
skip(const char *s, const char *end, unsigned *line)
{
	const char *p = s + 1;

	if (*s == '"' || *s == '\'') {
		for (; p < end && *p != *s; p++) {
			if (*p == '\\' && p + 1 < end)
				p++;
			*line += *p == '\n';
		}
		return p < end ? p + 1 : end;
	}
	if (*s == '#' || (*s == '/' && p < end && *p == '/')) {
		while (p < end && *p != '\n')
			p++;
		return p;
	}
	if (*s == '/' && p < end && *p == '*') {
		for (p++; p + 1 < end && (p[0] != '*' || p[1] != '/'); p++)
			*line += *p == '\n';
		return p + 1 < end ? p + 2 : end;
	}
	*line += *s == '\n';
	return p;
}

unsigned
conf_unclosed(const char *s, size_t len)
{
	const char *end = s + len;
	unsigned opened[NESTING_MAX], depth = 0, line = 1;

	while (s < end) {
		if (*s == '{') {
			if (depth == NESTING_MAX)
				return line;
			opened[depth++] = line;
		} else if (*s == '}') {
			if (depth-- == 0)
				return line;
		}
		s = skip(s, end, &line);
	}
	return depth > 0 ? opened[depth - 1] : 0;
}

void
conf_blank_comments(char *s, size_t len)
{
	char *end = s + len, *p = s;
	const char *next;
	unsigned line = 0;

	while (p < end) {
		next = skip(p, end, &line);
		if (*p == '#' || (*p == '/' && next - p > 1))
			for (; p < next; p++)
				if (*p != '\n')
					*p = ' ';
		p += next - p;
	}
}
