/* SPDX-License-Identifier: ISC */
/*
 * gap: looks ahead with cursors of its own.  For a contact at t it first goes
 * back from the end of t's window: any contact met there is near enough for
 * all contacts up to it, so that a busy column looks ahead once a window and
 * a quiet one once a contact.  It holds one row.
 */
#include "store/ask/gap.h"

#include "store/ask/line.h"

/* A contact this far away or farther leaves a gap. */
#define WINDOW ((GAP_DAYS + 1) * WHEN_DAY)

void
gap_init(struct gap *gap)
{
	gap->known = gap->from = gap->until = WHEN_NONE;
	gap->pending = 0;
}

static void
time_key(struct vkey *key, const struct run *run, int64_t time, uint64_t seq)
{
	*key = run->prefix;
	vkey_time(key, time);
	vkey_u64(key, seq);
}

/* 1 and the time and entry of the first contact that the cursor meets. */
static int
first_contact(struct vcur *cur, const struct vkey *stop, int64_t *time_r,
    uint64_t *seq_r)
{
	struct vline line;
	int got;

	while ((got = vcur_next(cur)) == 1) {
		const uint8_t *key = cur->row.key;

		if (stop != NULL && memcmp(key, stop->b, stop->n) <= 0)
			return 0;
		if (vline_unpack(cur->row.data.data, cur->row.data.len,
		    &line) == -1)
			return -1;
		if (!line_is_contact(&line))
			continue;
		*time_r = vkey_get_time(key + VKEY_TIME_AT);
		*seq_r = get64(key + VKEY_TIME_SEQ);
		return 1;
	}
	return got;
}

/* The last contact of a run before `end` that is behind (time, seq). */
static int
run_back(struct room *room, const struct run *run, int64_t end,
    const struct vkey *stop, int64_t *time_r, uint64_t *seq_r)
{
	struct vkey key;
	struct vcur cur;
	int got;

	got = vcur_open(&cur, &room->snap, run->table, &run->prefix,
	    VCUR_BACK);
	if (got != -1) {
		time_key(&key, run, end - 1, UINT64_MAX);
		vkey_u64(&key, UINT64_MAX);
		vcur_seek(&cur, key.b, key.n);
		got = first_contact(&cur, stop, time_r, seq_r);
	}
	vcur_close(&cur);
	return got;
}

static int
run_ahead(struct room *room, const struct run *run, int64_t begin,
    int64_t *time_r, uint64_t *seq_r)
{
	struct vkey key;
	struct vcur cur;
	int got;

	got = vcur_open(&cur, &room->snap, run->table, &run->prefix, 0);
	if (got != -1) {
		time_key(&key, run, begin, 0);
		vcur_seek(&cur, key.b, key.n);
		got = first_contact(&cur, NULL, time_r, seq_r);
	}
	vcur_close(&cur);
	return got;
}

/* Runs that can hold contacts of a column. */
static int
is_of(const struct run *run, unsigned column)
{
	return run->column == column && !run->quiet;
}

static int
near(struct room *room, const struct runs *runs, unsigned column,
    int64_t time, uint64_t seq, struct gap *gap)
{
	for (size_t i = 0; i < runs->n; i++) {
		struct vkey stop;
		int64_t found;
		uint64_t entry;
		int got;

		if (!is_of(&runs->v[i], column))
			continue;
		time_key(&stop, &runs->v[i], time, seq);
		vkey_u64(&stop, UINT64_MAX);
		if ((got = run_back(room, &runs->v[i], time + WINDOW, &stop,
		    &found, &entry)) == -1)
			return -1;
		if (got == 1) {
			gap->known = found;
			return 1;
		}
	}
	return 0;
}

int
gap_after(struct room *room, const struct runs *runs, unsigned column,
    int64_t time, uint64_t seq, struct gap *gap)
{
	int64_t next = WHEN_NONE, found;
	uint64_t entry;
	int got;

	if (gap->known != WHEN_NONE && time < gap->known)
		return 0;
	if ((got = near(room, runs, column, time, seq, gap)) != 0)
		return got == -1 ? -1 : 0;
	for (size_t i = 0; i < runs->n; i++) {
		if (!is_of(&runs->v[i], column))
			continue;
		if ((got = run_ahead(room, &runs->v[i], time + WINDOW, &found,
		    &entry)) == -1)
			return -1;
		if (got == 1 && (next == WHEN_NONE || found < next))
			next = found;
	}
	gap->known = next == WHEN_NONE ? INT64_MAX : next;
	gap->pending = next != WHEN_NONE;
	gap->from = time;
	gap->until = next;
	return 0;
}

int
gap_before(struct room *room, const struct runs *runs, unsigned column,
    int64_t time, struct gap *gap)
{
	int64_t last = WHEN_NONE, found;
	uint64_t seq = 0, entry;
	int got;

	for (size_t i = 0; i < runs->n; i++) {
		if (!is_of(&runs->v[i], column))
			continue;
		if ((got = run_back(room, &runs->v[i], time, NULL, &found,
		    &entry)) == -1)
			return -1;
		if (got == 1 && (last == WHEN_NONE || found > last ||
		    (found == last && entry > seq))) {
			last = found;
			seq = entry;
		}
	}
	if (last == WHEN_NONE)
		return 0;
	return gap_after(room, runs, column, last, seq, gap);
}
