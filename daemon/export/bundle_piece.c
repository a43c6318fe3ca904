/* SPDX-License-Identifier: ISC */
/*
 * bundle_piece: the cells of a production row, out of the document's own row
 * and its reading; and of a row of the privilege log.
 *
 * A withheld document gives its numbers, its place in the case and nothing
 * that it says.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_volume.h"
#include "proto/base/when.h"

/* ---- texts of the reading ---------------------------------------- */

static void
put_str(const struct family *f, uint32_t obj, const char *key,
    struct filling *row, unsigned column)
{
	if (json_get(&f->row.json, obj, key) != JSON_NONE)
		jrow_str(&f->row, obj, key, filling_at(row, column));
}

/* "Name <address>; ..." */
static void
put_people(const struct family *f, const char *key, struct filling *row,
    unsigned column)
{
	const struct json *j = &f->row.json;
	uint32_t list = json_get(j, f->reading, key), x;
	struct buf *out;
	unsigned n = 0;

	if (json_first(j, list) == JSON_NONE)
		return;
	out = filling_at(row, column);
	for (x = json_first(j, list); x != JSON_NONE;
	    x = json_after(j, list, x)) {
		int named = json_get(j, x, "name") != JSON_NONE;

		if (n++ > 0)
			buf_adds(out, "; ");
		jrow_str(&f->row, x, "name", out);
		buf_adds(out, named ? " <" : "");
		jrow_str(&f->row, x, "address", out);
		buf_adds(out, named ? ">" : "");
	}
}

static void
put_texts(const struct family *f, uint32_t obj, const char *key,
    struct filling *row, unsigned column)
{
	const struct json *j = &f->row.json;
	uint32_t list = json_get(j, obj, key), x;
	struct buf *out;
	unsigned n = 0;

	if (json_first(j, list) == JSON_NONE)
		return;
	out = filling_at(row, column);
	for (x = json_first(j, list); x != JSON_NONE;
	    x = json_after(j, list, x)) {
		if (n++ > 0)
			buf_adds(out, "; ");
		(void)json_str(j, x, out);
	}
}

static void
put_time(struct filling *row, unsigned date, unsigned time, int64_t at)
{
	char d[PRODUCTION_TIME_MAX], t[PRODUCTION_TIME_MAX];

	production_when(at, d, t);
	filling_set(row, date, d);
	if (time != date)
		filling_set(row, time, t);
}

/* ---- threads ----------------------------------------------------- */

/*
 * Message-IDs met so far, by the first 8 bytes of their SHA-256, with the
 * first piece of their thread.  Open addressing, at most half full.
 */
struct thread {
	uint64_t	key;		/* 0: free */
	uint32_t	piece;
};

struct threads {
	struct thread	*v;
	size_t		 n, cap;
};

static uint64_t
thread_key(const struct buf *id)
{
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (id->len == 0 || EVP_Digest(id->data, id->len, hash, NULL,
	    EVP_sha256(), NULL) != 1)
		return 0;
	return get64(hash) | 1;
}

static struct thread *
thread_at(const struct threads *t, uint64_t key)
{
	size_t i = (size_t)key & (t->cap - 1);

	while (t->v[i].key != 0 && t->v[i].key != key)
		i = (i + 1) & (t->cap - 1);
	return &t->v[i];
}

static int
threads_grow(struct threads *t)
{
	struct threads more = { NULL, t->n, t->cap == 0 ? 256 : t->cap * 2 };

	if ((more.v = calloc(more.cap, sizeof *more.v)) == NULL)
		return -1;
	for (size_t i = 0; i < t->cap; i++)
		if (t->v[i].key != 0)
			*thread_at(&more, t->v[i].key) = t->v[i];
	free(t->v);
	*t = more;
	return 0;
}

static const struct thread *
thread_find(const struct threads *t, uint64_t key)
{
	const struct thread *at = t->cap == 0 || key == 0 ? NULL :
	    thread_at(t, key);

	return at == NULL || at->key == 0 ? NULL : at;
}

/* The thread that one of the messages which it names is in. */
static const struct thread *
thread_named(const struct threads *t, const struct family *f,
    const char *member)
{
	const struct json *j = &f->row.json;
	uint32_t list = json_get(j, f->reading, member), x;
	const struct thread *found = NULL;

	for (x = json_first(j, list); x != JSON_NONE && found == NULL;
	    x = json_after(j, list, x)) {
		struct buf id = BUF_INIT;

		(void)json_str(j, x, &id);
		found = thread_find(t, thread_key(&id));
		buf_release(&id);
	}
	return found;
}

