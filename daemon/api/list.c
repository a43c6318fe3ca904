/* SPDX-License-Identifier: ISC */
/*
 * list: one list writer for all questions.
 */
#include "daemon/api/list.h"

#include <stdlib.h>

#include "proto/base/json.h"

#define LIST_SLICE 128		/* rows of one read transaction */

struct list {
	struct source	 source;	/* first */
	struct ask	*ask;
	uint64_t	 left;		/* rows that may still be given */
	int		 begun, rows;
};

void
list_query(struct ask_query *q, enum ask_what what)
{
	*q = (struct ask_query){ .what = what, .as_was = WHEN_NONE,
	    .since = WHEN_NONE, .until = WHEN_NONE };
}

static void
list_free(struct source *source)
{
	struct list *list = (struct list *)source;

	ask_free(list->ask);
	free(list);
}

/* The end; with a cursor if one more row would have come. */
static int
list_end(struct list *list, struct buf *out, int limited)
{
	struct buf cursor = BUF_INIT, row = BUF_INIT;
	int more = 0;

	if (limited) {
		ask_cursor(list->ask, &cursor);
		more = ask_next(list->ask, &row, 1, NULL);
	}
	buf_adds(out, "]");
	if (more > 0) {
		struct jw w;

		buf_adds(out, ",\"next\":");
		jw_init(&w, out);
		jw_strn(&w, (const char *)cursor.data, cursor.len);
	}
	buf_adds(out, "}\n");
	buf_release(&cursor);
	buf_release(&row);
	return more == -1 ? -1 : 0;
}

static int
list_more(struct source *source, struct buf *out)
{
	struct list *list = (struct list *)source;
	unsigned max = LIST_SLICE;
	size_t before;
	int n;

	if (!list->begun) {
		buf_adds(out, "{\"position\":");
		buf_addu(out, ask_position(list->ask));
		buf_adds(out, ",\"rows\":[");
		list->begun = 1;
	}
	if (list->left < max)
		max = (unsigned)list->left;
	if (max == 0)
		return list_end(list, out, 1);
	before = out->len;
	if (list->rows)
		buf_addc(out, ',');
	n = ask_next(list->ask, out, max, NULL);
	if (n == -1 || buf_failed(out))
		return -1;
	if (n == 0) {
		out->len = before;
		return list_end(list, out, 0);
	}
	list->rows = 1;
	list->left -= (unsigned)n;
	return 1;
}

static void
list_start(struct call *call, struct ask *ask, uint64_t left)
{
	struct list *list = calloc(1, sizeof *list);

	if (list == NULL) {
		ask_free(ask);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	list->source.more = list_more;
	list->source.free = list_free;
	list->ask = ask;
	list->left = left;
	call->position = ask_position(ask);
	call_stream(call, "application/json", &list->source, UINT64_MAX);
}

void
list_answer(struct call *call, const struct ask_query *q)
{
	const char *cursor = call_query(call, "cursor");
	uint64_t left = UINT64_MAX;
	struct trouble trouble;
	struct ask *ask = ask_open(call->store, q, &trouble);

	if (ask == NULL) {
		call_trouble(call, &trouble);
		return;
	}
	if (cursor != NULL && ask_resume(ask, cursor) == -1) {
		ask_free(ask);
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_CURSOR);
		return;
	}
	(void)call_query_int(call, "limit", &left);
	list_start(call, ask, left);
}

void
list_rows(struct call *call, uint64_t position, struct buf *rows)
{
	struct buf body = BUF_INIT;

	buf_adds(&body, "{\"position\":");
	buf_addu(&body, position);
	buf_adds(&body, ",\"rows\":[");
	buf_add(&body, rows->data, rows->len);
	buf_adds(&body, "]}\n");
	call->position = position;
	call_answer(call, call->row->status, "application/json", &body);
	buf_release(&body);
}

/* ---- one row of a list ------------------------------------------------ */

static int
list_is(const struct buf *row, const char *member, uint64_t value,
    const char *text)
{
	struct buf copy = *row;
	struct json json;
	uint32_t tok;
	int is;

	if (json_parse(&json, (const char *)copy.data, copy.len) == -1)
		return 0;
	tok = json_get(&json, 0, member);
	is = text != NULL ? json_is(&json, tok, text) :
	    json_int(&json, tok, -1) == (int64_t)value;
	json_release(&json);
	return is;
}

static int
list_search(struct store *store, const struct ask_query *q,
    const char *member, uint64_t value, const char *text, struct buf *row_r)
{
	struct ask *ask = ask_open(store, q, NULL);
	int n = ask == NULL ? -1 : 1;

	while (n > 0) {
		buf_clear(row_r);
		n = ask_next(ask, row_r, 1, NULL);
		if (n == 1 && list_is(row_r, member, value, text))
			break;
	}
	ask_free(ask);
	return n;
}

int
list_find(struct store *store, const struct ask_query *q,
    const char *member, uint64_t value, struct buf *row_r)
{
	return list_search(store, q, member, value, NULL, row_r);
}

int
list_find_text(struct store *store, const struct ask_query *q,
    const char *member, const char *value, struct buf *row_r)
{
	return list_search(store, q, member, 0, value, row_r);
}
