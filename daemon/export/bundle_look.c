/* SPDX-License-Identifier: ISC */
/*
 * bundle_look: what a document of the plan is made of: its bytes, the parts
 * that are attachments, their text and pages, all as descriptors of memory
 * that is not the daemon's own.
 *
 * The reader (daemon/export/reading.h) parses; here is only decided what to
 * ask.  What cannot be had is a problem of its member, which exceptions.csv
 * lists; only trouble of the store or the machine ends the build.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/text.h"

/* ---- names and types --------------------------------------------- */

static const struct {
	const char *type, *ext;
} endings[] = {
	{ "message/rfc822", "eml" }, { "application/pdf", "pdf" },
	{ "image/tiff", "tif" }, { "image/jpeg", "jpg" },
	{ "image/png", "png" }, { "image/gif", "gif" },
	{ "text/plain", "txt" }, { "text/html", "html" },
	{ "application/zip", "zip" }, { "text/csv", "csv" },
	{ "application/msword", "doc" }, { "application/rtf", "rtf" },
};

/* The ending of a name, if it can stand in every file system. */
static int
ending_of(const char *name, char ext_r[12])
{
	const char *dot = strrchr(name, '.');
	size_t n = 0;

	for (const char *p = dot == NULL ? "" : dot + 1; *p != '\0'; p++) {
		char c = *p;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (n == 8 || !((c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9')))
			return 0;
		ext_r[n++] = c;
	}
	ext_r[n] = '\0';
	return n > 0;
}

static void
give_ending(struct member *k)
{
	const char *name = buf_str(&k->name);

	if (k->mail) {
		(void)snprintf(k->ext, sizeof k->ext, "eml");
		return;
	}
	if (name != NULL && ending_of(name, k->ext))
		return;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (strcmp(k->type, endings[i].type) == 0) {
			(void)snprintf(k->ext, sizeof k->ext, "%s",
			    endings[i].ext);
			return;
		}
	(void)snprintf(k->ext, sizeof k->ext, "bin");
}

static void
problem(struct member *k, const char *what, const char *detail)
{
	if (k->problem != NULL)
		return;
	k->problem = what;
	(void)snprintf(k->detail, sizeof k->detail, "%s", detail);
}

/* ---- asking the reader ------------------------------------------- */

static int
ask_failed(struct trouble *t, const char *what)
{
	if (errno == ECANCELED)
		return trouble_set(t, SAY_EXPORT_STOPPED, NULL, NULL, NULL,
		    NULL);
	return trouble_errno(t, SAY_EXPORT_FAILED, what);
}

static void
charset_of(const struct family *f, const struct member *k,
    char charset_r[32])
{
	struct buf text = BUF_INIT;
	const char *name;

	charset_r[0] = '\0';
	if (k->part != JSON_NONE)
		jrow_str(&f->row, k->part, "charset", &text);
	if ((name = buf_str(&text)) != NULL && strlen(name) < 32)
		(void)snprintf(charset_r, 32, "%s", name);
	buf_release(&text);
}

/* What an outcome that gives nothing is called in exceptions.csv. */
static void
say_problem(struct member *k, const struct reading_answer *a, int drawing)
{
	switch (a->outcome) {
	case READING_ENCRYPTED:
		problem(k, "encrypted", "it opens with a password only");
		break;
	case READING_CORRUPT:
		problem(k, "corrupt", "not what its first bytes promise");
		break;
	case READING_EMPTY:
		problem(k, "empty", "no bytes, or no pages");
		break;
	case READING_UNSUPPORTED:
		problem(k, "unsupported", "no pages are drawn of this type");
		break;
	case READING_NONE:
		break;
	case READING_TIMEOUT:
		problem(k, "unread", drawing ? "drawing it took too long" :
		    "reading it took too long");
		break;
	case READING_TOO_LARGE:
		problem(k, "unread", "too large to read");
		break;
	case READING_NO_MEMORY:
		problem(k, "unread", "reading it took too much memory");
		break;
	default:
		problem(k, "unread", "the reader died of it");
		break;
	}
}

static int
ask(const struct family *f, struct reading_client *client,
    const struct member *k, enum reading_role role, enum lang lang,
    struct reading_answer *a, struct trouble *t)
{
	char charset[32];
	struct reading_question q = {
		.role = role, .doc = k->doc, .size = k->size,
		.hint = k->mail ? READING_MAIL : READING_ANY,
		.charset = charset, .lang = lang
	};

	charset_of(f, k, charset);
	if (reading_ask(client, &q, a) == -1)
		return ask_failed(t, "dossier-reader");
	return 0;
}

static int
look_text(const struct making *m, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	struct reading_answer a;

	if (ask(f, client, k, READING_TEXT, m->lang, &a, t) == -1)
		return -1;
	if (a.type[0] != '\0' && k->type[0] == '\0')
		(void)snprintf(k->type, sizeof k->type, "%s", a.type);
	if (a.outcome == READING_DONE) {
		k->text = a.fd;
		k->text_size = a.size;
		a.fd = -1;
	}
	reading_answer_release(&a);
	return 0;
}

static int
look_image(const struct making *m, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	struct reading_answer a;

	if (ask(f, client, k, READING_DRAW, m->lang, &a, t) == -1)
		return -1;
	if (a.outcome == READING_DONE) {
		k->image = a.fd;
		k->image_size = a.size;
		k->pages = a.pages;
		a.fd = -1;
	} else if (a.outcome == READING_ITSELF && a.pages > 0 &&
	    (k->image = dup(k->doc)) != -1) {
		k->image_size = k->size;
		k->pages = a.pages;
	} else {
		say_problem(k, &a, 1);
		k->slip = 1;
		k->pages = 1;
	}
	if (k->image != -1 && k->pages == 0)
		k->pages = 1;
	reading_answer_release(&a);
	return 0;
}

static int
look_member(const struct making *m, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	if (k->doc == -1 || k->size == 0) {
		problem(k, "empty", "no bytes");
		k->slip = 1;
		k->pages = 1;
		give_ending(k);
		return 0;
	}
	if (look_text(m, f, client, k, t) == -1 ||
	    look_image(m, f, client, k, t) == -1)
		return -1;
	if (k->text == -1)
		problem(k, "no-text", "no text is made of this type yet");
	give_ending(k);
	return 0;
}

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

/* The bytes of a part, checked against what the reading says of them. */
static int
fetch_part(struct family *f, struct reading_client *client,
    struct member *k, struct trouble *t)
{
	const struct member *whole = &f->member[0];
	struct reading_question q = {
		.role = READING_PART, .doc = whole->doc, .size = whole->size,
		.hint = whole->mail ? READING_MAIL : READING_ANY,
		.part = (uint32_t)k->number - 1
	};
	struct reading_answer a;
	struct buf type = BUF_INIT;
	const char *text;

	if (reading_ask(client, &q, &a) == -1)
		return ask_failed(t, "dossier-reader");
	if (a.outcome == READING_DONE) {
		k->doc = a.fd;
		k->size = a.size;
		a.fd = -1;
	} else {
		say_problem(k, &a, 0);
	}
	reading_answer_release(&a);
	jrow_str(&f->row, k->part, "type", &type);
	if ((text = buf_str(&type)) != NULL)
		(void)snprintf(k->type, sizeof k->type, "%s", text);
	buf_release(&type);
	return 0;
}

/* ---- the document ------------------------------------------------ */

static int
fetch_row(const struct making *m, const struct id *document,
    struct family *f, struct trouble *t)
{
	int got = ask_one(m->store, document, m->position, &f->row.text, t);

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
fetch_whole(const struct making *m, const struct id *document,
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
	if (ask_blob(m->store, document, &loc, NULL, &size, t) != 1)
		return -1;
	if (size > 0 && (k->doc = reading_document(store_log(m->store), &loc,
	    &size, t)) == -1)
		return -1;
	k->size = size;
	return 0;
}

static void
say_unread(struct family *f)
{
	struct buf why = BUF_INIT;
	const char *text;

	if (!json_is(&f->row.json, json_get(&f->row.json, 0, "status"),
	    "unread"))
		return;
	jrow_str(&f->row, 0, "reason", &why);
	text = buf_str(&why);
	problem(&f->member[0], "unread", text != NULL ? text : "");
	buf_release(&why);
}

int
family_look(const struct making *m, struct reading_client *client, size_t i,
    struct family *f, struct trouble *t)
{
	const struct plan_item *item = &m->plan->item[i];

	memset(f, 0, sizeof *f);
	f->item = (uint32_t)i;
	if ((f->member = calloc(1, sizeof *f->member)) == NULL)
		return trouble_errno(t, SAY_EXPORT_FAILED, "document");
	member_init(&f->member[f->n++]);
	if (fetch_row(m, &item->document, f, t) == -1)
		return -1;
	if (item->treatment == TREAT_WITHHOLD) {
		f->member[0].slip = 1;
		f->member[0].pages = 1;
		return 0;	/* none of its bytes come near the bundle */
	}
	if (fetch_whole(m, &item->document, f, t) == -1 ||
	    add_parts(f, t) == -1)
		return -1;
	say_unread(f);
	for (unsigned k = 0; k < f->n; k++) {
		if (k > 0 && fetch_part(f, client, &f->member[k], t) == -1)
			return -1;
		if (look_member(m, f, client, &f->member[k], t) == -1)
			return -1;
	}
	return 0;
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
	jrow_release(&f->row);
	memset(f, 0, sizeof *f);
}

int
family_slip(const struct making *m, struct reading_client *client,
    struct member *k, const char *bates, struct trouble *t)
{
	struct buf words = BUF_INIT;
	struct reading_answer a;
	struct reading_question q = { .role = READING_SLIP, .doc = -1,
	    .lang = m->lang };
	int rc = -1;

	buf_adds(&words, bates);
	buf_addc(&words, '\n');
	say(&words, m->lang, k->piece.flags & PIECE_WITHHELD ?
	    SAY_EXPORT_SLIP_WITHHELD : k->doc == -1 || k->size == 0 ?
	    SAY_EXPORT_SLIP_EMPTY : SAY_EXPORT_SLIP_NATIVE, k->ext);
	buf_addc(&words, '\n');
	if ((q.words = buf_str(&words)) == NULL) {
		(void)trouble_errno(t, SAY_EXPORT_FAILED, "slip");
	} else if (reading_ask(client, &q, &a) == -1) {
		(void)ask_failed(t, "dossier-drawer");
	} else {
		if (a.outcome == READING_DONE) {
			k->image = a.fd;
			k->image_size = a.size;
			a.fd = -1;
			rc = 0;
		} else {
			errno = EPROTO;
			(void)trouble_errno(t, SAY_EXPORT_FAILED, "slip");
		}
		reading_answer_release(&a);
	}
	buf_release(&words);
	return rc;
}
