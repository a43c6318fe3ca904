/* SPDX-License-Identifier: ISC */
/*
 * triage: what waits, what was set aside, what was filed by whom, and what
 * the doors refused.  All but places and numbers comes from the entries
 * themselves.
 */
#include "store/ask/room.h"

#include <string.h>

/* The id that a text member of a suggestion holds; ID_NONE if there is none. */
static int
member_id(const struct json *json, uint32_t obj, const char *key,
    struct id *id_r)
{
	struct buf text = BUF_INIT;
	int ret = 0;

	memset(id_r, 0, sizeof(*id_r));
	if (json_str(json, json_get(json, obj, key), &text) == 0 &&
	    (buf_failed(&text) || id_parse((const char *)text.data, text.len,
	    id_r) == -1))
		memset(id_r, 0, sizeof(*id_r));
	ret = buf_failed(&text) ? -1 : 0;
	buf_release(&text);
	return ret;
}

static void
put_member(struct jw *w, const struct json *json, uint32_t obj,
    const char *key)
{
	uint32_t tok = json_get(json, obj, key);
	const char *span;
	size_t len;

	if (tok == JSON_NONE)
		return;
	span = json_span(json, tok, &len);
	jw_key(w, key);
	jw_raw(w, span, len);
}

static int
put_suggestion(struct room *room, struct jw *w, const struct json *json,
    uint32_t obj)
{
	struct vrow row = VROW_INIT;
	struct vclient client;
	struct vcase kase;
	struct id id;
	int got;

	jw_object(w);
	put_member(w, json, obj, "case");
	if ((got = member_id(json, obj, "case", &id)) == -1 ||
	    (got = get_case(room, &id, &row, &kase)) == -1)
		goto out;
	if (got == 1)
		put_vstr(w, "case_title", &kase.title);
	put_member(w, json, obj, "certainty");
	put_member(w, json, obj, "client");
	if ((got = member_id(json, obj, "client", &id)) == -1 ||
	    (got = get_client(room, &id, &row, &client)) == -1)
		goto out;
	if (got == 1)
		put_vstr(w, "client_name", &client.name);
	put_member(w, json, obj, "rule");
	put_member(w, json, obj, "title");
	put_member(w, json, obj, "words");
	jw_end(w);
out:
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

int
put_suggestions(struct room *room, struct jw *w, const struct entry *entry)
{
	const struct json *json = &entry->json;
	uint32_t list = entry_get(entry, "suggestions"), tok;
	int ret = 0;

	jw_array(w);
	for (tok = json_first(json, list); ret == 0 && tok != JSON_NONE;
	    tok = json_after(json, list, tok))
		ret = put_suggestion(room, w, json, tok);
	jw_end(w);
	return ret;
}

static const struct vstr *
subject_of(const struct vdoc *doc)
{
	return doc->subject.n > 0 ? &doc->subject : doc->title.n > 0 ?
	    &doc->title : doc->note_text.n > 0 ? &doc->note_text :
	    &doc->filename;
}

static int64_t
waiting_days(const struct room *room, const struct vdoc *doc)
{
	return room->today <= doc->at ? 0 :
	    (room->today - doc->at) / WHEN_DAY;
}

/* told: the entry with the suggestions, or not decoded. */
static int
put_waiting(struct room *room, struct jw *w, struct vdoc *doc,
    const struct told *told)
{
	if (room_veil(room, doc) == -1)
		return -1;
	jw_object(w);
	put_time(w, "at", doc->at);
	put_vstr(w, "channel", &doc->channel);
	put_vstr(w, "direction", &doc->direction);
	put_vstr_opt(w, "from", &doc->from);
	put_id(w, "id", &doc->id);
	put_vstr(w, "kind", &doc->kind);
	put_vstr_opt(w, "subject", subject_of(doc));
	jw_key(w, "suggestions");
	if (!told->decoded) {
		jw_array(w);
		jw_end(w);
	} else if (put_suggestions(room, w, &told->entry) == -1) {
		return -1;
	}
	put_vstr_opt(w, "type", &doc->type);
	jw_kint(w, "waiting_days", waiting_days(room, doc));
	if (told->decoded)
		put_body(w, &told->entry, "why");
	jw_end(w);
	return 0;
}

int
put_triage(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vrow docrow = VROW_INIT;
	struct told told = TOLD_INIT;
	struct vdoc doc;
	struct id id;
	int ret = -1;

	id_from_key(row->key, &id);
	if (room_must(get_doc(room, &id, &docrow, &doc)) == -1)
		goto out;
	if (doc.triage_seq != 0 &&
	    told_get(room, doc.triage_seq, &told) == -1)
		goto out;
	ret = put_waiting(room, w, &doc, &told);
out:
	told_release(&told);
	vrow_release(&docrow);
	return ret;
}

int
put_aside(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vrow docrow = VROW_INIT;
	struct told told = TOLD_INIT;
	struct vdoc doc;
	struct id id;
	int ret = -1;

	id_from_key(row->key, &id);
	if (room_must(get_doc(room, &id, &docrow, &doc)) == -1 ||
	    room_must(told_get(room, row->made, &told)) == -1 ||
	    room_veil(room, &doc) == -1)
		goto out;
	jw_object(w);
	put_body(w, &told.entry, "as");
	put_time(w, "at", told.entry.at);
	jw_kstr(w, "by", told.entry.actor);
	put_id(w, "id", &id);
	put_body(w, &told.entry, "reason");
	put_body(w, &told.entry, "rule");
	put_vstr_opt(w, "subject", subject_of(&doc));
	jw_end(w);
	ret = 0;
out:
	told_release(&told);
	vrow_release(&docrow);
	return ret;
}

int
put_filed(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vrow docrow = VROW_INIT;
	struct told told = TOLD_INIT;
	struct vdoc doc;
	int got, ret = -1;

	if (room_must(told_get(room, row->made, &told)) == -1 ||
	    (got = get_doc(room, &told.entry.document, &docrow, &doc)) ==
	    -1 || (got == 1 && room_veil(room, &doc) == -1))
		goto out;
	jw_object(w);
	jw_kstr(w, "actor", told.entry.actor);
	put_time(w, "at", told.entry.at);
	put_id(w, "case", &told.entry.kase);
	put_body(w, &told.entry, "certainty");
	put_id(w, "client", &told.entry.client);
	put_id(w, "document", &told.entry.document);
	put_body(w, &told.entry, "main");
	put_body(w, &told.entry, "reason");
	put_body(w, &told.entry, "rule");
	jw_kint(w, "seq", (int64_t)told.entry.seq);
	jw_kstr(w, "state", row->ended == 0 ? "in-force" : "withdrawn");
	if (got == 1)
		put_vstr_opt(w, "subject", subject_of(&doc));
	if (got != 1 || !doc.veiled)
		put_body(w, &told.entry, "title");
	if (row->ended != 0)
		jw_kint(w, "withdrawn_by", (int64_t)row->ended);
	if (entry_get(&told.entry, "words") == JSON_NONE) {
		jw_key(w, "words");
		jw_array(w);
		jw_end(w);
	}
	put_body(w, &told.entry, "words");
	jw_end(w);
	ret = 0;
out:
	told_release(&told);
	vrow_release(&docrow);
	return ret;
}

int
put_refused(struct room *room, struct jw *w, uint64_t seq)
{
	struct told told = TOLD_INIT;
	int64_t count;
	int ret = -1;

	if (room_must(told_get(room, seq, &told)) == -1)
		goto out;
	count = json_int(&told.entry.json, entry_get(&told.entry, "count"), 1);
	jw_object(w);
	put_time(w, "at", told.entry.at);
	put_body(w, &told.entry, "channel");
	jw_kint(w, "count", count);
	put_body(w, &told.entry, "filename");
	put_body(w, &told.entry, "from");
	put_body(w, &told.entry, "peer");
	put_body(w, &told.entry, "reason");
	jw_kint(w, "seq", (int64_t)seq);
	put_body(w, &told.entry, "source");
	put_body(w, &told.entry, "to");
	jw_end(w);
	ret = 0;
out:
	told_release(&told);
	return ret;
}
