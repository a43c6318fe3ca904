/* SPDX-License-Identifier: ISC */
/*
 * bundle_custody: custody/: what was done to each document that is produced,
 * out of the journal's entries about it up to P, one row an action, in the
 * words of PREMIS; at the end the exports of the case or client that ended up
 * to P, and this one.
 *
 * What was done under another case than the bundle's is no business of who
 * gets it, nor what went out in other bundles, perhaps to others: only an
 * audit says so.  Exports of this bundle, of what it supplements and of its
 * supplements are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/when.h"
#include "proto/out/tables.h"

#define PAST_SLICE 64

struct custody {
	struct making	*m;
	struct bag_file	*csv, *jsonl;
	struct filling	 row;
	const struct piece *piece;
	char		 sha256[65];
	char		 seal[NOTE_NAME_MAX + 32];
};

#define SET(name, text) filling_set(&c->row, TABLE_COLUMN(custody, name), \
	text)
#define AT(name) filling_at(&c->row, TABLE_COLUMN(custody, name))

/* ---- a row ------------------------------------------------------- */

static int
put_row(struct custody *c)
{
	const char *const *cell = filling_end(&c->row);

	if (cell == NULL)
		return making_failed(c->m, "custody");
	sheet_csv_row(bag_out(c->csv), &sheet_custody, cell);
	sheet_json_row(bag_out(c->jsonl), &sheet_custody, cell);
	if (book_row(c->m, BOOK_CUSTODY, cell) == -1)
		return -1;
	return bag_flush(c->csv, c->m->t) == -1 ? -1 :
	    bag_flush(c->jsonl, c->m->t);
}

static void
begin(struct custody *c, const char *action, const char *actor, int64_t at,
    uint64_t case_seq)
{
	int person = id_parse(actor, strlen(actor), &(struct id){
	    .kind = ID_NONE }) == 0 || strncmp(actor, "uid:", 4) == 0;
	char bates[BATES_MAX], when[WHEN_TEXT_MAX];

	filling_begin(&c->row, &sheet_custody);
	SET(EVIDENCEID, c->piece == NULL ? "" : making_bates(c->m,
	    c->piece->first, bates));
	if (case_seq != 0)
		filling_number(&c->row, TABLE_COLUMN(custody, CASESEQ),
		    case_seq);
	SET(ACTION, action);
	SET(AT, when_text(at, when));
	SET(PLACE, "dossierd");
	making_actor(c->m, actor, AT(ACTOR));
	SET(ROLE, person ? "person" : "program");
	SET(ORG, c->m->conf->office);
	SET(CHANGED, "n");
	SET(SEALREF, c->seal);
	SET(CLOCK, "system clock");
}

static void
hashes(struct custody *c, int before)
{
	if (before)
		SET(HASHBEFORE, c->sha256);
	SET(HASHAFTER, c->sha256);
}

static void
copy(struct custody *c, const struct entry *e, const char *field,
    unsigned column)
{
	uint32_t value = entry_get(e, field);

	if (value != JSON_NONE)
		(void)json_str(&e->json, value, filling_at(&c->row, column));
}

/* ---- kinds of entries -------------------------------------------- */

static int
put_arrival(struct custody *c, const struct entry *e)
{
	uint32_t envelope = entry_get(e, "envelope");

	begin(c, "capture", e->actor, e->at, 0);
	copy(c, e, "source", TABLE_COLUMN(custody, SOURCE));
	if (envelope != JSON_NONE)
		(void)json_str(&e->json, json_get(&e->json, envelope,
		    "from"), AT(FROM));
	copy(c, e, "channel", TABLE_COLUMN(custody, METHOD));
	SET(HASHAFTER, c->sha256);
	if (put_row(c) == -1)
		return -1;
	begin(c, "ingestion", "dossierd", e->at, 0);
	SET(METHOD, "sealed, written and synced before it was acknowledged");
	SET(TOOL, "dossierd");
	hashes(c, 1);
	if (put_row(c) == -1)
		return -1;
	begin(c, "message digest calculation", "dossierd", e->at, 0);
	SET(METHOD, "SHA-256");
	SET(TOOL, "dossierd");
	hashes(c, 1);
	return put_row(c);
}

