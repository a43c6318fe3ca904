/* SPDX-License-Identifier: ISC */
/*
 * verify_limits: what `dossier verify' takes at most, each at its limit and
 * one past it: bytes of a file and of all, of folders and zips; entries of a
 * case's tree; memory.  The others are in test_verify.py.
 */
#include "client/verify_log.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "proto/out/layout.h"

#define EACH 1000		/* bytes of each of the two files */

static char top[] = "/tmp/verify-limits-XXXXXX";
static char folder[64], zip[64];

/* ---- files ------------------------------------------------------------- */

static int
begin(void *arg, const char *path)
{
	(void)path;
	++*(unsigned *)arg;
	return 0;
}

static int
bytes(void *arg, const uint8_t *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static int
end(void *arg)
{
	(void)arg;
	return 0;
}

/* What reading all of it ends with; the limits of the constants are kept. */
static enum input_fault
read_with(const char *path, uint64_t file_max, uint64_t bytes_max)
{
	static const struct input_calls calls = { begin, bytes, end };
	struct input in = { .fd = -1 };
	unsigned n = 0;
	int rc;

	assert_int_equal(input_open(&in, path), 0);
	assert_int_equal(in.file_max, LIMIT_VERIFY_FILE);
	assert_int_equal(in.bytes_max, LIMIT_VERIFY_BYTES);
	if (file_max != 0)
		in.file_max = file_max;
	if (bytes_max != 0)
		in.bytes_max = bytes_max;
	rc = input_read(&in, &calls, &n);
	assert_int_equal(rc, in.fault == INPUT_FINE ? 0 : -1);
	if (rc == 0)
		assert_int_equal(n, 2);
	input_close(&in);
	return in.fault;
}

static void
test_bytes(void **state)
{
	const char *const inputs[] = { folder, zip };

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *in = inputs[i];

		assert_int_equal(read_with(in, 0, 0), INPUT_FINE);
		assert_int_equal(read_with(in, EACH, 0), INPUT_FINE);
		assert_int_equal(read_with(in, EACH - 1, 0), INPUT_LARGE);
		assert_int_equal(read_with(in, 0, 2 * EACH), INPUT_FINE);
		assert_int_equal(read_with(in, 0, 2 * EACH - 1), INPUT_LARGE);
	}
}

static void
zip_add(struct archive *a, const char *name, const void *data)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, EACH);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, data, EACH), EACH);
	archive_entry_free(entry);
}

static void
file_add(const char *name, const void *data)
{
	char path[80];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, EACH, f), EACH);
	assert_int_equal(fclose(f), 0);
}

static int
make_inputs(void **state)
{
	static uint8_t data[EACH];
	struct archive *a = archive_write_new();

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(folder, sizeof folder, "%s/bag", top);
	(void)snprintf(zip, sizeof zip, "%s/bag.zip", top);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_options(a, "compression=store"),
	    ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, zip), ARCHIVE_OK);
	for (int i = 0; i < 2; i++) {
		file_add(i == 0 ? "one" : "two", data);
		zip_add(a, i == 0 ? "bag/one" : "bag/two", data);
	}
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	return 0;
}

static int
remove_inputs(void **state)
{
	char path[80];

	(void)state;
	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, i == 0 ?
		    "one" : "two");
		(void)unlink(path);
	}
	(void)rmdir(folder);
	(void)unlink(zip);
	return rmdir(top);
}

/* ---- entries ----------------------------------------------------------- */

/* What a line is refused for, when so many were there before. */
static enum say_key
line_after(uint64_t lines)
{
	struct given g;
	enum say_key key;

	given_init(&g);
	g.lines = lines;
	assert_int_equal(given_bytes(&g, (const uint8_t *)"x\n", 2), 0);
	key = g.fault.key;
	given_release(&g);
	return key;
}

static void
test_lines(void **state)
{
	(void)state;
	assert_int_equal(line_after(LIMIT_VERIFY_LEAVES - 1),
	    SAY_VERIFY_GIVEN_FORM);
	assert_int_equal(line_after(LIMIT_VERIFY_LEAVES), SAY_VERIFY_LONG);
}

/* What becomes of the head of a tree of that size, well signed. */
static enum verify_state
head_of(uint64_t size)
{
	static const char origin[] = "dossier/"
	    "00112233445566778899aabbccddeeff/case/0123456789abcdef";
	const uint8_t seed[ED25519_KEY] = { 1 };
	char path[] = LAYOUT_CHECKPOINT;
	struct verify_file file = { .path = path, .kept = BUF_INIT };
	struct verify v = { .files = &file, .nfiles = 1,
	    .stamped = WHEN_NONE, .log = verify_log_new() };
	struct checkpoint c = { .size = size };
	struct note_vkey key;
	uint8_t half[ED25519_KEY];
	enum verify_state state;

	assert_non_null(v.log);
	(void)snprintf(c.origin, sizeof c.origin, "%s", origin);
	v.info.origin = c.origin;
	v.info.tree_size = size;
	assert_int_equal(ed25519_public(seed, half), 0);
	assert_int_equal(note_vkey_make(&key, origin, NOTE_ED25519, half), 0);
	note_vkey_text(&v.keys, &key);
	assert_int_equal(checkpoint_sign(&file.kept, &c, seed), 0);
	verify_log(&v);
	state = v.result[VERIFY_HEAD].state;
	for (int i = 0; i < VERIFY_CHECKS; i++)
		buf_release(&v.result[i].text);
	buf_release(&v.keys);
	buf_release(&file.kept);
	verify_log_free(v.log);
	return state;
}

static void
test_head(void **state)
{
	(void)state;
	assert_int_equal(head_of(LIMIT_VERIFY_LEAVES), VERIFY_GOOD);
	assert_int_equal(head_of(LIMIT_VERIFY_LEAVES + 1), VERIFY_BROKEN);
	assert_int_equal(head_of(0), VERIFY_BROKEN);
}

/* ---- memory ------------------------------------------------------------ */

static void
test_memory(void **state)
{
	struct rlimit limit = { 0, 0 };
	int status;
	pid_t child = fork();

	(void)state;
	assert_int_not_equal(child, -1);
	if (child == 0) {
		if (verify_box_files(-1, -1) == -1 ||
		    getrlimit(RLIMIT_AS, &limit) == -1)
			_exit(2);
		_exit(limit.rlim_max == LIMIT_VERIFY_MEMORY ? 0 :
		    limit.rlim_max == RLIM_INFINITY ? 77 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();		/* sanitizers map more than that */
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, make_inputs, remove_inputs);
}
