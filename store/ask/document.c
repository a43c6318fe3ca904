/* SPDX-License-Identifier: ISC */
/*
 * document: a document as a row of rows.txt, and what is told of one alone:
 * the body of its first arrival, its reading, its note, its corrections.
 */
#include "store/ask/room.h"

#include <errno.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "store/ask/bundle.h"

static const struct vfiling *
main_filing(const struct vdoc *doc)
{
	for (unsigned i = 0; i < doc->nfilings; i++)
		if (doc->filing[i].main)
			return &doc->filing[i];
	return doc->nfilings > 0 ? &doc->filing[0] : NULL;
}

static void
put_copies(struct jw *w, const struct vdoc *doc)
{
	char text[ID_TEXT_MAX];

	if (doc->ncopies == 0)
		return;
	jw_key(w, "copies");
	jw_array(w);
	for (unsigned i = 0; i < doc->ncopies; i++)
		jw_str(w, id_text(&doc->copy[i], text));
	jw_end(w);
}

static void
put_filings(struct jw *w, const struct vdoc *doc)
{
	jw_key(w, "filings");
	jw_array(w);
	for (unsigned i = 0; i < doc->nfilings; i++) {
		const struct vfiling *f = &doc->filing[i];

		jw_object(w);
		put_id(w, "case", &f->kase);
		put_id(w, "client", &f->client);
		jw_kbool(w, "main", f->main);
		jw_kint(w, "seq", (int64_t)f->seq);
		jw_end(w);
	}
	jw_end(w);
}

static void
put_to(struct jw *w, const struct vdoc *doc)
{
	unsigned n = doc->nto < VDOC_TO_MAX ? doc->nto : VDOC_TO_MAX;

	jw_key(w, "to");
	jw_array(w);
	for (unsigned i = 0; i < n; i++)
		jw_strn(w, doc->to[i].p, doc->to[i].n);
	jw_end(w);
	if (doc->nto > n)
		jw_kint(w, "to_more", doc->nto - n);
}

static void
put_bounce(struct jw *w, const struct vbounce *b)
{
	jw_object(w);
	put_time(w, "at", b->at);
	put_id(w, "document", &b->document);
	put_vstr_opt(w, "recipient", &b->recipient);
	put_vstr_opt(w, "status", &b->status);
	jw_end(w);
}

/* What a report says; of several recipients each. */
static void
put_reports(struct jw *w, const struct vdoc *doc)
{
	const struct vbounce *b = &doc->report;

	jw_key(w, "reports");
	jw_object(w);
	put_time(w, "at", b->at);
	put_id(w, "document", &b->document);
	put_vstr_opt(w, "recipient", &b->recipient);
	if (doc->nreported > 0) {
		jw_key(w, "recipients");
		jw_array(w);
	}
	for (unsigned i = 0; i < doc->nreported; i++) {
		jw_object(w);
		put_vstr_opt(w, "recipient", &doc->reported[i].recipient);
		put_vstr_opt(w, "status", &doc->reported[i].status);
		jw_end(w);
	}
	if (doc->nreported > 0)
		jw_end(w);
	put_vstr_opt(w, "status", &b->status);
	jw_end(w);
}

static void
put_not_delivered(struct jw *w, const struct vdoc *doc)
{
	if (!vdoc_undelivered(doc))
		return;
	jw_key(w, "not_delivered");
	jw_array(w);
	for (unsigned i = 0; i < doc->nbounces; i++)
		put_bounce(w, &doc->bounce[i]);
	jw_end(w);
}

static void
put_proofs(struct jw *w, const struct vdoc *doc)
{
	char text[ID_TEXT_MAX];

	put_id(w, "proof_of", &doc->proof_of);
	if (doc->nproofs == 0)
		return;
	jw_key(w, "proofs");
	jw_array(w);
	for (unsigned i = 0; i < doc->nproofs; i++)
		jw_str(w, id_text(&doc->proof[i], text));
	jw_end(w);
}

