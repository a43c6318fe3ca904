/* SPDX-License-Identifier: ISC */
/* timeline cells: what a row becomes in tables, and what stays out of them. */
#include "proto/out/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t seqs[] = { 7, 9 };
static const struct id client = { .kind = ID_CLIENT, .number = 12 };

/* A mail that came on 2 March 2026 at 10:15 UTC. */
static void
mail(struct row *r)
{
	struct when at;

	row_init(r);
	assert_int_equal(when_parse("2026-03-02T10:15:00.5Z", 22, &at), 0);
	r->at = r->captured_at = at.at;
	r->precision = WHEN_EXACT;
	r->time_from = TIME_ENVELOPE;
	r->lane = LANE_EMAIL;
	r->direction = DIRECTION_IN;
	r->kind = KIND_DOCUMENT_RECEIVED;
	r->column = (struct id){ .kind = ID_CASE, .year = 2026, .number = 31 };
	r->document = (struct id){ .kind = ID_DOCUMENT, .number = 201 };
	r->title = r->sentence = "=cmd|' /C calc'!A0";
	r->from = "a@b\r\nc\x01";
	r->to = "\xff|\xef\xbf\xbf!";
	r->actor = "dossierd";
	r->message_id = "x@y";
	r->reason = "said so";
	r->minutes = 2;
	r->has_drift = 1;
	r->drift = -60;
	memset(r->sha256, 'a', 64);
	r->sha256[64] = '\0';
	r->size = 0;
	r->seqs = seqs;
	r->nseqs = 2;
	r->narrivals = 1;
}

static const char *
cell(const struct timeline_cells *c, const char *name)
{
	int i = sheet_find(&timeline_aid_sheet, name);

	assert_true(i >= 0);
	return c->cell[i];
}

/* Each row that is made fits its table, and can be read back. */
static void
fits(const struct timeline_cells *c)
{
	unsigned which = 0;

	if (!sheet_row_ok(&timeline_aid_sheet, c->cell, &which))
		fail_msg("%s: %s", timeline_aid_sheet.column[which].name,
		    c->cell[which]);
	for (unsigned i = 0; i < TIMELINE_COLUMNS; i++)
		if (timeline_needed[i])
			assert_string_not_equal(c->cell[i], "");
}

static void
test_office(void **state)
{
	static const struct { const char *name, *text; } want[] = {
		{ "row", "17" },
		{ "event_time", "2026-03-02T05:45:00.500000-04:30" },
		{ "event_time_utc", "2026-03-02T10:15:00.500000Z" },
		{ "tz", "America/Caracas" }, { "precision", "exact" },
		{ "end_time", "2026-03-02T05:47:00.500000-04:30" },
		{ "time_source", "envelope" }, { "time_rank", "1" },
		{ "drift_s", "-60" }, { "duration_s", "120" },
		{ "recorded_by", "dossierd" }, { "lane", "email" },
		{ "case_id", "K-2026-0031" }, { "client_id", "C-0012" },
		{ "document", "D-000201" }, { "entries", "7 9" },
		{ "direction", "in" }, { "from", "a@b\nc\xef\xbf\xbd" },
		{ "to", "\xef\xbf\xbd|\xef\xbf\xbd!" },
		{ "subject", "=cmd|' /C calc'!A0" }, { "size", "0" },
		{ "note", "" }, { "time_verbatim", "" }, { "status", "" },
		{ "case_seq", "" }, { "arrivals", "1" },
	};
	const struct timeline_facts facts = { .row = 17, .internal = 1,
	    .zone = "America/Caracas", .offset = -270, .client = &client };
	struct timeline_cells c;
	struct row r;

	(void)state;
	mail(&r);
	timeline_cells_init(&c);
	assert_int_equal(timeline_fill(&c, &r, &facts), 0);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		if (strcmp(cell(&c, want[i].name), want[i].text) != 0)
			fail_msg("%s: %s, not %s", want[i].name,
			    cell(&c, want[i].name), want[i].text);
	fits(&c);
	timeline_cells_release(&c);
}

