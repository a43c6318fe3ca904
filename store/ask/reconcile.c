/* SPDX-License-Identifier: ISC */
/*
 * reconcile: what is here under the SHA-256 of bytes, a Message-ID, or an
 * entry that a receipt names; calls.c has those of fax and telephone.  It
 * never says that something is here which is not: every document named is
 * read from its own row.
 */
#include "store/ask/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/calls.h"
#include "store/ask/room.h"

const char *
known_by_name(unsigned by)
{
	static const char *const names[] = { "sha256", "message-id", "entry",
		"fax", "call" };

	return by < sizeof(names) / sizeof(names[0]) ? names[by] : NULL;
}

static void
put_receipt(struct jw *w, int64_t at, uint64_t seq, const uint8_t chain[8])
{
	jw_object(w);
	put_time(w, "at", at);
	jw_key(w, "receipt");
	jw_hex(w, chain, 8);
	jw_kint(w, "seq", (int64_t)seq);
	jw_end(w);
}

/* The receipts of a document; with `only`, that of this entry alone. */
static void
put_receipts(struct jw *w, const struct vdoc *doc, const struct ventry *only)
{
	jw_key(w, "receipts");
	jw_array(w);
	if (only != NULL)
		put_receipt(w, only->at, only->seq, only->chain);
	for (unsigned i = 0; only == NULL && i < doc->narrivals; i++)
		put_receipt(w, doc->arrival[i].at, doc->arrival[i].seq,
		    doc->arrival[i].chain);
	jw_end(w);
}

void
put_captured(struct jw *w, const struct vdoc *doc, const struct ventry *only,
    const char *match)
{
	jw_object(w);
	jw_kint(w, "arrivals", (int64_t)doc->arrivals);
	put_vstr_opt(w, "aside", &doc->aside);
	put_id(w, "copy_of", &doc->copy_of);
	put_id(w, "id", &doc->id);
	if (match != NULL)
		jw_kstr(w, "match", match);
	put_receipts(w, doc, only);
	jw_key(w, "sha256");
	jw_hex(w, doc->sha256, sizeof(doc->sha256));
	jw_kint(w, "size", (int64_t)doc->size);
	put_vstr(w, "source", &doc->source);
	jw_kstr(w, "state", vstate_name(doc->state));
	jw_kstr(w, "status", vstatus_name(doc->status));
	jw_end(w);
}

static int
put_document_of(struct room *room, struct jw *w, const struct id *id,
    const struct ventry *only)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	int got = get_doc(room, id, &row, &doc);

	if (got == 1)
		put_captured(w, &doc, only, NULL);
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

static int
put_looked(struct room *room, struct jw *w, enum view_look what,
    const void *key, size_t len)
{
	struct vkey prefix = VKEY_INIT;
	struct vcur cur;
	int got;

	vkey_look(&prefix, room->views, what, key, len);
	got = vcur_open(&cur, &room->snap, VIEW_LOOK, &prefix, VCUR_KEYS);
	while (got != -1 && (got = vcur_next(&cur)) == 1) {
		struct id id;

		id_from_key(cur.row.key + VKEY_LOOK_ID, &id);
		if ((got = put_document_of(room, w, &id, NULL)) == -1)
			break;
	}
	vcur_close(&cur);
	return got == -1 ? -1 : 0;
}

/* What the entry is, if there is one; *kind_r is KIND_COUNT if not. */
static int
put_entry(struct room *room, struct jw *w, const char *key,
    enum kind *kind_r)
{
	struct told told = TOLD_INIT;
	struct ventry entry;
	int got;

	*kind_r = KIND_COUNT;
	got = ventry_get(&room->snap, strtoull(key, NULL, 10), &entry);
	if (got != 1)
		return got;
	*kind_r = entry.kind;
	if (entry.kind == KIND_DOCUMENT_RECEIVED) {
		got = room_must(told_get(room, entry.seq, &told));
		if (got == 0)
			got = put_document_of(room, w, &told.entry.document,
			    &entry);
	}
	told_release(&told);
	return got == -1 ? -1 : 0;
}

static int
put_found(struct room *room, struct jw *w, enum known_by by, const char *key,
    enum kind *kind_r)
{
	uint8_t sha256[LOG_HASH_LEN];
	size_t len = strlen(key);

	*kind_r = KIND_COUNT;
	switch (by) {
	case KNOWN_BY_SHA256:
		if (len != 2 * sizeof(sha256) ||
		    text_unhex(key, len, sha256) == -1)
			return 0;
		return put_looked(room, w, LOOK_BYTES, sha256,
		    sizeof(sha256));
	case KNOWN_BY_MESSAGE_ID:
		return put_looked(room, w, LOOK_MESSAGE, key, len);
	case KNOWN_BY_ENTRY:
		return put_entry(room, w, key, kind_r);
	case KNOWN_BY_FAX:
	case KNOWN_BY_CALL:
		return put_calls(room, w, by == KNOWN_BY_FAX, key);
	}
	errno = EINVAL;
	return -1;
}

int
ask_known(struct store *store, uint64_t position, enum known_by by,
    const char *key, struct buf *out, struct trouble *trouble)
{
	size_t len = out->len;
	struct room room;
	enum kind kind;
	struct jw w;
	int ret;

	if (room_begin(&room, store, position, trouble) == -1)
		return -1;
	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "by", known_by_name(by));
	jw_key(&w, "documents");
	jw_array(&w);
	ret = put_found(&room, &w, by, key, &kind);
	jw_end(&w);
	jw_kstr(&w, "key", key);
	if (kind != KIND_COUNT)
		jw_kstr(&w, "kind", kind_name(kind));
	jw_end(&w);
	if (ret == 0 && buf_failed(out)) {
		errno = ENOMEM;
		ret = -1;
	}
	if (ret == -1) {
		if (!buf_failed(out))
			out->len = len;
		(void)room_fail(&room, "known");
	}
	room_end(&room);
	return ret;
}
