/* SPDX-License-Identifier: ISC */
/*
 * html_in: what the files of the HTML writer share.
 */
#ifndef DOSSIER_HTML_IN_H
#define DOSSIER_HTML_IN_H

#include <stdint.h>

#include "daemon/export/html.h"

#define HTML_LANES	10	/* columns of one case; more: a single one */
#define HTML_CELLS	7	/* columns of several; more: one a case */
#define HTML_SCOPES	16
#define HTML_GAPS	400	/* gaps that the overview shows */

/* A day (or month, year) as the axis names it. */
struct html_day {
	int	year, month, day;	/* month, day 0: not known */
};

struct html_span {
	int64_t	from, until;
};

/* One column of the table. */
struct html_cell {
	unsigned	 scope;
	enum lane	 lane;		/* LANE_NONE: all lanes of the scope */
	uint64_t	 count;
	struct buf	 text;		/* of the day that is being gathered */
};

struct html {
	const struct rows_head *head;
	const struct html_conf *conf;
	enum lang	 lang;
	int		 past;		/* as known or as it was */
	/* Counted. */
	uint64_t	 rows, documents, gaps;
	uint64_t	 written;	/* events so far: their anchors */
	uint64_t	 lane[HTML_SCOPES][LANE_COUNT];
	int64_t		 first_month;	/* year * 12 + month - 1 of bin[0] */
	uint32_t	(*bin)[LANE_COUNT];	/* by month */
	size_t		 nbins, bincap;
	struct html_span gap[HTML_GAPS];
	unsigned	 ngap;
	int64_t		 begin, end;	/* of the rows */
	/* The table. */
	struct html_cell cell[HTML_SCOPES * LANE_COUNT];
	unsigned	 ncells;
	struct html_day	 day;		/* being gathered */
	int		 gathering;
	size_t		 gathered;	/* bytes in cells */
	int64_t		 month;		/* last month headed, -1 none */
};

/* html_text.c: words, escaped. */
void	html_word(const struct html *, struct buf *, enum say_key);
void	html_say_with(const struct html *, struct buf *, enum say_key,
	    const char *const args[], size_t nargs);
#define html_say(html, out, key, ...) html_say_with((html), (out), (key), \
	(const char *const[]){ __VA_ARGS__ },				\
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
void	html_esc(struct buf *, const char *);
/* The name of a document's line in the list: d-D-000201, by column of many. */
void	html_anchor(const struct html *, struct buf *, const struct row *);
/* What the row's document is cited as. */
const char *html_cite(const struct html *, const struct row *,
	    char id[ID_TEXT_MAX]);
void	html_day_of(const struct row *, struct html_day *);
void	html_local(int64_t at, struct html_day *, int *hour_r, int *minute_r);
/* "2 Mar 2026", "2026年3月2日"; less when less is known.  Not escaped. */
void	html_date(const struct html *, struct buf *, const struct html_day *);
void	html_month(const struct html *, struct buf *, int year, int month);
const char *html_weekday(const struct html *, const struct html_day *,
	    char room[32]);
/* <time datetime=...>text</time>; with the time of day if minutes count. */
void	html_time(const struct html *, struct buf *, int64_t at, int clock);
void	html_size(struct buf *, uint64_t);
/* <svg class="i"> with the lane's shape. */
void	html_shape(struct buf *, enum lane);

/* html.c: what is still gathered, and the end of the table. */
void	html_table_end(struct html *, struct buf *);
/* html_head.c */
void	html_head(const struct html *, struct buf *);
/* html_style.c */
extern const char html_style[];
/* The shapes, once a page. */
extern const char html_shapes[];

/* html_overview.c */
void	html_overview(const struct html *, struct buf *);
/* html_card.c: one event. */
void	html_card(struct html *, struct buf *, const struct row *);

#endif
