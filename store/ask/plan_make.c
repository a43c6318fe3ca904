/* SPDX-License-Identifier: ISC */
/*
 * plan_make: out of what plan.c has read: one item a set of copies, its
 * treatment, its numbers, and the order of all.
 *
 *	decided by this bundle		that (a mark set later undoes produce)
 *	produced by what it supplements	produced-before
 *	decided there			that (likewise)
 *	marked				undecided
 *	else				produce
 */
#include "store/ask/plan_own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
id_order(const struct id *a, const struct id *b)
{
	uint8_t ka[ID_KEY_LEN], kb[ID_KEY_LEN];

	id_key(a, ka);
	id_key(b, kb);
	return memcmp(ka, kb, sizeof(ka));
}

/* By document, then the nearest bundle. */
static int
decision_order(const void *pa, const void *pb)
{
	const struct decision *a = pa, *b = pb;
	int by = id_order(&a->document, &b->document);

	if (by != 0)
		return by;
	return a->level < b->level ? -1 : a->level > b->level;
}

/* By set, then by document. */
static int
set_order(const void *pa, const void *pb)
{
	const struct planned *a = pa, *b = pb;
	int by = id_order(&a->head, &b->head);

	return by != 0 ? by : id_order(&a->id, &b->id);
}

/* ---- what is known of a document ------------------------------------- */

/* The nearest decision on a document, NULL if there is none. */
static const struct decision *
decision_of(const struct plan_read *r, const struct id *document)
{
	size_t low = 0, high = r->ndecision;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_order(&r->decision[mid].document, document) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < r->ndecision &&
	    id_equal(&r->decision[low].document, document) ?
	    &r->decision[low] : NULL;
}

/* Where the numbers of a document begin; its lines follow each other. */
static size_t
numbers_at(const struct numbers *n, const struct id *document)
{
	size_t low = 0, high = n->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_order(&n->v[mid].document, document) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
in_chain(const struct plan_read *r, const struct id *bundle)
{
	for (size_t i = 1; i < r->chain.n; i++)
		if (id_equal(&r->chain.v[i], bundle))
			return 1;
	return 0;
}

/* What all documents of a set say together. */
struct together {
	const struct decision	*decision;
	const struct numbered	*numbered;
	unsigned		 marks;
	uint64_t		 marked;
	int			 before;	/* produced down the chain */
};

static void
together_decided(const struct plan_read *r, const struct id *document,
    struct together *t)
{
	const struct decision *d = decision_of(r, document);

	if (d != NULL && (t->decision == NULL ||
	    d->level < t->decision->level ||
	    (d->level == t->decision->level && d->seq > t->decision->seq)))
		t->decision = d;
}

static void
together_add(const struct plan_read *r, const struct planned *doc,
    struct together *t)
{
	size_t i = numbers_at(&r->numbers, &doc->id);

	t->marks |= doc->marks;
	if (doc->marked > t->marked)
		t->marked = doc->marked;
	together_decided(r, &doc->id, t);
	for (size_t k = 0; k < doc->nset; k++)
		together_decided(r, &r->set.v[doc->set + k], t);
	for (; i < r->numbers.n &&
	    id_equal(&r->numbers.v[i].document, &doc->id); i++) {
		const struct numbered *v = &r->numbers.v[i];

		if (t->numbered == NULL || (t->numbered->first[0] == '\0' &&
		    v->first[0] != '\0'))
			t->numbered = v;
		if (v->treatment == TREAT_PRODUCE &&
		    in_chain(r, &v->bundle))
			t->before = 1;
	}
}

static enum treatment
treatment_of(const struct together *t)
{
	const struct decision *d = t->decision;

	if (d != NULL && d->as == TREAT_PRODUCE && t->marks != 0 &&
	    t->marked > d->seq)
		d = NULL;
	if (d != NULL && d->level == 0)
		return d->as;
	if (t->before)
		return TREAT_BEFORE;
	if (d != NULL)
		return d->as;
	return t->marks != 0 ? TREAT_UNDECIDED : TREAT_PRODUCE;
}

static void
item_decision(struct plan_item *item, const struct decision *d)
{
	item->basis = item->description = item->reason = "";
	item->counsel = "";
	if (d == NULL)
		return;
	item->decided = d->seq;
	item->decided_at = d->at;
	memcpy(item->decided_by, d->actor, sizeof(item->decided_by));
	item->basis = d->basis;
	item->description = d->description;
	item->reason = d->reason;
	item->counsel = d->counsel;
}

/* ---- items ----------------------------------------------------------- */

/*
 * The document that stands for a set: the one that was given numbers, since
 * no other bytes may come to stand under them; else the earliest.
 */
static size_t
lead_of(const struct planned *doc, size_t n, const struct together *t)
{
	if (t->numbered != NULL && t->numbered->first[0] != '\0')
		for (size_t i = 0; i < n; i++)
			if (id_equal(&doc[i].id, &t->numbered->document))
				return i;
	return 0;
}

/* The item of doc[first .. first + n). */
static void
item_make(struct plan *plan, size_t first, size_t n, struct plan_item *item)
{
	struct plan_read *r = plan->read;
	const struct planned *doc = &r->doc[first], *lead;
	struct together t = { 0 };

	memset(item, 0, sizeof(*item));
	for (size_t i = 0; i < n; i++)
		together_add(r, &doc[i], &t);
	lead = &doc[lead_of(doc, n, &t)];
	item->copy = &r->copies[first];
	for (size_t i = 0; i < n; i++)
		if (&doc[i] != lead)
			r->copies[first + item->ncopies++] = doc[i].id;
	item->document = lead->id;
	item->marks = t.marks;
	item->happened = lead->happened;
	item->subject = lead->subject;
	item->from = lead->from;
	item->numbered = t.numbered;
	item->treatment = treatment_of(&t);
	item_decision(item, t.decision);
}

static int
items_make(struct plan *plan)
{
	struct plan_read *r = plan->read;
	size_t n;

	plan->item = calloc(r->ndoc + 1, sizeof(*plan->item));
	r->copies = calloc(r->ndoc + 2, sizeof(*r->copies));
	if (plan->item == NULL || r->copies == NULL)
		return -1;
	if (r->ndoc > 0)
		qsort(r->doc, r->ndoc, sizeof(*r->doc), set_order);
	for (size_t i = 0; i < r->ndoc; i += n) {
		for (n = 1; i + n < r->ndoc && id_equal(&r->doc[i].head,
		    &r->doc[i + n].head); n++)
			;
		item_make(plan, i, n, &plan->item[plan->n++]);
	}
	return 0;
}

/* ---- their order ------------------------------------------------------ */

/* Item `order` is the rank of what was ordered first, UINT_MAX behind it. */
static int
item_order(const void *pa, const void *pb)
{
	const struct plan_item *a = pa, *b = pb;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->happened != b->happened)
		return a->happened < b->happened ? -1 : 1;
	return id_order(&a->document, &b->document);
}

