/* SPDX-License-Identifier: ISC */
/*
 * html: an export of made-up rows.  With HTML_OUT=folder the pages are kept
 * there, to be looked at.
 */
#include "daemon/export/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct event {
	const char	*when;
	unsigned	 column;
	enum lane	 lane;
	enum direction	 direction;
	enum kind	 kind;
	const char	*title, *arg1, *arg2;
	const char	*from, *to;
	enum time_from	 time_from;
	int		 late;		/* days */
	int		 arrivals;
};

#define DOC KIND_DOCUMENT_RECEIVED
#define IN DIRECTION_IN
#define OUT DIRECTION_OUT
#define NO DIRECTION_UNKNOWN

static const struct event events[] = {
	{ "2025-11-03", 0, LANE_RECORD, NO, KIND_CLIENT_ADDED,
	  "Example Trading Ltd", "2025-11-03", "", "", "", TIME_ENTRY, 0, 0 },
	{ "2025-11-03T09:12:00Z", 0, LANE_RECORD, NO, KIND_CASE_OPENED,
	  "Lease dispute", "EX/2025/17", "", "", "", TIME_ENTRY, 0, 0 },
	{ "2025-11-03T09:40:00Z", 0, LANE_CALL, IN, DOC,
	  "Heating off since Friday, wants the landlord put on notice",
	  "office manager", "", "office manager", "reception", TIME_NOTE, 0,
	  1 },
	{ "2025-11-03T14:05:00Z", 0, LANE_EMAIL, IN, DOC,
	  "Lease, photos of the boiler room", "", "",
	  "office@example.org", "help@firm.example", TIME_ENVELOPE, 0, 2 },
	{ "2025-11-05", 0, LANE_POST, OUT, DOC,
	  "Letter before action to the landlord", "", "",
	  "Firm & Partners", "Harbour Estates <legal>", TIME_STATED, 2, 1 },
	{ "2025-11-11T16:20:00Z", 0, LANE_FAX, IN, DOC,
	  "Landlord's agent: inspection on 14 November", "", "",
	  "+44 20 7946 0991", "", TIME_CAPTURE, 0, 1 },
	{ "2025-11-14T10:00:00Z", 0, LANE_MEETING, NO, DOC,
	  "Inspection of the premises with both sides", "agent, tenant", "",
	  "", "", TIME_NOTE, 3, 1 },
	{ "2025-11-18T08:31:00Z", 0, LANE_EMAIL, IN, DOC,
	  "租赁合同及供暖照片 — 请查收",
	  "", "", "李伟 <li.wei@example.org>", "help@firm.example",
	  TIME_ENVELOPE, 0, 1 },
	{ "2025-11-18T11:02:00Z", 0, LANE_EMAIL, OUT, DOC,
	  "Re: <script>alert(1)</script> & \"quotes\"", "", "",
	  "help@firm.example", "office@example.org", TIME_HEADER, 0, 1 },
	{ "2025-11-18T15:45:00Z", 0, LANE_CALL, OUT, DOC,
	  "Told the client of the inspection report", "office manager", "",
	  "", "office manager", TIME_NOTE, 0, 1 },
	{ "2025-12-01", 0, LANE_RECORD, NO, KIND_FACT_STATED,
	  "22 Carrow Street, Norwich", "address", "Flat 9, 4 Mill Row", "", "",
	  TIME_STATED, 9, 0 },
	{ "2025-12-02T09:00:00Z", 0, LANE_EMAIL, IN, DOC, "Invoice 2211", "",
	  "", "accounts@harbour.example", "help@firm.example", TIME_ENVELOPE,
	  0, 1 },
	{ "2026-03-02T10:15:00Z", 0, LANE_CALL, IN, DOC,
	  "Asks where the claim stands; has heard nothing since December",
	  "office manager", "2026-03-09", "office manager", "", TIME_NOTE, 0,
	  1 },
	{ "2026-03-09", 0, LANE_POST, IN, DOC,
	  "County Court: notice of hearing on 20 April 2026", "", "",
	  "County Court at Norwich", "", TIME_STATED, 1, 1 },
	{ "2026-04", 0, LANE_POST, IN, DOC, "Undated statement of a neighbour",
	  "", "", "", "", TIME_STATED, 12, 1 },
	{ "2026-04-20T11:30:00Z", 0, LANE_RECORD, NO, KIND_CASE_CLOSED,
	  "settled at the hearing", "", "", "", "", TIME_ENTRY, 0, 0 },
	{ "2025-11-07T12:00:00Z", 1, LANE_EMAIL, IN, DOC,
	  "Second matter: unpaid supplier", "", "", "office@example.org",
	  "help@firm.example", TIME_ENVELOPE, 0, 1 },
	{ "2025-11-20", 1, LANE_POST, OUT, DOC, "Demand for payment", "", "",
	  "Firm & Partners", "Norfolk Supplies", TIME_STATED, 0, 1 },
	{ "2026-03-11T13:13:00Z", 1, LANE_FAX, IN, DOC,
	  "Supplier disputes the sum", "", "", "+44 1603 496 0000", "",
	  TIME_CAPTURE, 0, 1 },
};

