/* SPDX-License-Identifier: ISC */
/*
 * one: answers about one thing - the thing itself, a document's receipts,
 * why it stands where it stands, where its bytes are.
 */
#include "store/ask/ask.h"

#include <errno.h>
#include <string.h>

#include "store/ask/room.h"

/* ---- the thing itself ----------------------------------------------- */

static int
one_document(struct room *room, struct jw *w, const struct id *id)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int got = id->part != 0 ? 0 : get_doc(room, id, &row, &doc);

	if (got == 1 && put_document(room, w, &doc, 1) == -1)
		got = -1;
	vrow_release(&row);
	return got;
}

static int
one_of(struct room *room, struct jw *w, enum view_table table,
    const struct id *id, int put(struct room *, struct jw *,
    const struct vrow *))
{
	struct vrow row = VROW_INIT;
	struct vkey key = VKEY_INIT;
	int got;

	vkey_id(&key, id);
	got = vrow_get(&room->snap, table, &key, &row);
	if (got == 1 && put(room, w, &row) == -1)
		got = -1;
	vrow_release(&row);
	return got;
}

static int
put_one(struct room *room, struct jw *w, const struct id *id)
{
	switch (id->kind) {
	case ID_DOCUMENT:
		return one_document(room, w, id);
	case ID_CLIENT:
		return one_of(room, w, VIEW_CLIENT, id, put_client);
	case ID_CASE:
		return one_of(room, w, VIEW_CASE, id, put_case);
	case ID_CONTACT:
		return one_of(room, w, VIEW_CONTACT, id, put_contact);
	case ID_STAFF:
		return one_of(room, w, VIEW_STAFF, id, put_staff);
	case ID_BUNDLE:
		return put_bundle(room, w, id);
	case ID_NONE:
		break;
	}
	return 0;
}

/* What was written when it failed is taken back. */
static int
one_end(struct room *room, struct buf *out, size_t len, int got,
    const char *what)
{
	if (got != -1 && buf_failed(out)) {
		errno = ENOMEM;
		got = -1;
	}
	if (got != 1 && !buf_failed(out))
		out->len = len;
	if (got == -1)
		(void)room_fail(room, what);
	room_end(room);
	return got;
}

static int
one_at(struct store *store, const struct id *id, uint64_t as_known, int veil,
    struct buf *out, struct trouble *trouble)
{
	size_t len = out->len;
	struct room room;
	struct jw w;

	if (as_known > store_applied(store))
		as_known = 0;
	if (room_begin(&room, store, as_known, trouble) == -1)
		return -1;
	room.veil = veil;
	jw_init(&w, out);
	return one_end(&room, out, len, put_one(&room, &w, id), "one");
}

int
ask_one(struct store *store, const struct id *id, uint64_t as_known,
    struct buf *out, struct trouble *trouble)
{
	return one_at(store, id, as_known, 0, out, trouble);
}

int
ask_one_past(struct store *store, const struct id *id, uint64_t as_known,
    struct buf *out, struct trouble *trouble)
{
	return one_at(store, id, as_known, 1, out, trouble);
}

int
ask_aside(struct store *store, const struct id *document, struct buf *out,
    struct trouble *trouble)
{
	size_t len = out->len;
	struct room room;
	struct jw w;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	jw_init(&w, out);
	return one_end(&room, out, len, one_of(&room, &w, VIEW_ASIDE,
	    document, put_aside), "aside");
}

/* ---- receipts -------------------------------------------------------- */

struct receipts {
	struct buf	*out;
	unsigned	 n;
};

static int
put_receipt(struct room *room, const struct told *told, void *arg)
{
	struct receipts *r = arg;
	struct jw writer, *w = &writer;

	if (r->n > 0)
		buf_addc(r->out, ',');
	jw_init(w, r->out);
	jw_object(w);
	jw_kbool(w, "again", r->n++ > 0);
	put_time(w, "at", told->entry.at);
	jw_key(w, "chain");
	jw_hex(w, told->place.chain, sizeof(told->place.chain));
	put_id(w, "document", &told->entry.document);
	jw_kint(w, "seq", (int64_t)told->entry.seq);
	put_body(w, &told->entry, "sha256");
	put_body(w, &told->entry, "size");
	put_body(w, &told->entry, "source");
	jw_key(w, "store");
	jw_hex(w, log_store_id(room->log), 16);
	jw_end(w);
	return 0;
}

int
ask_receipts(struct store *store, const struct id *document,
    struct buf *out, struct trouble *trouble)
{
	struct id whole = *document;
	size_t len = out->len;
	struct receipts r = { out, 0 };
	struct room room;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	whole.part = 0;
	got = doc_entries(&room, &whole, KIND_BIT(KIND_DOCUMENT_RECEIVED),
	    put_receipt, &r);
	return one_end(&room, out, len, got == -1 ? -1 : r.n > 0, "receipts");
}

