/* SPDX-License-Identifier: ISC */
/*
 * room: a snapshot, rows by id, entries by number, and the members that many
 * rows have.  It holds nothing over the end of a snapshot.
 */
#include "store/ask/room.h"

#include <errno.h>
#include <string.h>

int
room_begin(struct room *room, struct store *store, uint64_t position,
    struct trouble *trouble)
{
	memset(room, 0, sizeof(*room));
	room->store = store;
	room->log = store_log(store);
	room->views = store_views(store);
	room->as_was = room->as_was_day = room->today = WHEN_NONE;
	room->trouble = trouble;
	if (snap_begin(room->views, position, &room->snap, trouble) == -1) {
		room->told = 1;
		return -1;
	}
	/* Views that are being built again may stand behind an old answer. */
	if (position > room->snap.applied) {
		room->told = 1;
		snap_end(&room->snap);
		errno = EAGAIN;
		return trouble_set(trouble, SAY_ASK_BEHIND, NULL, NULL, NULL,
		    NULL);
	}
	return 0;
}

void
room_as_was(struct room *room, const struct ask_query *q)
{
	room->as_was = q->as_was;
	room->as_was_day = q->as_was_day != 0 ? q->as_was_day : q->as_was;
}

void
room_end(struct room *room)
{
	snap_end(&room->snap);
}

int
room_fail(struct room *room, const char *what)
{
	if (room->told)
		return -1;
	room->told = 1;
	return trouble_errno(room->trouble, SAY_ASK_FAILED, what);
}

int
room_must(int got)
{
	if (got == 0)
		errno = EIO;
	return got == 1 ? 0 : -1;
}

int
told_get(struct room *room, uint64_t seq, struct told *told)
{
	int got = ventry_get(&room->snap, seq, &told->place);

	if (got != 1)
		return got;
	if (told->decoded)
		entry_release(&told->entry);
	told->decoded = 0;
	buf_clear(&told->text);
	if (log_entry(room->log, &told->place.loc, &told->text,
	    room->trouble) == -1) {
		room->told = 1;
		return -1;
	}
	if (buf_failed(&told->text)) {
		errno = ENOMEM;
		return -1;
	}
	if (entry_decode(&told->entry, (const char *)told->text.data,
	    told->text.len) == -1)
		return -1;
	told->decoded = 1;
	return 1;
}

void
told_release(struct told *told)
{
	if (told->decoded)
		entry_release(&told->entry);
	told->decoded = 0;
	buf_release(&told->text);
}

static int
get_row(struct room *room, enum view_table table, const struct id *id,
    struct vrow *row)
{
	struct vkey key = VKEY_INIT;

	vkey_id(&key, id);
	return vrow_get(&room->snap, table, &key, row);
}

int
get_doc(struct room *room, const struct id *id, struct vrow *row,
    struct vdoc *doc)
{
	struct id whole = *id;
	int got;

	if (id->kind != ID_DOCUMENT)
		return 0;
	whole.part = 0;
	if ((got = get_row(room, VIEW_DOC, &whole, row)) != 1)
		return got;
	return vdoc_unpack(row->data.data, row->data.len, doc) == -1 ? -1 : 1;
}

int
get_client(struct room *room, const struct id *id, struct vrow *row,
    struct vclient *client)
{
	int got;

	if (id->kind != ID_CLIENT)
		return 0;
	if ((got = get_row(room, VIEW_CLIENT, id, row)) != 1)
		return got;
	return vclient_unpack(row->data.data, row->data.len, client) == -1 ?
	    -1 : 1;
}

int
get_case(struct room *room, const struct id *id, struct vrow *row,
    struct vcase *kase)
{
	int got;

	if (id->kind != ID_CASE)
		return 0;
	if ((got = get_row(room, VIEW_CASE, id, row)) != 1)
		return got;
	return vcase_unpack(row->data.data, row->data.len, kase) == -1 ?
	    -1 : 1;
}

int
get_contact(struct room *room, const struct id *id, struct vrow *row,
    struct vcontact *contact)
{
	int got;

	if (id->kind != ID_CONTACT)
		return 0;
	if ((got = get_row(room, VIEW_CONTACT, id, row)) != 1)
		return got;
	return vcontact_unpack(row->data.data, row->data.len, contact) == -1 ?
	    -1 : 1;
}

