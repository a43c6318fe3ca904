/* SPDX-License-Identifier: ISC */
/*
 * loose: documents that might belong into a bundle and are not filed there,
 * for any slice, and as known before.
 */
#include "store/ask/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/roof.h"

static struct id judged;

static int
judge(void *arg, const struct bundle *b, const struct id *document,
    struct loose_touch *touch_r)
{
	unsigned *asked = arg;

	assert_true(id_equal(&b->id, &bundle));
	++*asked;
	if (!id_equal(document, &judged))
		return 0;
	touch_r->why = LOOSE_PARTY;
	(void)snprintf(touch_r->word, sizeof(touch_r->word), "a@b.example");
	return 1;
}

/* The rows as "D-000006 waiting aside?, ..." */
static void
expect_loose(uint64_t position, const char *want)
{
	for (unsigned max = 1; max < 9; max += 7) {
		unsigned asked = 0, n = 0, some = 0;
		struct buf is = BUF_INIT;
		struct loose *loose = loose_new(fill.store, &bundle, position,
		    0, judge, &asked, &trouble);
		int got;

		assert_non_null(loose);
		do {
			struct buf row = BUF_INIT;
			const char *p;

			got = loose_more(loose, max, &row, &n, &trouble);
			assert_int_not_equal(got, -1);
			p = n > 0 ? buf_str(&row) : NULL;
			while (p != NULL && (p = strstr(p,
			    "\"document\":\"")) != NULL) {
				buf_adds(&is, some++ > 0 ? ", " : "");
				buf_add(&is, p + 12, 8);
				p = strstr(p, "\"why\":\"") + 7;
				buf_addc(&is, ' ');
				buf_add(&is, p, strcspn(p, "\""));
			}
			buf_release(&row);
		} while (got == 1);
		assert_string_equal(buf_str(&is), want);
		buf_release(&is);
		loose_free(loose);
	}
}

static void
test_loose(void **state)
{
	uint64_t before = fill.last.seq;
	struct names of = { .bundle = none };
	struct id a, b, c, d;
	struct plan *plan;

	(void)state;
	expect_loose(0, "");
	a = roof_letter("a", "2026-05-01");
	b = roof_letter("b", "2026-05-01");
	c = roof_letter("c", "2026-05-01");
	d = roof_letter("d", "2026-05-01");
	expect_loose(0, "D-000006 waiting, D-000007 waiting, "
	    "D-000008 waiting, D-000009 waiting");
	of.document = a;
	(void)roof_entry(KIND_DOCUMENT_TRIAGED, of, "{'suggestions':[{'case':"
	    "'K-2026-0001','certainty':'weak','client':'C-0001',"
	    "'rule':'r','title':'t','words':[]}]}");
	of.document = b;
	(void)roof_entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'private'}");
	of.document = c;
	(void)roof_entry(KIND_DOCUMENT_TRIAGED, of, "{'suggestions':[]}");
	of.document = d;
	(void)roof_entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'spam'}");
	judged = b;
	expect_loose(0, "D-000006 suggested, D-000007 party");
	/* What is captured later is none of an earlier position. */
	expect_loose(before, "");
	/* Suggested once, then set aside: still one. */
	of.document = a;
	(void)roof_entry(KIND_DOCUMENT_SET_ASIDE, of, "{'as':'private'}");
	expect_loose(0, "D-000006 suggested, D-000007 party");
	/* A copy of what is filed is none; a set is told of by its head. */
	of.document = c;
	(void)roof_entry(KIND_DOCUMENT_LINKED, of,
	    "{'as':'copy-of','other':'D-000007','why':'person'}");
	judged = c;
	expect_loose(0, "D-000006 suggested");
	judged = b;
	(void)roof_decide(bundle, b, "{'as':'leave-out','reason':'hers'}");
	expect_loose(0, "D-000006 suggested");
	(void)roof_file(a, other);
	expect_loose(0, "");
	plan = roof_plan(bundle, 0, 0, 5);
	assert_int_equal(plan->napart, 1);
	assert_true(id_equal(&plan->apart[0].document, &b));
	assert_string_equal(plan->apart[0].reason, "hers");
	plan_free(plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, roof_begin, roof_end)
		T(test_loose),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
