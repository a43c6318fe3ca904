/* SPDX-License-Identifier: ISC */
/*
 * bundle_page: timeline.html, by the one HTML writer, which is given the rows
 * three times.  Outside of the office documents are cited by their Bates
 * numbers, and of what is withheld only that it is.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_time.h"
#include "daemon/export/html.h"

struct page {
	struct telling	*t;
	struct html	*html;
	struct html_conf conf;
	struct bag_file	*file;
	char		 bates[BATES_MAX], status[64];
};

static const char *
cite(void *arg, const struct row *row)
{
	struct page *p = arg;
	const struct making *m = p->t->m;
	const struct piece *piece = making_piece(m, &row->document, NULL);

	return piece == NULL ? "" : making_bates(m, piece->first, p->bates);
}

/* All that may be said of a withheld document: when, and that it is. */
static void
blank(struct page *p, struct row *row)
{
	const struct row was = *row;

	row_init(row);
	row->at = was.at;
	row->precision = was.precision;
	row->time_from = was.time_from;
	row->lane = was.lane;
	row->direction = was.direction;
	row->kind = was.kind;
	row->column = was.column;
	row->document = was.document;
	(void)snprintf(p->status, sizeof p->status, "withheld:PRIV-%04u",
	    p->t->piece->privid);
	row->sentence = p->status;
}

typedef void page_fn(struct html *, struct buf *, const struct row *);

static void
counted(struct html *html, struct buf *out, const struct row *row)
{
	(void)out;
	html_count(html, row);
}

static int
pass(struct page *p, page_fn *fn)
{
	struct row *row = NULL;
	int rc;

	if (telling_open(p->t) == -1)
		return -1;
	while ((rc = telling_next(p->t, &row)) == 1) {
		struct row shown = *row;

		if (p->t->piece != NULL &&
		    (p->t->piece->flags & PIECE_WITHHELD))
			blank(p, &shown);
		fn(p->html, bag_out(p->file), &shown);
		if (bag_flush(p->file, p->t->m->t) == -1)
			return -1;
	}
	return rc;
}

static int
passes(struct page *p)
{
	struct buf *out = bag_out(p->file);

	if (pass(p, counted) == -1)
		return -1;
	html_open(p->html, out);
	if (pass(p, html_row) == -1)
		return -1;
	html_list(p->html, out);
	if (pass(p, html_listed) == -1)
		return -1;
	html_end(p->html, out);
	return 0;
}

int
make_page(struct telling *t)
{
	struct making *m = t->m;
	struct page p = { .t = t };
	struct rows_head head;
	int rc = -1;

	p.conf = (struct html_conf){ .lang = m->lang,
	    .program = "dossier " DOSSIER_VERSION, .zone = m->conf->zone,
	    .tzdb = "" };
	if (!making_is(m, "audit")) {
		p.conf.cite = cite;
		p.conf.cite_arg = &p;
	}
	if (telling_open(t) == -1)
		return -1;
	/* The columns last as long as the first question. */
	t->first = t->rows;
	t->rows = NULL;
	head = *timeline_head(t->first);
	head.as_known = 0;	/* the bundle says so, whatever it shows */
	head.waiting = 0;
	if ((p.html = html_new(&head, &p.conf)) == NULL)
		(void)making_failed(m, "timeline.html");
	else if ((p.file = bag_open(m->bag, TIME_FOLDER "timeline.html", 0,
	    m->t)) != NULL)
		rc = passes(&p);
	html_free(p.html);
	if (rc == 0)
		return making_close(m, p.file);
	bag_drop(p.file);
	return -1;
}
