/* SPDX-License-Identifier: ISC */
/*
 * bundle_disclose: proof/case/disclosed.jsonl: the entries of the bundle's
 * tree that this profile gives away, with their salts, and the arrivals (and
 * readings) that a disclosed document.filed binds.
 *
 *	audit		each entry of the tree up to P; arrivals and readings;
 *			but nothing of a document that is marked as received
 *			in error and that nobody has decided to produce
 *	production,	the document.filed of what is produced and did not
 *	dsar		come from the office, if no person's reason stands in
 *			it; its arrivals, but those whose envelope knows
 *			recipients that the document does not tell
 *
 * Everything else in the tree counts as withheld: its leaf is there, what it
 * says is not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/out/disclosed.h"
#include "proto/out/layout.h"

struct disclosing {
	struct making	*m;
	struct bag_file	*file;
	int		 bound;		/* the second pass */
	struct buf	 text;		/* of the entry of a leaf */
	struct entry	 entry;
	uint8_t		 salt[DISCLOSED_NONCE];
};

static int
put_line(struct disclosing *d, uint64_t case_seq, uint64_t bound_by,
    const struct buf *text, const uint8_t salt[DISCLOSED_NONCE])
{
	struct disclosed line = { .case_seq = case_seq, .bound_by = bound_by,
	    .entry = (const char *)text->data, .entry_len = text->len };

	memcpy(line.nonce, salt, sizeof line.nonce);
	d->m->ndisclosed += case_seq != 0;
	disclosed_line(bag_out(d->file), &line);
	return bag_flush(d->file, d->m->t);
}

static int
is_of_item(const struct plan_item *item, const struct id *document)
{
	if (id_equal(&item->document, document))
		return 1;
	for (unsigned i = 0; i < item->ncopies; i++)
		if (id_equal(&item->copy[i], document))
			return 1;
	return 0;
}

/* Marked as received in error, and not produced all the same. */
static int
is_hidden(const struct disclosing *d)
{
	const struct plan *plan = d->m->plan;

	for (size_t i = 0; i < plan->n; i++)
		if ((plan->item[i].marks & MARK_RECEIVED_IN_ERROR) != 0 &&
		    plan->item[i].treatment != TREAT_PRODUCE &&
		    is_of_item(&plan->item[i], &d->entry.document))
			return 1;
	return 0;
}

/* Is the entry of a leaf given away? */
static int
given(const struct disclosing *d)
{
	const struct piece *p;
	int copy;

	if (making_is(d->m, "audit"))
		return d->entry.document.kind == ID_NONE || !is_hidden(d);
	if (d->entry.kind != KIND_DOCUMENT_FILED ||
	    entry_get(&d->entry, "reason") != JSON_NONE)
		return 0;
	p = making_piece(d->m, &d->entry.document, &copy);
	return p != NULL && !copy && !(p->flags & (PIECE_WITHHELD |
	    PIECE_OUT));
}

static int
is_bound(const struct disclosing *d, const uint8_t hash[LOG_HASH_LEN])
{
	const struct json *j = &d->entry.json;
	uint32_t list = entry_get(&d->entry, "commitments"), x;
	struct buf hex = BUF_INIT;
	const char *text;
	int found = 0;

	buf_addhex(&hex, hash, LOG_HASH_LEN);
	text = buf_str(&hex);
	for (x = json_first(j, list); text != NULL && !found &&
	    x != JSON_NONE; x = json_after(j, list, x))
		found = json_is(j, x, text);
	buf_release(&hex);
	return found;
}

/* An arrival or reading, if the filing binds it and it is to be given. */
static int
put_bound(struct disclosing *d, struct trees *trees, uint64_t seq,
    uint64_t case_seq)
{
	uint8_t salt[LOG_HASH_LEN], hash[LOG_HASH_LEN];
	struct buf text = BUF_INIT;
	struct entry entry;
	int got, want, rc = 0;

	if (trees_commitment(trees, seq, hash) == -1)
		return making_failed(d->m, LAYOUT_DISCLOSED);
	if (!is_bound(d, hash))
		return 0;
	got = trees_entry(trees, seq, &text, salt);
	if (got == 1 && entry_decode(&entry, (const char *)text.data,
	    text.len) == 0) {
		want = making_is(d->m, "audit") ? 1 :
		    entry.kind != KIND_DOCUMENT_RECEIVED ? 0 :
		    making_may_give(d->m, &entry);
		entry_release(&entry);
		if (want == -1)
			rc = -1;
		else if (want)
			rc = put_line(d, 0, case_seq, &text, salt);
	} else if (got != 0) {
		rc = making_failed(d->m, LAYOUT_DISCLOSED);
	}
	buf_release(&text);
	return rc;
}

static int
put_all_bound(struct disclosing *d, uint64_t case_seq)
{
	struct making *m = d->m;
	struct trees *trees;
	uint64_t *seq;
	size_t n;
	int rc = 0;

	if (trees_bound(m->store, &d->entry.document, m->position, &seq, &n,
	    m->t) == -1)
		return -1;
	if ((trees = trees_open(m->store, m->t)) == NULL)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_bound(d, trees, seq[i], case_seq);
	trees_close(trees);
	free(seq);
	return rc;
}

/* The entry of a leaf: 1, 0 it was erased or is later than P, -1. */
static int
leaf_entry(struct disclosing *d, uint64_t index)
{
	struct trees *trees = trees_open(d->m->store, d->m->t);
	uint64_t seq;
	int got = -1;

	if (trees == NULL)
		return -1;
	buf_clear(&d->text);
	if (trees_leaf_seq(trees, &d->m->tree, index, &seq) == 0)
		got = seq > d->m->position ? 0 : trees_entry(trees, seq,
		    &d->text, d->salt);
	if (got == 1 && entry_decode(&d->entry, (const char *)d->text.data,
	    d->text.len) == -1)
		got = -1;
	trees_close(trees);
	return got == -1 ? making_failed(d->m, LAYOUT_DISCLOSED) : got;
}

static int
each_leaf(struct disclosing *d)
{
	struct making *m = d->m;

	for (uint64_t i = 0; i < m->head.size; i++) {
		int got, rc = 0;

		if ((i & 255) == 0 && making_stopped(m))
			return -1;
		if ((got = leaf_entry(d, i)) == -1)
			return -1;
		if (got == 0)
			continue;
		if (!given(d))
			rc = 0;
		else if (!d->bound)
			rc = put_line(d, i + 1, 0, &d->text, d->salt);
		else if (d->entry.kind == KIND_DOCUMENT_FILED)
			rc = put_all_bound(d, i + 1);
		entry_release(&d->entry);
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
make_disclosed(struct making *m)
{
	struct disclosing d = { .m = m };
	int rc;

	if ((d.file = bag_open(m->bag, LAYOUT_DISCLOSED, 0, m->t)) == NULL)
		return -1;
	rc = each_leaf(&d);
	d.bound = 1;
	if (rc == 0)
		rc = each_leaf(&d);
	buf_release(&d.text);
	if (rc == 0)
		return making_close(m, d.file);
	bag_drop(d.file);
	return -1;
}
