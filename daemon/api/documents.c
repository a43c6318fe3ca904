/* SPDX-License-Identifier: ISC */
/*
 * documents: lists of documents, single ones, their bytes and receipts, and
 * corrections of what is stated of them.  Taking them in is upload.c.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/change.h"
#include "daemon/api/filings.h"
#include "daemon/api/list.h"
#include "daemon/api/parts.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define RAW_SLICE (128u << 10)

/* ---- reading ---------------------------------------------------------- */

/* A parameter that has one word: 1 it is there, 0, -1 answered. */
static int
documents_word(struct call *call, const char *name, const char *word)
{
	const char *value = call_query(call, name);

	if (value == NULL)
		return 0;
	if (strcmp(value, word) == 0)
		return 1;
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, name, value,
	    word);
	return -1;
}

static void
documents_list_now(struct call *call)
{
	struct ask_query q;
	struct id of;

	list_query(&q, ASK_DOCUMENTS);
	if ((q.copies = documents_word(call, "copies", "each")) == -1 ||
	    (q.undelivered = documents_word(call, "only", "not-delivered")) ==
	    -1)
		return;
	for (int i = 0; i < 2; i++) {
		static const char *name[] = { "case", "client" };
		static const unsigned kind[] = { ID_BIT(ID_CASE),
		    ID_BIT(ID_CLIENT) };
		int got = call_id(call, name[i], kind[i], &of);

		if (got == -1)
			return;
		if (got == 1)
			q.of[q.nof++] = of;
	}
	if (call_as_known(call, &q.as_known) == 0)
		list_answer(call, &q);
}

void
documents_list(struct call *call)
{
	call_query_after(call, documents_list_now);
}

void
documents_one(struct call *call)
{
	uint64_t as_known;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == 1 &&
	    call_as_known(call, &as_known) == 0)
		call_thing(call, &id, as_known);
}

/* Hands a question about one document on. */
typedef int documents_ask_fn(struct store *, const struct id *, struct buf *,
	    struct trouble *);

static int
documents_ask(struct call *call, documents_ask_fn *fn, struct buf *out)
{
	struct trouble trouble;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1)
		return -1;
	if (fn(call->store, &id, out, &trouble) != -1)
		return 0;
	call_trouble(call, &trouble);
	return -1;
}

void
documents_why(struct call *call)
{
	struct buf row = BUF_INIT;
	uint64_t position = store_applied(call->store);

	if (documents_ask(call, ask_why, &row) == 0)
		call_row(call, position, &row);
	buf_release(&row);
}

void
documents_receipt(struct call *call)
{
	struct buf rows = BUF_INIT;
	uint64_t position = store_applied(call->store);

	if (documents_ask(call, ask_receipts, &rows) == 0)
		list_rows(call, position, &rows);
	buf_release(&rows);
}

/* ---- the bytes -------------------------------------------------------- */

struct raw {
	struct source	 source;	/* first */
	struct blobr	*blob;
	uint64_t	 at, size;
};

static int
raw_more(struct source *source, struct buf *out)
{
	struct raw *raw = (struct raw *)source;
	uint64_t left = raw->size - raw->at;
	size_t n = left < RAW_SLICE ? (size_t)left : RAW_SLICE;
	size_t before = out->len;

	if (n > 0 && blobr_read(raw->blob, raw->at, n, out, NULL) == -1)
		return -1;
	if (n > 0 && out->len == before)
		return -1;
	raw->at += out->len - before;
	return raw->at < raw->size;
}

static void
raw_free(struct source *source)
{
	struct raw *raw = (struct raw *)source;

	blobr_free(raw->blob);
	free(raw);
}

void
documents_raw_heads(struct call *call, const struct id *id,
    const uint8_t *sha256)
{
	struct buf value = BUF_INIT;
	char text[ID_TEXT_MAX];

	/* Whatever the bytes are, nobody's browser runs them. */
	call_head(call, "Content-Security-Policy",
	    "sandbox; default-src 'none'");
	buf_adds(&value, "attachment; filename=\"");
	buf_adds(&value, id_text(id, text));
	buf_adds(&value, "\"");
	call_head(call, "Content-Disposition", buf_str(&value));
	if (sha256 != NULL) {
		buf_clear(&value);
		buf_addc(&value, '"');
		buf_addhex(&value, sha256, LOG_HASH_LEN);
		buf_addc(&value, '"');
		call_head(call, "ETag", buf_str(&value));
		buf_clear(&value);
		buf_adds(&value, "sha-256=:");
		text_base64(&value, sha256, LOG_HASH_LEN);
		buf_adds(&value, ":");
		call_head(call, "Repr-Digest", buf_str(&value));
	}
	buf_release(&value);
}

void
documents_raw(struct call *call)
{
	uint8_t sha256[LOG_HASH_LEN];
	struct trouble trouble;
	struct raw *raw;
	struct loc loc;
	uint64_t size;
	struct id id;

	if (id_parse(buf_str(&call->path_id), call->path_id.len, &id) == 0 &&
	    id.kind == ID_DOCUMENT && id.part != 0) {
		parts_raw(call, &id);
		return;
	}
	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1)
		return;
	if ((raw = calloc(1, sizeof *raw)) == NULL) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	raw->source.more = raw_more;
	raw->source.free = raw_free;
	if (ask_blob(call->store, &id, &loc, sha256, &size, &trouble) != 1 ||
	    (raw->blob = blob_open(store_log(call->store), &loc, &trouble)) ==
	    NULL) {
		raw_free(&raw->source);
		call_trouble(call, &trouble);
		return;
	}
	raw->size = blobr_size(raw->blob);
	documents_raw_heads(call, &id, sha256);
	call_stream(call, "application/octet-stream", &raw->source,
	    raw->size);
}

