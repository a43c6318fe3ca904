/* SPDX-License-Identifier: ISC */
/*
 * timeline: one row set in all formats, each written slice by slice but the
 * workbook, which timeline_book.c makes on a thread.
 *
 * HTML needs the rows three times (daemon/export/html.h): the first pass
 * fixes the position, the others ask again at that position.  A civil date
 * of the question means that day of the office for events with a time of
 * day, and that date for events with a date alone.
 */
#include "daemon/api/handlers.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/timeline_own.h"

#define TAKEN (1u << 16)	/* bytes after which a slice ends */

void
tl_free(struct source *source)
{
	struct tl *tl = (struct tl *)source;

	html_free(tl->html);
	table_release(&tl->table);
	if (tl->rows != tl->first)
		timeline_free(tl->rows);
	timeline_free(tl->first);
	buf_release(&tl->sentence);
	free(tl);
}

/* ---- rows ------------------------------------------------------------- */

static int
tl_between(int64_t at, int64_t since, int64_t until)
{
	return (since == WHEN_NONE || at >= since) &&
	    (until == WHEN_NONE || at <= until);
}

static int
tl_wanted(const struct tl *tl, const struct row *row)
{
	if (row->gap || row->precision >= WHEN_MINUTE)
		return row->gap || tl_between(row->at, tl->since, tl->until);
	return tl_between(row->at, tl->day_since, tl->day_until);
}

int
tl_next(struct tl *tl, struct row **row_r)
{
	do {
		if (tl->at == tl->nrows) {
			int n = timeline_next(tl->rows, tl->row, TL_SLICE,
			    NULL);

			if (n <= 0)
				return n;
			tl->nrows = (unsigned)n;
			tl->at = 0;
		}
		*row_r = &tl->row[tl->at++];
	} while (!tl_wanted(tl, *row_r));
	buf_clear(&tl->sentence);
	row_sentence(&tl->sentence, *row_r, tl->lang);
	(*row_r)->sentence = buf_str(&tl->sentence);
	return (*row_r)->sentence == NULL ? -1 : 1;
}

/* All from the beginning, as it was at the position of the first pass. */
static int
tl_again(struct tl *tl)
{
	struct ask_query q = tl->query;

	q.as_known = tl->head.position;
	if (tl->rows != tl->first)
		timeline_free(tl->rows);
	tl->rows = timeline_open(tl->store, &q, NULL);
	tl->nrows = tl->at = 0;
	return tl->rows == NULL ? -1 : 0;
}

/* Rows to fn until the slice is full; 1 more, 0 the end, -1. */
typedef void tl_fn(struct tl *, struct buf *, const struct row *);

static int
tl_slice(struct tl *tl, struct buf *out, tl_fn *fn)
{
	size_t before = out->len;
	struct row *row;
	int rc;

	for (int i = 0; i < TL_SLICE && out->len - before < TAKEN; i++) {
		if ((rc = tl_next(tl, &row)) != 1)
			return rc;
		fn(tl, out, row);
	}
	return buf_failed(out) ? -1 : 1;
}

/* ---- JSON, and flat files ---------------------------------------------- */

static void
tl_json_row(struct tl *tl, struct buf *out, const struct row *row)
{
	if (tl->given++ > 0)
		buf_addc(out, ',');
	row_encode(out, row);
}

/* The head's members that stand before, or behind, "rows". */
static void
tl_json_head(struct tl *tl, struct buf *out, int behind)
{
	struct buf head = BUF_INIT;
	const char *text, *since;

	rows_head_encode(&head, &tl->head);
	text = buf_str(&head);
	since = strstr(text, ",\"since\":");
	if (since == NULL)
		since = strstr(text, ",\"until\":");
	if (since == NULL)
		since = strstr(text, ",\"waiting\":");
	if (since != NULL && behind)
		buf_adds(out, since);
	else if (since != NULL)
		buf_add(out, text, (size_t)(since - text));
	buf_release(&head);
}

