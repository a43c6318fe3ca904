/* SPDX-License-Identifier: ISC */
/*
 * list: ask_open() to ask_free() over all kinds of lists.
 *
 * A list is a merge of runs (merge.h).  Between two calls it keeps the place
 * behind the last row and the position, nothing else; the cursor text is just
 * that: POSITION "-" sort bytes in hex ("" before the first row).
 *
 *	what		runs				sort bytes
 *	DOCUMENTS	DOC, SCOPE of each scope, DUE	document
 *	CLIENTS ...	their table			id
 *	CASES		CASE, or MEMBER of clients	case
 *	PARTIES, FACTS	PARTY, FACT of each scope	entry
 *	TRIAGE, ASIDE	their table			document
 *	FILED		FILING				entry
 *	REFUSED, ENTRIES  REFUSED, ENTRY		entry
 *	BUNDLES		BUNDLE, or BUNDLEOF of scopes	bundle
 */
#include "store/ask/ask.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/list.h"

struct ask *
ask_open(struct store *store, const struct ask_query *query,
    struct trouble *trouble)
{
	struct ask *ask = calloc(1, sizeof(*ask));
	struct room room;

	assert(query->nof <= ASK_OF_MAX);
	if (ask == NULL || (query->rule != NULL &&
	    (ask->rule = strdup(query->rule)) == NULL)) {
		(void)trouble_errno(trouble, SAY_ASK_FAILED, "ask");
		ask_free(ask);
		return NULL;
	}
	ask->store = store;
	ask->query = *query;
	ask->query.rule = ask->rule;
	if (room_begin(&room, store, 0, trouble) == -1) {
		ask_free(ask);
		return NULL;
	}
	ask->position = room.snap.applied;
	if (query->as_known != 0 && query->as_known < ask->position)
		ask->position = query->as_known;
	room_end(&room);
	return ask;
}

uint64_t
ask_position(const struct ask *ask)
{
	return ask->position;
}

void
ask_free(struct ask *ask)
{
	if (ask == NULL)
		return;
	runs_release(&ask->runs);
	free(ask->rule);
	free(ask);
}

/* ---- the runs of a list --------------------------------------------- */

static int
whole_table(struct ask *ask, enum view_table table, unsigned flags,
    size_t len)
{
	struct run run = { .table = table, .flags = flags, .len = len };

	return runs_add(&ask->runs, &run);
}

static int
each_of(struct ask *ask, enum view_table table, unsigned flags)
{
	for (unsigned i = 0; i < ask->query.nof; i++) {
		struct run run = { .table = table, .flags = flags,
		    .off = ID_KEY_LEN, .len = 8 };

		vkey_id(&run.prefix, &ask->query.of[i]);
		if (runs_add(&ask->runs, &run) == -1)
			return -1;
	}
	return 0;
}

/* Cases of clients; a case that is asked for stands as itself. */
static int
case_runs(struct ask *ask, struct room *room)
{
	struct ids scopes = { NULL, 0, 0 };
	int ret = -1;

	for (unsigned i = 0; i < ask->query.nof; i++)
		if (scopes_of(room, &ask->query.of[i], &scopes) == -1)
			goto out;
	for (size_t i = 0; i < scopes.n; i++) {
		struct run run = { .table = VIEW_CASE, .len = ID_KEY_LEN };

		if (scopes.v[i].kind != ID_CASE)
			continue;
		vkey_id(&run.prefix, &scopes.v[i]);
		if (runs_add(&ask->runs, &run) == -1)
			goto out;
	}
	ret = 0;
out:
	ids_release(&scopes);
	return ret;
}

static int
prepare_runs(struct ask *ask, struct room *room)
{
	const struct ask_query *q = &ask->query;

	switch (q->what) {
	case ASK_DOCUMENTS:
		if (q->undelivered)
			return whole_table(ask, VIEW_DUE, VCUR_KEYS,
			    ID_KEY_LEN);
		if (q->nof > 0)
			return runs_scopes(room, VIEW_SCOPE, q->of, q->nof,
			    &ask->runs);
		return whole_table(ask, VIEW_DOC, 0, ID_KEY_LEN);
	case ASK_CASES:
		if (q->nof > 0)
			return case_runs(ask, room);
		return whole_table(ask, VIEW_CASE, 0, ID_KEY_LEN);
	case ASK_CLIENTS:
		return whole_table(ask, VIEW_CLIENT, 0, ID_KEY_LEN);
	case ASK_CONTACTS:
		return whole_table(ask, VIEW_CONTACT, 0, ID_KEY_LEN);
	case ASK_STAFF:
		return whole_table(ask, VIEW_STAFF, 0, ID_KEY_LEN);
	case ASK_PARTIES:
		return each_of(ask, VIEW_PARTY, 0);
	case ASK_FACTS:
		return each_of(ask, VIEW_FACT, VCUR_ALL);
	case ASK_TRIAGE:
		return whole_table(ask, VIEW_TRIAGE, VCUR_KEYS, ID_KEY_LEN);
	case ASK_ASIDE:
		return whole_table(ask, VIEW_ASIDE, VCUR_KEYS, ID_KEY_LEN);
	case ASK_FILED:
		return whole_table(ask, VIEW_FILING, VCUR_ALL, 8);
	case ASK_REFUSED:
		return whole_table(ask, VIEW_REFUSED, VCUR_KEYS, 8);
	case ASK_ENTRIES:
		return whole_table(ask, VIEW_ENTRY, 0, 8);
	case ASK_BUNDLES:
		if (q->nof > 0)
			return runs_scopes(room, VIEW_BUNDLEOF, q->of, q->nof,
			    &ask->runs);
		return whole_table(ask, VIEW_BUNDLE, VCUR_KEYS, ID_KEY_LEN);
	}
	errno = EINVAL;
	return -1;
}

