/* SPDX-License-Identifier: ISC */
/*
 * test_views: packing of rows, keys, sealing, transactions and cursors with
 * the filter by position, on environments made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/views/cipher.h"
#include "store/views/pack.h"
#include "store/views/row.h"
#include "store/views/venv.h"
#include "store/views/write.h"
#include "tests/unit/fill.h"

static struct vstr
str(const char *s)
{
	return (struct vstr){ s, strlen(s) };
}

static struct id
document(uint32_t n)
{
	return (struct id){ ID_DOCUMENT, 0, 0, n };
}

/* ---- rows ------------------------------------------------------------ */

static void
fill_row(struct vdoc *d)
{
	vdoc_init(d);
	d->id = document(7);
	d->seq = 300;
	d->at = -5;
	d->size = UINT64_C(1) << 40;
	d->channel = str("email");
	d->subject = str("Heizung");
	d->nto = VDOC_TO_MAX + 3;
	for (int i = 0; i < VDOC_TO_MAX; i++)
		d->to[i] = str(i == 4 ? "" : "a@b.example");
	d->happened = (struct vwhen){ 1, WHEN_DATE };
	d->happened_from = FROM_STATED;
	d->loc = (struct loc){ LOG_JOURNAL, 3, 4, 5 };
	memset(d->sha256, 0xab, sizeof d->sha256);
	d->arrivals = 40;
	d->narrivals = VDOC_ARRIVAL_MAX;
	for (unsigned i = 0; i < d->narrivals; i++)
		d->arrival[i] = (struct varrival){ 300 + i, -1, { 1 },
		    document(7), str("fax") };
	d->nfilings = VDOC_FILING_MAX;
	for (unsigned i = 0; i < d->nfilings; i++)
		d->filing[i] = (struct vfiling){ i + 1, { ID_CLIENT, 0, 0, 1 },
		    { ID_CASE, 2026, 0, i + 1 }, i == 3 };
	d->ncopies = VDOC_COPY_MAX;
	for (unsigned i = 0; i < d->ncopies; i++)
		d->copy[i] = document(100 + i);
	d->nshown = VDOC_SHOWN_MAX;
	for (unsigned i = 0; i < d->nshown; i++)
		d->shown[i] = (struct vshown){ { ID_CASE, 2026, 0, i + 1 },
		    -9, i };
}

static void
rows_come_back(void **state)
{
	static struct vdoc in, out;
	struct buf b = BUF_INIT, again = BUF_INIT;
	const struct varrival *first;
	uint64_t total;

	(void)state;
	fill_row(&in);
	vdoc_pack(&in, &b);
	assert_int_equal(vdoc_unpack(b.data, b.len, &out), 0);
	vdoc_pack(&out, &again);
	assert_int_equal(b.len, again.len);
	assert_memory_equal(b.data, again.data, b.len);
	assert_int_equal(out.at, -5);
	assert_int_equal(out.size, UINT64_C(1) << 40);
	assert_int_equal(out.nto, VDOC_TO_MAX + 3);
	assert_int_equal(out.to[4].n, 0);
	assert_int_equal(out.received.at, WHEN_NONE);
	assert_int_equal(out.filing[3].main, 1);
	assert_int_equal(out.filing[63].kase.number, 64);
	assert_int_equal(out.shown[127].time, -9);
	assert_int_equal(out.loc.ordinal, 5);
	assert_int_equal(vdoc_arrivals(&out, &first, &total),
	    VDOC_ARRIVAL_MAX);
	assert_int_equal(total, 40);
	assert_int_equal(first[15].seq, 315);
	buf_release(&b);
	buf_release(&again);
}

/* Cut anywhere, a row is refused or smaller, and never read past its end. */
static void
cut_rows_do_not_harm(void **state)
{
	static struct vdoc in, out;
	struct buf b = BUF_INIT;

	(void)state;
	fill_row(&in);
	vdoc_pack(&in, &b);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, b.data, n);
		(void)vdoc_unpack(exact, n, &out);
		free(exact);
	}
	b.data[1] = 0xff;
	assert_int_equal(vdoc_unpack(b.data, b.len, &out), -1);
	assert_int_equal(errno, EINVAL);
	buf_release(&b);
}

static void
lines_come_back(void **state)
{
	static struct vline in, out;
	struct buf b = BUF_INIT;

	(void)state;
	in.seq = 9;
	in.kind = KIND_FACT_STATED;
	in.client = (struct id){ ID_CLIENT, 0, 0, 2 };
	in.time = (struct vwhen){ 77, WHEN_MONTH };
	in.at = 78;
	in.arg[0] = str("new");
	in.arg[2] = str("old");
	vline_pack(&in, &b);
	assert_int_equal(vline_unpack(b.data, b.len, &out), 0);
	assert_int_equal(out.is_doc, 0);
	assert_int_equal(out.kind, KIND_FACT_STATED);
	assert_int_equal(out.time.precision, WHEN_MONTH);
	assert_memory_equal(out.arg[2].p, "old", 3);
	assert_int_equal(out.arg[1].n, 0);
	assert_int_equal(vline_unpack("x", 1, &out), -1);
	assert_int_equal(vline_unpack("", 0, &out), -1);
	buf_release(&b);
}

