/* SPDX-License-Identifier: ISC */
/*
 * timeline: one function from a row to its cells, and the dialects made of
 * those.  It must never invent a value, name an internal number outside the
 * office, or give content of what is withheld.
 */
#include "proto/out/timeline.h"

#include <assert.h>
#include <string.h>

#include "proto/base/text.h"

static const struct sheet_column timeline_columns[] = {
#define COLUMN(name, type, width, needed, meaning) \
	{ #name, SHEET_##type, width, meaning },
#include "proto/out/timeline.def"
#undef COLUMN
};
_Static_assert(TIMELINE_COLUMNS <= SHEET_COLUMNS_MAX, "too many columns");
_Static_assert(TIMELINE_note == TIMELINE_COLUMNS - 1, "the note is last");

const uint8_t timeline_needed[] = {
#define COLUMN(name, type, width, needed, meaning) needed,
#include "proto/out/timeline.def"
#undef COLUMN
};

const struct sheet timeline_sheet = { "timeline", timeline_columns,
	TIMELINE_note };
const struct sheet timeline_aid_sheet = { "timeline", timeline_columns,
	TIMELINE_COLUMNS };

static const struct sheet_column about_columns[] = {
	{ "name", SHEET_TEXT, 24, "what is said" },
	{ "value", SHEET_TEXT, 70, "what it is" },
};
const struct sheet timeline_about_sheet = { "about", about_columns, 2 };

/* The rank of evidence: our own clock first, a person's word last. */
static const uint8_t rank[TIME_COUNT] = {
	[TIME_ENVELOPE] = 1, [TIME_ENTRY] = 1, [TIME_RECEIVED] = 3,
	[TIME_HEADER] = 5, [TIME_FILE] = 6, [TIME_STATED] = 8,
	[TIME_NOTE] = 8, [TIME_CAPTURE] = 9,
};

void
timeline_cells_init(struct timeline_cells *c)
{
	memset(c, 0, sizeof *c);
	buf_init(&c->text);
}

void
timeline_cells_release(struct timeline_cells *c)
{
	buf_release(&c->text);
}

/* ---- one cell ----------------------------------------------------------- */

/*
 * A cell in the text: cell_open(), bytes into the text, cell_close().  The
 * text moves while it grows, so places are kept and pointers made at the end;
 * place 0 is the "" that the text begins with.
 */
static struct buf *
cell_open(struct timeline_cells *c, enum timeline_column i)
{
	c->begin[i] = c->text.len;
	return &c->text;
}

static void
cell_close(struct timeline_cells *c)
{
	buf_addc(&c->text, '\0');
}

/* A text that lives as long as the facts, or as the program. */
static void
put(struct timeline_cells *c, enum timeline_column i, const char *text)
{
	c->cell[i] = text != NULL && text[0] != '\0' ? text : NULL;
}

/* Bytes before text[i] that XML and UTF-8 allow; controls and such are not. */
static size_t
printable(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((uint8_t)text[i] < 0x20 && text[i] != '\t' &&
		    text[i] != '\n') || text[i] == 0x7f ||
		    (len - i >= 3 && memcmp(text + i, "\xef\xbf", 2) == 0 &&
		    (uint8_t)text[i + 2] >= 0xbe))	/* U+FFFE, U+FFFF */
			break;
	return i;
}

static void
add_clean(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = printable(text, len);

		text_clean(out, text, n);
		text += n;
		len -= n;
		if (len == 0)
			break;
		if (*text == '\r') {
			n = len > 1 && text[1] == '\n' ? 2 : 1;
			buf_addc(out, '\n');
		} else {
			n = *text == '\xef' ? 3 : 1;
			buf_adds(out, "\xef\xbf\xbd");
		}
		text += n;
		len -= n;
	}
}

/* A text of a stranger. */
static void
put_text(struct timeline_cells *c, enum timeline_column i, const char *text)
{
	if (text[0] == '\0')
		return;
	add_clean(cell_open(c, i), text, strlen(text));
	cell_close(c);
}

static void
put_number(struct timeline_cells *c, enum timeline_column i, uint64_t n)
{
	if (n == 0)
		return;
	buf_addu(cell_open(c, i), n);
	cell_close(c);
}

static void
put_utc(struct timeline_cells *c, enum timeline_column i, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	if (at == WHEN_NONE)
		return;
	buf_adds(cell_open(c, i), when_text(at, text));
	cell_close(c);
}

