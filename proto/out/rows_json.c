/* SPDX-License-Identifier: ISC */
/*
 * rows_json: rows of the timeline, and its head, as canonical JSON.
 */
#include "proto/out/rows.h"

#include "proto/base/json.h"

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
	jw_kstr_opt(w, "hidden", r->hidden);
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
