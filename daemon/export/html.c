/* SPDX-License-Identifier: ISC */
/*
 * html: the page around the events: head, facts, table, list, foot.
 *
 * Cells of a day are gathered until the day is over, or until they hold
 * GATHER_MAX bytes: then the day goes on in another table row.
 */
#include "daemon/export/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/html_in.h"

#define GATHER_MAX 131072

struct html *
html_new(const struct rows_head *head, const struct html_conf *conf)
{
	struct html *html = calloc(1, sizeof *html);

	if (html == NULL)
		return NULL;
	html->head = head;
	html->conf = conf;
	html->lang = conf->lang;
	html->past = head->as_known != 0 || head->as_was != WHEN_NONE;
	html->begin = html->end = WHEN_NONE;
	html->month = -1;
	return html;
}

void
html_free(struct html *html)
{
	if (html == NULL)
		return;
	for (unsigned i = 0; i < html->ncells; i++)
		buf_release(&html->cell[i].text);
	free(html->bin);
	free(html);
}

/* ---- counting --------------------------------------------------------- */

static unsigned
html_scope(const struct html *html, const struct row *row)
{
	for (unsigned i = 0; i < html->head->ncolumns && i < HTML_SCOPES; i++)
		if (id_equal(&html->head->columns[i].id, &row->column))
			return i;
	return 0;
}

static void
html_bin(struct html *html, const struct row *row)
{
	struct html_day day;
	int64_t month, i;

	html_day_of(row, &day);
	month = (int64_t)day.year * 12 + (day.month > 0 ? day.month - 1 : 0);
	if (html->nbins == 0)
		html->first_month = month;
	/* The rows come in order; zones may shift the first by one. */
	i = month < html->first_month ? 0 : month - html->first_month;
	if ((size_t)i >= html->bincap) {
		size_t cap = ((size_t)i + 1) * 2;
		void *grown = realloc(html->bin, cap * sizeof *html->bin);

		if (grown == NULL)
			return;
		html->bin = grown;
		memset(html->bin + html->bincap, 0,
		    (cap - html->bincap) * sizeof *html->bin);
		html->bincap = cap;
	}
	html->bin[i][row->lane]++;
	if ((size_t)i >= html->nbins)
		html->nbins = (size_t)i + 1;
}

void
html_count(struct html *html, const struct row *row)
{
	if (row->gap) {
		html->gaps++;
		if (html->ngap < HTML_GAPS)
			html->gap[html->ngap++] = (struct html_span){ row->at,
			    row->gap_until };
		return;
	}
	html->rows++;
	html->documents += row->sha256[0] != '\0';
	html->lane[html_scope(html, row)][row->lane]++;
	if (html->begin == WHEN_NONE)
		html->begin = row->at;
	html->end = row->at;
	html_bin(html, row);
}

/* Which columns the table has, now that all is counted. */
static void
html_columns(struct html *html)
{
	unsigned scopes = html->head->ncolumns, n = 0;
	unsigned max = scopes == 1 ? HTML_LANES : HTML_CELLS;

	for (unsigned s = 0; s < scopes && s < HTML_SCOPES; s++)
		for (int lane = 0; lane < LANE_COUNT; lane++)
			n += html->lane[s][lane] > 0;
	for (unsigned s = 0; s < scopes && s < HTML_SCOPES; s++) {
		unsigned before = html->ncells;
		uint64_t sum = 0;

		for (int lane = 0; lane < LANE_COUNT; lane++) {
			sum += html->lane[s][lane];
			if (html->lane[s][lane] > 0 && n <= max)
				html->cell[html->ncells++] =
				    (struct html_cell){ .scope = s,
				    .lane = (enum lane)lane,
				    .count = html->lane[s][lane] };
		}
		if (html->ncells == before)
			html->cell[html->ncells++] = (struct html_cell){
			    .scope = s, .lane = LANE_NONE, .count = sum };
	}
}

static struct html_cell *
html_cell(struct html *html, const struct row *row)
{
	unsigned scope = html_scope(html, row);

	for (unsigned i = 0; i < html->ncells; i++)
		if (html->cell[i].scope == scope &&
		    (html->cell[i].lane == LANE_NONE ||
		    html->cell[i].lane == row->lane))
			return &html->cell[i];
	return &html->cell[0];
}

/* Does a cell begin another scope than the one before it? */
static int
html_first(const struct html *html, unsigned i)
{
	return i > 0 && html->cell[i].scope != html->cell[i - 1].scope;
}

