/* SPDX-License-Identifier: ISC */
/*
 * bundlegen_log: proof/ of the bundle that bundlegen makes: a case's tree,
 * what of it is disclosed, its head, and that it is in the master tree.
 */
#include "tests/tools/bundlegen.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/when.h"
#include "proto/out/disclosed.h"
#include "proto/out/layout.h"
#include "proto/out/leaf.h"
#include "proto/out/tiles.h"
#include "proto/out/tlogproof.h"

#define NODES (1 << 16)

static const uint8_t seed[ED25519_KEY] = "a seed for tests, of 32 bytes ..";
static const char sid[] = "00112233445566778899aabbccddeeff";

struct nodes {
	uint8_t	(*hash)[MERKLE_HASH];
	uint64_t used[MERKLE_LEVELS];
};

static int
node_put(void *arg, unsigned level, uint64_t index, const uint8_t *hash)
{
	struct nodes *n = arg;

	if (level > 8 || index >= NODES)
		errx(1, "too many leaves");
	memcpy(n->hash[level * NODES + index], hash, MERKLE_HASH);
	return 0;
}

static int
node_get(void *arg, unsigned level, uint64_t index, uint8_t *hash_r)
{
	struct nodes *n = arg;

	memcpy(hash_r, n->hash[level * NODES + index], MERKLE_HASH);
	return 0;
}

/* Leaf i (from 1) is a filing if it is even; it binds the arrival i. */
static void
entry_of(uint64_t i, int arrival, struct buf *out, struct disclosed *d)
{
	struct buf text = BUF_INIT;
	struct disclosed bound;
	uint8_t hash[DISCLOSED_HASH];
	char when[WHEN_TEXT_MAX];
	struct jw w;

	memset(d, 0, sizeof *d);
	memset(d->nonce, (int)(i * 2 + (uint64_t)arrival), sizeof d->nonce);
	buf_clear(out);
	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "actor", "dossierd");
	jw_kstr(&w, "at", when_text(GEN_FIRST_DAY + (int64_t)i * WHEN_DAY,
	    when));
	jw_key(&w, "body");
	jw_object(&w);
	if (!arrival && i % 2 == 0 && gen_filed(i) != NULL) {
		entry_of(i, 1, &text, &bound);
		if (disclosed_commitment(&bound, hash) == -1)
			errx(1, "digest");
		jw_key(&w, "commitments");
		jw_array(&w);
		jw_hex(&w, hash, sizeof hash);
		jw_end(&w);
	}
	if (arrival)
		jw_kstr(&w, "sha256", gen_filed(i));
	jw_end(&w);
	jw_kstr(&w, "kind", arrival ? "document.received" : i % 2 == 0 ?
	    "document.filed" : "note.added");
	jw_kint(&w, "seq", (int64_t)i * 10 + !arrival);
	jw_kint(&w, "v", 1);
	jw_end(&w);
	d->entry = (char *)out->data;
	d->entry_len = out->len;
	buf_release(&text);
}

/* A leaf's text, and the disclosed line of a filing. */
static void
leaf_of(uint64_t i, struct buf *leaf_r, struct buf *disclosed)
{
	struct leaf leaf = { .seq = i, .kind = KIND_COUNT,
	    .at = GEN_FIRST_DAY + (int64_t)i * WHEN_DAY };
	struct buf entry = BUF_INIT;
	struct disclosed d;

	entry_of(i, 0, &entry, &d);
	leaf.kind_name = i % 2 == 0 ? "document.filed" : "note.added";
	leaf.kind_len = strlen(leaf.kind_name);
	if (disclosed_commitment(&d, leaf.commitment) == -1)
		errx(1, "digest");
	buf_clear(leaf_r);
	leaf_encode(leaf_r, LEAF_CASE, &leaf);
	d.case_seq = i;
	if (i % 2 == 0)
		disclosed_line(disclosed, &d);
	buf_release(&entry);
}

static void
put_tiles(struct nodes *n, uint64_t size)
{
	const struct merkle_nodes nodes = { node_get, n };
	struct tile_walk walk = { 0, 0, 0 };
	struct buf b = BUF_INIT, leaf = BUF_INIT, none = BUF_INIT;
	struct tile tile;

	while (tile_next(&walk, 0, size, &tile)) {
		char path[TILE_PATH_MAX + 16] = LAYOUT_TILES;

		tile_path(&tile, path + strlen(path));
		if (tile.level != TILE_ENTRIES &&
		    tile_hashes(&b, &tile, &nodes) == -1)
			err(1, "%s", path);
		for (unsigned i = 0; tile.level == TILE_ENTRIES &&
		    i < tile.width; i++) {
			leaf_of(tile.index * TILE_WIDTH + i + 1, &leaf, &none);
			if (tile_entry_add(&b, leaf.data, leaf.len) == -1)
				err(1, "%s", path);
		}
		gen_put(path, &b);
	}
	buf_release(&b);
	buf_release(&leaf);
	buf_release(&none);
}

