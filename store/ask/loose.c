/* SPDX-License-Identifier: ISC */
/*
 * loose: what may belong to a bundle and is filed nowhere, slice by slice.
 *
 * A slice first picks documents out of one snapshot, then asks the judge about
 * each with no snapshot open, then writes rows out of another.  Between slices
 * it keeps the place behind the last document.
 *
 *	state		loose when
 *	new		always: neither read nor looked at by the rules yet
 *	triage, aside	the rules suggested it, or the judge says so
 *	filed		never
 */
#include "store/ask/bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/bundle_own.h"

#define SLICE_MAX 64

struct loose {
	struct store	*store;
	struct bundle	 bundle;
	uint64_t	 position, decided;
	loose_judge_fn	*judge;
	void		*arg;
	struct ids	 chain;		/* whose decisions count */
	struct ids	 suggested;	/* sorted: once suggested for it */
	struct runs	 runs;
	struct place	 place;
	int		 prepared;
};

/* One that was picked, until its row is written. */
struct picked {
	struct id		id;
	int			touches;	/* -1: the judge must say */
	struct loose_touch	touch;
};

const char *
loose_name(enum loose_why why)
{
	static const char *const name[] = { "waiting", "suggested", "token",
	    "thread", "party" };

	return name[why];
}

/* ---- beginning and end ----------------------------------------------- */

struct loose *
loose_new(struct store *store, const struct id *bundle, uint64_t position,
    uint64_t decided, loose_judge_fn *judge, void *arg,
    struct trouble *trouble)
{
	/* A plan that is never read knows what the positions stand for. */
	struct plan *plan = plan_new(store, bundle, position, decided,
	    trouble);
	struct loose *loose;

	if (plan == NULL)
		return NULL;
	if ((loose = calloc(1, sizeof(*loose))) != NULL) {
		loose->store = store;
		loose->bundle = plan->bundle;
		loose->position = plan->position;
		loose->decided = plan->decided;
		loose->judge = judge;
		loose->arg = arg;
	} else {
		(void)trouble_errno(trouble, SAY_ASK_FAILED, "loose ends");
	}
	plan_free(plan);
	return loose;
}

void
loose_free(struct loose *loose)
{
	if (loose == NULL)
		return;
	ids_release(&loose->chain);
	ids_release(&loose->suggested);
	runs_release(&loose->runs);
	free(loose);
}

static int
id_order(const void *a, const void *b)
{
	uint8_t ka[ID_KEY_LEN], kb[ID_KEY_LEN];

	id_key(a, ka);
	id_key(b, kb);
	return memcmp(ka, kb, sizeof(ka));
}

/* Suggestions that were made, those taken back or passed over too. */
static int
suggestions_read(struct room *room, struct loose *loose)
{
	struct runs runs = { NULL, 0, 0 };
	struct merge m = { 0 };
	size_t i;
	int got = -1;

	if (runs_scopes(room, VIEW_SUGGEST, &loose->bundle.of, 1,
	    &runs) == -1)
		goto out;
	for (i = 0; i < runs.n; i++)
		runs.v[i].flags |= VCUR_ALL;
	if (merge_open(&m, &room->snap, runs.v, runs.n, NULL) == -1)
		goto out;
	while ((got = merge_next(&m, &i)) == 1) {
		struct id id;

		id_from_key(m.cur[i].row.key + VKEY_SCOPE_DOC, &id);
		if (ids_add(&loose->suggested, &id) == -1) {
			got = -1;
			break;
		}
	}
out:
	merge_close(&m);
	runs_release(&runs);
	if (got == 0 && loose->suggested.n > 0)
		qsort(loose->suggested.v, loose->suggested.n,
		    sizeof(*loose->suggested.v), id_order);
	return got;
}

