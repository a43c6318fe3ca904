/* SPDX-License-Identifier: ISC */
/*
 * bundle_proof: proof/, as proto/out/layout.h has it: the tree of the case or
 * client whole, as tiles, its signed head, that head in the master tree, the
 * way from an earlier bundle's head, and what checks them.  What is disclosed
 * of the tree is in bundle_disclose.c.
 *
 * Only heads that a tree.checkpoint has recorded are signed, and Ed25519 is
 * deterministic: the same build gives the same bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "daemon/trees/policy.h"
#include "proto/base/when.h"
#include "proto/out/checkpoint.h"
#include "proto/out/ed25519.h"
#include "proto/out/layout.h"
#include "proto/out/tiles.h"
#include "proto/out/tlogproof.h"

static int
put(struct making *m, const char *path, struct buf *text)
{
	int rc;

	if (buf_failed(text)) {
		errno = ENOMEM;
		rc = making_failed(m, path);
	} else {
		rc = bag_put(m->bag, path, text->data, text->len, m->t);
	}
	buf_release(text);
	return rc;
}

int
making_origin(struct making *m, char name_r[NOTE_NAME_MAX + 1])
{
	struct trees *trees = trees_open(m->store, m->t);
	int rc;

	if (trees == NULL)
		return -1;
	rc = trees_origin(trees, &m->tree, m->head.life, name_r);
	trees_close(trees);
	return rc == -1 ? making_failed(m, "origin") : 0;
}

/* ---- heads ------------------------------------------------------- */

struct heads {
	struct checkpoint kase, master;
	struct note_vkey  kase_key, master_key;
	struct buf	  kase_text, master_text;	/* signed */
};

static int
heads_sign(struct making *m, struct trees *trees, struct heads *h)
{
	uint8_t public[ED25519_KEY];

	h->kase.size = m->head.size;
	memcpy(h->kase.root, m->head.root, MERKLE_HASH);
	h->master.size = m->checkpoint.master_size;
	memcpy(h->master.root, m->checkpoint.master, MERKLE_HASH);
	if (trees_origin(trees, &m->tree, m->head.life, h->kase.origin) ==
	    -1 || trees_origin(trees, &TREE_MASTER, m->checkpoint.life,
	    h->master.origin) == -1 ||
	    ed25519_public(m->conf->log_seed, public) == -1 ||
	    note_vkey_make(&h->kase_key, h->kase.origin, NOTE_ED25519,
	    public) == -1 ||
	    note_vkey_make(&h->master_key, h->master.origin, NOTE_ED25519,
	    public) == -1)
		return -1;
	return checkpoint_sign(&h->kase_text, &h->kase, m->conf->log_seed) ==
	    -1 || checkpoint_sign(&h->master_text, &h->master,
	    m->conf->log_seed) == -1 ? -1 : 0;
}

/* ---- files ------------------------------------------------------- */

static int
put_keys(struct making *m, const struct heads *h)
{
	struct buf keys = BUF_INIT, policy = BUF_INIT;
	const struct note_vkey *key[] = { &h->kase_key, &h->master_key };

	for (int i = 0; i < 2; i++) {
		note_vkey_text(&keys, key[i]);
		buf_addc(&keys, '\n');
	}
	if (put(m, LAYOUT_KEYS, &keys) == -1)
		return -1;
	policy_text(&policy, &h->master_key, m->conf->seal);
	return put(m, LAYOUT_POLICY, &policy);
}

/* The body of the case's head as a leaf of the master tree. */
static int
put_in_master(struct making *m, struct trees *trees, struct heads *h)
{
	struct tree_nodes at = { trees, TREE_MASTER };
	struct merkle_nodes nodes = { tree_nodes_get, &at };
	struct tlogproof proof;
	struct buf text = BUF_INIT;

	tlogproof_init(&proof);
	proof.index = m->head_index;
	if (merkle_inclusion(&nodes, m->checkpoint.master_size,
	    m->head_index, &proof.proof) == -1) {
		tlogproof_release(&proof);
		return making_failed(m, LAYOUT_IN_MASTER);
	}
	proof.checkpoint = buf_str(&h->master_text);
	proof.checkpoint_len = h->master_text.len;
	tlogproof_encode(&text, &proof);
	tlogproof_release(&proof);
	return put(m, LAYOUT_IN_MASTER, &text);
}

