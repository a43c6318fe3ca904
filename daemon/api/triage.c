/* SPDX-License-Identifier: ISC */
/*
 * triage: the queue of documents that wait, and the decisions on them: file,
 * set aside, undo.  One request may decide on several documents and put one
 * under several cases; all of it is one append.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/api/filings.h"
#include "daemon/api/list.h"
#include "proto/base/when.h"

/* ---- lists ------------------------------------------------------------ */

static void
triage_list_now(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_TRIAGE);
	q.today = (int64_t)time(NULL) * WHEN_SECOND;
	list_answer(call, &q);
}

void
triage_list(struct call *call)
{
	call_query_after(call, triage_list_now);
}

void
triage_filed(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_FILED);
	q.since = call_query_from(call, "since");
	q.rule = call_query(call, "rule");
	list_answer(call, &q);
}

void
triage_aside(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_ASIDE);
	list_answer(call, &q);
}

/* ---- documents of a request ------------------------------------------- */

/* Ids of a list, each once. */
static int
triage_ids(struct call *call, const char *name, unsigned kinds,
    struct id ids_r[LIMIT_BATCH_DRAFTS], unsigned *n_r)
{
	unsigned n, kept = 0;

	if (call_ids(call, name, kinds, ids_r, LIMIT_BATCH_DRAFTS, &n) == -1)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		unsigned j = 0;

		while (j < kept && !id_equal(&ids_r[j], &ids_r[i]))
			j++;
		if (j == kept)
			ids_r[kept++] = ids_r[i];
	}
	*n_r = kept;
	return 0;
}

/* ---- file ------------------------------------------------------------- */

/* A filed row with the names of client and case: keys stay in their order. */
static void
triage_named(struct call *call, const struct buf *row, struct buf *out)
{
	struct buf text = *row;
	struct known_case known;
	struct json json;
	struct id id;
	struct jw w;
	size_t len;
	int got = 0;

	if (json_parse(&json, (const char *)text.data, text.len) == -1)
		return;
	for (int i = 0; i < 2 && got != 1; i++) {
		const char *span = json_span(&json, json_get(&json, 0,
		    i == 0 ? "case" : "client"), &len);

		if (span == NULL || len < 2 ||
		    id_parse(span + 1, len - 2, &id) == -1)
			continue;
		got = i == 0 ? known_case(call->store, &id, &known) :
		    known_client(call->store, &id, &known);
	}
	jw_init(&w, out);
	jw_object(&w);
	for (uint32_t k = json_first(&json, 0); k != JSON_NONE;) {
		uint32_t v = json_after(&json, 0, k);
		const char *key = json_span(&json, k, &len);
		char name[32];

		(void)snprintf(name, sizeof name, "%.*s", (int)len - 2,
		    key + 1);
		jw_key(&w, name);
		key = json_span(&json, v, &len);
		jw_raw(&w, key, len);
		if (got == 1 && strcmp(name, "case") == 0)
			jw_kstr_opt(&w, "case_title", known.title);
		if (got == 1 && strcmp(name, "client") == 0)
			jw_kstr_opt(&w, "client_name", known.client_name);
		k = json_after(&json, 0, v);
	}
	jw_end(&w);
	json_release(&json);
}

static void
triage_filed_rows(struct call *call, struct change *change)
{
	struct buf rows = BUF_INIT, row = BUF_INIT;
	struct ask_query q;
	struct ask *ask;
	uint64_t n = change_last(change) - change_first(change) + 1;

	list_query(&q, ASK_FILED);
	q.from_seq = change_first(change);
	ask = ask_open(call->store, &q, NULL);
	for (uint64_t i = 0; ask != NULL && i < n; i++) {
		buf_clear(&row);
		if (ask_next(ask, &row, 1, NULL) != 1)
			break;
		if (i > 0)
			buf_addc(&rows, ',');
		triage_named(call, &row, &rows);
	}
	if (ask != NULL)
		list_rows(call, ask_position(ask), &rows);
	else
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	ask_free(ask);
	buf_release(&row);
	buf_release(&rows);
}

