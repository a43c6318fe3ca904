/* SPDX-License-Identifier: ISC */
/*
 * plan: what a bundle holds.  Read here, slice by slice; put together in
 * plan_make.c.
 *
 *	CHAIN -> NUMBERS -> DECISIONS -> DOCUMENTS -> whole
 *
 * Between two slices nothing is open; where a step goes on is a place or an
 * index.  Documents are read as of P, their marks and all else as of Q.
 */
#include "store/ask/plan_own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

#define TEXT_CUT 512		/* bytes of a subject or sender */

static char *
text_keep(const struct vstr *s)
{
	size_t n = text_cut(s->p, s->n, TEXT_CUT);

	return n == 0 ? strdup("") : strndup(s->p, n);
}

/* ---- beginning and end ----------------------------------------------- */

static int
plan_begin(struct plan *plan, const struct id *id, uint64_t position,
    uint64_t decided, struct trouble *trouble)
{
	struct room room;
	int got;

	if (room_begin(&room, plan->read->store, 0, trouble) == -1)
		return -1;
	got = bundle_take(&room, id, &plan->bundle, NULL);
	if (position == 0)
		position = plan->bundle.as_known;
	plan->position = position != 0 && position < room.snap.applied ?
	    position : room.snap.applied;
	plan->decided = decided != 0 && decided < room.snap.applied ?
	    decided : room.snap.applied;
	if (plan->decided < plan->position)
		plan->decided = plan->position;
	if (got == -1)
		(void)room_fail(&room, "bundle");
	room_end(&room);
	if (got == 0) {
		char text[ID_TEXT_MAX];

		errno = ENOENT;
		return trouble_set(trouble, SAY_ASK_NO_BUNDLE,
		    id_text(id, text), NULL, NULL, NULL);
	}
	return got == 1 ? 0 : -1;
}

struct plan *
plan_new(struct store *store, const struct id *bundle, uint64_t position,
    uint64_t decided, struct trouble *trouble)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (plan == NULL ||
	    (plan->read = calloc(1, sizeof(*plan->read))) == NULL) {
		(void)trouble_errno(trouble, SAY_ASK_FAILED, "plan");
		plan_free(plan);
		return NULL;
	}
	plan->read->store = store;
	if (plan_begin(plan, bundle, position, decided, trouble) == -1) {
		plan_free(plan);
		return NULL;
	}
	return plan;
}

void
plan_free(struct plan *plan)
{
	struct plan_read *r;

	if (plan == NULL)
		return;
	if ((r = plan->read) != NULL) {
		ids_release(&r->chain);
		ids_release(&r->family);
		ids_release(&r->ordered);
		ids_release(&r->set);
		numbers_release(&r->numbers);
		for (size_t i = 0; i < r->ndecision; i++) {
			free(r->decision[i].basis);
			free(r->decision[i].description);
			free(r->decision[i].reason);
			free(r->decision[i].counsel);
		}
		free(r->decision);
		for (size_t i = 0; i < r->ndoc; i++) {
			free(r->doc[i].subject);
			free(r->doc[i].from);
		}
		free(r->doc);
		for (size_t i = 0; i < r->nkept; i++)
			free(r->kept[i]);
		free(r->kept);
		runs_release(&r->runs);
		free(r->copies);
		free(r);
	}
	free(plan->item);
	free(plan->apart);
	free(plan);
}

/* ---- the bundles that it goes on from, and the order ------------------ */

static int
order_read(struct room *room, struct plan *plan, uint64_t seq)
{
	struct told told = TOLD_INIT;
	const struct json *json = &told.entry.json;
	uint32_t list, t;
	int ret = room_must(told_get(room, seq, &told));

	if (ret == -1)
		goto out;
	list = entry_get(&told.entry, "documents");
	for (t = json_first(json, list); t != JSON_NONE && ret == 0;
	    t = json_after(json, list, t)) {
		struct buf text = BUF_INIT;
		struct id id;

		if (json_str(json, t, &text) == 0 && !buf_failed(&text) &&
		    id_parse((const char *)text.data, text.len, &id) == 0)
			ret = ids_add(&plan->read->ordered, &id);
		buf_release(&text);
	}
out:
	told_release(&told);
	return ret;
}

