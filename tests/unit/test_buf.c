/* SPDX-License-Identifier: ISC */
/* buf: grows, remembers a failure, keeps what it had. */
#include "proto/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_add(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_adds(&b, "ab");
	buf_addc(&b, 'c');
	buf_addu(&b, UINT64_MAX);
	buf_addi(&b, INT64_MIN);
	buf_addhex(&b, "\x00\xfe", 2);
	assert_string_equal(buf_str(&b),
	    "abc18446744073709551615-922337203685477580800fe");
	buf_consume(&b, 3);
	assert_int_equal(b.len, 44);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, i);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], (uint8_t)i);
	buf_consume(&b, b.len);
	buf_consume(&b, 0);
	buf_release(&b);
	buf_release(&b);
}

static void
test_failure(void **state)
{
	struct buf b = BUF_INIT, c = BUF_INIT;

	(void)state;
	buf_adds(&b, "kept");
	assert_null(buf_reserve(&b, SIZE_MAX - 2));
	assert_true(buf_failed(&b));
	buf_adds(&b, "not");
	buf_addhex(&b, "x", 1);
	assert_int_equal(b.len, 4);
	assert_null(buf_str(&b));
	buf_swap(&b, &c);
	assert_false(buf_failed(&b));
	assert_true(buf_failed(&c));
	buf_clear(&c);
	buf_adds(&c, "again");
	assert_string_equal(buf_str(&c), "again");
	buf_release(&c);
}

static void
test_integers(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_add16(&b, 0x0102);
	buf_add32(&b, 0x03040506);
	buf_add64(&b, UINT64_C(0xf7f8f9fafbfcfdfe));
	assert_int_equal(b.len, 14);
	assert_memory_equal(b.data,
	    "\1\2\3\4\5\6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe", 14);
	assert_int_equal(get16(b.data), 0x0102);
	assert_int_equal(get32(b.data + 2), 0x03040506);
	assert_true(get64(b.data + 6) == UINT64_C(0xf7f8f9fafbfcfdfe));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
