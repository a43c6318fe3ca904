/* SPDX-License-Identifier: ISC */
/*
 * capture: the capture report.  What came adds up in each row:
 *
 *	arrivals = new + again
 *	new = filed + triage + aside + undecided
 *	new = read + unread + to_read
 *
 * A report goes through three phases, in slices:
 *
 *	REFUSALS -> SOURCES (arrival by arrival) -> ONLY_REFUSED -> ENDED
 *
 * Between two slices it keeps where it stands, never a snapshot.
 */
#include "store/ask/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/ask/tally.h"

#define SLICE_ROWS	1000	/* arrivals or refusals of one slice */
#define QUIET_TIMES	3	/* how much more than usual is a silence */
#define SECOND		1000000
#define QUIET_LEAST	(INT64_C(3600) * SECOND)

enum phase { REFUSALS, SOURCES, ONLY_REFUSED, ENDED };

struct counts {
	uint64_t	new, again, state[4], status[3];
	struct reasons	unread;
};

struct capture {
	struct store		*store;
	struct capture_query	 query;
	uint64_t		 position;
	uint64_t		 from, to;	/* entries of the period */
	int			 cut;		/* from and to are known */
	enum phase		 phase;
	uint64_t		 first;		/* of this source; 0: none */
	uint64_t		 seq;		/* done up to this entry */
	struct counts		 counts;
	struct refusals		 refused;
};

/* ---- refusals --------------------------------------------------------- */

/* 1 more to come, 0 all are counted, -1. */
static int
refusals_slice(struct capture *c, struct room *room)
{
	struct vkey after = VKEY_INIT;
	struct told told = TOLD_INIT;
	struct vcur cur;
	unsigned n = 0;
	int got = vcur_open(&cur, &room->snap, VIEW_REFUSED, NULL, 0);

	vkey_u64(&after, c->seq);
	if (got != -1)
		vcur_after(&cur, after.b, after.n);
	while (got != -1 && n < SLICE_ROWS && (got = vcur_next(&cur)) == 1) {
		uint64_t seq = get64(cur.row.key);

		if (seq > c->to) {
			got = 0;
			break;
		}
		if ((got = room_must(told_get(room, seq, &told))) == 0)
			got = refused_note(&c->refused, &told,
			    get32(cur.row.data.data));
		c->seq = seq;
		if (got == 0)
			got = 1;
		n++;
	}
	vcur_close(&cur);
	told_release(&told);
	return got;
}

/* ---- arrivals --------------------------------------------------------- */

static int
arrival_note(struct capture *c, struct room *room,
    const struct varrived *arrived)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int got;

	if (!arrived->new) {
		c->counts.again++;
		return 0;
	}
	c->counts.new++;
	if (c->query.brief)
		return 0;
	got = room_must(get_doc(room, &arrived->document, &row, &doc));
	if (got == 0) {
		c->counts.state[doc.state]++;
		c->counts.status[doc.status]++;
		if (doc.status == STATUS_UNREAD)
			got = reasons_add(&c->counts.unread, doc.reason.p,
			    doc.reason.n, 1);
	}
	vrow_release(&row);
	return got;
}

/* 1 more of this source to come, 0 all are counted, -1. */
static int
arrivals_slice(struct capture *c, struct room *room)
{
	struct vkey prefix = VKEY_INIT, after;
	struct varrived arrived;
	struct vcur cur;
	unsigned n = 0;
	int got;

	vkey_u64(&prefix, c->first);
	after = prefix;
	vkey_u64(&after, c->seq);
	got = vcur_open(&cur, &room->snap, VIEW_ARRIVAL, &prefix, 0);
	if (got != -1)
		vcur_after(&cur, after.b, after.n);
	while (got != -1 && n < SLICE_ROWS && (got = vcur_next(&cur)) == 1) {
		if ((got = varrived_of(&cur, &arrived)) != 1)
			break;
		if (arrived.seq > c->to) {
			got = 0;
			break;
		}
		if ((got = arrival_note(c, room, &arrived)) == 0)
			got = 1;
		c->seq = arrived.seq;
		n++;
	}
	vcur_close(&cur);
	return got;
}

/* ---- rhythm ----------------------------------------------------------- */