static int
step_chain(struct room *room, struct plan *plan, unsigned max)
{
	struct bundle b;
	uint64_t ordered = 0;

	(void)max;
	if (room_must(bundle_take(room, &plan->bundle.id, &b,
	    &ordered)) == -1 ||
	    (ordered != 0 && order_read(room, plan, ordered) == -1))
		return -1;
	return bundle_chain(room, &plan->bundle.id, &plan->read->chain);
}

/* ---- numbers --------------------------------------------------------- */

/* One build a slice; 1 more, 0 no more, -1. */
static int
step_numbers(struct room *room, struct plan *plan, unsigned max)
{
	struct plan_read *r = plan->read;
	struct bundle_build build;
	struct bundle b;
	int got;

	(void)max;
	if (r->family.n == 0 &&
	    bundle_family(room, &plan->bundle.id, &r->family) == -1)
		return -1;
	if (r->family_at == r->family.n)
		return 0;
	if (room_must(bundle_take(room, &r->family.v[r->family_at], &b,
	    NULL)) == -1)
		return -1;
	if (r->build_at == b.builds) {
		r->family_at++;
		r->build_at = 0;
		return 1;
	}
	got = build_take(room, &b.id, ++r->build_at, &build);
	if (got == 1 && build.state == BUILD_BUILT &&
	    numbers_read(room, &b.id, &build, &r->numbers) == -1)
		got = -1;
	return got == -1 ? -1 : 1;
}

/* ---- decisions ------------------------------------------------------- */

static enum treatment
decided_as(const struct vstr *as)
{
	for (int t = TREAT_PRODUCE; t <= TREAT_LEAVE_OUT; t++) {
		const char *name = treatment_name((enum treatment)t);

		if (as->n == strlen(name) && memcmp(as->p, name, as->n) == 0)
			return (enum treatment)t;
	}
	return TREAT_UNDECIDED;
}

static int
decision_add(struct plan_read *r, const struct id *document, size_t level,
    const struct vdecision *v)
{
	struct decision *d;

	if (r->ndecision == r->cdecision) {
		size_t cap = r->cdecision ? r->cdecision * 2 : 32;

		if ((d = reallocarray(r->decision, cap, sizeof(*d))) == NULL)
			return -1;
		r->decision = d;
		r->cdecision = cap;
	}
	d = &r->decision[r->ndecision++];
	memset(d, 0, sizeof(*d));
	d->document = *document;
	d->level = level;
	d->seq = v->seq;
	d->at = v->at;
	d->as = decided_as(&v->as);
	memcpy(d->actor, v->actor.p, v->actor.n < sizeof(d->actor) ?
	    v->actor.n : sizeof(d->actor) - 1);
	d->basis = text_keep(&v->basis);
	d->description = v->description.n == 0 ? strdup("") :
	    strndup(v->description.p, v->description.n);
	d->reason = v->reason.n == 0 ? strdup("") :
	    strndup(v->reason.p, v->reason.n);
	d->counsel = v->counsel.n == 0 ? strdup("") :
	    strndup(v->counsel.p, v->counsel.n);
	return d->basis == NULL || d->description == NULL ||
	    d->reason == NULL || d->counsel == NULL ? -1 : 0;
}

