/* SPDX-License-Identifier: ISC */
/*
 * capture: whether what was offered is here: keys held against the store, the
 * capture report, and the sources with what stays at their doors.
 *
 * Who asks has heard acknowledgements: each answer sees all of them.
 */
#include "daemon/api/handlers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/api/foreign.h"
#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/filing/filing.h"
#include "daemon/intake/drop.h"
#include "proto/base/json.h"
#include "proto/base/text.h"
#include "proto/base/when.h"
#include "store/ask/calls.h"
#include "store/ask/capture.h"

#define BY_WORDS "sha256 message-id entry fax call"
#define KNOWN_SLICE 64		/* keys looked up in one turn */

/* Goes on once all that is acknowledged by now is applied, and `after'. */
static void
capture_settled(struct call *call, call_then_fn *then)
{
	struct log_head head;
	uint64_t after = 0;

	log_head(store_log(call->store), &head);
	(void)call_query_int(call, "after", &after);
	call_settled(call, after > head.seq ? after : head.seq, then);
}

static void
rows_begin(struct buf *out, uint64_t position)
{
	buf_adds(out, "{\"position\":");
	buf_addu(out, position);
	buf_adds(out, ",\"rows\":[");
}

/* ---- keys --------------------------------------------------------------- */

struct known {
	struct source	 source;	/* first */
	struct store	*store;
	enum known_by	 by;
	char		*text;		/* the keys, each with its NUL */
	const char	*at;
	unsigned	 done, n;
	uint64_t	 position;
};

static void
known_free(struct source *source)
{
	struct known *k = (struct known *)source;

	free(k->text);
	free(k);
}

static int
known_more(struct source *source, struct buf *out)
{
	struct known *k = (struct known *)source;
	unsigned i;

	if (k->done == 0)
		rows_begin(out, k->position);
	for (i = 0; i < KNOWN_SLICE && k->done < k->n; i++, k->done++) {
		if (k->done > 0)
			buf_addc(out, ',');
		if (ask_known(k->store, k->position, k->by, k->at, out,
		    NULL) == -1)
			return -1;
		k->at += strlen(k->at) + 1;
	}
	if (k->done < k->n)
		return 1;
	buf_adds(out, "]}\n");
	return 0;
}

/*
 * A key as the store knows it: of a call, its number in E.164 where it is one
 * of the office's region, and its time with the office's offset.
 */
static void
known_key(struct call *call, unsigned by, const char *key, struct buf *out)
{
	char part[64], room[CALL_ZONED], e164[32];
	const char *text;
	size_t n;

	if (by != KNOWN_BY_FAX && by != KNOWN_BY_CALL) {
		buf_add(out, key, strlen(key) + 1);
		return;
	}
	for (unsigned i = 0; *key != '\0' || i == 0; i++) {
		n = strcspn(key, "|");
		(void)snprintf(part, sizeof part, "%.*s", (int)n, key);
		text = part;
		if (i == CALL_NUMBER && phone_e164(part, call->api->region,
		    e164) == 0)
			text = e164;
		else if (i == CALL_TIME)
			text = call_zoned(part, room);
		buf_adds(out, text);
		key += n;
		if (*key != '\0')
			buf_addc(out, (uint8_t)*key++);
	}
	buf_addc(out, 0);
}

/* Takes the keys: their texts, each with its NUL. */
static void
known_answer(struct call *call, unsigned by, struct buf *keys, unsigned n)
{
	struct known *k = calloc(1, sizeof *k);

	if (k != NULL && !buf_failed(keys) &&
	    (k->text = malloc(keys->len + 1)) != NULL) {
		if (keys->len > 0)
			memcpy(k->text, keys->data, keys->len);
		k->source.more = known_more;
		k->source.free = known_free;
		k->store = call->store;
		k->by = (enum known_by)by;
		k->at = k->text;
		k->n = n;
		k->position = call->position = store_applied(call->store);
		call_stream(call, "application/json", &k->source, UINT64_MAX);
	} else {
		free(k);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	}
	buf_release(keys);
}

/* By what the caller asks; past the last: answered. */
static unsigned
known_by(struct call *call, const char *text)
{
	static const char words[] = BY_WORDS;
	unsigned by = 0;

	while (text != NULL && known_by_name(by) != NULL &&
	    strcmp(known_by_name(by), text) != 0)
		by++;
	if (text == NULL || known_by_name(by) == NULL) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_WORD, "by",
		    text != NULL ? text : "", words);
		by = UINT32_MAX;
	}
	return by;
}

