/* SPDX-License-Identifier: ISC */
/*
 * when: instants and civil dates.
 *
 * An instant is int64_t microseconds since 1970 in UTC.  WHEN_NONE stands
 * for "not known".  Years 0001 to 9999.  Nothing here reads a clock or the
 * zone database of the machine: zones come as an offset in the text.
 */
#ifndef DOSSIER_WHEN_H
#define DOSSIER_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_NONE	INT64_MIN
#define WHEN_SECOND	INT64_C(1000000)
#define WHEN_DAY	(INT64_C(86400) * WHEN_SECOND)
#define WHEN_TEXT_MAX	32

enum when_precision {
	WHEN_UNKNOWN, WHEN_YEAR, WHEN_MONTH, WHEN_DATE, WHEN_MINUTE, WHEN_EXACT
};

struct when {
	int64_t		    at;		/* UTC; a date: its midnight UTC */
	int32_t		    offset;	/* minutes east, if has_offset */
	int		    has_offset;	/* 0: local time of an unnamed zone */
	enum when_precision precision;
};

/*
 * Reads 2026, 2026-03, 2026-03-02, 2026-03-02T10:15, with seconds and
 * fraction, with Z or +hh:mm or without.  0, or -1 with errno EINVAL.
 */
int	when_parse(const char *, size_t, struct when *when_r);
/* RFC 3339 in UTC with six digits: 2026-03-02T10:15:00.000000Z */
const char *when_text(int64_t at, char text_r[WHEN_TEXT_MAX]);
/* To the second, when the fraction is no use to a person: ...10:15:00Z */
const char *when_short(int64_t at, char text_r[WHEN_TEXT_MAX]);
const char *when_date(int64_t at, char text_r[WHEN_TEXT_MAX]);	/* 2026-03-02 */
/* Days since 1970-01-01 of a civil date, and back (proleptic Gregorian). */
int64_t	when_days(int year, int month, int day);
void	when_civil(int64_t days, int *year_r, int *month_r, int *day_r);
int	when_year(int64_t at);

#endif
