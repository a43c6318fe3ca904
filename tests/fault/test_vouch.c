/* SPDX-License-Identifier: ISC */
/*
 * What senders' domains vouch for, while the log dies: a statement that is
 * with the log when all else has ended is answered once, and nothing that
 * the answer needs has gone by then.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "daemon/vouch.h"
#include "proto/base/limits.h"
#include "tests/fault/fault.h"
#include "tests/unit/fill.h"

static struct fill fill;

struct answers {
	unsigned	n;
	struct id	document;
	uint64_t	seq;
};

static void
on_done(void *arg, const struct id *document, uint64_t seq)
{
	struct answers *a = arg;

	a->n++;
	a->document = *document;
	a->seq = seq;
}

/* A mail past the limit is stated at once, without reader and DNS. */
static struct known_work
large(unsigned n)
{
	struct known_work work;

	memset(&work, 0, sizeof work);
	work.document.kind = ID_DOCUMENT;
	work.document.number = n;
	work.size = LIMIT_VOUCH_SIZE + 1;
	return work;
}

/* Stated, then everything ends in the order of the daemon. */
static struct answers
ended(int fails)
{
	struct event_base *base = event_base_new();
	struct known_work work = large(7);
	struct answers a = { .n = 0 };
	struct vouch *v;

	fault_reset();
	fill_begin(&fill);
	assert_non_null(base);
	v = vouch_new(base, fill.store, NULL, "127.0.0.1:5353", on_done, &a);
	assert_non_null(v);
	if (fails)
		fault_fail(1, EIO);
	assert_int_equal(vouch_work(v, &work), 0);
	assert_int_equal(vouch_pending(v), 1);
	vouch_abandon(v);
	assert_int_equal(a.n, 0);
	assert_int_equal(vouch_pending(v), 1);
	fill_end(&fill);
	assert_int_equal(fault_done(), fails);
	assert_int_equal(vouch_pending(v), 0);
	vouch_free(v);
	event_base_free(base);
	fault_reset();
	return a;
}

static void
dying_log_answers(void **state)
{
	struct answers a = ended(1);

	(void)state;
	assert_int_equal(a.n, 1);
	assert_int_equal(a.document.number, 7);
	assert_int_equal(a.seq, 0);		/* tried again later */
}

static void
closing_log_answers(void **state)
{
	struct answers a = ended(0);

	(void)state;
	assert_int_equal(a.n, 1);
	assert_int_equal(a.document.number, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dying_log_answers),
		cmocka_unit_test(closing_log_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
