/* SPDX-License-Identifier: ISC */
/*
 * write: putting and ending rows.
 *
 * Nonces: epoch(4) counter(8).  The epoch was raised and committed when the
 * environment was opened for writing; the counter never goes back, not even
 * when a transaction is aborted, since LMDB may have spilled its pages.
 */
#include "store/views/write.h"

#include <errno.h>
#include <string.h>

#include "store/views/value.h"

static int
fail(int mdb)
{
	if (mdb == 0)
		return 0;
	errno = venv_errno(mdb);
	return -1;
}

static int
txn_trouble(struct trouble *t, const struct venv *v, int mdb)
{
	errno = venv_errno(mdb);
	return trouble_set(t, errno == ENOSPC ? SAY_VIEWS_FULL :
	    SAY_VIEWS_FAILED, v->path, mdb_strerror(mdb), NULL, NULL);
}

int
vtxn_begin(struct venv *v, const struct vhash *hash, struct vtxn *x,
    struct trouble *t)
{
	int rc = ENOMEM;

	memset(x, 0, sizeof *x);
	x->hash = hash;
	x->snap.env = venv_take(v);
	x->snap.position = UINT64_MAX;
	if ((x->snap.cipher = vcipher_new(v->key)) != NULL)
		rc = mdb_txn_begin(v->env, NULL, 0, &x->snap.txn);
	if (rc == 0 && vcounts_get(&x->snap, x->count) == -1)
		rc = EIO;
	if (rc == 0)
		return 0;
	(void)txn_trouble(t, v, rc);
	vtxn_abort(x);
	return -1;
}

void
vtxn_abort(struct vtxn *x)
{
	if (x->snap.env != NULL)
		snap_end(&x->snap);
	buf_release(&x->old);
}

static int
put(struct vtxn *x, enum view_table t, const void *key, size_t keylen,
    const void *p, size_t n, unsigned flags)
{
	MDB_val k = { keylen, (void *)(uintptr_t)key };
	MDB_val d = { n, (void *)(uintptr_t)p };

	return mdb_put(x->snap.txn, x->snap.env->dbi[t], &k, &d, flags);
}

static int
marks_put(struct vtxn *x, const uint8_t mark[LOG_MARK_LEN], uint64_t seq,
    int64_t at, const uint8_t chain[LOG_HASH_LEN])
{
	uint8_t applied[16 + LOG_HASH_LEN], counts[8 * COUNT_N];
	int rc;

	put64(applied, seq);
	memcpy(applied + 8, chain, LOG_HASH_LEN);
	put64(applied + 8 + LOG_HASH_LEN, (uint64_t)at);
	for (int i = 0; i < COUNT_N; i++)
		put64(counts + 8 * i, x->count[i]);
	rc = put(x, VIEW_META, "mark", 4, mark, LOG_MARK_LEN, 0);
	if (rc == 0)
		rc = put(x, VIEW_META, "applied", 7, applied, sizeof applied,
		    0);
	if (rc == 0)
		rc = put(x, VIEW_META, "counts", 6, counts, sizeof counts, 0);
	return rc;
}

int
vtxn_commit(struct vtxn *x, const uint8_t mark[LOG_MARK_LEN], uint64_t seq,
    int64_t at, const uint8_t chain[LOG_HASH_LEN], struct trouble *t)
{
	struct venv *v = x->snap.env;
	int rc;

	rc = marks_put(x, mark, seq, at, chain);
	for (int i = 0; i < VIEW_TABLES_N; i++) {
		if (x->snap.cursor[i] != NULL)
			mdb_cursor_close(x->snap.cursor[i]);
		x->snap.cursor[i] = NULL;
	}
	if (rc == 0) {
		rc = mdb_txn_commit(x->snap.txn);
		x->snap.txn = NULL;		/* gone either way */
	}
	if (rc != 0)
		(void)txn_trouble(t, v, rc);
	vtxn_abort(x);
	return rc == 0 ? 0 : -1;
}

int
vtxn_set(struct vtxn *x, enum view_table t, const struct vkey *key,
    const void *p, size_t n)
{
	return fail(put(x, t, key->b, key->n, p, n, 0));
}

