/* SPDX-License-Identifier: ISC */
/*
 * trees: the log's keys, its signed checkpoints, and proofs that entries are
 * in it.  Nothing is signed here that is not published: the notary says up
 * to where (daemon/trees/notary.h).
 */
#include "daemon/api/handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/trees/head.h"
#include "daemon/trees/notary.h"
#include "daemon/trees/proof.h"
#include "proto/base/when.h"

#define PROOFS_MAX	64	/* entries of one document */

/* --- what all of them need ---------------------------------------------- */

static void
no_log(struct call *call, const struct trouble *why)
{
	struct buf text = BUF_INIT;

	trouble_say(&text, call->lang, why);
	call_fail(call, PROBLEM_STATE, SAY_LOG_OFF, buf_str(&text));
	buf_release(&text);
}

/* A read-only store has no notary: it signs nothing. */
static struct notary *
notary_here(struct call *call)
{
	struct trouble why;

	if (call->api->notary == NULL) {
		if (!log_readonly(store_log(call->store), &why))
			(void)trouble_set(&why, SAY_LOG_NONE, NULL, NULL,
			    NULL, NULL);
		no_log(call, &why);
	}
	return call->api->notary;
}

static struct trees *
open_trees(struct call *call)
{
	struct trouble why;
	struct trees *t = trees_open(call->store, &why);

	if (t == NULL)
		call_trouble(call, &why);
	return t;
}

static void
failed(struct call *call)
{
	struct trouble why;

	(void)trouble_errno(&why, SAY_LOG_READ, "views");
	call_trouble(call, &why);
}

static void
put(struct jw *w, const char *key, const struct buf *text)
{
	if (text->len == 0)
		return;
	jw_key(w, key);
	jw_strn(w, (const char *)text->data, text->len);
}

/* journal (or nothing), master, or a case or client: 1, -1 answered. */
static int
query_tree(struct call *call, struct tree_id *tree_r)
{
	const char *of = call_query(call, "of");
	struct id id;
	int rc;

	*tree_r = TREE_JOURNAL;
	if (of == NULL || strcmp(of, "journal") == 0)
		return 1;
	if (strcmp(of, "master") == 0) {
		*tree_r = TREE_MASTER;
		return 1;
	}
	if ((rc = call_id(call, "of", CALL_SCOPE, &id)) == 1)
		*tree_r = TREE_CASE(id);
	return rc == 1 ? 1 : -1;
}

/* --- keys --------------------------------------------------------------- */

static int
key_text(struct trees *t, const uint8_t *seed, const struct tree_id *tree,
    struct buf *out)
{
	struct checkpoint head = { { 0 }, 0, { 0 } };
	struct note_vkey key;

	if (trees_origin(t, tree, trees_life(t), head.origin) == -1 ||
	    head_vkey(&head, seed, &key) == -1)
		return -1;
	note_vkey_text(out, &key);
	return buf_failed(out) ? -1 : 0;
}

void
api_log_key(struct call *call)
{
	struct buf tree = BUF_INIT, master = BUF_INIT, pem = BUF_INIT;
	struct buf row = BUF_INIT;
	struct notary *n = notary_here(call);
	uint8_t key[ED25519_KEY];
	struct tree_id of;
	struct trees *t;
	struct trouble why;
	struct jw w;

	if (n == NULL)
		return;
	if (notary_seed(n) == NULL) {
		(void)notary_published(n, NULL, &why);
		no_log(call, &why);
		return;
	}
	if (query_tree(call, &of) == -1 || (t = open_trees(call)) == NULL)
		return;
	if (key_text(t, notary_seed(n), &of, &tree) == 0 &&
	    key_text(t, notary_seed(n), &TREE_MASTER, &master) == 0 &&
	    ed25519_public(notary_seed(n), key) == 0) {
		ed25519_public_pem(&pem, key);
		jw_init(&w, &row);
		jw_object(&w);
		put(&w, "key", &tree);
		put(&w, "master", &master);
		put(&w, "pem", &pem);
		jw_end(&w);
		call_row(call, trees_position(t), &row);
	} else
		failed(call);
	trees_close(t);
	buf_release(&tree);
	buf_release(&master);
	buf_release(&pem);
	buf_release(&row);
}

