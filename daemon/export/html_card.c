/* SPDX-License-Identifier: ISC */
/*
 * html_card: one event of a timeline: when and where that comes from, the
 * sentence, who, and what to cite.
 */
#include "daemon/export/html_in.h"

#include <stdio.h>
#include <string.h>

#define LATE_DAYS 1		/* captured that much later: said so */

static const char *
card_arrow(enum direction d)
{
	switch (d) {
	case DIRECTION_IN:
		return "\u2192 ";
	case DIRECTION_OUT:
		return "\u2190 ";
	case DIRECTION_INTERNAL:
		return "\u21ba ";
	case DIRECTION_BETWEEN:
		return "\u2194 ";
	default:
		return "";
	}
}

static void
card_time(struct html *html, struct buf *out, const struct row *row)
{
	char iso[WHEN_TEXT_MAX], hm[16];
	struct html_day day;
	int hour, minute;

	if (row->precision < WHEN_MINUTE)
		return;
	html_local(row->at, &day, &hour, &minute);
	(void)snprintf(hm, sizeof hm, "%02d:%02d", hour, minute);
	buf_adds(out, "<b><time datetime=\"");
	buf_adds(out, when_short(row->at, iso));
	buf_adds(out, "\">");
	buf_adds(out, hm);
	buf_adds(out, "</time></b>");
	(void)html;
}

/* Lane (for narrow screens), time, direction, where the time comes from. */
static void
card_top(struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	buf_adds(out, "<p class=\"t\">");
	card_time(html, out, row);
	buf_adds(out, "<span class=\"w\">");
	html_shape(out, row->lane);
	buf_addc(out, ' ');
	html_word(html, out, lane_say(row->lane));
	buf_adds(out, "</span>");
	if (html->head->ncolumns > 1) {
		buf_adds(out, "<span class=\"w k\">");
		buf_adds(out, id_text(&row->column, id));
		buf_adds(out, "</span>");
	}
	if (row->kase.kind != ID_NONE) {
		buf_adds(out, "<span class=\"id\">");
		buf_adds(out, id_text(&row->kase, id));
		buf_adds(out, "</span>");
	}
	if (row->direction != DIRECTION_UNKNOWN) {
		buf_adds(out, "<span class=\"d\">");
		buf_adds(out, card_arrow(row->direction));
		html_word(html, out, direction_say(row->direction));
		buf_adds(out, "</span>");
	}
	/* The foot says what holds when nothing is said. */
	if (row->time_from != TIME_NONE && row->time_from != TIME_ENVELOPE &&
	    row->time_from != TIME_ENTRY) {
		buf_adds(out, "<span>");
		html_word(html, out, time_from_say(row->time_from));
		buf_adds(out, "</span>");
	}
	buf_adds(out, "</p>");
}

static void
card_people(struct html *html, struct buf *out, const struct row *row)
{
	if (row->from[0] == '\0' && row->to[0] == '\0')
		return;
	buf_adds(out, "<p class=\"p\"><bdi>");
	html_esc(out, row->from);
	buf_adds(out, "</bdi>");
	if (row->to[0] != '\0') {
		buf_adds(out, " <span class=\"n\">");
		html_word(html, out, SAY_HTML_TO);
		buf_adds(out, "</span> <bdi>");
		html_esc(out, row->to);
		buf_adds(out, "</bdi>");
	}
	buf_adds(out, "</p>");
}

static void
card_late(struct html *html, struct buf *out, const struct row *row)
{
	struct buf date = BUF_INIT;
	struct html_day day;
	char days[24];
	int hour, minute;
	int64_t late = row->captured_at == WHEN_NONE ? 0 :
	    (row->captured_at - row->at) / WHEN_DAY;

	if (late < LATE_DAYS)
		return;
	html_local(row->captured_at, &day, &hour, &minute);
	html_date(html, &date, &day);
	(void)snprintf(days, sizeof days, "%lld", (long long)late);
	buf_adds(out, "<p class=\"l\"><svg class=\"i\" "
	    "viewBox=\"0 0 16 16\" aria-hidden=\"true\">"
	    "<use href=\"#l-late\"/></svg> ");
	html_say(html, out, SAY_HTML_LATE, buf_str(&date), days);
	buf_adds(out, "</p>");
	buf_release(&date);
}

/* Another date on the paper than the one it stands at. */
static void
card_written(struct html *html, struct buf *out, const struct row *row)
{
	struct buf date = BUF_INIT;
	struct html_day day, at;

	if (row->written_at == WHEN_NONE)
		return;
	when_civil(row->written_at / WHEN_DAY -
	    (row->written_at % WHEN_DAY < 0), &day.year, &day.month,
	    &day.day);
	html_day_of(row, &at);
	if (when_days(day.year, day.month, day.day) !=
	    when_days(at.year, at.month > 0 ? at.month : 1,
	    at.day > 0 ? at.day : 1)) {
		html_date(html, &date, &day);
		buf_adds(out, "<p class=\"l\">");
		html_say(html, out, SAY_HTML_WRITTEN, buf_str(&date));
		buf_adds(out, "</p>");
	}
	buf_release(&date);
}

