/* SPDX-License-Identifier: ISC */
/*
 * env: opening an environment of views, snapshots, rows by key.  It must
 * never give a row that the snapshot's position does not see: that filter is
 * row_load(), and there is no other.
 */
#include "store/views/venv.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "store/sys.h"
#include "store/views/value.h"

#define MAP_SIZE ((size_t)256 << 30)	/* of address space */
#define READERS	512

int
venv_errno(int mdb)
{
	if (mdb == MDB_MAP_FULL || mdb == ENOSPC || mdb == EDQUOT ||
	    mdb == EFBIG)
		return ENOSPC;
	return mdb > 0 ? mdb : EIO;
}

/* The sentence for what LMDB said; always -1. */
static int
env_trouble(struct trouble *t, const char *path, int mdb)
{
	errno = venv_errno(mdb);
	return trouble_set(t, errno == ENOSPC ? SAY_VIEWS_FULL :
	    SAY_VIEWS_FAILED, path, mdb_strerror(mdb), NULL, NULL);
}

/* ---- opening --------------------------------------------------------- */

static int
tables_open(struct venv *v, MDB_txn *txn, unsigned flags)
{
	int rc;

	for (int t = 0; t < VIEW_TABLES_N; t++) {
		rc = mdb_dbi_open(txn, view_table_name((enum view_table)t),
		    flags, &v->dbi[t]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
meta_get(const struct venv *v, MDB_txn *txn, const char *name, size_t want,
    const uint8_t **p_r)
{
	MDB_val k = { strlen(name), (void *)(uintptr_t)name }, d;

	if (mdb_get(txn, v->dbi[VIEW_META], &k, &d) != 0 || d.mv_size != want)
		return 0;
	*p_r = d.mv_data;
	return 1;
}

static int
meta_put(const struct venv *v, MDB_txn *txn, const char *name, const void *p,
    size_t n)
{
	MDB_val k = { strlen(name), (void *)(uintptr_t)name };
	MDB_val d = { n, (void *)(uintptr_t)p };

	return mdb_put(txn, v->dbi[VIEW_META], &k, &d, 0);
}

#define FORMAT_LEN 20		/* apply version, store id */

static void
format_put(struct log *log, uint8_t out[FORMAT_LEN])
{
	put32(out, VIEWS_APPLY);
	memcpy(out + 4, log_store_id(log), 16);
}

/* 1: made for this store by this apply, and its key opens. */
static int
format_fits(struct venv *v, MDB_txn *txn, struct log *log)
{
	uint8_t want[FORMAT_LEN], kek[32];
	const uint8_t *p;
	int rc;

	format_put(log, want);
	if (!meta_get(v, txn, "format", FORMAT_LEN, &p) ||
	    memcmp(p, want, FORMAT_LEN) != 0 ||
	    !meta_get(v, txn, "key", VCIPHER_WRAPPED, &p))
		return 0;
	if (log_secret(log, "views", kek) == -1)
		return 0;
	rc = vcipher_unwrap(kek, p, v->key) == 0;
	OPENSSL_cleanse(kek, sizeof kek);
	return rc;
}

/* An empty environment gets its key and what it is made for. */
static int
format_make(struct venv *v, MDB_txn *txn, struct log *log)
{
	uint8_t format[FORMAT_LEN], kek[32], wrapped[VCIPHER_WRAPPED];
	uint8_t epoch[4] = { 0 };
	int rc;

	format_put(log, format);
	if (vcipher_random(v->key, sizeof v->key) == -1 ||
	    log_secret(log, "views", kek) == -1)
		return EIO;
	rc = vcipher_wrap(kek, v->key, wrapped) == -1 ? EIO : 0;
	OPENSSL_cleanse(kek, sizeof kek);
	if (rc == 0)
		rc = meta_put(v, txn, "format", format, sizeof format);
	if (rc == 0)
		rc = meta_put(v, txn, "key", wrapped, sizeof wrapped);
	if (rc == 0)
		rc = meta_put(v, txn, "epoch", epoch, sizeof epoch);
	return rc;
}

/* Nonces of this opening stand under a number that no other one has. */
static int
epoch_next(struct venv *v, MDB_txn *txn)
{
	const uint8_t *p;
	uint8_t next[4];

	if (!meta_get(v, txn, "epoch", 4, &p))
		return EIO;
	v->epoch = get32(p) + 1;
	v->nonce = 0;
	if (v->epoch == 0)
		return EIO;	/* 2^32 openings: a rebuild has a new key */
	put32(next, v->epoch);
	return meta_put(v, txn, "epoch", next, sizeof next);
}

/* 1 of use, 0 not, or -1 with mdb_r set. */
static int
env_prepare(struct venv *v, struct log *log, enum venv_how how, int *mdb_r)
{
	unsigned txnflags = how == VENV_READ ? MDB_RDONLY : 0;
	MDB_txn *txn = NULL;
	int fits = 0, rc;

	if ((rc = mdb_txn_begin(v->env, NULL, txnflags, &txn)) != 0)
		goto out;
	rc = tables_open(v, txn, how == VENV_MAKE ? MDB_CREATE : 0);
	if (rc == MDB_NOTFOUND)
		rc = 0;
	else if (rc == 0 && how == VENV_MAKE)
		fits = (rc = format_make(v, txn, log)) == 0;
	else if (rc == 0)
		fits = format_fits(v, txn, log);
	if (rc == 0 && fits && how != VENV_READ)
		rc = epoch_next(v, txn);
	if (rc == 0) {
		rc = mdb_txn_commit(txn);	/* keeps the handles */
		txn = NULL;
	}
out:
	if (txn != NULL)
		mdb_txn_abort(txn);
	*mdb_r = rc;
	return rc == 0 ? fits : -1;
}

static int
env_open(struct venv *v, enum venv_how how)
{
	unsigned flags = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD;
	int rc, dead;

	if ((rc = mdb_env_create(&v->env)) != 0)
		return rc;
	if ((rc = mdb_env_set_mapsize(v->env, MAP_SIZE)) != 0 ||
	    (rc = mdb_env_set_maxdbs(v->env, VIEW_TABLES_N)) != 0 ||
	    (rc = mdb_env_set_maxreaders(v->env, READERS)) != 0)
		return rc;
	if (how == VENV_READ)
		flags |= MDB_RDONLY;
	if ((rc = mdb_env_open(v->env, v->path, flags, 0600)) != 0)
		return rc;
	/* Readers of killed processes would keep pages for ever. */
	return mdb_reader_check(v->env, &dead);
}

int
venv_open(const char *path, struct log *log, enum venv_how how,
    struct venv **env_r, struct trouble *t)
{
	struct venv *v;
	int rc = -1, mdb = ENOMEM;

	if ((v = calloc(1, sizeof *v)) == NULL)
		return env_trouble(t, path, ENOMEM);
	v->refs = 1;
	(void)mlock(v->key, sizeof v->key);	/* not allowed: goes on */
	(void)pthread_mutex_init(&v->mutex, NULL);
	v->writing = how != VENV_READ;
	if ((v->path = strdup(path)) == NULL)
		goto out;
	mdb = env_open(v, how);
	if (mdb == ENOENT || mdb == MDB_INVALID || mdb == MDB_VERSION_MISMATCH)
		rc = 0;
	else if (mdb == 0)
		rc = env_prepare(v, log, how, &mdb);
out:
	if (rc == 1)
		*env_r = v;
	else
		venv_drop(v);
	return rc == -1 ? env_trouble(t, path, mdb) : rc;
}

struct venv *
venv_take(struct venv *v)
{
	pthread_mutex_lock(&v->mutex);
	v->refs++;
	pthread_mutex_unlock(&v->mutex);
	return v;
}

void
venv_drop(struct venv *v)
{
	unsigned left;

	if (v == NULL)
		return;
	pthread_mutex_lock(&v->mutex);
	left = --v->refs;
	pthread_mutex_unlock(&v->mutex);
	if (left > 0)
		return;
	if (v->env != NULL)
		mdb_env_close(v->env);
	(void)pthread_mutex_destroy(&v->mutex);
	OPENSSL_cleanse(v->key, sizeof v->key);
	(void)munlock(v->key, sizeof v->key);
	free(v->path);
	free(v);
}

/* ---- snapshots ------------------------------------------------------- */

int
vmark_get(struct snap *s, struct vmark *m)
{
	const uint8_t *p;

	memset(m, 0, sizeof *m);
	if (!meta_get(s->env, s->txn, "applied", 16 + LOG_HASH_LEN, &p))
		return 0;
	m->seq = get64(p);
	memcpy(m->chain, p + 8, LOG_HASH_LEN);
	m->at = (int64_t)get64(p + 8 + LOG_HASH_LEN);
	if (meta_get(s->env, s->txn, "mark", LOG_MARK_LEN, &p)) {
		memcpy(m->mark, p, LOG_MARK_LEN);
		m->has_mark = 1;
	}
	return 1;
}

int
venv_snap(struct venv *v, uint64_t position, struct snap *s, struct trouble *t)
{
	struct vmark mark;
	int rc;

	memset(s, 0, sizeof *s);
	s->env = venv_take(v);
	if ((s->cipher = vcipher_new(v->key)) == NULL)
		rc = ENOMEM;
	else
		rc = mdb_txn_begin(v->env, NULL, MDB_RDONLY, &s->txn);
	if (rc != 0) {
		(void)env_trouble(t, v->path, rc);
		snap_end(s);
		return -1;
	}
	(void)vmark_get(s, &mark);	/* none: nothing applied yet */
	s->applied = mark.seq;
	s->position = position == 0 || position > mark.seq ? mark.seq :
	    position;
	return 0;
}

int
snap_begin(struct views *views, uint64_t position, struct snap *s,
    struct trouble *t)
{
	struct venv *v;
	int rc;

	memset(s, 0, sizeof *s);
	pthread_mutex_lock(&views->mutex);
	v = views->env == NULL ? NULL : venv_take(views->env);
	pthread_mutex_unlock(&views->mutex);
	if (v == NULL)
		return trouble_set(t, SAY_VIEWS_NONE, "views", NULL, NULL,
		    NULL);
	rc = venv_snap(v, position, s, t);
	venv_drop(v);
	return rc;
}

void
snap_end(struct snap *s)
{
	for (int t = 0; t < VIEW_TABLES_N; t++)
		if (s->cursor[t] != NULL)
			mdb_cursor_close(s->cursor[t]);
	if (s->txn != NULL)
		mdb_txn_abort(s->txn);
	vcipher_free(s->cipher);
	venv_drop(s->env);
	memset(s, 0, sizeof *s);
}

/* ---- rows ------------------------------------------------------------ */

void
vrow_release(struct vrow *row)
{
	buf_release(&row->data);
}

/* The bytes behind `ended` of a sealed value, opened. */
static int
value_open(struct snap *s, enum view_table t, struct vrow *row,
    const uint8_t *p, size_t n)
{
	uint8_t ad[1 + VKEY_MAX], *out;
	size_t plain;

	if (n < VCIPHER_NONCE + VCIPHER_TAG) {
		errno = EIO;
		return -1;
	}
	plain = n - VCIPHER_NONCE - VCIPHER_TAG;
	if ((out = buf_reserve(&row->data, plain + 1)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	ad[0] = (uint8_t)t;
	memcpy(ad + 1, row->key, row->keylen);
	if (vcipher_open(s->cipher, p, ad, 1 + row->keylen, p + VCIPHER_NONCE,
	    n - VCIPHER_NONCE, out) == -1)
		return -1;
	buf_commit(&row->data, plain);
	return 0;
}

int
row_load(struct snap *s, enum view_table t, const MDB_val *k,
    const MDB_val *d, unsigned flags, struct vrow *row)
{
	const uint8_t *p = d->mv_data;
	uint64_t ended;

	buf_clear(&row->data);
	if (k->mv_size > VKEY_MAX || k->mv_size < 8 ||
	    d->mv_size < VALUE_HEAD) {
		errno = EIO;
		return -1;
	}
	memcpy(row->key, k->mv_data, k->mv_size);
	row->keylen = k->mv_size;
	row->made = get64(row->key + row->keylen - 8);
	ended = get64(p);
	if (row->made > s->position)
		return 0;
	row->ended = ended > s->position ? 0 : ended;
	if (row->ended != 0 && (flags & VCUR_ALL) == 0)
		return 0;
	if ((flags & VCUR_KEYS) != 0)
		return 1;
	p += VALUE_HEAD;
	if (view_table_shape(t) == VIEW_SEALED) {
		if (value_open(s, t, row, p, d->mv_size - VALUE_HEAD) == -1)
			return -1;
	} else
		buf_add(&row->data, p, d->mv_size - VALUE_HEAD);
	return buf_failed(&row->data) ? -1 : 1;
}

int
row_plain(const MDB_val *k, const MDB_val *d, unsigned flags,
    struct vrow *row)
{
	buf_clear(&row->data);
	if (k->mv_size > VKEY_MAX) {
		errno = EIO;
		return -1;
	}
	memcpy(row->key, k->mv_data, k->mv_size);
	row->keylen = k->mv_size;
	row->made = row->ended = 0;
	if ((flags & VCUR_KEYS) == 0)
		buf_add(&row->data, d->mv_data, d->mv_size);
	return buf_failed(&row->data) ? -1 : 1;
}

static int
get_plain(struct snap *s, enum view_table t, const struct vkey *key,
    struct vrow *row)
{
	MDB_val k = { key->n, (void *)(uintptr_t)key->b }, d;
	int rc;

	rc = mdb_get(s->txn, s->env->dbi[t], &k, &d);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0) {
		errno = venv_errno(rc);
		return -1;
	}
	return row_plain(&k, &d, 0, row);
}

/* The last row of the key with made <= the position. */
static int
seek_version(struct snap *s, enum view_table t, const struct vkey *key,
    MDB_val *k, MDB_val *d)
{
	struct vkey after = *key;
	int rc;

	if (s->cursor[t] == NULL && (rc = mdb_cursor_open(s->txn,
	    s->env->dbi[t], &s->cursor[t])) != 0)
		return rc;
	vkey_u64(&after, s->position == UINT64_MAX ? UINT64_MAX :
	    s->position + 1);
	k->mv_data = after.b;
	k->mv_size = after.n;
	rc = mdb_cursor_get(s->cursor[t], k, d, MDB_SET_RANGE);
	rc = mdb_cursor_get(s->cursor[t], k, d,
	    rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
	if (rc == 0 && (k->mv_size != key->n + 8 ||
	    memcmp(k->mv_data, key->b, key->n) != 0))
		rc = MDB_NOTFOUND;
	return rc;
}

int
vrows_count(struct snap *s, enum view_table t, uint64_t *n_r)
{
	MDB_stat st;
	int rc = mdb_stat(s->txn, s->env->dbi[t], &st);

	*n_r = rc == 0 ? st.ms_entries : 0;
	errno = rc == 0 ? 0 : venv_errno(rc);
	return rc == 0 ? 0 : -1;
}

int
vrow_get(struct snap *s, enum view_table t, const struct vkey *key,
    struct vrow *row)
{
	MDB_val k, d;
	int rc;

	if (view_table_shape(t) == VIEW_PLAIN)
		return get_plain(s, t, key, row);
	rc = seek_version(s, t, key, &k, &d);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0) {
		errno = venv_errno(rc);
		return -1;
	}
	return row_load(s, t, &k, &d, 0, row);
}
