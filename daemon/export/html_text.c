/* SPDX-License-Identifier: ISC */
/*
 * html_text: words, dates and sizes of an export, all escaped here.
 *
 * Times of day are those of the process's zone (TZ, the office's); a civil
 * date is never moved by a zone.
 */
#include "daemon/export/html_in.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/base/text.h"

void
html_esc(struct buf *out, const char *text)
{
	text_html(out, text, strlen(text));
}

void
html_word(const struct html *html, struct buf *out, enum say_key key)
{
	html_esc(out, say_text(html->lang, key));
}

void
html_say_with(const struct html *html, struct buf *out, enum say_key key,
    const char *const args[], size_t nargs)
{
	struct buf text = BUF_INIT;

	say_to(&text, html->lang, key, args, nargs);
	html_esc(out, buf_str(&text));
	buf_release(&text);
}

void
html_anchor(const struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	buf_adds(out, "d-");
	if (html->head->ncolumns > 1) {
		buf_adds(out, id_text(&row->column, id));
		buf_addc(out, '-');
	}
	buf_adds(out, html_cite(html, row, id));
}

const char *
html_cite(const struct html *html, const struct row *row,
    char id[ID_TEXT_MAX])
{
	return html->conf->cite != NULL ?
	    html->conf->cite(html->conf->cite_arg, row) :
	    id_text(&row->document, id);
}

/* ---- dates ------------------------------------------------------------ */

void
html_local(int64_t at, struct html_day *day, int *hour_r, int *minute_r)
{
	time_t t = (time_t)(at / WHEN_SECOND - (at % WHEN_SECOND < 0));
	struct tm tm;

	memset(&tm, 0, sizeof tm);
	(void)localtime_r(&t, &tm);
	day->year = tm.tm_year + 1900;
	day->month = tm.tm_mon + 1;
	day->day = tm.tm_mday;
	*hour_r = tm.tm_hour;
	*minute_r = tm.tm_min;
}

void
html_day_of(const struct row *row, struct html_day *day)
{
	int hour, minute;

	if (row->gap || row->precision >= WHEN_MINUTE ||
	    row->precision == WHEN_UNKNOWN) {
		html_local(row->at, day, &hour, &minute);
		return;
	}
	when_civil(row->at / WHEN_DAY - (row->at % WHEN_DAY < 0), &day->year,
	    &day->month, &day->day);
	if (row->precision < WHEN_DATE)
		day->day = 0;
	if (row->precision == WHEN_YEAR)
		day->month = 0;
}

/* The n-th word of a text, from 0. */
static const char *
html_nth(const char *words, int n, char room[32])
{
	size_t len;

	while (n-- > 0)
		words += strcspn(words, " ") + 1;
	len = strcspn(words, " ");
	(void)snprintf(room, 32, "%.*s", (int)len, words);
	return room;
}

void
html_date(const struct html *html, struct buf *out, const struct html_day *d)
{
	char year[16], month[32], day[16];
	enum say_key key = d->month == 0 ? SAY_HTML_DATE_YEAR : d->day == 0 ?
	    SAY_HTML_DATE_MONTH : SAY_HTML_DATE;

	(void)snprintf(year, sizeof year, "%d", d->year);
	(void)snprintf(day, sizeof day, "%d", d->day);
	say(out, html->lang, key, year, html_nth(say_text(html->lang,
	    SAY_HTML_MONTHS_SHORT), d->month > 0 ? d->month - 1 : 0, month),
	    day);
}

void
html_month(const struct html *html, struct buf *out, int year, int month)
{
	char y[16], m[32];

	(void)snprintf(y, sizeof y, "%d", year);
	say(out, html->lang, SAY_HTML_MONTH, y, html_nth(say_text(html->lang,
	    SAY_HTML_MONTHS_LONG), month - 1, m));
}

const char *
html_weekday(const struct html *html, const struct html_day *d,
    char room[32])
{
	int64_t days = when_days(d->year, d->month, d->day);

	/* 1970-01-01 was a Thursday. */
	return html_nth(say_text(html->lang, SAY_HTML_WEEKDAYS),
	    (int)(((days + 4) % 7 + 7) % 7), room);
}

void
html_time(const struct html *html, struct buf *out, int64_t at, int clock)
{
	char iso[WHEN_TEXT_MAX], hm[16];
	struct html_day day;
	int hour, minute;

	html_local(at, &day, &hour, &minute);
	buf_adds(out, "<time datetime=\"");
	buf_adds(out, when_short(at, iso));
	buf_adds(out, "\">");
	html_date(html, out, &day);
	if (clock) {
		(void)snprintf(hm, sizeof hm, " %02d:%02d", hour, minute);
		buf_adds(out, hm);
	}
	buf_adds(out, "</time>");
}

/* ---- sizes and shapes ------------------------------------------------- */

void
html_size(struct buf *out, uint64_t size)
{
	static const char *unit[] = { "B", "kB", "MB", "GB", "TB" };
	uint64_t tenths = size * 10;
	char text[40];
	int u = 0;

	while (tenths >= 10000 && u < 4) {
		tenths = (tenths + 500) / 1000;
		u++;
	}
	if (u == 0)
		(void)snprintf(text, sizeof text, "%llu\u00a0B",
		    (unsigned long long)size);
	else
		(void)snprintf(text, sizeof text, "%llu.%llu\u00a0%s",
		    (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10), unit[u]);
	buf_adds(out, text);
}

void
html_shape(struct buf *out, enum lane lane)
{
	buf_adds(out, "<svg class=\"i\" viewBox=\"0 0 16 16\" "
	    "aria-hidden=\"true\"><use href=\"#l-");
	buf_adds(out, lane == LANE_NONE || lane >= LANE_COUNT ? "record" :
	    lane_name(lane));
	buf_adds(out, "\"/></svg>");
}
