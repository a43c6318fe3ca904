/* SPDX-License-Identifier: ISC */
/*
 * html_overview: the small drawing above the table: a strip a lane, a bar a
 * month (or more, so that at most BINS_MAX stand beside each other), hatched
 * where there was no contact.  A bar leads to its month in the table.
 */
#include "daemon/export/html_in.h"

#include <stdio.h>

#define BINS_MAX	240
#define LEFT		120	/* names of the lanes */
#define WIDTH		1200
#define STRIP		26
#define THICK		36	/* of a bar, at most */
#define BAR		19	/* height of the highest */

struct overview {
	const struct html *html;
	size_t		 step, n;	/* months of a bar, bars */
	double		 w;		/* width of a bar's place */
	uint32_t	 top;		/* highest count */
	int		 strips;
};

static uint32_t
overview_count(const struct overview *o, size_t bar, int lane)
{
	uint32_t sum = 0;

	for (size_t i = bar * o->step;
	    i < (bar + 1) * o->step && i < o->html->nbins; i++)
		sum += o->html->bin[i][lane];
	return sum;
}

static int
overview_lane(const struct html *html, int lane)
{
	for (size_t i = 0; i < html->nbins; i++)
		if (html->bin[i][lane] > 0)
			return 1;
	return 0;
}

static void
overview_init(struct overview *o, const struct html *html)
{
	*o = (struct overview){ .html = html };
	o->step = (html->nbins + BINS_MAX - 1) / BINS_MAX;
	o->n = (html->nbins + o->step - 1) / o->step;
	o->w = (double)(WIDTH - LEFT) / (double)(o->n < 6 ? 6 : o->n);
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		o->strips += overview_lane(html, lane);
		for (size_t i = 0; i < o->n; i++)
			if (overview_count(o, i, lane) > o->top)
				o->top = overview_count(o, i, lane);
	}
}

/* Small counts must be seen beside large ones: by square root. */
static double
overview_height(const struct overview *o, uint32_t count)
{
	double want = (double)count / (double)o->top, root = 1;

	for (int i = 0; i < 20; i++)
		root = (root + want / root) / 2;
	return 3 + root * (BAR - 3);
}

/* The first month of a bar that has events of the lane: a line of the table. */
static int64_t
overview_month(const struct overview *o, size_t bar, int lane)
{
	size_t first = bar * o->step, i = first;

	while (i + 1 < first + o->step && i + 1 < o->html->nbins &&
	    o->html->bin[i][lane] == 0)
		i++;
	return o->html->first_month + (int64_t)i;
}

static void
overview_bar(const struct overview *o, struct buf *out, size_t bar, int lane,
    int y)
{
	int64_t month = overview_month(o, bar, lane);
	uint32_t count = overview_count(o, bar, lane);
	double h = overview_height(o, count);
	struct buf name = BUF_INIT;
	double w = o->w - 2;
	char text[200];

	w = o->w <= 3 ? 1 : w < THICK ? w : THICK;
	(void)snprintf(text, sizeof text, "<a href=\"#m%lld-%02lld\"><rect "
	    "x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
	    "rx=\"1\"><title>", (long long)(month / 12),
	    (long long)(month % 12 + 1), LEFT + (double)bar * o->w + 1,
	    y + STRIP - 2 - h, w, h);
	buf_adds(out, text);
	html_month(o->html, &name, (int)(month / 12), (int)(month % 12) + 1);
	(void)snprintf(text, sizeof text, "%u", count);
	html_say(o->html, out, SAY_HTML_BAR, buf_str(&name),
	    say_text(o->html->lang, lane_say((enum lane)lane)), text);
	buf_adds(out, "</title></rect></a>");
	buf_release(&name);
}

static void
overview_strip(const struct overview *o, struct buf *out, int lane, int y)
{
	char text[200];

	(void)snprintf(text, sizeof text, "<path d=\"M%d %d.5H%d\" "
	    "stroke=\"#ddd5c3\"/><text x=\"0\" y=\"%d\" font-size=\"12\">",
	    LEFT, y + STRIP - 2, WIDTH, y + STRIP - 7);
	buf_adds(out, text);
	html_word(o->html, out, lane_say((enum lane)lane));
	buf_adds(out, "</text><g fill=\"#1d5a94\">");
	for (size_t i = 0; i < o->n; i++)
		if (overview_count(o, i, lane) > 0)
			overview_bar(o, out, i, lane, y);
	buf_adds(out, "</g>");
}

