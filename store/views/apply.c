/* SPDX-License-Identifier: ISC */
/*
 * apply: one item of the journal to its rows: dispatch by kind, and what the
 * kinds share.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/cipher.h"
#include "store/views/layout.h"

/* ---- memory of one entry --------------------------------------------- */

#define CHUNK 32768

struct arena_chunk {
	struct arena_chunk	*next;
	size_t			 used, size;
	_Alignas(16) uint8_t	 data[];
};

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->chunk;
	void *p;

	n = (n + 15) & ~(size_t)15;
	if (c == NULL || c->size - c->used < n) {
		size_t size = n > CHUNK ? n : CHUNK;

		if ((c = malloc(sizeof *c + size)) == NULL) {
			a->failed = 1;
			return NULL;
		}
		c->next = a->chunk;
		c->used = 0;
		c->size = size;
		a->chunk = c;
	}
	p = c->data + c->used;
	c->used += n;
	return p;
}

/* Keeps one chunk of the common size. */
void
arena_reset(struct arena *a)
{
	while (a->chunk != NULL && (a->chunk->next != NULL ||
	    a->chunk->size > CHUNK)) {
		struct arena_chunk *next = a->chunk->next;

		free(a->chunk);
		a->chunk = next;
	}
	if (a->chunk != NULL)
		a->chunk->used = 0;
	a->failed = 0;
}

void
arena_release(struct arena *a)
{
	while (a->chunk != NULL) {
		struct arena_chunk *next = a->chunk->next;

		free(a->chunk);
		a->chunk = next;
	}
}

void
apply_init(struct apply *a, struct log *log)
{
	memset(a, 0, sizeof *a);
	a->log = log;
}

void
apply_release(struct apply *a)
{
	arena_release(&a->arena);
	buf_release(&a->out);
	buf_release(&a->tmp);
	free(a->tails);
	a->tails = NULL;
}

/* ---- texts ----------------------------------------------------------- */

struct vstr
apply_copy(struct apply *a, const void *p, size_t n)
{
	struct vstr s = { "", 0 };
	char *q;

	if (n == 0 || (q = arena_alloc(&a->arena, n)) == NULL)
		return s;
	memcpy(q, p, n);
	s.p = q;
	s.n = n;
	return s;
}

struct vstr
apply_str(struct apply *a, const struct json *j, uint32_t tok)
{
	struct buf b = BUF_INIT;
	struct vstr s = { "", 0 };
	const char *p;
	size_t n;

	if (tok == JSON_NONE || j->tok[tok].type != JSON_STR)
		return s;
	p = j->text + j->tok[tok].start;
	n = j->tok[tok].end - j->tok[tok].start;
	/* Without an escape the text of the entry is the text. */
	if (memchr(p, '\\', n) == NULL)
		return (struct vstr){ p, n };
	if (json_str(j, tok, &b) == 0 && !buf_failed(&b))
		s = apply_copy(a, b.data, b.len);
	else
		a->arena.failed = 1;
	buf_release(&b);
	return s;
}

struct vstr
apply_field(struct apply *a, const char *field)
{
	return apply_str(a, &a->e.json, entry_get(&a->e, field));
}

struct vwhen
apply_when(struct vstr s)
{
	struct vwhen w = { WHEN_NONE, WHEN_UNKNOWN };
	struct when when;

	if (s.n > 0 && when_parse(s.p, s.n, &when) == 0) {
		w.at = when.at;
		w.precision = when.precision;
	}
	return w;
}

struct id
apply_id(struct vstr s)
{
	struct id id = { ID_NONE, 0, 0, 0 };

	if (s.n > 0 && id_parse(s.p, s.n, &id) == -1)
		memset(&id, 0, sizeof id);
	return id;
}

/* ---- rows that many kinds make --------------------------------------- */

static int
look_key(struct apply *a, struct vkey *k, enum view_look what, const void *p,
    size_t n, const struct id *id)
{
	uint8_t w = (uint8_t)what, hash[VIEWS_HASH_LEN];

	if (vhash_make(a->x->hash, w, p, n, hash) == -1)
		return -1;
	vkey_add(k, &w, 1);
	vkey_add(k, hash, sizeof hash);
	vkey_id(k, id);
	return 0;
}

int
apply_look(struct apply *a, enum view_look what, const void *p, size_t n,
    const struct id *id)
{
	struct vkey k = VKEY_INIT;

	if (n == 0)
		return 0;
	if (look_key(a, &k, what, p, n, id) == -1)
		return -1;
	return vtxn_put(a->x, VIEW_LOOK, &k, a->e.seq, "", 0);
}

