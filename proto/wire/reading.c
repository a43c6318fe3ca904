/* SPDX-License-Identifier: ISC */
/*
 * reading: holds what the reader said against its shape (reading.h).  The
 * reader has parsed a stranger's bytes and may be the stranger's by now: what
 * is not described there is not kept.
 *
 * The shape is a table for each object: a member, the type that it has, and
 * whether it must be there.
 */
#include "proto/wire/reading.h"

#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

#define BODY_MAX	2000	/* bytes of the text that rules look at */
#define ARRAY_MAX	10000	/* addresses, ids, doubts */

enum shape {
	S_TEXT, S_BODY, S_TIME, S_HASH, S_COUNT, S_PARENT,
	S_TEXTS, S_ADDRESSES, S_PARTS, S_BOUNCE, S_JOURNAL, S_RECIPIENTS,
	S_REPORTED
};

struct member {
	const char	*name;
	enum shape	 shape;
	int		 need;
};

static const struct member reading_table[] = {
	{ "auto_submitted", S_TEXT, 0 },
	{ "bcc", S_ADDRESSES, 0 },
	{ "body", S_BODY, 0 },
	{ "bounce", S_BOUNCE, 0 },
	{ "cc", S_ADDRESSES, 0 },
	{ "date", S_TIME, 0 },
	{ "date_raw", S_TEXT, 0 },
	{ "dkim", S_TEXT, 0 },
	{ "doubts", S_TEXTS, 0 },
	{ "envelope_to", S_ADDRESSES, 0 },
	{ "from", S_ADDRESSES, 0 },
	{ "in_reply_to", S_TEXTS, 0 },
	{ "journal", S_JOURNAL, 0 },
	{ "list_id", S_TEXT, 0 },
	{ "message_id", S_TEXT, 0 },
	{ "parts", S_PARTS, 0 },
	{ "precedence", S_TEXT, 0 },
	{ "received", S_TIME, 0 },
	{ "references", S_TEXTS, 0 },
	{ "reply_to", S_ADDRESSES, 0 },
	{ "subject", S_TEXT, 0 },
	{ "to", S_ADDRESSES, 0 },
	{ "type", S_TEXT, 1 },
	{ NULL, 0, 0 }
};