/* Outside the office no number of ours; of what is withheld no content. */
static void
test_outside(void **state)
{
	static const char *const internal[] = { "client_id", "document",
	    "entries", "proofs", "supersedes", "superseded_by" };
	static const char *const content[] = { "summary", "subject", "sha256",
	    "size", "message_id", "note", "native_path", "text_path" };
	struct timeline_facts facts = { .row = 1, .case_seq = 1, .aid = 1,
	    .client = &client, .bates_beg = "K0000001",
	    .native_path = "a.eml", .status = "disclosed" };
	struct timeline_cells c;
	struct row r;

	(void)state;
	mail(&r);
	r.supersedes = r.superseded_by = 4;
	timeline_cells_init(&c);
	assert_int_equal(timeline_fill(&c, &r, &facts), 0);
	for (size_t i = 0; i < sizeof internal / sizeof internal[0]; i++)
		assert_string_equal(cell(&c, internal[i]), "");
	assert_string_equal(cell(&c, "case_seq"), "1");
	assert_string_equal(cell(&c, "log_index"), "0");
	assert_string_equal(cell(&c, "bates_beg"), "K0000001");
	assert_string_equal(cell(&c, "note"), "said so");
	assert_string_equal(cell(&c, "event_time"),
	    "2026-03-02T10:15:00.500000Z");
	assert_string_equal(cell(&c, "tz"), "UTC");
	fits(&c);
	facts.withheld = 1;
	facts.status = "withheld:PRIV-0001";
	assert_int_equal(timeline_fill(&c, &r, &facts), 0);
	for (size_t i = 0; i < sizeof content / sizeof content[0]; i++)
		assert_string_equal(cell(&c, content[i]), "");
	fits(&c);
	timeline_cells_release(&c);
}

/* What is known to the day, month or year says no more than that. */
static void
test_civil(void **state)
{
	static const struct { enum when_precision p; const char *text; }
	    cases[] = { { WHEN_DATE, "2026-03-02" }, { WHEN_MONTH, "2026-03" },
		{ WHEN_YEAR, "2026" } };
	const struct timeline_facts facts = { .row = 1, .zone = "Asia/Tokyo",
	    .offset = 540 };
	struct timeline_cells c;
	struct row r;

	(void)state;
	timeline_cells_init(&c);
	for (size_t i = 0; i < 3; i++) {
		mail(&r);
		r.at -= r.at % WHEN_DAY;
		r.precision = cases[i].p;
		assert_int_equal(timeline_fill(&c, &r, &facts), 0);
		assert_string_equal(cell(&c, "event_time"), cases[i].text);
		assert_string_equal(cell(&c, "event_time_utc"),
		    "2026-03-02T00:00:00.000000Z");
		assert_string_equal(cell(&c, "tz"), "");
		assert_string_equal(cell(&c, "end_time"), "");
		fits(&c);
	}
	timeline_cells_release(&c);
}

static void
test_record(void **state)
{
	const struct timeline_facts facts = { .row = 1, .internal = 1 };
	struct timeline_cells c;
	struct row r;

	(void)state;
	timeline_cells_init(&c);
	mail(&r);
	r.kind = KIND_PARTY_ADDED;
	r.lane = LANE_RECORD;
	r.sha256[0] = '\0';
	r.args[0] = "Harbour Estates";
	r.args[1] = "opposing party";
	assert_int_equal(timeline_fill(&c, &r, &facts), 0);
	assert_string_equal(cell(&c, "party"), "Harbour Estates");
	assert_string_equal(cell(&c, "role"), "opposing party");
	assert_string_equal(cell(&c, "direction"), "");
	assert_string_equal(cell(&c, "size"), "");
	fits(&c);
	timeline_cells_release(&c);
}

static void
test_dialects(void **state)
{
	const struct timeline_facts facts = { .row = 17, .internal = 1 };
	const char *sketch[TIMESKETCH_COLUMNS];
	struct timeline_cells c;
	struct buf b = BUF_INIT;
	unsigned which;
	struct row r;

	(void)state;
	timeline_cells_init(&c);
	mail(&r);
	r.sentence = "a|b\nc";
	assert_int_equal(timeline_fill(&c, &r, &facts), 0);
	timesketch_fill(sketch, &c);
	assert_string_equal(timesketch_sheet.column[0].name, "message");
	assert_string_equal(timesketch_sheet.column[1].name, "datetime");
	assert_string_equal(timesketch_sheet.column[2].name,
	    "timestamp_desc");
	assert_string_equal(sketch[0], "a|b\nc");
	assert_string_equal(sketch[1], "2026-03-02T10:15:00.500000Z");
	assert_string_equal(sketch[2], "Reached the office");
	assert_string_equal(sketch[3], "17");
	assert_true(sheet_row_ok(&timesketch_sheet, sketch, &which));
	mactime_row(&b, &c);
	assert_string_equal(buf_str(&b), "0|00000017 email a\xc2\xa6"
	    "b c|17|r/r---------|0|0|0|1772446500|1772446500|1772446500|"
	    "1772446500\n");
	buf_release(&b);
	timeline_cells_release(&c);
}

/* The table of record mode is that of aid mode without its last column. */
static void
test_tables(void **state)
{
	(void)state;
	assert_int_equal(sheet_find(&timeline_sheet, "note"), -1);
	assert_int_equal(timeline_sheet.ncolumns + 1,
	    timeline_aid_sheet.ncolumns);
	for (unsigned i = 0; i < timeline_aid_sheet.ncolumns; i++) {
		assert_int_equal(sheet_find(&timeline_aid_sheet,
		    timeline_aid_sheet.column[i].name), (int)i);
		assert_true(strlen(timeline_aid_sheet.column[i].name) < 32);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_office),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_civil),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