/* The decisions of one bundle of the chain a slice; 1 more, 0, -1. */
static int
step_decisions(struct room *room, struct plan *plan, unsigned max)
{
	struct plan_read *r = plan->read;
	struct vkey prefix = VKEY_INIT;
	struct vdecision v;
	struct vcur cur;
	int got;

	(void)max;
	if (r->chain_at == r->chain.n)
		return 0;
	vkey_id(&prefix, &r->chain.v[r->chain_at]);
	got = vcur_open(&cur, &room->snap, VIEW_DECIDED, &prefix, 0);
	while (got != -1 && (got = vcur_next(&cur)) == 1) {
		struct id document;

		id_from_key(cur.row.key + VKEY_DECIDED_DOC, &document);
		if (vdecision_unpack(cur.row.data.data, cur.row.data.len,
		    &v) == -1 ||
		    decision_add(r, &document, r->chain_at, &v) == -1) {
			got = -1;
			break;
		}
	}
	vcur_close(&cur);
	r->chain_at++;
	return got == -1 ? -1 : 1;
}

/* ---- documents ------------------------------------------------------- */

int
set_marks(struct room *room, const struct vdoc *doc, unsigned *marks_r,
    uint64_t *marked_r)
{
	struct vrow row = VROW_INIT, other = VROW_INIT;
	struct vdoc head, one;
	int got = 1;

	*marks_r = doc->marks;
	*marked_r = doc->marked;
	if (doc->copy_of.kind == ID_NONE)
		head = *doc;
	else
		got = room_must(get_doc(room, &doc->copy_of, &row, &head)) ==
		    0 ? 1 : -1;
	if (got == 1 && head.marks != 0) {
		*marks_r |= head.marks;
		if (head.marked > *marked_r)
			*marked_r = head.marked;
	}
	for (unsigned i = 0; got != -1 && i < head.ncopies; i++) {
		got = get_doc(room, &head.copy[i], &other, &one);
		if (got == 1 && one.marks != 0) {
			*marks_r |= one.marks;
			if (one.marked > *marked_r)
				*marked_r = one.marked;
		}
	}
	vrow_release(&row);
	vrow_release(&other);
	return got == -1 ? -1 : 0;
}

static int
doc_add(struct plan_read *r, const struct vdoc *v)
{
	const struct vstr *subject = v->subject.n > 0 ? &v->subject :
	    v->title.n > 0 ? &v->title : v->note_text.n > 0 ?
	    &v->note_text : &v->filename;
	struct planned *d;

	if (r->ndoc == r->cdoc) {
		size_t cap = r->cdoc ? r->cdoc * 2 : 256;

		if ((d = reallocarray(r->doc, cap, sizeof(*d))) == NULL)
			return -1;
		r->doc = d;
		r->cdoc = cap;
	}
	d = &r->doc[r->ndoc++];
	memset(d, 0, sizeof(*d));
	d->id = v->id;
	d->head = v->copy_of.kind != ID_NONE ? v->copy_of : v->id;
	d->happened = v->happened.at;
	d->subject = text_keep(subject);
	d->from = text_keep(&v->from);
	return d->subject == NULL || d->from == NULL ? -1 : 0;
}

/* What is decided of any of a set is decided of it, filed here or not. */
static int
set_add(struct room *room, struct plan_read *r, const struct vdoc *v)
{
	struct planned *d = &r->doc[r->ndoc - 1];
	struct vrow row = VROW_INIT;
	struct vdoc head = { 0 };
	int ret = 0;

	d->set = r->set.n;
	if (v->copy_of.kind == ID_NONE && v->ncopies == 0)
		return 0;
	if (v->copy_of.kind == ID_NONE)
		head = *v;
	else
		ret = room_must(get_doc(room, &v->copy_of, &row, &head));
	if (ret == 0)
		ret = ids_add(&r->set, &head.id);
	for (unsigned i = 0; ret == 0 && i < head.ncopies; i++)
		ret = ids_add(&r->set, &head.copy[i]);
	d->nset = r->set.n - d->set;
	vrow_release(&row);
	return ret;
}

