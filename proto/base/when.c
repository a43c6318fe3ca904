/* SPDX-License-Identifier: ISC */
/*
 * when: instants and civil dates.  The arithmetic is the proleptic Gregorian
 * calendar over days since 1970-01-01 (years begin in March, so that the leap
 * day is the last of a year).  No clock, no zone table.
 */
#include "proto/base/when.h"

#include <errno.h>
#include <string.h>

int64_t
when_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
when_civil(int64_t days, int *year_r, int *month_r, int *day_r)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	*day_r = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month_r = month;
	*year_r = (int)(yoe + era * 400 + (month <= 2));
}

static int
month_length(int year, int month)
{
	static const int length[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return length[month - 1];
}

/* What is still to be read. */
struct cursor {
	const char	*p, *end;
};

static int
take_char(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return -1;
	c->p++;
	return 0;
}

/* Exactly n digits between low and high. */
static int
take_number(struct cursor *c, int n, int low, int high, int *v_r)
{
	int v = 0;

	for (; n > 0; n--, c->p++) {
		if (c->p == c->end || *c->p < '0' || *c->p > '9')
			return -1;
		v = v * 10 + (*c->p - '0');
	}
	*v_r = v;
	return v >= low && v <= high ? 0 : -1;
}

static int
take_date(struct cursor *c, struct when *w)
{
	int y, m = 1, d = 1;

	if (take_number(c, 4, 1, 9999, &y) == -1)
		return -1;
	w->precision = WHEN_YEAR;
	if (take_char(c, '-') == 0) {
		if (take_number(c, 2, 1, 12, &m) == -1)
			return -1;
		w->precision = WHEN_MONTH;
		if (take_char(c, '-') == 0) {
			if (take_number(c, 2, 1, month_length(y, m), &d) == -1)
				return -1;
			w->precision = WHEN_DATE;
		}
	}
	w->at = when_days(y, m, d) * WHEN_DAY;
	return 0;
}

/* Digits behind the point, up to nine; those past the sixth are let go. */
static int
take_fraction(struct cursor *c, struct when *w)
{
	int64_t unit = WHEN_SECOND / 10;
	const char *start = c->p;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		w->at += (*c->p - '0') * unit;
		unit /= 10;
	}
	return c->p > start && c->p - start <= 9 ? 0 : -1;
}

static int
take_clock(struct cursor *c, struct when *w)
{
	int h, m, s;

	if (take_number(c, 2, 0, 23, &h) == -1 || take_char(c, ':') == -1 ||
	    take_number(c, 2, 0, 59, &m) == -1)
		return -1;
	w->at += (h * 60 + m) * 60 * WHEN_SECOND;
	w->precision = WHEN_MINUTE;
	if (take_char(c, ':') == -1)
		return 0;
	if (take_number(c, 2, 0, 59, &s) == -1)
		return -1;
	w->at += s * WHEN_SECOND;
	w->precision = WHEN_EXACT;
	if (take_char(c, '.') == -1)
		return 0;
	return take_fraction(c, w);
}

static int
take_offset(struct cursor *c, struct when *w)
{
	int h, m, sign = 1;

	if (c->p == c->end)
		return 0;
	w->has_offset = 1;
	if (take_char(c, 'Z') == 0)
		return 0;
	if (take_char(c, '-') == 0)
		sign = -1;
	else if (take_char(c, '+') == -1)
		return -1;
	if (take_number(c, 2, 0, 23, &h) == -1 || take_char(c, ':') == -1 ||
	    take_number(c, 2, 0, 59, &m) == -1)
		return -1;
	w->offset = sign * (h * 60 + m);
	w->at -= w->offset * 60 * WHEN_SECOND;
	return 0;
}

static int
in_range(int64_t at)
{
	return at >= when_days(1, 1, 1) * WHEN_DAY &&
	    at < when_days(10000, 1, 1) * WHEN_DAY;
}

int
when_parse(const char *text, size_t len, struct when *when_r)
{
	struct cursor c = { text, text + len };
	struct when w;

	memset(&w, 0, sizeof w);
	if (take_date(&c, &w) == -1)
		goto out;
	if (c.p < c.end && (w.precision != WHEN_DATE ||
	    take_char(&c, 'T') == -1 || take_clock(&c, &w) == -1 ||
	    take_offset(&c, &w) == -1))
		goto out;
	if (c.p != c.end || !in_range(w.at))
		goto out;
	*when_r = w;
	return 0;
out:
	errno = EINVAL;
	return -1;
}

/* Days and the rest of an instant; the rest is never negative. */
static int64_t
split(int64_t at, int64_t *rest_r)
{
	int64_t days = at / WHEN_DAY;

	*rest_r = at % WHEN_DAY;
	if (*rest_r < 0) {
		*rest_r += WHEN_DAY;
		days--;
	}
	return days;
}

/* By hand: every leaf of a tree and every row of a timeline has a time. */
static void
digits(char *to, int value, int n, char behind)
{
	to[n] = behind;
	while (n > 0) {
		to[--n] = (char)('0' + value % 10);
		value /= 10;
	}
}

const char *
when_date(int64_t at, char text_r[WHEN_TEXT_MAX])
{
	int64_t rest;
	int y, m, d;

	text_r[0] = '\0';
	if (!in_range(at))
		return text_r;
	when_civil(split(at, &rest), &y, &m, &d);
	digits(text_r, y, 4, '-');
	digits(text_r + 5, m, 2, '-');
	digits(text_r + 8, d, 2, '\0');
	return text_r;
}

const char *
when_short(int64_t at, char text_r[WHEN_TEXT_MAX])
{
	int64_t rest;
	int s;

	(void)when_date(at, text_r);
	if (text_r[0] == '\0')
		return text_r;
	(void)split(at, &rest);
	s = (int)(rest / WHEN_SECOND);
	text_r[10] = 'T';
	digits(text_r + 11, s / 3600, 2, ':');
	digits(text_r + 14, s / 60 % 60, 2, ':');
	digits(text_r + 17, s % 60, 2, 'Z');
	text_r[20] = '\0';
	return text_r;
}

const char *
when_text(int64_t at, char text_r[WHEN_TEXT_MAX])
{
	int64_t rest;

	(void)when_short(at, text_r);
	if (text_r[0] == '\0')
		return text_r;
	(void)split(at, &rest);
	text_r[19] = '.';
	digits(text_r + 20, (int)(rest % WHEN_SECOND), 6, 'Z');
	text_r[27] = '\0';
	return text_r;
}

int
when_year(int64_t at)
{
	int64_t rest;
	int y, m, d;

	when_civil(split(at, &rest), &y, &m, &d);
	return y;
}
