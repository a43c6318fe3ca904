/* SPDX-License-Identifier: ISC */
/* A bag as a zip: names, sums, manifests, and what is refused. */
#include "daemon/export/bag.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/unzipped.h"

static char path[256];
static struct buf zip;

static int
fresh(void **state)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/bagXXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	fd = mkstemp(path);
	return fd == -1 || close(fd) == -1 ? -1 : unlink(path);
}

static int
gone(void **state)
{
	(void)state;
	buf_release(&zip);
	return bag_remove(path, NULL);
}

/* Of a bag that has ended. */
static void
slurp(const char *name, struct buf *out)
{
	char whole[300];

	buf_clear(&zip);
	unzipped_slurp(path, &zip);
	(void)snprintf(whole, sizeof whole, "top/%s", name);
	unzipped(&zip, whole, out);
}

static int
has_line(const char *name, const char *line)
{
	struct buf text = BUF_INIT;
	int found;

	slurp(name, &text);
	found = strstr(buf_str(&text), line) != NULL;
	buf_release(&text);
	return found;
}

#define ABC256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
manifests_list_what_was_written(void **state)
{
	struct bagit_info info = { .organization = "Office",
	    .date = "2026-03-02", .identifier = "B-0001" };
	struct bag *bag = bag_new(path, "top", NULL);
	struct buf text = BUF_INIT, again = BUF_INIT;
	uint8_t hash[64], want[64];

	(void)state;
	assert_non_null(bag);
	assert_int_equal(bag_put(bag, "data/b/abc.txt", "abc", 3, NULL), 0);
	assert_int_equal(bag_put(bag, "data/a.txt", "", 0, NULL), 0);
	assert_int_equal(bag_put(bag, "proof/case/checkpoint", "abc", 3,
	    NULL), 0);
	assert_int_equal(bag_octets(bag), 3);
	assert_int_equal(bag_files(bag), 2);
	assert_int_equal(bag_manifests(bag, &info, hash, &text, NULL), 0);
	/* Only the seal takes files from here on. */
	assert_int_equal(bag_put(bag, "data/late.txt", "x", 1, NULL), -1);
	assert_int_equal(bag_put(bag, "seal/late.txt", "x", 1, NULL), 0);
	assert_int_equal(bag_end(bag, NULL), 0);
	assert_true(has_line("manifest-sha256.txt", ABC256
	    "  data/b/abc.txt\n"));
	assert_false(has_line("manifest-sha256.txt", "proof"));
	assert_true(has_line("tagmanifest-sha256.txt", ABC256
	    "  proof/case/checkpoint\n"));
	assert_true(has_line("tagmanifest-sha256.txt", "  bagit.txt\n"));
	assert_true(has_line("tagmanifest-sha256.txt",
	    "  manifest-sha512.txt\n"));
	assert_false(has_line("tagmanifest-sha256.txt", "tagmanifest"));
	assert_false(has_line("tagmanifest-sha512.txt", "tagmanifest"));
	assert_false(has_line("tagmanifest-sha512.txt", "data/"));
	assert_true(has_line("bag-info.txt", "Payload-Oxum: 3.2\n"));
	slurp("tagmanifest-sha512.txt", &again);
	assert_int_equal(text.len, again.len);
	assert_memory_equal(text.data, again.data, text.len);
	assert_int_equal(EVP_Digest(again.data, again.len, want, NULL,
	    EVP_sha512(), NULL), 1);
	assert_memory_equal(hash, want, 64);
	buf_release(&text);
	buf_release(&again);
	bag_free(bag);
}

static void
bad_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"../x", "data/../x", "/x", "data//x", "data/a b", "data/nul",
		"data/x.", "data/\xc3\xa9", ""
	};
	struct bag *bag = bag_new(path, "top", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(bag_put(bag, bad[i], "x", 1, NULL), -1);
	assert_int_equal(bag_files(bag), 0);
	bag_free(bag);
	assert_null(bag_new(path, "top", NULL));
}

static void
names_that_are_one_on_some_systems_are_refused(void **state)
{
	struct bagit_info info = { .date = "2026-03-02" };
	struct bag *bag = bag_new(path, "top", NULL);
	struct buf text = BUF_INIT;
	uint8_t hash[64];

	(void)state;
	assert_int_equal(bag_put(bag, "data/Abc", "x", 1, NULL), 0);
	assert_int_equal(bag_put(bag, "data/aBC", "x", 1, NULL), 0);
	assert_int_equal(bag_manifests(bag, &info, hash, &text, NULL), -1);
	buf_release(&text);
	bag_free(bag);
}