static int
prepare(struct room *room, struct loose *loose)
{
	static const enum view_table table[] = { VIEW_TRIAGE, VIEW_ASIDE,
	    VIEW_TODO_READ, VIEW_TODO_FILE };

	if (loose->prepared)
		return 0;
	if (bundle_chain(room, &loose->bundle.id, &loose->chain) == -1 ||
	    suggestions_read(room, loose) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct run run = { .table = table[i], .flags = VCUR_KEYS,
		    .len = ID_KEY_LEN };

		if (runs_add(&loose->runs, &run) == -1)
			return -1;
	}
	loose->prepared = 1;
	return 0;
}

/* ---- picking --------------------------------------------------------- */

/* The nearest decision of the chain leaves it out: 1, 0, -1. */
static int
left_out(struct room *room, const struct loose *loose, const struct id *id)
{
	static const char word[] = "leave-out";
	struct vrow row = VROW_INIT;
	struct vdecision v;
	int got = 0;

	for (size_t i = 0; got == 0 && i < loose->chain.n; i++) {
		struct vkey key = VKEY_INIT;

		vkey_id(&key, &loose->chain.v[i]);
		vkey_id(&key, id);
		got = vrow_get(&room->snap, VIEW_DECIDED, &key, &row);
	}
	if (got == 1)
		got = vdecision_unpack(row.data.data, row.data.len, &v) == -1 ?
		    -1 : v.as.n == sizeof(word) - 1 &&
		    memcmp(v.as.p, word, v.as.n) == 0;
	vrow_release(&row);
	return got;
}

/* Is any of the set filed, or left out?  1, 0, -1. */
static int
set_settled(struct room *room, const struct loose *loose,
    const struct vdoc *doc)
{
	struct vrow row = VROW_INIT;
	struct vdoc other;
	int got = left_out(room, loose, &doc->id);

	for (unsigned i = 0; got == 0 && i < doc->ncopies; i++) {
		if ((got = left_out(room, loose, &doc->copy[i])) != 0)
			break;
		got = get_doc(room, &doc->copy[i], &row, &other);
		if (got == 1)
			got = other.state == STATE_FILED;
	}
	vrow_release(&row);
	return got;
}

static int
was_suggested(const struct loose *loose, const struct vdoc *doc)
{
	const struct ids *s = &loose->suggested;

	if (s->n == 0)
		return 0;
	if (bsearch(&doc->id, s->v, s->n, sizeof(*s->v), id_order) != NULL)
		return 1;
	for (unsigned i = 0; i < doc->ncopies; i++)
		if (bsearch(&doc->copy[i], s->v, s->n, sizeof(*s->v),
		    id_order) != NULL)
			return 1;
	return 0;
}

/* 1 picked, 0 no, -1. */
static int
pick(struct room *room, const struct loose *loose, const struct id *id,
    struct picked *p)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int got = get_doc(room, id, &row, &doc);

	/* A copy is told of by the head of its set. */
	if (got == 1 && (doc.state == STATE_FILED ||
	    doc.seq > loose->position || doc.copy_of.kind != ID_NONE))
		got = 0;
	if (got == 1) {
		int settled = set_settled(room, loose, &doc);

		got = settled == -1 ? -1 : !settled;
	}
	if (got == 1) {
		memset(p, 0, sizeof(*p));
		p->id = doc.id;
		p->touches = -1;
		if (doc.state == STATE_NEW) {
			p->touches = 1;
			p->touch.why = LOOSE_WAITING;
		} else if (was_suggested(loose, &doc)) {
			p->touches = 1;
			p->touch.why = LOOSE_SUGGESTED;
		}
	}
	vrow_release(&row);
	return got;
}

/* Looks at up to max documents; 1 more, 0 the end, -1. */
static int
pick_some(struct room *room, struct loose *loose, unsigned max,
    struct picked *out_r, unsigned *n_r)
{
	struct merge m;
	unsigned looked = 0;
	size_t i;
	int got = -1;

