/* SPDX-License-Identifier: ISC */
/* disclosed: lines both ways, what is no such line, commitments. */
#include "proto/out/disclosed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
test_lines(void **state)
{
	static const char entry[] = "{\"a\":\"\\\"\xe6\xa1\x88\\n\"}";
	struct disclosed in = { 3, 0, { 0 }, entry, sizeof entry - 1 }, out;
	struct buf b = BUF_INIT, memory = BUF_INIT;

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		in.nonce[i] = i;
	disclosed_line(&b, &in);
	assert_string_equal(buf_str(&b), "{\"case_seq\":3,\"entry\":\"{\\\"a"
	    "\\\":\\\"\\\\\\\"\xe6\xa1\x88\\\\n\\\"}\",\"nonce\":\"" NONCE
	    "\"}\n");
	assert_int_equal(disclosed_read(&out, &memory, (char *)b.data,
	    b.len - 1), 0);
	assert_true(out.case_seq == 3 && out.bound_by == 0);
	assert_int_equal(out.entry_len, in.entry_len);
	assert_memory_equal(out.entry, entry, in.entry_len);
	assert_memory_equal(out.nonce, in.nonce, 32);
	buf_clear(&b);
	in.case_seq = 0;
	in.bound_by = 9;
	disclosed_line(&b, &in);
	assert_int_equal(disclosed_read(&out, &memory, (char *)b.data,
	    b.len - 1), 0);
	assert_true(out.case_seq == 0 && out.bound_by == 9);
	buf_release(&b);
	buf_release(&memory);
}

static void
test_bad(void **state)
{
	static const char *const bad[] = {
		"", "{}", "[]", "null", "1",
		"{\"case_seq\":1,\"entry\":\"x\"}",
		"{\"entry\":\"x\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":0,\"entry\":\"x\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":-1,\"entry\":\"x\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":\"1\",\"entry\":\"x\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":1,\"entry\":\"\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":1,\"entry\":{},\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"00\"}",
		"{\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"A" NONCE "\"}",
		"{\"bound_by\":1,\"case_seq\":1,\"entry\":\"x\",\"nonce\":\""
		    NONCE "\"}",
		"{\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"" NONCE
		    "\",\"x\":1}",
		"{\"entry\":\"x\",\"case_seq\":1,\"nonce\":\"" NONCE "\"}",
		" {\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"" NONCE "\"}",
		"{\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"" NONCE "\"}\n",
		("{\"case_seq\":1,\"entry\":\"x\",\"nonce\":\"0001020304050607"
		    "08090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}"),
	};
	struct buf memory = BUF_INIT;
	struct disclosed d;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (disclosed_read(&d, &memory, bad[i], strlen(bad[i])) != -1)
			fail_msg("%s", bad[i]);
	buf_release(&memory);
}

/* printf ...000102...1f | xxd -r -p, then x: as sha256sum has it. */
static void
test_commitment(void **state)
{
	static const uint8_t want[32] = {
	    0x6c, 0x99, 0x00, 0x15, 0xc9, 0xcf, 0x9e, 0xda,
	    0x26, 0x64, 0x11, 0x5b, 0xb8, 0xe3, 0x89, 0xa7,
	    0xbd, 0x2c, 0xe8, 0x7c, 0xec, 0x66, 0x99, 0x09,
	    0x5c, 0x1e, 0xa5, 0xa7, 0xe7, 0xae, 0xba, 0xd0,
	};
	struct disclosed d = { 1, 0, { 0 }, "x", 1 };
	uint8_t hash[32];

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		d.nonce[i] = i;
	assert_int_equal(disclosed_commitment(&d, hash), 0);
	assert_memory_equal(hash, want, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_commitment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
