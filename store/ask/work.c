/* SPDX-License-Identifier: ISC */
/*
 * work: the half of known.h that is about documents - what followers have
 * still to do, and what they look at.  A follower's work is a view, so a
 * rebuild finds the same and appends nothing.
 */
#include <string.h>

#include "store/ask/known.h"
#include "store/ask/room.h"

int
known_filings(struct store *store, const struct id *document,
    struct known_filing out_r[KNOWN_MAX])
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	struct room room;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = get_doc(&room, document, &row, &doc);
	for (unsigned i = 0; got == 1 && i < doc.nfilings && i < KNOWN_MAX;
	    i++)
		out_r[i] = (struct known_filing){ .seq = doc.filing[i].seq,
		    .client = doc.filing[i].client,
		    .kase = doc.filing[i].kase, .main = doc.filing[i].main };
	if (got == 1)
		got = (int)doc.nfilings;
	vrow_release(&row);
	room_end(&room);
	return got;
}

const char *
known_state(struct store *store, const struct id *document)
{
	struct vrow row = VROW_INIT;
	const char *state = NULL;
	struct vdoc doc;
	struct room room;

	if (room_begin(&room, store, 0, NULL) == -1)
		return NULL;
	if (get_doc(&room, document, &row, &doc) == 1)
		state = vstate_name(doc.state);
	vrow_release(&row);
	room_end(&room);
	return state;
}

static int
take_work(struct room *room, const struct id *id, struct known_work *work)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int ret = room_must(get_doc(room, id, &row, &doc));

	if (ret == 0) {
		size_t n = doc.channel.n < sizeof(work->channel) ?
		    doc.channel.n : sizeof(work->channel) - 1;

		memset(work, 0, sizeof(*work));
		work->document = *id;
		work->seq = doc.seq;
		work->blob = doc.loc;
		work->size = doc.size;
		work->decided = doc.state == STATE_TRIAGE ? doc.triage_seq :
		    0;
		if (n > 0)
			memcpy(work->channel, doc.channel.p, n);
	}
	vrow_release(&row);
	return ret;
}

/* The document.rendered before: what the next one claims to follow. */
static int
take_rendered(struct room *room, struct known_work *work)
{
	struct vkey key = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int got;

	vkey_id(&key, &work->document);
	got = vrow_get(&room->snap, VIEW_RENDERED, &key, &row);
	work->decided = got == 1 && row.data.len == 8 ?
	    get64(row.data.data) : 0;
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

static int
pending(struct store *store, enum view_table table, const struct id *from,
    struct known_work *out_r, unsigned max)
{
	struct vkey empty = VKEY_INIT, first = VKEY_INIT;
	struct room room;
	struct vcur cur;
	unsigned n = 0;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = vcur_open(&cur, &room.snap, table, &empty, VCUR_KEYS);
	if (got != -1 && from != NULL && from->kind == ID_DOCUMENT) {
		vkey_id(&first, from);
		vcur_seek(&cur, first.b, first.n);
	}
	while (got != -1 && n < max && (got = vcur_next(&cur)) == 1) {
		struct id id;

		id_from_key(cur.row.key, &id);
		if ((got = take_work(&room, &id, &out_r[n])) == 0 &&
		    table == VIEW_TODO_RENDER)
			got = take_rendered(&room, &out_r[n]);
		if (got == 0)
			n++;
	}
	vcur_close(&cur);
	room_end(&room);
	return got == -1 ? -1 : (int)n;
}

int
known_unread(struct store *store, const struct id *from,
    struct known_work *out_r, unsigned max)
{
	return pending(store, VIEW_TODO_READ, from, out_r, max);
}

int
known_unfiled(struct store *store, const struct id *from,
    struct known_work *out_r, unsigned max)
{
	return pending(store, VIEW_TODO_FILE, from, out_r, max);
}

int
known_unvouched(struct store *store, const struct id *from,
    struct known_work *out_r, unsigned max)
{
	return pending(store, VIEW_TODO_VOUCH, from, out_r, max);
}

int
known_unrendered(struct store *store, const struct id *from,
    struct known_work *out_r, unsigned max)
{
	return pending(store, VIEW_TODO_RENDER, from, out_r, max);
}

static int
put_known(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	size_t len, before = w->out->len;
	const char *body;
	int ret = room_must(told_get(room, doc->seq, &told));

	if (ret == -1)
		goto out;
	jw_object(w);
	put_time(w, "at", told.entry.at);
	before = w->out->len;
	if ((ret = put_reading(room, w, doc)) == -1)
		goto out;
	if (w->out->len == before) {
		jw_key(w, "reading");
		jw_null(w);
	}
	body = json_span(&told.entry.json, told.entry.body, &len);
	jw_key(w, "received");
	jw_raw(w, body, len);
	jw_end(w);
out:
	told_release(&told);
	return ret;
}

int
known_document(struct store *store, const struct id *document,
    struct buf *out)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	struct room room;
	struct jw w;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	jw_init(&w, out);
	got = get_doc(&room, document, &row, &doc);
	if (got == 1 && (put_known(&room, &w, &doc) == -1 ||
	    buf_failed(out)))
		got = -1;
	vrow_release(&row);
	room_end(&room);
	return got;
}

static int
put_commitment(struct room *room, const struct told *told, void *arg)
{
	(void)room;
	jw_hex(arg, told->place.commitment, sizeof(told->place.commitment));
	return 0;
}

int
known_commitments(struct store *store, const struct id *document,
    struct buf *out)
{
	struct id whole = *document;
	struct room room;
	struct jw w;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	whole.part = 0;
	jw_init(&w, out);
	jw_array(&w);
	got = doc_entries(&room, &whole, KIND_BIT(KIND_DOCUMENT_RECEIVED) |
	    KIND_BIT(KIND_DOCUMENT_READ), put_commitment, &w);
	jw_end(&w);
	room_end(&room);
	return got == -1 || buf_failed(out) ? -1 : 0;
}

int
known_rules(struct store *store, char hash_r[65])
{
	struct room room;
	uint64_t seq;
	int got;

	hash_r[0] = '\0';
	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = vrules_get(&room.snap, hash_r, &seq);
	room_end(&room);
	return got;
}