static void
put_id(struct timeline_cells *c, enum timeline_column i, const struct id *id)
{
	char text[ID_TEXT_MAX];

	if (id == NULL || id->kind == ID_NONE)
		return;
	buf_adds(cell_open(c, i), id_text(id, text));
	cell_close(c);
}

/* ---- times --------------------------------------------------------------- */

/* 2026-03-02T11:15:00.000000+01:00 */
static void
put_local(struct timeline_cells *c, enum timeline_column i, int64_t at,
    const struct timeline_facts *f)
{
	int32_t minutes = f->offset < 0 ? -f->offset : f->offset;
	char text[WHEN_TEXT_MAX];
	struct buf *out = cell_open(c, i);

	if (f->zone == NULL) {
		buf_adds(out, when_text(at, text));
	} else {
		when_text(at + f->offset * 60 * WHEN_SECOND, text);
		buf_add(out, text, strlen(text) - 1);	/* without its Z */
		buf_addc(out, f->offset < 0 ? '-' : '+');
		buf_addc(out, '0' + minutes / 600);
		buf_addc(out, '0' + minutes / 60 % 10);
		buf_addc(out, ':');
		buf_addc(out, '0' + minutes % 60 / 10);
		buf_addc(out, '0' + minutes % 10);
	}
	cell_close(c);
}

static int
is_civil(const struct row *r)
{
	return r->precision < WHEN_MINUTE && r->precision != WHEN_UNKNOWN;
}

/* As much of it as is known. */
static void
put_civil(struct timeline_cells *c, const struct row *r)
{
	char text[WHEN_TEXT_MAX];
	size_t len = r->precision == WHEN_DATE ? 10 :
	    r->precision == WHEN_MONTH ? 7 : 4;

	buf_add(cell_open(c, TIMELINE_event_time), when_date(r->at, text),
	    len);
	cell_close(c);
}

static void
fill_times(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	put_utc(c, TIMELINE_event_time_utc, r->at);
	if (is_civil(r)) {
		put_civil(c, r);
	} else {
		put_local(c, TIMELINE_event_time, r->at, f);
		put(c, TIMELINE_tz, f->zone != NULL ? f->zone : "UTC");
		if (r->minutes > 0)
			put_local(c, TIMELINE_end_time, r->at +
			    (int64_t)r->minutes * 60 * WHEN_SECOND, f);
	}
	put(c, TIMELINE_precision, precision_name(r->precision));
	put(c, TIMELINE_time_source, time_from_name(r->time_from));
	put_number(c, TIMELINE_time_rank, rank[r->time_from]);
	if (r->has_drift) {
		buf_addi(cell_open(c, TIMELINE_drift_s), r->drift);
		cell_close(c);
	}
	put_number(c, TIMELINE_duration_s, r->minutes * 60);
	put_utc(c, TIMELINE_recorded_at, r->captured_at);
	put(c, TIMELINE_known_from, f->known_from);
	put_utc(c, TIMELINE_written_at, r->written_at);
	put_text(c, TIMELINE_asked, r->asked);
}

/* ---- lists -------------------------------------------------------------- */

/* "12 13 19" */
static void
put_entries(struct timeline_cells *c, const struct row *r)
{
	struct buf *out = cell_open(c, TIMELINE_entries);

	for (unsigned i = 0; i < r->nseqs; i++) {
		buf_adds(out, i > 0 ? " " : "");
		buf_addu(out, r->seqs[i]);
	}
	cell_close(c);
}

static void
put_proofs(struct timeline_cells *c, const struct row *r)
{
	struct buf *out = cell_open(c, TIMELINE_proofs);
	char id[ID_TEXT_MAX];

	for (unsigned i = 0; i < r->nproofs; i++) {
		buf_adds(out, i > 0 ? " " : "");
		buf_adds(out, id_text(&r->proofs[i], id));
	}
	cell_close(c);
}

/* "a@b.example 5.1.1; c@d.example 5.2.2" */
static void
put_bounces(struct timeline_cells *c, const struct row *r)
{
	struct buf *out = cell_open(c, TIMELINE_not_delivered);

	for (unsigned i = 0; i < r->nbounces; i++) {
		const struct row_bounce *b = &r->bounces[i];
		const char *to = b->recipient[0] != '\0' ? b->recipient : "?";

		buf_adds(out, i > 0 ? "; " : "");
		add_clean(out, to, strlen(to));
		buf_adds(out, b->status[0] != '\0' ? " " : "");
		add_clean(out, b->status, strlen(b->status));
	}
	cell_close(c);
}

