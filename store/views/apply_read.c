/* SPDX-License-Identifier: ISC */
/*
 * apply_read: what the reader said of a document.  What a person stated
 * stays; the reader only fills what is empty.
 *
 * Two documents are copies when Message-ID and the decoded content of all
 * parts are the same (headers of transport, and how an mbox writer or a mail
 * server ended and quoted the lines of a text, may differ).  Without a
 * Message-ID: when date, sender and subject are the same instead.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "store/views/layout.h"

static const struct vstr none = { "", 0 };

static struct vstr
member(struct apply *a, const struct json *j, uint32_t obj, const char *key)
{
	return apply_str(a, j, json_get(j, obj, key));
}

/* "Name <address>", or the one there is. */
static struct vstr
party_text(struct apply *a, const struct json *j, uint32_t tok)
{
	struct vstr address = member(a, j, tok, "address");
	struct vstr name = member(a, j, tok, "name");
	char *p;

	if (name.n == 0 || address.n == 0)
		return name.n == 0 ? address : name;
	p = arena_alloc(&a->arena, name.n + address.n + 3);
	if (p == NULL)
		return none;
	memcpy(p, name.p, name.n);
	memcpy(p + name.n, " <", 2);
	memcpy(p + name.n + 2, address.p, address.n);
	p[name.n + 2 + address.n] = '>';
	return (struct vstr){ p, name.n + address.n + 3 };
}

static void
read_to(struct apply *a, struct vdoc *d, const struct json *j, uint32_t r,
    const char *key)
{
	uint32_t list = json_get(j, r, key), t;

	for (t = json_first(j, list); t != JSON_NONE;
	    t = json_after(j, list, t)) {
		if (d->nto < VDOC_TO_MAX)
			d->to[d->nto] = party_text(a, j, t);
		d->nto++;
	}
}

/* The first with an address that can send; else the first. */
static uint32_t
sender_of(struct apply *a, const struct json *j, uint32_t list)
{
	for (uint32_t t = json_first(j, list); t != JSON_NONE;
	    t = json_after(j, list, t)) {
		struct vstr s = member(a, j, t, "address");

		if (s.n > 0 && memchr(s.p, '@', s.n) != NULL)
			return t;
	}
	return json_first(j, list);
}

/* Parties of an earlier reading give way; those that were stated do not. */
static void
read_parties(struct apply *a, struct vdoc *d, const struct json *j, uint32_t r,
    int again)
{
	uint32_t from = sender_of(a, j, json_get(j, r, "from"));

	if ((d->from.n == 0 || again) && from != JSON_NONE)
		d->from = party_text(a, j, from);
	if (d->nto > 0 && !again)
		return;
	if (json_get(j, r, "to") == JSON_NONE &&
	    json_get(j, r, "cc") == JSON_NONE)
		return;
	d->nto = 0;
	read_to(a, d, j, r, "to");
	read_to(a, d, j, r, "cc");
}

static int
read_subject(struct apply *a, struct vdoc *d, const struct json *j,
    uint32_t r)
{
	d->subject = member(a, j, r, "subject");
	buf_clear(&a->tmp);
	if (text_base_subject(&a->tmp, d->subject.p, d->subject.n) == -1)
		return -1;
	d->thread = apply_copy(a, a->tmp.data, a->tmp.len);
	return 0;
}

/*
 * The parts within that of this index: from first_r up to, not with, end_r;
 * all of them without such a part (-1).
 */
static void
parts_within(const struct json *j, uint32_t parts, int64_t of,
    int64_t *first_r, int64_t *end_r)
{
	int64_t i = 0, depth = -1;

	*first_r = of + 1;
	*end_r = INT64_MAX;
	for (uint32_t t = json_first(j, parts); t != JSON_NONE;
	    t = json_after(j, parts, t), i++) {
		int64_t deep = json_int(j, json_get(j, t, "depth"), 0);

		if (i == of) {
			depth = deep;
		} else if (i > of && deep <= depth) {
			*end_r = i;
			return;
		}
	}
}

/*
 * Message-ID and the parts' hashes into tmp; empty: no such evidence.  Of a
 * journal report those of the message in it, whoever it was reported for.
 */
