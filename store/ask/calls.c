/* SPDX-License-Identifier: ISC */
/*
 * calls: faxes and telephone calls by how a log names them.  What the views
 * look up is only a hint: each arrival is held against its own entry and its
 * document as it is now.  It must never take one call for another that has
 * an identifier of its own.
 *
 *	match	commid		the fax server's number of the call is the same
 *		number		so are number and time, and pages if both know
 *		contact		a call note without number: with somebody of
 *				that number, and the time
 *		time		neither side has a number
 */
#include "store/ask/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/ask/room.h"

#define FOUND_MAX 16		/* documents that an answer names */
#define PART_MAX 64
#define DAY (86400 * WHEN_SECOND)

static const char *const match_name[] = { "commid", "number", "contact",
	"time" };
enum match {
	MATCH_COMMID, MATCH_NUMBER, MATCH_CONTACT, MATCH_TIME, MATCH_NONE
};

struct found {
	struct id	document;
	uint64_t	seq;		/* of its arrival */
	enum match	match;
	int64_t		apart;
};

struct search {
	int		 fax;
	char		 part[CALL_PARTS][PART_MAX];
	int64_t		 at, limit;
	struct found	 found[FOUND_MAX];
	unsigned	 n;
	struct buf	 people;	/* folded names, ids, each with NUL */
};

/* What an arrival says of its call; the texts live as long as the entry. */
struct said {
	char		 commid[PART_MAX], job[PART_MAX], number[PART_MAX];
	int64_t		 at;
	uint64_t	 pages;
};

static void
search_parse(struct search *s, const char *key)
{
	struct when when;

	for (unsigned i = 0; i < CALL_PARTS; i++) {
		size_t n = strcspn(key, "|");

		if (n < PART_MAX)
			memcpy(s->part[i], key, n);
		key += n + (key[n] == '|');
	}
	s->at = WHEN_NONE;
	s->limit = (s->fax ? LIMIT_FAX_APART : LIMIT_CALL_APART) *
	    WHEN_SECOND;
	/* Where the office's clock is that of UTC, no offset was added. */
	if (when_parse(s->part[CALL_TIME], strlen(s->part[CALL_TIME]), &when)
	    == 0 && when.precision >= WHEN_MINUTE)
		s->at = when.at;
}

/* ---- one arrival ------------------------------------------------------ */

static void
text_of(const struct json *j, uint32_t obj, const char *key, char to[PART_MAX])
{
	struct buf text = BUF_INIT;
	uint32_t tok = json_get(j, obj, key);

	to[0] = '\0';
	if (tok != JSON_NONE && j->tok[tok].type == JSON_STR &&
	    json_str(j, tok, &text) == 0 && !buf_failed(&text))
		(void)snprintf(to, PART_MAX, "%s", buf_str(&text));
	buf_release(&text);
}

static void
copy_of(struct vstr s, char to[PART_MAX])
{
	(void)snprintf(to, PART_MAX, "%.*s", (int)(s.n < PART_MAX ? s.n :
	    PART_MAX - 1), s.n > 0 ? s.p : "");
}

static int64_t
time_of(const struct entry *e, const char *field)
{
	char text[PART_MAX];
	struct when when;

	text_of(&e->json, e->body, field, text);
	return when_parse(text, strlen(text), &when) == 0 ? when.at :
	    WHEN_NONE;
}

/*
 * An arrival speaks for itself; where the document was corrected since, it
 * speaks for its first arrival.
 */
static void
said_fax(const struct told *told, const struct vdoc *doc, struct said *said)
{
	const struct json *j = &told->entry.json;
	uint32_t facts = json_get(j, told->entry.body, "sidecar");
	int out = vstr_is(doc->direction, "out");

	if (told->entry.kind == KIND_DOCUMENT_RECEIVED) {
		text_of(j, facts, "commid", said->commid);
		text_of(j, facts, "job", said->job);
		text_of(j, facts, out ? "number" : "caller", said->number);
		said->pages = (uint64_t)json_int(j, json_get(j, facts,
		    "pages"), 0);
		said->at = time_of(&told->entry, out ? "sent" : "received");
		if (said->at == WHEN_NONE)
			said->at = told->entry.at;
	}
	if (told->entry.seq == doc->seq ||
	    told->entry.kind != KIND_DOCUMENT_RECEIVED) {
		said->at = doc->happened.at;
		said->pages = doc->fax_pages;
		copy_of(doc->fax_number, said->number);
	}
}

