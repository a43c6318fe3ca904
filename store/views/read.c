/* SPDX-License-Identifier: ISC */
/*
 * read: rows that are more than key and value: entries by number and time,
 * blobs by hash, counts, rules.
 */
#include "store/views/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/layout.h"
#include "store/views/venv.h"

void
views_hash(struct views *v, int what, const void *p, size_t n,
    uint8_t hash_r[VIEWS_HASH_LEN])
{
	/* Only memory can fail here: then a hash that nothing has. */
	if (vhash_make(v->hash, what, p, n, hash_r) == -1)
		memset(hash_r, 0, VIEWS_HASH_LEN);
}

void
vkey_look(struct vkey *k, struct views *v, enum view_look what, const void *p,
    size_t n)
{
	uint8_t w = (uint8_t)what, hash[VIEWS_HASH_LEN];

	views_hash(v, w, p, n, hash);
	vkey_add(k, &w, 1);
	vkey_add(k, hash, sizeof hash);
}

void
ventry_encode(const struct ventry *e, uint8_t out[VENTRY_LEN])
{
	loc_put(&e->loc, out);
	out[LOC_LEN] = (uint8_t)e->kind;
	put64(out + LOC_LEN + 1, (uint64_t)e->at);
	memcpy(out + LOC_LEN + 9, e->commitment, LOG_HASH_LEN);
	memcpy(out + LOC_LEN + 9 + LOG_HASH_LEN, e->chain, LOG_HASH_LEN);
	out += LOC_LEN + 9 + 2 * LOG_HASH_LEN;
	memset(out, 0, ID_KEY_LEN);
	if (e->tree.kind != ID_NONE)
		id_key(&e->tree, out);
	put64(out + ID_KEY_LEN, e->index);
}

int
ventry_decode(const struct vrow *row, uint64_t seq, struct ventry *e)
{
	const uint8_t *p = row->data.data;

	if (row->data.len != VENTRY_LEN) {
		errno = EIO;
		return -1;
	}
	e->seq = seq;
	loc_get(p, &e->loc);
	e->kind = (enum kind)p[LOC_LEN];
	e->at = (int64_t)get64(p + LOC_LEN + 1);
	memcpy(e->commitment, p + LOC_LEN + 9, LOG_HASH_LEN);
	memcpy(e->chain, p + LOC_LEN + 9 + LOG_HASH_LEN, LOG_HASH_LEN);
	p += LOC_LEN + 9 + 2 * LOG_HASH_LEN;
	memset(&e->tree, 0, sizeof e->tree);
	if (p[0] != ID_NONE)
		id_from_key(p, &e->tree);
	e->index = get64(p + ID_KEY_LEN);
	return 1;
}

int
ventry_get(struct snap *s, uint64_t seq, struct ventry *e)
{
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int rc;

	if (seq > s->position)
		return 0;
	vkey_u64(&k, seq);
	rc = vrow_get(s, VIEW_ENTRY, &k, &row);
	if (rc == 1)
		rc = ventry_decode(&row, seq, e);
	vrow_release(&row);
	return rc;
}

int
ventry_at(struct snap *s, int64_t at, uint64_t *seq_r)
{
	uint64_t low = 0, high = s->position;	/* within; low is known */
	struct ventry e;

	while (low < high) {
		uint64_t mid = low + (high - low + 1) / 2;

		switch (ventry_get(s, mid, &e)) {
		case 1:
			break;
		case 0:
			errno = EIO;
			/* FALLTHROUGH */
		default:
			return -1;
		}
		if (e.at <= at)
			low = mid;
		else
			high = mid - 1;
	}
	*seq_r = low;
	return 0;
}

int
vblob_find(struct snap *s, const struct vhash *h,
    const uint8_t sha256[LOG_HASH_LEN], struct loc *loc_r, uint64_t *size_r)
{
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	uint8_t hash[VIEWS_HASH_LEN];
	int rc;

	if (vhash_make(h, BLOB_WHAT, sha256, LOG_HASH_LEN, hash) == -1)
		return -1;
	vkey_add(&k, hash, sizeof hash);
	rc = vrow_get(s, VIEW_BLOB, &k, &row);
	if (rc == 1 && row.data.len != VBLOB_LEN) {
		errno = EIO;
		rc = -1;
	}
	if (rc == 1) {
		loc_get(row.data.data, loc_r);
		*size_r = get64(row.data.data + LOC_LEN);
	}
	vrow_release(&row);
	return rc;
}

static int
meta_row(struct snap *s, const char *name, struct vrow *row)
{
	struct vkey k = VKEY_INIT;

	vkey_add(&k, name, strlen(name));
	return vrow_get(s, VIEW_META, &k, row);
}

int
vcounts_get(struct snap *s, uint64_t counts_r[COUNT_N])
{
	struct vrow row = VROW_INIT;
	int rc;

	memset(counts_r, 0, COUNT_N * sizeof counts_r[0]);
	rc = meta_row(s, "counts", &row);
	if (rc == 1 && row.data.len == 8 * COUNT_N)
		for (int i = 0; i < COUNT_N; i++)
			counts_r[i] = get64(row.data.data + 8 * i);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
vrules_get(struct snap *s, char hash_r[65], uint64_t *seq_r)
{
	struct vrow row = VROW_INIT;
	int rc;

	hash_r[0] = '\0';
	rc = meta_row(s, "rules", &row);
	if (rc == 1 && row.data.len != VRULES_LEN)
		rc = 0;
	if (rc == 1) {
		memcpy(hash_r, row.data.data + 8, 64);
		hash_r[64] = '\0';
		if (seq_r != NULL)
			*seq_r = get64(row.data.data);
	}
	vrow_release(&row);
	return rc;
}

int
vblob_get(struct views *v, struct snap *s, const uint8_t sha256[LOG_HASH_LEN],
    struct loc *loc_r, uint64_t *size_r)
{
	return vblob_find(s, v->hash, sha256, loc_r, size_r);
}

int
vsource_next(struct snap *s, uint64_t *first_r)
{
	struct vkey from = VKEY_INIT;
	struct vcur cur;
	int rc;

	vkey_u64(&from, *first_r + 1);
	rc = vcur_open(&cur, s, VIEW_ARRIVAL, NULL, VCUR_KEYS);
	if (rc == 0) {
		vcur_seek(&cur, from.b, from.n);
		rc = vcur_next(&cur);
	}
	if (rc == 1) {
		*first_r = get64(cur.row.key);
		rc = *first_r <= s->position;
	}
	vcur_close(&cur);
	return rc;
}

int
varrived_of(const struct vcur *cur, struct varrived *arrival_r)
{
	const uint8_t *value = cur->row.data.data;

	if (cur->row.keylen != 16 || cur->row.data.len != VARRIVED_LEN) {
		errno = EIO;
		return -1;
	}
	arrival_r->seq = get64(cur->row.key + 8);
	arrival_r->at = (int64_t)get64(value);
	id_from_key(value + 8, &arrival_r->document);
	arrival_r->new = value[8 + ID_KEY_LEN];
	return arrival_r->seq <= cur->snap->position;
}
