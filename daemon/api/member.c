/* SPDX-License-Identifier: ISC */
/*
 * member: what handlers read out of a request that check.c has passed: texts,
 * ids (by number or by the office's reference), dates, words.
 */
#include "daemon/api/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/api/foreign.h"
#include "proto/base/when.h"
#include "store/ask/ask.h"
#include "store/ask/known.h"

const char *
call_query(const struct call *call, const char *name)
{
	const struct route_field *f = call->row->query;

	for (unsigned i = 0; i < CALL_QUERY_MAX && f[i].name != NULL; i++)
		if (strcmp(f[i].name, name) == 0)
			return call->query[i];
	return NULL;
}

int
call_query_int(const struct call *call, const char *name, uint64_t *v_r)
{
	const char *text = call_query(call, name);

	if (text == NULL)
		return 0;
	*v_r = strtoull(text, NULL, 10);
	return 1;
}

const char *
call_text(const struct call *call, const char *name)
{
	const char *text = foreign_text(call->body, name);

	return text == NULL || text[strspn(text, " \t\r\n")] == '\0' ? NULL :
	    text;
}

int
call_int(const struct call *call, const char *name, int64_t *v_r)
{
	if (foreign_type(call->body, name) != FOREIGN_INT)
		return 0;
	*v_r = foreign_int(call->body, name);
	return 1;
}

int
call_true(const struct call *call, const char *name)
{
	return foreign_true(call->body, name);
}

unsigned
call_count(const struct call *call, const char *name)
{
	return foreign_count(call->body, name);
}

const char *
call_item(const struct call *call, const char *name, unsigned i)
{
	return foreign_item(call->body, name, i);
}

int
call_word(struct call *call, const char *name, const char *words)
{
	const char *text = call_text(call, name), *p = words;
	char pointer[64];
	size_t n;

	if (text == NULL)
		return 1;
	for (n = strlen(text); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, text, n) == 0)
			return 1;
		p += len;
	}
	(void)snprintf(pointer, sizeof pointer, "/%s", name);
	call_error(call, pointer, "word", SAY_API_E_WORD, name, words);
	return 0;
}

/* ---- ids -------------------------------------------------------------- */

