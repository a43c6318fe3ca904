/* SPDX-License-Identifier: ISC */
/* bagit: what may stand in a bag, and tag files both ways. */
#include "proto/out/bagit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/limits.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_paths(void **state)
{
	static const struct { const char *path; int ok; } cases[] = {
		{ "data/README.html", 1 }, { "bagit.txt", 1 },
		{ "data/a/b-c_d/E.9", 1 }, { "data/.hidden", 1 },
		{ "data/console", 1 }, { "data/com10", 1 }, { "data/nul-1", 1 },
		{ "", 0 }, { "/data/x", 0 }, { "data//x", 0 }, { "data/", 0 },
		{ ".", 0 }, { "..", 0 }, { "data/../x", 0 }, { "data/./x", 0 },
		{ "data/x.", 0 }, { "data/x /y", 0 }, { "data/a%41", 0 },
		{ "~/x", 0 }, { "data/\xc3\xa9", 0 }, { "data\\x", 0 },
		{ "data/a\nb", 0 }, { "data/a:b", 0 }, { "data/a*b", 0 },
		{ "data/CON", 0 }, { "data/con.txt", 0 }, { "data/Prn/x", 0 },
		{ "data/aux.", 0 }, { "data/nul.tar.gz", 0 },
		{ "data/COM1", 0 }, { "data/lpt9.txt", 0 }, { "data/com0", 0 },
	};
	char path[BAGIT_PATH_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (bagit_path_ok(cases[i].path, strlen(cases[i].path)) !=
		    cases[i].ok)
			fail_msg("%s", cases[i].path);
	memset(path, 'a', sizeof path);
	assert_true(bagit_path_ok(path, BAGIT_PATH_MAX));
	assert_false(bagit_path_ok(path, BAGIT_PATH_MAX + 1));
	assert_false(bagit_path_ok("data/a\0b", 8));
}

static void
test_twins(void **state)
{
	static const struct { const char *path[4]; int ok; } cases[] = {
		{ { "data/a", "data/b", "data/c/a", "data/c/b" }, 1 },
		{ { "data/x-1", "data/x/y", "data/x/z", "data/x0" }, 1 },
		{ { "data/a", "b", "data/a", "c" }, 0 },
		{ { "data/a", "b", "data/A", "c" }, 0 },
		{ { "data/Abc/x", "data/q", "data/aBc/y", "z" }, 0 },
		{ { "data/x", "data/x-1", "data/x/y", "z" }, 0 },
		{ { "data/X", "data/x-1", "data/x/y", "z" }, 0 },
		{ { "Data/x", "a", "b", "data/y" }, 0 },
		{ { "data/AB1", "data/aB2", "data/ab3", "c" }, 1 },
	};
	const char *bad[2];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (bagit_paths_ok(cases[i].path, 4, bad) != cases[i].ok)
			fail_msg("%s", cases[i].path[0]);
	assert_int_equal(bagit_paths_ok(cases[3].path, 4, bad), 0);
	assert_int_equal(strcasecmp(bad[0], "data/a"), 0);
	assert_int_equal(strcasecmp(bad[1], "data/a"), 0);
	assert_int_equal(bagit_paths_ok(NULL, 0, NULL), 1);
}

static void
test_declaration(void **state)
{
	struct buf b = BUF_INIT;
	static const char *const bad[] = {
		"", "BagIt-Version: 1.0\n",
		"\xef\xbb\xbf" "BagIt-Version: 1.0\n"
		    "Tag-File-Character-Encoding: UTF-8\n",
		"BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
		"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8",
		"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
		"BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n",
	};

	(void)state;
	bagit_declaration(&b);
	assert_true(bagit_declaration_ok(b.data, b.len));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(bagit_declaration_ok(bad[i], strlen(bad[i])));
	buf_release(&b);
}

static void
test_info(void **state)
{
	const struct bagit_info in = {
		.organization = "Feld & Partner", .contact_name = "A\nB",
		.contact_email = "", .description = "\xe6\xa1\x88",
		.date = "2026-03-02", .identifier = "B-0001",
		.octets = 123456789012, .files = 17, .volume = 2, .volumes = 3,
		.group = "K-2026-0001", .origin = "dossier/00/case/11",
		.tree_size = 0, .as_known_on = "2026-03-02T10:15:00Z",
	};
	struct buf b = BUF_INIT, memory = BUF_INIT;
	struct bagit_info out;
	enum bagit_fault fault;
	size_t line;

	(void)state;
	bagit_info(&b, &in);
	assert_string_equal(buf_str(&b),
	    "Source-Organization: Feld & Partner\nContact-Name: A B\n"
	    "External-Description: \xe6\xa1\x88\n"
	    "Bagging-Date: 2026-03-02\nExternal-Identifier: B-0001\n"
	    "Payload-Oxum: 123456789012.17\nBag-Count: 2 of 3\n"
	    "Bag-Group-Identifier: K-2026-0001\n"
	    "Log-Origin: dossier/00/case/11\nLog-Tree-Size: 0\n"
	    "As-Known-On: 2026-03-02T10:15:00Z\n");
	assert_int_equal(bagit_info_read(&out, &memory, (char *)b.data, b.len,
	    &fault, &line), 0);
	assert_string_equal(out.organization, "Feld & Partner");
	assert_string_equal(out.contact_name, "A B");
	assert_null(out.contact_email);
	assert_string_equal(out.identifier, "B-0001");
	assert_true(out.octets == 123456789012 && out.files == 17);
	assert_true(out.volume == 2 && out.volumes == 3);
	assert_string_equal(out.origin, "dossier/00/case/11");
	assert_string_equal(out.as_known_on, "2026-03-02T10:15:00Z");
	buf_release(&b);
	buf_release(&memory);
}

#define OXUM "Payload-Oxum: 1.1\n"

static void
test_info_bad(void **state)
{
	static const struct {
		const char *text; enum bagit_fault fault; size_t line;
	} cases[] = {
		{ OXUM "Other-Label: x\n", BAGIT_FINE, 0 },
		{ "", BAGIT_LINE, 1 }, { "Bagging-Date: x\n", BAGIT_OXUM, 1 },
		{ OXUM OXUM, BAGIT_TWICE, 2 },
		{ OXUM "A: 1\nB: 2\nA: 1\n", BAGIT_TWICE, 4 },
		{ "Payload-Oxum: 1\n", BAGIT_OXUM, 1 },
		{ "Payload-Oxum: 01.1\n", BAGIT_OXUM, 1 },
		{ "Payload-Oxum: 1.\n", BAGIT_OXUM, 1 },
		{ "Payload-Oxum: 1.1.1\n", BAGIT_OXUM, 1 },
		{ "Payload-Oxum: 9999999999999999999.1\n", BAGIT_OXUM, 1 },
		{ "Payload-Oxum : 1.1\n", BAGIT_LINE, 1 },
		{ "Payload-Oxum:  1.1\n", BAGIT_LINE, 1 },
		{ "Payload-Oxum:1.1\n", BAGIT_LINE, 1 },
		{ "Payload-Oxum: 1.1", BAGIT_LINE, 1 },
		{ "Payload-Oxum: 1.1\r\n", BAGIT_LINE, 1 },
		{ OXUM "x\n", BAGIT_LINE, 2 }, { OXUM "\n", BAGIT_LINE, 2 },
		{ OXUM " folded\n", BAGIT_LINE, 2 },
		{ OXUM "Bag-Count: 3 of 2\n", BAGIT_LINE, 2 },
		{ OXUM "Bag-Count: 0 of 2\n", BAGIT_LINE, 2 },
		{ OXUM "Log-Tree-Size: -1\n", BAGIT_LINE, 2 },
		{ OXUM "A: \xff\n", BAGIT_LINE, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf memory = BUF_INIT;
		struct bagit_info out;
		enum bagit_fault fault;
		size_t line;
		int rc = bagit_info_read(&out, &memory, cases[i].text,
		    strlen(cases[i].text), &fault, &line);

		if (fault != cases[i].fault || rc != (fault ? -1 : 0) ||
		    (rc == -1 && line != cases[i].line))
			fail_msg("%zu: %s: %d %zu", i, cases[i].text, fault,
			    line);
		buf_release(&memory);
	}
}

static void
test_info_labels(void **state)
{
	struct buf b = BUF_INIT, memory = BUF_INIT;
	struct bagit_info out;
	enum bagit_fault fault;
	size_t line;

	(void)state;
	buf_adds(&b, OXUM);
	for (unsigned i = 1; i < 64; i++) {
		buf_adds(&b, "L");
		buf_addu(&b, i);
		buf_adds(&b, ": x\n");
	}
	assert_int_equal(bagit_info_read(&out, &memory, (char *)b.data, b.len,
	    &fault, &line), 0);
	buf_adds(&b, "More: x\n");
	assert_int_equal(bagit_info_read(&out, &memory, (char *)b.data, b.len,
	    &fault, &line), -1);
	assert_true(fault == BAGIT_LONG && line == 65);
	buf_release(&b);
	buf_release(&memory);
}

#define H1 "0000000000000000000000000000000000000000000000000000000000000001"
#define HA "00000000000000000000000000000000000000000000000000000000000000ab"
#define HU "00000000000000000000000000000000000000000000000000000000000000AB"

static void
test_manifest(void **state)
{
	struct buf b = BUF_INIT;
	struct bagit_manifest m;
	enum bagit_fault fault;
	uint8_t hash[64] = { 0 };
	size_t line;

	(void)state;
	hash[31] = 1;
	bagit_line(&b, BAGIT_SHA256, hash, "data/a");
	hash[31] = 0xab;
	bagit_line(&b, BAGIT_SHA256, hash, "data/b/c");
	assert_string_equal(buf_str(&b), H1 "  data/a\n" HA "  data/b/c\n");
	assert_int_equal(bagit_manifest_read(&m, BAGIT_SHA256, 0,
	    (char *)b.data, b.len, &fault, &line), 0);
	assert_true(m.nfiles == 2);
	assert_non_null(bagit_find(&m, "data/a"));
	assert_memory_equal(bagit_find(&m, "data/b/c")->hash, hash, 32);
	assert_null(bagit_find(&m, "data/b"));
	bagit_manifest_release(&m);
	assert_null(bagit_find(&m, "data/a"));
	buf_clear(&b);
	bagit_line(&b, BAGIT_SHA512, hash, "proof/x");
	assert_int_equal(b.len, 128 + 2 + 8);
	assert_int_equal(bagit_manifest_read(&m, BAGIT_SHA512, 1,
	    (char *)b.data, b.len, &fault, &line), 0);
	bagit_manifest_release(&m);
	buf_release(&b);
}

static void
test_manifest_bad(void **state)
{
	static const struct {
		int tags; const char *text; enum bagit_fault fault; size_t line;
	} cases[] = {
		{ 0, "", BAGIT_FINE, 0 },
		{ 0, H1 "  data/a\n", BAGIT_FINE, 0 },
		{ 0, H1 "  data/a", BAGIT_LINE, 1 },
		{ 0, H1 "  data/a\n" H1 "\n", BAGIT_LINE, 2 },
		{ 0, H1 " data/a\n", BAGIT_LINE, 1 },
		{ 0, H1 " *data/a\n", BAGIT_LINE, 1 },
		{ 0, HU "  data/a\n", BAGIT_LINE, 1 },
		{ 0, "0" H1 "  data/a\n", BAGIT_LINE, 1 },
		{ 0, H1 "   data/a\n", BAGIT_PATH, 1 },
		{ 0, H1 "  ./data/a\n", BAGIT_PATH, 1 },
		{ 0, H1 "  /data/a\n", BAGIT_PATH, 1 },
		{ 0, H1 "  data/../a\n", BAGIT_PATH, 1 },
		{ 0, H1 "  ~/a\n", BAGIT_PATH, 1 },
		{ 0, H1 "  data/a\r\n", BAGIT_PATH, 1 },
		{ 0, H1 "  bagit.txt\n", BAGIT_PLACE, 1 },
		{ 1, H1 "  data/a\n", BAGIT_PLACE, 1 },
		{ 1, H1 "  seal/a\n", BAGIT_PLACE, 1 },
		{ 1, H1 "  tagmanifest-sha256.txt\n", BAGIT_PLACE, 1 },
		{ 1, H1 "  manifest-sha256.txt\n", BAGIT_FINE, 0 },
		{ 0, H1 "  data/a\n" H1 "  data/a\n", BAGIT_TWICE, 2 },
		{ 0, H1 "  data/b\n" H1 "  data/a\n", BAGIT_ORDER, 2 },
		{ 0, "\n", BAGIT_LINE, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bagit_manifest m;
		enum bagit_fault fault;
		size_t line;
		int rc = bagit_manifest_read(&m, BAGIT_SHA256, cases[i].tags,
		    cases[i].text, strlen(cases[i].text), &fault, &line);

		if (fault != cases[i].fault || rc != (fault ? -1 : 0) ||
		    (rc == -1 && line != cases[i].line))
			fail_msg("%zu: %d line %zu", i, fault, line);
		bagit_manifest_release(&m);
	}
}

/* At the limit its lines are looked at; one past it nothing is. */
static void
test_manifest_long(void **state)
{
	char *text = malloc(LIMIT_BAG_FILES + 1);
	struct bagit_manifest m;
	enum bagit_fault fault;
	size_t line;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', LIMIT_BAG_FILES + 1);
	assert_int_equal(bagit_manifest_read(&m, BAGIT_SHA256, 0, text,
	    LIMIT_BAG_FILES, &fault, &line), -1);
	assert_int_equal(fault, BAGIT_LINE);
	bagit_manifest_release(&m);
	assert_int_equal(bagit_manifest_read(&m, BAGIT_SHA256, 0, text,
	    LIMIT_BAG_FILES + 1, &fault, &line), -1);
	assert_int_equal(fault, BAGIT_LONG);
	bagit_manifest_release(&m);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_declaration),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_info_bad),
		cmocka_unit_test(test_info_labels),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_manifest_bad),
		cmocka_unit_test(test_manifest_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
