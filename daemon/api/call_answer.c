/* SPDX-License-Identifier: ISC */
/*
 * call_answer: what a handler answers: a row, a stream, or a problem.
 */
#include "daemon/api/call.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/json.h"
#include "store/ask/ask.h"

void
call_head(struct call *call, const char *name, const char *value)
{
	struct buf *head = &call->reply.head;

	buf_adds(head, name);
	buf_adds(head, ": ");
	buf_adds(head, value);
	buf_adds(head, "\r\n");
}

static void
call_done(struct call *call)
{
	void (*notify)(void *, struct call *) = call->notify;

	call->notify = NULL;
	if (notify != NULL)
		notify(call->arg, call);
}

void
call_answer(struct call *call, int status, const char *type, struct buf *body)
{
	if (buf_failed(body)) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	call->reply.status = status;
	call->reply.type = type;
	buf_swap(&call->reply.body, body);
	call->reply.length = call->reply.body.len;
	call_done(call);
}

/* The "version" of a row is its ETag. */
static void
call_etag(struct call *call, struct buf *row)
{
	struct json json;
	int64_t version;
	char etag[32];

	if (json_parse(&json, buf_str(row), row->len) == -1)
		return;
	version = json_int(&json, json_get(&json, 0, "version"), 0);
	json_release(&json);
	if (version <= 0)
		return;
	(void)snprintf(etag, sizeof etag, "\"%lld\"", (long long)version);
	call_head(call, "ETag", etag);
}

void
call_row(struct call *call, uint64_t position, struct buf *row)
{
	struct buf body = BUF_INIT;

	if (buf_failed(row)) {
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	if (strcmp(call->row->answer, "status") != 0)
		call_etag(call, row);
	buf_adds(&body, "{\"position\":");
	buf_addu(&body, position);
	buf_adds(&body, ",\"row\":");
	buf_add(&body, row->data, row->len);
	buf_adds(&body, "}\n");
	call->position = position;
	call_answer(call, call->row->status, "application/json", &body);
	buf_release(&body);
}

void
call_stream(struct call *call, const char *type, struct source *source,
    uint64_t length)
{
	call->reply.status = call->row->status;
	call->reply.type = type;
	call->reply.source = source;
	call->reply.length = length;
	call_done(call);
}

void
call_thing(struct call *call, const struct id *id, uint64_t as_known)
{
	struct trouble trouble;
	struct buf row = BUF_INIT;
	char text[ID_TEXT_MAX];
	uint64_t position = store_applied(call->store);
	int got;

	if (as_known != 0 && as_known < position)
		position = as_known;
	got = ask_one_past(call->store, id, position, &row, &trouble);
	if (got == 1)
		call_row(call, position, &row);
	else if (got == 0)
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND,
		    id_text(id, text));
	else
		call_trouble(call, &trouble);
	buf_release(&row);
}

static void
call_problem(struct call *call, enum problem problem, const char *detail)
{
	struct problem_report report = {
		.problem = problem,
		.status = call->reply.status,
		.detail = detail,
		.errors = call->error,
		.nerrors = call->nerrors,
		.position = call->position,
		.request_id = call->number,
	};
	struct buf body = BUF_INIT;

	problem_write(&body, call->lang, &report);
	call->reply.status = report.status != 0 ? report.status :
	    problem_status(problem);
	call->reply.type = "application/problem+json";
	buf_swap(&call->reply.body, &body);
	call->reply.length = call->reply.body.len;
	buf_release(&body);
	call_done(call);
}

void
call_fail_with(struct call *call, enum problem problem, enum say_key key,
    const char *const args[], size_t nargs)
{
	struct buf detail = BUF_INIT;

	say_to(&detail, call->lang, key, args, nargs);
	call_problem(call, problem, buf_str(&detail));
	buf_release(&detail);
}

void
call_error_with(struct call *call, const char *pointer, const char *code,
    enum say_key key, const char *const args[], size_t nargs)
{
	struct problem_error *e = &call->error[call->nerrors];

	if (call->nerrors == CALL_ERRORS_MAX)
		return;
	buf_init(&e->detail);
	if ((e->pointer = strdup(pointer)) == NULL)
		return;
	e->code = code;
	say_to(&e->detail, call->lang, key, args, nargs);
	call->nerrors++;
}

int
call_failed(struct call *call)
{
	if (call->nerrors == 0)
		return 0;
	call_fail(call, PROBLEM_INVALID, SAY_API_D_INVALID);
	return 1;
}

void
call_trouble(struct call *call, const struct trouble *trouble)
{
	struct buf detail = BUF_INIT;

	trouble_say(&detail, call->lang, trouble);
	call_problem(call, PROBLEM_INTERNAL, buf_str(&detail));
	buf_release(&detail);
}

void
call_outcome(struct call *call, enum log_outcome outcome)
{
	switch (outcome) {
	case LOG_MISMATCH:
		call_fail(call, PROBLEM_KEY_REUSED, SAY_API_D_INVALID);
		break;
	case LOG_CONFLICT:
		call_fail(call, PROBLEM_CONFLICT, SAY_API_D_CONFLICT);
		break;
	case LOG_NO_SPACE:
		call_problem(call, PROBLEM_NO_SPACE, NULL);
		break;
	default:
		if (!call_closed(call))
			call_problem(call, PROBLEM_DEAD, NULL);
	}
}
