/* SPDX-License-Identifier: ISC */
/*
 * html_head: the top of an export: whose timeline, of which time, how much of
 * it, and what still waits to be filed.
 */
#include "daemon/export/html_in.h"

#include <stdio.h>

static void
html_ids(const struct html *html, struct buf *out)
{
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < html->head->ncolumns; i++) {
		if (i > 0)
			buf_adds(out, ", ");
		buf_adds(out, id_text(&html->head->columns[i].id, id));
	}
}

static void
html_page_css(const struct html *html, struct buf *out)
{
	/* "Page " counter(page) " of " counter(pages) "" */
	if (html->conf->aid) {
		buf_adds(out, "@page{@top-center{font:7.5pt sans-serif;"
		    "color:#6a6455;content:\"");
		buf_adds(out, say_text(html->lang, SAY_HTML_MODE_AID));
		buf_adds(out, "\"}}\n");
	}
	buf_adds(out, "@page{@bottom-left{font:7.5pt sans-serif;"
	    "color:#6a6455;content:\"");
	html_ids(html, out);
	if (html->conf->cite == NULL) {
		buf_adds(out, " \u00b7 ");
		buf_addu(out, html->head->position);
	}
	buf_adds(out, "\"}@bottom-right{font:7.5pt sans-serif;color:#6a6455;"
	    "content:\"");
	say(out, html->lang, SAY_HTML_PAGE, "\" counter(page) \"",
	    "\" counter(pages) \"");
	buf_adds(out, "\"}}\n");
}

static void
html_title(const struct html *html, struct buf *out)
{
	struct buf ids = BUF_INIT;

	html_ids(html, &ids);
	html_say(html, out, SAY_HTML_TITLE_ONE, buf_str(&ids));
	buf_release(&ids);
}

