/* SPDX-License-Identifier: ISC */
/*
 * date: see date.h.  Words are told by what they look like, not by where
 * they stand, since every order of them occurs.  A two-digit year is read as
 * RFC 5322, section 4.3 says, and so is one that a program has written as
 * 0002 or 0102.  It must never guess a month from a number.
 */
#include "daemon/reader/date.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NONE	(-1)

struct date {
	int	year, month, day, hour, minute, second;
	int	zone;		/* minutes east */
	int	has_zone;	/* 1, 0 none, -1 not known to anybody */
	int	minus_zero;	/* -0000: UTC, of a zone that is not said */
	int	pm;		/* 1 PM, 0 AM, else NONE */
	int	odd;		/* a year that is hardly what was meant */
};

/* RFC 5322, 4.3; the military letters were never used right. */
static const struct {
	const char	*name;
	int		 hours;
} zones[] = {
	{ "UT", 0 }, { "GMT", 0 }, { "UTC", 0 }, { "Z", 0 }, { "EST", -5 },
	{ "EDT", -4 }, { "CST", -6 }, { "CDT", -5 }, { "MST", -7 },
	{ "MDT", -6 }, { "PST", -8 }, { "PDT", -7 }, { "AST", -4 },
	{ "ADT", -3 },
};

static int
digits(const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return 0;
	return len > 0;
}

/* The value of a run of digits, NONE if it is not one of 1 to 4. */
static int
number(const char *s, size_t len)
{
	size_t	 i;
	int	 n = 0;

	if (len > 4 || !digits(s, len))
		return NONE;
	for (i = 0; i < len; i++)
		n = n * 10 + (s[i] - '0');
	return n;
}

static int
month_of(const char *s, size_t len)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	int	 i;

	if (len < 3)
		return NONE;
	for (i = 0; i < 12; i++)
		if (strncasecmp(s, names + i * 3, 3) == 0)
			return i + 1;
	return NONE;
}

static int
is_weekday(const char *s, size_t len)
{
	static const char	names[] = "sunmontuewedthufrisat";
	int			i;

	for (i = 0; len >= 3 && i < 7; i++)
		if (strncasecmp(s, names + i * 3, 3) == 0)
			return 1;
	return 0;
}

static int
year_of(int n, size_t len)
{
	if (n >= 1000)
		return n;
	return len != 3 && n < 50 ? n + 2000 : n + 1900;
}

/* +hhmm, +hh:mm, +hmm, +hh */
static void
take_offset(struct date *d, const char *s, size_t len)
{
	char	 hhmm[5] = "";
	size_t	 i, n = 0;
	int	 v;

	for (i = 1; i < len && n < sizeof(hhmm); i++)
		if (s[i] != ':')
			hhmm[n++] = s[i];
	v = number(hhmm, n);
	if (v == NONE || n > 4) {
		d->has_zone = -1;
		return;
	}
	if (n <= 2)
		v *= 100;
	if (v % 100 > 59 || v / 100 > 23) {
		d->has_zone = -1;
		return;
	}
	d->minus_zero = v == 0 && s[0] == '-';
	d->zone = (v / 100 * 60 + v % 100) * (s[0] == '-' ? -1 : 1);
	d->has_zone = 1;
}

static void
take_zone(struct date *d, const char *s, size_t len)
{
	size_t	 i, n = 0;

	while (n < len && isalpha((unsigned char)s[n]))
		n++;
	if (n < len && (s[n] == '+' || s[n] == '-')) {	/* GMT+0200 */
		take_offset(d, s + n, len - n);
		return;
	}
	if (d->has_zone == 1)
		return;			/* +0200 CEST */
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (strlen(zones[i].name) == len &&
		    strncasecmp(zones[i].name, s, len) == 0) {
			d->zone = zones[i].hours * 60;
			d->has_zone = 1;
			return;
		}
	}
	d->has_zone = -1;
}

/* hh:mm, hh:mm:ss, with a fraction, with AM, PM or a zone behind. */
static void
take_time(struct date *d, const char *s, size_t len, char sep)
{
	int	*to[3] = { &d->hour, &d->minute, &d->second };
	size_t	 n = 0, k;
	int	 i;

	for (i = 0; i < 3; i++) {
		for (k = n; k < len && isdigit((unsigned char)s[k]); k++)
			;
		if (k == n || k - n > 2)
			break;
		*to[i] = number(s + n, k - n);
		n = k;
		if (n >= len || s[n] != sep)
			break;
		n++;
	}
	if (n < len && (s[n] == '.' || s[n] == ','))
		for (n++; n < len && isdigit((unsigned char)s[n]); n++)
			;
	if (n >= len)
		return;
	if (len - n == 2 && strncasecmp(s + n + 1, "m", 1) == 0)
		d->pm = tolower((unsigned char)s[n]) == 'p';
	else if (s[n] == '+' || s[n] == '-')
		take_offset(d, s + n, len - n);
	else
		take_zone(d, s + n, len - n);
}

