/* SPDX-License-Identifier: ISC */
/*
 * proofs: that entries are in the log, for those who ask by entry or by
 * document.  The answer waits for a checkpoint that covers them all.
 */
#include "daemon/api/trees_own.h"

#include <stdlib.h>

#include "daemon/api/handlers.h"
#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/trees/proof.h"

#define PROOFS_MAX	64	/* entries of one document */

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
		trees_put(&w, "case", &p->case_);
		trees_put(&w, "case_leaf", &p->case_leaf);
	}
	jw_key(&w, "commitment");
	jw_hex(&w, p->commitment, sizeof p->commitment);
	trees_put(&w, "entry", &p->entry);
	trees_put(&w, "journal", &p->journal);
	trees_put(&w, "journal_leaf", &p->journal_leaf);
	trees_put(&w, "keys", &p->keys);
	trees_put(&w, "master", &p->master);
	trees_put(&w, "master_leaf", &p->master_leaf);
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
	struct trees *t = trees_here(call);
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
		trees_failed(call);
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
	if (trees_came(arg, c, why))
		answer_proofs(arg, c);
}

/* Takes what is wanted. */
static void
prove(struct call *call, struct wanted *want)
{
	struct notary *n = trees_notary(call);
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
		trees_failed(call);
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

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) != 1)
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