static int
put_reading(struct custody *c, const struct entry *e)
{
	struct buf reader = BUF_INIT;
	char *space;

	begin(c, "metadata extraction", e->actor, e->at, 0);
	(void)json_str(&e->json, entry_get(e, "reader"), &reader);
	if (buf_str(&reader) != NULL && reader.len > 0 &&
	    (space = strchr((char *)reader.data, ' ')) != NULL) {
		*space = '\0';
		SET(TOOL, (const char *)reader.data);
		SET(VERSION, space + 1);
	}
	buf_release(&reader);
	copy(c, e, "status", TABLE_COLUMN(custody, METHOD));
	copy(c, e, "reason", TABLE_COLUMN(custody, REASON));
	hashes(c, 1);
	return put_row(c);
}

/* Filed under the case, or withdrawn from it. */
static int
put_filing(struct custody *c, const struct entry *e, uint64_t case_seq)
{
	const struct id *place = e->kase.kind != ID_NONE ? &e->kase :
	    &e->client;
	char id[ID_TEXT_MAX];

	begin(c, "transfer", e->actor, e->at, case_seq);
	(void)id_text(place, id);
	if (e->kind == KIND_DOCUMENT_FILED)
		SET(TO, id);
	else
		SET(FROM, id);
	SET(METHOD, e->kind == KIND_DOCUMENT_FILED ? "filed" : "withdrawn");
	copy(c, e, "rule", TABLE_COLUMN(custody, SETTINGS));
	if (making_is(c->m, "audit"))
		copy(c, e, "reason", TABLE_COLUMN(custody, REASON));
	hashes(c, 1);
	return put_row(c);
}

/* What is stated of it changes, never its bytes. */
static int
put_other(struct custody *c, const struct entry *e, uint64_t case_seq)
{
	begin(c, "modification", e->actor, e->at, case_seq);
	SET(METHOD, kind_name(e->kind));
	copy(c, e, "reason", TABLE_COLUMN(custody, REASON));
	hashes(c, 1);
	return put_row(c);
}

/* What is stated of a document's bytes; the rest is told of an audit alone. */
#define OF_BYTES (KIND_BIT(KIND_DOCUMENT_RECEIVED) |		\
	KIND_BIT(KIND_DOCUMENT_READ) | KIND_BIT(KIND_DOCUMENT_FILED) |	\
	KIND_BIT(KIND_DOCUMENT_UNFILED))
#define OF_OTHERS (KIND_BIT(KIND_DOCUMENT_CORRECTED) |		\
	KIND_BIT(KIND_DOCUMENT_LINKED) | KIND_BIT(KIND_DOCUMENT_MARKED) | \
	KIND_BIT(KIND_DOCUMENT_SET_ASIDE) | KIND_BIT(KIND_DOCUMENT_RESTORED))

static int
put_entry(struct custody *c, const struct entry *e, uint64_t case_seq)
{
	switch (e->kind) {
	case KIND_DOCUMENT_RECEIVED:
		return put_arrival(c, e);
	case KIND_DOCUMENT_READ:
		return put_reading(c, e);
	case KIND_DOCUMENT_FILED:
	case KIND_DOCUMENT_UNFILED:
		return case_seq != 0 || making_is(c->m, "audit") ?
		    put_filing(c, e, case_seq) : 0;
	default:
		return put_other(c, e, case_seq);
	}
}

/* ---- documents --------------------------------------------------- */

/* 1, with trouble, ends it. */
static int
on_entry(void *arg, const struct entry *e, uint64_t case_seq)
{
	return put_entry(arg, e, case_seq) == -1;
}