/* ---- what one answer has besides ------------------------------------ */

/* Who or which rule set it aside, and why. */
static int
put_aside_why(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	int ret = 0;

	if (doc->aside_seq == 0)
		return 0;
	ret = room_must(told_get(room, doc->aside_seq, &told));
	if (ret == 0) {
		jw_key(w, "aside_why");
		jw_object(w);
		put_time(w, "at", told.entry.at);
		jw_kstr(w, "by", told.entry.actor);
		put_body(w, &told.entry, "reason");
		put_body(w, &told.entry, "rule");
		jw_kint(w, "seq", (int64_t)told.entry.seq);
		jw_end(w);
	}
	told_release(&told);
	return ret;
}

/* What the domains of a mail's signatures vouch for, and when it was asked. */
static int
put_authentication(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	int ret;

	if (doc->vouched == 0)
		return 0;
	ret = room_must(told_get(room, doc->vouched, &told));
	if (ret == 0) {
		jw_key(w, "authentication");
		jw_object(w);
		put_body(w, &told.entry, "asked");
		put_body(w, &told.entry, "resolver");
		put_body(w, &told.entry, "results");
		jw_kint(w, "seq", (int64_t)told.entry.seq);
		jw_end(w);
	}
	told_release(&told);
	return ret;
}

/* What corrections make of a note: the last ones of the two fields. */
struct note_now {
	struct buf	at, text;	/* "" : as first stated */
};

static int
corrected(struct note_now *note, const struct entry *entry)
{
	uint32_t field = entry_get(entry, "field");
	struct buf *to = json_is(&entry->json, field, "note-at") ? &note->at :
	    json_is(&entry->json, field, "note-text") ? &note->text : NULL;

	if (to == NULL)
		return 0;
	buf_clear(to);
	return json_str(&entry->json, entry_get(entry, "value"), to);
}

struct correcting {
	struct jw	*w;
	struct note_now	*note;
};

static int
put_correction(struct room *room, const struct told *told, void *arg)
{
	const struct correcting *c = arg;
	const struct entry *entry = &told->entry;
	struct jw *w = c->w;

	(void)room;
	jw_object(w);
	jw_kstr(w, "actor", entry->actor);
	put_time(w, "at", entry->at);
	put_body(w, entry, "field");
	put_body(w, entry, "reason");
	jw_kint(w, "seq", (int64_t)entry->seq);
	put_body(w, entry, "value");
	put_body(w, entry, "was");
	jw_end(w);
	return corrected(c->note, entry);
}

static int
put_corrections(struct room *room, struct jw *w, const struct vdoc *doc,
    struct note_now *note)
{
	struct correcting c = { w, note };
	int ret = 0;

	jw_key(w, "corrections");
	jw_array(w);
	if (doc->corrections > 0)
		ret = doc_entries(room, &doc->id,
		    KIND_BIT(KIND_DOCUMENT_CORRECTED), put_correction, &c);
	jw_end(w);
	return ret;
}

/* The note as it now stands; `received` below keeps what was said first. */
static void
put_note(struct jw *w, const struct entry *entry, const struct note_now *now)
{
	const struct json *json = &entry->json;
	uint32_t note = entry_get(entry, "note"), key, value;
	size_t len;

	if (note == JSON_NONE)
		return;
	jw_key(w, "note");
	jw_object(w);
	for (key = json_first(json, note); key != JSON_NONE;
	    key = json_after(json, note, value)) {
		const struct buf *other = NULL;
		const char *span;
		char name[32];

		value = json_after(json, note, key);
		span = json_span(json, key, &len);
		if (len < 2 || len - 2 >= sizeof(name))
			continue;	/* no member of ours is that long */
		memcpy(name, span + 1, len - 2);
		name[len - 2] = '\0';
		if (strcmp(name, "at") == 0 && now->at.len > 0)
			other = &now->at;
		if (strcmp(name, "text") == 0 && now->text.len > 0)
			other = &now->text;
		jw_key(w, name);
		span = json_span(json, value, &len);
		if (other != NULL)
			jw_strn(w, (const char *)other->data, other->len);
		else
			jw_raw(w, span, len);
	}
	jw_end(w);
}

