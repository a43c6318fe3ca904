/* SPDX-License-Identifier: ISC */
/*
 * verify_log: that what a bundle says was recorded is what the signed tree of
 * its case holds: keys, heads, the whole tree, the head in the master tree;
 * verify_given.c has the entries given away, verify_earlier.c another bundle.
 *
 * It must never call a head right whose key came from the bundle alone
 * without saying so.
 */
#include "client/verify_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/out/checkpoint.h"
#include "proto/out/layout.h"
#include "proto/out/tiles.h"
#include "proto/out/tlogproof.h"

struct verify_log *
verify_log_new(void)
{
	struct verify_log *log = calloc(1, sizeof *log);

	if (log != NULL)
		given_init(&log->given);
	return log;
}

void
verify_log_free(struct verify_log *log)
{
	if (log == NULL)
		return;
	given_release(&log->given);
	tree_release(&log->tree);
	buf_release(&log->master_body);
	free(log);
}

int
verify_log_bytes(struct verify_log *log, const uint8_t *p, size_t n)
{
	return given_bytes(&log->given, p, n);
}

const struct buf *
verify_log_master(const struct verify *v)
{
	return v->log->master_body.len > 0 ? &v->log->master_body : NULL;
}

enum arrival
verify_log_arrived(const struct verify *v, const uint8_t sha256[32],
    const char *at)
{
	return given_arrived(&v->log->given, sha256, at);
}

uint64_t
verify_log_other(const struct verify *v)
{
	return given_other(&v->log->given);
}

uint64_t
verify_log_alone(const struct verify *v)
{
	return v->log->given.alone;
}

/* ---- keys -------------------------------------------------------------- */

/* A verifier key a line; lines that begin with # and empty ones are not. */
static int
keys_read(struct keys *keys, const struct buf *text)
{
	const char *p = (const char *)text->data;
	size_t left = text->len;

	keys->n = 0;
	while (left > 0) {
		const char *end = memchr(p, '\n', left);
		size_t n = end != NULL ? (size_t)(end - p) : left;

		if (n > 0 && p[0] != '#' && (keys->n == KEYS_MAX ||
		    note_vkey_parse(&keys->key[keys->n++], p, n) == -1))
			return -1;
		n += end != NULL;
		p += n;
		left -= n;
	}
	return keys->n > 0 ? 0 : -1;
}

/* 1 if both are of one store, in whichever of its lives. */
static int
same_store(const char *a, const char *b)
{
	struct origin x, y;

	return origin_parse(&x, a, strlen(a)) == 0 &&
	    origin_parse(&y, b, strlen(b)) == 0 && strcmp(x.sid, y.sid) == 0;
}

int
log_same_tree(const char *a, const char *b)
{
	struct origin x, y;

	return same_store(a, b) && origin_parse(&x, a, strlen(a)) == 0 &&
	    origin_parse(&y, b, strlen(b)) == 0 && x.tree == y.tree &&
	    strcmp(x.id, y.id) == 0;
}

/*
 * The key for an origin: the one of that name, or, since a store signs all
 * its trees with one key, that of another tree of the same store.
 */
int
log_key_for(const struct keys *keys, const char *origin,
    struct note_vkey *key_r)
{
	for (unsigned i = 0; i < keys->n; i++)
		if (strcmp(keys->key[i].name, origin) == 0 &&
		    keys->key[i].type == NOTE_ED25519) {
			*key_r = keys->key[i];
			return 0;
		}
	for (unsigned i = 0; i < keys->n; i++)
		if (keys->key[i].type == NOTE_ED25519 &&
		    same_store(keys->key[i].name, origin))
			return note_vkey_make(key_r, origin, NOTE_ED25519,
			    keys->key[i].key);
	return -1;
}

static int
keys_get(struct verify *v, struct keys *keys)
{
	const struct verify_file *file = verify_file(v, LAYOUT_KEYS);

	if (v->keys.len > 0) {
		if (keys_read(keys, &v->keys) == -1)
			return verify_broken(v, VERIFY_KEY,
			    SAY_VERIFY_KEY_FORM, "--key", NULL);
		return 0;
	}
	if (file == NULL)
		return verify_broken(v, VERIFY_KEY, SAY_VERIFY_MISSING,
		    LAYOUT_KEYS, NULL);
	if (keys_read(keys, &file->kept) == -1)
		return verify_broken(v, VERIFY_KEY, SAY_VERIFY_KEY_FORM,
		    LAYOUT_KEYS, NULL);
	return 0;
}

/* ---- heads ------------------------------------------------------------- */

int
log_head_open(struct verify *v, enum verify_check check,
    const struct keys *keys, const char *text, size_t len,
    struct checkpoint *head_r)
{
	char origin[NOTE_NAME_MAX + 1];
	const char *end = memchr(text, '\n', len);
	struct note_vkey key;
	struct note note;

