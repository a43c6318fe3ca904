/* SPDX-License-Identifier: ISC */
/*
 * test_row: packing of rows, folding, order of keys, sealing, hashing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "store/views/cipher.h"
#include "store/views/row.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
