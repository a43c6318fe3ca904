/* SPDX-License-Identifier: ISC */
/*
 * problem: the table of problems and their one writer.
 */
#include "daemon/api/problem.h"

#include <stdio.h>

#include "proto/base/json.h"

static const struct {
	int		 status;
	const char	*name;
	enum say_key	 title, hint;
} problem_table[PROBLEM_COUNT] = {
#define PROBLEM(key, status, name, title, hint)				\
	{ status, name, SAY_##title, SAY_##hint },
	PROBLEMS(PROBLEM)
#undef PROBLEM
};

static const struct {
	int		 status;
	const char	*reason;
} problem_reasons[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
	{ 400, "Bad Request" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 408, "Request Timeout" },
	{ 409, "Conflict" }, { 411, "Length Required" },
	{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
	{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

int
problem_status(enum problem problem)
{
	return problem_table[problem].status;
}

const char *
problem_name(enum problem problem)
{
	return problem_table[problem].name;
}

const char *
problem_reason(int status)
{
	size_t n = sizeof problem_reasons / sizeof problem_reasons[0];

	for (size_t i = 0; i < n; i++)
		if (problem_reasons[i].status == status)
			return problem_reasons[i].reason;
	return status < 500 ? "Error" : "Server Error";
}

static void
problem_errors(struct jw *w, const struct problem_report *p)
{
	if (p->nerrors == 0)
		return;
	jw_key(w, "errors");
	jw_array(w);
	for (unsigned i = 0; i < p->nerrors; i++) {
		const struct problem_error *e = &p->errors[i];

		jw_object(w);
		jw_kstr(w, "code", e->code);
		jw_key(w, "detail");
		jw_strn(w, (const char *)e->detail.data, e->detail.len);
		jw_kstr(w, "pointer", e->pointer);
		jw_end(w);
	}
	jw_end(w);
}

void
problem_write(struct buf *out, enum lang lang, const struct problem_report *p)
{
	int status = p->status != 0 ? p->status : problem_status(p->problem);
	enum say_key hint = problem_table[p->problem].hint;
	char text[64];
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kstr_opt(&w, "detail", p->detail);
	problem_errors(&w, p);
	if (hint != SAY_COUNT)
		jw_kstr(&w, "hint", say_text(lang, hint));
	if (p->position != 0)
		jw_kint(&w, "position", (int64_t)p->position);
	(void)snprintf(text, sizeof text, "r-%llu",
	    (unsigned long long)p->request_id);
	jw_kstr(&w, "request_id", text);
	jw_kint(&w, "status", status);
	jw_kstr(&w, "title", say_text(lang, problem_table[p->problem].title));
	(void)snprintf(text, sizeof text, "urn:dossier:problem:%s",
	    problem_name(p->problem));
	jw_kstr(&w, "type", text);
	jw_end(&w);
	buf_addc(out, '\n');
}
