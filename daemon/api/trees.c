/* SPDX-License-Identifier: ISC */
/*
 * trees: the log's keys, its signed checkpoints, and that one tree goes on
 * from another.  Nothing is signed here that is not published: the notary
 * says up to where (daemon/trees/notary.h).
 */
#include "daemon/api/trees_own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/handlers.h"
#include "daemon/api/inside.h"
#include "daemon/trees/head.h"
#include "daemon/trees/proof.h"
#include "proto/base/when.h"

/* --- what proofs.c needs too --------------------------------------------- */

void
trees_none(struct call *call, const struct trouble *why)
{
	struct buf text = BUF_INIT;

	trouble_say(&text, call->lang, why);
	call_fail(call, PROBLEM_STATE, SAY_LOG_OFF, buf_str(&text));
	buf_release(&text);
}

struct notary *
trees_notary(struct call *call)
{
	struct trouble why;

	if (call->api->notary == NULL) {
		if (!log_readonly(store_log(call->store), &why))
			(void)trouble_set(&why, SAY_LOG_NONE, NULL, NULL,
			    NULL, NULL);
		trees_none(call, &why);
	}
	return call->api->notary;
}

struct trees *
trees_here(struct call *call)
{
	struct trouble why;
	struct trees *t = trees_open(call->store, &why);

	if (t == NULL)
		call_trouble(call, &why);
	return t;
}

void
trees_failed(struct call *call)
{
	struct trouble why;

	(void)trouble_errno(&why, SAY_LOG_READ, "views");
	call_trouble(call, &why);
}

void
trees_put(struct jw *w, const char *key, const struct buf *text)
{
	if (text->len == 0)
		return;
	jw_key(w, key);
	jw_strn(w, (const char *)text->data, text->len);
}

int
trees_came(struct call *call, const struct tree_checkpoint *c,
    const struct trouble *why)
{
	if (!call_release(call))
		return 0;
	if (c == NULL)
		trees_none(call, why);
	return c != NULL;
}

/* --- keys --------------------------------------------------------------- */

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
	struct notary *n = trees_notary(call);
	uint8_t key[ED25519_KEY];
	struct tree_id of;
	struct trees *t;
	struct trouble why;
	struct jw w;

	if (n == NULL)
		return;
	if (notary_seed(n) == NULL) {
		(void)notary_published(n, NULL, &why);
		trees_none(call, &why);
		return;
	}
	if (query_tree(call, &of) == -1 || (t = trees_here(call)) == NULL)
		return;
	if (key_text(t, notary_seed(n), &of, &tree) == 0 &&
	    key_text(t, notary_seed(n), &TREE_MASTER, &master) == 0 &&
	    ed25519_public(notary_seed(n), key) == 0) {
		ed25519_public_pem(&pem, key);
		jw_init(&w, &row);
		jw_object(&w);
		trees_put(&w, "key", &tree);
		trees_put(&w, "master", &master);
		trees_put(&w, "pem", &pem);
		jw_end(&w);
		call_row(call, trees_position(t), &row);
	} else
		trees_failed(call);
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
		trees_put(&w, "journal", &journal);
		trees_put(&w, "master", &master);
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
	struct trees *t = trees_here(call);
	struct buf row = BUF_INIT;

	if (t == NULL)
		return;
	if (checkpoint_row(t, notary_seed(call->api->notary), c, &row) == 0)
		call_row(call, trees_position(t), &row);
	else
		trees_failed(call);
	trees_close(t);
	buf_release(&row);
}

static void
on_checkpoint(void *arg, const struct tree_checkpoint *c,
    const struct trouble *why)
{
	if (trees_came(arg, c, why))
		answer_checkpoint(arg, c);
}

void
api_log_checkpoint_make(struct call *call)
{
	struct notary *n = trees_notary(call);

	if (n == NULL || call_closed(call))
		return;
	call_hold(call);
	notary_ask(n, 0, call_true(call, "stamp"), on_checkpoint, call);
}

void
api_log_checkpoint(struct call *call)
{
	struct notary *n = trees_notary(call);
	struct tree_checkpoint c;
	struct trouble why;

	if (n == NULL)
		return;
	if (!notary_published(n, &c, &why))
		trees_none(call, &why);
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
		trees_failed(call);
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

	if (query_tree(call, &tree) == -1 || (t = trees_here(call)) == NULL)
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
