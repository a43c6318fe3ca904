/* SPDX-License-Identifier: ISC */
/*
 * rows_read: reads back what rows.c wrote.  Nothing of the text is borrowed.
 */
#include "proto/out/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a decoded row owns: its texts, and its arrays in the same block. */
struct row_memory {
	struct buf		 text;
	uint64_t		*seqs;
	struct row_arrival	*arrivals;
	struct row_bounce	*bounces;
	struct id		*proofs;
};

void
row_release(struct row *r)
{
	struct row_memory *m = r->memory;

	if (m != NULL) {
		buf_release(&m->text);
		free(m->seqs);
		free(m->arrivals);
		free(m->bounces);
		free(m->proofs);
		free(m);
	}
	row_init(r);
}

/*
 * Decoding.  Texts go into one buffer, reserved at once so that it never
 * moves: no text of the row is longer than its spelling in JSON.
 */
struct taker {
	struct row		*row;
	struct row_memory	*memory;
	const struct json	*json;
	uint32_t		 obj;
	int			 bad;
};

static uint32_t
find(const struct taker *t, const char *key)
{
	return json_get(t->json, t->obj, key);
}

/* The text of a token in the row's memory; "" if it is absent. */
static const char *
take_token(struct taker *t, uint32_t tok)
{
	struct buf *text = &t->memory->text;
	size_t start = text->len;

	if (tok == JSON_NONE)
		return "";
	if (json_str(t->json, tok, text) == -1) {
		t->bad = 1;
		return "";
	}
	buf_addc(text, 0);
	return (const char *)text->data + start;
}

static const char *
take_text(struct taker *t, const char *key)
{
	return take_token(t, find(t, key));
}

static int64_t
take_time(struct taker *t, const char *key)
{
	const char *text = take_text(t, key);
	struct when w;

	if (*text == '\0')
		return WHEN_NONE;
	if (when_parse(text, strlen(text), &w) == -1) {
		t->bad = 1;
		return WHEN_NONE;
	}
	return w.at;
}

static void
take_id(struct taker *t, const char *key, struct id *id_r)
{
	const char *text = take_text(t, key);

	if (*text != '\0' && id_parse(text, strlen(text), id_r) == -1)
		t->bad = 1;
}

static void
take_words(struct taker *t)
{
	struct row *r = t->row;
	const char *kind = take_text(t, "kind"), *lane = take_text(t, "lane");
	const char *way = take_text(t, "direction");
	const char *precision = take_text(t, "precision");
	const char *from = take_text(t, "time_from");

	r->kind = kind_of(kind, strlen(kind));
	r->lane = lane_of(lane, strlen(lane));
	/* Older rows say "unknown" where there is none. */
	r->direction = *way == '\0' && !row_has_way(r) ? DIRECTION_UNKNOWN :
	    direction_of(way, strlen(way));
	r->precision = precision_of(precision, strlen(precision));
	r->time_from = time_from_of(from, strlen(from));
	t->bad |= r->kind == KIND_COUNT || r->lane == LANE_COUNT ||
	    r->direction == DIRECTION_COUNT || r->time_from == TIME_COUNT ||
	    strcmp(precision_name(r->precision), precision) != 0;
}

static void
take_fixed(struct taker *t, const char *key, char *to, size_t size)
{
	const char *text = take_text(t, key);
	size_t n = strlen(text);

	if (n >= size) {
		t->bad = 1;
		return;
	}
	memcpy(to, text, n + 1);
}

static uint64_t
take_number(struct taker *t, uint32_t tok)
{
	int64_t v = json_int(t->json, tok, -1);

	if (v < 0)
		t->bad = 1;
	return v < 0 ? 0 : (uint64_t)v;
}

/* The array under a key and its length; absent is empty. */
static uint32_t
take_array(struct taker *t, const char *key, unsigned *n_r)
{
	uint32_t tok = find(t, key);

	*n_r = 0;
	if (tok == JSON_NONE)
		return tok;
	if (t->json->tok[tok].type != JSON_ARR) {
		t->bad = 1;
		return JSON_NONE;
	}
	*n_r = t->json->tok[tok].n;
	return tok;
}

