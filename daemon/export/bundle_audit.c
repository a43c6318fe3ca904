/* SPDX-License-Identifier: ISC */
/*
 * bundle_audit: audit/: what auditors' programs open (index.xml, its DTD,
 * tables of events, documents and parties), every entry of the case's tree up
 * to P (audit-trail.csv), and holds.  Only of an audit: it names the office's
 * own numbers.  events.txt comes with the timeline (bundle_time.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/when.h"
#include "proto/out/gdpdu.h"
#include "proto/out/tables.h"
#include "proto/out/timeline.h"

#define FOLDER	"data/audit/"
#define ROWS	64

/* ---- tables of the standard -------------------------------------- */

static const struct gdpdu_table tables[] = {
	{ &timeline_sheet, "events.txt", "timeline", 1, NULL, 0 },
	{ &sheet_documents, "documents.txt", "documents", 1, NULL, 0 },
	{ &sheet_parties, "parties.txt", "parties", 1, NULL, 0 },
};

static int
put_index(struct making *m)
{
	char id[ID_TEXT_MAX], date[WHEN_TEXT_MAX];
	struct gdpdu_set set = {
		.version = "1.0", .supplier = m->conf->office,
		.location = "", .comment = "dossier " DOSSIER_VERSION,
		.media = id_text(&m->bundle->id, id),
		.to = when_date(m->as_of, date),
		.tables = tables,
		.ntables = sizeof tables / sizeof tables[0]
	};
	struct buf text = BUF_INIT;
	int rc;

	set.from = set.to;
	gdpdu_index(&text, &set);
	rc = bag_put(m->bag, FOLDER "index.xml", text.data, text.len, m->t);
	buf_clear(&text);
	gdpdu_dtd(&text);
	if (rc == 0)
		rc = bag_put(m->bag, FOLDER GDPDU_DTD_NAME, text.data,
		    text.len, m->t);
	buf_release(&text);
	return rc;
}

static int
put_gdpdu(struct making *m, struct bag_file *f, struct filling *row)
{
	const char *const *cell = filling_end(row);

	if (cell == NULL)
		return making_failed(m, row->sheet->name);
	gdpdu_row(bag_out(f), row->sheet, cell);
	if (row->sheet == &sheet_parties && book_row(m, BOOK_PARTIES, cell) ==
	    -1)
		return -1;
	return bag_flush(f, m->t);
}

static void
member(struct filling *row, unsigned column, const struct jrow *j,
    uint32_t obj, const char *key)
{
	if (json_get(&j->json, obj, key) != JSON_NONE)
		jrow_str(j, obj, key, filling_at(row, column));
}

#define DOC(name) TABLE_COLUMN(documents, name)

static int
put_document(struct making *m, struct bag_file *f, struct filling *row,
    const struct piece *p)
{
	struct jrow doc = JROW_INIT;
	char id[ID_TEXT_MAX], bates[BATES_MAX];
	int rc = -1;

	if (ask_one(m->store, &p->document, m->position, &doc.text, m->t) !=
	    1 || jrow_parse(&doc) == -1) {
		jrow_release(&doc);
		return making_bad(m, &p->document, "row");
	}
	filling_begin(row, &sheet_documents);
	filling_set(row, DOC(document), id_text(&p->document, id));
	if (p->case_seq != 0)
		filling_number(row, DOC(case_seq), p->case_seq);
	filling_set(row, DOC(bates_beg), making_bates(m, p->first, bates));
	filling_set(row, DOC(bates_end), making_bates(m, p->last, bates));
	member(row, DOC(happened_at), &doc, 0, "happened_at");
	member(row, DOC(captured_at), &doc, 0, "captured_at");
	member(row, DOC(channel), &doc, 0, "channel");
	member(row, DOC(direction), &doc, 0, "direction");
	filling_set(row, DOC(treatment), p->flags & PIECE_WITHHELD ?
	    "withhold" : "produce");
	if (!(p->flags & PIECE_WITHHELD)) {
		member(row, DOC(kind), &doc, 0, "kind");
		member(row, DOC(sender), &doc, 0, "from");
		member(row, DOC(title), &doc, 0, "subject");
		member(row, DOC(mime), &doc, 0, "type");
		filling_number(row, DOC(size), p->size);
		buf_addhex(filling_at(row, DOC(document_sha256)), p->sha256,
		    32);
	}
	rc = put_gdpdu(m, f, row);
	jrow_release(&doc);
	return rc;
}

static int
put_documents(struct making *m, struct filling *row)
{
	struct bag_file *f = bag_open(m->bag, FOLDER "documents.txt", 0,
	    m->t);

	if (f == NULL)
		return -1;
	gdpdu_head(bag_out(f), &sheet_documents);
	for (size_t i = 0; i < m->npieces; i++)
		if (m->piece[i].document.part == 0 && put_document(m, f, row,
		    &m->piece[i]) == -1) {
			bag_drop(f);
			return -1;
		}
	return making_close(m, f);
}

#define PARTY(name) TABLE_COLUMN(parties, name)

static int
put_parties_of(struct making *m, struct bag_file *f, struct filling *row,
    const struct jrow *j)
{
	for (uint32_t x = json_first(&j->json, 0); x != JSON_NONE;
	    x = json_after(&j->json, 0, x)) {
		filling_begin(row, &sheet_parties);
		member(row, PARTY(contact), j, x, "contact");
		member(row, PARTY(name), j, x, "name");
		member(row, PARTY(role), j, x, "role");
		member(row, PARTY(scope), j, x, json_get(&j->json, x,
		    "case") != JSON_NONE ? "case" : "client");
		member(row, PARTY(from), j, x, "from");
		member(row, PARTY(until), j, x, "until");
		filling_number(row, PARTY(entry), (uint64_t)jrow_int(j, x,
		    "seq"));
		if (put_gdpdu(m, f, row) == -1)
			return -1;
	}
	return 0;
}