/* A rank of what was ordered, sorted by document. */
struct rank {
	struct id	document;
	unsigned	rank;
};

static int
rank_order(const void *pa, const void *pb)
{
	const struct rank *a = pa, *b = pb;
	int by = id_order(&a->document, &b->document);

	return by != 0 ? by : a->rank < b->rank ? -1 : a->rank > b->rank;
}

static unsigned
rank_of(const struct rank *rank, size_t n, const struct id *document)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_order(&rank[mid].document, document) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && id_equal(&rank[low].document, document) ?
	    rank[low].rank : UINT32_MAX;
}

static int
items_order(struct plan *plan)
{
	const struct ids *ordered = &plan->read->ordered;
	struct rank *rank = calloc(ordered->n + 1, sizeof(*rank));

	if (rank == NULL)
		return -1;
	for (size_t i = 0; i < ordered->n; i++)
		rank[i] = (struct rank){ ordered->v[i], (unsigned)i };
	qsort(rank, ordered->n, sizeof(*rank), rank_order);
	for (size_t i = 0; i < plan->n; i++) {
		struct plan_item *item = &plan->item[i];

		item->order = rank_of(rank, ordered->n, &item->document);
		for (unsigned k = 0; k < item->ncopies; k++) {
			unsigned other = rank_of(rank, ordered->n,
			    &item->copy[k]);

			if (other < item->order)
				item->order = other;
		}
	}
	free(rank);
	qsort(plan->item, plan->n, sizeof(*plan->item), item_order);
	for (size_t i = 0; i < plan->n; i++) {
		plan->item[i].order = (unsigned)i + 1;
		plan->count[plan->item[i].treatment]++;
	}
	return 0;
}

/* ---- what stands apart ------------------------------------------------ */

/* Is it in the plan, or in a set of which one is? */
static int
is_planned(const struct plan_read *r, const struct id *document)
{
	for (size_t i = 0; i < r->ndoc; i++)
		if (id_equal(&r->doc[i].id, document))
			return 1;
	for (size_t i = 0; i < r->set.n; i++)
		if (id_equal(&r->set.v[i], document))
			return 1;
	return 0;
}