static void
put_thread(struct making *m, const struct family *f, size_t first)
{
	struct threads *t = m->threads;
	const struct thread *known;
	struct buf id = BUF_INIT;
	uint64_t key;
	uint32_t piece = (uint32_t)first;

	if (t == NULL && (t = m->threads = calloc(1, sizeof *t)) == NULL)
		return;		/* threads stay as they are: each its own */
	if ((known = thread_named(t, f, "in_reply_to")) != NULL ||
	    (known = thread_named(t, f, "references")) != NULL)
		piece = known->piece;
	for (unsigned i = 0; i < f->n; i++)
		m->piece[first + i].thread = piece;
	jrow_str(&f->row, f->reading, "message_id", &id);
	key = thread_key(&id);
	buf_release(&id);
	if (key == 0 || thread_find(t, key) != NULL ||
	    (t->n * 2 >= t->cap && threads_grow(t) == -1))
		return;
	*thread_at(t, key) = (struct thread){ key, piece };
	t->n++;
}

void
threads_free(struct threads *t)
{
	if (t != NULL)
		free(t->v);
	free(t);
}

/* ---- cells ------------------------------------------------------- */

static void
put_bates(const struct making *m, struct filling *row, unsigned column,
    uint64_t number)
{
	char text[BATES_MAX];

	filling_set(row, column, making_bates(m, number, text));
}

static void
put_numbers(const struct making *m, const struct family *f, unsigned i,
    const struct piece *family, struct filling *row)
{
	const struct piece *p = &family[i], *last = &family[f->n - 1];
	struct buf *out;
	unsigned n = 0;
	char text[BATES_MAX];

	put_bates(m, row, PRODUCTION_BEGDOC, p->first);
	put_bates(m, row, PRODUCTION_ENDDOC, p->last);
	put_bates(m, row, PRODUCTION_BEGATTACH, family->first);
	put_bates(m, row, PRODUCTION_ENDATTACH, last->last);
	put_bates(m, row, PRODUCTION_GROUPID, family->first);
	put_bates(m, row, PRODUCTION_THREADID, m->piece[p->thread].first);
	if (i > 0)
		put_bates(m, row, PRODUCTION_PARENTID,
		    family[f->member[i].parent].first);
	for (unsigned k = 1; k < f->n; k++)
		n += f->member[k].parent == (int)i;
	if (n > 0)
		out = filling_at(row, PRODUCTION_ATTACHIDS);
	for (unsigned k = 1, given = 0; n > 0 && k < f->n; k++) {
		if (f->member[k].parent != (int)i)
			continue;
		buf_adds(out, given++ > 0 ? "; " : "");
		buf_adds(out, making_bates(m, family[k].first, text));
	}
	filling_number(row, PRODUCTION_ATTACHCOUNT, n);
	filling_number(row, PRODUCTION_PAGECOUNT, p->pages);
}

static void
put_journal(const struct making *m, const struct family *f,
    const struct piece *p, struct filling *row)
{
	filling_set(row, PRODUCTION_TIMEZONE, "UTC");
	filling_set(row, PRODUCTION_PRODVOL, VOLUME);
	filling_set(row, PRODUCTION_REDACTED, "N");
	filling_set(row, PRODUCTION_PRIVILEGED, p->flags & PIECE_WITHHELD ?
	    "Y" : "N");
	filling_set(row, PRODUCTION_HASEXCEPTION, p->flags &
	    PIECE_EXCEPTION ? "Y" : "N");
	if (p->case_seq != 0) {
		filling_number(row, PRODUCTION_CASESEQ, p->case_seq);
		filling_number(row, PRODUCTION_LOGINDEX, p->case_seq - 1);
	}
	if (p->flags & PIECE_WITHHELD)
		return;
	put_str(f, 0, "happened_at", row, PRODUCTION_EVENTTIMEUTC);
	put_str(f, 0, "happened_from", row, PRODUCTION_TIMESOURCE);
	put_str(f, 0, "captured_at", row, PRODUCTION_RECORDEDAT);
	if (m->plan->item[f->item].marks & MARK_WITHOUT_PREJUDICE)
		filling_set(row, PRODUCTION_CONFIDENTIALITY,
		    "without prejudice");
}

