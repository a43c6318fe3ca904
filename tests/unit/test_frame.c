/* SPDX-License-Identifier: ISC */
/*
 * Layouts there and back, at their limits; sealing, and that nothing changed
 * opens.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "store/journal/seal.h"

static void
headers(void **state)
{
	const struct frame f = { .ordinal = 7, .length = 99,
	    .kind = FRAME_PIECE, .flags = FRAME_ZSTD | FRAME_LAST,
	    .piece = 12, .stream = UINT64_C(0x0102030405060708) };
	struct frame g;
	uint8_t bytes[FRAME_HEAD];

	(void)state;
	frame_encode(&f, bytes);
	assert_int_equal(frame_decode(bytes, &g), 0);
	assert_int_equal(g.ordinal, 7);
	assert_int_equal(g.length, 99);
	assert_int_equal(g.kind, FRAME_PIECE);
	assert_int_equal(g.flags, f.flags);
	assert_int_equal(g.piece, 12);
	assert_true(g.stream == f.stream);
	for (size_t i = 0; i < 8 * sizeof(bytes); i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(frame_decode(bytes, &g), -1);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void
length_limit(void **state)
{
	struct frame f = { .kind = FRAME_BLOB, .length = FRAME_MAX }, g;
	uint8_t bytes[FRAME_HEAD];

	(void)state;
	frame_encode(&f, bytes);
	assert_int_equal(frame_decode(bytes, &g), 0);
	f.length++;
	frame_encode(&f, bytes);
	assert_int_equal(frame_decode(bytes, &g), -1);
}

static void
segment_heads(void **state)
{
	struct segment_head h = { .version = 1, .series = LOG_BLOBS,
	    .number = 42, .made = 1234567 }, g;
	uint8_t bytes[SEGMENT_HEAD];

	(void)state;
	memset(h.store, 0xab, sizeof(h.store));
	segment_head_encode(&h, bytes);
	assert_int_equal(segment_head_decode(bytes, &g), 0);
	assert_int_equal(g.number, 42);
	assert_int_equal(g.series, LOG_BLOBS);
	assert_true(g.made == h.made);
	assert_memory_equal(g.store, h.store, sizeof(h.store));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_int_equal(segment_head_decode(bytes, &g), -1);
		bytes[i] ^= 1;
	}
}

static void
heads(void **state)
{
	struct first first = { .state = SEGMENT_CUT, .number = 3,
	    .ordinal = 9, .length = 1u << 20 }, first2;
	struct commit commit = { .group = 5, .frames = 11 }, commit2;
	uint8_t store[STORE_ID_LEN] = { 1, 2, 3 }, a[FIRST_LEN], b[COMMIT_LEN];

	(void)state;
	head_begin(&first.head, store);
	assert_true(first.head.next_seq == 1);
	assert_memory_equal(first.head.chain, store, STORE_ID_LEN);
	first.head.year = 2026;
	first.head.next_case = 31;
	first_encode(&first, a);
	assert_int_equal(first_decode(a, sizeof(a), &first2), 0);
	assert_int_equal(first2.head.next_case, 31);
	assert_int_equal(first2.head.year, 2026);
	assert_true(first2.length == first.length);
	assert_int_equal(first_decode(a, sizeof(a) - 1, &first2), -1);
	commit.head = first.head;
	commit_encode(&commit, b);
	assert_int_equal(commit_decode(b, sizeof(b), &commit2), 0);
	assert_true(commit2.group == 5);
	assert_int_equal(commit2.frames, 11);
}

static void
lasting_parts(void **state)
{
	static struct log_claim claims[ENTRY_CLAIMS_MAX];
	struct log_claim c[2] = { { "0123456789abcde", 7 }, { "x", 0 } };
	struct lasting l = { .seq = 9, .at = -5, .kind = "client.added",
	    .tree = { .kind = ID_CLIENT, .number = 4 }, .claim = c,
	    .nclaims = 2 }, m;
	struct buf b = BUF_INIT;

	(void)state;
	lasting_encode(&l, &b);
	buf_add(&b, l.chain, LOG_HASH_LEN);
	assert_int_equal(lasting_decode(b.data, b.len, &m, claims), 0);
	assert_true(m.seq == 9 && m.at == -5);
	assert_string_equal(m.kind, "client.added");
	assert_int_equal(m.tree.number, 4);
	assert_int_equal(m.nclaims, 2);
	assert_true(claims[0].value == 7);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(lasting_decode(b.data, n, &m, claims), -1);
	buf_release(&b);
}

static void
maps(void **state)
{
	struct map m = { .series = LOG_BLOBS, .size = 70000, .pieces = 2,
	    .from = 0, .n = 2 }, r;
	struct loc at = { LOG_BLOBS, 3, 64, 1 }, got;
	struct buf b = BUF_INIT;

	(void)state;
	map_encode(&m, &b);
	place_encode(&at, &b);
	assert_int_equal(map_decode(b.data, b.len, &r), -1);
	place_encode(&at, &b);
	assert_int_equal(map_decode(b.data, b.len, &r), 0);
	assert_true(r.size == 70000);
	place_decode(b.data + MAP_HEAD, r.series, &got);
	assert_int_equal(got.segment, 3);
	assert_int_equal(got.ordinal, 1);
	buf_release(&b);
}

static void
sealing(void **state)
{
	uint8_t store[STORE_ID_LEN] = { 9 }, text[1000];
	struct seat seat = { .store = store, .series = LOG_JOURNAL,
	    .segment = 2, .secret = { 1, 2, 3 } };
	struct seal *s = seal_new();
	struct buf frame = BUF_INIT, plain = BUF_INIT;
	struct frame f, g;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (int level = 0; level < 4; level += 3) {
		f = (struct frame){ .kind = FRAME_BLOB, .ordinal = 5 };
		buf_clear(&frame);
		assert_int_equal(seal_put(s, &seat, &f, level,
		    &(struct part){ text, sizeof(text) }, 1, &frame), 0);
		assert_int_equal((f.flags & FRAME_ZSTD) != 0, level > 0);
		assert_int_equal(frame_decode(frame.data, &g), 0);
		assert_int_equal(seal_get(s, &seat, &g, frame.data, &plain),
		    0);
		assert_int_equal(plain.len, sizeof(text));
		assert_memory_equal(plain.data, text, sizeof(text));
		for (size_t i = FRAME_HEAD; i < frame.len; i++) {
			frame.data[i] ^= 0x40;
			assert_int_equal(seal_get(s, &seat, &g, frame.data,
			    &plain), -1);
			frame.data[i] ^= 0x40;
		}
		seat.segment++;
		assert_int_equal(seal_get(s, &seat, &g, frame.data, &plain),
		    -1);
		seat.segment--;
	}
	buf_release(&frame);
	buf_release(&plain);
	seal_free(s);
}

/* One block of HKDF-Expand is an HMAC (RFC 5869, section 2.3). */
static void
deriving(void **state)
{
	uint8_t key[SECRET_LEN] = { 0 }, a[SECRET_LEN], b[LOG_HASH_LEN];
	struct seal *s = seal_new();

	(void)state;
	assert_int_equal(seal_derive(s, key, "x", a), 0);
	assert_int_equal(seal_hmac(s, key, &(struct part){ "x\1", 2 }, 1, b),
	    0);
	assert_memory_equal(a, b, sizeof(a));
	key[0] = 1;
	assert_int_equal(seal_derive(s, key, "x", a), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	seal_free(s);
}

static void
wrapping(void **state)
{
	/* RFC 3394, 4.6: 256 bits of key data with a 256-bit key. */
	static const uint8_t want[WRAPPED_LEN] = {
		0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4, 0xCB, 0xCC,
		0xB3, 0x5C, 0xFB, 0x87, 0xF8, 0x26, 0x3F, 0x57, 0x86, 0xE2,
		0xD8, 0x0E, 0xD3, 0x26, 0xCB, 0xC7, 0xF0, 0xE7, 0x1A, 0x99,
		0xF4, 0x3B, 0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21
	};
	uint8_t key[SECRET_LEN], data[SECRET_LEN], out[WRAPPED_LEN];
	uint8_t back[SECRET_LEN];

	(void)state;
	for (uint8_t i = 0; i < 32; i++) {
		key[i] = i;
		data[i] = (uint8_t)(i < 16 ? i * 0x11 : i - 16);
	}
	assert_int_equal(seal_wrap(key, data, out), 0);
	assert_memory_equal(out, want, sizeof(out));
	assert_int_equal(seal_unwrap(key, out, back), 0);
	assert_memory_equal(back, data, sizeof(back));
	out[3] ^= 1;
	assert_int_equal(seal_unwrap(key, out, back), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(length_limit),
		cmocka_unit_test(segment_heads),
		cmocka_unit_test(heads),
		cmocka_unit_test(lasting_parts),
		cmocka_unit_test(maps),
		cmocka_unit_test(sealing),
		cmocka_unit_test(deriving),
		cmocka_unit_test(wrapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