/* --- checkpoints -------------------------------------------------------- */

struct seals {
	struct trees	*trees;
	struct jw	*w;
	enum kind	 kind;
};

/* The bodies of the entries that came back, as they are. */
static int
on_seal(void *arg, enum kind kind, uint64_t seq)
{
	struct seals *s = arg;
	struct buf text = BUF_INIT;
	struct entry e;
	const char *span;
	size_t len;
	int rc;

	if (kind != s->kind)
		return 0;
	rc = trees_entry(s->trees, seq, &text, NULL);
	if (rc == 1 && entry_decode(&e, buf_str(&text), text.len) == 0) {
		span = json_span(&e.json, e.body, &len);
		jw_raw(s->w, span, len);
		entry_release(&e);
	}
	buf_release(&text);
	return rc == -1 ? -1 : 0;
}

static int
put_seals(struct jw *w, const char *key, struct trees *t, uint64_t size,
    enum kind kind)
{
	struct seals s = { t, w, kind };
	int rc;

	jw_key(w, key);
	jw_array(w);
	rc = trees_seals(t, size, on_seal, &s);
	jw_end(w);
	return rc;
}

static int
checkpoint_row(struct trees *t, const uint8_t *seed,
    const struct tree_checkpoint *c, struct buf *row)
{
	struct buf journal = BUF_INIT, master = BUF_INIT;
	char at[WHEN_TEXT_MAX];
	struct tree_head h;
	struct jw w;
	int rc = -1;

	if (proof_head_note(t, seed, &TREE_JOURNAL, c, &h, &journal) == 1 &&
	    proof_master_note(t, seed, c, &master) == 0) {
		jw_init(&w, row);
		jw_object(&w);
		jw_kstr(&w, "at", when_text(c->at, at));
		rc = put_seals(&w, "cosigned", t, c->master_size,
		    KIND_TREE_COSIGNED);
		put(&w, "journal", &journal);
		put(&w, "master", &master);
		jw_kint(&w, "master_size", (int64_t)c->master_size);
		jw_kint(&w, "position", (int64_t)c->position);
		jw_kint(&w, "seq", (int64_t)c->seq);
		if (put_seals(&w, "stamped", t, c->master_size,
		    KIND_TREE_STAMPED) == -1)
			rc = -1;
		jw_end(&w);
	}
	buf_release(&journal);
	buf_release(&master);
	return rc;
}

static void
answer_checkpoint(struct call *call, const struct tree_checkpoint *c)
{
	struct trees *t = open_trees(call);
	struct buf row = BUF_INIT;

	if (t == NULL)
		return;
	if (checkpoint_row(t, notary_seed(call->api->notary), c, &row) == 0)
		call_row(call, trees_position(t), &row);
	else
		failed(call);
	trees_close(t);
	buf_release(&row);
}

static void
on_checkpoint(void *arg, const struct tree_checkpoint *c,
    const struct trouble *why)
{
	struct call *call = arg;

	if (!call_release(call))
		return;
	if (c == NULL)
		no_log(call, why);
	else
		answer_checkpoint(call, c);
}

void
api_log_checkpoint_make(struct call *call)
{
	struct notary *n = notary_here(call);

	if (n == NULL || call_closed(call))
		return;
	call_hold(call);
	notary_ask(n, 0, call_true(call, "stamp"), on_checkpoint, call);
}

void
api_log_checkpoint(struct call *call)
{
	struct notary *n = notary_here(call);
	struct tree_checkpoint c;
	struct trouble why;

	if (n == NULL)
		return;
	if (!notary_published(n, &c, &why))
		no_log(call, &why);
	else
		answer_checkpoint(call, &c);
}