static void
put_bytes(const struct making *m, const struct member *k,
    const struct piece *p, struct filling *row)
{
	struct buf *out = filling_at(row, PRODUCTION_FILENAME);

	buf_add(out, k->name.data, k->name.len);
	filling_set(row, PRODUCTION_MIMETYPE, k->type);
	if (p->flags & PIECE_TEXT)
		making_path(m, p, PIECE_OF_TEXT, filling_at(row,
		    PRODUCTION_TEXTLINK));
	if (!(p->flags & PIECE_NATIVE))
		return;
	filling_set(row, PRODUCTION_FILEEXT, p->ext);
	filling_number(row, PRODUCTION_FILESIZE, p->size);
	buf_addhex(filling_at(row, PRODUCTION_MD5HASH), k->sums.md5,
	    sizeof k->sums.md5);
	buf_addhex(filling_at(row, PRODUCTION_SHA1HASH), k->sums.sha1,
	    sizeof k->sums.sha1);
	buf_addhex(filling_at(row, PRODUCTION_SHA256HASH), p->sha256,
	    sizeof p->sha256);
	making_path(m, p, PIECE_OF_NATIVE, filling_at(row,
	    PRODUCTION_NATIVELINK));
}

static const char *
record_type(const struct family *f, const struct member *k)
{
	const struct json *j = &f->row.json;
	uint32_t channel = json_get(j, 0, "channel");

	if (k->number != 0)
		return "attachment";
	if (k->mail)
		return "email";
	if (json_is(j, channel, "fax"))
		return "fax";
	if (json_is(j, channel, "note"))
		return "callnote";
	if (json_get(j, f->received, "sidecar") != JSON_NONE ||
	    json_is(j, channel, "post"))
		return "scan";
	return "file";
}

/* The mailboxes that it was delivered to, as far as they may be named. */
static void
put_custodian(const struct making *m, const struct family *f,
    struct filling *row, unsigned column)
{
	const struct json *j = &f->row.json;
	uint32_t to = json_get(j, json_get(j, f->received, "envelope"), "to");
	struct buf one = BUF_INIT, *out = NULL;

	for (uint32_t x = json_first(j, to); x != JSON_NONE;
	    x = json_after(j, to, x)) {
		buf_clear(&one);
		(void)json_str(j, x, &one);
		if (buf_str(&one) == NULL ||
		    !making_may_name(m, &f->row, buf_str(&one)))
			continue;
		if (out == NULL)
			out = filling_at(row, column);
		else
			buf_adds(out, "; ");
		buf_add(out, one.data, one.len);
	}
	buf_release(&one);
	if (out == NULL)
		put_str(f, f->received, "source", row, column);
}

/* EDRM's message identification hash: MD5 of the Message-ID. */
static void
put_mih(const struct family *f, struct filling *row)
{
	struct buf id = BUF_INIT;
	uint8_t hash[EVP_MAX_MD_SIZE];

	jrow_str(&f->row, f->reading, "message_id", &id);
	if (id.len > 0 && EVP_Digest(id.data, id.len, hash, NULL, EVP_md5(),
	    NULL) == 1)
		buf_addhex(filling_at(row, PRODUCTION_MIH), hash, 16);
	buf_release(&id);
}

static void
put_mail(const struct family *f, struct filling *row)
{
	put_people(f, "from", row, PRODUCTION_FROM);
	put_people(f, "to", row, PRODUCTION_TO);
	put_people(f, "cc", row, PRODUCTION_CC);
	put_people(f, "bcc", row, PRODUCTION_BCC);
	put_str(f, f->reading, "subject", row, PRODUCTION_SUBJECT);
	put_str(f, f->reading, "message_id", row, PRODUCTION_MESSAGEID);
	put_texts(f, f->reading, "in_reply_to", row, PRODUCTION_INREPLYTO);
	put_texts(f, f->reading, "references", row, PRODUCTION_REFERENCES);
	put_mih(f, row);
}

/* What is stated of it, where it is no mail. */
static void
put_stated(const struct family *f, struct filling *row)
{
	put_str(f, 0, "from", row, PRODUCTION_FROM);
	put_texts(f, 0, "to", row, PRODUCTION_TO);
	put_str(f, 0, "subject", row, PRODUCTION_TITLE);
}