static void
take_args(struct taker *t)
{
	unsigned n, i = 0;
	uint32_t arr = take_array(t, "args", &n);

	for (uint32_t at = json_first(t->json, arr); at != JSON_NONE;
	    at = json_after(t->json, arr, at)) {
		if (i < ROW_ARGS)
			t->row->args[i] = take_token(t, at);
		i++;
	}
	t->bad |= i > ROW_ARGS;
}

static int
take_seqs(struct taker *t)
{
	unsigned n, i = 0;
	uint32_t arr = take_array(t, "seqs", &n);

	if (n == 0)
		return 0;
	t->memory->seqs = calloc(n, sizeof *t->memory->seqs);
	if (t->memory->seqs == NULL)
		return -1;
	for (uint32_t at = json_first(t->json, arr); at != JSON_NONE;
	    at = json_after(t->json, arr, at))
		t->memory->seqs[i++] = take_number(t, at);
	t->row->seqs = t->memory->seqs;
	t->row->nseqs = n;
	return 0;
}

static void
take_arrival(const struct taker *outer, uint32_t obj, struct taker *t,
    struct row_arrival *a)
{
	*t = *outer;
	t->obj = obj;
	a->at = take_time(t, "at");
	a->seq = take_number(t, find(t, "seq"));
	a->channel = take_text(t, "channel");
	take_fixed(t, "chain", a->chain, sizeof a->chain);
	take_id(t, "document", &a->document);
}

static int
take_arrivals(struct taker *t)
{
	unsigned n, i = 0;
	uint32_t arr = take_array(t, "arrivals", &n);
	struct taker inner;

	if (n == 0)
		return 0;
	t->memory->arrivals = calloc(n, sizeof *t->memory->arrivals);
	if (t->memory->arrivals == NULL)
		return -1;
	for (uint32_t at = json_first(t->json, arr); at != JSON_NONE;
	    at = json_after(t->json, arr, at)) {
		take_arrival(t, at, &inner, &t->memory->arrivals[i++]);
		t->bad |= inner.bad;
	}
	t->row->arrivals = t->memory->arrivals;
	t->row->narrivals = n;
	return 0;
}

static int
take_bounces(struct taker *t)
{
	unsigned n, i = 0;
	uint32_t arr = take_array(t, "not_delivered", &n);

	if (n == 0)
		return 0;
	t->memory->bounces = calloc(n, sizeof *t->memory->bounces);
	if (t->memory->bounces == NULL)
		return -1;
	for (uint32_t at = json_first(t->json, arr); at != JSON_NONE;
	    at = json_after(t->json, arr, at)) {
		struct row_bounce *b = &t->memory->bounces[i++];
		struct taker inner = *t;

		inner.obj = at;
		b->at = take_time(&inner, "at");
		take_id(&inner, "document", &b->document);
		b->recipient = take_text(&inner, "recipient");
		b->status = take_text(&inner, "status");
		t->bad |= inner.bad;
	}
	t->row->bounces = t->memory->bounces;
	t->row->nbounces = n;
	return 0;
}

static int
take_proofs(struct taker *t)
{
	unsigned n, i = 0;
	uint32_t arr = take_array(t, "proofs", &n);

	if (n == 0)
		return 0;
	t->memory->proofs = calloc(n, sizeof *t->memory->proofs);
	if (t->memory->proofs == NULL)
		return -1;
	for (uint32_t at = json_first(t->json, arr); at != JSON_NONE;
	    at = json_after(t->json, arr, at)) {
		const char *text = take_token(t, at);

		if (id_parse(text, strlen(text),
		    &t->memory->proofs[i++]) == -1)
			t->bad = 1;
	}
	t->row->proofs = t->memory->proofs;
	t->row->nproofs = n;
	return 0;
}

