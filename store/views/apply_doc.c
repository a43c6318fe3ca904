/* SPDX-License-Identifier: ISC */
/*
 * apply_doc: what happens to a document that is here, but its filing: triage,
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

static void
key_doc(struct vkey *k, const struct id *id)
{
	k->n = 0;
	vkey_id(k, id);
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

	if (s.n == 0 || vstr_is(d->direction_how, "stated") ||
	    vstr_is(d->direction_how, "corrected"))
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
	if (vstr_is(field, "dated"))
		d->dated = apply_when(value);
	else if (vstr_is(field, "received"))
		d->received = apply_when(value);
	else if (vstr_is(field, "sent"))
		d->sent = apply_when(value);
	else if (vstr_is(field, "note-at"))
		d->noted = apply_when(value);
	else if (vstr_is(field, "kind"))
		d->kind = value;
	else if (vstr_is(field, "channel"))
		d->channel = value;
	else if (vstr_is(field, "number"))
		d->fax_number = value;
	else if (vstr_is(field, "pages"))
		d->fax_pages = count_of(value);
	else if (vstr_is(field, "result"))
		d->fax_result = value;
	else if (vstr_is(field, "title"))
		d->title = value;
	else if (vstr_is(field, "from"))
		d->from = value;
	else if (vstr_is(field, "delivery"))
		d->delivery = value;
	else if (vstr_is(field, "to")) {
		d->to[0] = value;
		d->nto = value.n > 0;
	} else if (vstr_is(field, "direction")) {
		d->direction = value;
		d->direction_how = vstr_of("corrected");
	} else if (vstr_is(field, "note-text")) {
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
	if (rc == 1 && vstr_is(apply_field(a, "as"), "copy-of") &&
	    other.kind == ID_DOCUMENT)
		rc = set_join(a, &h, &other);
	else if (rc == 1 && vstr_is(apply_field(a, "as"), "proof-of-sending") &&
	    other.kind == ID_DOCUMENT)
		rc = tie_proof(a, &h, &other);
	else if (rc == 1)
		rc = held_changed(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}