static int
tl_json(struct source *source, struct buf *out)
{
	struct tl *tl = (struct tl *)source;
	int rc;

	if (tl->pass == 0) {
		tl_json_head(tl, out, 0);
		buf_adds(out, ",\"rows\":[");
		tl->pass = 1;
	}
	if ((rc = tl_slice(tl, out, tl_json_row)) != 0)
		return rc;
	buf_addc(out, ']');
	tl_json_head(tl, out, 1);
	buf_addc(out, '\n');
	return 0;
}

static void
tl_flat_row(struct tl *tl, struct buf *out, const struct row *row)
{
	int rc = table_fill(&tl->table, row);

	if (rc == 1)
		table_row(&tl->table, out, tl->flat);
	else if (rc == -1)
		out->failed = 1;
}

static int
tl_flat(struct source *source, struct buf *out)
{
	struct tl *tl = (struct tl *)source;

	if (tl->pass == 0) {
		table_head(&tl->table, out, tl->flat);
		tl->pass = 1;
	}
	return tl_slice(tl, out, tl_flat_row);
}

/* ---- HTML ------------------------------------------------------------- */

static void
tl_html_count(struct tl *tl, struct buf *out, const struct row *row)
{
	(void)out;
	html_count(tl->html, row);
}

static void
tl_html_row(struct tl *tl, struct buf *out, const struct row *row)
{
	html_row(tl->html, out, row);
}

static void
tl_html_listed(struct tl *tl, struct buf *out, const struct row *row)
{
	html_listed(tl->html, out, row);
}

static int
tl_html(struct source *source, struct buf *out)
{
	static tl_fn *const fn[] = { tl_html_count, tl_html_row,
	    tl_html_listed };
	struct tl *tl = (struct tl *)source;
	int rc;

	if ((rc = tl_slice(tl, out, fn[tl->pass])) != 0)
		return rc;
	switch (tl->pass++) {
	case 0:
		html_open(tl->html, out);
		break;
	case 1:
		html_list(tl->html, out);
		break;
	default:
		html_end(tl->html, out);
		return 0;
	}
	return tl_again(tl) == -1 ? -1 : 1;
}

/* ---- the question ----------------------------------------------------- */

static int
tl_lanes(struct call *call, uint32_t *lanes_r)
{
	const char *p = call_query(call, "lane");

	*lanes_r = 0;
	for (; p != NULL && *p != '\0'; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");
		enum lane lane = lane_of(p, n);

		if (lane == LANE_COUNT || lane == LANE_NONE ||
		    lane == LANE_DOCUMENT) {
			call_fail(call, PROBLEM_BAD_QUERY,
			    SAY_API_D_QUERY_WORD, "lane", p, "record, email, "
			    "post, fax, call, meeting, message, web, "
			    "milestone, access");
			return -1;
		}
		*lanes_r |= 1u << lane;
		p += n;
	}
	return 0;
}

static void
tl_dates(struct call *call, struct tl *tl)
{
	tl->since = call_query_from(call, "since");
	tl->until = call_query_to(call, "until");
	tl->day_since = call_query_day(call, "since", 0);
	tl->day_until = call_query_day(call, "until", 1);
	tl->query.since = tl->since < tl->day_since ? tl->since :
	    tl->day_since;
	tl->query.until = tl->until > tl->day_until ? tl->until :
	    tl->day_until;
	call_as_was(call, &tl->query);
}

static int
tl_query(struct call *call, struct tl *tl)
{
	struct ask_query *q = &tl->query;

	if (call_query_ids(call, "of", CALL_SCOPE, q->of, ASK_OF_MAX,
	    &q->nof) == -1 || tl_lanes(call, &q->lanes) == -1 ||
	    call_as_known(call, &q->as_known) == -1)
		return -1;
	if (q->nof == 0) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_NEEDED,
		    "of");
		return -1;
	}
	tl_dates(call, tl);
	return 0;
}

/* NULL `more': not streamed row by row, see timeline_now(). */
struct format {
	const char	*name, *type;
	int		(*more)(struct source *, struct buf *);
	enum table_format flat;
};

enum { FORMAT_XLSX, FORMAT_SCHEMA, FORMAT_FIRST };