static void
fold_is(int (*fold)(struct buf *, const char *, size_t), const char *in,
    const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(fold(&b, in, strlen(in)), 0);
	assert_string_equal(buf_str(&b), want);
	buf_release(&b);
}

static void
folds(void **state)
{
	(void)state;
	fold_is(view_fold_address, " Office@Example.ORG ",
	    "office@example.org");
	fold_is(view_fold_number, "+44 (0)20 7946-0000", "+4402079460000");
	fold_is(view_fold_number, "\xef\xbc\x8b\xef\xbc\x94 4+", "+44");
	fold_is(view_fold_name, "  Mei  LING\tChen ", "mei ling chen");
	fold_is(view_fold_subject, "Re: AW: Fwd:  Lease", "lease");
	fold_is(view_fold_subject, "回复：租约", "租约");
	fold_is(view_fold_subject, "RE:", "");
	fold_is(view_fold_subject, "Rent: due", "rent: due");
}

static void
times_sort(void **state)
{
	static const int64_t at[] = { INT64_MIN + 1, -1, 0, 1, INT64_MAX };
	struct vkey a, b;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof at / sizeof at[0]; i++) {
		a.n = b.n = 0;
		vkey_time(&a, at[i]);
		vkey_time(&b, at[i + 1]);
		assert_true(memcmp(a.b, b.b, 8) < 0);
		assert_int_equal(vkey_get_time(a.b), at[i]);
	}
}

/* ---- sealing --------------------------------------------------------- */

static void
sealing(void **state)
{
	uint8_t key[VCIPHER_KEY], other[VCIPHER_KEY], nonce[VCIPHER_NONCE];
	uint8_t sealed[64], open[64], wrapped[VCIPHER_WRAPPED];
	uint8_t back[VCIPHER_KEY];
	struct vcipher *c;

	(void)state;
	assert_int_equal(vcipher_random(key, sizeof key), 0);
	memset(other, 7, sizeof other);
	memset(nonce, 1, sizeof nonce);
	assert_non_null(c = vcipher_new(key));
	assert_int_equal(vcipher_seal(c, nonce, "ad", 2, "secret", 6, sealed),
	    0);
	assert_int_equal(vcipher_open(c, nonce, "ad", 2, sealed, 22, open), 0);
	assert_memory_equal(open, "secret", 6);
	assert_int_equal(vcipher_open(c, nonce, "ax", 2, sealed, 22, open),
	    -1);
	sealed[3] ^= 1;
	assert_int_equal(vcipher_open(c, nonce, "ad", 2, sealed, 22, open),
	    -1);
	assert_int_equal(vcipher_open(c, nonce, "ad", 2, sealed, 15, open),
	    -1);
	assert_int_equal(vcipher_seal(c, nonce, "ad", 2, "", 0, sealed), 0);
	assert_int_equal(vcipher_open(c, nonce, "ad", 2, sealed, 16, open), 0);
	vcipher_free(c);

	assert_int_equal(vcipher_wrap(other, key, wrapped), 0);
	assert_int_equal(vcipher_unwrap(other, wrapped, back), 0);
	assert_memory_equal(back, key, sizeof key);
	assert_int_equal(vcipher_unwrap(key, wrapped, back), -1);
}

/* The same text under another purpose is another hash. */
static void
hashing(void **state)
{
	uint8_t key[32], a[VIEWS_HASH_LEN], b[VIEWS_HASH_LEN], want[32];
	struct vhash *h;
	unsigned n;

	(void)state;
	memset(key, 5, sizeof key);
	assert_non_null(h = vhash_new(key));
	assert_int_equal(vhash_make(h, 'a', "x", 1, a), 0);
	assert_non_null(HMAC(EVP_sha256(), key, sizeof key,
	    (const uint8_t *)"ax", 2, want, &n));
	assert_memory_equal(a, want, sizeof a);
	assert_int_equal(vhash_make(h, 'a', "x", 1, b), 0);
	assert_memory_equal(a, b, sizeof a);
	assert_int_equal(vhash_make(h, 'b', "x", 1, b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	vhash_free(h);
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
		cmocka_unit_test(rows_come_back),
		cmocka_unit_test(cut_rows_do_not_harm),
		cmocka_unit_test(lines_come_back),
		cmocka_unit_test(folds),
		cmocka_unit_test(times_sort),
		cmocka_unit_test(sealing),
		cmocka_unit_test(hashing),
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