static void
content_of(struct apply *a, const struct json *j, uint32_t r, struct vstr mid)
{
	uint32_t parts = json_get(j, r, "parts"), t;
	uint32_t journal = json_get(j, r, "journal");
	int64_t first, end, i = 0;
	unsigned leaves = 0;

	parts_within(j, parts, json_int(j, json_get(j, journal, "part"), -1),
	    &first, &end);
	buf_clear(&a->tmp);
	buf_add(&a->tmp, mid.p, mid.n);
	for (t = json_first(j, parts); t != JSON_NONE && i < end;
	    t = json_after(j, parts, t), i++) {
		struct vstr sha = member(a, j, t, "text_sha256");

		if (sha.n == 0)
			sha = member(a, j, t, "sha256");
		if (sha.n == 0 || i < first)
			continue;
		buf_addc(&a->tmp, 0);
		buf_add(&a->tmp, sha.p, sha.n);
		leaves++;
	}
	if (leaves == 0)
		buf_clear(&a->tmp);
}

static int
read_content(struct apply *a, struct held *h, const struct json *j, uint32_t r,
    struct vstr mid)
{
	struct id head;
	int rc;

	content_of(a, j, r, mid);
	if (buf_failed(&a->tmp)) {
		errno = ENOMEM;
		return -1;
	}
	if (a->tmp.len == 0 || h->d.copy_of.kind != ID_NONE ||
	    h->d.ncopies > 0)
		return held_changed(a, h);
	rc = set_find(a, a->tmp.data, a->tmp.len, &head);
	if (rc == 1 && !id_equal(&head, &h->d.id))
		return set_join(a, h, &head);
	if (rc == 0)
		rc = apply_look(a, LOOK_CONTENT, a->tmp.data, a->tmp.len,
		    &h->d.id);
	return rc == -1 ? -1 : held_changed(a, h);
}

/* What stands in for a Message-ID: date, sender and subject; or nothing. */
static struct vstr
no_message_id(struct apply *a, const struct json *j, uint32_t r)
{
	uint32_t from = sender_of(a, j, json_get(j, r, "from"));
	struct vstr date = member(a, j, r, "date");
	struct vstr sender = member(a, j, from, "address");
	struct vstr subject = member(a, j, r, "subject");

	if (date.n == 0 || sender.n == 0)
		return none;
	buf_clear(&a->tmp);
	buf_addc(&a->tmp, 0);		/* no Message-ID begins with it */
	buf_add(&a->tmp, date.p, date.n);
	buf_addc(&a->tmp, 0);
	buf_add(&a->tmp, sender.p, sender.n);
	buf_addc(&a->tmp, 0);
	buf_add(&a->tmp, subject.p, subject.n);
	if (buf_failed(&a->tmp))
		a->arena.failed = 1;
	return buf_failed(&a->tmp) ? none :
	    apply_copy(a, a->tmp.data, a->tmp.len);
}

/* Domains change their keys: only what came just now is worth asking for. */
static int
todo_vouch(struct apply *a, const struct vdoc *d)
{
	struct vkey k = VKEY_INIT;

	if (d->source.n != 4 || (memcmp(d->source.p, "lmtp", 4) != 0 &&
	    memcmp(d->source.p, "smtp", 4) != 0))
		return 0;
	vkey_id(&k, &d->id);
	return vtxn_set(a->x, VIEW_TODO_VOUCH, &k, "", 0);
}

static int
read_members(struct apply *a, struct held *h, const struct json *j,
    uint32_t r, int again)
{
	struct vdoc *d = &h->d;
	struct vstr mid;

	d->type = member(a, j, r, "type");
	d->header = apply_when(member(a, j, r, "date"));
	d->hop = apply_when(member(a, j, r, "received"));
	read_parties(a, d, j, r, again);
	if (read_subject(a, d, j, r) == -1)
		return -1;
	if (tie_reading(a, h, j, r) == -1 ||
	    (!again && member(a, j, r, "dkim").n > 0 &&
	    todo_vouch(a, d) == -1))
		return -1;
	d->message_id = mid = member(a, j, r, "message_id");
	if (mid.n == 0)
		mid = no_message_id(a, j, r);
	else if (!again &&
	    apply_look(a, LOOK_MESSAGE, mid.p, mid.n, &d->id) == -1)
		return -1;
	return mid.n == 0 ? held_changed(a, h) : read_content(a, h, j, r, mid);
}