/* Where an instant stands on the axis. */
static double
overview_x(const struct overview *o, int64_t at)
{
	struct html_day d;
	double months;
	int hour, minute;

	html_local(at, &d, &hour, &minute);
	months = (double)(d.year * 12 + d.month - 1 - o->html->first_month) +
	    (d.day - 1) / 31.0;
	if (months < 0)
		months = 0;
	if (months > (double)o->html->nbins)
		months = (double)o->html->nbins;
	return LEFT + months / (double)o->step * o->w;
}

static void
overview_gaps(const struct overview *o, struct buf *out)
{
	char text[200];

	for (unsigned i = 0; i < o->html->ngap; i++) {
		double a = overview_x(o, o->html->gap[i].from);
		double b = overview_x(o, o->html->gap[i].until);

		(void)snprintf(text, sizeof text, "<rect x=\"%.1f\" y=\"0\" "
		    "width=\"%.1f\" height=\"%d\" fill=\"url(#hatch)\"/>",
		    a, b > a + 1 ? b - a : 1.0, o->strips * STRIP);
		buf_adds(out, text);
	}
}

/* Years below; months too while there is room. */
static void
overview_axis(const struct overview *o, struct buf *out)
{
	int y = o->strips * STRIP + 14;
	double last = -100;
	char text[200];

	for (size_t i = 0; i < o->n; i++) {
		int64_t m = o->html->first_month + (int64_t)(i * o->step);
		double x = LEFT + (double)i * o->w;
		struct html_day d = { (int)(m / 12), (int)(m % 12) + 1, 0 };
		int begins = i == 0 || m % 12 < (int64_t)o->step;

		if (!begins && o->w < 44)
			continue;
		if (x - last < (o->w < 44 ? 46 : 40))
			continue;
		last = x;
		(void)snprintf(text, sizeof text, "<path d=\"M%.1f %d v5\" "
		    "stroke=\"#6a6455\"/><text x=\"%.1f\" y=\"%d\" "
		    "font-size=\"11\">", x + .5, y - 16, x + 4, y);
		buf_adds(out, text);
		if (o->w < 44 && i > 0)
			d.month = 0;
		html_date(o->html, out, &d);
		buf_adds(out, "</text>");
	}
}

static void
overview_says(const struct html *html, struct buf *out)
{
	struct buf from = BUF_INIT, until = BUF_INIT;
	int64_t last = html->first_month + (int64_t)html->nbins - 1;
	char n[24];

	(void)snprintf(n, sizeof n, "%llu",
	    (unsigned long long)(html->rows));
	html_month(html, &from, (int)(html->first_month / 12),
	    (int)(html->first_month % 12) + 1);
	html_month(html, &until, (int)(last / 12), (int)(last % 12) + 1);
	html_say(html, out, SAY_HTML_OVERVIEW_SAYS, n, buf_str(&from),
	    buf_str(&until));
	buf_release(&from);
	buf_release(&until);
}

void
html_overview(const struct html *html, struct buf *out)
{
	struct overview o;
	char text[256];
	int y = 0;

	if (html->nbins == 0)
		return;
	overview_init(&o, html);
	(void)snprintf(text, sizeof text,
	    "<figure><svg class=\"ov\" viewBox=\"0 0 %d %d\" "
	    "role=\"img\" aria-labelledby=\"ov\"><defs><pattern id=\"hatch\" "
	    "width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
	    "patternTransform=\"rotate(45)\"><rect width=\"2\" height=\"7\" "
	    "fill=\"#e3dac5\"/></pattern></defs>", WIDTH,
	    o.strips * STRIP + 18);
	buf_adds(out, text);
	overview_gaps(&o, out);
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		if (!overview_lane(html, lane))
			continue;
		overview_strip(&o, out, lane, y);
		y += STRIP;
	}
	overview_axis(&o, out);
	buf_adds(out, "</svg><figcaption id=\"ov\">");
	overview_says(html, out);
	buf_adds(out, "</figcaption></figure>\n");
}