static const struct member address_table[] = {
	{ "address", S_TEXT, 1 },
	{ "name", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

static const struct member bounce_table[] = {
	{ "action", S_TEXT, 0 },
	{ "message_id", S_TEXT, 0 },
	{ "recipient", S_TEXT, 0 },
	{ "recipients", S_REPORTED, 0 },
	{ "status", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

/* One recipient of several in a delivery report. */
static const struct member reported_table[] = {
	{ "action", S_TEXT, 0 },
	{ "recipient", S_TEXT, 1 },
	{ "status", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

static const struct member journal_table[] = {
	{ "message_id", S_TEXT, 0 },
	{ "on_behalf_of", S_TEXT, 0 },
	{ "part", S_COUNT, 0 },
	{ "recipients", S_RECIPIENTS, 1 },
	{ "reporter", S_TEXT, 0 },
	{ "sender", S_TEXT, 0 },
	{ "subject", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

static const struct member recipient_table[] = {
	{ "address", S_TEXT, 1 },
	{ "as", S_TEXT, 1 },
	{ "how", S_TEXT, 0 },
	{ "via", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

static const struct member part_table[] = {
	{ "charset", S_TEXT, 0 },
	{ "depth", S_COUNT, 0 },
	{ "disposition", S_TEXT, 0 },
	{ "encoding", S_TEXT, 0 },
	{ "end", S_COUNT, 0 },
	{ "filename", S_TEXT, 0 },
	{ "parent", S_PARENT, 1 },
	{ "sha256", S_HASH, 0 },
	{ "size", S_COUNT, 0 },
	{ "start", S_COUNT, 0 },
	{ "text_sha256", S_HASH, 0 },
	{ "type", S_TEXT, 0 },
	{ NULL, 0, 0 }
};

static int
is_type(const struct json *j, uint32_t tok, enum json_type type)
{
	return tok < j->ntok && j->tok[tok].type == type;
}

static int
is_time(const struct json *j, uint32_t tok)
{
	const struct json_tok *t = &j->tok[tok];
	struct when w;

	return is_type(j, tok, JSON_STR) &&
	    when_parse(j->text + t->start, t->end - t->start, &w) == 0 &&
	    w.precision >= WHEN_MINUTE && w.has_offset;
}

static int
is_hash(const struct json *j, uint32_t tok)
{
	const struct json_tok *t = &j->tok[tok];
	uint8_t hash[32];

	return is_type(j, tok, JSON_STR) && t->end - t->start == 64 &&
	    text_unhex(j->text + t->start, 64, hash) == 0;
}

static int
is_body(const struct json *j, uint32_t tok)
{
	struct buf text = BUF_INIT;
	int fits;

	fits = json_str(j, tok, &text) == 0 && !buf_failed(&text) &&
	    text.len <= BODY_MAX;
	buf_release(&text);
	return fits;
}

static int shape_fits(const struct json *, uint32_t, enum shape);

/* The first member of an object that does not fit its table, or NULL. */
static const char *
object_check(const struct json *j, uint32_t obj, const struct member *table)
{
	uint32_t known = 0;

	if (!is_type(j, obj, JSON_OBJ))
		return "?";
	for (const struct member *m = table; m->name != NULL; m++) {
		uint32_t tok = json_get(j, obj, m->name);

		if (tok == JSON_NONE ? m->need : !shape_fits(j, tok, m->shape))
			return m->name;
		known += tok != JSON_NONE;
	}
	return known == j->tok[obj].n ? NULL : "?";
}

/* An array of texts (no table) or of objects. */
static int
array_fits(const struct json *j, uint32_t arr, const struct member *table,
    uint32_t max)
{
	if (!is_type(j, arr, JSON_ARR) || j->tok[arr].n > max)
		return 0;
	for (uint32_t at = json_first(j, arr); at != JSON_NONE;
	    at = json_after(j, arr, at)) {
		if (table == NULL ? !is_type(j, at, JSON_STR) :
		    object_check(j, at, table) != NULL)
			return 0;
	}
	return 1;
}

/* A part stands behind the one that holds it, and does not end before it. */
static int
parts_fit(const struct json *j, uint32_t arr)
{
	int64_t index = 0;

	if (!array_fits(j, arr, part_table, LIMIT_READ_PARTS))
		return 0;
	for (uint32_t at = json_first(j, arr); at != JSON_NONE;
	    at = json_after(j, arr, at), index++) {
		int64_t parent = json_int(j, json_get(j, at, "parent"), -2);
		int64_t start = json_int(j, json_get(j, at, "start"), 0);
		int64_t end = json_int(j, json_get(j, at, "end"), start);

		if (parent >= index || end < start ||
		    (parent == -1) != (index == 0))
			return 0;
	}
	return 1;
}

static int
shape_fits(const struct json *j, uint32_t tok, enum shape shape)
{
	switch (shape) {
	case S_TEXT:
		return is_type(j, tok, JSON_STR);
	case S_BODY:
		return is_body(j, tok);
	case S_TIME:
		return is_time(j, tok);
	case S_HASH:
		return is_hash(j, tok);
	case S_COUNT:
		return json_int(j, tok, -1) >= 0;
	case S_PARENT:
		return json_int(j, tok, -2) >= -1;
	case S_TEXTS:
		return array_fits(j, tok, NULL, ARRAY_MAX);
	case S_ADDRESSES:
		return array_fits(j, tok, address_table, ARRAY_MAX);
	case S_PARTS:
		return parts_fit(j, tok);
	case S_BOUNCE:
		return object_check(j, tok, bounce_table) == NULL;
	case S_JOURNAL:
		return object_check(j, tok, journal_table) == NULL;
	case S_RECIPIENTS:
		return array_fits(j, tok, recipient_table, ARRAY_MAX);
	case S_REPORTED:
		return array_fits(j, tok, reported_table,
		    LIMIT_READ_REPORTED);
	}
	return 0;
}

const char *
reading_check(const struct json *j)
{
	return object_check(j, 0, reading_table);
}
