/* SPDX-License-Identifier: ISC */
/*
 * What authorities and witnesses may answer, good and bad.  Real authorities
 * and witnesses are asked in tests/e2e/test_log.py.
 */
#include "daemon/trees/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/trees/witness.h"

static const uint8_t seed[32] = "0123456789abcdef0123456789abcde";
static struct note_vkey key;
static struct buf checkpoint, good;

static int
make(void **state)
{
	struct checkpoint c = { "dossier/x/master", 7, { 1 } };
	struct note n;
	uint8_t raw[32];

	(void)state;
	if (ed25519_public(seed, raw) == -1 ||
	    note_vkey_make(&key, "w.example", NOTE_COSIGNATURE, raw) == -1 ||
	    checkpoint_sign(&checkpoint, &c, seed) == -1 ||
	    note_parse(&n, (char *)checkpoint.data, checkpoint.len) == -1)
		return -1;
	return note_sign(&good, &key, seed, 1700000000, n.text, n.text_len);
}

static int
drop(void **state)
{
	(void)state;
	buf_release(&checkpoint);
	buf_release(&good);
	return 0;
}

static enum witness_says
says(int status, const char *text, size_t len, struct buf *line,
    uint64_t *time, uint64_t *seen)
{
	struct buf answer = BUF_INIT;
	enum witness_says got;
	char why[256] = "";

	buf_add(&answer, text, len);
	got = witness_answer(&key, status, &answer, &checkpoint, line, time,
	    seen, why);
	assert_int_equal(got == WITNESS_BAD, *why != '\0');
	buf_release(&answer);
	return got;
}

static void
test_witness(void **state)
{
	static const struct { int status; const char *text; } bad[] = {
		{ 200, "" }, { 200, "7\n" }, { 404, "" }, { 403, "7\n" },
		{ 500, "" }, { 409, "" }, { 409, "7" }, { 409, "07\n" },
		{ 409, "7\n\n" }, { 409, "-7\n" }, { 409, " 7\n" },
		{ 409, "99999999999999999999999\n" }, { 409, "\n" },
		{ 200, "\xe2\x80\x94 w.example AAAAAAAA\n" },
	};
	struct buf line = BUF_INIT, body = BUF_INIT;
	struct merkle_proof proof = { .n = 1 };
	uint64_t time = 0, seen = 1;

	(void)state;
	assert_int_equal(says(200, (char *)good.data, good.len, &line, &time,
	    &seen), WITNESS_SIGNED);
	assert_int_equal(time, 1700000000);
	assert_int_equal(line.len, good.len);
	assert_memory_equal(line.data, good.data, good.len);
	assert_int_equal(says(409, "0\n", 2, &line, &time, &seen),
	    WITNESS_SEEN);
	assert_int_equal(seen, 0);
	assert_int_equal(says(409, "20852014\n", 9, &line, &time, &seen),
	    WITNESS_SEEN);
	assert_int_equal(seen, 20852014);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(says(bad[i].status, bad[i].text,
		    strlen(bad[i].text), &line, &time, &seen), WITNESS_BAD);
	good.data[good.len - 8] ^= 1;
	assert_int_equal(says(200, (char *)good.data, good.len, &line, &time,
	    &seen), WITNESS_BAD);
	buf_release(&line);
	witness_body(&body, 5, &proof, &checkpoint);
	assert_memory_equal(body.data, "old 5\nAAAAAAAA", 14);
	assert_memory_equal(body.data + 6 + 44, "\n\ndossier/x/master\n7\n",
	    20);
	buf_release(&body);
}

static void
test_stamp(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct stamp *s = stamp_ask("body", 4, &a), *t = stamp_ask("body", 4,
	    &b);
	uint8_t sum[64];
	char why[256];
	int64_t at;

	(void)state;
	assert_non_null(s);
	assert_non_null(t);
	/* Each request has a nonce of its own, all are as long. */
	assert_int_equal(a.len, b.len);
	assert_memory_not_equal(a.data, b.data, a.len);
	assert_int_equal(stamp_check(s, "", 0, &at, why), -1);
	assert_int_equal(stamp_check(s, a.data, a.len, &at, why), -1);
	/* "rejection", as RFC 3161, 2.4.2, writes it. */
	assert_int_equal(stamp_check(s, "\x30\x05\x30\x03\x02\x01\x02", 7, &at,
	    why), -1);
	assert_non_null(strstr(why, "asked"));
	for (size_t n = 0; n < 7; n++)
		assert_int_equal(stamp_check(s,
		    "\x30\x05\x30\x03\x02\x01\x02", n, &at, why), -1);
	stamp_free(s);
	stamp_free(t);
	/* The sum that is there already stands in the request as it is. */
	buf_clear(&a);
	for (int i = 0; i < 64; i++)
		sum[i] = (uint8_t)(i + 1);
	assert_non_null(s = stamp_ask_sum(sum, &a));
	assert_non_null(memmem(a.data, a.len, sum, sizeof sum));
	assert_int_equal(stamp_check(s, a.data, a.len, &at, why), -1);
	stamp_free(s);
	buf_release(&a);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_witness),
		cmocka_unit_test(test_stamp),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