static int
put_document(struct custody *c)
{
	struct making *m = c->m;

	return trees_told(m->store, &c->piece->document, m->position,
	    making_is(m, "audit") ? OF_BYTES | OF_OTHERS : OF_BYTES, &m->tree,
	    on_entry, c, m->t) == 0 ? 0 : -1;
}

/* ---- exports ----------------------------------------------------- */

struct past {
	struct id	bundle;
	char		profile[16];
	struct bundle_build build;
};

struct pasts {
	struct past	*v;
	size_t		 n, cap;
};

static int
by_end(const void *a, const void *b)
{
	const struct past *x = a, *y = b;

	return x->build.ended < y->build.ended ? -1 :
	    x->build.ended > y->build.ended;
}

static int
past_add(struct custody *c, struct pasts *list, const struct past *past)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		struct past *v = reallocarray(list->v, cap, sizeof *v);

		if (v == NULL)
			return making_failed(c->m, "custody");
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = *past;
	return 0;
}

/* One of this bundle and those that it supplements, or that go on from it. */
static int
is_related(struct custody *c, const struct id *id)
{
	struct bundle b = *c->m->bundle;
	struct id other;
	int got = 1;

	if (making_is(c->m, "audit") || id_equal(id, &b.id))
		return 1;
	for (int on = 0; on < 2; on++) {
		b = *c->m->bundle;
		while (got == 1 && (other = on ? b.continued :
		    b.supplements).kind == ID_BUNDLE) {
			if (id_equal(id, &other))
				return 1;
			got = bundle_get(c->m->store, &other, &b, c->m->t);
		}
	}
	return got == -1 ? -1 : 0;
}

/* The builds of a bundle that had ended well at P. */
static int
past_builds(struct custody *c, struct pasts *list, const struct id *id)
{
	struct making *m = c->m;
	struct bundle bundle;
	struct past past;
	int related = is_related(c, id);

	if (related != 1)
		return related;
	if (bundle_get(m->store, id, &bundle, m->t) != 1)
		return making_failed(m, "custody");
	past.bundle = *id;
	(void)snprintf(past.profile, sizeof past.profile, "%s",
	    bundle.profile);
	for (unsigned i = 1; i <= bundle.builds; i++) {
		int got = bundle_build(m->store, id, i, &past.build, m->t);

		if (got == -1)
			return -1;
		if (got == 1 && past.build.state == BUILD_BUILT &&
		    past.build.ended <= m->position && past_add(c, list,
		    &past) == -1)
			return -1;
	}
	return 0;
}

/* One slice of the rows "bundle": how many, 0 the end, -1. */
static int
past_slice(struct custody *c, struct pasts *list, struct ask *ask)
{
	struct jrow rows = JROW_INIT;
	int n, rc;

	buf_addc(&rows.text, '[');
	rc = n = ask_next(ask, &rows.text, PAST_SLICE, c->m->t);
	buf_addc(&rows.text, ']');
	if (n > 0 && jrow_parse(&rows) == -1)
		rc = making_failed(c->m, "custody");
	for (uint32_t x = n > 0 && rc != -1 ? json_first(&rows.json, 0) :
	    JSON_NONE; x != JSON_NONE && rc != -1;
	    x = json_after(&rows.json, 0, x)) {
		struct buf text = BUF_INIT;
		struct id id;

		jrow_str(&rows, x, "id", &text);
		if (buf_str(&text) == NULL || id_parse(buf_str(&text),
		    text.len, &id) == -1)
			rc = making_failed(c->m, "custody");
		else if (past_builds(c, list, &id) == -1)
			rc = -1;
		buf_release(&text);
	}
	jrow_release(&rows);
	return rc;
}