static int
put_parties(struct making *m, struct filling *row)
{
	struct bag_file *f = bag_open(m->bag, FOLDER "parties.txt", 0, m->t);
	struct jrow rows = JROW_INIT;
	struct ask_query q;
	struct ask *ask = NULL;
	int rc = -1, n;

	if (f == NULL)
		return -1;
	memset(&q, 0, sizeof q);
	q.what = ASK_PARTIES;
	q.of[0] = m->bundle->of;
	q.nof = 1;
	q.as_known = m->position;
	q.as_was = q.since = q.until = q.today = WHEN_NONE;
	gdpdu_head(bag_out(f), &sheet_parties);
	if ((ask = ask_open(m->store, &q, m->t)) == NULL)
		goto out;
	do {
		buf_clear(&rows.text);
		buf_addc(&rows.text, '[');
		if ((n = ask_next(ask, &rows.text, ROWS, m->t)) == -1)
			goto out;
		buf_addc(&rows.text, ']');
		if (jrow_parse(&rows) == -1) {
			(void)making_failed(m, "parties");
			goto out;
		}
		if (put_parties_of(m, f, row, &rows) == -1)
			goto out;
	} while (n > 0);
	rc = 0;
out:
	ask_free(ask);
	jrow_release(&rows);
	if (rc == 0)
		return making_close(m, f);
	bag_drop(f);
	return -1;
}

/* ---- the trail --------------------------------------------------- */

#define TRAIL(name) TABLE_COLUMN(trail, name)

static void
field(struct filling *row, unsigned column, const struct entry *e,
    const char *name)
{
	uint32_t v = entry_get(e, name);

	if (v != JSON_NONE && e->json.tok[v].type == JSON_STR)
		(void)json_str(&e->json, v, filling_at(row, column));
	else if (v != JSON_NONE && e->json.tok[v].type == JSON_INT)
		filling_number(row, column, (uint64_t)json_int(&e->json, v,
		    0));
}

static void
fill_trail(struct filling *row, const struct entry *e, uint64_t case_seq)
{
	char text[WHEN_TEXT_MAX], id[ID_TEXT_MAX];
	const char *body;
	size_t n;

	filling_begin(row, &sheet_trail);
	filling_number(row, TRAIL(case_seq), case_seq);
	filling_number(row, TRAIL(entry), e->seq);
	filling_set(row, TRAIL(at), when_text(e->at, text));
	filling_set(row, TRAIL(actor), e->actor);
	filling_set(row, TRAIL(kind), kind_name(e->kind));
	filling_set(row, TRAIL(document), id_text(&e->document, id));
	filling_set(row, TRAIL(contact), id_text(&e->contact, id));
	field(row, TRAIL(field), e, "field");
	field(row, TRAIL(was), e, "was");
	field(row, TRAIL(value), e, "value");
	field(row, TRAIL(supersedes), e, e->kind == KIND_DOCUMENT_UNFILED ?
	    "filing" : e->kind == KIND_PARTY_ENDED ? "party" : "supersedes");
	field(row, TRAIL(reason), e, "reason");
	body = json_span(&e->json, e->body, &n);
	buf_add(filling_at(row, TRAIL(body)), body, n);
}

/* One leaf of the tree; 1 was put, 0 later than P or erased, -1. */
static int
put_leaf(struct making *m, struct bag_file *f, struct filling *row,
    uint64_t index)
{
	struct trees *trees = trees_open(m->store, m->t);
	struct buf text = BUF_INIT;
	struct entry e;
	uint64_t seq;
	int got = -1;

	if (trees == NULL)
		return -1;
	if (trees_leaf_seq(trees, &m->tree, index, &seq) == 0)
		got = seq > m->position ? 0 : trees_entry(trees, seq, &text,
		    NULL);
	trees_close(trees);
	if (got == 1 && entry_decode(&e, (const char *)text.data,
	    text.len) == -1)
		got = -1;
	if (got == 1) {
		fill_trail(row, &e, index + 1);
		entry_release(&e);
		got = making_row(m, f, row) == -1 ? -1 : 1;
	} else if (got == -1) {
		(void)making_failed(m, "audit-trail.csv");
	}
	buf_release(&text);
	return got;
}

static int
put_trail(struct making *m, struct filling *row)
{
	struct bag_file *f = making_csv(m, FOLDER "audit-trail.csv",
	    &sheet_trail);

	if (f == NULL)
		return -1;
	for (uint64_t i = 0; i < m->head.size; i++)
		if (put_leaf(m, f, row, i) == -1) {
			bag_drop(f);
			return -1;
		}
	return making_close(m, f);
}

/* There are none yet: the head says what would stand there. */
static int
put_holds(struct making *m)
{
	struct bag_file *f = making_csv(m, FOLDER "holds.csv", &sheet_holds);

	return f == NULL ? -1 : making_close(m, f);
}

int
make_audit(struct making *m)
{
	struct filling row = { .sheet = NULL };
	int rc;

	if (!making_is(m, "audit"))
		return 0;
	rc = put_index(m) == -1 || put_documents(m, &row) == -1 ||
	    put_parties(m, &row) == -1 || put_trail(m, &row) == -1 ||
	    put_holds(m) == -1 ? -1 : 0;
	filling_release(&row);
	return rc;
}