static const char *
call_kinds(unsigned kinds)
{
	static const struct {
		unsigned	 kinds;
		const char	*form;
	} forms[] = {
		{ ID_BIT(ID_DOCUMENT), "D-000001" },
		{ ID_BIT(ID_CASE), "K-2026-0001" },
		{ ID_BIT(ID_CLIENT), "C-0001" },
		{ ID_BIT(ID_CONTACT), "P-0001" },
		{ ID_BIT(ID_STAFF), "S-01" },
		{ ID_BIT(ID_BUNDLE), "B-0001" },
		{ CALL_SCOPE, "K-2026-0001, C-0001" },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (forms[i].kinds == kinds)
			return forms[i].form;
	return "C-0001, K-2026-0001, P-0001, S-01";
}

enum found { FOUND, FOUND_NONE, FOUND_MANY, FOUND_OTHER, FOUND_LATER };

static enum found
call_look(struct call *call, const char *text, unsigned kinds,
    struct id *id_r)
{
	if (id_parse(text, strlen(text), id_r) == 0) {
		if (id_r->part != 0 || known_exists(call->store, id_r) != 1)
			return FOUND_NONE;
		return (kinds & ID_BIT(id_r->kind)) != 0 ? FOUND :
		    FOUND_OTHER;
	}
	if ((kinds & ID_BIT(ID_CASE)) == 0)
		return FOUND_NONE;
	switch (known_reference(call->store, text, id_r)) {
	case 1:
		return FOUND;
	case 2:
		return FOUND_MANY;
	default:
		return FOUND_NONE;
	}
}

/*
 * While views are built again after a start, what they do not show may be in
 * the journal: an id that is not found there, and a reference that another
 * case may have too, is told later.
 */
static enum found
call_resolve(struct call *call, const char *text, unsigned kinds,
    struct id *id_r)
{
	uint64_t opened = store_opened(call->store);
	int whole = store_applied(call->store) >= opened;
	enum found found = call_look(call, text, kinds, id_r);
	struct id id;

	if (whole || (found == FOUND &&
	    id_parse(text, strlen(text), &id) == 0))
		return found;
	call->awaited = opened;
	return FOUND_LATER;
}

/* Answers for an id that is not what it should be; pointer NULL: no body. */
static int
call_id_fail(struct call *call, const char *pointer, const char *text,
    unsigned kinds, enum found found)
{
	static const char *code[] = { "", "not-found", "ambiguous",
	    "wrong-kind" };
	static const enum say_key key[] = { SAY_COUNT, SAY_API_D_NOT_FOUND,
	    SAY_API_D_AMBIGUOUS, SAY_API_D_WRONG_KIND };

	if (found == FOUND_LATER) {
		if (call->reply.status == 0)
			call_behind(call);
		return -1;
	}
	if (pointer != NULL) {
		call_error(call, pointer, code[found], key[found], text,
		    call_kinds(kinds));
		return -1;
	}
	call_fail(call, found == FOUND_NONE ? PROBLEM_NOT_FOUND :
	    PROBLEM_BAD_QUERY, key[found], text, call_kinds(kinds));
	return -1;
}

int
call_path_id(struct call *call, unsigned kinds, struct id *id_r)
{
	const char *text = buf_str(&call->path_id);
	enum found found = call_resolve(call, text, kinds, id_r);

	if (found == FOUND)
		return 1;
	if (found == FOUND_LATER)
		return call_id_fail(call, NULL, text, kinds, found);
	/* A path that leads nowhere is no bad query. */
	call_fail(call, PROBLEM_NOT_FOUND, found == FOUND_MANY ?
	    SAY_API_D_AMBIGUOUS : SAY_API_D_NOT_FOUND, text);
	return -1;
}

int
call_id(struct call *call, const char *name, unsigned kinds, struct id *id_r)
{
	const char *text = call->body != NULL ? call_text(call, name) :
	    call_query(call, name);
	char pointer[64];
	enum found found;

	*id_r = (struct id){ ID_NONE, 0, 0, 0 };
	if (text == NULL)
		return 0;
	if ((found = call_resolve(call, text, kinds, id_r)) == FOUND)
		return 1;
	(void)snprintf(pointer, sizeof pointer, "/%s", name);
	if (call_id_fail(call, call->body != NULL ? pointer : NULL, text,
	    kinds, found) == -1 && call->body != NULL &&
	    call->reply.status == 0)
		(void)call_failed(call);
	return -1;
}

int
call_ids(struct call *call, const char *name, unsigned kinds,
    struct id *ids_r, unsigned max, unsigned *n_r)
{
	unsigned n = call_count(call, name);
	char pointer[64], limit[24];

	*n_r = n;
	if (n > max) {
		(void)snprintf(pointer, sizeof pointer, "/%s", name);
		(void)snprintf(limit, sizeof limit, "%u", max);
		call_error(call, pointer, "too-many", SAY_API_E_MANY, name,
		    limit);
		return call_failed(call) ? -1 : 1;
	}
	for (unsigned i = 0; i < n; i++) {
		const char *text = call_item(call, name, i);
		enum found found = call_resolve(call, text, kinds, &ids_r[i]);

		(void)snprintf(pointer, sizeof pointer, "/%s/%u", name, i);
		if (found != FOUND)
			(void)call_id_fail(call, pointer, text, kinds, found);
	}
	if (call->reply.status != 0)
		return -1;
	return call_failed(call) ? -1 : 1;
}

int
call_query_ids(struct call *call, const char *name, unsigned kinds,
    struct id *ids_r, unsigned max, unsigned *n_r)
{
	const char *p = call_query(call, name);
	char text[256];

	*n_r = 0;
	for (; p != NULL && *p != '\0'; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");
		enum found found;

		if (*n_r == max || n >= sizeof text) {
			(void)snprintf(text, sizeof text, "%u", max);
			call_fail(call, PROBLEM_BAD_QUERY, SAY_API_E_MANY,
			    name, text);
			return -1;
		}
		memcpy(text, p, n);
		text[n] = '\0';
		p += n;
		found = call_resolve(call, text, kinds, &ids_r[*n_r]);
		if (found != FOUND)
			return call_id_fail(call, NULL, text, kinds, found);
		(*n_r)++;
	}
	return 1;
}

/* ---- dates ------------------------------------------------------------ */

/* The instant at which `text` begins, or (end) is over, in our zone. */
static int64_t
call_edge(const char *text, int end)
{
	struct when when;
	struct tm tm = { .tm_isdst = -1 };
	int year, month, day;

	if (text == NULL || when_parse(text, strlen(text), &when) == -1)
		return WHEN_NONE;
	if (when.precision == WHEN_EXACT)
		end = 0;
	if (when.has_offset)
		return end ? when.at + 60 * WHEN_SECOND - 1 : when.at;
	when_civil(when.at / WHEN_DAY - (when.at % WHEN_DAY < 0), &year,
	    &month, &day);
	tm.tm_year = year - 1900 + (end && when.precision == WHEN_YEAR);
	tm.tm_mon = month - 1 + (end && when.precision == WHEN_MONTH);
	tm.tm_mday = day + (end && when.precision == WHEN_DATE);
	tm.tm_sec = (int)(((when.at % WHEN_DAY + WHEN_DAY) % WHEN_DAY) /
	    WHEN_SECOND);
	tm.tm_min = end && when.precision == WHEN_MINUTE;
	return (int64_t)mktime(&tm) * WHEN_SECOND - (end ? 1 : 0);
}

int64_t
call_query_from(const struct call *call, const char *name)
{
	return call_edge(call_query(call, name), 0);
}

int64_t
call_text_from(const struct call *call, const char *name)
{
	return call_edge(call_text(call, name), 0);
}

int64_t
call_query_to(const struct call *call, const char *name)
{
	return call_edge(call_query(call, name), 1);
}

const char *
call_zoned(const char *text, char room[CALL_ZONED])
{
	struct when when;
	int64_t east;
	int n;

	if (text == NULL || when_parse(text, strlen(text), &when) == -1 ||
	    when.has_offset || when.precision < WHEN_MINUTE)
		return text;
	east = (when.at - call_edge(text, 0)) / (60 * WHEN_SECOND);
	if (east == 0)
		return text;
	n = snprintf(room, CALL_ZONED, "%s%c%02d:%02d", text,
	    east < 0 ? '-' : '+', (int)llabs(east) / 60,
	    (int)llabs(east) % 60);
	return n > 0 && n < CALL_ZONED ? room : text;
}

/* An instant as the office's wall clock shows it. */
static int64_t
call_wall(int64_t at)
{
	int64_t rest = (at % WHEN_SECOND + WHEN_SECOND) % WHEN_SECOND;
	time_t seconds = (time_t)((at - rest) / WHEN_SECOND);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL)
		return at;
	return at + tm.tm_gmtoff * WHEN_SECOND;
}

