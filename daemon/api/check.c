/* SPDX-License-Identifier: ISC */
/*
 * check: a request held against its row of routes.def, before any handler
 * sees it: unknown or doubled parameters and members, missing ones, types,
 * lengths, control characters.  Query faults are 400, body faults 422 with
 * all of them listed.
 */
#include "daemon/api/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/foreign.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

#define LIST_MAX 64	/* elements of a list in a body */
#define KEY_MAX 1000	/* bytes of a key: a Message-ID fills a line at most */

/* ---- texts ------------------------------------------------------------ */

/* Members in which a person may write several lines. */
static int
check_lines(const char *name)
{
	static const char *many[] = { "note", "agreed", "reason", "address",
	    "value", "result", NULL };

	for (int i = 0; many[i] != NULL; i++)
		if (strcmp(many[i], name) == 0)
			return 1;
	return 0;
}

static size_t
check_max(const char *name)
{
	if (strcmp(name, "note") == 0 || strcmp(name, "value") == 0)
		return LIMIT_NOTE;
	return check_lines(name) ? LIMIT_WHY : LIMIT_TITLE;
}

/* C0 but TAB and line ends where lines are fine, DEL, and C1 (U+0080-9F). */
static int
check_control(const char *text, int lines)
{
	for (const uint8_t *p = (const uint8_t *)text; *p != '\0'; p++) {
		if (*p == 0x7f)
			return 1;
		if (*p == 0xc2 && p[1] < 0xa0)
			return 1;
		if (*p >= 0x20)
			continue;
		if (!lines || (*p != '\n' && *p != '\t' && *p != '\r'))
			return 1;
	}
	return 0;
}

static int
check_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* ---- the query -------------------------------------------------------- */

static int
check_digits(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 15 && text[n] == '\0';
}

static int
check_value(struct call *call, const struct route_field *f, const char *value)
{
	struct when when;

	if (!text_is_utf8(value, strlen(value)) || check_control(value, 0) ||
	    strlen(value) > LIMIT_TITLE) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_TEXT,
		    f->name);
		return -1;
	}
	if (strcmp(f->type, "integer") == 0 && !check_digits(value)) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_NUMBER,
		    f->name, value);
		return -1;
	}
	if (strcmp(f->type, "date") != 0)
		return 0;
	if (strcmp(f->name, "as_known_on") == 0 && check_digits(value))
		return 0;
	if (when_parse(value, strlen(value), &when) == 0)
		return 0;
	call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_DATE, f->name,
	    value);
	return -1;
}

static int
check_pair(struct call *call, const struct http_pair *pair)
{
	const struct route_field *f = call->row->query;
	unsigned i = 0;

	while (i < CALL_QUERY_MAX && f[i].name != NULL &&
	    strcmp(f[i].name, pair->name) != 0)
		i++;
	if (i == CALL_QUERY_MAX || f[i].name == NULL) {
		if (strcmp(pair->name, "lang") == 0)
			return 0;
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_UNKNOWN_QUERY,
		    pair->name);
		return -1;
	}
	if (call->query[i] != NULL) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_TWICE,
		    pair->name);
		return -1;
	}
	if (pair->value[0] == '\0')
		return 0;
	if (check_value(call, &f[i], pair->value) == -1)
		return -1;
	call->query[i] = pair->value;
	return 0;
}

int
check_query(struct call *call, const struct http *http)
{
	for (unsigned i = 0; i < http->npairs; i++)
		if (check_pair(call, &http->query[i]) == -1)
			return -1;
	return 0;
}

/* ---- header lines ----------------------------------------------------- */

/* "123" in quotes, as ETag gives it; * and none are no condition. */
static int
check_if_match(struct call *call, const char *value)
{
	size_t n;

	if (value == NULL || strcmp(value, "*") == 0)
		return 0;
	n = strlen(value);
	if (n > 2 && n < 18 && value[0] == '"' && value[n - 1] == '"' &&
	    strspn(value + 1, "0123456789") == n - 2) {
		call->if_match = strtoull(value + 1, NULL, 10);
		return 0;
	}
	call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_IF_MATCH);
	return -1;
}

static int
check_key(struct call *call, const char *value)
{
	size_t n;

	if (value == NULL || strcmp(call->row->method, "POST") != 0)
		return 0;
	n = strlen(value);
	for (size_t i = 0; i < n; i++)
		if (value[i] < 0x20 || value[i] == 0x7f)
			n = 0;
	if (n == 0 || n > 200) {
		call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_KEY);
		return -1;
	}
	/* Keys of one caller are nobody else's. */
	buf_adds(&call->key, "api/");
	buf_adds(&call->key, call->caller.actor);
	buf_addc(&call->key, '/');
	buf_adds(&call->key, value);
	return 0;
}

static int
check_media(struct call *call, const char *value)
{
	static const char json[] = "application/json";
	const struct route_field *body = call->row->body;
	size_t n = sizeof json - 1;

	if (value == NULL || body[0].name == NULL ||
	    strcmp(body[0].type, "bytes") == 0)
		return 0;
	if (strncasecmp(value, json, n) == 0 &&
	    (value[n] == '\0' || strchr("; \t", value[n]) != NULL))
		return 0;
	call_fail(call, PROBLEM_MEDIA, SAY_API_D_MEDIA, value);
	return -1;
}

int
check_headers(struct call *call, const struct http *http)
{
	if (check_if_match(call, http_header(http, "if-match")) == -1 ||
	    check_key(call, http_header(http, "idempotency-key")) == -1 ||
	    check_media(call, http_header(http, "content-type")) == -1)
		return -1;
	return 0;
}

/* ---- the body --------------------------------------------------------- */