	if (end == NULL || (size_t)(end - text) > NOTE_NAME_MAX)
		return verify_broken(v, check, SAY_VERIFY_HEAD_FORM, NULL,
		    NULL);
	memcpy(origin, text, (size_t)(end - text));
	origin[end - text] = '\0';
	if (log_key_for(keys, origin, &key) == -1)
		return verify_broken(v, v->keys.len > 0 ? VERIFY_KEY : check,
		    SAY_VERIFY_KEY_OTHER, origin, NULL);
	if (checkpoint_open(head_r, &note, text, len, &key) == 0)
		return 0;
	return verify_broken(v, check, errno == EINVAL ?
	    SAY_VERIFY_HEAD_FORM : errno == ENOKEY ? SAY_VERIFY_HEAD_KEY :
	    SAY_VERIFY_HEAD_SIGNATURE, origin, NULL);
}

static int
case_head(struct verify *v, const struct keys *keys)
{
	const struct verify_file *file = verify_file(v, LAYOUT_CHECKPOINT);
	struct checkpoint *head = &v->log->head;
	struct origin origin;

	if (file == NULL)
		return verify_broken(v, VERIFY_HEAD, SAY_VERIFY_MISSING,
		    LAYOUT_CHECKPOINT, NULL);
	if (log_head_open(v, VERIFY_HEAD, keys, file->kept.len > 0 ?
	    (char *)file->kept.data : "", file->kept.len, head) == -1)
		return -1;
	if (origin_parse(&origin, head->origin, strlen(head->origin)) == -1 ||
	    origin.tree != LEAF_CASE)
		return verify_broken(v, VERIFY_HEAD, SAY_VERIFY_HEAD_FORM,
		    NULL, NULL);
	if (v->info.origin == NULL ||
	    strcmp(v->info.origin, head->origin) != 0 ||
	    v->info.tree_size != head->size)
		return verify_broken(v, VERIFY_HEAD, SAY_VERIFY_HEAD_INFO,
		    NULL, NULL);
	if (head->size == 0 || head->size > LIMIT_VERIFY_LEAVES)
		return verify_broken(v, VERIFY_HEAD, SAY_VERIFY_HEAD_SIZE,
		    verify_number(head->size), NULL);
	verify_good(v, VERIFY_HEAD, SAY_VERIFY_OK_HEAD, head->origin,
	    verify_number(head->size));
	return 0;
}

/*
 * Who gives the key of a case means that case.  One store signs all of its
 * cases with one key, so the name alone tells them apart.
 */
static int
key_is_of(const struct keys *keys, const char *head)
{
	struct origin o;
	int cases = 0;

	for (unsigned i = 0; i < keys->n; i++) {
		const char *name = keys->key[i].name;

		if (log_same_tree(name, head))
			return 1;
		cases += origin_parse(&o, name, strlen(name)) == 0 &&
		    o.tree == LEAF_CASE;
	}
	return cases == 0;
}

static void
key_said(struct verify *v, const struct keys *keys)
{
	const char *origin = v->log->head.origin;

	if (v->keys.len > 0 && !key_is_of(keys, origin))
		verify_broken(v, VERIFY_KEY, SAY_VERIFY_KEY_CASE, origin,
		    NULL);
	else if (v->keys.len > 0)
		verify_good(v, VERIFY_KEY, SAY_VERIFY_OK_KEY, NULL, NULL);
	else
		verify_half(v, VERIFY_KEY, SAY_VERIFY_HALF_KEY, NULL, NULL);
}

/* The head's three lines are a leaf of the master tree. */
static void
in_master(struct verify *v, const struct keys *keys)
{
	const struct verify_file *file = verify_file(v, LAYOUT_IN_MASTER);
	struct checkpoint *head = &v->log->head, master, same;
	struct buf body = BUF_INIT;
	struct tlogproof proof;
	struct note_vkey key;

	if (file == NULL) {
		verify_broken(v, VERIFY_MASTER, SAY_VERIFY_MISSING,
		    LAYOUT_IN_MASTER, NULL);
		return;
	}
	tlogproof_init(&proof);
	checkpoint_body(&body, head);
	if (file->kept.len == 0 || tlogproof_parse(&proof,
	    (char *)file->kept.data, file->kept.len) == -1)
		verify_broken(v, VERIFY_MASTER, SAY_VERIFY_PROOF_FORM, NULL,
		    NULL);
	else if (log_head_open(v, VERIFY_MASTER, keys, proof.checkpoint,
	    proof.checkpoint_len, &master) == 0) {
		if (!same_store(master.origin, head->origin) ||
		    log_key_for(keys, master.origin, &key) == -1 ||
		    tlogproof_check(&proof, body.data, body.len, &key,
		    &same) == -1) {
			verify_broken(v, VERIFY_MASTER, SAY_VERIFY_PROOF,
			    NULL, NULL);
		} else {
			checkpoint_body(&v->log->master_body, &master);
			verify_good(v, VERIFY_MASTER, SAY_VERIFY_OK_MASTER,
			    verify_number(proof.index + 1),
			    verify_number(master.size));
		}
	}
	tlogproof_release(&proof);
	buf_release(&body);
}