int64_t
call_query_day(const struct call *call, const char *name, int end)
{
	const char *text = call_query(call, name);
	struct when when;
	int year, month, day;

	if (text == NULL || when_parse(text, strlen(text), &when) == -1)
		return WHEN_NONE;
	if (when.has_offset)
		return call_wall(call_edge(text, end));
	if (!end || when.precision == WHEN_EXACT)
		return when.at;
	if (when.precision == WHEN_MINUTE)
		return when.at + 60 * WHEN_SECOND - 1;
	if (when.precision == WHEN_DATE)
		return when.at + WHEN_DAY - 1;
	when_civil(when.at / WHEN_DAY - (when.at % WHEN_DAY < 0), &year,
	    &month, &day);
	year += when.precision == WHEN_YEAR || month == 12;
	month = when.precision == WHEN_YEAR ? 1 : month % 12 + 1;
	return when_days(year, month, 1) * WHEN_DAY - 1;
}

void
call_as_was(const struct call *call, struct ask_query *q)
{
	q->as_was = call_query_to(call, "as_it_was_on");
	q->as_was_day = call_query_day(call, "as_it_was_on", 1);
}

int
call_as_known(struct call *call, uint64_t *position_r)
{
	const char *text = call_query(call, "as_known_on");
	int64_t at;

	*position_r = 0;
	if (text == NULL)
		return 0;
	if (text[strspn(text, "0123456789")] == '\0') {
		*position_r = strtoull(text, NULL, 10);
		return 0;
	}
	at = call_query_to(call, "as_known_on");
	if (ask_position_at(call->store, at, position_r) == 0) {
		/* Before the first entry nothing was known: it is. */
		if (*position_r == 0)
			*position_r = 1;
		return 0;
	}
	call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	return -1;
}
