/* SPDX-License-Identifier: ISC */
/*
 * bundle_time: timeline/: one pass over the timeline fills each row once and
 * gives it to every flat format and the workbook; the page (HTML) needs the
 * rows three times and is written after it.
 *
 * A row that tells of a document stands here only if the document has a place
 * in the volume: what is left out is left out here too.  To the other side
 * go rows of documents alone, for each row must resolve to a page; an audit
 * and the person whose data it is get what the record says as well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/export/bundle_time.h"
#include "proto/base/when.h"
#include "proto/out/gdpdu.h"

#define FOLDER	TIME_FOLDER

static const char *const names[FILES] = {
	FOLDER "timeline.csv", FOLDER "timeline.jsonl",
	FOLDER "timesketch.csv", FOLDER "mactime.body",
	"data/audit/events.txt"
};

/* ---- rows -------------------------------------------------------- */

int
telling_open(struct telling *t)
{
	struct ask_query q;

	memset(&q, 0, sizeof q);
	q.of[0] = t->m->bundle->of;
	q.nof = 1;
	q.as_known = t->m->position;
	q.unveiled = 1;
	q.as_was = q.since = q.until = q.today = WHEN_NONE;
	timeline_free(t->rows);
	t->n = t->at = 0;
	t->given = 0;
	t->rows = timeline_open(t->m->store, &q, t->m->t);
	return t->rows == NULL ? -1 : 0;
}

static int
wanted(struct telling *t, const struct row *row)
{
	int copy;

	t->piece = NULL;
	if (row->gap)
		return making_is(t->m, "audit");
	if (row->document.kind == ID_NONE || row->document.kind !=
	    ID_DOCUMENT)
		return !making_is(t->m, "production");
	t->piece = making_piece(t->m, &row->document, &copy);
	return t->piece != NULL;
}

int
telling_next(struct telling *t, struct row **row_r)
{
	do {
		if (t->at == t->n) {
			int n;

			if (making_stopped(t->m))
				return -1;
			n = timeline_next(t->rows, t->row, TELL_SLICE, t->m->t);
			if (n <= 0)
				return n;
			t->n = (unsigned)n;
			t->at = 0;
		}
		*row_r = &t->row[t->at++];
	} while (!wanted(t, *row_r));
	buf_clear(&t->sentence);
	row_sentence(&t->sentence, *row_r, t->m->lang);
	(*row_r)->sentence = buf_str(&t->sentence);
	if ((*row_r)->sentence == NULL)
		return making_failed(t->m, "timeline");
	t->given += !(*row_r)->gap;
	return 1;
}

/* ---- cells ------------------------------------------------------- */

static void
zone_of(const struct telling *t, int64_t at, struct timeline_facts *f)
{
	time_t seconds = (time_t)(at / WHEN_SECOND - (at % WHEN_SECOND < 0));
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL || tm.tm_gmtoff % 60 != 0)
		return;
	f->offset = (int32_t)(tm.tm_gmtoff / 60);
	f->zone = t->m->conf->zone;
}

static const char *
path_of(const struct telling *t, enum piece_file what, struct buf *out)
{
	buf_clear(out);
	buf_adds(out, "production/" VOLUME "/");
	making_path(t->m, t->piece, what, out);
	return buf_str(out);
}

static void
facts_of_piece(struct telling *t, struct timeline_facts *f)
{
	struct making *m = t->m;
	const struct piece *p = t->piece, *family = &m->piece[p->family];

	f->case_seq = p->case_seq;
	f->bates_beg = making_bates(m, p->first, t->beg);
	f->bates_end = making_bates(m, p->last, t->last);
	f->family_id = making_bates(m, family->first, t->family);
	f->thread_id = making_bates(m, m->piece[p->thread].first, t->thread);
	f->pages = p->pages;
	f->withheld = (p->flags & PIECE_WITHHELD) != 0;
	if (f->withheld)
		(void)snprintf(t->status, sizeof t->status,
		    "withheld:PRIV-%04u", p->privid);
	else
		(void)snprintf(t->status, sizeof t->status, "disclosed");
	f->status = t->status;
	if (p->flags & PIECE_NATIVE)
		f->native_path = path_of(t, PIECE_OF_NATIVE, &t->native);
	if (p->flags & PIECE_TEXT)
		f->text_path = path_of(t, PIECE_OF_TEXT, &t->text);
}

