/* SPDX-License-Identifier: ISC */
/*
 * notes: a call, meeting, visit, video talk or message, written down by a
 * person.  The note becomes a document of its own: its bytes are a plain
 * text with what was stated, one "name: value" a line, an empty line, and
 * what was said; the same stands as fields in the entry.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/api/upload.h"
#include "daemon/intake/intake.h"
#include "proto/base/json.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define NOTE_TYPES "call meeting visit video message"

/* When it was, as stated; now when nothing was. */
static const char *
note_at(struct call *call, char room[CALL_ZONED])
{
	const char *at = call_text(call, "at");

	return at != NULL ? call_zoned(at, room) :
	    when_short((int64_t)time(NULL) * WHEN_SECOND, room);
}

static void
note_field(struct call *call, struct jw *w, const char *key,
    const char *member)
{
	jw_kstr_opt(w, key, call_text(call, member));
}

static void
note_json(struct call *call, struct buf *out, const char *at)
{
	int64_t minutes;
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	note_field(call, &w, "agreed", "agreed");
	jw_kstr(&w, "at", at);
	note_field(call, &w, "direction", "direction");
	if (call_int(call, "minutes", &minutes))
		jw_kint(&w, "minutes", minutes);
	note_field(call, &w, "next", "next");
	note_field(call, &w, "number", "number");
	note_field(call, &w, "result", "result");
	note_field(call, &w, "text", "note");
	note_field(call, &w, "type", "type");
	if (call_count(call, "with") > 0) {
		jw_key(&w, "with");
		jw_array(&w);
		for (unsigned i = 0; i < call_count(call, "with"); i++)
			jw_str(&w, call_item(call, "with", i));
		jw_end(&w);
	}
	jw_end(&w);
}

static void
note_line(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_adds(out, name);
	buf_adds(out, ": ");
	buf_adds(out, value);
	buf_adds(out, "\n");
}

static void
note_text(struct call *call, struct buf *out, const char *at)
{
	int64_t minutes;
	char text[24];

	note_line(out, "type", call_text(call, "type"));
	note_line(out, "at", at);
	note_line(out, "direction", call_text(call, "direction"));
	for (unsigned i = 0; i < call_count(call, "with"); i++)
		note_line(out, "with", call_item(call, "with", i));
	note_line(out, "number", call_text(call, "number"));
	if (call_int(call, "minutes", &minutes)) {
		(void)snprintf(text, sizeof text, "%lld", (long long)minutes);
		note_line(out, "minutes", text);
	}
	note_line(out, "result", call_text(call, "result"));
	note_line(out, "agreed", call_text(call, "agreed"));
	note_line(out, "next", call_text(call, "next"));
	note_line(out, "written by", call->caller.actor);
	buf_adds(out, "\n");
	buf_adds(out, call_text(call, "note"));
	buf_adds(out, "\n");
}

static int
note_check(struct call *call)
{
	struct id kase, client;

	(void)call_word(call, "type", NOTE_TYPES);
	(void)call_word(call, "direction", "in out");
	if (call_text(call, "case") != NULL &&
	    call_text(call, "client") != NULL)
		call_error(call, "/client", "not-both", SAY_API_E_NOT_BOTH,
		    "case", "client");
	if (call_failed(call))
		return -1;
	if (call_id(call, "case", ID_BIT(ID_CASE), &kase) == -1 ||
	    call_id(call, "client", ID_BIT(ID_CLIENT), &client) == -1)
		return -1;
	return 0;
}

void
notes_add(struct call *call)
{
	struct buf json = BUF_INIT, text = BUF_INIT;
	char room[CALL_ZONED];
	const char *at = NULL;
	struct upload *up;
	struct id kase, client;
	int ok;

	if (note_check(call) == -1 ||
	    (up = upload_new(call, "note", "api")) == NULL)
		return;
	at = note_at(call, room);
	note_json(call, &json, at);
	note_text(call, &text, at);
	ok = !buf_failed(&text) && !buf_failed(&json) &&
	    call_id(call, "case", ID_BIT(ID_CASE), &kase) != -1 &&
	    call_id(call, "client", ID_BIT(ID_CLIENT), &client) != -1 &&
	    intake_set(upload_intake(up), "note", buf_str(&json),
	    json.len) == 0 && upload_place(up, &client, &kase) == 0;
	if (ok)
		upload_bytes(up, text.data, text.len);
	else
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	buf_release(&json);
	buf_release(&text);
	if (call->reply.status == 0)
		upload_commit(up);
}
