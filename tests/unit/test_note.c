/* SPDX-License-Identifier: ISC */
/*
 * note: keys, notes, checkpoints, cosignatures and offline proofs, with the
 * vectors of RFC 8032 and of golang.org/x/mod/sumdb/note.  That other
 * people's code takes what we write is shown in tests/evidence.
 */
#include "proto/out/note.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/text.h"
#include "proto/out/checkpoint.h"
#include "proto/out/tlogproof.h"

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PETER_LINE "\xe2\x80\x94 PeterNeumann " \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFup" \
	"LLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define OTHER_LINE "\xe2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdes" \
	"X3fNdxP5jgC+ysGfW+pENuGMi63PqQs8qIvvFo6+nKFJY=\n"

static void
unhex(const char *hex, uint8_t *out)
{
	assert_int_equal(text_unhex(hex, strlen(hex), out), 0);
}

/* RFC 8032, 7.1, test 2. */
static void
test_ed25519(void **state)
{
	uint8_t seed[32], key[32], made[32], sig[64], want[64];
	struct buf b = BUF_INIT;

	(void)state;
	unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    seed);
	unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    key);
	unhex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
	    want);
	assert_int_equal(ed25519_public(seed, made), 0);
	assert_memory_equal(made, key, 32);
	assert_int_equal(ed25519_sign(seed, "\x72", 1, sig), 0);
	assert_memory_equal(sig, want, 64);
	assert_true(ed25519_verify(key, "\x72", 1, sig));
	assert_false(ed25519_verify(key, "\x73", 1, sig));
	sig[63] ^= 1;
	assert_false(ed25519_verify(key, "\x72", 1, sig));
	ed25519_public_pem(&b, key);
	assert_string_equal(buf_str(&b), "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
	    "-----END PUBLIC KEY-----\n");
	assert_int_equal(ed25519_secret_of_pem(buf_str(&b), b.len, made), -1);
	buf_clear(&b);
	ed25519_secret_pem(&b, seed);
	assert_int_equal(ed25519_secret_of_pem(buf_str(&b), b.len, made), 0);
	assert_memory_equal(made, seed, 32);
	assert_int_equal(ed25519_secret_of_pem(buf_str(&b), b.len - 1, made),
	    -1);
	buf_addc(&b, '\n');
	assert_int_equal(ed25519_secret_of_pem(buf_str(&b), b.len, made), -1);
	buf_release(&b);
}

