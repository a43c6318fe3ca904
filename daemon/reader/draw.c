/* SPDX-License-Identifier: ISC */
/*
 * draw: a document as the pages of a PDF, and slip sheets.
 *
 *	the document		its pages
 *	a mail			the lines of its header that people read, what
 *				is attached, its text
 *	text, HTML		the text
 *	TIFF, PNG, JPEG		the pictures, in their size
 *	PDF			none are drawn: they are counted
 *	anything else		none
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/reader/answer.h"
#include "daemon/reader/document.h"
#include "daemon/reader/paper.h"
#include "daemon/reader/pdf.h"
#include "daemon/reader/picture.h"
#include "daemon/reader/role.h"
#include "daemon/reader/text.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

/* A mail as it is drawn: its reading gives the header. */
struct letter {
	struct paper	*paper;
	struct json	 json;
	enum lang	 lang;
};

static void
field_text(struct letter *l, const char *member, enum say_key label)
{
	struct buf	 text = BUF_INIT;
	uint32_t	 tok = json_get(&l->json, 0, member);

	if (tok != JSON_NONE && json_str(&l->json, tok, &text) == 0 &&
	    text.len > 0)
		paper_field(l->paper, label, (const char *)text.data,
		    text.len);
	buf_release(&text);
}

/* "Name <address>, ..." */
static void
field_people(struct letter *l, const char *member, enum say_key label)
{
	struct buf	 text = BUF_INIT;
	uint32_t	 list = json_get(&l->json, 0, member), t, name;

	for (t = json_first(&l->json, list); t != JSON_NONE;
	    t = json_after(&l->json, list, t)) {
		size_t	 before;
		uint32_t at = json_get(&l->json, t, "address");

		if (text.len > 0)
			buf_adds(&text, ", ");
		before = text.len;
		name = json_get(&l->json, t, "name");
		if (name != JSON_NONE)
			(void)json_str(&l->json, name, &text);
		if (at == JSON_NONE)
			continue;
		buf_adds(&text, text.len > before ? " <" : "<");
		(void)json_str(&l->json, at, &text);
		buf_adds(&text, ">");
	}
	if (text.len > 0 && !buf_failed(&text))
		paper_field(l->paper, label, (const char *)text.data,
		    text.len);
	buf_release(&text);
}

static void
attachment_add(struct letter *l, uint32_t part, struct buf *out)
{
	struct buf	 name = BUF_INIT, type = BUF_INIT;
	char		 size[24];

	(void)json_str(&l->json, json_get(&l->json, part, "filename"), &name);
	(void)json_str(&l->json, json_get(&l->json, part, "type"), &type);
	if (name.len == 0)
		buf_adds(&name, say_text(l->lang, SAY_PAPER_NAMELESS));
	(void)snprintf(size, sizeof(size), "%lld", (long long)json_int(
	    &l->json, json_get(&l->json, part, "size"), json_int(&l->json,
	    json_get(&l->json, part, "end"), 0) - json_int(&l->json,
	    json_get(&l->json, part, "start"), 0)));
	if (out->len > 0)
		buf_adds(out, "\n");
	if (!buf_failed(&name) && !buf_failed(&type))
		say(out, l->lang, SAY_PAPER_ATTACHMENT, buf_str(&name),
		    buf_str(&type), size);
	buf_release(&name);
	buf_release(&type);
}

/*
 * What is attached, one a line.  What is in an attached message is not this
 * one's, but what is in the message of a journal report is.
 */
static void
field_attachments(struct letter *l)
{
	static uint8_t	 within[LIMIT_READ_PARTS];
	struct buf	 out = BUF_INIT;
	uint32_t	 list = json_get(&l->json, 0, "parts"), t;
	int64_t		 index = 0, parent, own = json_int(&l->json, json_get(
			    &l->json, json_get(&l->json, 0, "journal"),
			    "part"), -1);

	for (t = json_first(&l->json, list); t != JSON_NONE && index <
	    LIMIT_READ_PARTS; t = json_after(&l->json, list, t), index++) {
		int	 message = json_is(&l->json, json_get(&l->json, t,
			    "type"), "message/rfc822") && index > 0;

		parent = json_int(&l->json, json_get(&l->json, t, "parent"),
		    -1);
		within[index] = parent >= 0 && parent < index &&
		    within[parent];
		if (!within[index] && index != own && (message ||
		    json_get(&l->json, t, "filename") != JSON_NONE ||
		    json_is(&l->json, json_get(&l->json, t, "disposition"),
		    "attachment")))
			attachment_add(l, t, &out);
		if (message && index != own)
			within[index] = 1;
	}
	if (out.len > 0 && !buf_failed(&out))
		paper_field(l->paper, SAY_PAPER_ATTACHED,
		    (const char *)out.data, out.len);
	buf_release(&out);
}