static void
html_top(const struct html *html, struct buf *out)
{
	buf_adds(out, "<!doctype html>\n<html lang=\"");
	buf_adds(out, lang_tag(html->lang));
	buf_adds(out, "\"><head><meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	html_title(html, out);
	buf_adds(out, "</title>\n<style>");
	buf_adds(out, html_style);
	html_page_css(html, out);
	buf_adds(out, "</style></head><body>\n");
	buf_adds(out, html_shapes);
	buf_adds(out, "<main><header>\n");
}

/* Of one: its title is the heading; of several: a heading and a list. */
static void
html_headline(const struct html *html, struct buf *out)
{
	const struct rows_head *head = html->head;
	char id[ID_TEXT_MAX];

	buf_adds(out, "<h1>");
	if (head->ncolumns == 1)
		html_esc(out, head->columns[0].title);
	else
		html_word(html, out, SAY_HTML_TITLE_MANY);
	buf_adds(out, "</h1>\n<ul class=\"of\">");
	for (unsigned i = 0; i < head->ncolumns; i++) {
		const struct rows_column *c = &head->columns[i];

		buf_adds(out, "<li><b class=\"id\">");
		buf_adds(out, id_text(&c->id, id));
		buf_adds(out, "</b>");
		if (head->ncolumns > 1) {
			buf_adds(out, " <b>");
			html_esc(out, c->title);
			buf_adds(out, "</b>");
		}
		if (c->id.kind == ID_CASE) {
			buf_adds(out, " \u00b7 ");
			html_say(html, out, SAY_HTML_FOR_CLIENT,
			    c->client_name);
			buf_adds(out, " <span class=\"id\">");
			if (html->conf->cite == NULL)
				buf_adds(out, id_text(&c->client, id));
			buf_adds(out, "</span>");
		}
		buf_adds(out, "</li>");
	}
	buf_adds(out, "</ul>\n");
}

static void
html_past(const struct html *html, struct buf *out)
{
	struct buf date = BUF_INIT;
	struct html_day day;
	char text[24];
	int hour, minute;

	if (!html->past)
		return;
	buf_adds(out, "<p class=\"past\">");
	if (html->head->as_known != 0) {
		(void)snprintf(text, sizeof text, "%llu",
		    (unsigned long long)html->head->as_known);
		html_say(html, out, SAY_HTML_AS_KNOWN, text);
		buf_addc(out, ' ');
	}
	if (html->head->as_was != WHEN_NONE) {
		html_local(html->head->as_was, &day, &hour, &minute);
		html_date(html, &date, &day);
		html_say(html, out, SAY_HTML_AS_WAS, buf_str(&date));
	}
	buf_adds(out, "</p>\n");
	buf_release(&date);
}

/* One fact of the strip; a note under it if not SAY_COUNT. */
static void
html_fact(const struct html *html, struct buf *out, enum say_key name,
    const struct buf *value, enum say_key note)
{
	buf_adds(out, "<div><dt>");
	html_word(html, out, name);
	buf_adds(out, "</dt><dd>");
	buf_add(out, value->data, value->len);
	if (note != SAY_COUNT) {
		buf_adds(out, "<small>");
		html_word(html, out, note);
		buf_adds(out, "</small>");
	}
	buf_adds(out, "</dd></div>");
}

static void
html_number(const struct html *html, struct buf *out, enum say_key name,
    uint64_t n, enum say_key note)
{
	struct buf value = BUF_INIT;

	buf_addu(&value, n);
	html_fact(html, out, name, &value, note);
	buf_release(&value);
}

static void
html_period(const struct html *html, struct buf *out)
{
	int64_t from = html->head->since, until = html->head->until;
	struct buf a = BUF_INIT, b = BUF_INIT, value = BUF_INIT;
	struct html_day day;
	int hour, minute;

	from = from != WHEN_NONE ? from : html->begin;
	until = until != WHEN_NONE ? until : html->end;
	if (from != WHEN_NONE && until != WHEN_NONE) {
		html_local(from, &day, &hour, &minute);
		html_date(html, &a, &day);
		html_local(until, &day, &hour, &minute);
		html_date(html, &b, &day);
		html_say(html, &value, SAY_HTML_FROM_TO, buf_str(&a),
		    buf_str(&b));
		html_fact(html, out, SAY_HTML_PERIOD, &value, SAY_COUNT);
	}
	buf_release(&a);
	buf_release(&b);
	buf_release(&value);
}

static void
html_lanes(const struct html *html, struct buf *out)
{
	struct buf value = BUF_INIT;

	for (int lane = 1; lane < LANE_COUNT; lane++) {
		if ((html->head->lanes & (1u << lane)) == 0)
			continue;
		if (value.len > 0)
			buf_adds(&value, " \u00b7 ");
		html_word(html, &value, lane_say((enum lane)lane));
	}
	if (value.len > 0)
		html_fact(html, out, SAY_HTML_LANES, &value, SAY_COUNT);
	buf_release(&value);
}

static void
html_facts(const struct html *html, struct buf *out)
{
	buf_adds(out, "<dl class=\"facts\">");
	html_period(html, out);
	html_number(html, out, SAY_HTML_EVENTS, html->rows, SAY_COUNT);
	html_number(html, out, SAY_HTML_DOCUMENTS, html->documents,
	    SAY_COUNT);
	html_number(html, out, SAY_HTML_GAPS, html->gaps, SAY_COUNT);
	if (html->conf->cite == NULL)
		html_number(html, out, SAY_HTML_WAITING, html->head->waiting,
		    html->head->waiting > 0 ? SAY_HTML_WAITING_NOTE :
		    SAY_HTML_WAITING_NONE);
	html_lanes(html, out);
	if (html->conf->cite == NULL)
		html_number(html, out, SAY_HTML_POSITION,
		    html->head->position, SAY_HTML_POSITION_NOTE);
	buf_adds(out, "</dl>\n");
}

void
html_head(const struct html *html, struct buf *out)
{
	html_top(html, out);
	html_headline(html, out);
	if (html->conf->aid) {
		buf_adds(out, "<p class=\"past\">");
		html_word(html, out, SAY_HTML_MODE_AID);
		buf_adds(out, "</p>\n");
	}
	html_past(html, out);
	html_facts(html, out);
	buf_adds(out, "</header>\n");
}
