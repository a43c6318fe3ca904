/* SPDX-License-Identifier: ISC */
/*
 * apply_set: loading and saving documents, sets of copies, and the timeline
 * rows of documents.
 *
 * A set has a head, its earliest document, whose row names the others; each
 * other names the head.  One TIME row for each scope in which any of the set
 * is filed, out of the head's row.  A set holds VDOC_COPY_MAX copies; the
 * next one with the same content leads a set of its own, so that no row
 * grows without end and none is left out.
 *
 * Whatever changes a document goes through held_changed(), which ends the
 * old TIME rows of its set and puts new ones.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

/* ---- one document ---------------------------------------------------- */

static void
doc_key(struct vkey *k, const struct id *id)
{
	struct id whole = *id;

	whole.part = 0;
	k->n = 0;
	vkey_id(k, &whole);
}

int
held_load(struct apply *a, const struct id *id, struct held *h)
{
	struct vkey k;
	int rc;

	buf_clear(&h->row.data);
	h->made = 0;
	h->counted = 0;
	h->due = 0;
	if (id->kind != ID_DOCUMENT)
		return 0;
	doc_key(&k, id);
	rc = vrow_get(&a->x->snap, VIEW_DOC, &k, &h->row);
	if (rc != 1)
		return rc;
	if (vdoc_unpack(h->row.data.data, h->row.data.len, &h->d) == -1)
		return -1;
	h->made = h->row.made;
	h->state = h->d.state;
	h->status = h->d.status;
	h->copy = h->d.copy_of.kind != ID_NONE;
	h->due = vdoc_due(&h->d);
	h->counted = 1;
	return 1;
}

void
held_release(struct held *h)
{
	vrow_release(&h->row);
}

static void
count_doc(uint64_t *count, enum vstate state, enum vstatus status, int copy,
    uint64_t by)
{
	static const enum view_count of_state[] = {
		[STATE_NEW] = COUNT_NEW, [STATE_TRIAGE] = COUNT_TRIAGE,
		[STATE_FILED] = COUNT_FILED, [STATE_ASIDE] = COUNT_ASIDE,
	};

	count[COUNT_DOCUMENTS] += by;
	count[of_state[state]] += by;
	if (status != STATUS_RECEIVED)
		count[status == STATUS_READ ? COUNT_READ : COUNT_UNREAD] += by;
	if (copy)
		count[COUNT_COPIES] += by;
}

