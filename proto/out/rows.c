/* SPDX-License-Identifier: ISC */
/*
 * rows: the row set of the timeline: its words and its sentences.
 */
#include "proto/out/rows.h"

#include <assert.h>
#include <string.h>

struct word {
	const char	*name;
	enum say_key	 say;
};

static const struct word direction_table[DIRECTION_COUNT] = {
	[DIRECTION_UNKNOWN]  = { "unknown", SAY_DIRECTION_UNKNOWN },
	[DIRECTION_IN]	     = { "in", SAY_DIRECTION_IN },
	[DIRECTION_OUT]	     = { "out", SAY_DIRECTION_OUT },
	[DIRECTION_INTERNAL] = { "internal", SAY_DIRECTION_INTERNAL },
	[DIRECTION_BETWEEN]  = { "between", SAY_DIRECTION_BETWEEN },
};

static const struct word time_table[TIME_COUNT] = {
	[TIME_NONE]	= { "unknown", SAY_TIME_NONE },
	[TIME_ENVELOPE]	= { "envelope", SAY_TIME_ENVELOPE },
	[TIME_STATED]	= { "stated", SAY_TIME_STATED },
	[TIME_HEADER]	= { "header", SAY_TIME_HEADER },
	[TIME_RECEIVED]	= { "received", SAY_TIME_RECEIVED },
	[TIME_CAPTURE]	= { "capture", SAY_TIME_CAPTURE },
	[TIME_FILE]	= { "file", SAY_TIME_FILE },
	[TIME_NOTE]	= { "note", SAY_TIME_NOTE },
	[TIME_ENTRY]	= { "entry", SAY_TIME_ENTRY },
};

static const char *const precision_table[] = {
	[WHEN_UNKNOWN]	= "unknown",
	[WHEN_YEAR]	= "year",
	[WHEN_MONTH]	= "month",
	[WHEN_DATE]	= "date",
	[WHEN_MINUTE]	= "minute",
	[WHEN_EXACT]	= "exact",
};

/*
 * How documents of a lane are told of: coming in, going out, neither.  Lanes
 * without a row here use the sentence of the entry's kind.
 */
static const struct telling {
	enum lane	lane;
	enum say_key	in, out, other;
} telling_table[] = {
	{ LANE_EMAIL, SAY_ENTRY_EMAIL_IN, SAY_ENTRY_EMAIL_OUT,
	    SAY_ENTRY_EMAIL },
	{ LANE_POST, SAY_ENTRY_POST_IN, SAY_ENTRY_POST_OUT, SAY_ENTRY_POST },
	{ LANE_FAX, SAY_ENTRY_FAX_IN, SAY_ENTRY_FAX_OUT, SAY_ENTRY_FAX },
	{ LANE_CALL, SAY_ENTRY_CALL_IN, SAY_ENTRY_CALL_OUT, SAY_ENTRY_CALL },
	{ LANE_MEETING, SAY_ENTRY_MEETING, SAY_ENTRY_MEETING,
	    SAY_ENTRY_MEETING },
	{ LANE_MESSAGE, SAY_ENTRY_MESSAGE_IN, SAY_ENTRY_MESSAGE_OUT,
	    SAY_ENTRY_MESSAGE },
	{ LANE_WEB, SAY_ENTRY_WEB_IN, SAY_ENTRY_WEB_OUT, SAY_ENTRY_WEB },
};

static const enum say_key lane_table[LANE_COUNT] = {
	[LANE_NONE]	 = SAY_LANE_NONE,
	[LANE_RECORD]	 = SAY_LANE_RECORD,
	[LANE_EMAIL]	 = SAY_LANE_EMAIL,
	[LANE_POST]	 = SAY_LANE_POST,
	[LANE_FAX]	 = SAY_LANE_FAX,
	[LANE_CALL]	 = SAY_LANE_CALL,
	[LANE_MEETING]	 = SAY_LANE_MEETING,
	[LANE_MESSAGE]	 = SAY_LANE_MESSAGE,
	[LANE_WEB]	 = SAY_LANE_WEB,
	[LANE_MILESTONE] = SAY_LANE_MILESTONE,
	[LANE_ACCESS]	 = SAY_LANE_ACCESS,
	[LANE_DOCUMENT]	 = SAY_LANE_DOCUMENT,
};

enum say_key
row_sent_by_say(const char *sent_by)
{
	return strcmp(sent_by, "courier") == 0 ? SAY_SENT_BY_COURIER :
	    strcmp(sent_by, "hand") == 0 ? SAY_SENT_BY_HAND :
	    SAY_SENT_BY_POST;
}

const char *
direction_name(enum direction direction)
{
	return direction_table[direction].name;
}

enum direction
direction_of(const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < DIRECTION_COUNT; i++)
		if (strlen(direction_table[i].name) == len &&
		    memcmp(direction_table[i].name, text, len) == 0)
			break;
	return (enum direction)i;
}

enum say_key
direction_say(enum direction direction)
{
	return direction_table[direction].say;
}

const char *
time_from_name(enum time_from from)
{
	return time_table[from].name;
}

enum say_key
time_from_say(enum time_from from)
{
	return time_table[from].say;
}

const char *
precision_name(enum when_precision precision)
{
	return precision_table[precision];
}

enum say_key
lane_say(enum lane lane)
{
	return lane_table[lane];
}

void
row_init(struct row *r)
{
	memset(r, 0, sizeof *r);
	r->at = r->captured_at = r->written_at = r->gap_until = WHEN_NONE;
	for (unsigned i = 0; i < ROW_ARGS; i++)
		r->args[i] = "";
	r->asked = r->from = r->to = r->channel = r->title = r->sentence = "";
	r->delivery = r->sent_by = r->tracking = "";
	r->fax_number = r->fax_result = r->hidden = "";
	r->actor = r->reason = r->document_kind = r->type = r->message_id = "";
}