/* Out of the last arrivals of the source, the latest first. */
static int
rhythm_get(const struct capture *c, struct room *room, struct rhythm *r)
{
	struct vkey prefix = VKEY_INIT, from;
	int64_t gap[RHYTHM], before = WHEN_NONE;
	struct varrived arrived;
	struct vcur cur;
	unsigned n = 0;
	int got;

	*r = (struct rhythm){ WHEN_NONE, -1, -1 };
	vkey_u64(&prefix, c->first);
	from = prefix;
	vkey_u64(&from, c->to);
	got = vcur_open(&cur, &room->snap, VIEW_ARRIVAL, &prefix, VCUR_BACK);
	if (got != -1)
		vcur_seek(&cur, from.b, from.n);
	while (got != -1 && n < RHYTHM && (got = vcur_next(&cur)) == 1) {
		if ((got = varrived_of(&cur, &arrived)) == -1)
			break;
		if (before == WHEN_NONE)
			r->last = arrived.at;
		else
			gap[n++] = before - arrived.at;
		before = arrived.at;
	}
	vcur_close(&cur);
	rhythm_of(gap, n, r);
	return got == -1 ? -1 : 0;
}

/* ---- rows ------------------------------------------------------------- */

static void
put_count(struct jw *w, const char *key, uint64_t n)
{
	jw_kint(w, key, (int64_t)n);
}

static void
put_seconds(struct jw *w, const char *key, int64_t microseconds)
{
	if (microseconds >= 0)
		jw_kint(w, key, microseconds / SECOND);
}

static int
is_import(const struct vstr *source)
{
	return source->n >= 7 && memcmp(source->p, "import:", 7) == 0;
}

/*
 * How the source behaves: silence beyond all that is usual is `quiet`, but
 * not a short one, or every heap of scans would end with an alarm.
 */
static void
put_quiet(struct jw *w, const struct rhythm *r, int64_t silent, int live)
{
	jw_kbool(w, "quiet", live && r->usual >= 0 && silent > r->longest &&
	    silent >= QUIET_LEAST && silent / QUIET_TIMES > r->usual);
}

struct source_row {
	struct vstr	 source, channel;
	struct rhythm	 rhythm;
	int64_t		 silent;	/* microseconds; -1: never anything */
	struct refused	*refused;	/* NULL: none */
};

static void
put_whole(struct jw *w, struct capture *c, const struct source_row *s)
{
	struct counts *n = &c->counts;
	struct reasons none = { NULL, 0 };

	put_count(w, "again", n->again);
	put_count(w, "arrivals", n->new + n->again);
	put_count(w, "aside", n->state[STATE_ASIDE]);
	put_vstr(w, "channel", &s->channel);
	put_count(w, "filed", n->state[STATE_FILED]);
	put_time(w, "last_at", s->rhythm.last);
	put_seconds(w, "longest_seconds", s->rhythm.longest);
	put_count(w, "new", n->new);
	put_quiet(w, &s->rhythm, s->silent, !is_import(&s->source));
	put_count(w, "read", n->status[STATUS_READ]);
	put_count(w, "refused", s->refused != NULL ? s->refused->n : 0);
	put_reasons(w, "refused_why", s->refused != NULL ?
	    &s->refused->why : &none);
	put_seconds(w, "rhythm_seconds", s->rhythm.usual);
	put_seconds(w, "silent_seconds", s->silent);
	put_vstr(w, "source", &s->source);
	put_count(w, "to_read", n->status[STATUS_RECEIVED]);
	put_count(w, "triage", n->state[STATE_TRIAGE]);
	put_count(w, "undecided", n->state[STATE_NEW]);
	put_count(w, "unread", n->status[STATUS_UNREAD]);
	put_reasons(w, "unread_why", &n->unread);
}

static void
put_brief(struct jw *w, const struct capture *c, const struct source_row *s)
{
	put_count(w, "arrivals", c->counts.new + c->counts.again);
	put_vstr(w, "channel", &s->channel);
	put_time(w, "last_at", s->rhythm.last);
	put_seconds(w, "longest_seconds", s->rhythm.longest);
	put_quiet(w, &s->rhythm, s->silent, !is_import(&s->source));
	put_seconds(w, "rhythm_seconds", s->rhythm.usual);
	put_seconds(w, "silent_seconds", s->silent);
	put_vstr(w, "source", &s->source);
}

static void
put_row(struct capture *c, const struct source_row *s, struct buf *out,
    unsigned *rows)
{
	struct jw w;

	if ((*rows)++ > 0)
		buf_addc(out, ',');
	jw_init(&w, out);
	jw_object(&w);
	if (c->query.brief)
		put_brief(&w, c, s);
	else
		put_whole(&w, c, s);
	jw_end(&w);
}

static void
counts_clear(struct counts *n)
{
	reasons_clear(&n->unread);
	memset(n, 0, sizeof(*n));
}

static struct vstr
text_of(const struct buf *b)
{
	return (struct vstr){ (const char *)b->data, b->len };
}

