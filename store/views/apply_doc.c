/* SPDX-License-Identifier: ISC */
/*
 * apply_doc: what happens to a document but its filing: arrivals, triage,
 * setting aside, corrections.
 *
 *	state	entry			becomes
 *	new	triaged			triage
 *	any	filed			filed; its delivery reports in triage:
 *					work for the rules once more
 *	filed	unfiled, none left	triage (with its last suggestions)
 *	filed	triaged			filed
 *	other	set-aside		aside
 *	aside	restored		triage
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/views/cipher.h"
#include "store/views/layout.h"

static const struct vstr none = { "", 0 };

static int
is(struct vstr s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static struct vstr
word(const char *text)
{
	return (struct vstr){ text, strlen(text) };
}

static void
key_doc(struct vkey *k, const struct id *id)
{
	k->n = 0;
	vkey_id(k, id);
}

/* ---- arrivals -------------------------------------------------------- */

static void
arrival_note(struct apply *a, struct vdoc *d)
{
	struct varrival *v;

	d->arrivals++;
	if (d->narrivals == VDOC_ARRIVAL_MAX)
		return;
	v = &d->arrival[d->narrivals++];
	v->seq = a->e.seq;
	v->at = a->e.at;
	v->document = d->id;
	v->channel = apply_field(a, "channel");
	memcpy(v->chain, a->chain, sizeof v->chain);
}

static void
received_to(struct apply *a, struct vdoc *d)
{
	const struct json *j = &a->e.json;
	uint32_t to = entry_get(&a->e, "to"), t;

	d->nto = 0;
	for (t = json_first(j, to); t != JSON_NONE; t = json_after(j, to, t)) {
		if (d->nto < VDOC_TO_MAX)
			d->to[d->nto] = apply_str(a, j, t);
		d->nto++;
	}
}

static void
note_party(struct vdoc *d, struct vstr who)
{
	if (who.n == 0)
		return;
	if (is(d->direction, "in")) {
		if (d->from.n == 0)
			d->from = who;
	} else if (d->nto == 0)
		d->to[d->nto++] = who;
}

/* One text, or several with ", " between. */
static struct vstr
texts_joined(struct apply *a, const struct json *j, uint32_t tok)
{
	if (tok == JSON_NONE || j->tok[tok].type != JSON_ARR)
		return apply_str(a, j, tok);
	buf_clear(&a->tmp);
	for (uint32_t t = json_first(j, tok); t != JSON_NONE;
	    t = json_after(j, tok, t)) {
		struct vstr s = apply_str(a, j, t);

		if (a->tmp.len > 0 && s.n > 0)
			buf_adds(&a->tmp, ", ");
		buf_add(&a->tmp, s.p, s.n);
	}
	if (buf_failed(&a->tmp))
		a->arena.failed = 1;
	return buf_failed(&a->tmp) || a->tmp.len == 0 ? none :
	    apply_copy(a, a->tmp.data, a->tmp.len);
}

static uint64_t
note_minutes(const struct apply *a, uint32_t note)
{
	const struct json *j = &a->e.json;
	int64_t n = json_int(j, json_get(j, note, "minutes"), 0);

	return n > 0 ? (uint64_t)n : 0;
}

static void
received_note(struct apply *a, struct vdoc *d)
{
	const struct json *j = &a->e.json;
	uint32_t note = entry_get(&a->e, "note");
	struct vstr s, number;

	if (note == JSON_NONE)
		return;
	d->note_type = apply_str(a, j, json_get(j, note, "type"));
	d->note_with = texts_joined(a, j, json_get(j, note, "with"));
	d->note_next = apply_str(a, j, json_get(j, note, "next"));
	number = apply_str(a, j, json_get(j, note, "number"));
	d->note_minutes = note_minutes(a, note);
	d->noted = apply_when(apply_str(a, j, json_get(j, note, "at")));
	s = apply_str(a, j, json_get(j, note, "text"));
	d->note_text = (struct vstr){ s.p, text_cut(s.p, s.n, VDOC_NOTE_CUT) };
	d->note_cut = d->note_text.n < s.n;
	if (d->direction.n == 0) {
		d->direction = apply_str(a, j, json_get(j, note, "direction"));
		if (d->direction.n > 0)
			d->direction_how = word("stated");
	}
	note_party(d, d->note_with.n > 0 ? d->note_with : number);
}