static void
consistency_row(struct trees *t, const struct tree_id *tree, uint64_t from,
    uint64_t to, struct call *call)
{
	struct tree_nodes n = { t, *tree };
	const struct merkle_nodes nodes = { tree_nodes_get, &n };
	uint8_t a[MERKLE_HASH], b[MERKLE_HASH];
	struct buf row = BUF_INIT;
	struct merkle_proof p;
	struct jw w;

	if (trees_root(t, tree, from, a) == -1 ||
	    trees_root(t, tree, to, b) == -1 ||
	    merkle_consistency(&nodes, from, to, &p) == -1) {
		failed(call);
		return;
	}
	jw_init(&w, &row);
	jw_object(&w);
	jw_kint(&w, "from", (int64_t)from);
	jw_key(&w, "from_root");
	jw_hex(&w, a, sizeof a);
	jw_key(&w, "hashes");
	jw_array(&w);
	for (unsigned i = 0; i < p.n; i++)
		jw_hex(&w, p.hash[i], MERKLE_HASH);
	jw_end(&w);
	jw_kint(&w, "to", (int64_t)to);
	jw_key(&w, "to_root");
	jw_hex(&w, b, sizeof b);
	jw_end(&w);
	call_row(call, trees_position(t), &row);
	buf_release(&row);
}

void
api_log_consistency(struct call *call)
{
	struct tree_checkpoint c = { .position = 0 };
	uint64_t from = 0, to = 0, size;
	char text[64], most[24];
	struct tree_id tree;
	struct trees *t;

	if (query_tree(call, &tree) == -1 || (t = open_trees(call)) == NULL)
		return;
	if (tree.what == LEAF_MASTER) {
		(void)trees_checkpoint_last(t, trees_position(t), &c);
		size = c.master_size;
	} else if (trees_size(t, &tree, trees_position(t), &size) == -1)
		size = 0;
	(void)call_query_int(call, "from", &from);
	if (!call_query_int(call, "to", &to))
		to = size;
	if (from > to || to > size) {
		(void)snprintf(text, sizeof text, "%llu, %llu",
		    (unsigned long long)from, (unsigned long long)to);
		(void)snprintf(most, sizeof most, "%llu",
		    (unsigned long long)size);
		call_fail(call, PROBLEM_BAD_QUERY, SAY_LOG_SIZES, text, most);
	} else
		consistency_row(t, &tree, from, to, call);
	trees_close(t);
}

/* --- proofs ------------------------------------------------------------- */

/* The entries that a call asks about, while it waits for a checkpoint. */
struct wanted {
	uint64_t	seq[PROOFS_MAX];
	unsigned	n;
	int		one;		/* answered as a row, not a list */
};

static void
proof_row(const struct proof *p, struct buf *out)
{
	char id[ID_TEXT_MAX];
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	if (p->tree.kind != ID_NONE) {
		put(&w, "case", &p->case_);
		put(&w, "case_leaf", &p->case_leaf);
	}
	jw_key(&w, "commitment");
	jw_hex(&w, p->commitment, sizeof p->commitment);
	put(&w, "entry", &p->entry);
	put(&w, "journal", &p->journal);
	put(&w, "journal_leaf", &p->journal_leaf);
	put(&w, "keys", &p->keys);
	put(&w, "master", &p->master);
	put(&w, "master_leaf", &p->master_leaf);
	if (p->entry.len > 0) {
		jw_key(&w, "salt");
		jw_hex(&w, p->salt, sizeof p->salt);
	}
	jw_kint(&w, "seq", (int64_t)p->seq);
	if (p->tree.kind != ID_NONE)
		jw_kstr(&w, "tree", id_text(&p->tree, id));
	jw_end(&w);
}

static int
proof_rows(struct trees *t, const uint8_t *seed, const struct wanted *want,
    const struct tree_checkpoint *c, struct buf *rows)
{
	int rc = 1;

	for (unsigned i = 0; i < want->n && rc == 1; i++) {
		struct proof p;

		proof_init(&p);
		rc = proof_of(t, seed, want->seq[i], c, &p);
		if (rc == 1) {
			if (i > 0)
				buf_addc(rows, ',');
			proof_row(&p, rows);
		}
		proof_release(&p);
	}
	return rc;
}