static void
letter_head(struct letter *l)
{
	field_people(l, "from", SAY_PAPER_FROM);
	field_people(l, "to", SAY_PAPER_TO);
	field_people(l, "cc", SAY_PAPER_CC);
	field_people(l, "bcc", SAY_PAPER_BCC);
	/* As it stood: the writer's own time, not another zone's. */
	field_text(l, "date_raw", SAY_PAPER_DATE);
	field_text(l, "subject", SAY_PAPER_SUBJECT);
	field_attachments(l);
	paper_rule(l->paper);
}

static int
letter_draw(const struct reading_request *q, int fd, const struct text *t,
    struct answer *a)
{
	struct letter	 l = { .lang = q->lang == LANG_ZH ? LANG_ZH :
			    LANG_EN };
	struct buf	 reading = BUF_INIT;
	const char	*none = say_text(l.lang, SAY_PAPER_NO_TEXT);
	int		 rc = -1;

	if (document_read(fd, q->size, q->hint, &reading) == -1 ||
	    json_parse(&l.json, (const char *)reading.data, reading.len) ==
	    -1) {
		errno = ENOMEM;
		return -1;
	}
	l.paper = paper_new(l.lang);
	letter_head(&l);
	if (t->bytes.len > 0)
		paper_text(l.paper, (const char *)t->bytes.data, t->bytes.len);
	else
		paper_text(l.paper, none, strlen(none));
	rc = paper_draw(l.paper, a, 1);
	paper_free(l.paper);
	json_release(&l.json);
	buf_release(&reading);
	return rc;
}

static int
text_draw(const struct reading_request *q, const struct text *t,
    struct answer *a)
{
	struct paper	*p = paper_new(q->lang == LANG_ZH ? LANG_ZH : LANG_EN);
	int		 rc;

	if (t->bytes.len > 0)
		paper_text(p, (const char *)t->bytes.data, t->bytes.len);
	rc = paper_draw(p, a, 1);
	paper_free(p);
	return rc;
}

/* What has no text of ours, by its type. */
static int
other_draw(const char *type, const char *bytes, size_t size, struct answer *a)
{
	if (strcmp(type, "image/tiff") == 0)
		return picture_tiff(a, bytes, size);
	if (strcmp(type, "image/png") == 0)
		return picture_png(a, bytes, size);
	if (strcmp(type, "image/jpeg") == 0)
		return picture_jpeg(a, bytes, size);
	if (strcmp(type, "application/pdf") == 0)
		pdf_look(a, bytes, size);
	else
		answer_outcome(a, READING_UNSUPPORTED);
	return 0;
}

int
role_draw(const struct reading_request *q, const char *words, int docfd,
    int answerfd)
{
	struct answer	 a;
	struct text	 t;
	const char	*bytes = document_map(docfd, q->size);
	int		 rc;

	(void)words;
	text_init(&t);
	if (bytes == NULL || text_read(&t, q, docfd, bytes) == -1)
		return -1;
	answer_init(&a, answerfd, LIMIT_READ_BYTES);
	answer_type(&a, t.type);
	a.tail.notes = t.notes;
	if (t.outcome == READING_EMPTY) {
		answer_outcome(&a, READING_EMPTY);
		rc = 0;
	} else if (t.outcome == READING_NONE)
		rc = other_draw(t.type, bytes, (size_t)q->size, &a);
	else if (strcmp(t.type, "message/rfc822") == 0)
		rc = letter_draw(q, docfd, &t, &a);
	else
		rc = text_draw(q, &t, &a);
	text_release(&t);
	return rc == -1 ? -1 : answer_end(&a);
}

/* The first line is a title. */
int
role_slip(const struct reading_request *q, const char *words, int docfd,
    int answerfd)
{
	struct answer	 a;
	struct buf	 clean = BUF_INIT;
	struct paper	*p;
	const char	*text, *nl;
	int		 rc;

	(void)docfd;
	text_clean(&clean, words, strlen(words));
	text = buf_str(&clean);
	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	answer_init(&a, answerfd, LIMIT_READ_BYTES);
	p = paper_new(q->lang == LANG_ZH ? LANG_ZH : LANG_EN);
	nl = strchrnul(text, '\n');
	paper_title(p, text, (size_t)(nl - text));
	if (*nl != '\0')
		paper_text(p, nl + 1, strlen(nl + 1));
	rc = paper_draw(p, &a, 0);
	paper_free(p);
	buf_release(&clean);
	return rc == -1 ? -1 : answer_end(&a);
}
