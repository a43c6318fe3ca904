/* SPDX-License-Identifier: ISC */
/*
 * kinds: the table of entry kinds, and the entry itself.  The table is
 * kinds.def, read three times; a kind's row is followed by its fields.
 */
#include "proto/base/kinds.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "proto/base/when.h"

static const struct {
	const char	*name;
	size_t		 len;
	enum id_kind	 assigns;
	enum lane	 lane;
	enum say_key	 sentence;
} kind_table[] = {
#define KIND(key, name, assigns, lane, sentence) \
	{ name, sizeof(name) - 1, assigns, lane, SAY_##sentence },
#define FIELD(name, type, need, meaning)
#include "proto/base/kinds.def"
#undef KIND
#undef FIELD
};

/* One row a field, in the order of kinds.def; a kind is a row without name. */
static const struct field {
	const char	*name;
	char		 type;
	char		 need;
} field_table[] = {
#define KIND(key, name, assigns, lane, sentence) { NULL, 0, 0 },
#define FIELD(name, type, need, meaning) { name, type, need },
#include "proto/base/kinds.def"
#undef KIND
#undef FIELD
	{ NULL, 0, 0 }
};

/* Where each kind's row stands in field_table; a field's own is unused. */
#define ROW_OF(line)	ROW_AT(line)
#define ROW_AT(line)	FIELD_ROW_##line
enum {
#define KIND(key, name, assigns, lane, sentence) KIND_ROW_##key,
#define FIELD(name, type, need, meaning) ROW_OF(__LINE__),
#include "proto/base/kinds.def"
#undef KIND
#undef FIELD
};

static const uint16_t kind_row[] = {
#define KIND(key, name, assigns, lane, sentence) KIND_ROW_##key,
#define FIELD(name, type, need, meaning)
#include "proto/base/kinds.def"
#undef KIND
#undef FIELD
};

static const char *const lane_table[LANE_COUNT] = {
	[LANE_NONE]	 = "none",
	[LANE_RECORD]	 = "record",
	[LANE_EMAIL]	 = "email",
	[LANE_POST]	 = "post",
	[LANE_FAX]	 = "fax",
	[LANE_CALL]	 = "call",
	[LANE_MEETING]	 = "meeting",
	[LANE_MESSAGE]	 = "message",
	[LANE_WEB]	 = "web",
	[LANE_MILESTONE] = "milestone",
	[LANE_ACCESS]	 = "access",
	[LANE_DOCUMENT]	 = "document",
};

const char *
kind_name(enum kind kind)
{
	return kind_table[kind].name;
}

static int
same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

enum kind
kind_of(const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < KIND_COUNT; i++)
		if (kind_table[i].len == len &&
		    memcmp(kind_table[i].name, text, len) == 0)
			break;
	return (enum kind)i;
}

enum id_kind
kind_assigns(enum kind kind)
{
	return kind_table[kind].assigns;
}

enum lane
kind_lane(enum kind kind)
{
	return kind_table[kind].lane;
}

enum say_key
kind_sentence(enum kind kind)
{
	return kind_table[kind].sentence;
}

const char *
lane_name(enum lane lane)
{
	return lane_table[lane];
}

enum lane
lane_of(const char *text, size_t len)
{
	unsigned i;

	for (i = 0; i < LANE_COUNT; i++)
		if (same(lane_table[i], text, len))
			break;
	return (enum lane)i;
}

static int
type_fits(uint32_t type, char want)
{
	switch (want) {
	case 's':
		return type == JSON_STR;
	case 'i':
		return type == JSON_INT;
	case 'b':
		return type == JSON_TRUE || type == JSON_FALSE;
	case 'o':
		return type == JSON_OBJ;
	case 'a':
		return type == JSON_ARR;
	default:
		return 0;
	}
}

/* The row of the field that a body's key names, or NULL. */
static const struct field *
field_find(const struct field *f, const struct json *j, uint32_t key)
{
	for (; f->name != NULL; f++)
		if (json_is(j, key, f->name))
			return f;
	return NULL;
}

const char *
kind_check(enum kind kind, const struct json *j, uint32_t body)
{
	const struct field *fields = &field_table[kind_row[kind] + 1];

	if (body >= j->ntok || j->tok[body].type != JSON_OBJ)
		return "body";
	for (uint32_t at = json_first(j, body); at != JSON_NONE;
	    at = json_after(j, body, at + 1)) {
		const struct field *f = field_find(fields, j, at);

		if (f == NULL)
			return "?";
		if (!type_fits(j->tok[at + 1].type, f->type))
			return f->name;
	}
	for (const struct field *f = fields; f->name != NULL; f++)
		if (f->need && json_get(j, body, f->name) == JSON_NONE)
			return f->name;
	return NULL;
}

/* The members of an entry, in order; each takes its token into the entry. */

static int
take_actor(struct entry *e, uint32_t tok)
{
	struct buf text = BUF_INIT;
	int rc = -1;

	if (json_str(&e->json, tok, &text) == -1 || buf_failed(&text) ||
	    text.len == 0 || text.len >= sizeof e->actor ||
	    memchr(text.data, '\0', text.len) != NULL)
		goto out;
	memcpy(e->actor, text.data, text.len);
	e->actor[text.len] = '\0';
	rc = 0;
out:
	buf_release(&text);
	return rc;
}

