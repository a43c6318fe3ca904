/* SPDX-License-Identifier: ISC */
/*
 * bundle_look: what a document of the plan is made of: its bytes, the parts
 * that are attachments, their text and pages, all as descriptors of memory
 * that is not the daemon's own.
 *
 * The reader (daemon/export/reading.h) parses; here is only decided what to
 * ask, and bundle_ask.c asks.  What cannot be had is a problem of its member,
 * which exceptions.csv lists; only trouble of the store or the machine ends
 * the build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/text.h"

/* ---- the members ------------------------------------------------- */

static void
member_init(struct member *k)
{
	memset(k, 0, sizeof *k);
	k->part = JSON_NONE;
	k->parent = k->doc = k->text = k->image = -1;
}

/* A part that stands by itself: a file that was attached, or a message. */
static int
is_attached(const struct family *f, uint32_t part)
{
	const struct json *j = &f->row.json;
	uint32_t type = json_get(j, part, "type");

	if (json_int(j, json_get(j, part, "parent"), -1) < 0)
		return 0;	/* the message itself */
	if (json_is(j, type, "message/rfc822"))
		return 1;
	return json_get(j, part, "sha256") != JSON_NONE &&
	    (json_get(j, part, "filename") != JSON_NONE ||
	    json_is(j, json_get(j, part, "disposition"), "attachment"));
}

/* Which member the part with an index is in: the nearest one around it. */
static int
member_around(const struct family *f, const int64_t *parent, int64_t index)
{
	for (index = parent[index]; index > 0; index = parent[index])
		for (unsigned i = 1; i < f->n; i++)
			if (f->member[i].number == index + 1)
				return (int)i;
	return 0;
}

static int
add_parts(struct family *f, struct trouble *t)
{
	const struct json *j = &f->row.json;
	uint32_t parts = json_get(j, f->reading, "parts"), part;
	uint32_t n = parts == JSON_NONE ? 0 : j->tok[parts].n, i = 0;
	int64_t *parent = calloc(n + 1, sizeof *parent);
	struct member *more = reallocarray(f->member, n + 1, sizeof *more);

	if (more != NULL)
		f->member = more;
	if (parent == NULL || more == NULL) {
		free(parent);
		return trouble_errno(t, SAY_EXPORT_FAILED, "parts");
	}
	for (part = json_first(j, parts); part != JSON_NONE && i < n;
	    part = json_after(j, parts, part), i++) {
		struct member *k = &f->member[f->n];

		parent[i] = json_int(j, json_get(j, part, "parent"), -1);
		if (parent[i] >= (int64_t)i)
			parent[i] = 0;
		if (!is_attached(f, part))
			continue;
		member_init(k);
		k->part = part;
		k->number = (uint16_t)(i + 1);
		jrow_str(&f->row, part, "filename", &k->name);
		k->mail = json_is(j, json_get(j, part, "type"),
		    "message/rfc822");
		k->parent = member_around(f, parent, i);
		f->n++;
	}
	free(parent);
	return 0;
}

/* ---- the document ------------------------------------------------ */

static int
fetch_row(const struct looking *l, const struct id *document,
    struct family *f, struct trouble *t)
{
	int got = ask_one(l->store, document, l->position, &f->row.text, t);

	if (got == 0)
		return trouble_set(t, SAY_EXPORT_FAILED, "document", "gone",
		    NULL, NULL);
	if (got == -1)
		return -1;
	if (jrow_parse(&f->row) == -1)
		return trouble_errno(t, SAY_EXPORT_FAILED, "document");
	f->received = json_get(&f->row.json, 0, "received");
	f->reading = json_get(&f->row.json, 0, "reading");
	return 0;
}

static int
fetch_whole(const struct looking *l, const struct id *document,
    struct family *f, struct trouble *t)
{
	struct member *k = &f->member[0];
	const struct json *j = &f->row.json;
	struct buf type = BUF_INIT;
	struct loc loc;
	uint64_t size;
	const char *text;

	jrow_str(&f->row, 0, "filename", &k->name);
	jrow_str(&f->row, 0, "type", &type);
	if ((text = buf_str(&type)) != NULL)
		(void)snprintf(k->type, sizeof k->type, "%s", text);
	buf_release(&type);
	k->mail = json_is(j, json_get(j, 0, "channel"), "email") ||
	    strcmp(k->type, "message/rfc822") == 0;
	if (ask_blob(l->store, document, &loc, NULL, &size, t) != 1)
		return -1;
	if (size > 0 && (k->doc = reading_document(store_log(l->store), &loc,
	    &size, t)) == -1)
		return -1;
	k->size = size;
	return 0;
}

static void
say_unread(struct family *f)
{
	struct member *k = &f->member[0];
	struct buf why = BUF_INIT;
	const char *text;

	if (!json_is(&f->row.json, json_get(&f->row.json, 0, "status"),
	    "unread"))
		return;
	jrow_str(&f->row, 0, "reason", &why);
	text = buf_str(&why);
	k->problem = "unread";
	(void)snprintf(k->detail, sizeof k->detail, "%s",
	    text != NULL ? text : "");
	buf_release(&why);
}

static int
begin(const struct looking *l, const struct id *document, struct family *f,
    struct trouble *t)
{
	memset(f, 0, sizeof *f);
	if ((f->member = calloc(1, sizeof *f->member)) == NULL)
		return trouble_errno(t, SAY_EXPORT_FAILED, "document");
	member_init(&f->member[f->n++]);
	return fetch_row(l, document, f, t);
}

/* Its members, with all that can be had of them. */
static int
fill(const struct looking *l, struct reading_client *client,
    const struct id *document, struct family *f, struct trouble *t)
{
	if (fetch_whole(l, document, f, t) == -1 || add_parts(f, t) == -1)
		return -1;
	say_unread(f);
	family_kept(l, document, f);
	for (unsigned k = 0; k < f->n; k++) {
		if (k > 0 && member_part(f, client, &f->member[k], t) == -1)
			return -1;
		if (member_ask(l, f, client, &f->member[k], t) == -1)
			return -1;
	}
	return 0;
}

int
family_fill(const struct looking *l, struct reading_client *client,
    const struct id *document, struct family *f, struct trouble *t)
{
	return begin(l, document, f, t) == -1 ? -1 :
	    fill(l, client, document, f, t);
}

int
family_look(const struct making *m, struct reading_client *client, size_t i,
    struct family *f, struct trouble *t)
{
	const struct plan_item *item = &m->plan->item[i];
	const struct looking l = { m->store, m->position, m->lang, m->maker };
	int rc = begin(&l, &item->document, f, t);

	f->item = (uint32_t)i;
	if (rc == 0 && item->treatment == TREAT_WITHHOLD) {
		f->member[0].slip = 1;
		f->member[0].pages = 1;
		return 0;	/* none of its bytes come near the bundle */
	}
	return rc == -1 ? -1 : fill(&l, client, &item->document, f, t);
}

static void
shut(int fd)
{
	if (fd != -1)
		(void)close(fd);	/* of memory */
}

void
family_release(struct family *f)
{
	for (unsigned i = 0; i < f->n; i++) {
		struct member *k = &f->member[i];

		shut(k->doc);
		shut(k->text);
		shut(k->image);
		buf_release(&k->name);
	}
	free(f->member);
	free(f->kept);
	blobr_free(f->bytes);
	jrow_release(&f->row);
	memset(f, 0, sizeof *f);
}