static void
known_get_now(struct call *call)
{
	const char *key = call_query(call, "key");
	unsigned by = known_by(call, call_query(call, "by"));
	struct buf keys = BUF_INIT;

	if (by == UINT32_MAX)
		return;
	if (key == NULL) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_NEEDED,
		    "key");
		return;
	}
	known_key(call, by, key, &keys);
	known_answer(call, by, &keys, 1);
}

void
known_get(struct call *call)
{
	capture_settled(call, known_get_now);
}

static void
known_all_now(struct call *call)
{
	unsigned by, n = call_count(call, "keys");
	struct buf keys = BUF_INIT;

	if (!call_word(call, "by", BY_WORDS)) {
		(void)call_failed(call);
		return;
	}
	by = known_by(call, call_text(call, "by"));
	if (by == UINT32_MAX)
		return;
	for (unsigned i = 0; i < n; i++) {
		known_key(call, by, call_item(call, "keys", i), &keys);
	}
	known_answer(call, by, &keys, n);
}

void
known_all(struct call *call)
{
	capture_settled(call, known_all_now);
}

/* ---- the report --------------------------------------------------------- */

struct report {
	struct source	 source;	/* first */
	struct api	*api;
	struct capture	*capture;
	int		 begun, brief, ended;
	unsigned	 rows;
	unsigned char	*told;		/* doors that had a row */
};

static void
report_free(struct source *source)
{
	struct report *r = (struct report *)source;

	capture_free(r->capture);
	free(r->told);
	free(r);
}

static int
report_more(struct source *source, struct buf *out)
{
	struct report *r = (struct report *)source;
	int got;

	if (!r->begun) {
		rows_begin(out, capture_position(r->capture));
		r->begun = 1;
	}
	got = capture_next(r->capture, out, &r->rows, NULL);
	if (got == 0)
		buf_adds(out, "]}\n");
	return got;
}