/* A reading that was too long for its entry lies in the derived series. */
static int
put_derived(struct room *room, struct jw *w, const struct entry *entry)
{
	uint8_t sha256[LOG_HASH_LEN];
	struct buf hex = BUF_INIT, text = BUF_INIT;
	struct blobr *blob = NULL;
	struct json json = { NULL, NULL, 0 };
	struct loc loc;
	uint64_t size;
	int ret = -1, got;

	if (json_str(&entry->json, entry_get(entry, "reading_sha256"),
	    &hex) == -1 || hex.len != 2 * sizeof(sha256) ||
	    text_unhex((const char *)hex.data, hex.len, sha256) == -1) {
		ret = 0;		/* there is none */
		goto out;
	}
	if ((got = vblob_get(room->views, &room->snap, sha256,
	    &loc, &size)) != 1 ||
	    size > LIMIT_READ_ANSWER) {
		ret = got == -1 ? -1 : 0;	/* dropped: made again later */
		goto out;
	}
	if ((blob = blob_open(room->log, &loc, room->trouble)) == NULL ||
	    blobr_read(blob, 0, size, &text, room->trouble) == -1) {
		room->told = 1;
		goto out;
	}
	if (buf_failed(&text) || json_parse(&json, (const char *)text.data,
	    text.len) == -1)
		goto out;
	jw_key(w, "reading");
	jw_raw(w, (const char *)text.data, text.len);
	ret = 0;
out:
	json_release(&json);
	blobr_free(blob);
	buf_release(&text);
	buf_release(&hex);
	return ret;
}

int
put_reading(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct told told = TOLD_INIT;
	int ret = 0;

	if (doc->read_seq == 0)
		return 0;
	if (told_get(room, doc->read_seq, &told) == -1)
		ret = -1;
	else if (!told.decoded)
		ret = 0;
	else if (entry_get(&told.entry, "reading") != JSON_NONE)
		put_body(w, &told.entry, "reading");
	else
		ret = put_derived(room, w, &told.entry);
	told_release(&told);
	return ret;
}

/* The members of one answer, those that stand between `from` and `to`. */
struct whole {
	struct told	received;
	struct note_now	note;
	struct buf	corrections;
};

