/* SPDX-License-Identifier: ISC */
/*
 * peek: see peek.h.  Every failure ends the test.
 */
#include "tests/unit/peek.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void
snapshot(struct store *store, uint64_t position, struct snap *s)
{
	struct trouble t;

	assert_int_equal(snap_begin(store_views(store), position, s, &t),
	    0);
}

/* All versioned rows that a position sees. */
void
peek_dump(struct store *store, uint64_t position, struct buf *out)
{
	struct snap s;
	struct vcur c;
	int rc;

	buf_clear(out);
	snapshot(store, position, &s);
	for (int i = 0; i < VIEW_TABLES_N; i++) {
		enum view_table t = (enum view_table)i;

		if (view_table_shape(t) == VIEW_PLAIN && t != VIEW_ENTRY)
			continue;
		assert_int_equal(vcur_open(&c, &s, t, NULL, 0), 0);
		while ((rc = vcur_next(&c)) == 1) {
			if (t == VIEW_ENTRY && get64(c.row.key) > s.position)
				continue;
			buf_addc(out, i);
			buf_add(out, c.row.key, c.row.keylen);
			buf_add(out, c.row.data.data, c.row.data.len);
		}
		assert_int_equal(rc, 0);
		vcur_close(&c);
	}
	snap_end(&s);
	assert_false(buf_failed(out));
}

/* A copy that the test may keep; texts live until the next call. */
const struct vdoc *
peek_doc(struct store *store, struct id id)
{
	static struct vrow row;
	static struct vdoc d;
	struct vkey k = VKEY_INIT;
	struct snap s;

	snapshot(store, 0, &s);
	vkey_id(&k, &id);
	assert_int_equal(vrow_get(&s, VIEW_DOC, &k, &row), 1);
	snap_end(&s);
	assert_int_equal(vdoc_unpack(row.data.data, row.data.len, &d), 0);
	return &d;
}

int
peek_says(struct vstr s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* Rows that are there under a prefix now. */
static unsigned
rows(struct store *store, enum view_table t, const struct vkey *prefix)
{
	struct snap s;
	struct vcur c;
	unsigned n = 0;
	int rc;

	snapshot(store, 0, &s);
	assert_int_equal(vcur_open(&c, &s, t, prefix, 0), 0);
	while ((rc = vcur_next(&c)) == 1)
		n++;
	assert_int_equal(rc, 0);
	vcur_close(&c);
	snap_end(&s);
	return n;
}

unsigned
peek_under(struct store *store, enum view_table t, struct id id)
{
	struct vkey k = VKEY_INIT;

	vkey_id(&k, &id);
	return rows(store, t, &k);
}

unsigned
peek_looked(struct store *store, enum view_look what, const char *text)
{
	struct vkey k = VKEY_INIT;

	vkey_look(&k, store_views(store), what, text, strlen(text));
	return rows(store, VIEW_LOOK, &k);
}

uint64_t
peek_count(struct store *store, enum view_count what)
{
	uint64_t counts[COUNT_N];
	struct snap s;

	snapshot(store, 0, &s);
	assert_int_equal(vcounts_get(&s, counts), 0);
	snap_end(&s);
	return counts[what];
}

/* The n-th line of a scope; texts live until the next call. */
const struct vline *
peek_line(struct store *store, struct id scope, unsigned n)
{
	static struct buf data;
	static struct vline l;
	struct vkey k = VKEY_INIT;
	struct snap s;
	struct vcur c;

	snapshot(store, 0, &s);
	vkey_id(&k, &scope);
	assert_int_equal(vcur_open(&c, &s, VIEW_TIME, &k, 0), 0);
	do {
		assert_int_equal(vcur_next(&c), 1);
	} while (n-- > 0);
	buf_clear(&data);
	buf_add(&data, c.row.data.data, c.row.data.len);
	vcur_close(&c);
	snap_end(&s);
	assert_int_equal(vline_unpack(data.data, data.len, &l), 0);
	return &l;
}
