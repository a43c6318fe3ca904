/* SPDX-License-Identifier: ISC */
/*
 * test_views: transactions and cursors with the filter by position, on
 * environments made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/views/venv.h"
#include "store/views/write.h"
#include "tests/unit/fill.h"

static struct id
document(uint32_t n)
{
	return (struct id){ ID_DOCUMENT, 0, 0, n };
}

/* ---- environments ---------------------------------------------------- */

static struct fill fill;
static char path[128];

static int
setup(void **state)
{
	(void)state;
	fill_begin(&fill);
	(void)snprintf(path, sizeof path, "%s/test.mdb", fill.dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fill_end(&fill);
	return 0;
}

static struct venv *
env(enum venv_how how)
{
	struct trouble t;
	struct venv *v = NULL;

	assert_int_equal(venv_open(path, store_log(fill.store), how, &v, &t),
	    1);
	return v;
}

static void
txn_begin(struct venv *v, struct vtxn *x)
{
	struct trouble t;

	assert_int_equal(vtxn_begin(v, store_views(fill.store)->hash, x, &t),
	    0);
}

static void
txn_commit(struct vtxn *x, uint64_t seq)
{
	static const uint8_t mark[LOG_MARK_LEN], chain[LOG_HASH_LEN];
	struct trouble t;

	assert_int_equal(vtxn_commit(x, mark, seq, 0, chain, &t), 0);
}

/* D-1 made by 1, 3, 5; D-2 made by 2, ended by 4 for good; D-3 by 6. */
static void
put_versions(struct venv *v)
{
	struct vkey k1 = VKEY_INIT, k2 = VKEY_INIT, k3 = VKEY_INIT;
	struct id d1 = document(1), d2 = document(2), d3 = document(3);
	struct vtxn x;

	vkey_id(&k1, &d1);
	vkey_id(&k2, &d2);
	vkey_id(&k3, &d3);
	txn_begin(v, &x);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k1, 0, 1, "one", 3), 0);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k2, 0, 2, "two", 3), 0);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k1, 1, 3, "PLANTED", 7), 0);
	assert_int_equal(vtxn_end(&x, VIEW_DOC, &k2, 2, 4), 0);
	txn_commit(&x, 4);
	txn_begin(v, &x);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k1, 3, 5, "five", 4), 0);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k1, 5, 5, "again", 5), 0);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k3, 0, 6, "six", 3), 0);
	txn_commit(&x, 6);
}

static void
version_is(struct venv *v, uint64_t position, uint32_t doc, const char *want)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	struct id id = document(doc);
	struct trouble t;
	struct snap s;

	assert_int_equal(venv_snap(v, position, &s, &t), 0);
	vkey_id(&k, &id);
	assert_int_equal(vrow_get(&s, VIEW_DOC, &k, &row), want != NULL);
	if (want != NULL)
		assert_string_equal(buf_str(&row.data), want);
	vrow_release(&row);
	snap_end(&s);
}

static void
each_position_sees_its_rows(void **state)
{
	static const char *const one[] = { "one", "one", "PLANTED", "PLANTED",
	    "again", "again" };
	struct venv *v = env(VENV_MAKE);

	(void)state;
	put_versions(v);
	for (uint64_t p = 1; p <= 6; p++) {
		version_is(v, p, 1, one[p - 1]);
		version_is(v, p, 2, p == 2 || p == 3 ? "two" : NULL);
		version_is(v, p, 3, p == 6 ? "six" : NULL);
		version_is(v, p, 4, NULL);
	}
	version_is(v, 0, 1, "again");		/* now */
	version_is(v, 99, 1, "again");		/* past the end: now */
	venv_drop(v);
}

/* "made:ended " of what a walk gives. */
static void
walk(struct snap *s, unsigned flags, const char *from, size_t fromlen,
    int after, const char *want)
{
	struct buf b = BUF_INIT;
	struct vcur c;
	int rc;

	assert_int_equal(vcur_open(&c, s, VIEW_DOC, NULL, flags), 0);
	if (from != NULL && after)
		vcur_after(&c, from, fromlen);
	else if (from != NULL)
		vcur_seek(&c, from, fromlen);
	while ((rc = vcur_next(&c)) == 1) {
		buf_addu(&b, c.row.made);
		buf_addc(&b, ':');
		buf_addu(&b, c.row.ended);
		buf_addc(&b, ' ');
		if (flags & VCUR_KEYS)
			assert_int_equal(c.row.data.len, 0);
	}
	assert_int_equal(rc, 0);
	assert_int_equal(vcur_next(&c), 0);
	assert_string_equal(buf_str(&b), want);
	buf_release(&b);
	vcur_close(&c);
}