/* Up to max documents behind the place, as of P; 1 more, 0, -1. */
static int
documents_read(struct room *room, struct plan_read *r, unsigned max)
{
	struct vrow row = VROW_INIT;
	struct merge m;
	struct vdoc v;
	unsigned n = 0;
	size_t i;
	int got = -1;

	if (merge_open(&m, &room->snap, r->runs.v, r->runs.n,
	    &r->place) == -1)
		goto out;
	while (n < max && (got = merge_next(&m, &i)) == 1) {
		struct id id;

		merge_place(&m, &r->place);
		r->place.run = SIZE_MAX;	/* filed twice: one document */
		id_from_key(m.cur[i].row.key + VKEY_SCOPE_DOC, &id);
		if (r->ndoc > 0 && id_equal(&r->doc[r->ndoc - 1].id, &id))
			continue;
		if (room_must(get_doc(room, &id, &row, &v)) == -1 ||
		    doc_add(r, &v) == -1 || set_add(room, r, &v) == -1) {
			got = -1;
			goto out;
		}
		n++;
	}
out:
	merge_close(&m);
	vrow_release(&row);
	return got;
}

/* The marks of the documents from `first` on, as of Q. */
static int
marks_read(struct room *room, struct plan_read *r, size_t first)
{
	struct vrow row = VROW_INIT;
	struct vdoc v;
	int ret = 0;

	for (size_t i = first; i < r->ndoc && ret == 0; i++) {
		ret = room_must(get_doc(room, &r->doc[i].id, &row, &v));
		if (ret == 0)
			ret = set_marks(room, &v, &r->doc[i].marks,
			    &r->doc[i].marked);
	}
	vrow_release(&row);
	return ret;
}

/* ---- slices ---------------------------------------------------------- */

typedef int step_fn(struct room *, struct plan *, unsigned max);

/* One step in a room of its own at a position; 1, 0, -1 with trouble. */
static int
plan_in(struct plan *plan, uint64_t position, step_fn *step, unsigned max,
    struct trouble *trouble)
{
	struct room room;
	int got;

	if (room_begin(&room, plan->read->store, position, trouble) == -1)
		return -1;
	if ((got = step(&room, plan, max)) == -1)
		(void)room_fail(&room, "plan");
	room_end(&room);
	return got;
}

static int
step_documents(struct room *room, struct plan *plan, unsigned max)
{
	struct plan_read *r = plan->read;

	if (r->runs.n == 0 && runs_scopes(room, VIEW_SCOPE, &plan->bundle.of,
	    1, &r->runs) == -1)
		return -1;
	return documents_read(room, r, max);
}

static int
step_marks(struct room *room, struct plan *plan, unsigned max)
{
	int ret = marks_read(room, plan->read, plan->read->nmarked);

	(void)max;
	plan->read->nmarked = plan->read->ndoc;
	return ret;
}

static int
step_make(struct room *room, struct plan *plan, unsigned max)
{
	(void)max;
	return plan_make(room, plan);
}

static int
plan_documents(struct plan *plan, unsigned max, struct trouble *trouble)
{
	int got = plan_in(plan, plan->position, step_documents, max, trouble);

	if (got != -1 && plan_in(plan, plan->decided, step_marks, max,
	    trouble) == -1)
		got = -1;
	return got;
}

int
plan_more(struct plan *plan, unsigned max, struct trouble *trouble)
{
	struct plan_read *r = plan->read;
	int got = 0;

	switch (r->step) {
	case PLAN_CHAIN:
		got = plan_in(plan, plan->decided, step_chain, max, trouble);
		break;
	case PLAN_NUMBERS:
		got = plan_in(plan, 0, step_numbers, max, trouble);
		break;
	case PLAN_DECISIONS:
		got = plan_in(plan, plan->decided, step_decisions, max,
		    trouble);
		break;
	case PLAN_DOCUMENTS:
		got = plan_documents(plan, max, trouble);
		break;
	case PLAN_MAKE:
		got = plan_in(plan, plan->decided, step_make, max, trouble);
		break;
	case PLAN_WHOLE:
		return 0;
	}
	if (got == 0)
		r->step++;
	return got == -1 ? -1 : r->step != PLAN_WHOLE;
}