/* Files one document under all the places. */
static void
triage_place(struct call *call, struct change *change, const struct id *doc,
    const struct id *under, unsigned nunder)
{
	struct known_filing filing[KNOWN_MAX];
	int n = known_filings(call->store, doc, filing), main = 0;
	char a[ID_TEXT_MAX], b[ID_TEXT_MAX];

	for (int i = 0; i < n && i < KNOWN_MAX; i++)
		main |= filing[i].main;
	for (unsigned u = 0; u < nunder; u++) {
		for (int i = 0; i < n && i < KNOWN_MAX; i++)
			if (id_equal(&under[u], filings_place(&filing[i])))
				change_refuse(change, PROBLEM_STATE,
				    SAY_API_S_FILED, id_text(doc, a),
				    id_text(&under[u], b));
		filings_add(change, call, doc, &under[u], !main && u == 0,
		    call_text(call, "reason"));
	}
}

void
triage_file(struct call *call)
{
	struct id doc[LIMIT_BATCH_DRAFTS], under[LIMIT_BATCH_DRAFTS];
	struct change *change;
	unsigned ndocs, nunder;
	char n[24], max[24];

	if (triage_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc,
	    &ndocs) == -1 ||
	    triage_ids(call, "under", CALL_SCOPE, under, &nunder) == -1)
		return;
	if (ndocs * nunder > LIMIT_BATCH_DRAFTS) {
		(void)snprintf(n, sizeof n, "%u", ndocs * nunder);
		(void)snprintf(max, sizeof max, "%d", LIMIT_BATCH_DRAFTS);
		call_fail(call, PROBLEM_TOO_LARGE, SAY_API_D_TOO_MANY, n,
		    max);
		return;
	}
	if ((change = change_new(call)) == NULL)
		return;
	for (unsigned i = 0; i < ndocs; i++)
		triage_place(call, change, &doc[i], under, nunder);
	change_send(change, triage_filed_rows);
}

/* ---- set aside -------------------------------------------------------- */

typedef int row_fn(struct call *, const struct id *, uint64_t position,
    struct buf *row_r);

/* One row for each document that was named. */
static void
triage_rows(struct call *call, row_fn *fn)
{
	uint64_t position = store_applied(call->store);
	struct buf rows = BUF_INIT, row = BUF_INIT;
	struct id doc[LIMIT_BATCH_DRAFTS];
	unsigned n;

	if (triage_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc, &n) ==
	    -1)
		return;
	for (unsigned i = 0; i < n; i++) {
		buf_clear(&row);
		if (fn(call, &doc[i], position, &row) != 1)
			continue;
		if (rows.len > 0)
			buf_addc(&rows, ',');
		buf_add(&rows, row.data, row.len);
	}
	list_rows(call, position, &rows);
	buf_release(&row);
	buf_release(&rows);
}

static int
aside_row(struct call *call, const struct id *doc, uint64_t position,
    struct buf *row_r)
{
	(void)position;
	return ask_aside(call->store, doc, row_r, NULL);
}

static void
triage_aside_rows(struct call *call, struct change *change)
{
	(void)change;
	triage_rows(call, aside_row);
}

static void
triage_put_aside(struct call *call, struct change *change,
    const struct id *doc)
{
	struct known_filing filing[KNOWN_MAX];
	const char *state = known_state(call->store, doc);
	char a[ID_TEXT_MAX], b[ID_TEXT_MAX];

	if (strcmp(state, "aside") == 0)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_ASIDE,
		    id_text(doc, a));
	else if (known_filings(call->store, doc, filing) > 0)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_IS_FILED,
		    id_text(doc, a), id_text(filings_place(&filing[0]), b));
	filings_aside(change, doc, call_text(call, "as"),
	    call_text(call, "reason"));
}

