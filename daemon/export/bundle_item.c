/* SPDX-License-Identifier: ISC */
/*
 * bundle_item: numbers for the members of a family, and their files in the
 * volume.
 *
 * A family that an earlier build has numbered keeps its numbers as long as it
 * has as many pages as then; one that has not is another thing by now and is
 * numbered behind all that were given.  A number is never given twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"

#define IN_FOLDER 1000		/* documents in one folder of the volume */

/* ---- numbers ----------------------------------------------------- */

static uint64_t
pages_of(const struct family *f)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n += f->member[i].pages;
	return n;
}

/* The number behind the prefix; 0 if it is none of ours. */
static uint64_t
number_of(const struct making *m, const char *bates)
{
	size_t n = strlen(m->bundle->prefix);

	if (strncmp(bates, m->bundle->prefix, n) != 0)
		return 0;
	return strtoull(bates + n, NULL, 10);
}

static uint64_t
first_number(struct making *m, const struct family *f)
{
	const struct numbered *was = m->plan->item[f->item].numbered;
	uint64_t pages = pages_of(f), first, last;

	if (was != NULL && (first = number_of(m, was->first)) != 0 &&
	    (last = number_of(m, was->last)) >= first &&
	    last - first + 1 == pages)
		return first;
	first = m->next;
	m->next += pages;
	return first;
}

/* ---- files ------------------------------------------------------- */

int
family_sum(const struct making *m, struct family *f, struct trouble *t)
{
	int rc = 0;

	for (unsigned i = 0; i < f->n && rc == 0; i++) {
		struct member *k = &f->member[i];

		if (k->doc != -1)
			rc = bag_sum(m->bag, k->doc, k->size, BAG_OLD,
			    &k->sums, t);
		if (k->text != -1 && rc == 0)
			rc = bag_sum(m->bag, k->text, k->text_size, 0,
			    &k->text_sums, t);
		if (k->image != -1 && rc == 0)
			rc = bag_sum(m->bag, k->image, k->image_size, 0,
			    &k->image_sums, t);
	}
	return rc;
}

static int
put_file(struct making *m, struct member *k, enum piece_file what, int fd,
    const struct bag_sums *sums)
{
	struct buf path = BUF_INIT;
	const char *text;
	int rc;

	buf_adds(&path, VOLUME_FOLDER);
	making_path(m, &k->piece, what, &path);
	text = buf_str(&path);
	rc = text == NULL ? making_failed(m, "path") : bag_copy(m->bag, text,
	    fd, sums, m->t);
	buf_release(&path);
	return rc;
}

static int
put_files(struct making *m, struct member *k)
{
	struct piece *p = &k->piece;
	char bates[BATES_MAX];

	if (k->slip && (family_slip(m, m->reading, k,
	    making_bates(m, p->first, bates), m->t) == -1 ||
	    bag_sum(m->bag, k->image, k->image_size, 0, &k->image_sums,
	    m->t) == -1))
		return -1;
	if (k->doc != -1) {
		if (put_file(m, k, PIECE_OF_NATIVE, k->doc, &k->sums) == -1)
			return -1;
		p->flags |= PIECE_NATIVE;
		p->size = k->sums.size;
		memcpy(p->sha256, k->sums.sha256, sizeof p->sha256);
	}
	if (k->text != -1) {
		if (put_file(m, k, PIECE_OF_TEXT, k->text,
		    &k->text_sums) == -1)
			return -1;
		p->flags |= PIECE_TEXT;
	}
	return put_file(m, k, PIECE_OF_IMAGE, k->image, &k->image_sums);
}

