/* SPDX-License-Identifier: ISC */
/*
 * The overlay of claims, its base, and what it forgets.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "store/journal/claims.h"

#define MANY 5000

static void
key_of(uint32_t n, uint8_t key_r[LOG_CLAIM_LEN])
{
	memset(key_r, 0, LOG_CLAIM_LEN);
	/* A quarter of them fall on the same place. */
	put64(key_r, n / 4);
	put32(key_r + 8, n);
}

static void
set_and_get(void **state)
{
	struct claims c;
	uint8_t key[LOG_CLAIM_LEN];
	uint64_t value;

	(void)state;
	claims_init(&c);
	for (uint32_t i = 0; i < MANY; i++) {
		key_of(i, key);
		assert_int_equal(claims_get(&c, key, &value), 0);
		assert_true(value == 0);
		assert_int_equal(claims_set(&c, key, i + 1, i), 0);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		key_of(i, key);
		assert_int_equal(claims_get(&c, key, &value), 0);
		assert_true(value == i + 1);
	}
	claims_release(&c);
}

struct base {
	int		 fails;
	unsigned	 asked;
};

static int
ask_base(void *arg, const uint8_t key[LOG_CLAIM_LEN], uint64_t *value_r)
{
	struct base *b = arg;

	(void)key;
	b->asked++;
	*value_r = 77;
	return b->fails ? -1 : 1;
}

static void
base_and_forgetting(void **state)
{
	struct claims c;
	struct base base = { 0, 0 };
	uint8_t key[LOG_CLAIM_LEN];
	uint64_t value;

	(void)state;
	claims_init(&c);
	c.base = ask_base;
	c.arg = &base;
	for (uint32_t i = 0; i < MANY; i++) {
		key_of(i, key);
		assert_int_equal(claims_set(&c, key, 0, i + 1), 0);
	}
	/* A release in the overlay hides what the base still has. */
	key_of(1, key);
	assert_int_equal(claims_get(&c, key, &value), 0);
	assert_true(value == 0 && base.asked == 0);
	claims_forget(&c);
	claims_applied(&c, MANY - 1);
	claims_forget(&c);
	assert_int_equal(claims_get(&c, key, &value), 0);
	assert_true(value == 0 && base.asked == 0);
	/* Once the base holds the last of them, it is asked. */
	for (uint32_t i = 0; i < MANY; i++) {
		key_of(MANY + i, key);
		assert_int_equal(claims_set(&c, key, 1, MANY + 1), 0);
	}
	claims_applied(&c, MANY);
	claims_forget(&c);
	key_of(1, key);
	assert_int_equal(claims_get(&c, key, &value), 0);
	assert_true(value == 77 && base.asked == 1);
	base.fails = 1;
	assert_int_equal(claims_get(&c, key, &value), -1);
	claims_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_and_get),
		cmocka_unit_test(base_and_forgetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