/* The row of VIEW_DUE, there or gone, and how many there are. */
static int
due_save(struct apply *a, struct held *h)
{
	struct vrow row = VROW_INIT;
	int due = vdoc_due(&h->d), rc = 0;
	struct vkey k;

	if (due == h->due)
		return 0;
	h->due = due;
	doc_key(&k, &h->d.id);
	if (due) {
		a->x->count[COUNT_UNDELIVERED]++;
		return vtxn_put(a->x, VIEW_DUE, &k, a->e.seq, "", 0);
	}
	a->x->count[COUNT_UNDELIVERED]--;
	if ((rc = vrow_get(&a->x->snap, VIEW_DUE, &k, &row)) == 1)
		rc = row.made == a->e.seq ?
		    vtxn_undo(a->x, VIEW_DUE, &k, row.made) :
		    vtxn_end(a->x, VIEW_DUE, &k, row.made, a->e.seq);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
held_save(struct apply *a, struct held *h)
{
	uint64_t *count = a->x->count;
	struct vkey k;

	if (due_save(a, h) == -1)
		return -1;
	if (h->counted)
		count_doc(count, h->state, h->status, h->copy, UINT64_MAX);
	h->state = h->d.state;
	h->status = h->d.status;
	h->copy = h->d.copy_of.kind != ID_NONE;
	h->counted = 1;
	count_doc(count, h->state, h->status, h->copy, 1);

	buf_clear(&a->out);
	vdoc_pack(&h->d, &a->out);
	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	doc_key(&k, &h->d.id);
	if (vtxn_next(a->x, VIEW_DOC, &k, h->made, a->e.seq, a->out.data,
	    a->out.len) == -1)
		return -1;
	h->made = a->e.seq;
	return 0;
}

/* ---- timeline rows --------------------------------------------------- */

static void
time_key(struct vkey *k, const struct id *scope, int64_t at, uint64_t seq)
{
	k->n = 0;
	vkey_id(k, scope);
	vkey_time(k, at);
	vkey_u64(k, seq);
}

static int
hide(struct apply *a, struct vdoc *head)
{
	struct vkey k;
	int rc;

	for (unsigned i = 0; i < head->nshown; i++) {
		const struct vshown *s = &head->shown[i];

		time_key(&k, &s->scope, s->time, head->seq);
		if (s->made == a->e.seq)
			rc = vtxn_undo(a->x, VIEW_TIME, &k, s->made);
		else
			rc = vtxn_end(a->x, VIEW_TIME, &k, s->made, a->e.seq);
		if (rc == -1)
			return -1;
	}
	head->nshown = 0;
	return 0;
}

static void
add_shown(struct apply *a, struct vdoc *head, const struct vfiling *f)
{
	const struct id *scope = f->kase.kind != ID_NONE ? &f->kase :
	    &f->client;

	for (unsigned i = 0; i < head->nshown; i++)
		if (id_equal(&head->shown[i].scope, scope))
			return;
	if (head->nshown < VDOC_SHOWN_MAX && scope->kind != ID_NONE)
		head->shown[head->nshown++] = (struct vshown){ *scope,
		    head->happened.at, a->e.seq };
}

/* The copies' filings stand in the row beside the head's. */
static int
gather(struct apply *a, struct vdoc *head, struct vdoc *line)
{
	struct held h;
	int rc = 0;

	for (unsigned i = 0; i < head->nfilings; i++)
		add_shown(a, head, &head->filing[i]);
	if (head->ncopies == 0)
		return 0;
	HELD_INIT(&h);
	for (unsigned i = 0; i < head->ncopies && rc != -1; i++) {
		if ((rc = held_load(a, &head->copy[i], &h)) != 1)
			continue;
		for (unsigned j = 0; j < h.d.nfilings; j++) {
			add_shown(a, head, &h.d.filing[j]);
			if (line->nfilings < VDOC_FILING_MAX)
				line->filing[line->nfilings++] =
				    h.d.filing[j];
		}
	}
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

static int
show(struct apply *a, struct vdoc *head)
{
	struct vkey k;

	if (head->nfilings == 0 && head->ncopies == 0)
		return 0;
	a->line.is_doc = 1;
	a->line.doc = *head;
	a->line.doc.nsuggest = 0;
	if (gather(a, head, &a->line.doc) == -1)
		return -1;
	if (head->nshown == 0)
		return 0;
	buf_clear(&a->out);
	vline_pack(&a->line, &a->out);
	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	for (unsigned i = 0; i < head->nshown; i++) {
		time_key(&k, &head->shown[i].scope, head->happened.at,
		    head->seq);
		if (vtxn_put(a->x, VIEW_TIME, &k, a->e.seq, a->out.data,
		    a->out.len) == -1)
			return -1;
	}
	return 0;
}

/* ---- sets ------------------------------------------------------------ */

/* Keeps the list in the order of entries, the first ones if it is full. */
static void
arrival_add(struct vdoc *head, const struct varrival *v)
{
	unsigned i = head->nset;

	while (i > 0 && head->set_arrival[i - 1].seq > v->seq)
		i--;
	if (i == VDOC_ARRIVAL_MAX)
		return;
	if (head->nset == VDOC_ARRIVAL_MAX)
		head->nset--;
	memmove(&head->set_arrival[i + 1], &head->set_arrival[i],
	    (head->nset - i) * sizeof head->set_arrival[0]);
	head->set_arrival[i] = *v;
	head->nset++;
}

static void
arrivals_add(struct apply *a, struct vdoc *head, const struct vdoc *d)
{
	head->set_arrivals += d->arrivals;
	for (unsigned i = 0; i < d->narrivals; i++) {
		struct varrival v = d->arrival[i];

		if (d != head)
			v.channel = apply_copy(a, v.channel.p, v.channel.n);
		arrival_add(head, &v);
	}
}

static int
set_arrivals(struct apply *a, struct vdoc *head)
{
	struct held h;
	int rc = 0;

	head->nset = 0;
	head->set_arrivals = 0;
	if (head->ncopies == 0)
		return 0;
	HELD_INIT(&h);
	arrivals_add(a, head, head);
	for (unsigned i = 0; i < head->ncopies && rc != -1; i++)
		if ((rc = held_load(a, &head->copy[i], &h)) == 1)
			arrivals_add(a, head, &h.d);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

/* The head of a set, all of whose others are saved. */
static int
head_changed(struct apply *a, struct held *h)
{
	if (hide(a, &h->d) == -1 || set_arrivals(a, &h->d) == -1 ||
	    show(a, &h->d) == -1)
		return -1;
	return held_save(a, h);
}

int
held_changed(struct apply *a, struct held *h)
{
	struct held head;
	int rc;

	doc_settle(&h->d);
	if (h->d.copy_of.kind == ID_NONE)
		return head_changed(a, h);
	if (held_save(a, h) == -1)
		return -1;
	HELD_INIT(&head);
	rc = held_load(a, &h->d.copy_of, &head);
	if (rc == 1)
		rc = head_changed(a, &head);
	held_release(&head);
	return rc == -1 ? -1 : 0;
}

int
set_find(struct apply *a, const void *content, size_t n, struct id *head_r)
{
	struct vkey k = VKEY_INIT;
	struct vcur c;
	struct held h;
	uint8_t what = LOOK_CONTENT, hash[VIEWS_HASH_LEN];
	int rc;

	if (vhash_make(a->x->hash, what, content, n, hash) == -1)
		return -1;
	vkey_add(&k, &what, 1);
	vkey_add(&k, hash, sizeof hash);
	if (vcur_open(&c, &a->x->snap, VIEW_LOOK, &k, VCUR_BACK | VCUR_KEYS)
	    == -1)
		return -1;
	rc = vcur_next(&c);
	if (rc == 1)
		id_from_key(c.row.key + VKEY_LOOK_ID, head_r);
	vcur_close(&c);
	if (rc != 1)
		return rc;
	HELD_INIT(&h);
	if ((rc = held_load(a, head_r, &h)) == 1) {
		if (h.d.copy_of.kind != ID_NONE) {
			*head_r = h.d.copy_of;	/* joined by hand since */
			rc = held_load(a, head_r, &h);
		}
		if (rc == 1 && h.d.ncopies == VDOC_COPY_MAX)
			rc = 0;
	}
	held_release(&h);
	return rc;
}

/* `from` and its copies go under `to`. */
static int
set_move(struct apply *a, struct held *to, struct held *from)
{
	struct id member[VDOC_COPY_MAX + 1];
	struct held h;
	unsigned n = 0;
	int rc = 0;

	if (hide(a, &from->d) == -1)
		return -1;
	for (unsigned i = 0; i < from->d.ncopies; i++)
		member[n++] = from->d.copy[i];
	from->d.ncopies = 0;
	from->d.nset = 0;
	from->d.set_arrivals = 0;
	from->d.copy_of = to->d.id;
	if (held_save(a, from) == -1)
		return -1;
	to->d.copy[to->d.ncopies++] = from->d.id;
	HELD_INIT(&h);
	for (unsigned i = 0; i < n && rc != -1; i++) {
		if ((rc = held_load(a, &member[i], &h)) != 1)
			continue;
		h.d.copy_of = to->d.id;
		rc = held_save(a, &h);
		to->d.copy[to->d.ncopies++] = member[i];
	}
	held_release(&h);
	return rc == -1 ? -1 : head_changed(a, to);
}

/* The head of a document's set: the document itself or another, loaded. */
static int
head_load(struct apply *a, const struct id *id, struct held *h)
{
	struct id head;
	int rc = held_load(a, id, h);

	if (rc != 1 || h->d.copy_of.kind == ID_NONE)
		return rc;
	head = h->d.copy_of;
	return held_load(a, &head, h);
}

int
set_join(struct apply *a, struct held *self, const struct id *other)
{
	struct held one, two, *to = &one, *from = &two;
	int rc;

	doc_settle(&self->d);
	if (held_save(a, self) == -1)
		return -1;
	HELD_INIT(&one);
	HELD_INIT(&two);
	if ((rc = head_load(a, &self->d.id, &one)) != 1 ||
	    (rc = head_load(a, other, &two)) != 1)
		goto out;
	if (one.d.seq > two.d.seq) {
		to = &two;
		from = &one;
	}
	/* One set already, or no room: each keeps its own rows. */
	if (id_equal(&one.d.id, &two.d.id) ||
	    one.d.ncopies + two.d.ncopies + 1 > VDOC_COPY_MAX)
		rc = head_changed(a, &one);
	else
		rc = set_move(a, to, from);
out:
	held_release(&one);
	held_release(&two);
	return rc == -1 ? -1 : 0;
}