#define NEVENTS (sizeof events / sizeof events[0])

struct made {
	struct row		row;
	uint64_t		seq;
	struct row_arrival	arrival[2];
};

static void
make(const struct event *e, size_t i, struct made *m)
{
	struct when when;

	memset(m, 0, sizeof *m);
	row_init(&m->row);
	assert_int_equal(when_parse(e->when, strlen(e->when), &when), 0);
	m->row.at = when.at;
	m->row.precision = when.precision;
	m->row.time_from = e->time_from;
	m->row.captured_at = when.at + e->late * WHEN_DAY + WHEN_SECOND;
	m->row.lane = e->lane;
	m->row.direction = e->direction;
	m->row.kind = e->kind;
	m->row.column = (struct id){ ID_CASE, 2025, 0, e->column + 1 };
	m->row.args[0] = m->row.title = e->title;
	m->row.args[1] = e->arg1;
	m->row.args[2] = e->arg2;
	m->row.from = e->from;
	m->row.to = e->to;
	m->seq = 10 + i * 3;
	m->row.seqs = &m->seq;
	m->row.nseqs = 1;
	if (e->kind != DOC)
		return;
	m->row.document = (struct id){ ID_DOCUMENT, 0, 0, (uint32_t)i + 1 };
	m->row.size = 1000 + i * i * i * 977;
	for (int k = 0; k < 64; k++)
		m->row.sha256[k] = "0123456789abcdef"[(i * 7 + (size_t)k * 11)
		    % 16];
	for (int a = 0; a < e->arrivals; a++) {
		m->arrival[a] = (struct row_arrival){ .document =
		    m->row.document, .seq = m->seq + (uint64_t)a,
		    .at = m->row.captured_at, .channel = "email" };
		memcpy(m->arrival[a].chain, m->row.sha256 + 9, 16);
	}
	m->row.arrivals = m->arrival;
	m->row.narrivals = (unsigned)e->arrivals;
}

static void
gap(struct row *row, unsigned column)
{
	struct when a, b;

	row_init(row);
	row->gap = 1;
	row->column = (struct id){ ID_CASE, 2025, 0, column + 1 };
	(void)when_parse("2025-12-02", 10, &a);
	(void)when_parse("2026-03-02", 10, &b);
	row->at = a.at;
	row->gap_until = b.at;
	row->gap_days = 90;
}

static const struct rows_column columns[] = {
	{ { ID_CASE, 2025, 0, 1 }, "Lease dispute", { ID_CLIENT, 0, 0, 1 },
	  "Example Trading Ltd", 3 },
	{ { ID_CASE, 2025, 0, 2 }, "Supplier claim", { ID_CLIENT, 0, 0, 1 },
	  "Example Trading Ltd", 0 },
};

static int
by_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->row.at != y->row.at)
		return x->row.at < y->row.at ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

typedef void feed_fn(struct html *, struct buf *, const struct row *);

static void
count(struct html *html, struct buf *out, const struct row *row)
{
	(void)out;
	html_count(html, row);
}

static void
feed(struct html *html, struct buf *out, feed_fn *fn, unsigned ncolumns)
{
	static struct made made[NEVENTS];
	size_t n = 0;
	struct row quiet;
	int told = 0;

	for (size_t i = 0; i < NEVENTS; i++)
		if (events[i].column < ncolumns)
			make(&events[i], i, &made[n++]);
	qsort(made, n, sizeof made[0], by_time);
	gap(&quiet, 0);
	for (size_t i = 0; i < n; i++) {
		/* Arrays inside moved with the sort. */
		made[i].row.seqs = &made[i].seq;
		made[i].row.arrivals = made[i].arrival;
		if (!told && made[i].row.at >= quiet.gap_until) {
			fn(html, out, &quiet);
			told = 1;
		}
		fn(html, out, &made[i].row);
	}
}

