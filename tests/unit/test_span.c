/* SPDX-License-Identifier: ISC */
/*
 * Unit tests of spans: when facts and parties held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/ask/span.h"

static struct vstr
str(const char *text)
{
	return (struct vstr){ text, strlen(text) };
}

static int64_t
at(const char *text)
{
	struct when when;

	assert_int_equal(when_parse(text, strlen(text), &when), 0);
	return when.at;
}

static struct vfact
fact(uint64_t supersedes, const char *from, const char *until,
    const char *asked, const char *stated)
{
	struct vfact f;

	memset(&f, 0, sizeof(f));
	f.supersedes = supersedes;
	f.from = str(from);
	f.until = str(until);
	f.asked = str(asked);
	f.at = at(stated);
	return f;
}

static void
test_edges(void **state)
{
	static const struct {
		const char *text, *end;
	} row[] = {
		{ "2026", "2027-01-01" },
		{ "2026-03", "2026-04-01" },
		{ "2026-12", "2027-01-01" },
		{ "2024-02-29", "2024-03-01" },
		{ "2026-03-02T10:15Z", "2026-03-02T10:15Z" },
		{ "1969-12-31", "1970-01-01" },
		{ "1960", "1961" },
	};
	struct vstr none = { NULL, 0 }, bad = str("soon");

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct vstr s = str(row[i].text);

		assert_int_equal(span_begin(&s), at(row[i].text));
		assert_int_equal(span_end(&s), at(row[i].end));
	}
	assert_int_equal(span_begin(&none), WHEN_NONE);
	assert_int_equal(span_end(&bad), WHEN_NONE);
}

static int
holds(const struct span *span, const char *when)
{
	return span_holds(span, at(when), at(when));
}

static int
held(const struct vfact *f, const struct vfact *next, const char *when)
{
	struct span span;

	span_fact(f, next, &span);
	return holds(&span, when);
}

static void
test_facts(void **state)
{
	struct vfact a = fact(0, "2020-01-01", "", "", "2020-02-01");
	struct vfact b = fact(1, "2024-05-01", "2024-12-31", "2024-04-20",
	    "2024-06-01");
	struct vfact open = fact(0, "", "", "", "2020-02-01");
	struct vfact asked = fact(1, "", "", "2024-04-20", "2024-06-01");
	struct vfact stated = fact(1, "", "", "", "2024-06-01");
	struct vfact mended = fact(1, "2020-01-01", "", "", "2024-06-01");
	char text[WHEN_TEXT_MAX + 32];

	(void)state;
	assert_false(held(&a, NULL, "2019-12-31"));
	assert_true(held(&a, NULL, "2020-01-01"));
	assert_true(held(&a, NULL, "2030-01-01"));
	assert_true(held(&a, &b, "2024-04-30"));
	assert_false(held(&a, &b, "2024-05-01"));
	assert_true(held(&b, NULL, "2024-12-31"));
	assert_false(held(&b, NULL, "2025-01-01"));
	assert_true(held(&open, NULL, "1900-01-01"));
	assert_false(held(&open, &asked, "2024-04-20"));
	assert_true(held(&asked, NULL, "2024-04-20"));
	assert_true(held(&open, &stated, "2024-05-31"));
	assert_false(held(&stated, NULL, "2024-05-31"));
	assert_true(held(&stated, NULL, "2024-06-01"));
	/* A mistake put right never held. */
	assert_false(held(&a, &mended, "2020-01-01"));
	assert_false(held(&a, &mended, "2022-01-01"));

	assert_string_equal(span_until(&a, NULL, text), "");
	assert_string_equal(span_until(&a, &b, text), "2024-05-01");
	assert_string_equal(span_until(&a, &asked, text), "2024-04-20");
	assert_string_equal(span_until(&a, &stated, text), "2024-06-01");
	assert_string_equal(span_until(&b, NULL, text), "2024-12-31");
	b.until = str("2024-01");
	assert_string_equal(span_until(&b, &stated, text), "2024-01");
}

static void
test_parties(void **state)
{
	struct vparty p;
	struct span span;

	(void)state;
	memset(&p, 0, sizeof(p));
	p.from = str("2024-05");
	p.ended_at = at("2024-08-03T10:00Z");
	span_party(&p, &span);
	assert_true(holds(&span, "2030-01-01"));
	assert_false(holds(&span, "2024-04-30"));
	p.end = 7;
	span_party(&p, &span);
	assert_true(holds(&span, "2024-08-03T09:59Z"));
	assert_false(holds(&span, "2024-08-03T10:00Z"));
	p.until = str("2024-06-30");
	span_party(&p, &span);
	assert_true(holds(&span, "2024-06-30T23:59Z"));
	assert_false(holds(&span, "2024-07-01"));
}

/* The end of 2024-06-30 in an office five hours west of Greenwich. */
static void
test_west(void **state)
{
	int64_t now = at("2024-07-01T04:59:59Z");
	int64_t wall = at("2024-06-30T23:59:59Z");
	struct vfact f = fact(0, "2024-07-01", "", "", "2024-01-01");
	struct span span;

	(void)state;
	span_fact(&f, NULL, &span);
	assert_false(span_holds(&span, now, wall));
	assert_true(span_holds(&span, now + 2 * WHEN_SECOND,
	    wall + 2 * WHEN_SECOND));
	f = fact(0, "2024-06-30", "2024-06-30", "", "2024-01-01");
	span_fact(&f, NULL, &span);
	assert_true(span_holds(&span, now, wall));
	assert_false(span_holds(&span, now + 2 * WHEN_SECOND,
	    wall + 2 * WHEN_SECOND));
	f = fact(0, "2024-07-01T04:59Z", "", "", "2024-01-01");
	span_fact(&f, NULL, &span);
	assert_true(span_holds(&span, now, wall));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_west),
		cmocka_unit_test(test_parties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
