/* SPDX-License-Identifier: ISC */
/*
 * api_check: requests held against their rows, at each limit and one past
 * it, without a socket or a store.
 */
#include "daemon/api/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/handlers.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

static struct api api;

static struct call *
with_body(enum route route, const char *body)
{
	static const struct caller caller = { .actor = "uid:1" };
	struct call *call = call_new(&api, &caller, LANG_EN);

	assert_non_null(call);
	call->route = route;
	call->row = route_row(route);
	/* The position of an answer is not looked up. */
	call->position = 1;
	buf_adds(&call->raw, body);
	return call;
}

/* The one error that a body causes, as "pointer code"; "" for none. */
static void
expect(enum route route, const char *body, const char *want)
{
	struct call *call = with_body(route, body);
	char got[400] = "";
	int rc = check_body(call);

	assert_int_equal(rc, *want == '\0' ? 0 : -1);
	if (call->nerrors > 0) {
		assert_int_equal(call->nerrors, 1);
		(void)snprintf(got, sizeof got, "%.300s %s",
		    call->error[0].pointer, call->error[0].code);
		assert_int_equal(call->reply.status, 422);
	} else if (rc == -1)
		(void)snprintf(got, sizeof got, "%d", call->reply.status);
	assert_string_equal(got, want);
	call_drop(call);
}

/* {"front ... n times x ... "end */
static void
long_body(enum route route, const char *front, size_t n, const char *end,
    const char *want)
{
	struct buf body = BUF_INIT;

	buf_adds(&body, front);
	for (size_t i = 0; i < n; i++)
		buf_addc(&body, 'x');
	buf_adds(&body, end);
	expect(route, buf_str(&body), want);
	buf_release(&body);
}

static void
test_limits(void **state)
{
	static const char note[] = "{\"type\":\"call\",\"note\":\"";
	static const char why[] =
	    "{\"type\":\"call\",\"note\":\"n\",\"agreed\":\"";

	(void)state;
	long_body(ROUTE_CLIENT_ADD, "{\"name\":\"", LIMIT_TITLE, "\"}", "");
	long_body(ROUTE_CLIENT_ADD, "{\"name\":\"", LIMIT_TITLE + 1, "\"}",
	    "/name too-long");
	long_body(ROUTE_NOTE_ADD, note, LIMIT_NOTE, "\"}", "");
	long_body(ROUTE_NOTE_ADD, note, LIMIT_NOTE + 1, "\"}",
	    "/note too-long");
	long_body(ROUTE_NOTE_ADD, why, LIMIT_WHY, "\"}", "");
	long_body(ROUTE_NOTE_ADD, why, LIMIT_WHY + 1, "\"}",
	    "/agreed too-long");
	long_body(ROUTE_CLIENT_ADD, "{\"name\":\"a\",\"emails\":[\"",
	    LIMIT_TITLE + 1, "\"]}", "/emails/0 too-long");
}

static void
test_lists(void **state)
{
	struct buf body = BUF_INIT;

	(void)state;
	for (int n = 64; n <= 65; n++) {
		buf_clear(&body);
		buf_adds(&body, "{\"documents\":[");
		for (int i = 0; i < n; i++)
			buf_adds(&body, i > 0 ? ",\"D-1\"" : "\"D-1\"");
		buf_adds(&body, "],\"under\":[\"K\"]}");
		expect(ROUTE_TRIAGE_FILE, buf_str(&body),
		    n == 64 ? "" : "/documents too-many");
	}
	buf_release(&body);
	expect(ROUTE_TRIAGE_FILE, "{\"documents\":[],\"under\":[\"K\"]}",
	    "/documents empty");
	expect(ROUTE_TRIAGE_FILE, "{\"documents\":[1],\"under\":[\"K\"]}",
	    "/documents/0 type");
}

static void
test_types(void **state)
{
	static const struct {
		const char	*body, *want;
	} cases[] = {
		{ "{\"type\":\"call\",\"note\":\"a\\nb\\tc\"}", "" },
		{ "{\"type\":\"call\",\"note\":\"a\\u0007\"}",
		  "/note control" },
		{ "{\"type\":\"call\",\"note\":\"a\\u0085\"}",
		  "/note control" },
		{ "{\"type\":\"ca\\nll\",\"note\":\"a\"}", "/type control" },
		{ "{\"type\":\"call\",\"note\":null}", "/note missing" },
		{ "{\"type\":\"call\",\"note\":\" \"}", "/note empty" },
		{ "{\"type\":\"call\",\"note\":7}", "/note type" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"minutes\":\"7\"}",
		  "/minutes type" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"minutes\":-1}",
		  "/minutes range" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"minutes\":1.5}",
		  "/minutes type" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"at\":\"2026-02-30\"}",
		  "/at date" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"at\":\"\"}", "" },
		{ "{\"type\":\"call\",\"note\":\"a\",\"x/y\":1}",
		  "/x~1y unknown" },
		{ "{\"type\":\"call\",\"type\":\"call\"}", "400" },
		{ "", "400" }, { "[]", "400" },
		{ "{\"a\":\"\\u0000\"}", "400" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (i == 14) {
			/* No body is an empty object: two are missing. */
			struct call *call = with_body(ROUTE_NOTE_ADD, "");

			assert_int_equal(check_body(call), -1);
			assert_int_equal(call->nerrors, 2);
			call_drop(call);
			continue;
		}
		expect(ROUTE_NOTE_ADD, cases[i].body, cases[i].want);
	}
}

/* Each route has its function, and those of bytes all three. */
static void
test_handlers(void **state)
{
	(void)state;
	for (int i = 0; i < ROUTE_COUNT; i++) {
		const struct handler *h = handler_of((enum route)i);
		const struct route_row *row = route_row((enum route)i);
		int bytes = row->body[0].name != NULL &&
		    strcmp(row->body[0].type, "bytes") == 0;

		assert_non_null(h->run);
		assert_int_equal(bytes, h->begin != NULL);
		assert_int_equal(bytes, h->bytes != NULL);
	}
}

/* A problem is JSON in both languages, with what RFC 9457 wants. */
static void
test_problems(void **state)
{
	(void)state;
	for (int p = 0; p < PROBLEM_COUNT; p++)
		for (int lang = 0; lang < 2; lang++) {
			struct problem_report report = {
				.problem = (enum problem)p,
				.detail = "a \"quoted\" detail",
				.request_id = 7,
			};
			struct buf out = BUF_INIT;

			problem_write(&out, (enum lang)lang, &report);
			assert_non_null(strstr(buf_str(&out),
			    "\"type\":\"urn:dossier:problem:"));
			assert_non_null(strstr(buf_str(&out),
			    "\"request_id\":\"r-7\""));
			assert_true(text_is_utf8(buf_str(&out), out.len));
			assert_string_not_equal(problem_reason(
			    problem_status((enum problem)p)), "Error");
			buf_release(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_handlers),
		cmocka_unit_test(test_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
