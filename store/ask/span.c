/* SPDX-License-Identifier: ISC */
/*
 * span: spans of facts and parties.  It reads no table and no clock.
 */
#include "store/ask/span.h"

#include <stdio.h>

static int
parse(const struct vstr *s, struct when *when_r)
{
	return s->n > 0 ? when_parse(s->p, s->n, when_r) : -1;
}

int64_t
span_begin(const struct vstr *s)
{
	struct when when;

	return parse(s, &when) == -1 ? WHEN_NONE : when.at;
}

/* The first instant behind what a text of this precision names. */
int64_t
span_end(const struct vstr *s)
{
	struct when when;
	int year, month, day;

	if (parse(s, &when) == -1)
		return WHEN_NONE;
	when_civil((when.at - (when.at % WHEN_DAY + WHEN_DAY) % WHEN_DAY) /
	    WHEN_DAY, &year, &month, &day);
	switch (when.precision) {
	case WHEN_YEAR:
		return when_days(year + 1, 1, 1) * WHEN_DAY;
	case WHEN_MONTH:
		return when_days(month == 12 ? year + 1 : year,
		    month % 12 + 1, 1) * WHEN_DAY;
	case WHEN_DATE:
		return when.at + WHEN_DAY;
	case WHEN_MINUTE:
	case WHEN_EXACT:
	case WHEN_UNKNOWN:
		break;
	}
	return when.at;
}

static int
is_day(const struct vstr *s)
{
	struct when when;

	return parse(s, &when) == 0 && when.precision < WHEN_MINUTE;
}

static int64_t
fact_begin(const struct vfact *f, int *day_r)
{
	int64_t begin = span_begin(&f->from);

	*day_r = is_day(&f->from);
	if (begin == WHEN_NONE && f->supersedes != 0) {
		begin = span_begin(&f->asked);
		*day_r = is_day(&f->asked);
		if (begin == WHEN_NONE)
			begin = f->at;
	}
	return begin;
}

void
span_fact(const struct vfact *f, const struct vfact *successor,
    struct span *span_r)
{
	span_r->begin = fact_begin(f, &span_r->begin_day);
	span_r->end = span_end(&f->until);
	span_r->end_day = is_day(&f->until);
	if (successor != NULL) {
		int day;
		int64_t next = fact_begin(successor, &day);

		if (next == WHEN_NONE)
			next = successor->at;
		if (span_r->end == WHEN_NONE || next < span_r->end) {
			span_r->end = next;
			span_r->end_day = day;
		}
	}
}

void
span_party(const struct vparty *p, struct span *span_r)
{
	span_r->begin = span_begin(&p->from);
	span_r->begin_day = is_day(&p->from);
	span_r->end = span_end(&p->until);
	span_r->end_day = is_day(&p->until);
	if (span_r->end == WHEN_NONE && p->end != 0)
		span_r->end = p->ended_at;
}

int
span_holds(const struct span *span, int64_t at, int64_t day)
{
	return (span->begin == WHEN_NONE ||
	    span->begin <= (span->begin_day ? day : at)) &&
	    (span->end == WHEN_NONE ||
	    (span->end_day ? day : at) < span->end);
}

const char *
span_until(const struct vfact *f, const struct vfact *successor,
    char text_r[WHEN_TEXT_MAX + 32])
{
	const struct vstr *s = &f->until;
	struct span span;

	span_fact(f, successor, &span);
	text_r[0] = '\0';
	if (span.end == WHEN_NONE)
		return text_r;
	if (successor != NULL && span.end != span_end(&f->until)) {
		s = successor->from.n > 0 ? &successor->from :
		    &successor->asked;
		if (s->n == 0)
			return when_date(successor->at, text_r);
	}
	(void)snprintf(text_r, WHEN_TEXT_MAX + 32, "%.*s", (int)s->n, s->p);
	return text_r;
}