void
triage_set_aside(struct call *call)
{
	struct id doc[LIMIT_BATCH_DRAFTS];
	struct change *change;
	unsigned n;

	if (!call_word(call, "as",
	    "spam marketing auto-reply internal private enquiry office")) {
		(void)call_failed(call);
		return;
	}
	if (triage_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc, &n) ==
	    -1 || (change = change_new(call)) == NULL)
		return;
	for (unsigned i = 0; i < n; i++)
		triage_put_aside(call, change, &doc[i]);
	change_send(change, triage_aside_rows);
}

/* ---- undo ------------------------------------------------------------- */

static int
document_row(struct call *call, const struct id *doc, uint64_t position,
    struct buf *row_r)
{
	return ask_one(call->store, doc, position, row_r, NULL);
}

static void
triage_document_rows(struct call *call, struct change *change)
{
	(void)change;
	triage_rows(call, document_row);
}

/* Who stated an entry; "" if that cannot be told. */
static void
triage_actor(struct call *call, uint64_t seq, char actor_r[CALL_ACTOR_MAX])
{
	struct buf row = BUF_INIT;
	struct ask_query q;
	struct ask *ask;
	struct entry e;

	actor_r[0] = '\0';
	list_query(&q, ASK_ENTRIES);
	q.from_seq = seq;
	ask = ask_open(call->store, &q, NULL);
	if (ask != NULL && ask_next(ask, &row, 1, NULL) == 1 &&
	    entry_decode(&e, buf_str(&row), row.len) == 0) {
		(void)snprintf(actor_r, CALL_ACTOR_MAX, "%s", e.actor);
		entry_release(&e);
	}
	ask_free(ask);
	buf_release(&row);
}

static const struct known_filing *
triage_newest(const struct known_filing *f, int n, uint64_t below)
{
	const struct known_filing *best = NULL;

	for (int i = 0; i < n && i < KNOWN_MAX; i++)
		if (f[i].seq < below && (best == NULL || f[i].seq > best->seq))
			best = &f[i];
	return best;
}

/*
 * The last decision: the newest filing, and those just before it by the same
 * hand, since one decision may put a document under several cases.
 */
static void
triage_unfile(struct call *call, struct change *change, const struct id *doc,
    const struct known_filing *filing, int n)
{
	const struct known_filing *f = triage_newest(filing, n, UINT64_MAX);
	char first[CALL_ACTOR_MAX], actor[CALL_ACTOR_MAX];
	uint64_t seq;

	triage_actor(call, f->seq, first);
	do {
		filings_withdraw(change, doc, f, "undone",
		    call_text(call, "reason"));
		seq = f->seq;
		f = triage_newest(filing, n, seq);
		if (f != NULL)
			triage_actor(call, f->seq, actor);
	} while (f != NULL && f->seq + 1 == seq && strcmp(first, actor) == 0);
}

static void
triage_take_back(struct call *call, struct change *change,
    const struct id *doc)
{
	struct known_filing filing[KNOWN_MAX];
	int n = known_filings(call->store, doc, filing);
	char text[ID_TEXT_MAX];

	if (n > 0) {
		triage_unfile(call, change, doc, filing, n);
		return;
	}
	if (strcmp(known_state(call->store, doc), "aside") != 0)
		change_refuse(change, PROBLEM_STATE,
		    SAY_API_S_NOTHING_TO_UNDO, id_text(doc, text));
	filings_restore(change, doc, call_text(call, "reason"));
}

void
triage_undo(struct call *call)
{
	struct id doc[LIMIT_BATCH_DRAFTS];
	struct change *change;
	unsigned n;

	if (triage_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc, &n) ==
	    -1 || (change = change_new(call)) == NULL)
		return;
	for (unsigned i = 0; i < n; i++)
		triage_take_back(call, change, &doc[i]);
	change_send(change, triage_document_rows);
}