static void
take_number(struct date *d, const char *s, size_t len)
{
	int	 n = number(s, len);

	if (n == NONE)
		return;
	if (d->day == NONE && len <= 2) {
		d->day = n;
	} else if (d->year == NONE) {
		d->year = year_of(n, len);
		d->odd = len > 2 && n < 1000;
	} else if (d->hour != NONE && d->has_zone == 0 && len == 4) {
		d->zone = n / 100 * 60 + n % 100;	/* "0530" for "+0530" */
		d->has_zone = n % 100 < 60 && n < 2400 ? 1 : -1;
	}
}

/* 14-May-2001, 2001-05-14; 1 if it was one of them. */
static int
take_dashed(struct date *d, const char *s, size_t len)
{
	const char	*a = memchr(s, '-', len), *b;
	size_t		 la, lb, lc;

	if (a == NULL || a == s)
		return 0;
	b = memchr(a + 1, '-', len - (size_t)(a + 1 - s));
	if (b == NULL)
		return 0;
	la = (size_t)(a - s);
	lb = (size_t)(b - a - 1);
	lc = len - (size_t)(b + 1 - s);
	if (la == 4 && digits(s, 4) && lb == 2 && lc >= 2) {
		d->year = number(s, la);
		d->month = number(a + 1, lb);
		d->day = number(b + 1, 2);
		if (lc > 3 && (b[3] == 'T' || b[3] == 't'))
			take_time(d, b + 4, lc - 3, ':');
		return 1;
	}
	if (month_of(a + 1, lb) == NONE)
		return 0;
	take_number(d, s, la);
	d->month = month_of(a + 1, lb);
	take_number(d, b + 1, lc);
	return 1;
}

static void
take_word(struct date *d, const char *s, size_t len)
{
	if (isdigit((unsigned char)*s)) {
		if (take_dashed(d, s, len))
			return;
		if (memchr(s, ':', len) != NULL)
			take_time(d, s, len, ':');
		else if (memchr(s, '.', len) != NULL && d->hour == NONE)
			take_time(d, s, len, '.');
		else
			take_number(d, s, len);
	} else if (*s == '+' || *s == '-') {
		take_offset(d, s, len);
	} else if (isalpha((unsigned char)*s)) {
		if (d->month == NONE && month_of(s, len) != NONE)
			d->month = month_of(s, len);
		else if (len == 2 && strncasecmp(s + 1, "m", 1) == 0)
			d->pm = tolower((unsigned char)*s) == 'p';
		else if (d->hour != NONE)
			take_zone(d, s, len);
		else if (!is_weekday(s, len))
			d->has_zone = -1;
	}
}

/* Skips blanks, commas and comments, which may nest. */
static size_t
skip_space(const char *s, size_t i, size_t len)
{
	int	 depth = 0;

	for (; i < len; i++) {
		if (s[i] == '(')
			depth++;
		else if (s[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && s[i] != ',' && s[i] != ')' &&
		    !isspace((unsigned char)s[i]))
			break;
	}
	return i;
}

static int
days_of(int year, int month)
{
	static const int	days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
				    31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

static int
valid(struct date *d)
{
	if (d->pm == 1 && d->hour >= 1 && d->hour < 12)
		d->hour += 12;
	else if (d->pm == 0 && d->hour == 12)
		d->hour = 0;
	if (d->year < 1 || d->month < 1 || d->month > 12)
		return 0;
	if (d->day < 1 || d->day > days_of(d->year, d->month))
		return 0;
	if (d->hour < 0 || d->hour > 23 || d->minute < 0 || d->minute > 59)
		return 0;
	if (d->second == NONE)
		d->second = 0;
	if (d->second == 60)
		d->second = 59;		/* a leap second has no place here */
	return d->second < 60;
}

int
date_parse(const char *s, size_t len, char text_r[DATE_TEXT_MAX])
{
	struct date	 d = { .year = NONE, .month = NONE, .day = NONE,
			    .hour = NONE, .minute = NONE, .second = NONE,
			    .pm = NONE };
	char		 zone[8] = "-00:00";
	size_t		 i, k;

	if (len > 256)
		len = 256;
	for (i = skip_space(s, 0, len); i < len; i = skip_space(s, k, len)) {
		for (k = i; k < len && s[k] != ',' && s[k] != '(' &&
		    !isspace((unsigned char)s[k]); k++)
			;
		if (k == i)
			break;
		take_word(&d, s + i, k - i);
	}
	if (!valid(&d))
		return -1;
	if (d.has_zone == 1 && d.zone == 0 && !d.minus_zero)
		(void)snprintf(zone, sizeof(zone), "Z");
	else if (d.has_zone == 1 && d.zone != 0)
		(void)snprintf(zone, sizeof(zone), "%c%02u:%02u",
		    d.zone < 0 ? '-' : '+',
		    (unsigned)(d.zone < 0 ? -d.zone : d.zone) / 60 % 24,
		    (unsigned)(d.zone < 0 ? -d.zone : d.zone) % 60);
	(void)snprintf(text_r, DATE_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u%s",
	    (unsigned)d.year % 10000, (unsigned)d.month % 100,
	    (unsigned)d.day % 100, (unsigned)d.hour % 100,
	    (unsigned)d.minute % 100, (unsigned)d.second % 100, zone);
	return d.has_zone == 1 && !d.odd;
}
