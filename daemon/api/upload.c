/* SPDX-License-Identifier: ISC */
/*
 * upload: POST /documents and the receipt.  Bytes go on into the intake as
 * they come; 201 is said when the log has said LOG_DONE, never before.
 */
#include "daemon/api/upload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/intake/intake.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

struct upload {
	struct call	*call;
	struct intake	*intake;	/* NULL once committed */
	uint64_t	 size;
	const char	*source;	/* of the query, or "api" */
	char		 said[128];	/* the source, kept for the receipt */
};

static void
upload_free(void *arg)
{
	struct upload *up = arg;

	intake_free(up->intake);
	free(up);
}

struct upload *
upload_new(struct call *call, const char *channel, const char *source)
{
	struct upload *up;

	if (call_closed(call))
		return NULL;
	if ((up = calloc(1, sizeof *up)) == NULL || (up->intake =
	    intake_new(call->store, call->caller.actor, channel, source)) ==
	    NULL) {
		free(up);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return NULL;
	}
	up->call = call;
	(void)snprintf(up->said, sizeof up->said, "%s", source);
	call->state = up;
	call->state_free = upload_free;
	return up;
}

struct intake *
upload_intake(struct upload *up)
{
	return up->intake;
}

int
upload_place(struct upload *up, const struct id *client,
    const struct id *kase)
{
	struct known_case known;

	if (kase->kind != ID_NONE) {
		if (known_case(up->call->store, kase, &known) != 1)
			return -1;
		return intake_file(up->intake, &known.client, kase, "person",
		    NULL, NULL, NULL);
	}
	if (client->kind == ID_NONE)
		return 0;
	return intake_file(up->intake, client, NULL, "person", NULL, NULL,
	    NULL);
}

/* ---- bytes and the receipt -------------------------------------------- */

void
upload_bytes(struct upload *up, const void *data, size_t len)
{
	if (intake_bytes(up->intake, data, len) == 0)
		return;
	call_outcome(up->call, errno == ENOSPC ? LOG_NO_SPACE : LOG_DEAD);
}

void
receipt_write(struct buf *out, struct call *call, const struct receipt *r,
    uint64_t size, const char *source)
{
	char at[WHEN_TEXT_MAX], id[ID_TEXT_MAX];
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kbool(&w, "again", r->again);
	jw_kstr(&w, "at", when_text(r->at, at));
	jw_key(&w, "chain");
	jw_hex(&w, r->chain, LOG_HASH_LEN);
	jw_kstr(&w, "document", id_text(&r->number, id));
	jw_kint(&w, "seq", (int64_t)r->seq);
	jw_key(&w, "sha256");
	jw_hex(&w, r->sha256, LOG_HASH_LEN);
	jw_kint(&w, "size", (int64_t)size);
	jw_kstr(&w, "source", source);
	jw_key(&w, "store");
	jw_hex(&w, log_store_id(store_log(call->store)), 16);
	jw_end(&w);
}

static void
upload_kept(struct upload *up, const struct receipt *r)
{
	struct call *call = up->call;
	struct buf row = BUF_INIT;
	char id[ID_TEXT_MAX], path[64];

	receipt_write(&row, call, r, up->size, up->said);
	(void)snprintf(path, sizeof path, "/api/v1/documents/%s",
	    id_text(&r->number, id));
	call_head(call, "Location", path);
	call_row(call, r->seq, &row);
	buf_release(&row);
}

static void
upload_done(void *arg, enum log_outcome outcome, const struct receipt *r)
{
	struct upload *up = arg;
	struct call *call = up->call;

	if (!call_release(call))
		return;
	if (outcome == LOG_DONE || outcome == LOG_REPEATED)
		upload_kept(up, r);
	else
		call_outcome(call, outcome);
}

void
upload_commit(struct upload *up)
{
	struct call *call = up->call;
	struct intake *intake = up->intake;

	up->size = intake_size(intake);
	if (call->key.len > 0 &&
	    intake_key(intake, buf_str(&call->key)) == -1) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	up->intake = NULL;
	call_hold(call);
	if (intake_commit(intake, upload_done, up) == 0)
		return;
	if (call_release(call))
		call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_STATEMENT,
		    strerror(errno));
}

/* ---- POST /documents -------------------------------------------------- */

static int
upload_word(struct call *call, const char *name, const char *words)
{
	const char *value = call_query(call, name), *p;
	size_t n;

	if (value == NULL)
		return 0;
	n = strlen(value);
	for (p = words; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, value, n) == 0)
			return 0;
		p += len;
	}
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, name, value,
	    words);
	return -1;
}