static void
put_whole(const struct making *m, const struct family *f,
    const struct member *k, struct filling *row)
{
	const struct json *j = &f->row.json;
	int64_t happened = jrow_time(&f->row, 0, "happened_at");
	int64_t written = jrow_time(&f->row, 0, "written_at");
	int out = json_is(j, json_get(j, 0, "direction"), "out");

	put_custodian(m, f, row, PRODUCTION_CUSTODIAN);
	put_custodian(m, f, row, PRODUCTION_ALLCUSTODIANS);
	put_str(f, 0, "kind", row, PRODUCTION_DOCTYPE);
	if (k->mail)
		put_mail(f, row);
	else
		put_stated(f, row);
	put_time(row, PRODUCTION_SENTDATE, PRODUCTION_SENTTIME, k->mail ?
	    written : out ? happened : WHEN_NONE);
	if (!out)
		put_time(row, PRODUCTION_RECEIVEDDATE,
		    PRODUCTION_RECEIVEDTIME, happened);
	put_time(row, PRODUCTION_DOCDATE, PRODUCTION_DOCDATE, written);
}

void
production_fill(struct making *m, const struct family *f, unsigned i,
    size_t first, struct filling *row)
{
	const struct member *k = &f->member[i];
	const struct piece *family = &m->piece[first];

	if (i == 0 && !(family->flags & PIECE_WITHHELD))
		put_thread(m, f, first);
	put_numbers(m, f, i, family, row);
	put_journal(m, f, &family[i], row);
	if (family->flags & PIECE_WITHHELD)
		return;
	filling_set(row, PRODUCTION_RECORDTYPE, record_type(f, k));
	put_bytes(m, k, &family[i], row);
	if (i == 0)
		put_whole(m, f, k, row);
}

/* Whoever wrote a note; of all else, whom it says it is from. */
static void
put_author(struct making *m, const struct family *f, struct filling *row)
{
	const struct json *j = &f->row.json;
	struct buf text = BUF_INIT;
	struct trees *trees;
	struct entry e;

	if (!json_is(j, json_get(j, 0, "channel"), "note")) {
		put_str(f, 0, "from", row, PRIVILEGE_AUTHOR);
		return;
	}
	if ((trees = trees_open(m->store, NULL)) != NULL &&
	    trees_entry(trees, (uint64_t)jrow_int(&f->row, 0, "seq"), &text,
	    NULL) == 1 && entry_decode(&e, (const char *)text.data,
	    text.len) == 0) {
		making_actor(m, e.actor, filling_at(row, PRIVILEGE_AUTHOR));
		entry_release(&e);
	}
	trees_close(trees);
	buf_release(&text);
}

void
privilege_fill(struct making *m, const struct family *f, struct filling *row)
{
	const struct plan_item *item = &m->plan->item[f->item];
	const struct piece *p = &f->member[0].piece;
	char text[WHEN_TEXT_MAX];

	(void)snprintf(text, sizeof text, "PRIV-%04u", p->privid);
	filling_set(row, PRIVILEGE_PRIVID, text);
	put_bates(m, row, PRIVILEGE_BEGDOC, p->first);
	put_bates(m, row, PRIVILEGE_ENDDOC, p->last);
	put_bates(m, row, PRIVILEGE_FAMILYID, p->first);
	filling_set(row, PRIVILEGE_DATE, when_date(item->happened, text));
	put_str(f, 0, "kind", row, PRIVILEGE_DOCTYPE);
	put_author(m, f, row);
	put_str(f, 0, "from", row, PRIVILEGE_FROM);
	put_texts(f, 0, "to", row, PRIVILEGE_TO);
	put_people(f, "cc", row, PRIVILEGE_CC);
	filling_set(row, PRIVILEGE_COUNSEL, item->counsel);
	filling_set(row, PRIVILEGE_PRIVBASIS, item->basis);
	filling_set(row, PRIVILEGE_DESCRIPTION, item->description);
	filling_set(row, PRIVILEGE_TREATMENT, "withheld");
	making_actor(m, item->decided_by, filling_at(row,
	    PRIVILEGE_ASSERTEDBY));
	if (item->decided != 0)
		filling_set(row, PRIVILEGE_ASSERTEDAT, when_text(
		    item->decided_at, text));
	if (p->case_seq != 0)
		filling_number(row, PRIVILEGE_CASESEQ, p->case_seq);
}
