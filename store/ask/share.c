/* SPDX-License-Identifier: ISC */
/*
 * share: which other documents hold the same bytes as a document or one of
 * its parts: the scan that was mailed and dropped too, the contract that two
 * mails carry.  Copies of the document itself are no news and left out; of
 * another set one is named.  A part that VIEWS_SHARED documents have is a
 * letterhead: nothing is said of it (apply_tie.c).  It names SHARES_MAX.
 */
#include "store/ask/room.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define SHARES_MAX 32

/* What one answer collects. */
struct shares {
	const struct vdoc	*doc;
	struct id		 head[SHARES_MAX];	/* sets named */
	int64_t			 of[SHARES_MAX];	/* with this part */
	unsigned		 n;
};

static const struct id *
head_of(const struct vdoc *doc)
{
	return doc->copy_of.kind != ID_NONE ? &doc->copy_of : &doc->id;
}

/* The parts of a document's reading; json_release() and buf_release() after. */
static int
parts_get(struct room *room, const struct vdoc *doc, struct buf *text,
    struct json *json, uint32_t *parts_r)
{
	struct jw w;

	memset(json, 0, sizeof(*json));
	*parts_r = JSON_NONE;
	jw_init(&w, text);
	jw_object(&w);
	if (put_reading(room, &w, doc) == -1)
		return -1;
	jw_end(&w);
	if (buf_failed(text) || json_parse(json, (const char *)text->data,
	    text->len) == -1)
		return -1;
	*parts_r = json_get(json, json_get(json, 0, "reading"), "parts");
	return 0;
}

static uint32_t
part_at(const struct json *json, uint32_t parts, int64_t index)
{
	uint32_t t = json_first(json, parts);

	while (t != JSON_NONE && index-- > 0)
		t = json_after(json, parts, t);
	return t;
}

static int
put_part_name(struct room *room, struct jw *w, const struct vdoc *other,
    int64_t part)
{
	struct buf text = BUF_INIT;
	struct json json;
	uint32_t parts, name;
	size_t len;
	int ret = parts_get(room, other, &text, &json, &parts);

	name = ret == -1 ? JSON_NONE : json_get(&json, part_at(&json, parts,
	    part), "filename");
	if (name != JSON_NONE) {
		const char *span = json_span(&json, name, &len);

		jw_key(w, "filename");
		jw_raw(w, span, len);
	}
	json_release(&json);
	buf_release(&text);
	return ret;
}

/* One that was found; part -1: the whole of it, of -1: the whole of ours. */
static int
put_share(struct room *room, struct jw *w, struct shares *s,
    const struct id *id, int64_t of)
{
	int64_t part = (int64_t)id->part - 1;
	struct vrow row = VROW_INIT;
	struct id whole = *id;
	struct vdoc other;
	int got, ret = 0;

	whole.part = 0;
	got = get_doc(room, &whole, &row, &other);
	if (got != 1 || s->n == SHARES_MAX ||
	    id_equal(head_of(&other), head_of(s->doc)))
		goto out;
	for (unsigned i = 0; i < s->n; i++)
		if (s->of[i] == of && id_equal(&s->head[i], head_of(&other)))
			goto out;
	s->head[s->n] = *head_of(&other);
	s->of[s->n++] = of;
	jw_object(w);
	put_id(w, "document", &whole);
	if (part < 0)
		put_vstr_opt(w, "filename", &other.filename);
	else
		ret = put_part_name(room, w, &other, part);
	if (of >= 0)
		jw_kint(w, "of", of);
	if (part >= 0)
		jw_kint(w, "part", part);
	jw_end(w);
out:
	vrow_release(&row);
	return got == -1 ? -1 : ret;
}

/* All that a look-up finds, unless it is in too many documents. */
static int
put_found(struct room *room, struct jw *w, struct shares *s,
    enum view_look what, const void *p, size_t n, int64_t of)
{
	struct vkey prefix = VKEY_INIT;
	struct id id[VIEWS_SHARED];
	struct vcur cur;
	int got = 0, count = 0;

	vkey_look(&prefix, room->views, what, p, n);
	if (vcur_open(&cur, &room->snap, VIEW_LOOK, &prefix, VCUR_KEYS) == -1)
		got = -1;
	while (got != -1 && count < VIEWS_SHARED &&
	    (got = vcur_next(&cur)) == 1)
		id_from_key(cur.row.key + VKEY_LOOK_ID, &id[count++]);
	vcur_close(&cur);
	if (got == -1)
		return -1;
	for (int i = 0; count < VIEWS_SHARED && i < count; i++)
		if (put_share(room, w, s, &id[i], of) == -1)
			return -1;
	return 0;
}

/* A part is in other documents as a part, or is one as a whole. */
static int
put_part_shares(struct room *room, struct jw *w, struct shares *s,
    const struct json *json, uint32_t part, int64_t of)
{
	struct buf hex = BUF_INIT;
	uint8_t sha256[LOG_HASH_LEN];
	int ret = -1;

	if (json_str(json, json_get(json, part, "sha256"), &hex) == -1 ||
	    hex.len != 2 * sizeof(sha256) || text_unhex(
	    (const char *)hex.data, hex.len, sha256) == -1)
		ret = buf_failed(&hex) ? -1 : 0;	/* no leaf */
	else if (put_found(room, w, s, LOOK_PART, hex.data, hex.len, of) == 0)
		ret = put_found(room, w, s, LOOK_BYTES, sha256,
		    sizeof(sha256), of);
	buf_release(&hex);
	return ret;
}

static int
put_whole_shares(struct room *room, struct jw *w, struct shares *s)
{
	struct buf hex = BUF_INIT;
	int ret = -1;

	buf_addhex(&hex, s->doc->sha256, sizeof(s->doc->sha256));
	if (!buf_failed(&hex))
		ret = put_found(room, w, s, LOOK_PART, hex.data, hex.len, -1);
	buf_release(&hex);
	return ret;
}

int
put_shares(struct room *room, struct jw *w, const struct vdoc *doc)
{
	struct shares s = { .doc = doc };
	struct buf text = BUF_INIT;
	struct json json;
	uint32_t parts, t;
	int64_t of = 0;
	int ret = parts_get(room, doc, &text, &json, &parts);

	if (ret == -1)
		goto out;
	jw_key(w, "shares");
	jw_array(w);
	ret = put_whole_shares(room, w, &s);
	for (t = json_first(&json, parts); t != JSON_NONE && ret == 0;
	    t = json_after(&json, parts, t), of++)
		if (json_int(&json, json_get(&json, t, "size"), 0) >=
		    VIEWS_SHARED_LEAST)
			ret = put_part_shares(room, w, &s, &json, t, of);
	jw_end(w);
out:
	json_release(&json);
	buf_release(&text);
	return ret;
}
