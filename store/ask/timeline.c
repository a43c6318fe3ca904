/* SPDX-License-Identifier: ISC */
/*
 * timeline: the rows of several cases and clients beside each other, slice by
 * slice.  Between two slices it keeps the position, the place, and for each
 * column what gap.h keeps: never rows.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/ask.h"
#include "store/ask/columns.h"
#include "store/ask/gap.h"
#include "store/ask/line.h"
#include "store/ask/span.h"

/* Texts of one slice; a slice ends behind the row that passes this. */
#define SLICE_BYTES (1u << 20)

#define CONTACT_LANES (1u << LANE_EMAIL | 1u << LANE_POST | 1u << LANE_FAX | \
	1u << LANE_CALL | 1u << LANE_MEETING | 1u << LANE_MESSAGE | \
	1u << LANE_WEB)

struct timeline {
	struct store	*store;
	struct ask_query query;
	uint64_t	 position;
	struct columns	 columns;
	struct rows_head head;
	struct gap	 gap[ASK_OF_MAX];
	int		 begun;
	int		 ended;
	struct place	 place;
	struct slab	 slab;
};

static void
fill_head(struct timeline *t)
{
	t->head.columns = t->columns.v;
	t->head.ncolumns = t->columns.n;
	t->head.position = t->position;
	t->head.waiting = t->columns.waiting;
	t->head.as_known = t->query.as_known;
	t->head.as_was = t->query.as_was;
	t->head.since = t->query.since;
	t->head.until = t->query.until;
	t->head.lanes = t->query.lanes;
}

struct timeline *
timeline_open(struct store *store, const struct ask_query *query,
    struct trouble *trouble)
{
	struct timeline *t = calloc(1, sizeof(*t));
	struct room room;

	assert(query->nof <= ASK_OF_MAX);
	if (t == NULL) {
		(void)trouble_errno(trouble, SAY_ASK_FAILED, "timeline");
		return NULL;
	}
	t->store = store;
	t->query = *query;
	t->query.rule = NULL;
	if (room_begin(&room, store, query->as_known > store_applied(store) ?
	    0 : query->as_known, trouble) == -1) {
		timeline_free(t);
		return NULL;
	}
	t->position = room.snap.position;
	for (unsigned i = 0; i < ASK_OF_MAX; i++)
		gap_init(&t->gap[i]);
	if (columns_make(&room, &t->query, &t->columns) == -1) {
		(void)room_fail(&room, "timeline");
		timeline_free(t);
		t = NULL;
	} else {
		fill_head(t);
	}
	room_end(&room);
	return t;
}

const struct rows_head *
timeline_head(const struct timeline *t)
{
	return &t->head;
}

void
timeline_free(struct timeline *t)
{
	if (t == NULL)
		return;
	columns_release(&t->columns);
	slab_release(&t->slab);
	free(t);
}

/* ---- what is left out ------------------------------------------------ */

/* The last instant that is shown, by until and by as_was. */
static int64_t
last_shown(const struct ask_query *q)
{
	int64_t last = INT64_MAX;

	if (q->until != WHEN_NONE)
		last = q->until;
	if (q->as_was != WHEN_NONE && q->as_was < last)
		last = q->as_was;
	return last;
}

/* The fact of a row of the record, in row: 1, 0, -1. */
static int
line_get_fact(struct room *room, const struct vline *line, struct vrow *row,
    struct vfact *fact)
{
	const struct id *subject = line->contact.kind != ID_NONE ?
	    &line->contact : line->kase.kind != ID_NONE ? &line->kase :
	    line->client.kind != ID_NONE ? &line->client : &line->staff;

	return get_fact(room, subject, line->seq, row, fact);
}

/* Facts and parties must have been in force; other entries happened. */
static int
was_in_force(struct room *room, const struct vline *line)
{
	const struct id *scope = line->kase.kind != ID_NONE ? &line->kase :
	    &line->client;
	struct vrow row = VROW_INIT;
	struct vparty party;
	struct vfact fact;
	struct span span;
	int got = 1;

	if (line->is_doc || room->as_was == WHEN_NONE)
		return 1;
	if (line->kind == KIND_FACT_STATED) {
		if ((got = line_get_fact(room, line, &row, &fact)) == 1)
			got = fact_holds(room, &row);
	} else if (line->kind == KIND_PARTY_ADDED) {
		got = get_party(room, scope, line->seq, &row, &party);
		if (got == 1) {
			span_party(&party, &span);
			got = span_holds(&span, room->as_was,
			    room->as_was_day);
		}
	}
	vrow_release(&row);
	return got;
}

static int
lane_wanted(const struct timeline *t, enum lane lane)
{
	return t->query.lanes == 0 || (t->query.lanes & 1u << lane) != 0;
}

/* ---- gaps ------------------------------------------------------------ */

static int
gaps_wanted(const struct timeline *t)
{
	return t->query.lanes == 0 || (t->query.lanes & CONTACT_LANES) != 0;
}

/* The gap that was found and begins first; NULL if there is none. */
static struct gap *
gap_pending(struct timeline *t)
{
	struct gap *first = NULL;

	for (unsigned i = 0; i < t->columns.n; i++) {
		struct gap *gap = &t->gap[i];

		if (gap->pending && t->query.as_was != WHEN_NONE &&
		    gap->until > t->query.as_was)
			gap->pending = 0;	/* nobody knew its end then */
		if (gap->pending && (first == NULL ||
		    gap->from < first->from))
			first = gap;
	}
	return first;
}

static void
put_gap(struct timeline *t, struct gap *gap, struct row *row)
{
	row_init(row);
	row->gap = 1;
	row->at = gap->from;
	row->gap_until = gap->until;
	row->gap_days = (uint32_t)((gap->until - gap->from) / WHEN_DAY);
	row->column = t->columns.v[gap - t->gap].id;
	gap->pending = 0;
}