int
apply_unlook(struct apply *a, enum view_look what, const void *p, size_t n,
    const struct id *id, uint64_t made)
{
	struct vkey k = VKEY_INIT;

	if (n == 0)
		return 0;
	if (look_key(a, &k, what, p, n, id) == -1)
		return -1;
	return vtxn_end(a->x, VIEW_LOOK, &k, made, a->e.seq);
}

int
apply_look_name(struct apply *a, enum view_look what, struct vstr s,
    const struct id *id)
{
	buf_clear(&a->tmp);
	if (view_fold_name(&a->tmp, s.p, s.n) == -1)
		return -1;
	return apply_look(a, what, a->tmp.data, a->tmp.len, id);
}

int
apply_line(struct apply *a, const struct id *scope, struct vstr stated,
    struct vstr asked, const struct vstr arg[3])
{
	struct vline *l = &a->line;
	struct vkey k = VKEY_INIT;

	memset(l, 0, sizeof *l);
	l->seq = a->e.seq;
	l->at = a->e.at;
	l->kind = a->e.kind;
	l->actor = (struct vstr){ a->e.actor, strlen(a->e.actor) };
	l->client = a->e.client;
	l->kase = a->e.kase;
	l->contact = a->e.contact;
	l->staff = a->e.staff;
	l->document = a->e.document;
	l->time = apply_when(stated);
	l->time_from = FROM_STATED;
	if (l->time.at == WHEN_NONE) {
		l->time = (struct vwhen){ a->e.at, WHEN_EXACT };
		l->time_from = FROM_ENTRY;
	}
	l->asked = asked;
	for (int i = 0; i < 3; i++)
		l->arg[i] = arg[i];
	buf_clear(&a->out);
	vline_pack(l, &a->out);
	vkey_id(&k, scope);
	vkey_time(&k, l->time.at);
	vkey_u64(&k, a->e.seq);
	return buf_failed(&a->out) ? -1 : vtxn_put(a->x, VIEW_TIME, &k,
	    a->e.seq, a->out.data, a->out.len);
}

enum view_table
apply_table(const struct id *id)
{
	switch (id->kind) {
	case ID_CLIENT:
		return VIEW_CLIENT;
	case ID_CASE:
		return VIEW_CASE;
	case ID_CONTACT:
		return VIEW_CONTACT;
	default:
		return VIEW_STAFF;
	}
}