/* What only ever comes in, unless somebody says otherwise. */
static void
received_direction(struct vdoc *d)
{
	if (d->direction.n > 0)
		return;
	if (is(d->channel, "fax") || is(d->channel, "post") ||
	    is(d->channel, "hand") || is(d->channel, "web")) {
		d->direction = word("in");
		d->direction_how = word("channel");
	} else
		d->direction = word("unknown");
}

/* What a fax server said of the call beside the bytes. */
static void
received_fax(struct apply *a, struct vdoc *d)
{
	const struct json *j = &a->e.json;
	uint32_t facts = entry_get(&a->e, "sidecar");
	int64_t pages = json_int(j, json_get(j, facts, "pages"), 0);

	if (!is(d->channel, "fax"))
		return;
	d->fax_number = apply_str(a, j, json_get(j, facts,
	    is(d->direction, "out") ? "number" : "caller"));
	d->fax_pages = pages > 0 ? (uint64_t)pages : 0;
	d->fax_result = apply_str(a, j, json_get(j, facts, "result"));
}

static int
received_new(struct apply *a, struct vdoc *d)
{
	struct vstr sha = apply_field(a, "sha256");
	uint64_t size;
	int rc;

	vdoc_init(d);
	d->id = a->e.document;
	d->seq = a->e.seq;
	d->at = a->e.at;
	d->channel = apply_field(a, "channel");
	d->source = apply_field(a, "source");
	d->filename = apply_field(a, "filename");
	d->actor = (struct vstr){ a->e.actor, strlen(a->e.actor) };
	d->kind = apply_field(a, "kind");
	d->title = apply_field(a, "title");
	d->from = apply_field(a, "from");
	received_to(a, d);
	d->direction = apply_field(a, "direction");
	if (d->direction.n > 0)
		d->direction_how = word("stated");
	d->dated = apply_when(apply_field(a, "dated"));
	d->received = apply_when(apply_field(a, "received"));
	d->sent = apply_when(apply_field(a, "sent"));
	d->sent_by = apply_field(a, "sent_by");
	d->tracking = apply_field(a, "tracking");
	received_note(a, d);
	received_direction(d);
	received_fax(a, d);
	d->size = (uint64_t)json_int(&a->e.json, entry_get(&a->e, "size"), 0);
	if (sha.n != 2 * LOG_HASH_LEN || text_unhex(sha.p, sha.n, d->sha256)
	    == -1)
		return 0;
	rc = vblob_find(&a->x->snap, a->x->hash, d->sha256, &d->loc, &size);
	return rc == -1 ? -1 : apply_look(a, LOOK_BYTES, d->sha256,
	    sizeof d->sha256, &d->id);
}

/* A note is read already: its fields are in the entry. */
static int
received_work(struct apply *a, struct vdoc *d)
{
	struct vkey k;
	int note = is(d->channel, "note") || d->note_type.n > 0;

	if (note)
		d->status = STATUS_READ;
	key_doc(&k, &d->id);
	return vtxn_set(a->x, note ? VIEW_TODO_FILE : VIEW_TODO_READ, &k, "",
	    0);
}

int
apply_received(struct apply *a)
{
	struct held h;
	int rc, new;

	HELD_INIT(&h);
	a->x->count[COUNT_ARRIVALS]++;
	rc = held_load(a, &a->e.document, &h);
	new = rc == 0;
	if (rc == 1)
		a->x->count[COUNT_DUPLICATES]++;
	else if (rc == 0 && (rc = received_new(a, &h.d)) == 0)
		rc = received_work(a, &h.d);
	if (rc != -1 && apply_arrival(a, new) == -1)
		rc = -1;
	if (rc != -1 && call_arrival(a, &h.d) == -1)
		rc = -1;
	if (rc != -1) {
		arrival_note(a, &h.d);
		rc = held_changed(a, &h);
	}
	held_release(&h);
	return rc;
}

