/* SPDX-License-Identifier: ISC */
/*
 * tiles: names, which files a growing tree has, hashes out of them, entries,
 * and the leaves and origins of our trees.
 */
#include "proto/out/tiles.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/when.h"
#include "proto/out/leaf.h"

static void
test_paths(void **state)
{
	static const struct {
		struct tile	 tile;
		const char	*path;
	} good[] = {
		{ { 0, 0, 256 }, "tile/0/000" },
		{ { 0, 0, 1 }, "tile/0/000.p/1" },
		{ { 1, 1234067, 256 }, "tile/1/x001/x234/067" },
		{ { 2, 1000, 255 }, "tile/2/x001/000.p/255" },
		{ { TILE_ENTRIES, 999, 17 }, "tile/entries/999.p/17" },
		{ { 7, 12345678901234567ULL, 256 },
		    "tile/7/x012/x345/x678/x901/x234/567" },
	};
	char path[TILE_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		tile_path(&good[i].tile, path);
		assert_string_equal(path, good[i].path);
	}
}

static void
assert_walk(uint64_t old, uint64_t size, const char *want)
{
	struct tile_walk w = { 0 };
	struct buf b = BUF_INIT;
	char path[TILE_PATH_MAX];
	struct tile t;

	while (tile_next(&w, old, size, &t)) {
		tile_path(&t, path);
		buf_adds(&b, path + 5);
		buf_addc(&b, ' ');
	}
	assert_int_equal(tile_next(&w, old, size, &t), 0);
	assert_string_equal(buf_str(&b), want);
	buf_release(&b);
}

static void
test_walk(void **state)
{
	(void)state;
	assert_walk(0, 0, "");
	assert_walk(5, 5, "");
	assert_walk(0, 1, "entries/000.p/1 0/000.p/1 ");
	assert_walk(5, 7, "entries/000.p/7 0/000.p/7 ");
	assert_walk(255, 256, "entries/000 0/000 1/000.p/1 ");
	assert_walk(256, 257, "entries/001.p/1 0/001.p/1 ");
	assert_walk(511, 513, "entries/001 entries/002.p/1 0/001 0/002.p/1 "
	    "1/000.p/2 ");
	assert_walk(65535, 65536, "entries/255 0/255 1/000 2/000.p/1 ");
}

#define MANY 70000

static uint8_t (*base[3])[MERKLE_HASH];	/* complete nodes of levels 0, 8, 16 */
static unsigned reads;

static int
keep(void *arg, unsigned level, uint64_t index,
    const uint8_t hash[MERKLE_HASH])
{
	(void)arg;
	if (level % 8 == 0)
		memcpy(base[level / 8][index], hash, MERKLE_HASH);
	return 0;
}

static int
read_tile(void *arg, const struct tile *t, struct buf *out)
{
	(void)arg;
	reads++;
	buf_add(out, base[t->level][t->index * TILE_WIDTH],
	    (size_t)t->width * MERKLE_HASH);
	return 0;
}

static void
test_nodes(void **state)
{
	struct merkle_tail t = { 0 };
	struct merkle_proof p;
	struct tiles files;
	uint8_t root[MERKLE_HASH], hash[MERKLE_HASH], leaf[MERKLE_HASH];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		base[i] = calloc(MANY >> 8 * i, MERKLE_HASH);
	for (uint32_t i = 0; i < MANY; i++) {
		merkle_leaf(&i, sizeof i, leaf);
		assert_int_equal(merkle_append(&t, leaf, keep, NULL), 0);
	}
	merkle_root(&t, root);
	tiles_init(&files, MANY, read_tile, NULL);
	struct merkle_nodes have = { tiles_get, &files };
	assert_int_equal(merkle_root_at(&have, MANY, hash), 0);
	assert_memory_equal(hash, root, MERKLE_HASH);
	for (uint32_t i = 0; i < MANY; i += 1777) {
		merkle_leaf(&i, sizeof i, leaf);
		assert_int_equal(merkle_inclusion(&have, MANY, i, &p), 0);
		assert_true(merkle_included(MANY, i, leaf, &p, root));
	}
	reads = 0;
	assert_int_equal(merkle_inclusion(&have, MANY, 5, &p), 0);
	assert_int_equal(merkle_inclusion(&have, MANY, 6, &p), 0);
	assert_in_range(reads, 0, 8);
	assert_int_equal(tiles_get(&files, 8, MANY >> 8, hash), -1);
	assert_int_equal(tiles_get(&files, 63, 0, hash), -1);
	tiles_release(&files);
	for (size_t i = 0; i < 3; i++)
		free(base[i]);
}

