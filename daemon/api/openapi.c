/* SPDX-License-Identifier: ISC */
/*
 * openapi: this API as OpenAPI 3.1, made from routes.def and members.def
 * alone, so that it cannot say what the daemon does not do.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/limits.h"

struct member {
	const char	*row, *name, *type;
	int		 need;
};

/* A row opens with its name and no member; its members follow. */
static const struct member members[] = {
#define ROW(name, meaning) { name, NULL, meaning, 0 },
#define MEMBER(name, type, need) { NULL, name, type, need },
#include "daemon/api/members.def"
#undef ROW
#undef MEMBER
};

#define MEMBERS (sizeof members / sizeof members[0])

/* ---- types ------------------------------------------------------------ */

/*
 * {"type":...}; keys of the writer go in their order, so format comes first.
 */
static void
openapi_type(struct jw *w, const char *type)
{
	jw_object(w);
	if (strcmp(type, "time") == 0) {
		jw_kstr(w, "format", "date-time");
		jw_kstr(w, "type", "string");
	} else if (strcmp(type, "strings") == 0 ||
	    strcmp(type, "texts") == 0) {
		jw_key(w, "items");
		openapi_type(w, "string");
		jw_kstr(w, "type", "array");
	} else if (strcmp(type, "date") == 0 || strcmp(type, "id") == 0)
		jw_kstr(w, "type", "string");
	else if (strcmp(type, "any") != 0)
		jw_kstr(w, "type", type);
	jw_end(w);
}

static void
openapi_ref(struct jw *w, const char *row, size_t len)
{
	char text[80];

	(void)snprintf(text, sizeof text, "#/components/schemas/%.*s",
	    (int)len, row);
	jw_object(w);
	jw_kstr(w, "$ref", text);
	jw_end(w);
}

static void
openapi_required(struct jw *w, size_t from)
{
	jw_key(w, "required");
	jw_array(w);
	for (size_t i = from; i < MEMBERS && members[i].row == NULL; i++)
		if (members[i].need)
			jw_str(w, members[i].name);
	jw_end(w);
}

/* One row as a schema; `from` is its first member. */
static void
openapi_schema(struct jw *w, size_t from)
{
	jw_object(w);
	jw_kbool(w, "additionalProperties", 0);
	jw_kstr(w, "description", members[from - 1].type);
	jw_key(w, "properties");
	jw_object(w);
	for (size_t i = from; i < MEMBERS && members[i].row == NULL; i++) {
		jw_key(w, members[i].name);
		if (strcmp(members[from - 1].row, "timeline") == 0 &&
		    strcmp(members[i].name, "rows") == 0) {
			jw_object(w);
			jw_key(w, "items");
			openapi_ref(w, "event", 5);
			jw_kstr(w, "type", "array");
			jw_end(w);
		} else
			openapi_type(w, members[i].type);
	}
	jw_end(w);
	openapi_required(w, from);
	jw_kstr(w, "type", "object");
	jw_end(w);
}

/* The schema whose name follows `after` in the order of bytes, or 0. */
static size_t
openapi_next(const char *after)
{
	size_t best = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].row != NULL &&
		    strcmp(members[i].row, after) > 0 && (best == 0 ||
		    strcmp(members[i].row, members[best - 1].row) < 0))
			best = i + 1;
	return best;
}

static void
openapi_schemas(struct jw *w)
{
	const char *last = "";
	size_t i;

	jw_key(w, "components");
	jw_object(w);
	jw_key(w, "schemas");
	jw_object(w);
	while ((i = openapi_next(last)) != 0) {
		last = members[i - 1].row;
		jw_key(w, last);
		openapi_schema(w, i);
	}
	jw_end(w);
	jw_end(w);
}

/* ---- requests --------------------------------------------------------- */

static void
openapi_parameter(struct jw *w, const char *name, const char *in,
    const char *meaning, const char *type, int need)
{
	jw_object(w);
	jw_kstr(w, "description", meaning);
	jw_kstr(w, "in", in);
	jw_kstr(w, "name", name);
	jw_kbool(w, "required", need);
	jw_key(w, "schema");
	openapi_type(w, type);
	jw_end(w);
}