static int
telling_fill(struct telling *t, const struct row *row)
{
	struct timeline_facts f = { .row = t->given,
	    .internal = making_is(t->m, "audit") };

	if (f.internal)
		f.client = &t->m->bundle->client;
	zone_of(t, row->at, &f);
	if (t->piece != NULL)
		facts_of_piece(t, &f);
	if (timeline_fill(&t->cells, row, &f) == -1)
		return making_failed(t->m, "timeline");
	if (!f.internal) {	/* no logins of this machine go outside */
		buf_clear(&t->actor);
		making_actor(t->m, t->cells.cell[TIMELINE_recorded_by],
		    &t->actor);
		t->cells.cell[TIMELINE_recorded_by] = buf_str(&t->actor);
	}
	return t->cells.cell[TIMELINE_recorded_by] == NULL ?
	    making_failed(t->m, "timeline") : 0;
}

/* ---- the flat files and the workbook's tab ----------------------- */

static int
flat_row(struct telling *t)
{
	const char *sketch[TIMESKETCH_COLUMNS];

	sheet_csv_row(bag_out(t->file[FILE_CSV]), &timeline_sheet,
	    t->cells.cell);
	sheet_json_row(bag_out(t->file[FILE_JSONL]), &timeline_sheet,
	    t->cells.cell);
	timesketch_fill(sketch, &t->cells);
	sheet_csv_row(bag_out(t->file[FILE_SKETCH]), &timesketch_sheet,
	    sketch);
	mactime_row(bag_out(t->file[FILE_MACTIME]), &t->cells);
	if (t->file[FILE_EVENTS] != NULL)
		gdpdu_row(bag_out(t->file[FILE_EVENTS]), &timeline_sheet,
		    t->cells.cell);
	for (int i = 0; i < FILES; i++)
		if (t->file[i] != NULL && bag_flush(t->file[i], t->m->t) == -1)
			return -1;
	return book_row(t->m, BOOK_TIMELINE, t->cells.cell);
}

static int
make_flat(struct telling *t)
{
	struct row *row = NULL;
	int rc;

	while ((rc = telling_next(t, &row)) == 1)
		if (!row->gap && (telling_fill(t, row) == -1 ||
		    flat_row(t) == -1))
			return -1;
	return rc;
}

static int
open_files(struct telling *t)
{
	int n = making_is(t->m, "audit") ? FILES : FILE_EVENTS;

	for (int i = 0; i < n; i++)
		if ((t->file[i] = bag_open(t->m->bag, names[i], 0,
		    t->m->t)) == NULL)
			return -1;
	if (t->file[FILE_EVENTS] != NULL)
		gdpdu_head(bag_out(t->file[FILE_EVENTS]), &timeline_sheet);
	sheet_csv_head(bag_out(t->file[FILE_CSV]), &timeline_sheet);
	sheet_csv_names(bag_out(t->file[FILE_SKETCH]), &timesketch_sheet);
	return 0;
}

static int
close_files(struct telling *t)
{
	int bad = 0;

	for (int i = 0; i < FILES; i++) {
		if (t->file[i] != NULL)
			bad |= making_close(t->m, t->file[i]);
		t->file[i] = NULL;
	}
	return bad;
}

static int
make_schema(struct telling *t)
{
	struct buf text = BUF_INIT;
	int rc;

	sheet_json_schema(&text, &timeline_sheet, timeline_needed);
	rc = bag_put(t->m->bag, FOLDER "timeline.schema.json", text.data,
	    text.len, t->m->t);
	buf_release(&text);
	return rc;
}

int
make_timeline(struct making *m)
{
	struct telling *t = calloc(1, sizeof *t);
	int rc = -1;

	if (t == NULL)
		return making_failed(m, "timeline");
	t->m = m;
	timeline_cells_init(&t->cells);
	if (telling_open(t) == 0 && open_files(t) == 0 &&
	    make_flat(t) == 0 && close_files(t) == 0 &&
	    make_schema(t) == 0 && make_page(t) == 0)
		rc = 0;
	for (int i = 0; i < FILES; i++)
		bag_drop(t->file[i]);
	timeline_free(t->rows);
	timeline_free(t->first);
	timeline_cells_release(&t->cells);
	buf_release(&t->sentence);
	buf_release(&t->native);
	buf_release(&t->text);
	buf_release(&t->actor);
	free(t);
	return rc;
}