static void
test_entries(void **state)
{
	static const uint8_t zero[TILE_ENTRY_MAX + 1];
	struct buf b = BUF_INIT;
	const uint8_t *entry;
	size_t pos = 0, len;

	(void)state;
	assert_int_equal(tile_entry_add(&b, "abc", 3), 0);
	assert_int_equal(tile_entry_add(&b, "", 0), 0);
	assert_int_equal(tile_entry_add(&b, zero, TILE_ENTRY_MAX), 0);
	assert_int_equal(tile_entry_add(&b, zero, TILE_ENTRY_MAX + 1), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_memory_equal(b.data, "\0\3abc\0\0\xff\xff", 9);
	assert_int_equal(tile_entry_next(b.data, b.len, &pos, &entry, &len), 1);
	assert_int_equal(len, 3);
	assert_memory_equal(entry, "abc", 3);
	assert_int_equal(tile_entry_next(b.data, b.len, &pos, &entry, &len), 1);
	assert_int_equal(len, 0);
	size_t third = pos;
	assert_int_equal(tile_entry_next(b.data, b.len, &pos, &entry, &len), 1);
	assert_int_equal(tile_entry_next(b.data, b.len, &pos, &entry, &len), 0);
	assert_int_equal(tile_entry_next(b.data, b.len - 1, &third, &entry,
	    &len), -1);
	assert_int_equal(tile_entry_next(b.data, third + 1, &third, &entry,
	    &len), -1);
	buf_release(&b);
}

static void
test_leaf(void **state)
{
	struct leaf l = { 7, KIND_DOCUMENT_FILED, NULL, 0,
	    INT64_C(1772446500000000), { 0xab, 0xcd } }, back;
	static const char *const want[] = { "{\"commitment\":\"abcd000000000000"
	    "000000000000000000000000000000000000000000000000\",\"kind\":"
	    "\"document.filed\",\"recorded_at\":\"2026-03-02T10:15:00.000000Z\""
	    ",\"seq\":7,\"v\":1}",
	    "{\"case_seq\":7,\"commitment\":\"abcd000000000000"
	    "000000000000000000000000000000000000000000000000\",\"kind\":"
	    "\"document.filed\",\"recorded_at\":\"2026-03-02T10:15:00.000000Z\""
	    ",\"v\":1}" };
	enum leaf_tree tree;
	struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_clear(&b);
		leaf_encode(&b, i == 0 ? LEAF_JOURNAL : LEAF_CASE, &l);
		assert_string_equal(buf_str(&b), want[i]);
		assert_int_equal(leaf_parse(&back, &tree, buf_str(&b), b.len),
		    0);
		assert_int_equal(tree, i == 0 ? LEAF_JOURNAL : LEAF_CASE);
		assert_int_equal(back.seq, 7);
		assert_int_equal(back.at, l.at);
		assert_int_equal(back.kind, l.kind);
		assert_memory_equal(back.commitment, l.commitment, MERKLE_HASH);
	}
	/* Another kind is read; other spellings are not. */
	memcpy(strstr(buf_str(&b), "filed"), "flied", 5);
	assert_int_equal(leaf_parse(&back, &tree, buf_str(&b), b.len), 0);
	assert_int_equal(back.kind, KIND_COUNT);
	assert_memory_equal(back.kind_name, "document.flied", 14);
	static const char *const bad[][2] = {
	    { "ab", "AB" }, { ":15:", " 15 " },
	    { "\"v\":1", "\"v\":2" }, { "seq\":7", "seq\":0" },
	    { "case_seq", "case_sex" }, { "000Z\"", "00Z\" " } };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&b);
		buf_adds(&b, want[1]);
		memcpy(strstr(buf_str(&b), bad[i][0]), bad[i][1],
		    strlen(bad[i][1]));
		assert_int_equal(leaf_parse(&back, &tree, buf_str(&b), b.len),
		    -1);
	}
	buf_release(&b);
}

#define SID "0123456789abcdef0123456789abcdef"

static void
test_origin(void **state)
{
	static const char *const good[] = { "dossier/" SID "/journal",
	    "dossier/" SID "/master", "dossier/" SID ".2-00000000/master",
	    "dossier/" SID "/case/00112233aabbccdd",
	    "dossier/" SID ".4294967295-ffffffff/journal",
	    "dossier/" SID ".17-0badcafe/case/00112233aabbccdd" };
	static const char *const bad[] = { "dossier/" SID, "dossier/" SID "/",
	    "dossier/" SID ".1/master", "dossier/" SID ".17/master",
	    "dossier/" SID ".0-00000001/master",
	    "dossier/" SID ".02-00000000/master",
	    "dossier/" SID ".2-0000000/master",
	    "dossier/" SID ".2-000000000/master",
	    "dossier/" SID ".2-0000000A/master",
	    "dossier/" SID ".2-/master",
	    "dossier/" SID "./master", "dossier/" SID "/mister",
	    "dossier/" SID "/case/00112233aabbccdD", "dossier/" SID "/case/",
	    "dossier/" SID ".9999999999-00000000/master",
	    "dossier/" SID ".4294967296-00000000/journal",
	    "dossier/" SID ".00000000017-00000000/journal",
	    "Dossier/" SID "/master",
	    "dossier/" SID "/journal/" };
	static const uint8_t one[MERKLE_HASH] = { 9 };
	static const uint8_t other[MERKLE_HASH] = { 8 };
	char name[NOTE_NAME_MAX + 1];
	struct origin o;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(origin_parse(&o, good[i], strlen(good[i])), 0);
		origin_text(&o, name);
		assert_string_equal(name, good[i]);
	}
	assert_true(o.life == ((uint64_t)17 << 32 | 0x0badcafe));
	assert_int_equal(o.tree, LEAF_CASE);
	/* Two restores within one second are two lives. */
	assert_true(leaf_life(17 * WHEN_SECOND, one) !=
	    leaf_life(17 * WHEN_SECOND + 1, other));
	assert_true(leaf_life(17 * WHEN_SECOND, one) <
	    leaf_life(18 * WHEN_SECOND, other));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(origin_parse(&o, bad[i], strlen(bad[i])), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_leaf),
		cmocka_unit_test(test_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