/* The master's head that witnesses have signed is the one of the proof. */
static void
sealed_head(struct verify *v, const struct keys *keys)
{
	const struct verify_file *file = verify_file(v, LAYOUT_MASTER_HEAD);
	const struct buf *want = &v->log->master_body;
	struct checkpoint head;
	struct buf body = BUF_INIT;

	if (file == NULL || want->len == 0 || log_head_open(v, VERIFY_MASTER,
	    keys, file->kept.len > 0 ? (char *)file->kept.data : "",
	    file->kept.len, &head) == -1)
		return;
	checkpoint_body(&body, &head);
	if (body.len != want->len || memcmp(body.data, want->data, body.len)
	    != 0)
		verify_broken(v, VERIFY_MASTER, SAY_VERIFY_MASTER_HEAD,
		    LAYOUT_MASTER_HEAD, NULL);
	buf_release(&body);
}

/* ---- the tree ---------------------------------------------------------- */

static const struct buf *
own_file(const void *arg, const char *path)
{
	const struct verify_file *file = verify_file(arg, path);

	return file != NULL ? &file->kept : NULL;
}

static enum say_key
tree_say(enum tree_fault fault)
{
	return fault == TREE_MISSING ? SAY_VERIFY_MISSING :
	    fault == TREE_NO_MEMORY ? SAY_VERIFY_NO_MEMORY :
	    fault == TREE_NODES ? SAY_VERIFY_TREE_NODES :
	    SAY_VERIFY_TREE_LEAF;
}

/* proof/case-consistency.txt: old N, size M, hashes. */
static int
consistency(struct verify *v)
{
	const struct verify_file *file = verify_file(v, LAYOUT_CONSISTENCY);
	const struct checkpoint *head = &v->log->head;
	struct merkle_proof proof;
	unsigned long long old, size;
	uint8_t root[MERKLE_HASH];
	struct buf text = BUF_INIT;
	int at = 0, good = 0;

	if (file == NULL)
		return 0;
	buf_add(&text, file->kept.data, file->kept.len);
	if (buf_str(&text) != NULL && sscanf(buf_str(&text),
	    "old %19llu\nsize %19llu%n", &old, &size, &at) == 2 && at > 0 &&
	    text.data[at] == '\n' && size == head->size && old <= size &&
	    merkle_proof_parse(&proof, (char *)text.data + at + 1,
	    text.len - (size_t)at - 1) == 0 &&
	    tree_root(&v->log->tree, old, root) == 0)
		good = merkle_consistent(old, root, size, head->root, &proof);
	buf_release(&text);
	return good ? 0 : verify_broken(v, VERIFY_TREE,
	    SAY_VERIFY_CONSISTENCY, NULL, NULL);
}

static int
case_tree(struct verify *v)
{
	struct verify_log *log = v->log;
	uint8_t root[MERKLE_HASH];
	char where[TREE_WHERE];
	enum tree_fault fault;

	fault = tree_read(&log->tree, own_file, v, log->head.size, where);
	if (fault != TREE_FINE)
		return verify_broken(v, VERIFY_TREE, tree_say(fault), where,
		    NULL);
	if (tree_root(&log->tree, log->head.size, root) == -1 ||
	    memcmp(root, log->head.root, MERKLE_HASH) != 0)
		return verify_broken(v, VERIFY_TREE, SAY_VERIFY_TREE_ROOT,
		    NULL, NULL);
	if (consistency(v) == -1)
		return -1;
	verify_good(v, VERIFY_TREE, SAY_VERIFY_OK_TREE,
	    verify_number(log->head.size), NULL);
	return 0;
}

/* ---- all of it --------------------------------------------------------- */

void
verify_log(struct verify *v)
{
	struct keys *keys = calloc(1, sizeof *keys);

	if (keys == NULL) {
		verify_broken(v, VERIFY_KEY, SAY_VERIFY_NO_MEMORY, NULL,
		    NULL);
		return;
	}
	if (keys_get(v, keys) == 0 && case_head(v, keys) == 0) {
		key_said(v, keys);
		in_master(v, keys);
		sealed_head(v, keys);
		log_export(v, keys);
		if (case_tree(v) == 0) {
			given_check(v, &v->log->given, &v->log->tree);
			if (v->earlier != NULL)
				log_earlier(v, keys);
		}
	}
	free(keys);
}