static int
tile_bytes(struct making *m, struct trees *trees, const struct tile *tile,
    struct buf *out)
{
	struct tree_nodes at = { trees, m->tree };
	struct merkle_nodes nodes = { tree_nodes_get, &at };
	struct buf leaf = BUF_INIT;
	int rc = 0;

	if (tile->level != TILE_ENTRIES)
		return tile_hashes(out, tile, &nodes);
	for (unsigned i = 0; rc == 0 && i < tile->width; i++) {
		buf_clear(&leaf);
		rc = trees_leaf(trees, &m->tree, tile->index * TILE_WIDTH + i,
		    &leaf);
		if (rc == 0)
			rc = tile_entry_add(out, leaf.data, leaf.len);
	}
	buf_release(&leaf);
	return rc;
}

static int
put_tiles(struct making *m, struct trees *trees)
{
	struct tile_walk walk;
	struct tile tile;

	memset(&walk, 0, sizeof walk);
	while (tile_next(&walk, 0, m->head.size, &tile)) {
		char path[TILE_PATH_MAX + 16] = LAYOUT_TILES;
		struct buf bytes = BUF_INIT;

		tile_path(&tile, path + strlen(path));
		if (tile_bytes(m, trees, &tile, &bytes) == -1) {
			buf_release(&bytes);
			return making_failed(m, path);
		}
		if (put(m, path, &bytes) == -1)
			return -1;
	}
	return 0;
}

/* From the head that an earlier build had to this one. */
static int
put_consistency(struct making *m, struct trees *trees)
{
	struct tree_nodes at = { trees, m->tree };
	struct merkle_nodes nodes = { tree_nodes_get, &at };
	struct tree_checkpoint checkpoint;
	struct merkle_proof proof;
	struct tree_head head;
	struct buf text = BUF_INIT;
	uint64_t index;

	if (m->earlier.build == 0 || trees_checkpoint_from(trees,
	    m->earlier.position, &checkpoint) != 1 || trees_head_index(trees,
	    &m->tree, &checkpoint, &index, &head) != 1 ||
	    head.size > m->head.size)
		return 0;
	if (merkle_consistency(&nodes, head.size, m->head.size, &proof) == -1)
		return making_failed(m, LAYOUT_CONSISTENCY);
	buf_adds(&text, "old ");
	buf_addu(&text, head.size);
	buf_adds(&text, "\nsize ");
	buf_addu(&text, m->head.size);
	buf_adds(&text, "\n");
	merkle_proof_lines(&text, &proof);
	return put(m, LAYOUT_CONSISTENCY, &text);
}

int
make_proofs(struct making *m)
{
	struct trees *trees;
	struct heads h;
	int rc = -1;

	making_phase(m, BUNDLE_PROOFS);
	if (!m->has_head || m->conf->log_seed == NULL)
		return trouble_set(m->t, SAY_EXPORT_NO_HEAD, NULL, NULL, NULL,
		    NULL);
	memset(&h, 0, sizeof h);
	if ((trees = trees_open(m->store, m->t)) == NULL)
		return -1;
	if (heads_sign(m, trees, &h) == -1)
		(void)making_failed(m, LAYOUT_CHECKPOINT);
	else
		rc = put_keys(m, &h) == -1 || put_tiles(m, trees) == -1 ||
		    put_in_master(m, trees, &h) == -1 ||
		    put_consistency(m, trees) == -1 ||
		    put(m, LAYOUT_CHECKPOINT, &h.kase_text) == -1 ? -1 : 0;
	trees_close(trees);
	buf_release(&h.kase_text);
	buf_release(&h.master_text);
	return rc == 0 ? make_disclosed(m) : -1;
}
