/* SPDX-License-Identifier: ISC */
/*
 * vcur: walking the rows of a table in the order of their keys, forward or
 * back, inside one snapshot.
 */
#include "store/views/value.h"

#include <errno.h>
#include <string.h>

enum { CUR_START, CUR_AFTER, CUR_RUN, CUR_END };	/* vcur.at */

int
vcur_open(struct vcur *c, struct snap *s, enum view_table t,
    const struct vkey *prefix, unsigned flags)
{
	int rc;

	memset(c, 0, sizeof *c);
	c->snap = s;
	c->table = t;
	c->flags = flags;
	if (prefix != NULL)
		c->prefix = *prefix;
	rc = mdb_cursor_open(s->txn, s->env->dbi[t], &c->mc);
	if (rc != 0) {
		c->mc = NULL;
		errno = venv_errno(rc);
		return -1;
	}
	return 0;
}

void
vcur_seek(struct vcur *c, const void *key, size_t len)
{
	c->from.n = 0;
	vkey_add(&c->from, key, len);
	c->at = CUR_START;
}

void
vcur_after(struct vcur *c, const void *key, size_t len)
{
	vcur_seek(c, key, len);
	c->at = CUR_AFTER;
}

/* The smallest key above all that begin so; 0: there is none. */
static int
key_above(struct vkey *k)
{
	while (k->n > 0) {
		if (++k->b[k->n - 1] != 0)
			return 1;
		k->n--;
	}
	return 0;
}

static int
is_key(const MDB_val *k, const struct vkey *key)
{
	return k->mv_size == key->n && memcmp(k->mv_data, key->b, key->n) == 0;
}

static int
begins(const MDB_val *k, const struct vkey *prefix)
{
	return k->mv_size >= prefix->n &&
	    memcmp(k->mv_data, prefix->b, prefix->n) == 0;
}

static int
start_forward(struct vcur *c, MDB_val *k, MDB_val *d)
{
	struct vkey *from = c->from.n > 0 ? &c->from : &c->prefix;
	int rc;

	if (from->n == 0)
		return mdb_cursor_get(c->mc, k, d, MDB_FIRST);
	/* A place before the prefix is the prefix's begin. */
	if (memcmp(from->b, c->prefix.b, c->prefix.n < from->n ?
	    c->prefix.n : from->n) < 0)
		from = &c->prefix;
	k->mv_data = from->b;
	k->mv_size = from->n;
	rc = mdb_cursor_get(c->mc, k, d, MDB_SET_RANGE);
	if (rc == 0 && c->at == CUR_AFTER && is_key(k, from))
		rc = mdb_cursor_get(c->mc, k, d, MDB_NEXT);
	return rc;
}

static int
start_back(struct vcur *c, MDB_val *k, MDB_val *d)
{
	struct vkey above = c->prefix;
	int rc;

	if (c->from.n > 0)
		above = c->from;
	else if (!key_above(&above))
		return mdb_cursor_get(c->mc, k, d, MDB_LAST);
	k->mv_data = above.b;
	k->mv_size = above.n;
	rc = mdb_cursor_get(c->mc, k, d, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(c->mc, k, d, MDB_LAST);
	if (rc == 0 && (c->from.n == 0 || c->at == CUR_AFTER ||
	    !is_key(k, &above)))
		rc = mdb_cursor_get(c->mc, k, d, MDB_PREV);
	return rc;
}

static int
step(struct vcur *c, MDB_val *k, MDB_val *d)
{
	int back = (c->flags & VCUR_BACK) != 0, rc;

	if (c->at == CUR_RUN)
		rc = mdb_cursor_get(c->mc, k, d, back ? MDB_PREV : MDB_NEXT);
	else
		rc = back ? start_back(c, k, d) : start_forward(c, k, d);
	c->at = CUR_RUN;
	return rc;
}

int
vcur_next(struct vcur *c)
{
	MDB_val k, d;
	int rc;

	if (c->at == CUR_END)
		return 0;
	while ((rc = step(c, &k, &d)) == 0 && begins(&k, &c->prefix)) {
		if (view_table_shape(c->table) == VIEW_PLAIN)
			rc = row_plain(&k, &d, c->flags, &c->row);
		else
			rc = row_load(c->snap, c->table, &k, &d, c->flags,
			    &c->row);
		if (rc != 0)
			return rc;
	}
	c->at = CUR_END;
	if (rc != 0 && rc != MDB_NOTFOUND) {
		errno = venv_errno(rc);
		return -1;
	}
	return 0;
}

void
vcur_close(struct vcur *c)
{
	if (c->mc != NULL)
		mdb_cursor_close(c->mc);
	c->mc = NULL;
	vrow_release(&c->row);
}