static void
cursors(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct vkey k = VKEY_INIT;
	struct id d1 = document(1);
	struct trouble t;
	struct snap s;

	(void)state;
	put_versions(v);
	assert_int_equal(venv_snap(v, 0, &s, &t), 0);
	walk(&s, 0, NULL, 0, 0, "5:0 6:0 ");
	walk(&s, VCUR_BACK, NULL, 0, 0, "6:0 5:0 ");
	walk(&s, VCUR_ALL, NULL, 0, 0, "1:3 3:5 5:0 2:4 6:0 ");
	walk(&s, VCUR_ALL | VCUR_BACK | VCUR_KEYS, NULL, 0, 0,
	    "6:0 2:4 5:0 3:5 1:3 ");
	vkey_id(&k, &d1);
	vkey_u64(&k, 3);
	walk(&s, VCUR_ALL, (char *)k.b, k.n, 0, "3:5 5:0 2:4 6:0 ");
	walk(&s, VCUR_ALL, (char *)k.b, k.n, 1, "5:0 2:4 6:0 ");
	walk(&s, VCUR_ALL | VCUR_BACK, (char *)k.b, k.n, 0, "3:5 1:3 ");
	walk(&s, VCUR_ALL | VCUR_BACK, (char *)k.b, k.n, 1, "1:3 ");
	snap_end(&s);
	/* An end past the position has not happened yet. */
	assert_int_equal(venv_snap(v, 3, &s, &t), 0);
	walk(&s, 0, NULL, 0, 0, "3:0 2:0 ");
	walk(&s, VCUR_ALL, NULL, 0, 0, "1:3 3:0 2:0 ");
	snap_end(&s);
	venv_drop(v);
}

static void
cursors_keep_to_their_prefix(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct id ids[] = { document(1), document(0xff), document(0x100) };
	struct trouble t;
	struct vtxn x;
	struct snap s;
	struct vcur c;

	(void)state;
	txn_begin(v, &x);
	for (uint64_t i = 0; i < 3; i++) {
		struct vkey k = VKEY_INIT;

		vkey_id(&k, &ids[i]);
		assert_int_equal(vtxn_put(&x, VIEW_SCOPE, &k, i + 1, "", 0),
		    0);
	}
	txn_commit(&x, 3);
	assert_int_equal(venv_snap(v, 0, &s, &t), 0);
	for (uint64_t i = 0; i < 3; i++) {
		for (unsigned back = 0; back < 2; back++) {
			struct vkey k = VKEY_INIT;

			vkey_id(&k, &ids[i]);
			assert_int_equal(vcur_open(&c, &s, VIEW_SCOPE, &k,
			    back ? VCUR_BACK : 0), 0);
			assert_int_equal(vcur_next(&c), 1);
			assert_int_equal(c.row.made, i + 1);
			assert_int_equal(vcur_next(&c), 0);
			vcur_close(&c);
		}
	}
	snap_end(&s);
	venv_drop(v);
}

static int
file_has(const char *file, const char *word)
{
	struct buf b = BUF_INIT;
	int fd = open(file, O_RDONLY), found;
	ssize_t n;

	assert_true(fd != -1);
	do {
		uint8_t *p = buf_reserve(&b, 65536);

		assert_non_null(p);
		n = read(fd, p, 65536);
		assert_true(n >= 0);
		buf_commit(&b, (size_t)n);
	} while (n > 0);
	(void)close(fd);
	found = memmem(b.data, b.len, word, strlen(word)) != NULL;
	buf_release(&b);
	return found;
}