static void
openapi_parameters(struct jw *w, const struct route_row *row)
{
	int lang = 0;

	jw_key(w, "parameters");
	jw_array(w);
	if (strstr(row->path, "{id}") != NULL)
		openapi_parameter(w, "id", "path",
		    "number, or the office's own reference", "string", 1);
	for (const struct route_field *f = row->query; f->name != NULL; f++) {
		openapi_parameter(w, f->name, "query", f->meaning, f->type,
		    0);
		lang |= strcmp(f->name, "lang") == 0;
	}
	if (!lang)
		openapi_parameter(w, "lang", "query",
		    "language of problems, en or zh", "string", 0);
	if (strcmp(row->method, "POST") == 0)
		openapi_parameter(w, "Idempotency-Key", "header",
		    "a repeat with the same key changes nothing", "string",
		    0);
	jw_end(w);
}

static void
openapi_field(struct jw *w, const struct route_field *f)
{
	int keys = strcmp(f->type, "keys") == 0;

	jw_object(w);
	jw_kstr(w, "description", f->meaning);
	if (keys || strcmp(f->type, "array") == 0) {
		jw_key(w, "items");
		openapi_type(w, "string");
	}
	if (keys)
		jw_kint(w, "maxItems", LIMIT_HTTP_KEYS);
	jw_kstr(w, "type", keys ? "array" : strcmp(f->type, "date") == 0 ||
	    strcmp(f->type, "id") == 0 ? "string" : f->type);
	jw_end(w);
}

/* The writer takes keys in their order only. */
static const struct route_field *
openapi_after(const struct route_field *fields, const char *last)
{
	const struct route_field *best = NULL;

	for (; fields->name != NULL; fields++)
		if (strcmp(fields->name, last) > 0 && (best == NULL ||
		    strcmp(fields->name, best->name) < 0))
			best = fields;
	return best;
}

static void
openapi_object(struct jw *w, const struct route_field *fields)
{
	const struct route_field *f = NULL;

	jw_object(w);
	jw_kbool(w, "additionalProperties", 0);
	jw_key(w, "properties");
	jw_object(w);
	while ((f = openapi_after(fields, f == NULL ? "" : f->name)) != NULL) {
		jw_key(w, f->name);
		openapi_field(w, f);
	}
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	for (f = fields; f->name != NULL; f++)
		if (f->need)
			jw_str(w, f->name);
	jw_end(w);
	jw_kstr(w, "type", "object");
	jw_end(w);
}

static void
openapi_body(struct jw *w, const struct route_row *row)
{
	int bytes;

	if (row->body[0].name == NULL)
		return;
	bytes = strcmp(row->body[0].type, "bytes") == 0;
	jw_key(w, "requestBody");
	jw_object(w);
	jw_key(w, "content");
	jw_object(w);
	jw_key(w, bytes ? "application/octet-stream" : "application/json");
	jw_object(w);
	jw_key(w, "schema");
	if (bytes) {
		jw_object(w);
		jw_end(w);
	} else
		openapi_object(w, row->body);
	jw_end(w);
	jw_end(w);
	jw_kbool(w, "required", 1);
	jw_end(w);
}

/* ---- answers ---------------------------------------------------------- */

/* {"position","row"} or {"next"?,"position","rows"}. */
static void
openapi_envelope(struct jw *w, const char *answer, int list)
{
	size_t len = strlen(answer) - (list ? 1 : 0);

	jw_object(w);
	jw_kbool(w, "additionalProperties", 0);
	jw_key(w, "properties");
	jw_object(w);
	if (list) {
		jw_key(w, "next");
		openapi_type(w, "string");
	}
	jw_key(w, "position");
	openapi_type(w, "integer");
	jw_key(w, list ? "rows" : "row");
	if (list) {
		jw_object(w);
		jw_key(w, "items");
	}
	openapi_ref(w, answer, len);
	if (list) {
		jw_kstr(w, "type", "array");
		jw_end(w);
	}
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	jw_str(w, "position");
	jw_str(w, list ? "rows" : "row");
	jw_end(w);
	jw_kstr(w, "type", "object");
	jw_end(w);
}