static const struct format formats[] = {
	[FORMAT_XLSX] = { "xlsx", "application/vnd.openxmlformats-"
	    "officedocument.spreadsheetml.sheet", NULL, TABLE_CSV },
	[FORMAT_SCHEMA] = { "schema", "application/schema+json", NULL,
	    TABLE_JSONL },
	[FORMAT_FIRST] = { "json", "application/json", tl_json, TABLE_CSV },
	{ "jsonl", "application/jsonl", tl_flat, TABLE_JSONL },
	{ "csv", "text/csv; charset=utf-8; header=present", tl_flat,
	    TABLE_CSV },
	{ "html", "text/html; charset=utf-8", tl_html, TABLE_CSV },
	{ "timesketch", "text/csv; charset=utf-8; header=present", tl_flat,
	    TABLE_TIMESKETCH },
	{ "mactime", "text/plain; charset=utf-8", tl_flat, TABLE_MACTIME },
};

static const struct format *
tl_format(struct call *call)
{
	const char *name = call_query(call, "format");

	if (name == NULL)
		return &formats[FORMAT_FIRST];
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, "format",
	    name, "json, jsonl, csv, html, xlsx, timesketch, mactime, "
	    "schema");
	return NULL;
}

/* Record mode or aid mode: 0, or -1 answered. */
static int
tl_mode(struct call *call, int *aid_r)
{
	const char *mode = call_query(call, "mode");

	*aid_r = mode != NULL && strcmp(mode, "aid") == 0;
	if (mode == NULL || *aid_r || strcmp(mode, "record") == 0)
		return 0;
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, "mode",
	    mode, "record, aid");
	return -1;
}

static int
tl_open(struct call *call, struct tl *tl, int aid)
{
	struct trouble trouble;

	if (tl_query(call, tl) == -1)
		return -1;
	tl->first = tl->rows = timeline_open(call->store, &tl->query,
	    &trouble);
	if (tl->first == NULL) {
		call_trouble(call, &trouble);
		return -1;
	}
	/* The question as it was asked, not as it was widened. */
	tl->head = *timeline_head(tl->first);
	tl->head.since = tl->since;
	tl->head.until = tl->until;
	tl->conf = (struct html_conf){ .lang = tl->lang,
	    .program = "dossier " DOSSIER_VERSION, .zone = call->api->zone,
	    .tzdb = call->api->tzdb, .aid = aid };
	table_init(&tl->table, &tl->head, tl->conf.zone, aid);
	if ((tl->html = html_new(&tl->head, &tl->conf)) != NULL)
		return 0;
	call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	return -1;
}

static struct tl *
tl_new(struct call *call, const struct format *format, int aid)
{
	struct tl *tl = calloc(1, sizeof *tl);

	if (tl == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return NULL;
	}
	tl->source.more = format->more;
	tl->source.free = tl_free;
	tl->store = call->store;
	tl->lang = call->lang;
	tl->flat = format->flat;
	if (tl_open(call, tl, aid) == 0)
		return tl;
	tl_free(&tl->source);
	return NULL;
}

static void
timeline_schema(struct call *call, const struct format *format, int aid)
{
	struct buf body = BUF_INIT;

	table_schema(&body, aid);
	call_answer(call, 200, format->type, &body);
}

static void
timeline_now(struct call *call)
{
	const struct format *format = tl_format(call);
	struct tl *tl;
	int aid;

	if (format == NULL || tl_mode(call, &aid) == -1)
		return;
	if (format == &formats[FORMAT_SCHEMA]) {
		timeline_schema(call, format, aid);
		return;
	}
	if ((tl = tl_new(call, format, aid)) == NULL)
		return;
	call->position = tl->head.position;
	if (format->more == tl_html)
		call_head(call, "Content-Security-Policy",
		    "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	if (format == &formats[FORMAT_XLSX])
		book_ask(call, tl, format->type);
	else
		call_stream(call, format->type, &tl->source, UINT64_MAX);
}

void
timeline_get(struct call *call)
{
	call_query_after(call, timeline_now);
}