int
apply_refused(struct apply *a)
{
	struct vkey k = VKEY_INIT;
	uint8_t v[4];
	int64_t n = json_int(&a->e.json, entry_get(&a->e, "count"), 1);

	if (n < 1 || n > UINT32_MAX)
		n = 1;
	put32(v, (uint32_t)n);
	vkey_u64(&k, a->e.seq);
	a->x->count[COUNT_REFUSED] += (uint64_t)n;
	return vtxn_append(a->x, VIEW_REFUSED, &k, v, sizeof v);
}

/* ---- triage ---------------------------------------------------------- */

/* Ends the row of a key, whichever entry made it. */
static int
end_row(struct apply *a, enum view_table t, const struct vkey *k)
{
	struct vrow row = VROW_INIT;
	int rc = vrow_get(&a->x->snap, t, k, &row);

	if (rc == 1)
		rc = vtxn_end(a->x, t, k, row.made, a->e.seq);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
triage_leave(struct apply *a, struct vdoc *d)
{
	struct vkey k;

	key_doc(&k, &d->id);
	if (d->state == STATE_TRIAGE && end_row(a, VIEW_TRIAGE, &k) == -1)
		return -1;
	if (d->state == STATE_ASIDE && end_row(a, VIEW_ASIDE, &k) == -1)
		return -1;
	for (unsigned i = 0; i < d->nsuggest; i++) {
		k.n = 0;
		vkey_id(&k, &d->suggest[i]);
		vkey_id(&k, &d->id);
		if (end_row(a, VIEW_SUGGEST, &k) == -1)
			return -1;
	}
	d->nsuggest = 0;
	d->aside = none;
	d->aside_seq = 0;
	key_doc(&k, &d->id);
	return vtxn_unset(a->x, VIEW_TODO_FILE, &k);
}

int
triage_enter(struct apply *a, struct vdoc *d)
{
	struct vkey k;
	uint8_t seq[8];

	d->state = STATE_TRIAGE;
	put64(seq, d->triage_seq);
	key_doc(&k, &d->id);
	return vtxn_put(a->x, VIEW_TRIAGE, &k, a->e.seq, seq, sizeof seq);
}

static int
suggested(struct apply *a, struct vdoc *d, uint32_t tok)
{
	const struct json *j = &a->e.json;
	struct vstr certainty;
	struct id scope;
	struct vkey k = VKEY_INIT;

	scope = apply_id(apply_str(a, j, json_get(j, tok, "case")));
	if (scope.kind == ID_NONE)
		scope = apply_id(apply_str(a, j, json_get(j, tok, "client")));
	if (scope.kind == ID_NONE || d->nsuggest == VDOC_SUGGEST_MAX)
		return 0;
	for (unsigned i = 0; i < d->nsuggest; i++)
		if (id_equal(&d->suggest[i], &scope))
			return 0;
	d->suggest[d->nsuggest++] = scope;
	certainty = apply_str(a, j, json_get(j, tok, "certainty"));
	vkey_id(&k, &scope);
	vkey_id(&k, &d->id);
	return vtxn_put(a->x, VIEW_SUGGEST, &k, a->e.seq,
	    certainty.n > 0 ? certainty.p : "?", 1);
}

void
direction_computed(struct apply *a, struct vdoc *d)
{
	struct vstr s = apply_field(a, "direction");

	if (s.n == 0 || is(d->direction_how, "stated") ||
	    is(d->direction_how, "corrected"))
		return;
	d->direction = s;
	d->direction_how = apply_field(a, "direction_how");
}

int
apply_triaged(struct apply *a)
{
	const struct json *j = &a->e.json;
	uint32_t list = entry_get(&a->e, "suggestions"), t;
	struct held h;
	int rc;

	HELD_INIT(&h);
	if ((rc = held_load(a, &a->e.document, &h)) != 1)
		goto out;
	direction_computed(a, &h.d);
	h.d.triage_seq = a->e.seq;
	if (h.d.state == STATE_NEW || h.d.state == STATE_TRIAGE) {
		if ((rc = triage_leave(a, &h.d)) == -1)
			goto out;
		for (t = json_first(j, list); t != JSON_NONE && rc != -1;
		    t = json_after(j, list, t))
			rc = suggested(a, &h.d, t);
		if (rc == -1 || (rc = triage_enter(a, &h.d)) == -1)
			goto out;
	}
	rc = held_changed(a, &h);
out:
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

int
apply_set_aside(struct apply *a)
{
	struct held h;
	struct vkey k;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1 && h.d.state != STATE_FILED) {
		direction_computed(a, &h.d);
		key_doc(&k, &h.d.id);
		rc = triage_leave(a, &h.d);
		h.d.state = STATE_ASIDE;
		h.d.aside = apply_field(a, "as");
		h.d.aside_seq = a->e.seq;
		if (rc == 0)
			rc = vtxn_put(a->x, VIEW_ASIDE, &k, a->e.seq, "", 0);
		if (rc == 0)
			rc = held_changed(a, &h);
	} else if (rc == 1)
		rc = held_changed(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

int
apply_restored(struct apply *a)
{
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1 && h.d.state == STATE_ASIDE) {
		rc = triage_leave(a, &h.d);
		if (rc == 0)
			rc = triage_enter(a, &h.d);
		if (rc == 0)
			rc = 1;
	}
	if (rc == 1)
		rc = held_changed(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

/* ---- corrections and links ------------------------------------------- */

static uint64_t
count_of(struct vstr s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n && s.n < 10; i++)
		n = s.p[i] < '0' || s.p[i] > '9' ? 0 :
		    n * 10 + (uint64_t)(s.p[i] - '0');
	return n;
}

static void
correct(struct vdoc *d, struct vstr field, struct vstr value)
{
	if (is(field, "dated"))
		d->dated = apply_when(value);
	else if (is(field, "received"))
		d->received = apply_when(value);
	else if (is(field, "sent"))
		d->sent = apply_when(value);
	else if (is(field, "note-at"))
		d->noted = apply_when(value);
	else if (is(field, "kind"))
		d->kind = value;
	else if (is(field, "channel"))
		d->channel = value;
	else if (is(field, "number"))
		d->fax_number = value;
	else if (is(field, "pages"))
		d->fax_pages = count_of(value);
	else if (is(field, "result"))
		d->fax_result = value;
	else if (is(field, "title"))
		d->title = value;
	else if (is(field, "from"))
		d->from = value;
	else if (is(field, "delivery"))
		d->delivery = value;
	else if (is(field, "to")) {
		d->to[0] = value;
		d->nto = value.n > 0;
	} else if (is(field, "direction")) {
		d->direction = value;
		d->direction_how = word("corrected");
	} else if (is(field, "note-text")) {
		d->note_text = (struct vstr){ value.p, text_cut(value.p,
		    value.n, VDOC_NOTE_CUT) };
		d->note_cut = d->note_text.n < value.n;
	}
}

int
apply_corrected(struct apply *a)
{
	struct held h;
	int rc;

	HELD_INIT(&h);
	if ((rc = held_load(a, &a->e.document, &h)) == 1) {
		correct(&h.d, apply_field(a, "field"),
		    apply_field(a, "value"));
		h.d.corrections++;
		rc = call_corrected(a, &h.d) == -1 ? -1 :
		    held_changed(a, &h);
	}
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

int
apply_linked(struct apply *a)
{
	struct id other = apply_id(apply_field(a, "other"));
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1 && is(apply_field(a, "as"), "copy-of") &&
	    other.kind == ID_DOCUMENT)
		rc = set_join(a, &h, &other);
	else if (rc == 1 && is(apply_field(a, "as"), "proof-of-sending") &&
	    other.kind == ID_DOCUMENT)
		rc = tie_proof(a, &h, &other);
	else if (rc == 1)
		rc = held_changed(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}
