/* SPDX-License-Identifier: ISC */
/*
 * status: counts and health, the entries themselves, and what was refused.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "proto/base/json.h"
#include "proto/base/when.h"

/* What only the running daemon knows. */
struct status_more {
	int		dead;
	uint64_t	lag;		/* entries not applied yet */
	const char	*started_at;
	const char	*trouble;	/* why it is dead, or NULL */
	const char	*zone;		/* of the office */
};

static void
status_member(struct jw *w, const struct status_more *more, int which)
{
	switch (which) {
	case 0:
		jw_kbool(w, "dead", more->dead);
		break;
	case 1:
		jw_kint(w, "lag", (int64_t)more->lag);
		break;
	case 2:
		jw_kstr(w, "started_at", more->started_at);
		break;
	case 3:
		jw_kstr_opt(w, "trouble", more->trouble);
		break;
	default:
		jw_kstr(w, "zone", more->zone);
	}
}

/* The store's counts with ours between them, keys in their order. */
static void
status_merge(const struct buf *counts, const struct status_more *more,
    struct buf *out)
{
	static const char *ours[] = { "dead", "lag", "started_at", "trouble",
	    "zone" };
	struct buf text = *counts;
	struct json json;
	struct jw w;
	size_t len;
	int next = 0;

	if (json_parse(&json, (const char *)text.data, text.len) == -1)
		return;
	jw_init(&w, out);
	jw_object(&w);
	for (uint32_t k = json_first(&json, 0); k != JSON_NONE;) {
		uint32_t v = json_after(&json, 0, k);
		const char *span = json_span(&json, k, &len);
		char name[32];

		(void)snprintf(name, sizeof name, "%.*s", (int)len - 2,
		    span + 1);
		while (next < 5 && strcmp(ours[next], name) < 0)
			status_member(&w, more, next++);
		if (next < 5 && strcmp(ours[next], name) == 0)
			next++;
		jw_key(&w, name);
		span = json_span(&json, v, &len);
		jw_raw(&w, span, len);
		k = json_after(&json, 0, v);
	}
	while (next < 5)
		status_member(&w, more, next++);
	jw_end(&w);
	json_release(&json);
}

void
status_get(struct call *call)
{
	struct buf counts = BUF_INIT, row = BUF_INIT, why = BUF_INIT;
	struct log *log = store_log(call->store);
	struct status_more more = { .dead = 0 };
	char at[WHEN_TEXT_MAX];
	struct trouble trouble;
	struct log_head head;
	uint64_t applied = store_applied(call->store);

	if (ask_status(call->store, &counts, &trouble) == -1) {
		call_trouble(call, &trouble);
		buf_release(&counts);
		return;
	}
	log_head(log, &head);
	more.lag = head.seq > applied ? head.seq - applied : 0;
	more.zone = call->api->zone;
	more.started_at = when_short(call->api->started, at);
	if (log_dead(log, &trouble)) {
		more.dead = 1;
		trouble_say(&why, call->lang, &trouble);
		more.trouble = buf_str(&why);
	}
	status_merge(&counts, &more, &row);
	call_row(call, applied, &row);
	buf_release(&counts);
	buf_release(&row);
	buf_release(&why);
}

void
entries_list(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_ENTRIES);
	(void)call_query_int(call, "from", &q.from_seq);
	list_answer(call, &q);
}

void
refused_list(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_REFUSED);
	list_answer(call, &q);
}