/* ---- corrections ------------------------------------------------------ */

static void
documents_done(struct call *call, struct change *change)
{
	struct id id;

	(void)change;
	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == 1)
		call_thing(call, &id, 0);
}

/* Fields whose value is a date. */
static int
documents_dated(const char *field)
{
	return strcmp(field, "dated") == 0 || strcmp(field, "received") == 0 ||
	    strcmp(field, "sent") == 0 || strcmp(field, "note-at") == 0;
}

static int
documents_value(struct call *call, const char *field, const char *value)
{
	struct when when;
	size_t max = strcmp(field, "note-text") == 0 ? LIMIT_NOTE :
	    LIMIT_TITLE;
	char limit[24];

	(void)snprintf(limit, sizeof limit, "%zu", max);
	if (documents_dated(field) &&
	    when_parse(value, strlen(value), &when) == -1)
		call_error(call, "/value", "date", SAY_API_E_DATE, "value");
	else if (strlen(value) > max)
		call_error(call, "/value", "too-long", SAY_API_E_LONG,
		    "value", limit);
	else if (strcmp(field, "direction") == 0)
		(void)call_word(call, "value",
		    "in out internal between unknown");
	return call_failed(call) ? -1 : 0;
}

/* The member of document.received that a field of a correction is. */
static void
documents_was(struct call *call, const struct id *id, const char *field,
    struct buf *was)
{
	struct buf row = BUF_INIT;
	uint32_t tok = 0;
	struct json json;
	char name[32];

	if (ask_one(call->store, id, 0, &row, NULL) != 1 ||
	    json_parse(&json, buf_str(&row), row.len) == -1) {
		buf_release(&row);
		return;
	}
	(void)snprintf(name, sizeof name, "%s", field);
	if (strncmp(field, "note-", 5) == 0) {
		tok = json_get(&json, 0, "note");
		(void)snprintf(name, sizeof name, "%s", field + 5);
	} else if (strcmp(field, "dated") == 0)
		(void)snprintf(name, sizeof name, "written_at");
	else if (strcmp(field, "received") == 0 || strcmp(field, "sent") == 0)
		(void)snprintf(name, sizeof name, "happened_at");
	else if (strcmp(field, "title") == 0)
		(void)snprintf(name, sizeof name, "subject");
	tok = json_get(&json, tok, name);
	if (json_first(&json, tok) != JSON_NONE)
		tok = json_first(&json, tok);
	(void)json_str(&json, tok, was);
	if (strcmp(name, "happened_at") == 0 && json_is(&json,
	    json_get(&json, 0, "happened_precision"), "date"))
		was->len = strlen("2026-03-02");
	json_release(&json);
	buf_release(&row);
}

void
documents_correct(struct call *call)
{
	struct draft d = { .kind = KIND_DOCUMENT_CORRECTED };
	struct buf body = BUF_INIT, was = BUF_INIT;
	struct change *change;
	char room[CALL_ZONED];
	const char *value;
	struct id id;
	struct jw w;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1)
		return;
	if (!call_word(call, "field", "dated received sent kind title "
	    "direction from to note-at note-text delivery")) {
		(void)call_failed(call);
		return;
	}
	if (documents_value(call, call_text(call, "field"),
	    call_text(call, "value")) == -1)
		return;
	if ((change = change_new(call)) == NULL)
		return;
	documents_was(call, &id, call_text(call, "field"), &was);
	value = call_text(call, "value");
	if (documents_dated(call_text(call, "field")))
		value = call_zoned(value, room);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "field", call_text(call, "field"));
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_kstr(&w, "value", value);
	jw_kstr_opt(&w, "was", buf_str(&was));
	jw_end(&w);
	buf_release(&was);
	d.client = d.kase = d.contact = d.staff = REF_NONE;
	d.document = REF_ID(id);
	(void)change_draft(change, &d, &body);
	change_send(change, documents_done);
}

/* ---- ties ------------------------------------------------------------- */

void
documents_link(struct call *call)
{
	struct draft d = { .kind = KIND_DOCUMENT_LINKED };
	struct buf body = BUF_INIT;
	struct change *change;
	char text[ID_TEXT_MAX];
	struct id id, other;
	struct jw w;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1)
		return;
	if (!call_word(call, "as", "copy-of proof-of-sending")) {
		(void)call_failed(call);
		return;
	}
	if (call_id(call, "other", ID_BIT(ID_DOCUMENT), &other) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	if (id_equal(&id, &other))
		change_refuse(change, PROBLEM_STATE, SAY_API_S_ITSELF,
		    id_text(&id, text));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", call_text(call, "as"));
	jw_kstr(&w, "other", id_text(&other, text));
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_kstr(&w, "why", "person");
	jw_end(&w);
	d.client = d.kase = d.contact = d.staff = REF_NONE;
	d.document = REF_ID(id);
	(void)change_draft(change, &d, &body);
	change_send(change, documents_done);
}

/* ---- filed wrongly ---------------------------------------------------- */

void
documents_misfiled(struct call *call)
{
	struct known_filing filing[KNOWN_MAX];
	struct change *change;
	struct id id, from;
	int n, found = 0;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1 ||
	    call_id(call, "from", CALL_SCOPE, &from) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	n = known_filings(call->store, &id, filing);
	for (int i = 0; i < n && i < KNOWN_MAX; i++) {
		if (!id_equal(&from, filings_place(&filing[i])))
			continue;
		filings_withdraw(change, &id, &filing[i], "misfiled",
		    call_text(call, "reason"));
		found = 1;
	}
	if (!found)
		filings_none(change, &id, &from);
	change_send(change, documents_done);
}