static void
report_start(struct call *call, const struct capture_query *q,
    int (*more)(struct source *, struct buf *))
{
	struct report *r = calloc(1, sizeof *r);
	struct trouble trouble;

	if (r == NULL || (r->told = calloc(call->api->ndoors + 1, 1)) ==
	    NULL) {
		free(r);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	r->source.more = more;
	r->source.free = report_free;
	r->api = call->api;
	r->capture = capture_open(call->store, q, &trouble);
	if (r->capture == NULL) {
		report_free(&r->source);
		call_trouble(call, &trouble);
		return;
	}
	call->position = capture_position(r->capture);
	call_stream(call, "application/json", &r->source, UINT64_MAX);
}

static int64_t
report_clock(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
report_capture_now(struct call *call)
{
	struct capture_query q = { .now = report_clock() };

	q.since = call_query_from(call, "since");
	q.until = call_query_to(call, "until");
	if (q.until != WHEN_NONE && q.until < q.now)
		q.now = q.until;
	report_start(call, &q, report_more);
}

void
report_capture(struct call *call)
{
	capture_settled(call, report_capture_now);
}

/* ---- sources ------------------------------------------------------------ */

/* The door of a row that was written, and that it had one. */
static const struct api_door *
source_door(struct report *r, const char *row, size_t len)
{
	const struct api_door *door = NULL;
	struct json json;

	if (json_parse(&json, row, len) == -1)
		return NULL;
	for (unsigned i = 0; i < r->api->ndoors; i++) {
		if (!json_is(&json, json_get(&json, 0, "source"),
		    r->api->door[i].source))
			continue;
		door = &r->api->door[i];
		r->told[i] = 1;
	}
	json_release(&json);
	return door;
}

/* The row at the end of out gets its last member. */
static void
source_finish(struct report *r, struct buf *out, size_t from)
{
	const struct api_door *door;

	if (out->len > from && out->data[from] == ',')
		from++;
	if (buf_failed(out) || out->len == from)
		return;
	door = source_door(r, (const char *)out->data + from,
	    out->len - from);
	out->len--;			/* its brace */
	buf_adds(out, ",\"waiting\":");
	buf_addu(out, door != NULL && door->drop != NULL ?
	    drop_waiting(door->drop) : 0);
	buf_addc(out, '}');
}

/* Doors by which nothing ever came. */
static void
source_doors(struct report *r, struct buf *out)
{
	for (unsigned i = 0; i < r->api->ndoors; i++) {
		const struct api_door *door = &r->api->door[i];
		struct jw w;

		if (r->told[i])
			continue;
		if (r->rows++ > 0)
			buf_addc(out, ',');
		jw_init(&w, out);
		jw_object(&w);
		jw_kint(&w, "arrivals", 0);
		jw_kstr(&w, "channel", door->channel);
		jw_kbool(&w, "quiet", 0);
		jw_kstr(&w, "source", door->source);
		jw_kint(&w, "waiting", door->drop != NULL ?
		    drop_waiting(door->drop) : 0);
		jw_end(&w);
	}
}

static int
sources_more(struct source *source, struct buf *out)
{
	struct report *r = (struct report *)source;
	size_t from;
	int got;

	if (!r->begun) {
		rows_begin(out, capture_position(r->capture));
		r->begun = 1;
	}
	from = out->len;
	got = capture_next(r->capture, out, &r->rows, NULL);
	if (got == -1)
		return -1;
	source_finish(r, out, from);
	if (got == 1)
		return 1;
	source_doors(r, out);
	buf_adds(out, "]}\n");
	return 0;
}

static void
sources_list_now(struct call *call)
{
	const struct capture_query q = { .since = WHEN_NONE,
	    .until = WHEN_NONE, .now = report_clock(), .brief = 1 };

	report_start(call, &q, sources_more);
}

void
sources_list(struct call *call)
{
	capture_settled(call, sources_list_now);
}

/* ---- what stays ---------------------------------------------------------- */

struct staying {
	struct call	*call;
	const char	*source;
	char		**row;
	size_t		 n, cap;
	int		 failed;
};

static void
staying_row(struct staying *s, const char *name, const struct trouble *why,
    struct buf *row)
{
	struct buf text = BUF_INIT, clean = BUF_INIT;
	struct jw w;

	/* A name in a folder is any bytes; an answer is text. */
	text_clean(&clean, name, strlen(name));
	trouble_say(&text, s->call->lang, why);
	jw_init(&w, row);
	jw_object(&w);
	jw_kstr(&w, "name", buf_str(&clean));
	jw_kstr(&w, "source", s->source);
	jw_kstr(&w, "why", buf_str(&text));
	jw_end(&w);
	s->failed |= buf_failed(&text) || buf_failed(&clean);
	buf_release(&text);
	buf_release(&clean);
}

static void
staying_add(void *arg, const char *folder, const char *name,
    const struct trouble *why)
{
	struct staying *s = arg;
	struct buf row = BUF_INIT;

	(void)folder;
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? 2 * s->cap : 64;
		char **grown = realloc(s->row, cap * sizeof *grown);

		if (grown == NULL) {
			s->failed = 1;
			return;
		}
		s->row = grown;
		s->cap = cap;
	}
	staying_row(s, name, why, &row);
	if (buf_failed(&row) || (s->row[s->n] = strdup(buf_str(&row))) == NULL)
		s->failed = 1;
	else
		s->n++;
	buf_release(&row);
}

static int
staying_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One folder, by name. */
static void
staying_folder(struct staying *s, const struct api_door *door,
    struct buf *rows)
{
	s->source = door->source;
	drop_list(door->drop, staying_add, s);
	if (s->n > 1)
		qsort(s->row, s->n, sizeof *s->row, staying_order);
	for (size_t i = 0; i < s->n; i++) {
		if (rows->len > 0)
			buf_addc(rows, ',');
		buf_adds(rows, s->row[i]);
		free(s->row[i]);
	}
	s->n = 0;
}

void
sources_waiting(struct call *call)
{
	struct staying s = { .call = call };
	struct buf rows = BUF_INIT;

	for (unsigned i = 0; i < call->api->ndoors; i++)
		if (call->api->door[i].drop != NULL)
			staying_folder(&s, &call->api->door[i], &rows);
	if (s.failed || buf_failed(&rows))
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
	else
		list_rows(call, store_applied(call->store), &rows);
	free(s.row);
	buf_release(&rows);
}