/* ---- a row -------------------------------------------------------------- */

static void
fill_place(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	put(c, TIMELINE_lane, lane_name(r->lane));
	put_id(c, TIMELINE_case_id, r->column.kind == ID_CASE ? &r->column :
	    &r->kase);
	put(c, TIMELINE_kind, kind_name(r->kind));
	put_text(c, TIMELINE_document_kind, r->document_kind);
	if (row_has_way(r))
		put(c, TIMELINE_direction, direction_name(r->direction));
	put_text(c, TIMELINE_channel, r->channel);
	if (r->kind == KIND_PARTY_ADDED || r->kind == KIND_PARTY_ENDED) {
		put_text(c, TIMELINE_party, r->args[0]);
		put_text(c, TIMELINE_role, r->args[1]);
	}
	put_text(c, TIMELINE_recorded_by, r->actor);
	if (!f->internal)
		return;
	put_id(c, TIMELINE_client_id, f->client);
	put_id(c, TIMELINE_document, &r->document);
	put_number(c, TIMELINE_superseded_by, r->superseded_by);
	put_number(c, TIMELINE_supersedes, r->supersedes);
	put_entries(c, r);
	put_proofs(c, r);
}

/* What a document says, and what it is known by. */
static void
fill_content(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	put_text(c, TIMELINE_summary, r->sentence);
	put_text(c, TIMELINE_subject, r->title);
	put_text(c, TIMELINE_message_id, r->message_id);
	put(c, TIMELINE_native_path, f->native_path);
	put(c, TIMELINE_text_path, f->text_path);
	if (f->aid)
		put_text(c, TIMELINE_note, r->reason);
	if (r->sha256[0] == '\0')
		return;
	put(c, TIMELINE_sha256, r->sha256);
	buf_addu(cell_open(c, TIMELINE_size), r->size);
	cell_close(c);
}

static void
fill_carriage(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	put_text(c, TIMELINE_from, r->from);
	put_text(c, TIMELINE_to, r->to);
	put_text(c, TIMELINE_mime, r->type);
	put_number(c, TIMELINE_pages, f->pages > 0 ? f->pages : r->fax_pages);
	if (r->sha256[0] != '\0')
		put_number(c, TIMELINE_arrivals, r->narrivals);
	put(c, TIMELINE_machine, r->machine ? "yes" : NULL);
	put_bounces(c, r);
	put_text(c, TIMELINE_delivery, r->delivery);
	put_text(c, TIMELINE_sent_by, r->sent_by);
	put_text(c, TIMELINE_tracking, r->tracking);
	put_text(c, TIMELINE_fax_number, r->fax_number);
	put_text(c, TIMELINE_fax_result, r->fax_result);
}

static void
fill_bundle(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	put_number(c, TIMELINE_case_seq, f->case_seq);
	if (f->case_seq > 0) {
		buf_addu(cell_open(c, TIMELINE_log_index), f->case_seq - 1);
		cell_close(c);
	}
	put(c, TIMELINE_bates_beg, f->bates_beg);
	put(c, TIMELINE_bates_end, f->bates_end);
	put_number(c, TIMELINE_pdf_page, f->pdf_page);
	put(c, TIMELINE_family_id, f->family_id);
	put(c, TIMELINE_thread_id, f->thread_id);
	put(c, TIMELINE_dkim, f->dkim);
	put(c, TIMELINE_dmarc, f->dmarc);
	put(c, TIMELINE_arc, f->arc);
	put(c, TIMELINE_spf, f->spf);
	put(c, TIMELINE_fixity_at, f->fixity_at);
	put(c, TIMELINE_fixity, f->fixity);
	if (r->hidden[0] != '\0') {
		struct buf *out = cell_open(c, TIMELINE_status);

		buf_adds(out, "hidden:");
		buf_adds(out, r->hidden);
		cell_close(c);
	} else {
		put(c, TIMELINE_status, f->status);
	}
	put(c, TIMELINE_commitment, f->commitment);
	put(c, TIMELINE_nonce, f->nonce);
}