/* ---- the table -------------------------------------------------------- */

/* Of several cases: a head line with one cell a case, over its lanes. */
static void
html_scopes(const struct html *html, struct buf *out)
{
	char text[160], id[ID_TEXT_MAX];

	buf_adds(out, "<tr><th class=\"when\"></th>");
	for (unsigned i = 0; i < html->ncells;) {
		const struct rows_column *c =
		    &html->head->columns[html->cell[i].scope];
		unsigned n = 1;

		while (i + n < html->ncells &&
		    html->cell[i + n].scope == html->cell[i].scope)
			n++;
		(void)snprintf(text, sizeof text,
		    "<th scope=\"colgroup\" colspan=\"%u\"%s>"
		    "<span class=\"id\">%s</span> ", n,
		    i > 0 ? " class=\"first\"" : "", id_text(&c->id, id));
		buf_adds(out, text);
		html_esc(out, c->title);
		if (c->waiting > 0) {
			buf_adds(out, " <small>");
			html_word(html, out, SAY_HTML_WAITING);
			buf_adds(out, ": ");
			buf_addu(out, c->waiting);
			buf_adds(out, "</small>");
		}
		buf_adds(out, "</th>");
		i += n;
	}
	buf_adds(out, "</tr>");
}

static void
html_lane_heads(const struct html *html, struct buf *out)
{
	buf_adds(out, "<tr><th scope=\"col\" class=\"when\">");
	html_word(html, out, SAY_HTML_WHEN);
	buf_adds(out, "</th>");
	for (unsigned i = 0; i < html->ncells; i++) {
		const struct html_cell *cell = &html->cell[i];

		buf_adds(out, html_first(html, i) ?
		    "<th scope=\"col\" class=\"first\">" :
		    "<th scope=\"col\">");
		if (cell->lane != LANE_NONE) {
			html_shape(out, cell->lane);
			html_word(html, out, lane_say(cell->lane));
		} else
			html_word(html, out, SAY_HTML_EVENTS);
		buf_adds(out, " <small>");
		buf_addu(out, cell->count);
		buf_adds(out, "</small></th>");
	}
	buf_adds(out, "</tr>");
}

/* Full lanes are wider than those with little in them. */
static unsigned
html_weight(const struct html_cell *cell)
{
	if (cell->lane == LANE_NONE)
		return 20;
	return cell->count >= 50 ? 22 : cell->count >= 10 ? 17 :
	    cell->count >= 3 ? 13 : 10;
}

static void
html_widths(const struct html *html, struct buf *out)
{
	unsigned sum = 0;
	char text[64];

	for (unsigned i = 0; i < html->ncells; i++)
		sum += html_weight(&html->cell[i]);
	buf_adds(out, "<colgroup><col class=\"when\">");
	for (unsigned i = 0; i < html->ncells; i++) {
		(void)snprintf(text, sizeof text, "<col style=\"width:%u%%\">",
		    html_weight(&html->cell[i]) * 90 / sum);
		buf_adds(out, text);
	}
	buf_adds(out, "</colgroup>");
}

void
html_open(struct html *html, struct buf *out)
{
	html_columns(html);
	html_head(html, out);
	if (html->rows == 0) {
		buf_adds(out, "<p class=\"none\">");
		html_word(html, out, SAY_HTML_NO_EVENTS);
		buf_adds(out, "</p>\n");
	}
	html_overview(html, out);
	if (html->rows + html->gaps == 0)
		return;
	buf_adds(out, "<table class=\"tl");
	for (unsigned i = 0; i < html->ncells; i++)
		if (html->cell[i].lane == LANE_NONE) {
			buf_adds(out, " mixed");
			break;
		}
	buf_adds(out, "\">");
	html_widths(html, out);
	buf_adds(out, "<thead>");
	if (html->head->ncolumns > 1)
		html_scopes(html, out);
	html_lane_heads(html, out);
	buf_adds(out, "</thead>\n<tbody>\n");
}

static void
html_month_row(struct html *html, struct buf *out)
{
	int64_t month = (int64_t)html->day.year * 12 +
	    (html->day.month > 0 ? html->day.month - 1 : 0);
	struct buf name = BUF_INIT;
	char text[120];

	if (month == html->month)
		return;
	html->month = month;
	(void)snprintf(text, sizeof text, "<tr class=\"month\"><th "
	    "scope=\"rowgroup\" id=\"m%d-%02d\" colspan=\"%u\">",
	    html->day.year, (int)(month % 12) + 1, html->ncells + 1);
	buf_adds(out, text);
	if (html->day.month > 0)
		html_month(html, &name, html->day.year, html->day.month);
	else
		html_date(html, &name, &html->day);
	html_esc(out, buf_str(&name));
	buf_adds(out, "</th></tr>\n");
	buf_release(&name);
}