static void
openapi_content(struct jw *w, const char *answer)
{
	/* The other formats of a timeline, in the order of their names. */
	static const char *const also[] = { "application/jsonl",
	    "application/schema+json", ("application/vnd.openxmlformats-"
	    "officedocument.spreadsheetml.sheet"), "text/csv", "text/html",
	    "text/plain" };
	int media = strchr(answer, '/') != NULL;

	jw_key(w, "content");
	jw_object(w);
	jw_key(w, media ? answer : "application/json");
	jw_object(w);
	if (!media) {
		jw_key(w, "schema");
		if (strcmp(answer, "timeline") == 0)
			openapi_ref(w, answer, strlen(answer));
		else
			openapi_envelope(w, answer,
			    answer[strlen(answer) - 1] == '*');
	}
	jw_end(w);
	for (size_t i = 0; strcmp(answer, "timeline") == 0 &&
	    i < sizeof also / sizeof also[0]; i++) {
		jw_key(w, also[i]);
		jw_object(w);
		jw_end(w);
	}
	jw_end(w);
}

static void
openapi_responses(struct jw *w, const struct route_row *row)
{
	char status[16];

	(void)snprintf(status, sizeof status, "%d", row->status);
	jw_key(w, "responses");
	jw_object(w);
	jw_key(w, status);
	jw_object(w);
	openapi_content(w, row->answer);
	jw_kstr(w, "description", row->summary);
	jw_end(w);
	jw_key(w, "default");
	jw_object(w);
	jw_key(w, "content");
	jw_object(w);
	jw_key(w, "application/problem+json");
	jw_object(w);
	jw_key(w, "schema");
	openapi_ref(w, "problem", 7);
	jw_end(w);
	jw_end(w);
	jw_kstr(w, "description", "It was not done, or not answered");
	jw_end(w);
	jw_end(w);
}

static void
openapi_operation(struct jw *w, const struct route_row *row)
{
	jw_object(w);
	openapi_parameters(w, row);
	openapi_body(w, row);
	openapi_responses(w, row);
	jw_kstr(w, "summary", row->summary);
	jw_kstr(w, "x-permission", row->permission);
	jw_kstr(w, "x-trace", row->trace);
	jw_end(w);
}

/* Paths in their order, with GET before POST. */
static const char *
openapi_path(const char *last)
{
	const char *best = NULL;

	for (int i = 0; i < ROUTE_COUNT; i++) {
		const char *path = route_row((enum route)i)->path;

		if (strcmp(path, last) > 0 &&
		    (best == NULL || strcmp(path, best) < 0))
			best = path;
	}
	return best;
}

static void
openapi_paths(struct jw *w)
{
	static const char *const methods[][2] = { { "GET", "get" },
	    { "POST", "post" } };
	const char *path = "";

	jw_key(w, "paths");
	jw_object(w);
	while ((path = openapi_path(path)) != NULL) {
		jw_key(w, path);
		jw_object(w);
		for (int m = 0; m < 2; m++)
			for (int i = 0; i < ROUTE_COUNT; i++) {
				const struct route_row *row =
				    route_row((enum route)i);

				if (strcmp(row->path, path) != 0 ||
				    strcmp(row->method, methods[m][0]) != 0)
					continue;
				jw_key(w, methods[m][1]);
				openapi_operation(w, row);
			}
		jw_end(w);
	}
	jw_end(w);
}

void
openapi_get(struct call *call)
{
	struct buf out = BUF_INIT;
	struct jw w;

	jw_init(&w, &out);
	jw_object(&w);
	openapi_schemas(&w);
	jw_key(&w, "info");
	jw_object(&w);
	jw_kstr(&w, "title", "Dossier");
	jw_kstr(&w, "version", DOSSIER_VERSION);
	jw_end(&w);
	jw_kstr(&w, "openapi", "3.1.0");
	openapi_paths(&w);
	jw_end(&w);
	buf_addc(&out, '\n');
	call_answer(call, 200, "application/json", &out);
	buf_release(&out);
}