static void
page(struct buf *out, enum lang lang, unsigned ncolumns, uint64_t as_known)
{
	struct rows_head head = { .columns = columns, .ncolumns = ncolumns,
	    .position = 128, .waiting = 3, .as_known = as_known,
	    .as_was = WHEN_NONE, .since = WHEN_NONE, .until = WHEN_NONE };
	struct html_conf conf = { .lang = lang, .program = "dossier test",
	    .zone = "Europe/London", .tzdb = "2026a" };
	struct html *html = html_new(&head, &conf);

	feed(html, NULL, count, ncolumns);
	html_open(html, out);
	feed(html, out, html_row, ncolumns);
	html_list(html, out);
	feed(html, out, html_listed, ncolumns);
	html_end(html, out);
	html_free(html);
	assert_false(buf_failed(out));
}

static void
keep(struct buf *out, const char *name)
{
	const char *folder = getenv("HTML_OUT");
	char path[400];
	FILE *f;

	if (folder == NULL)
		return;
	(void)snprintf(path, sizeof path, "%s/%s.html", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fwrite(out->data, 1, out->len, f);
	(void)fclose(f);
}

static size_t
times(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* Every element that is opened is closed. */
static void
balanced(const char *text)
{
	static const char *names[] = { "table", "tr", "td", "th", "div", "p",
	    "span", "svg", "main", "section", "figure", "bdi", "time", "a",
	    "dl", "ul", "li", "b", "small", "code", NULL };
	char open[32], open2[32], end[32];

	for (int i = 0; names[i] != NULL; i++) {
		(void)snprintf(open, sizeof open, "<%s ", names[i]);
		(void)snprintf(open2, sizeof open2, "<%s>", names[i]);
		(void)snprintf(end, sizeof end, "</%s>", names[i]);
		assert_int_equal(times(text, open) + times(text, open2),
		    times(text, end));
	}
}

static void
check(enum lang lang, unsigned ncolumns, const char *name)
{
	struct buf out = BUF_INIT;
	const char *text;

	page(&out, lang, ncolumns, 0);
	keep(&out, name);
	text = buf_str(&out);
	balanced(text);
	/* Loads nothing, runs nothing. */
	assert_null(strstr(text, "http://"));
	assert_null(strstr(text, "https://"));
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "url(h"));
	assert_non_null(strstr(text, "default-src 'none'"));
	assert_non_null(strstr(text, "&lt;script&gt;"));
	assert_non_null(strstr(text, ncolumns == 1 ? "id=\"d-D-000004\"" :
	    "id=\"d-K-2025-0001-D-000004\""));
	assert_non_null(strstr(text, "datetime=\"2026-03-02T10:15:00Z\""));
	assert_int_equal(times(text, "<tr class=\"gap\">"), 1);
	buf_release(&out);
}

static void
test_en(void **state)
{
	(void)state;
	check(LANG_EN, 1, "one-en");
	check(LANG_EN, 2, "two-en");
}

static void
test_zh(void **state)
{
	(void)state;
	check(LANG_ZH, 1, "one-zh");
	check(LANG_ZH, 2, "two-zh");
}

static void
test_past(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	page(&out, LANG_EN, 1, 77);
	assert_non_null(strstr(buf_str(&out), "class=\"past\""));
	assert_non_null(strstr(buf_str(&out), "entry 77"));
	buf_release(&out);
}

static void
test_empty(void **state)
{
	struct rows_head head = { .columns = columns, .ncolumns = 1,
	    .position = 1, .as_was = WHEN_NONE, .since = WHEN_NONE,
	    .until = WHEN_NONE };
	struct html_conf conf = { .lang = LANG_EN, .program = "p",
	    .zone = "UTC", .tzdb = "" };
	struct html *html = html_new(&head, &conf);
	struct buf out = BUF_INIT;

	(void)state;
	html_open(html, &out);
	html_list(html, &out);
	html_end(html, &out);
	html_free(html);
	balanced(buf_str(&out));
	assert_non_null(strstr(buf_str(&out), "nothing in this period"));
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_en),
		cmocka_unit_test(test_zh),
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_empty),
	};

	(void)setenv("TZ", "Europe/London", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