static void
a_copy_is_hashed_four_ways(void **state)
{
	struct bag *bag = bag_new(path, "top", NULL);
	struct bag_sums sums;
	struct buf hex = BUF_INIT;
	int fd = memfd_create("abc", MFD_CLOEXEC);

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(write(fd, "abcdef", 6), 6);
	assert_int_equal(bag_sum(bag, fd, 3, BAG_OLD, &sums, NULL), 0);
	assert_int_equal(bag_copy(bag, "data/copy", fd, &sums, NULL), 0);
	buf_addhex(&hex, sums.md5, 16);
	buf_addhex(&hex, sums.sha1, 20);
	buf_addhex(&hex, sums.sha256, 32);
	assert_string_equal(buf_str(&hex), "900150983cd24fb0d6963f7d28e17f72"
	    "a9993e364706816aba3e25717850c26c9cd0d89d" ABC256);
	assert_int_equal(sums.size, 3);
	/* Fewer bytes than it was said to have. */
	assert_int_equal(bag_sum(bag, fd, 7, 0, &sums, NULL), -1);
	sums.size = 7;
	assert_int_equal(bag_copy(bag, "data/short", fd, &sums, NULL), -1);
	(void)close(fd);
	buf_release(&hex);
	bag_free(bag);
}

/* One that waits in several pieces among others, one that is small. */
static void
make(struct bag *bag, int turned, int fd)
{
	struct bagit_info info = { .date = "2026-03-02" };
	const char *const name[2] = { "data/a", "data/b" };
	struct bag_file *f[2];
	struct bag_sums sums;
	struct buf text = BUF_INIT;
	uint8_t hash[64];

	for (int i = 0; i < 2; i++)
		assert_non_null(f[i] = bag_open(bag, name[turned ^ i], 0,
		    NULL));
	assert_int_equal(bag_sum(bag, fd, 300000, 0, &sums, NULL), 0);
	assert_int_equal(bag_copy(bag, "data/z", fd, &sums, NULL), 0);
	for (int i = 0; i < 100000; i++)
		for (int k = 0; k < 2; k++) {
			buf_addu(bag_out(f[k]), (uint64_t)i);
			buf_addc(bag_out(f[k]), turned ^ k);
			assert_int_equal(bag_flush(f[k], NULL), 0);
		}
	for (int i = 0; i < 2; i++)
		assert_int_equal(bag_close(f[i], NULL, NULL), 0);
	assert_int_equal(bag_manifests(bag, &info, hash, &text, NULL), 0);
	assert_int_equal(bag_end(bag, NULL), 0);
	buf_release(&text);
	bag_free(bag);
}

static void
who_was_first_makes_no_difference(void **state)
{
	struct buf one = BUF_INIT, text = BUF_INIT;
	int fd = memfd_create("z", MFD_CLOEXEC);

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(ftruncate(fd, 300000), 0);
	make(bag_new(path, "top", NULL), 0, fd);
	slurp("data/a", &text);
	assert_memory_equal(text.data, "0\0001\0002\000", 6);
	assert_int_equal(text.len, 588890);
	assert_memory_equal(text.data + text.len - 6, "99999\0", 6);
	buf_clear(&text);
	slurp("data/z", &text);
	assert_int_equal(text.len, 300000);
	unzipped_slurp(path, &one);
	assert_int_equal(bag_remove(path, NULL), 0);
	make(bag_new(path, "top", NULL), 1, fd);
	buf_clear(&zip);
	unzipped_slurp(path, &zip);
	assert_int_equal(one.len, zip.len);
	assert_memory_equal(one.data, zip.data, zip.len);
	(void)close(fd);
	buf_release(&one);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    manifests_list_what_was_written, fresh, gone),
		cmocka_unit_test_setup_teardown(bad_names_are_refused, fresh,
		    gone),
		cmocka_unit_test_setup_teardown(
		    names_that_are_one_on_some_systems_are_refused, fresh,
		    gone),
		cmocka_unit_test_setup_teardown(a_copy_is_hashed_four_ways,
		    fresh, gone),
		cmocka_unit_test_setup_teardown(
		    who_was_first_makes_no_difference, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
