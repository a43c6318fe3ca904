/* SPDX-License-Identifier: ISC */
/*
 * bind: a filing stated with its document's arrival carries the arrival's
 * commitment, in canonical JSON, and no other entry is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/json.h"
#include "store/log.h"
#include "tests/unit/logs.h"

static struct draft
draft_of(enum kind kind, struct ref document, const char *body, int blob)
{
	return (struct draft){ .kind = kind, .actor = "uid:1",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = document, .staff = REF_NONE, .body = body,
	    .bodylen = strlen(body), .blob = blob };
}

/* A document with these bytes, filed with this body, in one batch. */
static void
take(struct log *log, const char *bytes, const char *filed)
{
	static const struct id one = { ID_CLIENT, 0, 0, 1 };
	struct blobw *blob = blobw_new(log, 0);
	struct batch *b = batch_new(log);
	struct receipt r[2];
	struct draft d;
	uint8_t hash[LOG_HASH_LEN];
	struct buf body = BUF_INIT;
	struct jw w;
	int n;

	assert_int_equal(blobw_add(blob, bytes, strlen(bytes)), 0);
	blobw_hash(blob, hash);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "channel", "post");
	jw_key(&w, "sha256");
	jw_hex(&w, hash, sizeof hash);
	jw_kint(&w, "size", (int64_t)strlen(bytes));
	jw_kstr(&w, "source", "api");
	jw_end(&w);
	n = batch_blob(b, blob);
	d = draft_of(KIND_DOCUMENT_RECEIVED, REF_NONE, buf_str(&body), n);
	n = batch_draft(b, &d);
	assert_true(n >= 0);
	d = draft_of(KIND_DOCUMENT_FILED, REF_DRAFT(n), filed, -1);
	d.client = REF_ID(one);
	assert_true(batch_draft(b, &d) >= 0);
	assert_int_equal(log_append_wait(log, b, r, 2), LOG_DONE);
	buf_release(&body);
}

static void
next_entry(struct log_cursor *c, struct log_item *item, enum kind kind)
{
	do
		assert_int_equal(log_cursor_next(c, item, NULL), 1);
	while (item->what != LOG_ITEM_ENTRY || item->kind != kind);
}

/* The filing behind the next arrival has its commitment between these. */
static void
bound(struct log_cursor *c, const char *before, const char *after)
{
	struct buf want = BUF_INIT;
	struct log_item item;
	struct buf text = BUF_INIT;

	next_entry(c, &item, KIND_DOCUMENT_RECEIVED);
	buf_adds(&want, before);
	if (strcmp(after, "") != 0) {
		buf_addhex(&want, item.commitment, LOG_HASH_LEN);
		buf_adds(&want, after);
	}
	next_entry(c, &item, KIND_DOCUMENT_FILED);
	buf_add(&text, item.text, item.len);
	assert_non_null(strstr(buf_str(&text), buf_str(&want)));
	buf_release(&want);
	buf_release(&text);
}

static void
test_bound(void **state)
{
	struct place place;
	struct trouble t;
	struct log *log;
	struct log_cursor *c;

	(void)state;
	place_make(&place, 1);
	log = place_open(&place, &t);
	assert_non_null(log);
	take(log, "one", "{\"certainty\":\"person\",\"main\":true}");
	take(log, "two", "{\"certainty\":\"person\",\"commitments\":[\"ab\"],"
	    "\"main\":true}");
	take(log, "three", "{\"certainty\":\"person\",\"main\":true,"
	    "\"title\":\"\\u0001\\\"\"}");
	c = log_cursor_new(log, NULL, NULL);
	bound(c, "{\"certainty\":\"person\",\"commitments\":[\"",
	    "\"],\"main\":true}");
	bound(c, "\"commitments\":[\"ab\"],\"main\":true}", "");
	bound(c, "\"commitments\":[\"", "\"],\"main\":true,"
	    "\"title\":\"\\u0001\\\"\"}");
	log_cursor_free(c);
	log_close(log);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