static void
html_axis(struct html *html, struct buf *out)
{
	struct buf date = BUF_INIT;
	char iso[48], room[32];

	if (html->day.day > 0)
		(void)snprintf(iso, sizeof iso, "%04d-%02d-%02d",
		    html->day.year, html->day.month, html->day.day);
	else if (html->day.month > 0)
		(void)snprintf(iso, sizeof iso, "%04d-%02d", html->day.year,
		    html->day.month);
	else
		(void)snprintf(iso, sizeof iso, "%04d", html->day.year);
	buf_adds(out, "<th scope=\"row\" class=\"when\"><time datetime=\"");
	buf_adds(out, iso);
	buf_adds(out, "\">");
	html_date(html, &date, &html->day);
	html_esc(out, buf_str(&date));
	buf_adds(out, "</time><small>");
	if (html->day.day > 0)
		html_esc(out, html_weekday(html, &html->day, room));
	else
		html_word(html, out, html->day.month > 0 ?
		    SAY_HTML_ONLY_MONTH : SAY_HTML_ONLY_YEAR);
	buf_adds(out, "</small></th>");
	buf_release(&date);
}

/* The day is over (or large): its cells become a row. */
static void
html_flush(struct html *html, struct buf *out)
{
	if (!html->gathering)
		return;
	html_month_row(html, out);
	buf_adds(out, "<tr class=\"day\">");
	html_axis(html, out);
	for (unsigned i = 0; i < html->ncells; i++) {
		struct buf *text = &html->cell[i].text;

		buf_adds(out, html_first(html, i) ? "<td class=\"first\">" :
		    "<td>");
		buf_add(out, text->data, text->len);
		buf_adds(out, "</td>");
		buf_clear(text);
	}
	buf_adds(out, "</tr>\n");
	html->gathering = 0;
	html->gathered = 0;
}

/* A gap stands in the columns of its own case; without one, in all. */
static void
html_gap(struct html *html, struct buf *out, const struct row *row)
{
	unsigned scope = html_scope(html, row), from = 0, n = html->ncells;
	struct buf text = BUF_INIT;
	char cell[80];

	html_flush(html, out);
	if (row->column.kind != ID_NONE && html->head->ncolumns > 1) {
		while (from < html->ncells && html->cell[from].scope != scope)
			from++;
		for (n = 0; from + n < html->ncells &&
		    html->cell[from + n].scope == scope;)
			n++;
	}
	buf_adds(out, "<tr class=\"gap\"><th scope=\"row\" class=\"when\">"
	    "</th>");
	if (from > 0) {
		(void)snprintf(cell, sizeof cell, "<td colspan=\"%u\"></td>",
		    from);
		buf_adds(out, cell);
	}
	(void)snprintf(cell, sizeof cell, "<td colspan=\"%u\"%s><p><span>", n,
	    from > 0 ? " class=\"first\"" : "");
	buf_adds(out, cell);
	row_sentence(&text, row, html->lang);
	html_esc(out, buf_str(&text));
	buf_adds(out, "</span></p></td>");
	if (from + n < html->ncells) {
		(void)snprintf(cell, sizeof cell, "<td colspan=\"%u\"></td>",
		    html->ncells - from - n);
		buf_adds(out, cell);
	}
	buf_adds(out, "</tr>\n");
	buf_release(&text);
}

void
html_row(struct html *html, struct buf *out, const struct row *row)
{
	struct html_cell *cell;
	struct html_day day;
	size_t before;

	if (row->gap) {
		html_gap(html, out, row);
		return;
	}
	html_day_of(row, &day);
	if (html->gathering && (memcmp(&day, &html->day, sizeof day) != 0 ||
	    html->gathered > GATHER_MAX))
		html_flush(html, out);
	html->day = day;
	html->gathering = 1;
	cell = html_cell(html, row);
	before = cell->text.len;
	html_card(html, &cell->text, row);
	html->gathered += cell->text.len - before;
	if (buf_failed(&cell->text))
		out->failed = 1;
}

void
html_table_end(struct html *html, struct buf *out)
{
	if (html->rows + html->gaps == 0)
		return;
	html_flush(html, out);
	buf_adds(out, "</tbody></table>\n");
}