/* The bytes are those that the journal took in, or nothing is built. */
static int
check_bytes(struct making *m, const struct family *f)
{
	const struct member *k = &f->member[0];
	struct buf want = BUF_INIT, have = BUF_INIT;
	const char *a, *b;
	int same;

	if (!(k->piece.flags & PIECE_NATIVE))
		return 0;
	jrow_str(&f->row, 0, "sha256", &want);
	buf_addhex(&have, k->sums.sha256, sizeof k->sums.sha256);
	a = buf_str(&want);
	b = buf_str(&have);
	same = a != NULL && b != NULL && strcmp(a, b) == 0;
	buf_release(&want);
	buf_release(&have);
	return same ? 0 : making_bad(m, &m->plan->item[f->item].document,
	    "SHA-256");
}

/* ---- what is kept of it ------------------------------------------ */

static struct piece *
piece_add(struct making *m, const struct piece *p)
{
	size_t cap = m->cap == 0 ? 256 : m->cap * 2;
	struct piece *more;

	if (m->npieces == m->cap) {
		more = reallocarray(m->piece, cap, sizeof *more);
		if (more == NULL)
			return NULL;
		m->piece = more;
		m->cap = cap;
	}
	m->piece[m->npieces] = *p;
	return &m->piece[m->npieces++];
}

/* The entry that filed it, as a leaf of the bundle's tree. */
static int
find_leaf(struct making *m, const struct family *f, uint64_t *case_seq_r)
{
	const struct json *j = &f->row.json;
	uint32_t filings = json_get(j, 0, "filings"), x;
	struct trees *trees = trees_open(m->store, m->t);
	struct tree_id tree;
	uint64_t index;
	int got = 0;

	*case_seq_r = 0;
	if (trees == NULL)
		return -1;
	for (x = json_first(j, filings); x != JSON_NONE && got != -1 &&
	    *case_seq_r == 0; x = json_after(j, filings, x)) {
		got = trees_index(trees, (uint64_t)jrow_int(&f->row, x,
		    "seq"), &tree, &index);
		if (got == 1 && id_equal(&tree.id, &m->tree.id))
			*case_seq_r = index + 1;
	}
	trees_close(trees);
	return got == -1 ? making_failed(m, "tree") : 0;
}

static void
number_members(struct making *m, struct family *f, uint64_t case_seq)
{
	const struct plan_item *item = &m->plan->item[f->item];
	uint64_t next = first_number(m, f);
	uint32_t out = json_is(&f->row.json, json_get(&f->row.json, 0,
	    "direction"), "out") ? PIECE_OUT : 0;

	for (unsigned i = 0; i < f->n; i++) {
		struct member *k = &f->member[i];
		struct piece *p = &k->piece;

		p->document = item->document;
		p->document.part = k->number;
		p->item = f->item;
		p->family = (uint32_t)m->npieces;
		p->thread = p->family;
		p->pages = k->pages;
		p->first = next;
		p->last = next + k->pages - 1;
		p->case_seq = case_seq;
		if (m->in_folder++ % IN_FOLDER == 0)
			m->folder++;
		p->folder = m->folder;
		memcpy(p->ext, k->ext, sizeof p->ext);
		p->flags = (k->slip ? PIECE_SLIP : 0) |
		    (k->mail ? PIECE_MAIL : 0) | out |
		    (k->problem != NULL ? PIECE_EXCEPTION : 0) |
		    (item->treatment == TREAT_WITHHOLD ? PIECE_WITHHELD : 0);
		if (p->flags & PIECE_WITHHELD)
			p->privid = ++m->nwithheld;
		next = p->last + 1;
	}
}

int
family_write(struct making *m, struct family *f)
{
	uint64_t case_seq;
	size_t first = m->npieces;

	if (find_leaf(m, f, &case_seq) == -1)
		return -1;
	number_members(m, f, case_seq);
	for (unsigned i = 0; i < f->n; i++)
		if (put_files(m, &f->member[i]) == -1)
			return -1;
	if (check_bytes(m, f) == -1)
		return -1;
	for (unsigned i = 0; i < f->n; i++)
		if (piece_add(m, &f->member[i].piece) == NULL)
			return making_failed(m, "documents");
	return volume_family(m, f, first);
}
