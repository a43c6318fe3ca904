/* SPDX-License-Identifier: ISC */
/*
 * answer: a part or a PDF as large as LIMIT_READ_BYTES goes out whole, and
 * a byte more is too large.
 */
#include "daemon/reader/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/limits.h"

#define EACH (1u << 20)

static void
test_bytes(void **state)
{
	const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char *bytes = calloc(1, EACH);
	struct answer a;

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_non_null(bytes);
	answer_init(&a, fd, LIMIT_READ_BYTES);
	for (unsigned n = 0; n < LIMIT_READ_BYTES / EACH; n++)
		assert_int_equal(answer_add(&a, bytes, EACH), 0);
	assert_int_equal(a.tail.size, LIMIT_READ_BYTES);
	assert_int_equal(answer_add(&a, bytes, 0), 0);
	assert_int_equal(answer_add(&a, bytes, 1), -1);
	assert_int_equal(errno, EFBIG);
	/* From then on nothing of it counts. */
	assert_int_equal(answer_add(&a, bytes, 0), -1);
	assert_int_equal(answer_end(&a), -1);
	free(bytes);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bytes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