/* When somebody asked for what the record now says. */
static void
card_asked(struct html *html, struct buf *out, const struct row *row)
{
	struct buf date = BUF_INIT;
	struct html_day day;
	struct when when;

	if (row->asked[0] == '\0')
		return;
	if (when_parse(row->asked, strlen(row->asked), &when) == 0 &&
	    when.precision == WHEN_DATE) {
		when_civil(when.at / WHEN_DAY, &day.year, &day.month,
		    &day.day);
		html_date(html, &date, &day);
	} else {
		buf_adds(&date, row->asked);
	}
	buf_adds(out, "<p class=\"l\">");
	html_say(html, out, SAY_HTML_ASKED, buf_str(&date));
	buf_adds(out, "</p>");
	buf_release(&date);
}

/* One small line about the event. */
static void
card_line(struct html *html, struct buf *out, const char *class,
    enum say_key key, const char *a, const char *b)
{
	buf_adds(out, "<p class=\"");
	buf_adds(out, class);
	buf_adds(out, "\">");
	html_say(html, out, key, a, b);
	buf_adds(out, "</p>");
}

/* Whom a message of ours did not reach, and what was done about it. */
static void
card_bounces(struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < row->nbounces; i++)
		card_line(html, out, "l nd", row->bounces[i].status[0] != '\0' ?
		    SAY_HTML_NOT_DELIVERED_STATUS : SAY_HTML_NOT_DELIVERED,
		    row->bounces[i].recipient[0] != '\0' ?
		    row->bounces[i].recipient : row->to,
		    row->bounces[i].status);
	for (unsigned i = 0; i < row->nbounces && html->conf->cite == NULL;
	    i++)
		card_line(html, out, "l", SAY_HTML_REPORT,
		    id_text(&row->bounces[i].document, id), NULL);
	if (row->delivery[0] != '\0')
		card_line(html, out, "l", SAY_HTML_DELIVERY, row->delivery,
		    NULL);
}

/* By whom a paper of ours went, and what proves it. */
static void
card_sent(struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	if (row->machine)
		card_line(html, out, "l", SAY_HTML_MACHINE, NULL, NULL);
	if (row->sent_by[0] != '\0')
		card_line(html, out, "l", row->tracking[0] != '\0' ?
		    SAY_HTML_SENT_BY_TRACKING : SAY_HTML_SENT_BY,
		    say_text(html->lang, row_sent_by_say(row->sent_by)),
		    row->tracking);
	for (unsigned i = 0; i < row->nproofs && html->conf->cite == NULL; i++)
		card_line(html, out, "l", SAY_HTML_PROOF,
		    id_text(&row->proofs[i], id), NULL);
}

static void
card_entries(struct html *html, struct buf *out, const struct row *row)
{
	struct buf list = BUF_INIT;

	for (unsigned i = 0; i < row->nseqs; i++) {
		if (i > 0)
			buf_adds(&list, ", ");
		buf_addu(&list, row->seqs[i]);
	}
	if (row->nseqs > 0)
		html_say(html, out, row->nseqs == 1 ? SAY_HTML_ENTRY :
		    SAY_HTML_ENTRIES, buf_str(&list));
	buf_release(&list);
}

/* What to cite: document, entries, the hash (whole as a title). */
static void
card_cite(struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	buf_adds(out, "<p class=\"n\">");
	if (row->document.kind != ID_NONE) {
		buf_adds(out, "<a class=\"id\" href=\"#");
		html_anchor(html, out, row);
		buf_adds(out, "\">");
		buf_adds(out, html_cite(html, row, id));
		buf_adds(out, "</a>");
	}
	if (html->conf->cite == NULL) {
		if (row->document.kind != ID_NONE)
			buf_adds(out, " \u00b7 ");
		card_entries(html, out, row);
	}
	if (row->sha256[0] != '\0') {
		buf_adds(out, " \u00b7 <code title=\"SHA-256 ");
		buf_adds(out, row->sha256);
		buf_adds(out, "\">");
		buf_add(out, row->sha256, 12);
		buf_adds(out, "\u2026</code>");
	}
	buf_adds(out, "</p>");
}

static void
card_copies(struct html *html, struct buf *out, const struct row *row)
{
	char n[16];

	if (row->narrivals < 2)
		return;
	(void)snprintf(n, sizeof n, "%u", row->narrivals);
	buf_adds(out, "<p class=\"n\">");
	html_say(html, out, SAY_HTML_ARRIVALS, n);
	buf_adds(out, "</p>");
}

void
html_card(struct html *html, struct buf *out, const struct row *row)
{
	buf_adds(out, "<div class=\"e ");
	buf_adds(out, lane_name(row->lane));
	if (row_has_way(row)) {
		buf_addc(out, ' ');
		buf_adds(out, direction_name(row->direction));
	}
	/* The row as tables number it; order is for one list. */
	buf_adds(out, "\" id=\"s");
	buf_addu(out, ++html->written);
	buf_adds(out, "\" style=\"order:");
	buf_addu(out, html->written);
	buf_adds(out, "\">");
	card_top(html, out, row);
	buf_adds(out, "<p class=\"s\"><bdi>");
	if (row->sentence[0] != '\0')
		html_esc(out, row->sentence);
	else {
		struct buf text = BUF_INIT;

		row_sentence(&text, row, html->lang);
		html_esc(out, buf_str(&text));
		buf_release(&text);
	}
	buf_adds(out, "</bdi></p>");
	card_people(html, out, row);
	card_asked(html, out, row);
	card_bounces(html, out, row);
	card_sent(html, out, row);
	card_written(html, out, row);
	card_late(html, out, row);
	if (html->conf->aid && row->reason[0] != '\0')
		card_line(html, out, "l", SAY_HTML_NOTE, row->reason, NULL);
	card_cite(html, out, row);
	card_copies(html, out, row);
	buf_adds(out, "</div>");
}