static void
test_vkey(void **state)
{
	static const char *const bad[] = { "", "PeterNeumann", "+c74f20a3+ARpc",
	    "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a2+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
	    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
	    "PeterNeumann+C74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	    PETER "\n" };
	struct note_vkey k, made;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(note_vkey_parse(&k, PETER, strlen(PETER)), 0);
	assert_string_equal(k.name, "PeterNeumann");
	note_vkey_text(&b, &k);
	assert_string_equal(buf_str(&b), PETER);
	assert_int_equal(note_vkey_make(&made, "PeterNeumann", NOTE_ED25519,
	    k.key), 0);
	assert_memory_equal(&made, &k, sizeof k);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(note_vkey_parse(&k, bad[i], strlen(bad[i])),
		    -1);
	buf_release(&b);
	assert_true(note_name_ok("example.org/\xe6\xa1\x88", 15));
	assert_false(note_name_ok("a\xc2\xa0" "b", 4));
	assert_false(note_name_ok("a\xe3\x80\x80", 4));
	assert_false(note_name_ok("a\xe2\x80\x8a", 4));
	assert_true(note_name_ok("a\xe2\x80\x8b", 4));
	assert_false(note_name_ok("a+b", 3));
	assert_false(note_name_ok("a\xff", 2));
}

static void
test_note(void **state)
{
	static const char *const bad[] = { "", "\n", "\n\n", "a\n", "a\n\n",
	    "a\n\nb\n", PETER_TEXT "\n", PETER_TEXT PETER_LINE,
	    PETER_TEXT "\n" PETER_LINE "\n", PETER_TEXT "\n" PETER_LINE "x",
	    PETER_TEXT "\t\n\n" PETER_LINE, "\xff\n\n" PETER_LINE,
	    PETER_TEXT "\n\xe2\x80\x94 Peter\n",
	    PETER_TEXT "\n\xe2\x80\x94 Peter AAAA\n",
	    PETER_TEXT "\n\xe2\x80\x94 Pe+ter AAAAAAAA\n",
	    PETER_TEXT "\n\xe2\x80\x94  AAAAAAAA\n",
	    PETER_TEXT "\n- Peter AAAAAAAA\n" };
	const char *good = PETER_TEXT "\n" OTHER_LINE PETER_LINE;
	struct note_vkey k;
	struct note n;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(note_vkey_parse(&k, PETER, strlen(PETER)), 0);
	assert_int_equal(note_parse(&n, good, strlen(good)), 0);
	assert_int_equal(n.nlines, 2);
	assert_int_equal(n.text_len, strlen(PETER_TEXT));
	assert_int_equal(note_verify(&n, &k, NULL), 1);
	note_line_copy(&b, note_line_of(&n, &k));
	assert_string_equal(buf_str(&b), PETER_LINE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(note_parse(&n, bad[i], strlen(bad[i])), -1);
	/* The text ends at the last empty line. */
	assert_int_equal(note_parse(&n, "a\n\nb\n\n" PETER_LINE,
	    6 + strlen(PETER_LINE)), 0);
	assert_int_equal(n.text_len, 5);
	assert_int_equal(note_verify(&n, &k, NULL), -1);
	assert_int_equal(note_parse(&n, PETER_TEXT "\n" OTHER_LINE,
	    strlen(PETER_TEXT "\n" OTHER_LINE)), 0);
	assert_int_equal(note_verify(&n, &k, NULL), 0);
	/* A bad line of a known key spoils good ones. */
	buf_clear(&b);
	buf_adds(&b, PETER_TEXT "\n" PETER_LINE PETER_LINE);
	b.data[b.len - 10] ^= 1;
	assert_int_equal(note_parse(&n, buf_str(&b), b.len), 0);
	assert_int_equal(note_verify(&n, &k, NULL), -1);
	buf_release(&b);
}

static void
test_limits(void **state)
{
	struct buf b = BUF_INIT;
	struct note n;

	(void)state;
	buf_adds(&b, PETER_TEXT "\n");
	for (int i = 0; i < NOTE_LINES_MAX; i++)
		buf_adds(&b, PETER_LINE);
	assert_int_equal(note_parse(&n, buf_str(&b), b.len), 0);
	buf_adds(&b, PETER_LINE);
	assert_int_equal(note_parse(&n, buf_str(&b), b.len), -1);
	for (size_t size = NOTE_MAX; size <= NOTE_MAX + 1; size++) {
		buf_clear(&b);
		while (b.len < size - strlen("\n\n" PETER_LINE))
			buf_addc(&b, 'x');
		buf_adds(&b, "\n\n" PETER_LINE);
		assert_int_equal(b.len, size);
		assert_int_equal(note_parse(&n, buf_str(&b), b.len),
		    size == NOTE_MAX ? 0 : -1);
	}
	buf_release(&b);
}

static const uint8_t seed[32] = "0123456789abcdef0123456789abcde";

static void
test_checkpoint(void **state)
{
	struct checkpoint c = { "example.com/log42", 20852163, { 1, 2 } }, back;
	static const char *const bad[] = { "a\n1\n", "a\n01\n", "\n1\n",
	    "a b\n1\n", "a\n-1\n", "a\n4611686018427387905\n", "a\n\n" };
	uint8_t key[32];
	struct note_vkey k;
	struct note n;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(ed25519_public(seed, key), 0);
	assert_int_equal(note_vkey_make(&k, c.origin, NOTE_ED25519, key), 0);
	assert_int_equal(checkpoint_sign(&b, &c, seed), 0);
	assert_int_equal(checkpoint_open(&back, &n, buf_str(&b), b.len, &k), 0);
	assert_string_equal(back.origin, c.origin);
	assert_int_equal(back.size, c.size);
	assert_memory_equal(back.root, c.root, 32);
	b.data[20] ^= 1;
	assert_int_equal(checkpoint_open(&back, &n, buf_str(&b), b.len, &k),
	    -1);
	assert_int_equal(errno, EBADMSG);
	b.data[20] ^= 1;
	k.name[0] = 'f';
	assert_int_equal(checkpoint_open(&back, &n, buf_str(&b), b.len, &k),
	    -1);
	assert_int_equal(errno, ENOKEY);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&b);
		buf_adds(&b, bad[i]);
		if (i > 0)
			buf_adds(&b, "AQIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			    "AAA=\n");
		assert_int_equal(checkpoint_parse(&back, buf_str(&b), b.len),
		    -1);
	}
	buf_clear(&b);
	checkpoint_body(&b, &c);
	assert_int_equal(checkpoint_parse(&back, buf_str(&b), b.len), 0);
	buf_adds(&b, "extension\n");
	assert_int_equal(checkpoint_parse(&back, buf_str(&b), b.len), -1);
	buf_release(&b);
}

static void
test_cosignature(void **state)
{
	struct checkpoint c = { "example.com/log42", 7, { 3 } };
	uint8_t key[32];
	struct note_vkey log, witness;
	struct note n;
	struct buf body = BUF_INIT, all = BUF_INIT, line = BUF_INIT;
	uint64_t when = 0;

	(void)state;
	assert_int_equal(ed25519_public(seed, key), 0);
	assert_int_equal(note_vkey_make(&log, c.origin, NOTE_ED25519, key), 0);
	assert_int_equal(note_vkey_make(&witness, "w.example/1",
	    NOTE_COSIGNATURE, key), 0);
	checkpoint_body(&body, &c);
	assert_int_equal(note_sign(&line, &witness, seed, 1679315147,
	    buf_str(&body), body.len), 0);
	assert_int_equal(checkpoint_sign(&all, &c, seed), 0);
	buf_add(&all, line.data, line.len);
	assert_int_equal(note_parse(&n, buf_str(&all), all.len), 0);
	assert_int_equal(note_verify(&n, &log, NULL), 1);
	assert_int_equal(note_verify(&n, &witness, &when), 1);
	assert_int_equal(when, 1679315147);
	/* As a witness answers: lines alone, beside our own text. */
	assert_int_equal(note_parse_lines(&n, buf_str(&line), line.len), 0);
	assert_int_equal(note_verify(&n, &witness, &when), 1);
	assert_int_equal(note_verify(&n, &log, NULL), 0);
	n.text_len--;
	assert_int_equal(note_verify(&n, &witness, &when), -1);
	buf_release(&body);
	buf_release(&all);
	buf_release(&line);
}

static int
no_node(void *arg, unsigned level, uint64_t index, uint8_t hash_r[32])
{
	const char *const *leaf = arg;

	assert_int_equal(level, 0);
	merkle_leaf(leaf[index], strlen(leaf[index]), hash_r);
	return 0;
}

static void
test_tlogproof(void **state)
{
	static const char *leaf[] = { "zero", "one" };
	struct merkle_nodes have = { no_node, leaf };
	struct checkpoint c = { "example.com/log42", 2, { 0 } }, back;
	struct tlogproof p, q;
	uint8_t key[32], a[32], z[32];
	struct note_vkey k;
	struct buf cp = BUF_INIT, b = BUF_INIT;

	(void)state;
	tlogproof_init(&p);
	tlogproof_init(&q);
	merkle_leaf("zero", 4, z);
	merkle_leaf("one", 3, a);
	merkle_node(z, a, c.root);
	assert_int_equal(ed25519_public(seed, key), 0);
	assert_int_equal(note_vkey_make(&k, c.origin, NOTE_ED25519, key), 0);
	assert_int_equal(checkpoint_sign(&cp, &c, seed), 0);
	p.index = 1;
	p.checkpoint = buf_str(&cp);
	p.checkpoint_len = cp.len;
	assert_int_equal(merkle_inclusion(&have, 2, 1, &p.proof), 0);
	for (int extra = 0; extra < 2; extra++) {
		if (extra)
			buf_adds(&p.extra, "more");
		buf_clear(&b);
		tlogproof_encode(&b, &p);
		assert_int_equal(tlogproof_parse(&q, buf_str(&b), b.len), 0);
		assert_int_equal(q.extra.len, p.extra.len);
		assert_int_equal(tlogproof_check(&q, "one", 3, &k, &back), 0);
		assert_int_equal(back.size, 2);
		assert_int_equal(tlogproof_check(&q, "onf", 3, &k, &back), -1);
		assert_int_equal(errno, ENOENT);
		q.index = 0;
		assert_int_equal(tlogproof_check(&q, "one", 3, &k, &back), -1);
	}
	/* Cut anywhere, it is none. */
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(tlogproof_parse(&q, buf_str(&b), n), -1);
	static const char *const bad[][2] = { { "v1\n", "v2\n" },
	    { "extra ", "extro " }, { "index 1", "index x" },
	    { "index 1", "index  " }, { "bW9yZQ", "bW9yZR" } };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&b);
		tlogproof_encode(&b, &p);
		memcpy(strstr(buf_str(&b), bad[i][0]), bad[i][1],
		    strlen(bad[i][1]));
		if (i == 4)
			memcpy(strchr(buf_str(&b), '\n') + 7, "bW9yZR==", 8);
		assert_int_equal(tlogproof_parse(&q, buf_str(&b), b.len), -1);
	}
	tlogproof_release(&p);
	tlogproof_release(&q);
	buf_release(&cp);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ed25519),
		cmocka_unit_test(test_vkey),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_checkpoint),
		cmocka_unit_test(test_cosignature),
		cmocka_unit_test(test_tlogproof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