/* The present source is counted: its row, then the next. */
static int
source_end(struct capture *c, struct room *room, struct buf *out,
    unsigned *rows)
{
	struct buf source = BUF_INIT, channel = BUF_INIT;
	struct source_row row = { .silent = -1 };
	struct told told = TOLD_INIT;
	int ret = -1;

	if (rhythm_get(c, room, &row.rhythm) == -1 ||
	    room_must(told_get(room, c->first, &told)) == -1)
		goto out;
	(void)json_str(&told.entry.json, entry_get(&told.entry, "source"),
	    &source);
	(void)json_str(&told.entry.json, entry_get(&told.entry, "channel"),
	    &channel);
	row.source = text_of(&source);
	row.channel = text_of(&channel);
	if (row.rhythm.last != WHEN_NONE && c->query.now > row.rhythm.last)
		row.silent = c->query.now - row.rhythm.last;
	else if (row.rhythm.last != WHEN_NONE)
		row.silent = 0;
	row.refused = refused_find(&c->refused, row.source.p, row.source.n);
	if (row.refused != NULL)
		row.refused->shown = 1;
	put_row(c, &row, out, rows);
	counts_clear(&c->counts);
	ret = 0;
out:
	told_release(&told);
	buf_release(&source);
	buf_release(&channel);
	return ret;
}

static void
only_refused(struct capture *c, struct buf *out, unsigned *rows)
{
	for (struct refused *r = c->refused.first; r != NULL; r = r->next) {
		struct source_row row = { .rhythm = { WHEN_NONE, -1, -1 },
		    .silent = -1, .refused = r,
		    .source = { r->source, strlen(r->source) },
		    .channel = { r->channel, strlen(r->channel) } };

		if (!r->shown)
			put_row(c, &row, out, rows);
	}
}

/* ---- the whole -------------------------------------------------------- */

struct capture *
capture_open(struct store *store, const struct capture_query *query,
    struct trouble *trouble)
{
	struct capture *c = calloc(1, sizeof(*c));
	struct room room;

	if (c == NULL) {
		(void)trouble_errno(trouble, SAY_ASK_FAILED, "capture");
		return NULL;
	}
	if (room_begin(&room, store, 0, trouble) == -1) {
		free(c);
		return NULL;
	}
	c->store = store;
	c->query = *query;
	c->position = room.snap.applied;
	c->phase = query->brief ? SOURCES : REFUSALS;
	room_end(&room);
	return c;
}

uint64_t
capture_position(const struct capture *c)
{
	return c->position;
}

void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	refusals_clear(&c->refused);
	counts_clear(&c->counts);
	free(c);
}

/* The period as entries: from < seq <= to. */
static int
cut(struct capture *c, struct room *room)
{
	if (c->cut)
		return 0;
	c->from = 0;
	c->to = c->position;
	if (c->query.since != WHEN_NONE &&
	    ventry_at(&room->snap, c->query.since - 1, &c->from) == -1)
		return -1;
	if (c->query.until != WHEN_NONE &&
	    ventry_at(&room->snap, c->query.until, &c->to) == -1)
		return -1;
	c->cut = 1;
	c->seq = c->from;
	return 0;
}

static int
sources_slice(struct capture *c, struct room *room, struct buf *out,
    unsigned *rows)
{
	int got = 1;

	if (c->first != 0) {
		if ((got = arrivals_slice(c, room)) != 0)
			return got;
		if (source_end(c, room, out, rows) == -1)
			return -1;
	}
	got = vsource_next(&room->snap, &c->first);
	if (got == 1 && c->first > c->to)
		got = 0;		/* it came after the period */
	c->seq = c->from;
	if (got == 0)
		c->phase = ONLY_REFUSED;
	return got == -1 ? -1 : 1;
}

static int
slice(struct capture *c, struct room *room, struct buf *out, unsigned *rows)
{
	int got;

	switch (c->phase) {
	case REFUSALS:
		if ((got = refusals_slice(c, room)) == 0)
			c->phase = SOURCES;
		return got == -1 ? -1 : 1;
	case SOURCES:
		return sources_slice(c, room, out, rows);
	case ONLY_REFUSED:
		only_refused(c, out, rows);
		c->phase = ENDED;
		return 0;
	case ENDED:
		break;
	}
	return 0;
}

int
capture_next(struct capture *c, struct buf *out, unsigned *rows,
    struct trouble *trouble)
{
	struct room room;
	int got;

	if (c->position == 0)		/* a store without an entry */
		return 0;
	if (room_begin(&room, c->store, c->position, trouble) == -1)
		return -1;
	got = cut(c, &room);
	if (got != -1)
		got = slice(c, &room, out, rows);
	if (got != -1 && buf_failed(out)) {
		errno = ENOMEM;
		got = -1;
	}
	if (got == -1)
		(void)room_fail(&room, "capture");
	room_end(&room);
	return got;
}