int
apply_touch(struct apply *a, enum view_table t, const struct id *id)
{
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int rc;

	vkey_id(&k, id);
	rc = vrow_get(&a->x->snap, t, &k, &row);
	if (rc == 1)
		rc = vtxn_next(a->x, t, &k, row.made, a->e.seq, row.data.data,
		    row.data.len);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* ---- dispatch -------------------------------------------------------- */

static int
apply_rules(struct apply *a)
{
	struct vkey k = VKEY_INIT;
	struct vstr hash = apply_field(a, "hash");
	uint8_t v[VRULES_LEN];

	if (hash.n != 64)
		return 0;
	put64(v, a->e.seq);
	memcpy(v + 8, hash.p, 64);
	vkey_add(&k, "rules", 5);
	return vtxn_set(a->x, VIEW_META, &k, v, sizeof v);
}

typedef int apply_fn(struct apply *);

static apply_fn *const apply_kind[KIND_COUNT] = {
	[KIND_RULES_SET] = apply_rules,
	[KIND_DOCUMENT_RECEIVED] = apply_received,
	[KIND_DOCUMENT_REFUSED] = apply_refused,
	[KIND_DOCUMENT_READ] = apply_read,
	[KIND_DOCUMENT_AUTHENTICATED] = apply_authenticated,
	[KIND_DOCUMENT_RENDERED] = apply_rendered,
	[KIND_DOCUMENT_FILED] = apply_filed,
	[KIND_DOCUMENT_UNFILED] = apply_unfiled,
	[KIND_DOCUMENT_TRIAGED] = apply_triaged,
	[KIND_DOCUMENT_SET_ASIDE] = apply_set_aside,
	[KIND_DOCUMENT_RESTORED] = apply_restored,
	[KIND_DOCUMENT_CORRECTED] = apply_corrected,
	[KIND_DOCUMENT_LINKED] = apply_linked,
	[KIND_CONTACT_ADDED] = apply_contact_added,
	[KIND_CLIENT_ADDED] = apply_client_added,
	[KIND_CLIENT_SAME_AS] = apply_same_as,
	[KIND_STAFF_ADDED] = apply_staff_added,
	[KIND_CASE_OPENED] = apply_case_opened,
	[KIND_CASE_CLOSED] = apply_case_closed,
	[KIND_CASE_REOPENED] = apply_case_closed,
	[KIND_CASE_LINKED] = apply_case_linked,
	[KIND_PARTY_ADDED] = apply_party_added,
	[KIND_PARTY_ENDED] = apply_party_ended,
	[KIND_FACT_STATED] = apply_fact,
	[KIND_DOCUMENT_MARKED] = apply_marked,
	[KIND_BUNDLE_OPENED] = apply_bundle_opened,
	[KIND_BUNDLE_DECIDED] = apply_bundle_decided,
	[KIND_BUNDLE_ORDERED] = apply_bundle_ordered,
	[KIND_BUNDLE_ASKED] = apply_bundle_asked,
	[KIND_BUNDLE_BUILT] = apply_bundle_ended,
	[KIND_BUNDLE_FAILED] = apply_bundle_ended,
	[KIND_BUNDLE_CANCELLED] = apply_bundle_ended,
	[KIND_BUNDLE_STAMPED] = apply_bundle_stamped,
	[KIND_TREE_CHECKPOINT] = apply_checkpoint,
	[KIND_TREE_STAMPED] = apply_sealed,
	[KIND_TREE_COSIGNED] = apply_sealed,
	[KIND_STORE_RESTORED] = apply_life,
	[KIND_ROLLBACK_ACCEPTED] = apply_life,
};

static int
apply_blob(struct apply *a, const struct log_item *item)
{
	struct vkey k = VKEY_INIT;
	uint8_t hash[VIEWS_HASH_LEN], v[VBLOB_LEN];

	if (vhash_make(a->x->hash, BLOB_WHAT, item->sha256, LOG_HASH_LEN,
	    hash) == -1)
		return -1;
	vkey_add(&k, hash, sizeof hash);
	loc_put(&item->loc, v);
	put64(v + LOC_LEN, item->size);
	return vtxn_set(a->x, VIEW_BLOB, &k, v, sizeof v);
}

static int
entry_row(struct apply *a, const struct log_item *item)
{
	struct ventry e = { .loc = item->loc, .kind = item->kind,
	    .at = item->at, .tree = item->tree };
	struct vkey k = VKEY_INIT;
	uint8_t v[VENTRY_LEN];

	if (apply_leaves(a, item, &e.index) == -1)
		return -1;
	memcpy(e.commitment, item->commitment, LOG_HASH_LEN);
	memcpy(e.chain, item->chain, LOG_HASH_LEN);
	ventry_encode(&e, v);
	vkey_u64(&k, item->seq);
	a->x->count[COUNT_ENTRIES]++;
	return vtxn_append(a->x, VIEW_ENTRY, &k, v, sizeof v);
}

static int
apply_entry(struct apply *a, const struct log_item *item)
{
	int rc;

	if (entry_row(a, item) == -1)
		return -1;
	if (item->text == NULL || item->kind >= KIND_COUNT ||
	    apply_kind[item->kind] == NULL)
		return 0;	/* erased, of a newer version, or of no view */
	if (entry_decode(&a->e, item->text, item->len) == -1)
		return -1;
	memcpy(a->chain, item->chain, sizeof a->chain);
	memcpy(a->commitment, item->commitment, sizeof a->commitment);
	rc = apply_kind[item->kind](a);
	if (rc == 0 && a->arena.failed) {
		errno = ENOMEM;
		rc = -1;
	}
	entry_release(&a->e);
	arena_reset(&a->arena);
	return rc;
}

int
apply_item(struct apply *a, const struct log_item *item, struct trouble *t)
{
	char seq[24];
	int rc = 0;

	a->trouble = t;
	a->told = 0;
	if (item->what == LOG_ITEM_BLOB)
		rc = apply_blob(a, item);
	else if (item->what == LOG_ITEM_ENTRY)
		rc = apply_entry(a, item);
	if (rc == 0 || a->told)
		return rc;
	if (errno == ENOSPC)
		return trouble_set(t, SAY_VIEWS_FULL, "views", NULL, NULL,
		    NULL);
	(void)snprintf(seq, sizeof seq, "%llu", (unsigned long long)item->seq);
	(void)trouble_errno(t, SAY_VIEWS_ENTRY, seq);
	return -1;
}