static int
take_at(struct entry *e, uint32_t tok)
{
	const struct json_tok *t = &e->json.tok[tok];
	char text[WHEN_TEXT_MAX];
	struct when w;

	if (t->type != JSON_STR || when_parse(e->json.text + t->start,
	    t->end - t->start, &w) == -1)
		return -1;
	e->at = w.at;
	return json_is(&e->json, tok, when_text(w.at, text)) ? 0 : -1;
}

static int
take_body(struct entry *e, uint32_t tok)
{
	e->body = tok;
	return e->json.tok[tok].type == JSON_OBJ ? 0 : -1;
}

static int
take_id(struct entry *e, uint32_t tok, enum id_kind kind, struct id *id_r)
{
	const struct json_tok *t = &e->json.tok[tok];
	char text[ID_TEXT_MAX];

	if (t->type != JSON_STR || id_parse(e->json.text + t->start,
	    t->end - t->start, id_r) == -1 || id_r->kind != kind)
		return -1;
	return json_is(&e->json, tok, id_text(id_r, text)) ? 0 : -1;
}

static int
take_bundle(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_BUNDLE, &e->bundle);
}

static int
take_case(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_CASE, &e->kase);
}

static int
take_client(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_CLIENT, &e->client);
}

static int
take_contact(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_CONTACT, &e->contact);
}

static int
take_document(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_DOCUMENT, &e->document);
}

static int
take_kind(struct entry *e, uint32_t tok)
{
	const struct json_tok *t = &e->json.tok[tok];

	e->kind = KIND_COUNT;
	if (t->type == JSON_STR)
		e->kind = kind_of(e->json.text + t->start, t->end - t->start);
	return e->kind < KIND_COUNT ? 0 : -1;
}

static int
take_seq(struct entry *e, uint32_t tok)
{
	int64_t v = json_int(&e->json, tok, 0);

	e->seq = (uint64_t)v;
	return v >= 1 ? 0 : -1;
}

static int
take_staff(struct entry *e, uint32_t tok)
{
	return take_id(e, tok, ID_STAFF, &e->staff);
}

/* Every version ever written is read here; an unknown one is not guessed. */
static int
take_v(struct entry *e, uint32_t tok)
{
	e->v = json_int(&e->json, tok, 0) == 1;
	return e->v == 1 ? 0 : -1;
}

static const struct {
	const char	*name;
	int		 need;
	int		(*take)(struct entry *, uint32_t);
} entry_members[] = {
	{ "actor", 1, take_actor },
	{ "at", 1, take_at },
	{ "body", 1, take_body },
	{ "bundle", 0, take_bundle },
	{ "case", 0, take_case },
	{ "client", 0, take_client },
	{ "contact", 0, take_contact },
	{ "document", 0, take_document },
	{ "kind", 1, take_kind },
	{ "seq", 1, take_seq },
	{ "staff", 0, take_staff },
	{ "v", 1, take_v },
};

#define MEMBERS (sizeof entry_members / sizeof entry_members[0])

static int
take_members(struct entry *e)
{
	uint32_t at = json_first(&e->json, 0);

	if (e->json.tok[0].type != JSON_OBJ)
		return -1;
	for (size_t i = 0; i < MEMBERS; i++) {
		if (at == JSON_NONE ||
		    !json_is(&e->json, at, entry_members[i].name)) {
			if (entry_members[i].need)
				return -1;
			continue;
		}
		if (entry_members[i].take(e, at + 1) == -1)
			return -1;
		at = json_after(&e->json, 0, at + 1);
	}
	return at == JSON_NONE ? 0 : -1;
}

int
entry_decode(struct entry *entry_r, const char *text, size_t len)
{
	memset(entry_r, 0, sizeof *entry_r);
	if (json_parse(&entry_r->json, text, len) == -1)
		return -1;
	if (take_members(entry_r) == -1) {
		entry_release(entry_r);
		errno = EINVAL;
		return -1;
	}
	return 0;
}

void
entry_release(struct entry *e)
{
	json_release(&e->json);
}

uint32_t
entry_get(const struct entry *e, const char *field)
{
	return json_get(&e->json, e->body, field);
}

static void
put_id(struct jw *w, const char *key, const struct id *id)
{
	char text[ID_TEXT_MAX];

	jw_kstr_opt(w, key, id_text(id, text));
}

void
entry_encode(struct buf *out, const struct entry *e, const char *body,
    size_t bodylen)
{
	char at[WHEN_TEXT_MAX];
	struct jw w;

	assert(e->seq > 0 && e->seq <= (uint64_t)JSON_INT_MAX && e->v == 1);
	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "actor", e->actor);
	jw_kstr(&w, "at", when_text(e->at, at));
	jw_key(&w, "body");
	jw_raw(&w, body, bodylen);
	put_id(&w, "bundle", &e->bundle);
	put_id(&w, "case", &e->kase);
	put_id(&w, "client", &e->client);
	put_id(&w, "contact", &e->contact);
	put_id(&w, "document", &e->document);
	jw_kstr(&w, "kind", kind_name(e->kind));
	jw_kint(&w, "seq", (int64_t)e->seq);
	put_id(&w, "staff", &e->staff);
	jw_kint(&w, "v", e->v);
	jw_end(&w);
}
