/* SPDX-License-Identifier: ISC */
/* proof: see proof.h.  It must never sign what no checkpoint has fixed. */
#include "daemon/trees/proof.h"

#include <errno.h>
#include <string.h>

#include "daemon/trees/head.h"
#include "proto/out/tlogproof.h"

void
proof_init(struct proof *p)
{
	memset(p, 0, sizeof(*p));
}

void
proof_release(struct proof *p)
{
	buf_release(&p->entry);
	buf_release(&p->journal_leaf);
	buf_release(&p->journal);
	buf_release(&p->case_leaf);
	buf_release(&p->case_);
	buf_release(&p->master_leaf);
	buf_release(&p->master);
	buf_release(&p->keys);
}

/* --- signed heads ------------------------------------------------------- */

struct lines {
	struct trees	*trees;
	struct buf	*out;
};

static int
add_line(void *arg, enum kind kind, uint64_t seq)
{
	struct lines *l = arg;
	struct buf text = BUF_INIT;
	struct entry e;
	int rc;

	if (kind != KIND_TREE_COSIGNED)
		return 0;
	rc = trees_entry(l->trees, seq, &text, NULL);
	if (rc == 1 && entry_decode(&e, buf_str(&text), text.len) == 0) {
		if (json_str(&e.json, entry_get(&e, "line"), l->out) == 0)
			buf_addc(l->out, '\n');
		entry_release(&e);
	}
	buf_release(&text);
	return rc == -1 ? -1 : 0;
}

int
proof_master_note(struct trees *t, const uint8_t seed[ED25519_KEY],
    const struct tree_checkpoint *c, struct buf *out)
{
	struct lines l = { t, out };
	struct checkpoint head;

	if (head_of_master(t, c, &head) == -1 ||
	    checkpoint_sign(out, &head, seed) == -1)
		return -1;
	return trees_seals(t, c->master_size, add_line, &l) == -1 ||
	    buf_failed(out) ? -1 : 0;
}

int
proof_head_note(struct trees *t, const uint8_t seed[ED25519_KEY],
    const struct tree_id *tree, const struct tree_checkpoint *c,
    struct tree_head *head_r, struct buf *out)
{
	struct checkpoint head;
	uint64_t index;
	int rc = trees_head_index(t, tree, c, &index, head_r);

	if (rc != 1)
		return rc;
	return head_of(t, head_r, &head) == -1 ||
	    checkpoint_sign(out, &head, seed) == -1 ? -1 : 1;
}

/* --- proofs ------------------------------------------------------------- */

static int
add_key(struct buf *keys, const struct checkpoint *head,
    const uint8_t seed[ED25519_KEY])
{
	struct note_vkey key;

	if (head_vkey(head, seed, &key) == -1)
		return -1;
	note_vkey_text(keys, &key);
	buf_addc(keys, '\n');
	return buf_failed(keys) ? -1 : 0;
}

/* A leaf of a tree under the note of its head. */
static int
prove(struct trees *t, const struct tree_id *tree, uint64_t size,
    uint64_t index, struct buf *note, struct buf *leaf, struct buf *out)
{
	struct tree_nodes n = { t, *tree };
	const struct merkle_nodes nodes = { tree_nodes_get, &n };
	struct tlogproof p;
	int rc = -1;

	tlogproof_init(&p);
	p.index = index;
	p.checkpoint = buf_str(note);
	p.checkpoint_len = note->len;
	if (p.checkpoint != NULL && trees_leaf(t, tree, index, leaf) == 0 &&
	    merkle_inclusion(&nodes, size, index, &p.proof) == 0) {
		tlogproof_encode(out, &p);
		rc = buf_failed(out) || buf_failed(leaf) ? -1 : 0;
	}
	tlogproof_release(&p);
	return rc;
}

/* In the journal's or a case's tree, and with it the key of that tree. */
static int
prove_in(struct trees *t, const uint8_t seed[ED25519_KEY],
    const struct tree_id *tree, uint64_t index, struct proof *p,
    struct buf *leaf, struct buf *out)
{
	struct buf note = BUF_INIT;
	struct checkpoint head;
	struct tree_head h;
	int rc = proof_head_note(t, seed, tree, &p->checkpoint, &h, &note);

	if (rc == 1 && index < h.size && head_of(t, &h, &head) == 0 &&
	    add_key(&p->keys, &head, seed) == 0)
		rc = prove(t, tree, h.size, index, &note, leaf, out);
	else
		rc = -1;
	buf_release(&note);
	return rc;
}

static int
prove_head(struct trees *t, const uint8_t seed[ED25519_KEY],
    const struct tree_id *tree, struct proof *p)
{
	struct buf note = BUF_INIT;
	struct checkpoint head;
	struct tree_head h;
	uint64_t index;
	int rc = -1;

	if (trees_head_index(t, tree, &p->checkpoint, &index, &h) == 1 &&
	    head_of_master(t, &p->checkpoint, &head) == 0 &&
	    add_key(&p->keys, &head, seed) == 0 &&
	    proof_master_note(t, seed, &p->checkpoint, &note) == 0)
		rc = prove(t, &TREE_MASTER, p->checkpoint.master_size, index,
		    &note, &p->master_leaf, &p->master);
	buf_release(&note);
	return rc;
}

int
proof_of(struct trees *t, const uint8_t seed[ED25519_KEY], uint64_t seq,
    const struct tree_checkpoint *c, struct proof *p)
{
	struct tree_id tree = TREE_JOURNAL;
	uint64_t index;
	int rc;

	p->seq = seq;
	p->checkpoint = *c;
	if (seq == 0 || seq > c->position)
		return 0;
	if (trees_entry(t, seq, &p->entry, p->salt) == -1 ||
	    trees_commitment(t, seq, p->commitment) == -1 ||
	    prove_in(t, seed, &tree, seq - 1, p, &p->journal_leaf,
	    &p->journal) == -1 ||
	    (rc = trees_index(t, seq, &tree, &index)) == -1)
		return -1;
	if (rc == 1) {
		p->tree = tree.id;
		if (prove_in(t, seed, &tree, index, p, &p->case_leaf,
		    &p->case_) == -1)
			return -1;
	} else
		tree = TREE_JOURNAL;
	return prove_head(t, seed, &tree, p) == -1 ? -1 : 1;
}