static int
read_facts(struct apply *a, struct held *h, const struct json *j, uint32_t r,
    int again)
{
	struct id id = h->d.id;

	if (read_members(a, h, j, r, again) == -1)
		return -1;
	return tie_others(a, &id, j, r);
}

/* The reading out of a derived blob: 1, 0 it is gone, -1. */
static int
blob_reading(struct apply *a, struct vstr hex, struct buf *out)
{
	uint8_t sha256[LOG_HASH_LEN];
	struct blobr *blob;
	struct loc loc;
	uint64_t size;
	int rc;

	if (hex.n != 2 * LOG_HASH_LEN ||
	    text_unhex(hex.p, hex.n, sha256) == -1)
		return 0;
	rc = vblob_find(&a->x->snap, a->x->hash, sha256, &loc, &size);
	if (rc != 1 || size > LIMIT_READ_ANSWER)
		return rc == -1 ? -1 : 0;
	if ((blob = blob_open(a->log, &loc, NULL)) == NULL)
		return 0;
	rc = blobr_read(blob, 0, (size_t)size, out, NULL) == 0;
	blobr_free(blob);
	return rc;
}

/*
 * The reading is parsed apart when it stands in a blob.  Its texts must then
 * live as long as the entry, so they are in the arena.
 */
static int
read_blob(struct apply *a, struct held *h, struct vstr hex, int again)
{
	struct buf b = BUF_INIT;
	struct json j;
	struct vstr text;
	int rc = blob_reading(a, hex, &b);

	if (rc == 1) {
		text = apply_copy(a, b.data, b.len);
		if (json_parse(&j, text.p, text.n) == 0) {
			rc = read_facts(a, h, &j, 0, again);
			json_release(&j);
		} else
			rc = errno == ENOMEM ? -1 : 0;
	}
	if (rc == 0 && h->made != a->e.seq)
		rc = held_changed(a, h);
	buf_release(&b);
	return rc;
}

int
apply_authenticated(struct apply *a)
{
	struct vkey k = VKEY_INIT;
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1) {
		vkey_id(&k, &h.d.id);
		h.d.vouched = a->e.seq;
		rc = vtxn_unset(a->x, VIEW_TODO_VOUCH, &k);
		if (rc == 0)
			rc = held_changed(a, &h);
	}
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

static int
read_work(struct apply *a, const struct vdoc *d)
{
	struct vkey k = VKEY_INIT;

	vkey_id(&k, &d->id);
	if (vtxn_unset(a->x, VIEW_TODO_READ, &k) == -1 ||
	    apply_render_due(a, d) == -1)
		return -1;
	return d->state != STATE_NEW ? 0 :
	    vtxn_set(a->x, VIEW_TODO_FILE, &k, "", 0);
}

int
apply_read(struct apply *a)
{
	struct vstr blob = apply_field(a, "reading_sha256");
	uint32_t reading = entry_get(&a->e, "reading");
	struct held h;
	int rc, again;

	HELD_INIT(&h);
	if ((rc = held_load(a, &a->e.document, &h)) != 1)
		goto out;
	again = h.d.read_seq != 0;
	h.d.read_seq = a->e.seq;
	h.d.status = vstr_is(apply_field(a, "status"), "read") ? STATUS_READ :
	    STATUS_UNREAD;
	h.d.reason = apply_field(a, "reason");
	if ((rc = read_work(a, &h.d)) == -1)
		goto out;
	if (reading != JSON_NONE)
		rc = read_facts(a, &h, &a->e.json, reading, again);
	else if (blob.n > 0)
		rc = read_blob(a, &h, blob, again);
	else
		rc = held_changed(a, &h);
out:
	held_release(&h);
	return rc == -1 ? -1 : 0;
}