/* A number that may be left out. */
static uint64_t
take_count(struct taker *t, const char *key)
{
	uint32_t tok = find(t, key);

	return tok == JSON_NONE ? 0 : take_number(t, tok);
}

static void
take_drift(struct taker *t)
{
	uint32_t tok = find(t, "drift_s");

	if (tok == JSON_NONE)
		return;
	t->row->has_drift = 1;
	t->row->drift = json_int(t->json, tok, INT64_MAX);
	if (t->row->drift == INT64_MAX)
		t->bad = 1;
}

/* What it is, and what the journal says of it. */
static void
take_record(struct taker *t)
{
	struct row *r = t->row;

	r->actor = take_text(t, "actor");
	r->reason = take_text(t, "reason");
	r->document_kind = take_text(t, "document_kind");
	r->type = take_text(t, "type");
	r->message_id = take_text(t, "message_id");
	r->minutes = take_count(t, "minutes");
	r->superseded_by = take_count(t, "superseded_by");
	r->supersedes = take_count(t, "supersedes");
	take_drift(t);
}

static int
take_event(struct taker *t)
{
	struct row *r = t->row;

	take_words(t);
	r->captured_at = take_time(t, "captured_at");
	r->written_at = take_time(t, "written_at");
	r->asked = take_text(t, "asked");
	r->channel = take_text(t, "channel");
	r->delivery = take_text(t, "delivery");
	r->machine = json_true(t->json, find(t, "machine"));
	r->fax_number = take_text(t, "fax_number");
	r->fax_pages = take_count(t, "fax_pages");
	r->fax_result = take_text(t, "fax_result");
	r->sent_by = take_text(t, "sent_by");
	r->tracking = take_text(t, "tracking");
	r->from = take_text(t, "from");
	r->to = take_text(t, "to");
	r->title = take_text(t, "title");
	take_id(t, "case", &r->kase);
	take_id(t, "document", &r->document);
	take_fixed(t, "sha256", r->sha256, sizeof r->sha256);
	if (r->sha256[0] != '\0')
		r->size = take_number(t, find(t, "size"));
	take_record(t);
	take_args(t);
	if (take_seqs(t) == -1 || take_arrivals(t) == -1 ||
	    take_bounces(t) == -1 || take_proofs(t) == -1)
		return -1;
	return 0;
}

static void
take_gap(struct taker *t)
{
	struct row *r = t->row;

	r->gap = 1;
	r->kind = KIND_COUNT;
	r->gap_until = take_time(t, "gap_until");
	r->gap_days = (uint32_t)take_number(t, find(t, "gap_days"));
}

static int
row_take(struct taker *t, size_t len)
{
	struct row *r = t->row;

	/* A NUL for each text: no text's JSON is shorter than its quotes. */
	if (buf_reserve(&t->memory->text, len + 1) == NULL)
		return -1;
	r->at = take_time(t, "at");
	r->sentence = take_text(t, "sentence");
	take_id(t, "column", &r->column);
	if (json_is(t->json, find(t, "kind"), "gap"))
		take_gap(t);
	else if (take_event(t) == -1)
		return -1;
	if (t->bad || r->at == WHEN_NONE) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
row_from(struct row *row_r, const struct json *j, uint32_t tok)
{
	struct taker t = { .row = row_r, .json = j, .obj = tok };
	size_t len;

	row_init(row_r);
	if (json_span(j, tok, &len) == NULL ||
	    j->tok[tok].type != JSON_OBJ) {
		errno = EINVAL;
		return -1;
	}
	row_r->memory = t.memory = calloc(1, sizeof *t.memory);
	if (t.memory == NULL)
		return -1;
	if (row_take(&t, len) == -1) {
		int error = errno;

		row_release(row_r);
		errno = error;
		return -1;
	}
	return 0;
}

int
row_decode(struct row *row_r, const char *text, size_t len)
{
	struct json j;
	int rc;

	row_init(row_r);
	if (json_parse(&j, text, len) == -1)
		return -1;
	rc = row_from(row_r, &j, 0);
	json_release(&j);
	return rc;
}