/* ---- why ------------------------------------------------------------- */

static int
why_filing(struct room *room, const struct told *told, void *arg)
{
	struct vrow row = VROW_INIT;
	int ret = room_must(get_filing(room, told->entry.seq, &row));

	if (ret == 0)
		ret = put_filed(room, arg, &row);
	vrow_release(&row);
	return ret;
}

/* Kinds whose body says no more than other members of the answer do. */
#define WHY_BARE (KIND_BIT(KIND_DOCUMENT_RECEIVED) |		\
	KIND_BIT(KIND_DOCUMENT_READ) | KIND_BIT(KIND_DOCUMENT_FILED) | \
	KIND_BIT(KIND_DOCUMENT_TRIAGED))

static int
why_history(struct room *room, const struct told *told, void *arg)
{
	const struct entry *entry = &told->entry;
	struct jw *w = arg;

	(void)room;
	jw_object(w);
	jw_kstr(w, "actor", entry->actor);
	put_time(w, "at", entry->at);
	if (!(KIND_BIT(entry->kind) & WHY_BARE)) {
		size_t len;
		const char *body = json_span(&entry->json, entry->body, &len);

		jw_key(w, "body");
		jw_raw(w, body, len);
	}
	put_id(w, "bundle", &entry->bundle);
	put_id(w, "case", &entry->kase);
	put_id(w, "client", &entry->client);
	jw_kstr(w, "kind", kind_name(entry->kind));
	jw_kint(w, "seq", (int64_t)entry->seq);
	jw_end(w);
	return 0;
}

static int
why_reading(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	int ret = 0;

	if (doc->read_seq != 0)
		ret = room_must(told_get(room, doc->read_seq, &told));
	jw_key(w, "reading");
	jw_object(w);
	if (told.decoded) {
		put_body(w, &told.entry, "reader");
		put_body(w, &told.entry, "reason");
	}
	jw_kstr(w, "status", vstatus_name(doc->status));
	jw_end(w);
	told_release(&told);
	return ret;
}

static int
why_suggestions(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	int ret = 0;

	jw_key(w, "suggestions");
	if (doc->triage_seq != 0)
		ret = room_must(told_get(room, doc->triage_seq, &told));
	if (told.decoded) {
		ret = put_suggestions(room, w, &told.entry);
	} else {
		jw_array(w);
		jw_end(w);
	}
	told_release(&told);
	return ret;
}

static int
put_why(struct room *room, struct jw *w, const struct vdoc *doc)
{
	jw_object(w);
	put_id(w, "document", &doc->id);
	jw_key(w, "filings");
	jw_array(w);
	if (doc_entries(room, &doc->id, KIND_BIT(KIND_DOCUMENT_FILED),
	    why_filing, w) == -1)
		return -1;
	jw_end(w);
	jw_key(w, "history");
	jw_array(w);
	if (doc_entries(room, &doc->id, UINT64_MAX, why_history, w) == -1)
		return -1;
	jw_end(w);
	if (why_reading(room, w, doc) == -1)
		return -1;
	jw_kstr(w, "state", vstate_name(doc->state));
	if (why_suggestions(room, w, doc) == -1)
		return -1;
	jw_end(w);
	return 1;
}

int
ask_why(struct store *store, const struct id *document, struct buf *out,
    struct trouble *trouble)
{
	struct vrow row = VROW_INIT;
	size_t len = out->len;
	struct room room;
	struct vdoc doc;
	struct jw w;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	jw_init(&w, out);
	got = get_doc(&room, document, &row, &doc);
	if (got == 1)
		got = put_why(&room, &w, &doc);
	got = one_end(&room, out, len, got, "why");
	vrow_release(&row);
	return got;
}

/* ---- places ---------------------------------------------------------- */

int
ask_blob(struct store *store, const struct id *document, struct loc *loc_r,
    uint8_t sha256_r[LOG_HASH_LEN], uint64_t *size_r, struct trouble *trouble)
{
	struct vrow row = VROW_INIT;
	struct room room;
	struct vdoc doc;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	got = get_doc(&room, document, &row, &doc);
	if (got == 1 && doc.loc.series == 0) {
		errno = ENOENT;		/* the entry is here, not the bytes */
		got = -1;
	}
	if (got == 1 && loc_r != NULL)
		*loc_r = doc.loc;
	if (got == 1 && sha256_r != NULL)
		memcpy(sha256_r, doc.sha256, LOG_HASH_LEN);
	if (got == 1 && size_r != NULL)
		*size_r = doc.size;
	if (got == -1)
		(void)room_fail(&room, "blob");
	vrow_release(&row);
	room_end(&room);
	return got;
}

int
ask_position_at(struct store *store, int64_t at, uint64_t *position_r)
{
	struct room room;
	int ret;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	ret = ventry_at(&room.snap, at, position_r);
	room_end(&room);
	return ret == -1 ? -1 : 0;
}
