/* SPDX-License-Identifier: ISC */
/*
 * html_list: the end of an export: every document with its full hash and its
 * receipts, then where all of it comes from.
 */
#include "daemon/export/html_in.h"

#include <string.h>

void
html_list(struct html *html, struct buf *out)
{
	static const enum say_key heads[] = { SAY_HTML_COL_DOCUMENT,
	    SAY_HTML_COL_TITLE, SAY_HTML_COL_CAPTURED, SAY_HTML_COL_SIZE };

	html_table_end(html, out);
	if (html->documents == 0)
		return;
	buf_adds(out, "<section><h2>");
	html_word(html, out, SAY_HTML_LIST);
	buf_adds(out, "</h2><p>");
	html_word(html, out, SAY_HTML_LIST_NOTE);
	buf_adds(out, "</p>\n<table class=\"docs\"><thead><tr>");
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		buf_adds(out, i == 3 ? "<th scope=\"col\" class=\"r\">" :
		    "<th scope=\"col\">");
		html_word(html, out, heads[i]);
		buf_adds(out, "</th>");
	}
	buf_adds(out, "<th scope=\"col\">SHA-256</th><th scope=\"col\">");
	html_word(html, out, SAY_HTML_COL_RECEIPTS);
	buf_adds(out, "</th></tr></thead><tbody>\n");
}

/* "12 2f0c9a5d1be07c44", an arrival a line. */
static void
list_receipts(const struct html *html, struct buf *out,
    const struct row *row)
{
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < row->narrivals && html->conf->cite == NULL;
	    i++) {
		const struct row_arrival *a = &row->arrivals[i];

		if (i > 0)
			buf_adds(out, "<br>");
		buf_addu(out, a->seq);
		buf_adds(out, " <code>");
		html_esc(out, a->chain);
		buf_adds(out, "</code>");
		if (!id_equal(&a->document, &row->document)) {
			buf_addc(out, ' ');
			buf_adds(out, id_text(&a->document, id));
		}
	}
}

void
html_listed(struct html *html, struct buf *out, const struct row *row)
{
	char id[ID_TEXT_MAX];

	if (row->gap || row->sha256[0] == '\0')
		return;
	buf_adds(out, "<tr><td class=\"nw\" id=\"");
	html_anchor(html, out, row);
	buf_adds(out, "\">");
	buf_adds(out, html_cite(html, row, id));
	buf_adds(out, "</td><td><bdi>");
	html_esc(out, row->title);
	buf_adds(out, "</bdi></td><td class=\"nw\">");
	if (row->captured_at != WHEN_NONE)
		html_time(html, out, row->captured_at, 1);
	buf_adds(out, "</td><td class=\"r\">");
	html_size(out, row->size);
	buf_adds(out, "</td><td><code>");
	buf_adds(out, row->sha256);
	buf_adds(out, "</code></td><td class=\"nw\">");
	list_receipts(html, out, row);
	buf_adds(out, "</td></tr>\n");
}

void
html_end(struct html *html, struct buf *out)
{
	struct buf position = BUF_INIT;

	if (html->documents > 0)
		buf_adds(out, "</tbody></table></section>\n");
	buf_addu(&position, html->head->position);
	buf_adds(out, "<footer><p>");
	html_word(html, out, SAY_HTML_FOOT_TIMES);
	buf_addc(out, ' ');
	if (html->conf->tzdb[0] != '\0')
		html_say(html, out, SAY_HTML_FOOT_ZONE, html->conf->zone,
		    html->conf->tzdb);
	else
		html_say(html, out, SAY_HTML_FOOT_ZONE_ONLY,
		    html->conf->zone);
	buf_adds(out, "</p><p>");
	if (html->conf->cite == NULL)
		html_say(html, out, SAY_HTML_FOOT, buf_str(&position),
		    html->conf->program);
	else
		html_esc(out, html->conf->program);
	buf_adds(out, "</p><p>");
	html_word(html, out, html->conf->aid ? SAY_HTML_MODE_AID :
	    SAY_HTML_MODE_RECORD);
	buf_adds(out, "</p></footer>\n</main></body></html>\n");
	buf_release(&position);
}
