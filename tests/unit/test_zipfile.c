/* SPDX-License-Identifier: ISC */
/* Records of a zip: written and read back, and where numbers have no room. */
#include "proto/out/zipfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/unzipped.h"

#define ABC_CRC	0x352441c2u		/* of "abc" */

static const struct zipfile_entry abc = { "top/abc", 7, ABC_CRC, 3, 0 };

static void
one_file_is_found(void **state)
{
	struct buf zip = BUF_INIT, out = BUF_INIT;
	struct zipfile_end end = { .entries = 1 };

	(void)state;
	zipfile_local(&zip, &abc);
	assert_int_equal(zip.len, zipfile_local_size(&abc));
	buf_adds(&zip, "abc");
	end.offset = zip.len;
	zipfile_central(&zip, &abc);
	end.size = zip.len - end.offset;
	zipfile_end(&zip, &end);
	unzipped(&zip, "top/abc", &out);
	assert_string_equal(buf_str(&out), "abc");
	buf_release(&zip);
	buf_release(&out);
}

/* What is written is read, and nothing less of it is enough. */
static void
back(const struct zipfile_entry *want)
{
	struct buf local = BUF_INIT, central = BUF_INIT;
	struct zipfile_entry e;
	size_t used;

	zipfile_local(&local, want);
	zipfile_central(&central, want);
	for (size_t n = 0; n < local.len; n++)
		assert_int_equal(zipfile_local_read(local.data, n, &e,
		    &used), 0);
	for (size_t n = 0; n < central.len; n++)
		assert_int_equal(zipfile_central_read(central.data, n, &e,
		    &used), 0);
	assert_int_equal(zipfile_local_read(local.data, local.len, &e,
	    &used), 1);
	assert_int_equal(used, local.len);
	assert_int_equal(e.size, want->size);
	assert_int_equal(zipfile_central_read(central.data, central.len, &e,
	    &used), 1);
	assert_int_equal(used, central.len);
	assert_int_equal(e.crc, want->crc);
	assert_int_equal(e.size, want->size);
	assert_int_equal(e.offset, want->offset);
	assert_int_equal(e.name_len, want->name_len);
	assert_memory_equal(e.name, want->name, want->name_len);
	buf_release(&local);
	buf_release(&central);
}

static void
large_numbers_have_their_field(void **state)
{
	static const uint64_t n[] = { 0, 1, 0xfffffffe, 0xffffffff,
	    0x100000000, UINT64_C(1) << 40 };
	struct zipfile_entry e = abc;
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof n / sizeof n[0]; i++)
		for (size_t k = 0; k < sizeof n / sizeof n[0]; k++) {
			e.size = n[i];
			e.offset = n[k];
			back(&e);
		}
	e.size = e.offset = 0xfffffffe;
	zipfile_central(&out, &e);
	assert_int_equal(out.len, ZIPFILE_CENTRAL + 7);
	buf_clear(&out);
	e.offset++;
	zipfile_central(&out, &e);
	assert_int_equal(out.len, ZIPFILE_CENTRAL + 7 + 12);
	buf_release(&out);
}

static void
the_end_is_found(void **state)
{
	static const struct zipfile_end ends[] = {
		{ 0, 0, 0 }, { 0xfffe, 0xfffffffe, 0xfffffffe },
		{ 0xffff, 1, 2 }, { 1, 0xffffffff, 2 }, { 1, 2, 0xffffffff },
		{ 70000, UINT64_C(1) << 33, UINT64_C(1) << 34 },
	};
	struct zipfile_end got;
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		buf_clear(&out);
		zipfile_end(&out, &ends[i]);
		assert_true(out.len <= ZIPFILE_END_MAX);
		assert_int_equal(out.len, i < 2 ? 22 : ZIPFILE_END_MAX);
		assert_int_equal(zipfile_end_read(out.data, out.len, &got),
		    1);
		assert_memory_equal(&got, &ends[i], sizeof got);
		assert_int_equal(zipfile_end_read(out.data, 21, &got), 0);
		out.data[out.len - 1] = 1;	/* a comment */
		assert_int_equal(zipfile_end_read(out.data, out.len, &got),
		    -1);
	}
	buf_release(&out);
}

static void
what_we_do_not_write_is_refused(void **state)
{
	/* Flags, method, sizes that differ, length of the extra field. */
	static const struct { size_t at; uint8_t to; } bad[] = {
		{ 6, 8 }, { 7, 0 }, { 8, 8 }, { 18, 4 }, { 22, 4 }, { 28, 1 },
		{ 0, 'Q' }, { 26, 0 }
	};
	struct zipfile_entry e;
	struct buf out = BUF_INIT;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&out);
		zipfile_local(&out, &abc);
		buf_addc(&out, 0);
		out.data[bad[i].at] = bad[i].to;
		assert_int_equal(zipfile_local_read(out.data, out.len, &e,
		    &used), -1);
	}
	/* Where the directory begins there is no file. */
	buf_clear(&out);
	zipfile_central(&out, &abc);
	assert_int_equal(zipfile_local_read(out.data, out.len, &e, &used), 1);
	assert_int_equal(used, 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_found),
		cmocka_unit_test(large_numbers_have_their_field),
		cmocka_unit_test(the_end_is_found),
		cmocka_unit_test(what_we_do_not_write_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