int
timeline_fill(struct timeline_cells *c, const struct row *r,
    const struct timeline_facts *f)
{
	assert(!r->gap && r->kind < KIND_COUNT);
	buf_clear(&c->text);
	buf_addc(&c->text, '\0');
	memset(c->begin, 0, sizeof c->begin);
	memset(c->cell, 0, sizeof c->cell);
	c->at = r->at;
	c->time_from = r->time_from;
	put_number(c, TIMELINE_row, f->row);
	fill_times(c, r, f);
	fill_place(c, r, f);
	fill_carriage(c, r, f);
	if (!f->withheld)
		fill_content(c, r, f);
	fill_bundle(c, r, f);
	if (buf_failed(&c->text))
		return -1;
	for (unsigned i = 0; i < TIMELINE_COLUMNS; i++)
		if (c->cell[i] == NULL)
			c->cell[i] = (const char *)c->text.data + c->begin[i];
	return 0;
}

/* ---- Timesketch --------------------------------------------------------- */

/* Behind the three that it demands: name, type, column of the timeline. */
#define SKETCH(X) X(row, INTEGER) X(event_time, TEXT) X(precision, TEXT) \
	X(recorded_at, INSTANT) X(lane, TEXT) X(case_id, TEXT) X(kind, TEXT) \
	X(direction, TEXT) X(channel, TEXT) X(from, TEXT) X(to, TEXT) \
	X(subject, TEXT) X(bates_beg, TEXT) X(message_id, TEXT) \
	X(sha256, TEXT) X(status, TEXT) X(document, TEXT)

static const struct sheet_column sketch_columns[] = {
	{ "message", SHEET_TEXT, 60, "one sentence" },
	{ "datetime", SHEET_INSTANT, 27, "when it happened, UTC" },
	{ "timestamp_desc", SHEET_TEXT, 30, "what kind of time it is" },
#define X(name, type) { #name, SHEET_##type, 20, "as in the timeline" },
	SKETCH(X)
#undef X
};

static const enum timeline_column sketch_from[] = {
#define X(name, type) TIMELINE_##name,
	SKETCH(X)
#undef X
};
_Static_assert(sizeof sketch_columns / sizeof sketch_columns[0] ==
    TIMESKETCH_COLUMNS, "timesketch_fill() gives so many");

const struct sheet timesketch_sheet = { "timesketch", sketch_columns,
	TIMESKETCH_COLUMNS };

static const char *const sketch_time[TIME_COUNT] = {
	[TIME_NONE]	= "Event time, source unknown",
	[TIME_ENVELOPE]	= "Reached the office",
	[TIME_STATED]	= "Stated by a person",
	[TIME_HEADER]	= "Date header",
	[TIME_RECEIVED]	= "Received header",
	[TIME_CAPTURE]	= "Taken in",
	[TIME_FILE]	= "File time",
	[TIME_NOTE]	= "Noted by a person",
	[TIME_ENTRY]	= "Entered",
};

void
timesketch_fill(const char *cell_r[TIMESKETCH_COLUMNS],
    const struct timeline_cells *c)
{
	const char *summary = c->cell[TIMELINE_summary];

	cell_r[0] = summary[0] != '\0' ? summary : c->cell[TIMELINE_kind];
	cell_r[1] = c->cell[TIMELINE_event_time_utc];
	cell_r[2] = sketch_time[c->time_from];
	for (unsigned i = 3; i < TIMESKETCH_COLUMNS; i++)
		cell_r[i] = c->cell[sketch_from[i - 3]];
}

/* ---- mactime ------------------------------------------------------------ */

/* One line, and no field separator of its own. */
static void
mactime_name(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '|')
			buf_adds(out, "\xc2\xa6");	/* broken bar */
		else
			buf_addc(out, (uint8_t)*text < 0x20 ? ' ' : *text);
}

void
mactime_row(struct buf *out, const struct timeline_cells *c)
{
	const char *row = c->cell[TIMELINE_row];
	const char *summary = c->cell[TIMELINE_summary];
	int64_t s = c->at / WHEN_SECOND - (c->at % WHEN_SECOND < 0);

	buf_adds(out, "0|");
	for (size_t n = strlen(row); n < 8; n++)
		buf_addc(out, '0');
	buf_adds(out, row);
	buf_addc(out, ' ');
	buf_adds(out, c->cell[TIMELINE_lane]);
	buf_addc(out, ' ');
	mactime_name(out, summary[0] != '\0' ? summary :
	    c->cell[TIMELINE_kind]);
	buf_addc(out, '|');
	buf_adds(out, row);
	buf_adds(out, "|r/r---------|0|0|");
	buf_adds(out, c->cell[TIMELINE_size][0] != '\0' ?
	    c->cell[TIMELINE_size] : "0");
	for (unsigned i = 0; i < 4; i++) {
		buf_addc(out, '|');
		buf_addi(out, s);
	}
	buf_addc(out, '\n');
}
