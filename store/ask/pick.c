/* SPDX-License-Identifier: ISC */
/*
 * pick: one row of a list: is it asked for, and what it says.  The functions
 * give 1 written, 0 not of this list, -1 with errno.
 */
#include "store/ask/list.h"

#include <string.h>

#include "store/ask/span.h"

static int
in_time(const struct ask_query *q, int64_t at)
{
	if (q->since == WHEN_NONE && q->until == WHEN_NONE)
		return 1;
	return at != WHEN_NONE && (q->since == WHEN_NONE || at >= q->since) &&
	    (q->until == WHEN_NONE || at <= q->until);
}

/* Is it filed in one of the scopes that are listed? */
static int
is_listed(const struct ask *ask, const struct vdoc *doc)
{
	for (unsigned i = 0; i < doc->nfilings; i++) {
		const struct vfiling *f = &doc->filing[i];
		struct vkey scope = VKEY_INIT;

		vkey_id(&scope, f->kase.kind != ID_NONE ? &f->kase :
		    &f->client);
		for (size_t k = 0; k < ask->runs.n; k++)
			if (memcmp(ask->runs.v[k].prefix.b, scope.b,
			    scope.n) == 0)
				return 1;
	}
	return 0;
}

/*
 * A set is one row: that of its head, or in the list of a case that the head
 * is not filed in, of the first copy that is.  1 yes, 0, -1.
 */
static int
leads_set(struct ask *ask, struct room *room, const struct vdoc *doc)
{
	struct vrow hrow = VROW_INIT, row = VROW_INIT;
	struct vdoc head, other;
	int got, leads = 1;

	if (ask->query.copies || doc->copy_of.kind == ID_NONE)
		return 1;
	if (ask->query.nof == 0)
		return 0;
	got = room_must(get_doc(room, &doc->copy_of, &hrow, &head));
	if (got == 0)
		leads = !is_listed(ask, &head);
	for (unsigned i = 0; got == 0 && leads && i < head.ncopies &&
	    !id_equal(&head.copy[i], &doc->id); i++) {
		got = room_must(get_doc(room, &head.copy[i], &row, &other));
		if (got == 0)
			leads = !is_listed(ask, &other);
	}
	vrow_release(&hrow);
	vrow_release(&row);
	return got == -1 ? -1 : leads;
}

static int
row_document(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	struct vrow other = VROW_INIT;
	const struct vrow *from = row;
	struct vdoc doc;
	struct id id;
	int ret = -1;

	if (ask->query.nof > 0 || ask->query.undelivered) {
		id_from_key(row->key + (ask->query.undelivered ? 0 :
		    VKEY_SCOPE_DOC), &id);
		if (room_must(get_doc(room, &id, &other, &doc)) == -1)
			goto out;
	} else if (vdoc_unpack(from->data.data, from->data.len, &doc) == -1) {
		goto out;
	}
	ret = in_time(&ask->query, doc.happened.at);
	if (ret == 1)
		ret = leads_set(ask, room, &doc);
	if (ret == 1 && put_document(room, w, &doc, 0) == -1)
		ret = -1;
out:
	vrow_release(&other);
	return ret;
}

static int
row_party(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	struct vparty party;
	struct span span;

	if (vparty_unpack(row->data.data, row->data.len, &party) == -1)
		return -1;
	if (ask->query.as_was != WHEN_NONE) {
		span_party(&party, &span);
		if (!span_holds(&span, room->as_was, room->as_was_day))
			return 0;
	}
	return put_party(room, w, &party) == -1 ? -1 : 1;
}

static int
row_fact(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	int holds;

	if (ask->query.as_was != WHEN_NONE &&
	    (holds = fact_holds(room, row)) != 1)
		return holds;
	return put_fact(room, w, row) == -1 ? -1 : 1;
}

static int
filed_wanted(const struct ask_query *q, const struct entry *e)
{
	if (q->rule != NULL && !json_is(&e->json, entry_get(e, "rule"),
	    q->rule))
		return 0;
	for (unsigned i = 0; i < q->nof; i++)
		if (id_equal(&q->of[i], &e->kase) ||
		    id_equal(&q->of[i], &e->client))
			return 1;
	return q->nof == 0;
}

static int
row_filed(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	const struct ask_query *q = &ask->query;
	struct told told = TOLD_INIT;
	int ret = 1;

	if (q->rule != NULL || q->nof > 0) {
		ret = room_must(told_get(room, row->made, &told));
		if (ret == 0)
			ret = filed_wanted(q, &told.entry);
		told_release(&told);
	}
	if (ret == 1 && put_filed(room, w, row) == -1)
		ret = -1;
	return ret;
}

static int
row_entry(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	struct told told = TOLD_INIT;
	uint64_t seq = get64(row->key);
	int ret = -1;

	if (ask->query.what == ASK_REFUSED)
		return put_refused(room, w, seq) == -1 ? -1 : 1;
	if (room_must(told_get(room, seq, &told)) == 0) {
		jw_raw(w, (const char *)told.text.data, told.text.len);
		ret = 1;
	}
	told_release(&told);
	return ret;
}

/* The id is the last of the key but for `made`. */
static int
row_bundle(struct room *room, struct jw *w, const struct vrow *row)
{
	struct id id;

	id_from_key(row->key + row->keylen - 8 - ID_KEY_LEN, &id);
	return put_bundle(room, w, &id);
}

int
list_row(struct ask *ask, struct room *room, struct jw *w,
    const struct vrow *row)
{
	int ret = -1;

	switch (ask->query.what) {
	case ASK_DOCUMENTS:
		return row_document(ask, room, w, row);
	case ASK_PARTIES:
		return row_party(ask, room, w, row);
	case ASK_FACTS:
		return row_fact(ask, room, w, row);
	case ASK_FILED:
		return row_filed(ask, room, w, row);
	case ASK_REFUSED:
	case ASK_ENTRIES:
		return row_entry(ask, room, w, row);
	case ASK_BUNDLES:
		return row_bundle(room, w, row);
	case ASK_CLIENTS:
		ret = put_client(room, w, row);
		break;
	case ASK_CASES:
		ret = put_case(room, w, row);
		break;
	case ASK_CONTACTS:
		ret = put_contact(room, w, row);
		break;
	case ASK_STAFF:
		ret = put_staff(room, w, row);
		break;
	case ASK_TRIAGE:
		ret = put_triage(room, w, row);
		break;
	case ASK_ASIDE:
		ret = put_aside(room, w, row);
		break;
	}
	return ret == -1 ? -1 : 1;
}
