/* SPDX-License-Identifier: ISC */
/*
 * rendered: the half of known.h that is about text and pages made ahead.
 * They are looked up as of now, whatever position is asked for: they say
 * nothing but what the document's own bytes do.
 */
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/known.h"
#include "store/ask/room.h"

int
known_reading(struct store *store, const struct id *document,
    uint64_t position, uint64_t *seq_r)
{
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	struct room room;
	int got;

	*seq_r = 0;
	if (room_begin(&room, store, position, NULL) == -1)
		return -1;
	got = get_doc(&room, document, &row, &doc);
	if (got == 1 && doc.status == STATUS_READ)
		*seq_r = doc.read_seq;
	vrow_release(&row);
	room_end(&room);
	return got == -1 ? -1 : 0;
}

/* The last document.rendered of a document: 1, 0, -1. */
static int
last_rendered(struct room *room, const struct id *document,
    struct told *told)
{
	struct vkey key = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int got;

	vkey_id(&key, document);
	got = vrow_get(&room->snap, VIEW_RENDERED, &key, &row);
	if (got == 1)
		got = row.data.len == 8 ?
		    told_get(room, get64(row.data.data), told) : 0;
	vrow_release(&row);
	return got == 1 ? told->entry.kind == KIND_DOCUMENT_RENDERED : got;
}

static int
find_bytes(struct room *room, const struct entry *entry, struct loc *loc,
    uint64_t *size_r)
{
	uint8_t sha256[LOG_HASH_LEN];
	struct buf hex = BUF_INIT;
	int got = 0;

	*size_r = 0;
	if (json_str(&entry->json, entry_get(entry, "sha256"), &hex) == 0 &&
	    hex.len == 2 * sizeof sha256 &&
	    text_unhex((const char *)hex.data, hex.len, sha256) == 0)
		got = vblob_get(room->views, &room->snap, sha256, loc,
		    size_r);
	buf_release(&hex);
	return got == -1 ? -1 : 0;
}

int
known_rendition(struct store *store, const struct id *document,
    uint64_t position, struct buf *body, struct loc *loc, uint64_t *size_r)
{
	struct told told = TOLD_INIT;
	struct room room;
	uint64_t reading;
	const char *span;
	size_t len;
	int got;

	if (known_reading(store, document, position, &reading) == -1 ||
	    room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = last_rendered(&room, document, &told);
	if (got == 1 && (uint64_t)json_int(&told.entry.json,
	    entry_get(&told.entry, "reading"), 0) != reading)
		got = 0;
	if (got == 1) {
		span = json_span(&told.entry.json, told.entry.body, &len);
		buf_add(body, span, len);
		if (find_bytes(&room, &told.entry, loc, size_r) == -1 ||
		    buf_failed(body))
			got = -1;
	}
	told_release(&told);
	room_end(&room);
	return got;
}
