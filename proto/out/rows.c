/* SPDX-License-Identifier: ISC */
/*
 * rows: the row set of the timeline: its words, its sentences, its JSON.
 * rows_read.c reads back what is written here; what one of them does not
 * know, the other refuses.
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

static const struct word precision_table[] = {
	[WHEN_UNKNOWN]	= { "unknown", SAY_TIME_NONE },
	[WHEN_YEAR]	= { "year", SAY_TIME_NONE },
	[WHEN_MONTH]	= { "month", SAY_TIME_NONE },
	[WHEN_DATE]	= { "date", SAY_TIME_NONE },
	[WHEN_MINUTE]	= { "minute", SAY_TIME_NONE },
	[WHEN_EXACT]	= { "exact", SAY_TIME_NONE },
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

static unsigned
word_of(const struct word *table, unsigned n, const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (strlen(table[i].name) == len &&
		    memcmp(table[i].name, text, len) == 0)
			break;
	return i;
}

const char *
direction_name(enum direction direction)
{
	return direction_table[direction].name;
}

enum direction
direction_of(const char *text, size_t len)
{
	return (enum direction)word_of(direction_table, DIRECTION_COUNT,
	    text, len);
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

enum time_from
time_from_of(const char *text, size_t len)
{
	return (enum time_from)word_of(time_table, TIME_COUNT, text, len);
}

enum say_key
time_from_say(enum time_from from)
{
	return time_table[from].say;
}

const char *
precision_name(enum when_precision precision)
{
	return precision_table[precision].name;
}

enum when_precision
precision_of(const char *text, size_t len)
{
	unsigned i = word_of(precision_table, WHEN_EXACT + 1, text, len);

	return i > WHEN_EXACT ? WHEN_UNKNOWN : (enum when_precision)i;
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
	r->fax_number = r->fax_result = "";
	r->actor = r->reason = r->document_kind = r->type = r->message_id = "";
}

int
row_has_way(const struct row *r)
{
	return !r->gap && r->lane != LANE_RECORD &&
	    r->lane != LANE_MILESTONE && r->lane != LANE_ACCESS;
}

int
row_order(const struct row *a, const struct row *b)
{
	uint64_t x = a->nseqs ? a->seqs[0] : 0, y = b->nseqs ? b->seqs[0] : 0;
	uint8_t p[ID_KEY_LEN], q[ID_KEY_LEN];

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	id_key(&a->column, p);
	id_key(&b->column, q);
	return memcmp(p, q, sizeof p);
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

static void
put_time(struct jw *w, const char *key, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	if (at != WHEN_NONE)
		jw_kstr_opt(w, key, when_text(at, text));
}

static void
put_id(struct jw *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_MAX];

	jw_kstr_opt(w, key, id_text(id, text));
}

static void
put_count(struct jw *w, const char *key, uint64_t n)
{
	if (n > 0)
		jw_kint(w, key, (int64_t)n);
}

static void
put_args(struct jw *w, const struct row *r)
{
	unsigned n = ROW_ARGS;

	while (n > 0 && r->args[n - 1][0] == '\0')
		n--;
	if (n == 0)
		return;
	jw_key(w, "args");
	jw_array(w);
	for (unsigned i = 0; i < n; i++)
		jw_str(w, r->args[i]);
	jw_end(w);
}

static void
put_arrivals(struct jw *w, const struct row *r)
{
	if (r->narrivals == 0)
		return;
	jw_key(w, "arrivals");
	jw_array(w);
	for (unsigned i = 0; i < r->narrivals; i++) {
		const struct row_arrival *a = &r->arrivals[i];

		jw_object(w);
		put_time(w, "at", a->at);
		jw_kstr_opt(w, "chain", a->chain);
		jw_kstr_opt(w, "channel", a->channel);
		put_id(w, "document", &a->document);
		jw_kint(w, "seq", (int64_t)a->seq);
		jw_end(w);
	}
	jw_end(w);
}

static void
put_bounces(struct jw *w, const struct row *r)
{
	if (r->nbounces == 0)
		return;
	jw_key(w, "not_delivered");
	jw_array(w);
	for (unsigned i = 0; i < r->nbounces; i++) {
		const struct row_bounce *b = &r->bounces[i];

		jw_object(w);
		put_time(w, "at", b->at);
		put_id(w, "document", &b->document);
		jw_kstr_opt(w, "recipient", b->recipient);
		jw_kstr_opt(w, "status", b->status);
		jw_end(w);
	}
	jw_end(w);
}

static void
put_proofs(struct jw *w, const struct row *r)
{
	char text[ID_TEXT_MAX];

	if (r->nproofs == 0)
		return;
	jw_key(w, "proofs");
	jw_array(w);
	for (unsigned i = 0; i < r->nproofs; i++)
		jw_str(w, id_text(&r->proofs[i], text));
	jw_end(w);
}

static void
put_seqs(struct jw *w, const struct row *r)
{
	if (r->nseqs == 0)
		return;
	jw_key(w, "seqs");
	jw_array(w);
	for (unsigned i = 0; i < r->nseqs; i++)
		jw_int(w, (int64_t)r->seqs[i]);
	jw_end(w);
}

static void
put_event(struct jw *w, const struct row *r)
{
	jw_kstr_opt(w, "actor", r->actor);
	put_args(w, r);
	put_arrivals(w, r);
	jw_kstr_opt(w, "asked", r->asked);
	put_time(w, "at", r->at);
	put_time(w, "captured_at", r->captured_at);
	put_id(w, "case", &r->kase);
	jw_kstr_opt(w, "channel", r->channel);
	put_id(w, "column", &r->column);
	jw_kstr_opt(w, "delivery", r->delivery);
	if (row_has_way(r))
		jw_kstr(w, "direction", direction_name(r->direction));
	put_id(w, "document", &r->document);
	jw_kstr_opt(w, "document_kind", r->document_kind);
	if (r->has_drift)
		jw_kint(w, "drift_s", r->drift);
	jw_kstr_opt(w, "fax_number", r->fax_number);
	put_count(w, "fax_pages", r->fax_pages);
	jw_kstr_opt(w, "fax_result", r->fax_result);
	jw_kstr_opt(w, "from", r->from);
	jw_kstr(w, "kind", kind_name(r->kind));
	jw_kstr(w, "lane", lane_name(r->lane));
	if (r->machine)
		jw_kbool(w, "machine", 1);
	jw_kstr_opt(w, "message_id", r->message_id);
	put_count(w, "minutes", r->minutes);
	put_bounces(w, r);
	jw_kstr(w, "precision", precision_name(r->precision));
	put_proofs(w, r);
	jw_kstr_opt(w, "reason", r->reason);
	jw_kstr_opt(w, "sent_by", r->sent_by);
	jw_kstr_opt(w, "sentence", r->sentence);
	put_seqs(w, r);
	jw_kstr_opt(w, "sha256", r->sha256);
	if (r->sha256[0] != '\0')
		jw_kint(w, "size", (int64_t)r->size);
	put_count(w, "superseded_by", r->superseded_by);
	put_count(w, "supersedes", r->supersedes);
	jw_kstr(w, "time_from", time_from_name(r->time_from));
	jw_kstr_opt(w, "title", r->title);
	jw_kstr_opt(w, "to", r->to);
	jw_kstr_opt(w, "tracking", r->tracking);
	jw_kstr_opt(w, "type", r->type);
	put_time(w, "written_at", r->written_at);
}

void
row_encode(struct buf *out, const struct row *r)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	if (!r->gap) {
		put_event(&w, r);
	} else {
		put_time(&w, "at", r->at);
		put_id(&w, "column", &r->column);
		jw_kint(&w, "gap_days", r->gap_days);
		put_time(&w, "gap_until", r->gap_until);
		jw_kstr(&w, "kind", "gap");
		jw_kstr_opt(&w, "sentence", r->sentence);
	}
	jw_end(&w);
}

static void
put_column(struct jw *w, const struct rows_column *c)
{
	char text[ID_TEXT_MAX];

	jw_object(w);
	put_id(w, "client", &c->client);
	jw_kstr_opt(w, "client_name", c->client_name);
	jw_kstr(w, "id", id_text(&c->id, text));
	jw_kstr(w, "title", c->title ? c->title : "");
	jw_kint(w, "waiting", (int64_t)c->waiting);
	jw_end(w);
}

static void
put_time_or_null(struct jw *w, const char *key, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	jw_kstr(w, key, at == WHEN_NONE ? NULL : when_text(at, text));
}

void
rows_head_encode(struct buf *out, const struct rows_head *h)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kint(&w, "as_known", (int64_t)h->as_known);
	put_time_or_null(&w, "as_was", h->as_was);
	jw_key(&w, "columns");
	jw_array(&w);
	for (unsigned i = 0; i < h->ncolumns; i++)
		put_column(&w, &h->columns[i]);
	jw_end(&w);
	jw_key(&w, "lanes");
	jw_array(&w);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		if (h->lanes >> i & 1)
			jw_str(&w, lane_name((enum lane)i));
	jw_end(&w);
	jw_kint(&w, "position", (int64_t)h->position);
	put_time_or_null(&w, "since", h->since);
	put_time_or_null(&w, "until", h->until);
	jw_kint(&w, "waiting", (int64_t)h->waiting);
	jw_end(&w);
}