static void
sealed_rows_show_nothing(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct vkey k = VKEY_INIT;
	struct vtxn x;

	(void)state;
	put_versions(v);
	txn_begin(v, &x);
	vkey_u64(&k, 1);
	assert_int_equal(vtxn_set(&x, VIEW_META, &k, "IN-CLEAR", 8), 0);
	txn_commit(&x, 7);
	venv_drop(v);
	assert_true(file_has(path, "IN-CLEAR"));	/* it can find */
	assert_false(file_has(path, "PLANTED"));
}

static void
an_abort_leaves_nothing(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct vkey k = VKEY_INIT;
	struct id d1 = document(1);
	uint64_t nonce;
	struct vtxn x;

	(void)state;
	put_versions(v);
	nonce = v->nonce;
	vkey_id(&k, &d1);
	txn_begin(v, &x);
	assert_int_equal(vtxn_next(&x, VIEW_DOC, &k, 5, 7, "gone", 4), 0);
	vtxn_abort(&x);
	version_is(v, 0, 1, "again");
	assert_true(v->nonce > nonce);		/* used is used */
	venv_drop(v);
}

static void
openings_have_epochs_and_the_key(void **state)
{
	struct venv *v = env(VENV_MAKE);
	uint32_t epoch = v->epoch;
	struct trouble t;

	(void)state;
	put_versions(v);
	venv_drop(v);
	v = env(VENV_WRITE);
	assert_int_equal(v->epoch, epoch + 1);
	version_is(v, 3, 1, "PLANTED");
	venv_drop(v);
	v = env(VENV_READ);
	version_is(v, 0, 3, "six");
	venv_drop(v);
	(void)snprintf(path, sizeof path, "%s/none.mdb", fill.dir);
	v = NULL;
	assert_int_equal(venv_open(path, store_log(fill.store), VENV_READ, &v,
	    &t), 0);
	assert_null(v);
}

/* Another version of apply, or another store's views, are of no use. */
static void
other_formats_are_not_used(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct vkey k = VKEY_INIT;
	uint8_t format[20] = { 0, 0, 0, VIEWS_APPLY + 1 };
	struct trouble t;
	struct vtxn x;

	(void)state;
	memcpy(format + 4, log_store_id(store_log(fill.store)), 16);
	vkey_add(&k, "format", 6);
	txn_begin(v, &x);
	assert_int_equal(vtxn_set(&x, VIEW_META, &k, format, sizeof format),
	    0);
	txn_commit(&x, 1);
	venv_drop(v);
	assert_int_equal(venv_open(path, store_log(fill.store), VENV_WRITE,
	    &v, &t), 0);
}

/* A row under another key, or changed, does not open. */
static void
changed_rows_do_not_open(void **state)
{
	struct venv *v = env(VENV_MAKE);
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	struct id d1 = document(1);
	struct trouble t;
	MDB_val mk, md;
	struct vtxn x;
	struct snap s;
	uint8_t *bytes;

	(void)state;
	put_versions(v);
	vkey_id(&k, &d1);
	vkey_u64(&k, 5);
	txn_begin(v, &x);
	mk.mv_data = k.b;
	mk.mv_size = k.n;
	assert_int_equal(mdb_get(x.snap.txn, v->dbi[VIEW_DOC], &mk, &md), 0);
	assert_non_null(bytes = malloc(md.mv_size));
	memcpy(bytes, md.mv_data, md.mv_size);
	bytes[md.mv_size - 20] ^= 1;
	md.mv_data = bytes;
	assert_int_equal(mdb_put(x.snap.txn, v->dbi[VIEW_DOC], &mk, &md, 0),
	    0);
	txn_commit(&x, 6);
	free(bytes);
	assert_int_equal(venv_snap(v, 0, &s, &t), 0);
	k.n -= 8;
	assert_int_equal(vrow_get(&s, VIEW_DOC, &k, &row), -1);
	assert_int_equal(errno, EIO);
	vrow_release(&row);
	snap_end(&s);
	venv_drop(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_position_sees_its_rows,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(cursors, setup, teardown),
		cmocka_unit_test_setup_teardown(cursors_keep_to_their_prefix,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(sealed_rows_show_nothing,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(an_abort_leaves_nothing,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    openings_have_epochs_and_the_key, setup, teardown),
		cmocka_unit_test_setup_teardown(other_formats_are_not_used,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(changed_rows_do_not_open,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