/* Written the same, or one with what the other lacks in front. */
static int
numbers_agree(const char *a, const char *b)
{
	char x[PART_MAX], y[PART_MAX];
	size_t nx = 0, ny = 0, n;

	for (; *a != '\0'; a++)
		if (*a >= '0' && *a <= '9' && (nx > 0 || *a != '0'))
			x[nx++] = *a;
	for (; *b != '\0'; b++)
		if (*b >= '0' && *b <= '9' && (ny > 0 || *b != '0'))
			y[ny++] = *b;
	n = nx < ny ? nx : ny;
	if (n < VIEWS_TAIL && nx != ny)
		return 0;
	return n > 0 && memcmp(x + nx - n, y + ny - n, n) == 0;
}

static int
others_differ(const char *a, const char *b)
{
	return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

/* The note's people are held against those of the number asked for. */
static int
with_known(const struct search *s, const struct told *told)
{
	const struct json *j = &told->entry.json;
	uint32_t with = json_get(j, json_get(j, told->entry.body, "note"),
	    "with");
	struct buf text = BUF_INIT, folded = BUF_INIT;
	int known = 0;

	for (uint32_t t = json_first(j, with); t != JSON_NONE && !known;
	    t = json_after(j, with, t)) {
		const char *p = (const char *)s->people.data;

		buf_clear(&text);
		buf_clear(&folded);
		if (json_str(j, t, &text) == -1 || view_fold_name(&folded,
		    (const char *)text.data, text.len) == -1 ||
		    buf_str(&folded) == NULL)
			continue;
		for (size_t at = 0; at < s->people.len && !known;
		    at += strlen(p + at) + 1)
			known = strcmp(p + at, buf_str(&folded)) == 0;
	}
	buf_release(&text);
	buf_release(&folded);
	return known;
}

static enum match
match_number(const struct search *s, const struct said *said,
    const struct told *told)
{
	const char *number = s->part[CALL_NUMBER];

	if (number[0] != '\0' && said->number[0] != '\0')
		return numbers_agree(number, said->number) ? MATCH_NUMBER :
		    MATCH_NONE;
	if (number[0] == '\0' && said->number[0] == '\0')
		return MATCH_TIME;
	return !s->fax && number[0] != '\0' && with_known(s, told) ?
	    MATCH_CONTACT : MATCH_NONE;
}

static enum match
matches(const struct search *s, const struct vdoc *doc,
    const struct said *said, const struct told *told)
{
	uint64_t pages = strtoull(s->part[CALL_PAGES], NULL, 10);
	const char *direction = s->part[CALL_DIRECTION];

	if (others_differ(s->part[CALL_COMMID], said->commid) ||
	    others_differ(s->part[CALL_JOB], said->job))
		return MATCH_NONE;
	if (direction[0] != '\0' && !vstr_is(doc->direction, direction) &&
	    (vstr_is(doc->direction, "in") || vstr_is(doc->direction, "out")))
		return MATCH_NONE;
	if (s->part[CALL_COMMID][0] != '\0' && said->commid[0] != '\0')
		return MATCH_COMMID;
	if (s->at == WHEN_NONE || said->at == WHEN_NONE ||
	    llabs(s->at - said->at) > s->limit ||
	    (pages > 0 && said->pages > 0 && pages != said->pages))
		return MATCH_NONE;
	return match_number(s, said, told);
}

static int
better(const struct found *a, const struct found *b)
{
	return a->match != b->match ? a->match < b->match :
	    a->apart < b->apart;
}

/* The best first: how it was matched, then how near. */
static void
keep(struct search *s, const struct found *f)
{
	unsigned i;

	for (i = 0; i < s->n; i++)
		if (id_equal(&s->found[i].document, &f->document) &&
		    s->found[i].seq == f->seq)
			return;
	if (s->n < FOUND_MAX)
		s->n++;
	else if (!better(f, &s->found[FOUND_MAX - 1]))
		return;
	for (i = s->n - 1; i > 0 && better(f, &s->found[i - 1]); i--)
		s->found[i] = s->found[i - 1];
	s->found[i] = *f;
}

static int
consider(struct room *room, struct search *s, const struct id *id,
    uint64_t made)
{
	struct vrow row = VROW_INIT;
	struct told told = TOLD_INIT;
	struct said said;
	struct found f;
	struct vdoc doc;
	int got;

	memset(&said, 0, sizeof(said));
	got = get_doc(room, id, &row, &doc);
	if (got == 1 && doc.note_type.n > 0)
		made = doc.seq;		/* its number stands there alone */
	if (got == 1 && (got = told_get(room, made, &told)) == 1) {
		if (s->fax) {
			said_fax(&told, &doc, &said);
		} else {
			text_of(&told.entry.json, json_get(&told.entry.json,
			    told.entry.body, "note"), "number", said.number);
			said.at = doc.happened.at;
		}
		f = (struct found){ .document = *id,
		    .match = matches(s, &doc, &said, &told),
		    .seq = told.entry.kind == KIND_DOCUMENT_RECEIVED ? made :
		    doc.seq };
		f.apart = s->at == WHEN_NONE ? 0 : llabs(s->at - said.at);
		if (f.match != MATCH_NONE &&
		    s->fax == (doc.lane == LANE_FAX))
			keep(s, &f);
	}
	told_release(&told);
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

/* ---- what the views look up ------------------------------------------- */

static int
look(struct room *room, struct search *s, enum view_look what,
    const void *text, size_t len)
{
	struct vkey prefix = VKEY_INIT;
	struct vcur cur;
	int got;

	vkey_look(&prefix, room->views, what, text, len);
	got = vcur_open(&cur, &room->snap, VIEW_LOOK, &prefix, VCUR_KEYS);
	while (got != -1 && (got = vcur_next(&cur)) == 1) {
		struct id id;

		id_from_key(cur.row.key + VKEY_LOOK_ID, &id);
		if ((got = consider(room, s, &id, cur.row.made)) == -1)
			break;
	}
	vcur_close(&cur);
	return got == -1 ? -1 : 0;
}

static int
look_days(struct room *room, struct search *s, const char *number)
{
	const struct vstr tail = { number, strlen(number) };
	struct buf text = BUF_INIT;
	int64_t last = (s->at + s->limit) / DAY;
	int rc = 0;

	for (int64_t day = (s->at - s->limit) / DAY; day <= last && rc == 0;
	    day++) {
		buf_clear(&text);
		if ((rc = view_call_text(&text, s->fax, tail, day * DAY)) == 0)
			rc = look(room, s, LOOK_CALL, text.data, text.len);
	}
	buf_release(&text);
	return rc;
}

/* Names and ids of the contacts that have the number. */
static int
look_people(struct room *room, struct search *s)
{
	struct buf number = BUF_INIT;
	struct vkey prefix = VKEY_INIT;
	char text[ID_TEXT_MAX];
	struct vcur cur;
	int got;

	if (view_fold_number(&number, s->part[CALL_NUMBER],
	    strlen(s->part[CALL_NUMBER])) == -1) {
		buf_release(&number);
		return -1;
	}
	vkey_look(&prefix, room->views, LOOK_NUMBER, number.data, number.len);
	got = vcur_open(&cur, &room->snap, VIEW_LOOK, &prefix, VCUR_KEYS);
	while (got != -1 && (got = vcur_next(&cur)) == 1) {
		struct vrow row = VROW_INIT;
		struct vcontact contact;
		struct id id;

		id_from_key(cur.row.key + VKEY_LOOK_ID, &id);
		if (id.kind == ID_CONTACT &&
		    (got = get_contact(room, &id, &row, &contact)) == 1) {
			(void)view_fold_name(&s->people, contact.name.p,
			    contact.name.n);
			buf_addc(&s->people, 0);
			(void)view_fold_name(&s->people, id_text(&id, text),
			    strlen(text));
			buf_addc(&s->people, 0);
		}
		vrow_release(&row);
		if (got == -1)
			break;
	}
	vcur_close(&cur);
	buf_release(&number);
	return got == -1 || buf_failed(&s->people) ? -1 : 0;
}

static int
search_run(struct room *room, struct search *s)
{
	const char *commid = s->part[CALL_COMMID];
	const char *number = s->part[CALL_NUMBER];

	if (s->fax && commid[0] != '\0' && look(room, s, LOOK_COMMID, commid,
	    strlen(commid)) == -1)
		return -1;
	if (s->at == WHEN_NONE)
		return 0;
	if (!s->fax && number[0] != '\0' && look_people(room, s) == -1)
		return -1;
	if (look_days(room, s, number) == -1)
		return -1;
	/* Notes without a number, or whose entry alone has it. */
	return s->fax || number[0] == '\0' ? 0 : look_days(room, s, "");
}

static int
put_found(struct room *room, struct jw *w, const struct found *f)
{
	struct vrow row = VROW_INIT;
	struct ventry entry;
	struct vdoc doc;
	int got = room_must(get_doc(room, &f->document, &row, &doc));

	if (got == 0)
		got = room_must(ventry_get(&room->snap, f->seq, &entry));
	if (got == 0)
		put_captured(w, &doc, &entry, match_name[f->match]);
	vrow_release(&row);
	return got;
}

int
put_calls(struct room *room, struct jw *w, int fax, const char *key)
{
	struct search *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return -1;
	s->fax = fax;
	search_parse(s, key);
	rc = search_run(room, s);
	for (unsigned i = 0; i < s->n && rc == 0; i++)
		rc = put_found(room, w, &s->found[i]);
	buf_release(&s->people);
	free(s);
	return rc;
}
