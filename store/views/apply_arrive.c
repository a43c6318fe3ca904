/* SPDX-License-Identifier: ISC */
/*
 * apply_arrive: document.received, first and again, and what was refused.
 */
#include "store/views/apply.h"

#include <string.h>

#include "proto/base/text.h"
#include "store/views/cipher.h"
#include "store/views/layout.h"

static const struct vstr none = { "", 0 };

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
	if (vstr_is(d->direction, "in")) {
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
			d->direction_how = vstr_of("stated");
	}
	note_party(d, d->note_with.n > 0 ? d->note_with : number);
}

/* What only ever comes in, unless somebody says otherwise. */
static void
received_direction(struct vdoc *d)
{
	if (d->direction.n > 0)
		return;
	if (vstr_is(d->channel, "fax") || vstr_is(d->channel, "post") ||
	    vstr_is(d->channel, "hand") || vstr_is(d->channel, "web")) {
		d->direction = vstr_of("in");
		d->direction_how = vstr_of("channel");
	} else
		d->direction = vstr_of("unknown");
}

/* What a fax server said of the call beside the bytes. */
static void
received_fax(struct apply *a, struct vdoc *d)
{
	const struct json *j = &a->e.json;
	uint32_t facts = entry_get(&a->e, "sidecar");
	int64_t pages = json_int(j, json_get(j, facts, "pages"), 0);

	if (!vstr_is(d->channel, "fax"))
		return;
	d->fax_number = apply_str(a, j, json_get(j, facts,
	    vstr_is(d->direction, "out") ? "number" : "caller"));
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
		d->direction_how = vstr_of("stated");
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
	struct vkey k = VKEY_INIT;
	int note = vstr_is(d->channel, "note") || d->note_type.n > 0;

	if (note)
		d->status = STATUS_READ;
	vkey_id(&k, &d->id);
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