static int
upload_texts(struct call *call, struct intake *intake)
{
	static const char *names[] = { "kind", "title", "filename", "from",
	    "direction", "sent_by", "tracking" };
	static const char *dates[] = { "modified", "dated", "received",
	    "sent" };
	const char *to = call_query(call, "to");
	char room[CALL_ZONED];
	struct buf list = BUF_INIT;
	struct jw w;
	int rc = 0;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (intake_text(intake, names[i],
		    call_query(call, names[i])) == -1)
			return -1;
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++)
		if (intake_text(intake, dates[i],
		    call_zoned(call_query(call, dates[i]), room)) == -1)
			return -1;
	if (to == NULL)
		return 0;
	jw_init(&w, &list);
	jw_array(&w);
	jw_str(&w, to);
	jw_end(&w);
	rc = intake_set(intake, "to", buf_str(&list), list.len);
	buf_release(&list);
	return rc;
}

/*
 * What we sent by somebody went out, whether or not that was said too.
 * 0 or -1: answered.
 */
static int
upload_sent(struct call *call)
{
	const char *direction = call_query(call, "direction");

	if (upload_word(call, "sent_by", "post courier hand") == -1)
		return -1;
	if ((call_query(call, "sent_by") == NULL && call_query(call,
	    "tracking") == NULL && call_query(call, "proof") == NULL) ||
	    (direction != NULL && strcmp(direction, "out") == 0))
		return 0;
	if (direction == NULL)
		direction = "unknown";
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, "direction",
	    direction, "out");
	return -1;
}

/* The slip that proves it goes where the letter goes. */
static int
upload_proof(struct upload *up, const struct id *slip,
    const struct id *client, const struct id *kase)
{
	const struct id *place = kase->kind != ID_NONE ? kase : client;
	struct known_filing filing[KNOWN_MAX];
	int n, there = place->kind == ID_NONE;

	if (slip->kind == ID_NONE)
		return 0;
	if ((n = known_filings(up->call->store, slip, filing)) == -1)
		return -1;
	for (int i = 0; i < n && i < KNOWN_MAX; i++)
		there |= id_equal(place, filing[i].kase.kind != ID_NONE ?
		    &filing[i].kase : &filing[i].client);
	return intake_proof(up->intake, slip, !there, n == 0);
}

static int
upload_source(struct call *call, const char **source_r)
{
	*source_r = call_query(call, "source");
	if (*source_r == NULL) {
		*source_r = "api";
		return 0;
	}
	if (strncmp(*source_r, "import:", 7) == 0 && strlen(*source_r) < 100)
		return 0;
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, "source",
	    *source_r, "import:NAME");
	return -1;
}

int
documents_begin(struct call *call)
{
	const char *channel = call_query(call, "channel"), *source;
	struct id kase, client, slip;
	struct upload *up;

	if (upload_word(call, "channel",
	    "email fax post hand web message import") == -1 ||
	    upload_word(call, "direction",
	    "in out internal between unknown") == -1 ||
	    upload_sent(call) == -1 ||
	    upload_source(call, &source) == -1 ||
	    call_id(call, "proof", ID_BIT(ID_DOCUMENT), &slip) == -1 ||
	    call_id(call, "case", ID_BIT(ID_CASE), &kase) == -1 ||
	    call_id(call, "client", ID_BIT(ID_CLIENT), &client) == -1)
		return -1;
	up = upload_new(call, channel != NULL ? channel : "post", source);
	if (up == NULL)
		return -1;
	if (upload_texts(call, up->intake) == 0 &&
	    upload_place(up, &client, &kase) == 0 &&
	    upload_proof(up, &slip, &client, &kase) == 0)
		return 0;
	call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	return -1;
}

void
documents_bytes(struct call *call, const void *data, size_t len)
{
	upload_bytes(call->state, data, len);
}

void
documents_add(struct call *call)
{
	struct upload *up = call->state;
	struct refusal refusal = { .channel = "api", .source = up->said,
	    .reason = say_text(LANG_EN, SAY_API_D_EMPTY),
	    .peer = call->caller.actor,
	    .filename = call_query(call, "filename") };

	if (intake_size(up->intake) > 0) {
		upload_commit(up);
		return;
	}
	intake_refuse(call->store, &refusal);
	call_fail(call, PROBLEM_INVALID, SAY_API_D_EMPTY);
}