/* The master tree has three other heads before ours. */
static void
put_master(const struct checkpoint *head, const struct note_vkey *key)
{
	static uint8_t room[9 * NODES][MERKLE_HASH];
	struct nodes n = { room, { 0 } };
	const struct merkle_nodes nodes = { node_get, &n };
	struct merkle_tail tail = { .size = 0 };
	struct checkpoint master;
	struct tlogproof proof;
	struct buf b = BUF_INIT, note = BUF_INIT;
	uint8_t hash[MERKLE_HASH];

	for (int i = 0; i < 5; i++) {
		buf_clear(&b);
		if (i == 3)
			checkpoint_body(&b, head);
		else
			buf_addu(&b, (uint64_t)i);
		merkle_leaf(b.data, b.len, hash);
		if (merkle_append(&tail, hash, node_put, &n) == -1)
			err(1, "master");
	}
	(void)snprintf(master.origin, sizeof master.origin, "%s", key->name);
	master.size = tail.size;
	merkle_root(&tail, master.root);
	if (checkpoint_sign(&note, &master, seed) == -1)
		errx(1, "sign");
	tlogproof_init(&proof);
	proof.index = 3;
	if (merkle_inclusion(&nodes, tail.size, 3, &proof.proof) == -1)
		err(1, "master");
	proof.checkpoint = (char *)note.data;
	proof.checkpoint_len = note.len;
	buf_clear(&b);
	tlogproof_encode(&b, &proof);
	gen_put(LAYOUT_IN_MASTER, &b);
	tlogproof_release(&proof);
	buf_release(&b);
	buf_release(&note);
}

static void
key_of(const char *tree, struct note_vkey *key_r)
{
	uint8_t public[ED25519_KEY];
	char name[NOTE_NAME_MAX + 1];

	(void)snprintf(name, sizeof name, "dossier/%s/%s", sid, tree);
	if (ed25519_public(seed, public) == -1 ||
	    note_vkey_make(key_r, name, NOTE_ED25519, public) == -1)
		err(1, "key");
}

static void
put_keys(const char *to, const struct note_vkey *kase,
    const struct note_vkey *master)
{
	struct buf b = BUF_INIT;
	FILE *f;

	note_vkey_text(&b, kase);
	buf_addc(&b, '\n');
	note_vkey_text(&b, master);
	buf_addc(&b, '\n');
	gen_put(LAYOUT_KEYS, &b);
	note_vkey_text(&b, master);
	buf_addc(&b, '\n');
	if ((f = fopen(to, "we")) == NULL || fwrite(b.data, 1, b.len, f) !=
	    b.len || fclose(f) != 0)
		err(1, "%s", to);
	buf_release(&b);
}

void
gen_log(const char *path, uint64_t size, struct checkpoint *head_r)
{
	static uint8_t room[9 * NODES][MERKLE_HASH];
	struct nodes n = { room, { 0 } };
	struct merkle_tail tail = { .size = 0 };
	struct buf leaf = BUF_INIT, lines = BUF_INIT, b = BUF_INIT;
	struct note_vkey kase, master;
	uint8_t hash[MERKLE_HASH];

	key_of("case/0123456789abcdef", &kase);
	key_of("master", &master);
	for (uint64_t i = 1; i <= size; i++) {
		leaf_of(i, &leaf, &lines);
		merkle_leaf(leaf.data, leaf.len, hash);
		if (merkle_append(&tail, hash, node_put, &n) == -1)
			err(1, "tree");
	}
	for (uint64_t i = 2; i <= size; i += 2) {
		struct disclosed d;

		if (gen_filed(i) == NULL)
			continue;
		entry_of(i, 1, &leaf, &d);
		d.bound_by = i;
		disclosed_line(&lines, &d);
	}
	gen_put(LAYOUT_DISCLOSED, &lines);
	(void)snprintf(head_r->origin, sizeof head_r->origin, "%s", kase.name);
	head_r->size = size;
	merkle_root(&tail, head_r->root);
	if (checkpoint_sign(&b, head_r, seed) == -1)
		errx(1, "sign");
	gen_put(LAYOUT_CHECKPOINT, &b);
	put_tiles(&n, size);
	put_master(head_r, &master);
	put_keys(path, &kase, &master);
	buf_release(&leaf);
	buf_release(&lines);
	buf_release(&b);
}
