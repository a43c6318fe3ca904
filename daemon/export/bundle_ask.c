/* SPDX-License-Identifier: ISC */
/*
 * bundle_ask: text, pages and bytes of one member of a family: out of what
 * was made ahead (rendition.h) where that is what would be made now, else of
 * the reader.  Whoever makes ahead asks through here too, so one piece of
 * code decides what is asked.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/export/bundle_own.h"
#include "daemon/log.h"
#include "store/ask/known.h"

#define SLICE	(1u << 20)	/* of a blob */

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

/* ---- what was made ahead ----------------------------------------- */

static int
kept_take(const struct looking *l, const struct id *document,
    struct family *f, struct buf *body)
{
	struct loc loc;
	struct trouble t;
	uint64_t size;

	if (known_rendition(l->store, document, l->position, body, &loc,
	    &size) != 1 || rendition_take(f->kept, (const char *)body->data,
	    body->len) == -1 || strcmp(f->kept->maker, l->maker) != 0 ||
	    f->kept->mail != f->member[0].mail)
		return -1;
	if (f->kept->size == 0 || size != f->kept->size)
		return 0;
	if ((f->bytes = blob_open(store_log(l->store), &loc, &t)) == NULL)
		logline_trouble(LOGLINE_WARNING, "rendition.damaged", &t);
	return 0;
}

void
family_kept(const struct looking *l, const struct id *document,
    struct family *f)
{
	struct buf body = BUF_INIT;

	if (l->maker == NULL || *l->maker == '\0' ||
	    (f->kept = malloc(sizeof *f->kept)) == NULL)
		return;
	if (kept_take(l, document, f, &body) == -1) {
		free(f->kept);
		f->kept = NULL;
	}
	buf_release(&body);
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

/* Of the reader, whatever is kept. */
static int
ask_reader(const struct family *f, struct reading_client *client,
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

/* The bytes of an answer out of the blob that keeps them; 0, or -1. */
static int
kept_bytes(const struct family *f, const struct rendered *r, int fd)
{
	struct buf piece = BUF_INIT;
	uint64_t at = r->at, end = r->at + r->size;
	struct trouble t;
	int rc = 0;

	while (rc == 0 && at < end) {
		buf_clear(&piece);
		rc = blobr_read(f->bytes, at, end - at < SLICE ?
		    (size_t)(end - at) : SLICE, &piece, &t);
		if (rc == -1)
			logline_trouble(LOGLINE_WARNING, "rendition.damaged",
			    &t);
		else if (piece.len == 0 || write(fd, piece.data, piece.len) !=
		    (ssize_t)piece.len)
			rc = -1;
		at += piece.len;
	}
	buf_release(&piece);
	return rc;
}

/* 1 and the answer as the reader would give it again; 0: it is to be asked. */
static int
kept_answer(const struct family *f, const struct rendered *r,
    struct reading_answer *a)
{
	memset(a, 0, sizeof *a);
	a->fd = -1;
	if (!rendered_holds(r) || (r->outcome == READING_DONE &&
	    f->bytes == NULL))
		return 0;
	if (r->outcome == READING_DONE) {
		a->fd = memfd_create("rendition", MFD_CLOEXEC);
		if (a->fd == -1)
			return 0;
		if (kept_bytes(f, r, a->fd) == -1) {
			reading_answer_release(a);
			return 0;
		}
	}
	a->outcome = r->outcome;
	a->size = r->size;
	a->pages = r->pages;
	a->notes = r->notes;
	memcpy(a->type, r->type, sizeof a->type);
	return 1;
}

/* Our words are on pages alone: a text is the same in each language. */
static int
ask_kept(const struct looking *l, const struct family *f,
    const struct member *k, enum reading_role role, struct reading_answer *a)
{
	const struct rendition_member *m = f->kept == NULL ? NULL :
	    rendition_find(f->kept, k->number);

	if (m == NULL || (role == READING_DRAW && f->kept->lang != l->lang))
		return 0;
	return kept_answer(f, role == READING_DRAW ? &m->pages : &m->text, a);
}

/* What came of it, for who keeps it; a strange type is not kept. */
static void
take_down(struct rendered *r, const struct reading_answer *a)
{
	memset(r, 0, sizeof *r);
	for (const char *p = a->type; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return;
	r->said = 1;
	r->outcome = a->outcome;
	r->pages = a->pages;
	r->notes = a->notes;
	r->size = a->size;
	(void)snprintf(r->type, sizeof r->type, "%s", a->type);
}

static int
ask(const struct looking *l, const struct family *f,
    struct reading_client *client, struct member *k, enum reading_role role,
    struct reading_answer *a, struct trouble *t)
{
	if (!ask_kept(l, f, k, role, a) &&
	    ask_reader(f, client, k, role, l->lang, a, t) == -1)
		return -1;
	take_down(role == READING_DRAW ? &k->said_image : &k->said_text, a);
	return 0;
}

static int
look_text(const struct looking *l, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	struct reading_answer a;

	if (ask(l, f, client, k, READING_TEXT, &a, t) == -1)
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
look_image(const struct looking *l, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	struct reading_answer a;

	if (ask(l, f, client, k, READING_DRAW, &a, t) == -1)
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

int
member_ask(const struct looking *l, const struct family *f,
    struct reading_client *client, struct member *k, struct trouble *t)
{
	if (k->doc == -1 || k->size == 0) {
		problem(k, "empty", "no bytes");
		k->slip = 1;
		k->pages = 1;
		give_ending(k);
		return 0;
	}
	if (look_text(l, f, client, k, t) == -1 ||
	    look_image(l, f, client, k, t) == -1)
		return -1;
	if (k->text == -1)
		problem(k, "no-text", "no text is made of this type yet");
	give_ending(k);
	return 0;
}

/* ---- others ------------------------------------------------------ */

int
member_part(const struct family *f, struct reading_client *client,
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