static void
answer_proofs(struct call *call, const struct tree_checkpoint *c)
{
	const struct wanted *want = call->state;
	struct trees *t = open_trees(call);
	struct buf rows = BUF_INIT;
	struct tree_checkpoint first;
	uint64_t last = 0;
	int rc;

	if (t == NULL)
		return;
	for (unsigned i = 0; i < want->n; i++)
		last = want->seq[i] > last ? want->seq[i] : last;
	/* The first that covers them all, so that answers stay the same. */
	rc = trees_checkpoint_from(t, last, &first);
	if (rc == 1)
		rc = proof_rows(t, notary_seed(call->api->notary), want,
		    first.seq < c->seq ? &first : c, &rows);
	if (rc != 1 || buf_failed(&rows))
		failed(call);
	else if (want->one)
		call_row(call, trees_position(t), &rows);
	else
		list_rows(call, trees_position(t), &rows);
	trees_close(t);
	buf_release(&rows);
}

static void
on_covered(void *arg, const struct tree_checkpoint *c,
    const struct trouble *why)
{
	struct call *call = arg;

	if (!call_release(call))
		return;
	if (c == NULL)
		no_log(call, why);
	else
		answer_proofs(call, c);
}

/* Takes what is wanted. */
static void
prove(struct call *call, struct wanted *want)
{
	struct notary *n = notary_here(call);
	uint64_t last = 0;

	call->state = want;
	call->state_free = free;
	if (n == NULL)
		return;
	for (unsigned i = 0; i < want->n; i++)
		last = want->seq[i] > last ? want->seq[i] : last;
	call_hold(call);
	notary_ask(n, last, 0, on_covered, call);
}

/* The number in the path, of an entry that is there; 0: answered. */
static uint64_t
path_seq(struct call *call)
{
	const char *text = buf_str(&call->path_id);
	uint64_t seq = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 18; i++)
		seq = seq * 10 + (uint64_t)(text[i] - '0');
	if (text[i] != '\0' || seq == 0 ||
	    seq > store_applied(call->store)) {
		call_fail(call, PROBLEM_NOT_FOUND, SAY_LOG_NO_ENTRY, text);
		return 0;
	}
	return seq;
}

static struct wanted *
want_none(struct call *call)
{
	struct wanted *want = calloc(1, sizeof *want);

	if (want == NULL)
		failed(call);
	return want;
}

void
proof_entry(struct call *call)
{
	uint64_t seq = path_seq(call);
	struct wanted *want;

	if (seq == 0 || (want = want_none(call)) == NULL)
		return;
	want->one = 1;
	want->seq[want->n++] = seq;
	prove(call, want);
}

static void
want_add(struct wanted *want, uint64_t seq)
{
	for (unsigned i = 0; i < want->n; i++)
		if (want->seq[i] == seq)
			return;
	if (want->n < PROOFS_MAX)
		want->seq[want->n++] = seq;
}

/* The filings in force, out of the document's row. */
static void
want_filings(struct call *call, const struct id *id, struct wanted *want)
{
	struct buf row = BUF_INIT;
	struct json json;
	uint32_t list;

	if (ask_one(call->store, id, 0, &row, NULL) == 1 &&
	    json_parse(&json, buf_str(&row), row.len) == 0) {
		list = json_get(&json, 0, "filings");
		for (uint32_t f = json_first(&json, list); f != JSON_NONE;
		    f = json_after(&json, list, f))
			want_add(want, (uint64_t)json_int(&json,
			    json_get(&json, f, "seq"), 0));
		json_release(&json);
	}
	buf_release(&row);
}

/* Of a document: its arrivals and readings, and the filings in force. */
void
proof_document(struct call *call)
{
	struct wanted *want;
	struct trouble why;
	uint64_t *seq;
	struct id id;
	size_t n;

	if (call_path_id(call, KIND_BIT(ID_DOCUMENT), &id) != 1)
		return;
	if (trees_bound(call->store, &id, 0, &seq, &n, &why) == -1) {
		call_trouble(call, &why);
		return;
	}
	if ((want = want_none(call)) == NULL) {
		free(seq);
		return;
	}
	want_filings(call, &id, want);
	for (size_t i = 0; i < n; i++)
		want_add(want, seq[i]);
	free(seq);
	prove(call, want);
}