static int
by_entry(const struct ask *ask)
{
	return ask->query.what == ASK_FILED ||
	    ask->query.what == ASK_REFUSED || ask->query.what == ASK_ENTRIES;
}

/*
 * Lists in the order of entries are cut by entry numbers: they begin at
 * from_seq or since, and end at until.  PLAIN tables know no position: this
 * end is theirs.
 */
static int
prepare_ends(struct ask *ask, struct room *room)
{
	const struct ask_query *q = &ask->query;
	uint64_t first = q->from_seq, before = 0;

	ask->last = ask->position;
	if (!by_entry(ask))
		return 0;
	if (q->until != WHEN_NONE &&
	    ventry_at(&room->snap, q->until, &ask->last) == -1)
		return -1;
	if (ask->last > ask->position)
		ask->last = ask->position;
	if (ask->place.set)
		return 0;
	if (q->since != WHEN_NONE &&
	    ventry_at(&room->snap, q->since - 1, &before) == -1)
		return -1;
	if (before >= first)
		first = before + 1;
	if (first > 1) {
		ask->place = (struct place){ .set = 1, .len = 8,
		    .run = SIZE_MAX };
		put64(ask->place.sort, first - 1);
	}
	return 0;
}

static int
prepare(struct ask *ask, struct room *room)
{
	struct ventry last;
	int got;

	if (ask->prepared)
		return 0;
	if ((got = ventry_get(&room->snap, ask->position, &last)) == -1)
		return -1;
	ask->today = ask->query.today != 0 ? ask->query.today :
	    got == 1 ? last.at : 0;
	if (prepare_runs(ask, room) == -1 || prepare_ends(ask, room) == -1)
		return -1;
	ask->prepared = 1;
	return 0;
}

/* ---- going through -------------------------------------------------- */

/* A document filed in two of the scopes is one row. */
static int
is_again(const struct place *last, const struct place *now)
{
	return last->set && last->len == now->len &&
	    memcmp(last->sort, now->sort, now->len) == 0;
}

static int
next_rows(struct ask *ask, struct room *room, struct buf *out, unsigned max)
{
	struct merge m;
	unsigned n = 0;
	size_t i;
	int got = -1;

	if (merge_open(&m, &room->snap, ask->runs.v, ask->runs.n,
	    &ask->place) == -1)
		goto out;
	while (n < max && (got = merge_next(&m, &i)) == 1) {
		struct place now;
		struct jw w;
		size_t len = out->len;

		merge_place(&m, &now);
		now.run = SIZE_MAX;
		if (is_again(&ask->place, &now))
			continue;
		if (by_entry(ask) && get64(now.sort) > ask->last) {
			got = 0;
			break;
		}
		if (n > 0)
			buf_addc(out, ',');
		jw_init(&w, out);
		if ((got = list_row(ask, room, &w, &m.cur[i].row)) == -1)
			goto out;
		if (got == 0 && !buf_failed(out))
			out->len = len;
		n += (unsigned)got;
		ask->place = now;
	}
	if (got != -1)
		got = (int)n;
out:
	merge_close(&m);
	return got;
}

int
ask_next(struct ask *ask, struct buf *out, unsigned max_rows,
    struct trouble *trouble)
{
	struct room room;
	size_t len = out->len;
	int got = -1;

	if (ask->position == 0)		/* a store without an entry */
		return 0;
	if (room_begin(&room, ask->store, ask->position, trouble) == -1)
		return -1;
	room_as_was(&room, &ask->query);
	room.veil = ask->query.as_known != 0 && !ask->query.unveiled;
	if (prepare(ask, &room) == -1)
		goto out;
	room.today = ask->today;
	got = next_rows(ask, &room, out, max_rows);
	if (got != -1 && buf_failed(out)) {
		errno = ENOMEM;
		got = -1;
	}
out:
	if (got == -1) {
		if (!buf_failed(out))
			out->len = len;
		(void)room_fail(&room, "list");
	}
	room_end(&room);
	return got;
}

void
ask_cursor(const struct ask *ask, struct buf *out)
{
	buf_addu(out, ask->position);
	buf_addc(out, '-');
	if (ask->place.set)
		buf_addhex(out, ask->place.sort, ask->place.len);
}

/* How long the sort bytes of a list are. */
static size_t
sort_len(const struct ask *ask)
{
	switch (ask->query.what) {
	case ASK_PARTIES:
	case ASK_FACTS:
	case ASK_FILED:
	case ASK_REFUSED:
	case ASK_ENTRIES:
		return 8;
	default:
		return ID_KEY_LEN;
	}
}

int
ask_resume(struct ask *ask, const char *cursor)
{
	struct place place = { .set = 1, .len = sort_len(ask),
	    .run = SIZE_MAX };
	const char *hex = strchr(cursor, '-');
	unsigned long long position;
	char *end;

	errno = EINVAL;
	if (hex == NULL || cursor[0] < '1' || cursor[0] > '9')
		return -1;
	errno = 0;
	position = strtoull(cursor, &end, 10);
	if (errno != 0 || end != hex || position > store_applied(ask->store)) {
		errno = EINVAL;
		return -1;
	}
	if (*++hex == '\0')
		place.set = 0;
	else if (strlen(hex) != 2 * place.len ||
	    text_unhex(hex, 2 * place.len, place.sort) == -1) {
		errno = EINVAL;
		return -1;
	}
	/* The scopes of another position are others. */
	runs_release(&ask->runs);
	ask->prepared = 0;
	ask->position = position;
	ask->place = place;
	return 0;
}