int
row_has_way(const struct row *r)
{
	return !r->gap && r->lane != LANE_RECORD &&
	    r->lane != LANE_MILESTONE && r->lane != LANE_ACCESS;
}

/*
 * Absent values leave nothing behind: an empty pair of brackets, a colon or
 * a space at the end.
 */
static size_t
tidy(char *line, size_t len)
{
	static const char *const ends[] = { " ", ":", "\xef\xbc\x9a", " ()",
	    "()", "\xef\xbc\x88\xef\xbc\x89" };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		size_t n = strlen(ends[i]);

		if (len < n || memcmp(line + len - n, ends[i], n) != 0)
			continue;
		len -= n;
		i = SIZE_MAX;
	}
	return len;
}

/* The texts of a sentence may hold line ends; a sentence may not. */
static void
add_one_line(struct buf *out, char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)line[i] < 0x20)
			line[i] = ' ';
	buf_add(out, line, tidy(line, len));
}

/* What a result is called, and whether nothing came or went. */
static const struct fax_word {
	const char	*name;
	enum say_key	 say;
	int		 vain;
} fax_table[] = {
	{ "ok", SAY_FAX_OK, 0 },
	{ "incomplete", SAY_FAX_INCOMPLETE, 0 },
	{ "failed", SAY_FAX_FAILED, 1 },
	{ "retry", SAY_FAX_RETRY, 1 },
	{ "withdrawn", SAY_FAX_WITHDRAWN, 1 },
};

static const struct fax_word *
fax_word(const struct row *r)
{
	for (size_t i = 0; i < sizeof fax_table / sizeof fax_table[0]; i++)
		if (strcmp(fax_table[i].name, r->fax_result) == 0)
			return &fax_table[i];
	return NULL;
}

static void
fax_fact(struct buf *out, const char *text)
{
	if (*text == '\0')
		return;
	if (out->len > 0)
		buf_adds(out, ", ");
	buf_adds(out, text);
}

/* Number, pages and result, in brackets behind the sentence. */
static void
fax_facts(struct buf *line, const struct row *r, enum lang lang)
{
	const struct fax_word *word = fax_word(r);
	struct buf facts = BUF_INIT, pages = BUF_INIT, n = BUF_INIT;

	buf_addu(&n, r->fax_pages);
	if (r->fax_pages > 0)
		say(&pages, lang, r->fax_pages == 1 ? SAY_FAX_PAGE :
		    SAY_FAX_PAGES, buf_str(&n));
	fax_fact(&facts, r->fax_number);
	if (!buf_failed(&n) && !buf_failed(&pages))
		fax_fact(&facts, buf_str(&pages));
	fax_fact(&facts, word != NULL ? say_text(lang, word->say) :
	    r->fax_result);
	if (facts.len > 0 && !buf_failed(&facts))
		say(line, lang, SAY_FAX_FACTS, buf_str(&facts));
	line->failed |= buf_failed(&facts) || buf_failed(&pages) ||
	    buf_failed(&n);
	buf_release(&facts);
	buf_release(&pages);
	buf_release(&n);
}

static enum say_key
row_telling(const struct row *r)
{
	if (r->kind == KIND_FACT_STATED && r->args[2][0] != '\0')
		return SAY_ENTRY_FACT_CHANGED;
	if (r->kind == KIND_DOCUMENT_CORRECTED && r->args[2][0] == '\0')
		return SAY_ENTRY_DOCUMENT_STATED;
	if (r->kind != KIND_DOCUMENT_RECEIVED)
		return kind_sentence(r->kind);
	if (r->lane == LANE_FAX && fax_word(r) != NULL && fax_word(r)->vain)
		return r->direction == DIRECTION_OUT ?
		    SAY_ENTRY_FAX_NOT_SENT : SAY_ENTRY_FAX_NOT_RECEIVED;
	for (size_t i = 0; i < sizeof telling_table / sizeof telling_table[0];
	    i++) {
		const struct telling *t = &telling_table[i];

		if (t->lane != r->lane)
			continue;
		return r->direction == DIRECTION_IN ? t->in :
		    r->direction == DIRECTION_OUT ? t->out : t->other;
	}
	return kind_sentence(r->kind);
}

static void
gap_sentence(struct buf *out, const struct row *r, enum lang lang)
{
	char from[WHEN_TEXT_MAX], until[WHEN_TEXT_MAX];
	struct buf days = BUF_INIT;
	const char *n;

	buf_addu(&days, r->gap_days);
	n = buf_str(&days);
	say(out, lang, SAY_ENTRY_GAP, n, when_date(r->at, from),
	    when_date(r->gap_until, until));
	buf_release(&days);
}

void
row_sentence(struct buf *out, const struct row *r, enum lang lang)
{
	struct buf line = BUF_INIT;
	const char *args[ROW_ARGS];

	if (r->gap) {
		gap_sentence(out, r, lang);
		return;
	}
	assert(r->kind < KIND_COUNT);
	if (r->hidden[0] != '\0') {
		buf_adds(out, say_text(lang, SAY_ENTRY_HIDDEN));
		return;
	}
	for (unsigned i = 0; i < ROW_ARGS; i++)
		args[i] = r->args[i];
	if (r->kind == KIND_DOCUMENT_RECEIVED && args[0][0] == '\0')
		args[0] = say_text(lang, SAY_ENTRY_UNTITLED);
	say_to(&line, lang, row_telling(r), args, ROW_ARGS);
	if (r->lane == LANE_FAX)
		fax_facts(&line, r, lang);
	if (buf_failed(&line))
		out->failed = 1;
	else
		add_one_line(out, (char *)line.data, line.len);
	buf_release(&line);
}