/* RFC 6901: ~ and / of a name are ~0 and ~1. */
static void
check_pointer(char *out, size_t size, const char *name)
{
	size_t n = 0;

	out[n++] = '/';
	for (; *name != '\0' && n + 3 < size; name++) {
		if (*name != '~' && *name != '/') {
			out[n++] = *name;
			continue;
		}
		out[n++] = '~';
		out[n++] = *name == '~' ? '0' : '1';
	}
	out[n] = '\0';
}

/* One text of a member; `name` in messages, `pointer` says where. */
static void
check_text(struct call *call, const char *name, const char *pointer,
    const char *text, size_t max, int lines)
{
	char limit[24];

	(void)snprintf(limit, sizeof limit, "%zu", max);
	if (strlen(text) > max)
		call_error(call, pointer, "too-long", SAY_API_E_LONG, name,
		    limit);
	else if (check_control(text, lines))
		call_error(call, pointer, "control", SAY_API_E_CONTROL, name);
}

static void
check_list(struct call *call, const struct route_field *f, const char *pointer)
{
	unsigned n = foreign_count(call->body, f->name);
	int keys = strcmp(f->type, "keys") == 0;
	unsigned most = keys ? LIMIT_HTTP_KEYS : LIST_MAX;
	char limit[24], at[300];

	(void)snprintf(limit, sizeof limit, "%u", most);
	if (n > most) {
		call_error(call, pointer, "too-many", SAY_API_E_MANY, f->name,
		    limit);
		return;
	}
	if (n == 0 && f->need)
		call_error(call, pointer, "empty", SAY_API_E_EMPTY, f->name);
	for (unsigned i = 0; i < n; i++) {
		const char *text = foreign_item(call->body, f->name, i);

		(void)snprintf(at, sizeof at, "%.200s/%u", pointer, i);
		if (text == NULL)
			call_error(call, at, "type", SAY_API_E_LIST, f->name);
		else if (check_blank(text))
			call_error(call, at, "empty", SAY_API_E_EMPTY,
			    f->name);
		else
			check_text(call, f->name, at, text, keys ?
			    KEY_MAX : LIMIT_TITLE, 0);
	}
}

static void
check_string(struct call *call, const struct route_field *f,
    const char *pointer)
{
	const char *text = foreign_text(call->body, f->name);
	struct when when;

	if (check_blank(text)) {
		if (f->need)
			call_error(call, pointer, "empty", SAY_API_E_EMPTY,
			    f->name);
		return;
	}
	check_text(call, f->name, pointer, text, check_max(f->name),
	    check_lines(f->name));
	if (strcmp(f->type, "date") == 0 &&
	    when_parse(text, strlen(text), &when) == -1)
		call_error(call, pointer, "date", SAY_API_E_DATE, f->name);
}

static const struct {
	const char		*type;
	enum foreign_type	 want;
	enum say_key		 otherwise;
} check_types[] = {
	{ "integer", FOREIGN_INT, SAY_API_E_NUMBER },
	{ "boolean", FOREIGN_BOOL, SAY_API_E_BOOLEAN },
	{ "array", FOREIGN_LIST, SAY_API_E_LIST },
	{ "keys", FOREIGN_LIST, SAY_API_E_LIST },
	{ "date", FOREIGN_TEXT, SAY_API_E_DATE },
	{ NULL, FOREIGN_TEXT, SAY_API_E_TEXT },
};

static void
check_member(struct call *call, const struct route_field *f)
{
	enum foreign_type type = foreign_type(call->body, f->name);
	char pointer[256];
	int i = 0;

	check_pointer(pointer, sizeof pointer, f->name);
	if (type == FOREIGN_NONE) {
		if (f->need)
			call_error(call, pointer, "missing",
			    SAY_API_E_MISSING, f->name);
		return;
	}
	while (check_types[i].type != NULL &&
	    strcmp(check_types[i].type, f->type) != 0)
		i++;
	if (check_types[i].want != type)
		call_error(call, pointer, "type", check_types[i].otherwise,
		    f->name);
	else if (type == FOREIGN_LIST)
		check_list(call, f, pointer);
	else if (type == FOREIGN_TEXT)
		check_string(call, f, pointer);
	else if (type == FOREIGN_INT &&
	    (foreign_int(call->body, f->name) < 0 ||
	    foreign_int(call->body, f->name) > 999999999999999))
		call_error(call, pointer, "range", SAY_API_E_NUMBER, f->name);
}

static void
check_unknown(struct call *call)
{
	const char *name;

	for (unsigned i = 0;
	    (name = foreign_member(call->body, i)) != NULL; i++) {
		const struct route_field *f = call->row->body;
		char pointer[256];

		while (f->name != NULL && strcmp(f->name, name) != 0)
			f++;
		if (f->name != NULL)
			continue;
		check_pointer(pointer, sizeof pointer, name);
		call_error(call, pointer, "unknown", SAY_API_E_UNKNOWN, name);
	}
}

int
check_body(struct call *call)
{
	char why[FOREIGN_WHY_MAX];
	const char *text = call->raw.len > 0 ? buf_str(&call->raw) : "{}";

	call->body = foreign_parse(text, strlen(text), why);
	if (call->body != NULL && strlen(text) < call->raw.len)
		call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_NOT_JSON,
		    "NUL");
	else if (call->body == NULL && why[0] != '\0')
		call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_NOT_JSON, why);
	else if (call->body == NULL)
		call_fail(call, PROBLEM_BAD_REQUEST, SAY_API_D_NOT_OBJECT);
	if (call->reply.status != 0)
		return -1;
	check_unknown(call);
	for (const struct route_field *f = call->row->body; f->name != NULL;
	    f++)
		check_member(call, f);
	return call_failed(call) ? -1 : 0;
}