/* ---- slices ---------------------------------------------------------- */

static int
begin(struct timeline *t, struct room *room)
{
	struct vkey since = VKEY_INIT;

	if (t->begun)
		return 0;
	t->begun = 1;
	if (t->query.since == WHEN_NONE)
		return 0;
	vkey_time(&since, t->query.since);
	t->place = (struct place){ .set = 1, .len = 16, .run = SIZE_MAX };
	memcpy(t->place.sort, since.b, since.n);
	for (unsigned i = 0; gaps_wanted(t) && i < t->columns.n; i++)
		if (gap_before(room, &t->columns.runs, i, t->query.since,
		    &t->gap[i]) == -1)
			return -1;
	return 0;
}

/* The same document filed in two cases of a client is one row of its column. */
static int
is_again(const struct timeline *t, const struct place *now)
{
	const struct run *run = t->columns.runs.v;

	return t->place.set && t->place.run != SIZE_MAX &&
	    memcmp(t->place.sort, now->sort, now->len) == 0 &&
	    run[t->place.run].column == run[now->run].column;
}

/*
 * A party is called as its contact is called at the position: the entry that
 * made the row may stand before the contact's name.
 */
static int
name_party(struct room *room, struct vline *line, struct vrow *row)
{
	struct vcontact contact;
	int got;

	if (line->is_doc || (line->kind != KIND_PARTY_ADDED &&
	    line->kind != KIND_PARTY_ENDED))
		return 0;
	got = get_contact(room, &line->contact, row, &contact);
	if (got == 1 && contact.name.n > 0)
		line->arg[0] = contact.name;
	return got == -1 ? -1 : 0;
}

/* What else the record says of a fact. */
static int
tell_fact(struct timeline *t, struct room *room, const struct vline *line,
    struct row *row)
{
	struct vrow stated = VROW_INIT;
	struct vfact fact;
	int got = 0;

	if (!line->is_doc && line->kind == KIND_FACT_STATED &&
	    (got = line_get_fact(room, line, &stated, &fact)) == 1)
		got = line_fact(&t->slab, &fact, stated.ended, row);
	vrow_release(&stated);
	return got == -1 ? -1 : 0;
}

/* 1 shown, 0 left out, -1 with errno. */
static int
take(struct timeline *t, struct room *room, const struct run *run,
    const struct vrow *vrow, struct row *row)
{
	int64_t time = vkey_get_time(vrow->key + VKEY_TIME_AT);
	uint64_t seq = get64(vrow->key + VKEY_TIME_SEQ);
	struct vrow named = VROW_INIT;
	struct vline line;
	struct id scope;
	int got;

	if (vline_unpack(vrow->data.data, vrow->data.len, &line) == -1)
		return -1;
	if (run->rows_only && line.is_doc)
		return 0;
	if (gaps_wanted(t) && line_is_contact(&line) &&
	    gap_after(room, &t->columns.runs, run->column, time, seq,
	    &t->gap[run->column]) == -1)
		return -1;
	if (!lane_wanted(t, line_lane(&line)))
		return 0;
	if ((got = was_in_force(room, &line)) != 1)
		return got;
	if (line.is_doc && room_veil(room, &line.doc) == -1)
		return -1;
	id_from_key(vrow->key, &scope);
	got = name_party(room, &line, &named);
	if (got == 0)
		got = line_row(&t->slab, &line, &scope,
		    &t->columns.v[run->column].id, row);
	if (got == 0)
		got = tell_fact(t, room, &line, row);
	vrow_release(&named);
	/* West of Greenwich tomorrow's date begins before today has ended. */
	if (got == 0 && room->as_was != WHEN_NONE &&
	    row->precision < WHEN_MINUTE && row->at > room->as_was_day)
		return 0;
	return got == -1 ? -1 : 1;
}

static int
next_rows(struct timeline *t, struct room *room, struct row *rows_r,
    unsigned max)
{
	int64_t last = last_shown(&t->query);
	struct gap *gap;
	struct merge m;
	unsigned n = 0;
	size_t i;
	int got;

	got = merge_open(&m, &room->snap, t->columns.runs.v,
	    t->columns.runs.n, &t->place);
	while (got != -1 && n < max && t->slab.used < SLICE_BYTES) {
		struct place now;
		int64_t at;

		if ((gap = gap_pending(t)) != NULL) {
			put_gap(t, gap, &rows_r[n++]);
			continue;
		}
		if ((got = merge_next(&m, &i)) != 1)
			break;
		merge_place(&m, &now);
		at = vkey_get_time(m.cur[i].row.key + VKEY_TIME_AT);
		if (at > last) {
			got = 0;
			break;
		}
		if (!is_again(t, &now)) {
			if ((got = take(t, room, &t->columns.runs.v[i],
			    &m.cur[i].row, &rows_r[n])) == -1)
				break;
			n += (unsigned)got;
		}
		t->place = now;
	}
	merge_close(&m);
	if (got == 0 && n < max)
		t->ended = 1;
	return got == -1 ? -1 : (int)n;
}

int
timeline_next(struct timeline *t, struct row *rows_r, unsigned max,
    struct trouble *trouble)
{
	struct room room;
	int got = -1;

	slab_reset(&t->slab);
	if (t->ended || t->position == 0)
		return 0;
	if (room_begin(&room, t->store, t->position, trouble) == -1)
		return -1;
	room_as_was(&room, &t->query);
	room.veil = t->query.as_known != 0 && !t->query.unveiled;
	if (begin(t, &room) == 0)
		got = next_rows(t, &room, rows_r, max);
	if (got == -1)
		(void)room_fail(&room, "timeline");
	room_end(&room);
	return got;
}