int
get_party(struct room *room, const struct id *scope, uint64_t seq,
    struct vrow *row, struct vparty *party)
{
	struct vkey key = VKEY_INIT;
	int got;

	vkey_id(&key, scope);
	vkey_u64(&key, seq);
	if ((got = vrow_get(&room->snap, VIEW_PARTY, &key, row)) != 1)
		return got;
	return vparty_unpack(row->data.data, row->data.len, party) == -1 ?
	    -1 : 1;
}

int
get_fact(struct room *room, const struct id *subject, uint64_t seq,
    struct vrow *row, struct vfact *fact)
{
	struct vkey key = VKEY_INIT;
	struct vcur cur;
	int got;

	vkey_id(&key, subject);
	vkey_u64(&key, seq);
	if ((got = vcur_open(&cur, &room->snap, VIEW_FACT, &key,
	    VCUR_ALL)) == -1 || (got = vcur_next(&cur)) != 1)
		goto out;
	row->made = cur.row.made;
	row->ended = cur.row.ended;
	buf_swap(&row->data, &cur.row.data);
	if (vfact_unpack(row->data.data, row->data.len, fact) == -1)
		got = -1;
out:
	vcur_close(&cur);
	return got;
}

int
get_filing(struct room *room, uint64_t seq, struct vrow *row)
{
	struct vkey key = VKEY_INIT;
	struct vcur cur;
	int got;

	vkey_u64(&key, seq);
	if ((got = vcur_open(&cur, &room->snap, VIEW_FILING, &key,
	    VCUR_ALL)) != -1 && (got = vcur_next(&cur)) == 1) {
		row->made = cur.row.made;
		row->ended = cur.row.ended;
		buf_swap(&row->data, &cur.row.data);
	}
	vcur_close(&cur);
	return got;
}

/*
 * Each entry that names a document made a version of it; the head of a set of
 * copies has versions of its copies' entries besides, which are passed over.
 */
int
doc_entries(struct room *room, const struct id *id, uint64_t kinds,
    told_fn *fn, void *arg)
{
	struct told told = TOLD_INIT;
	struct vkey key = VKEY_INIT;
	struct ventry ve;
	struct vcur cur;
	int got, ret = 0;

	_Static_assert(KIND_COUNT < 64, "kinds no longer fit their bits");
	vkey_id(&key, id);
	got = vcur_open(&cur, &room->snap, VIEW_DOC, &key,
	    VCUR_ALL | VCUR_KEYS);
	while (got != -1 && ret == 0 && (got = vcur_next(&cur)) == 1) {
		uint64_t seq = cur.row.made;

		if ((got = ventry_get(&room->snap, seq, &ve)) == -1)
			break;
		if (got == 0 || ve.kind >= KIND_COUNT ||
		    !(kinds & KIND_BIT(ve.kind)))
			continue;
		if ((got = room_must(told_get(room, seq, &told))) == 0 &&
		    id_equal(&told.entry.document, id))
			ret = fn(room, &told, arg);
	}
	vcur_close(&cur);
	told_release(&told);
	return got == -1 ? -1 : ret;
}

void
put_vstr(struct jw *w, const char *key, const struct vstr *s)
{
	jw_key(w, key);
	jw_strn(w, s->n > 0 ? s->p : "", s->n);
}

void
put_vstr_opt(struct jw *w, const char *key, const struct vstr *s)
{
	if (s->n > 0)
		put_vstr(w, key, s);
}

void
put_id(struct jw *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_MAX];

	jw_kstr_opt(w, key, id_text(id, text));
}

void
put_time(struct jw *w, const char *key, int64_t at)
{
	char text[WHEN_TEXT_MAX];

	if (at != WHEN_NONE)
		jw_kstr(w, key, when_text(at, text));
}

void
put_body_as(struct jw *w, const struct entry *entry, const char *field,
    const char *key)
{
	uint32_t tok = entry_get(entry, field);
	const char *span;
	size_t len;

	if (tok == JSON_NONE)
		return;
	span = json_span(&entry->json, tok, &len);
	jw_key(w, key);
	jw_raw(w, span, len);
}

void
put_body(struct jw *w, const struct entry *entry, const char *key)
{
	put_body_as(w, entry, key, key);
}
