/* SPDX-License-Identifier: ISC */
/*
 * html: the one HTML writer: a timeline as one file that can be read without
 * script, printed (A4 landscape), and opened anywhere without a network.
 *
 * The rows are given three times, each time in the same order: first to be
 * counted (for columns and the overview), then to be written, then for the
 * list of documents with their full hashes.  So nothing holds all of them.
 *
 *	html_count()* html_open() html_row()* html_list() html_listed()*
 *	html_end()
 *
 * The table has one row a day: the time axis stands left, beside it one
 * column a lane; of several cases each has its own lanes, or one column each
 * when that would be too many.  Nothing of the wall clock gets in.
 */
#ifndef DOSSIER_HTML_H
#define DOSSIER_HTML_H

#include "proto/base/buf.h"
#include "proto/base/say.h"
#include "proto/out/rows.h"

struct html;

struct html_conf {
	enum lang	 lang;
	const char	*program;	/* "dossier 0.1.0" */
	const char	*zone;		/* name of the zone of TZ */
	const char	*tzdb;		/* version of the zone data; "" */
	int		 aid;		/* with notes, and called an aid */
	/*
	 * For who is outside of the office: what a row's document is cited
	 * as, "" if by nothing; then no number of the office but cases' is on
	 * the page, nor the journal's position.  NULL: inside.
	 */
	const char	*(*cite)(void *, const struct row *);
	void		*cite_arg;
};

/* Borrows head and conf until html_free().  NULL: ENOMEM. */
struct html *html_new(const struct rows_head *, const struct html_conf *);
void	html_free(struct html *);
void	html_count(struct html *, const struct row *);
void	html_open(struct html *, struct buf *out);
void	html_row(struct html *, struct buf *out, const struct row *);
void	html_list(struct html *, struct buf *out);
void	html_listed(struct html *, struct buf *out, const struct row *);
void	html_end(struct html *, struct buf *out);

#endif