static int
put_past(struct custody *c, const struct past *past)
{
	const struct bundle_build *b = &past->build;
	struct trees *trees = trees_open(c->m->store, c->m->t);
	struct tree_id tree;
	uint64_t index, case_seq = 0;
	char id[ID_TEXT_MAX], how[256];

	if (trees == NULL)
		return -1;
	if (trees_index(trees, b->ended, &tree, &index) == 1 &&
	    id_equal(&tree.id, &c->m->tree.id))
		case_seq = index + 1;
	trees_close(trees);
	begin(c, "dissemination", b->asked_by, b->ended_at, case_seq);
	SET(EVIDENCEID, id_text(&past->bundle, id));
	(void)snprintf(how, sizeof how, "%llu documents; SHA-512 of its "
	    "tagmanifest-sha512.txt: %s", (unsigned long long)b->documents,
	    b->tagmanifest);
	SET(METHOD, how);
	SET(SETTINGS, past->profile);
	SET(TOOL, "dossierd");
	return put_row(c);
}

/* What went out before: of a later position there would be more. */
static int
put_pasts(struct custody *c)
{
	struct making *m = c->m;
	struct pasts list = { NULL, 0, 0 };
	struct ask_query q;
	struct ask *ask;
	int rc;

	memset(&q, 0, sizeof q);
	q.what = ASK_BUNDLES;
	q.of[0] = m->bundle->of;
	q.nof = 1;
	q.as_was = q.since = q.until = q.today = WHEN_NONE;
	if ((ask = ask_open(m->store, &q, m->t)) == NULL)
		return -1;
	while ((rc = past_slice(c, &list, ask)) > 0)
		;
	ask_free(ask);
	if (list.n > 0)
		qsort(list.v, list.n, sizeof *list.v, by_end);
	for (size_t i = 0; i < list.n && rc == 0; i++)
		rc = put_past(c, &list.v[i]);
	free(list.v);
	return rc;
}

static int
put_export(struct custody *c)
{
	char id[ID_TEXT_MAX], n[32];

	begin(c, "dissemination", "dossierd", c->m->as_of, 0);
	SET(EVIDENCEID, id_text(&c->m->bundle->id, id));
	(void)snprintf(n, sizeof n, "%llu documents",
	    (unsigned long long)c->m->outcome->documents);
	SET(METHOD, n);
	SET(SETTINGS, c->m->bundle->profile);
	SET(TOOL, "dossierd");
	SET(VERSION, DOSSIER_VERSION);
	return put_row(c);
}

static int
put_all(struct custody *c)
{
	struct making *m = c->m;

	for (size_t i = 0; i < m->npieces; i++) {
		struct buf hex = BUF_INIT;

		if ((i & 63) == 0 && making_stopped(m))
			return -1;
		c->piece = &m->piece[i];
		if (c->piece->document.part != 0 ||
		    !(c->piece->flags & PIECE_NATIVE))
			continue;
		buf_addhex(&hex, c->piece->sha256, 32);
		(void)snprintf(c->sha256, sizeof c->sha256, "%s",
		    buf_str(&hex) == NULL ? "" : buf_str(&hex));
		buf_release(&hex);
		if (put_document(c) == -1)
			return -1;
	}
	c->piece = NULL;
	return put_pasts(c) == -1 ? -1 : put_export(c);
}

int
make_custody(struct making *m)
{
	struct custody c = { .m = m };
	char origin[NOTE_NAME_MAX + 1];
	int rc = -1;

	if (m->has_head && making_origin(m, origin) == 0)
		(void)snprintf(c.seal, sizeof c.seal, "%s %llu", origin,
		    (unsigned long long)m->head.size);
	c.csv = making_csv(m, "data/custody/custody.csv", &sheet_custody);
	c.jsonl = c.csv == NULL ? NULL : bag_open(m->bag,
	    "data/custody/custody.jsonl", 0, m->t);
	if (c.jsonl != NULL)
		rc = put_all(&c);
	if (rc == 0) {
		rc = making_close(m, c.csv);
		c.csv = NULL;
	}
	if (rc == 0) {
		rc = making_close(m, c.jsonl);
		c.jsonl = NULL;
	}
	bag_drop(c.csv);
	bag_drop(c.jsonl);
	filling_release(&c.row);
	return rc;
}