	*n_r = 0;
	if (merge_open(&m, &room->snap, loose->runs.v, loose->runs.n,
	    &loose->place) == -1)
		goto out;
	while (looked < max && (got = merge_next(&m, &i)) == 1) {
		struct place now;
		struct id id;
		int picked;

		merge_place(&m, &now);
		now.run = SIZE_MAX;
		if (loose->place.set && memcmp(loose->place.sort, now.sort,
		    now.len) == 0)
			continue;	/* in two of the tables */
		loose->place = now;
		looked++;
		id_from_key(now.sort, &id);
		if ((picked = pick(room, loose, &id, &out_r[*n_r])) == -1) {
			got = -1;
			break;
		}
		*n_r += (unsigned)picked;
	}
out:
	merge_close(&m);
	return got;
}

/* ---- rows ------------------------------------------------------------ */

static int
put_loose(struct room *room, struct jw *w, const struct picked *p)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int ret = room_must(get_doc(room, &p->id, &row, &doc));

	if (ret == 0) {
		jw_object(w);
		put_vstr_opt(w, "aside", &doc.aside);
		put_time(w, "at", doc.at);
		put_vstr(w, "channel", &doc.channel);
		put_id(w, "document", &doc.id);
		put_vstr_opt(w, "from", &doc.from);
		put_marks(w, doc.marks);
		jw_kstr(w, "state", vstate_name(doc.state));
		jw_kstr(w, "status", vstatus_name(doc.status));
		put_vstr_opt(w, "subject", doc.subject.n > 0 ? &doc.subject :
		    doc.title.n > 0 ? &doc.title : doc.note_text.n > 0 ?
		    &doc.note_text : &doc.filename);
		jw_kstr(w, "why", loose_name(p->touch.why));
		jw_kstr_opt(w, "word", p->touch.word);
		jw_end(w);
	}
	vrow_release(&row);
	return ret;
}

static int
put_all(struct room *room, const struct picked *p, unsigned n,
    struct buf *out, unsigned *n_r)
{
	for (unsigned i = 0; i < n; i++) {
		struct jw w;

		if (p[i].touches != 1)
			continue;
		if ((*n_r)++ > 0)
			buf_addc(out, ',');
		jw_init(&w, out);
		if (put_loose(room, &w, &p[i]) == -1)
			return -1;
	}
	if (buf_failed(out)) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* ---- a slice --------------------------------------------------------- */

static int
slice_pick(struct loose *loose, unsigned max, struct picked *p,
    unsigned *n_r, struct trouble *trouble)
{
	struct room room;
	int got;

	if (room_begin(&room, loose->store, loose->decided, trouble) == -1)
		return -1;
	got = prepare(&room, loose);
	if (got == 0)
		got = pick_some(&room, loose, max, p, n_r);
	if (got == -1)
		(void)room_fail(&room, "loose ends");
	room_end(&room);
	return got;
}

static int
slice_put(struct loose *loose, const struct picked *p, unsigned n,
    struct buf *out, unsigned *n_r, struct trouble *trouble)
{
	struct room room;
	int ret;

	if (room_begin(&room, loose->store, loose->decided, trouble) == -1)
		return -1;
	if ((ret = put_all(&room, p, n, out, n_r)) == -1)
		(void)room_fail(&room, "loose ends");
	room_end(&room);
	return ret;
}

int
loose_more(struct loose *loose, unsigned max, struct buf *out,
    unsigned *n_r, struct trouble *trouble)
{
	struct picked p[SLICE_MAX];
	unsigned n = 0;
	int got;

	*n_r = 0;
	got = slice_pick(loose, max < SLICE_MAX ? max : SLICE_MAX, p, &n,
	    trouble);
	for (unsigned i = 0; got != -1 && i < n; i++)
		if (p[i].touches == -1 && (p[i].touches = loose->judge(
		    loose->arg, &loose->bundle, &p[i].id,
		    &p[i].touch)) == -1) {
			(void)trouble_errno(trouble, SAY_ASK_FAILED,
			    "loose ends");
			got = -1;
		}
	if (got != -1 && slice_put(loose, p, n, out, n_r, trouble) == -1)
		got = -1;
	return got;
}