static int
whole_get(struct room *room, const struct vdoc *doc, struct whole *whole)
{
	struct jw w;

	if (room_must(told_get(room, doc->seq, &whole->received)) == -1)
		return -1;
	/* Written apart: the note is needed before its place has come. */
	jw_init(&w, &whole->corrections);
	jw_object(&w);
	if (put_corrections(room, &w, doc, &whole->note) == -1)
		return -1;
	jw_end(&w);
	if (buf_failed(&whole->corrections)) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void
whole_release(struct whole *whole)
{
	told_release(&whole->received);
	buf_release(&whole->note.at);
	buf_release(&whole->note.text);
	buf_release(&whole->corrections);
}

static void
put_whole_corrections(struct jw *w, const struct whole *whole)
{
	static const char front[] = "{\"corrections\":";

	jw_key(w, "corrections");
	jw_raw(w, (const char *)whole->corrections.data + sizeof(front) - 1,
	    whole->corrections.len - (sizeof(front) - 1) - 1);
}

/* ---- the row -------------------------------------------------------- */

static int
put_front(struct room *room, struct jw *w, const struct vdoc *doc,
    const struct whole *whole)
{
	const struct vfiling *main = main_filing(doc);
	const struct varrival *first;
	uint64_t total;

	(void)vdoc_arrivals(doc, &first, &total);
	jw_kint(w, "arrivals", (int64_t)total);
	put_vstr_opt(w, "aside", &doc->aside);
	if (whole != NULL && put_aside_why(room, w, doc) == -1)
		return -1;
	put_time(w, "at", doc->at);
	if (whole != NULL && put_authentication(room, w, doc) == -1)
		return -1;
	put_time(w, "captured_at", doc->at);
	if (main != NULL)
		put_id(w, "case", &main->kase);
	put_vstr(w, "channel", &doc->channel);
	if (main != NULL)
		put_id(w, "client", &main->client);
	put_copies(w, doc);
	put_id(w, "copy_of", &doc->copy_of);
	if (whole != NULL)
		put_whole_corrections(w, whole);
	put_vstr_opt(w, "delivery", &doc->delivery);
	put_vstr(w, "direction", &doc->direction);
	put_vstr_opt(w, "fax_number", &doc->fax_number);
	if (doc->fax_pages > 0)
		jw_kint(w, "fax_pages", (int64_t)doc->fax_pages);
	put_vstr_opt(w, "fax_result", &doc->fax_result);
	put_vstr_opt(w, "filename", &doc->filename);
	put_filings(w, doc);
	put_vstr_opt(w, "from", &doc->from);
	put_time(w, "happened_at", doc->happened.at);
	jw_kstr(w, "happened_from", vfrom_name(doc->happened_from));
	jw_kstr(w, "happened_precision",
	    vprecision_name(doc->happened.precision));
	if (doc->veiled)
		jw_kstr(w, "hidden", mark_name(2));
	put_id(w, "id", &doc->id);
	put_vstr(w, "kind", &doc->kind);
	jw_kstr(w, "lane", lane_name(doc->lane));
	if (doc->machine)
		jw_kbool(w, "machine", 1);
	put_marks(w, doc->marks);
	put_not_delivered(w, doc);
	return 0;
}

static int
put_back(struct room *room, struct jw *w, const struct vdoc *doc, int one)
{
	if (doc->is_report)
		put_reports(w, doc);
	put_vstr_opt(w, "sent_by", &doc->sent_by);
	jw_kint(w, "seq", (int64_t)doc->seq);
	if (!doc->veiled) {
		jw_key(w, "sha256");
		jw_hex(w, doc->sha256, sizeof(doc->sha256));
	}
	if (one && put_shares(room, w, doc) == -1)
		return -1;
	if (!doc->veiled)
		jw_kint(w, "size", (int64_t)doc->size);
	jw_kstr(w, "state", vstate_name(doc->state));
	jw_kstr(w, "status", vstatus_name(doc->status));
	put_vstr_opt(w, "subject", doc->subject.n > 0 ? &doc->subject :
	    doc->title.n > 0 ? &doc->title : &doc->note_text);
	put_to(w, doc);
	put_vstr_opt(w, "tracking", &doc->tracking);
	put_vstr_opt(w, "type", &doc->type);
	put_time(w, "written_at", doc->written.at);
	return 0;
}

int
put_document(struct room *room, struct jw *w, const struct vdoc *doc, int one)
{
	struct whole whole = { TOLD_INIT, { BUF_INIT, BUF_INIT }, BUF_INIT };
	struct vdoc shown;
	int ret = -1;

	if (room->veil) {
		shown = *doc;
		if (room_veil(room, &shown) == -1)
			return -1;
		doc = &shown;
		one = one && !doc->veiled;
	}
	if (one && whole_get(room, doc, &whole) == -1)
		goto out;
	jw_object(w);
	if (put_front(room, w, doc, one ? &whole : NULL) == -1)
		goto out;
	if (one)
		put_note(w, &whole.received.entry, &whole.note);
	put_proofs(w, doc);
	if (one && put_reading(room, w, doc) == -1)
		goto out;
	put_vstr_opt(w, "reason", &doc->reason);
	if (one) {
		size_t len;
		const char *body = json_span(&whole.received.entry.json,
		    whole.received.entry.body, &len);

		jw_key(w, "received");
		jw_raw(w, body, len);
	}
	if (put_back(room, w, doc, one) == -1)
		goto out;
	jw_end(w);
	ret = 0;
out:
	whole_release(&whole);
	return ret;
}