static char *
kept(struct plan_read *r, const struct vstr *s)
{
	char *text = s->n == 0 ? strdup("") : strndup(s->p, s->n);

	if (text != NULL)
		r->kept[r->nkept++] = text;
	return text;
}

static int
apart_make(struct room *room, struct plan *plan, const struct decision *d,
    struct plan_item *item)
{
	struct vrow row = VROW_INIT;
	struct vdoc v;
	int got;

	memset(item, 0, sizeof(*item));
	item->document = d->document;
	item->treatment = TREAT_LEAVE_OUT;
	item->subject = item->from = "";
	item->order = (unsigned)plan->napart;
	item_decision(item, d);
	got = get_doc(room, &d->document, &row, &v);
	if (got == 1) {
		const struct vstr *s = v.subject.n > 0 ? &v.subject :
		    v.title.n > 0 ? &v.title : v.note_text.n > 0 ?
		    &v.note_text : &v.filename;

		item->happened = v.happened.at;
		item->subject = kept(plan->read, s);
		item->from = kept(plan->read, &v.from);
		if (item->subject == NULL || item->from == NULL ||
		    set_marks(room, &v, &item->marks, &(uint64_t){ 0 }) == -1)
			got = -1;
	}
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

static int
aparts_make(struct room *room, struct plan *plan)
{
	struct plan_read *r = plan->read;

	plan->apart = calloc(r->ndecision + 1, sizeof(*plan->apart));
	r->kept = calloc(2 * r->ndecision + 1, sizeof(*r->kept));
	if (plan->apart == NULL || r->kept == NULL)
		return -1;
	for (size_t i = 0; i < r->ndecision; i++) {
		const struct decision *d = &r->decision[i];

		if (d != decision_of(r, &d->document) ||
		    d->as != TREAT_LEAVE_OUT ||
		    is_planned(r, &d->document))
			continue;
		if (apart_make(room, plan, d,
		    &plan->apart[plan->napart++]) == -1)
			return -1;
	}
	return 0;
}

/* ---- all of it -------------------------------------------------------- */

static void
next_number(struct plan *plan)
{
	const struct numbers *n = &plan->read->numbers;

	plan->next = 1;
	for (size_t i = 0; i < n->n; i++)
		if (n->v[i].last[0] != '\0' &&
		    bates_number(n->v[i].last) >= plan->next)
			plan->next = bates_number(n->v[i].last) + 1;
}

int
plan_make(struct room *room, struct plan *plan)
{
	struct plan_read *r = plan->read;

	if (r->ndecision > 0)
		qsort(r->decision, r->ndecision, sizeof(*r->decision),
		    decision_order);
	if (r->numbers.n > 0)
		qsort(r->numbers.v, r->numbers.n, sizeof(*r->numbers.v),
		    numbers_order);
	next_number(plan);
	if (items_make(plan) == -1 || items_order(plan) == -1)
		return -1;
	return aparts_make(room, plan);
}

/* ---- a row ------------------------------------------------------------ */

static void
put_copies(struct jw *w, const struct plan_item *item)
{
	char text[ID_TEXT_MAX];

	if (item->ncopies == 0)
		return;
	jw_key(w, "duplicates");
	jw_array(w);
	for (unsigned i = 0; i < item->ncopies; i++)
		jw_str(w, id_text(&item->copy[i], text));
	jw_end(w);
}

void
plan_row(const struct plan *plan, size_t i, struct buf *out)
{
	const struct plan_item *item = &plan->item[i];
	const struct numbered *v = item->numbered;
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kstr_opt(&w, "basis", item->basis);
	if (v != NULL && v->first[0] != '\0') {
		jw_kstr(&w, "bates_first", v->first);
		jw_kstr(&w, "bates_last", v->last);
	}
	put_id(&w, "bundle", &plan->bundle.id);
	jw_kstr_opt(&w, "counsel", item->counsel);
	if (item->decided != 0) {
		put_time(&w, "decided_at", item->decided_at);
		jw_kstr(&w, "decided_by", item->decided_by);
	}
	jw_kstr_opt(&w, "description", item->description);
	put_id(&w, "document", &item->document);
	put_copies(&w, item);
	jw_kstr_opt(&w, "from", item->from);
	put_time(&w, "happened_at", item->happened);
	put_marks(&w, item->marks);
	jw_kint(&w, "order", item->order);
	if (v != NULL && v->first[0] != '\0')
		jw_kint(&w, "pages", (int64_t)v->pages);
	jw_kstr_opt(&w, "reason", item->reason);
	jw_kstr_opt(&w, "subject", item->subject);
	jw_kstr(&w, "treatment", treatment_name(item->treatment));
	jw_end(&w);
}