int
vtxn_append(struct vtxn *x, enum view_table t, const struct vkey *key,
    const void *p, size_t n)
{
	return fail(put(x, t, key->b, key->n, p, n, MDB_APPEND));
}

int
vtxn_unset(struct vtxn *x, enum view_table t, const struct vkey *key)
{
	MDB_val k = { key->n, (void *)(uintptr_t)key->b };
	int rc = mdb_del(x->snap.txn, x->snap.env->dbi[t], &k, NULL);

	return rc == MDB_NOTFOUND ? 0 : fail(rc);
}

static void
nonce_next(struct venv *v, uint8_t nonce[VCIPHER_NONCE])
{
	put32(nonce, v->epoch);
	put64(nonce + 4, v->nonce++);
}

/* The value is sealed right into the page. */
static int
put_sealed(struct vtxn *x, enum view_table t, const struct vkey *key,
    const void *p, size_t n)
{
	MDB_val k = { key->n, (void *)(uintptr_t)key->b };
	MDB_val d = { VALUE_HEAD + VCIPHER_NONCE + n + VCIPHER_TAG, NULL };
	uint8_t ad[1 + VKEY_MAX], *out;
	int rc;

	rc = mdb_put(x->snap.txn, x->snap.env->dbi[t], &k, &d, MDB_RESERVE);
	if (rc != 0)
		return fail(rc);
	out = d.mv_data;
	put64(out, 0);
	nonce_next(x->snap.env, out + VALUE_HEAD);
	ad[0] = (uint8_t)t;
	memcpy(ad + 1, key->b, key->n);
	return vcipher_seal(x->snap.cipher, out + VALUE_HEAD, ad, 1 + key->n,
	    p, n, out + VALUE_HEAD + VCIPHER_NONCE);
}

static int
put_clear(struct vtxn *x, enum view_table t, const struct vkey *key,
    const void *p, size_t n)
{
	MDB_val k = { key->n, (void *)(uintptr_t)key->b };
	MDB_val d = { VALUE_HEAD + n, NULL };
	uint8_t *out;
	int rc;

	rc = mdb_put(x->snap.txn, x->snap.env->dbi[t], &k, &d, MDB_RESERVE);
	if (rc != 0)
		return fail(rc);
	out = d.mv_data;
	put64(out, 0);
	if (n > 0)
		memcpy(out + VALUE_HEAD, p, n);
	return 0;
}

int
vtxn_put(struct vtxn *x, enum view_table t, const struct vkey *key,
    uint64_t made, const void *p, size_t n)
{
	struct vkey whole = *key;

	vkey_u64(&whole, made);
	if (view_table_shape(t) == VIEW_SEALED)
		return put_sealed(x, t, &whole, p, n);
	return put_clear(x, t, &whole, p, n);
}

int
vtxn_end(struct vtxn *x, enum view_table t, const struct vkey *key,
    uint64_t made, uint64_t ended)
{
	struct vkey whole = *key;
	MDB_val k, d;
	int rc;

	vkey_u64(&whole, made);
	k.mv_data = whole.b;
	k.mv_size = whole.n;
	rc = mdb_get(x->snap.txn, x->snap.env->dbi[t], &k, &d);
	if (rc == MDB_NOTFOUND || (rc == 0 && get64(d.mv_data) != 0))
		return 0;
	if (rc != 0)
		return fail(rc);
	buf_clear(&x->old);
	buf_add(&x->old, d.mv_data, d.mv_size);
	if (buf_failed(&x->old)) {
		errno = ENOMEM;
		return -1;
	}
	put64(x->old.data, ended);
	d.mv_data = x->old.data;
	return fail(mdb_put(x->snap.txn, x->snap.env->dbi[t], &k, &d, 0));
}

int
vtxn_next(struct vtxn *x, enum view_table t, const struct vkey *key,
    uint64_t was, uint64_t made, const void *p, size_t n)
{
	if (was != 0 && was != made && vtxn_end(x, t, key, was, made) == -1)
		return -1;
	return vtxn_put(x, t, key, made, p, n);
}

int
vtxn_undo(struct vtxn *x, enum view_table t, const struct vkey *key,
    uint64_t made)
{
	struct vkey whole = *key;

	vkey_u64(&whole, made);
	return vtxn_unset(x, t, &whole);
}
