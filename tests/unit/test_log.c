/* SPDX-License-Identifier: ISC */
/*
 * The seam as its users see it: drafts completed, numbers, claims, repeated
 * requests, blobs of every size, cursors and marks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/log.h"
#include "tests/unit/logs.h"

static struct place place;
static struct log *lg;

static int
setup(void **state)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };

	(void)state;
	place_make(&place, 1);
	lg = place_open(&place, &t);
	if (lg == NULL)
		logs_say(&t);
	return lg == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	log_close(lg);
	place_remove(&place);
	return 0;
}

static struct draft
draft(enum kind kind, const char *body)
{
	return (struct draft){ .kind = kind, .actor = "test", .blob = -1,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE, .body = body,
	    .bodylen = strlen(body) };
}

static int
add(struct batch *b, const struct draft *d)
{
	int i = batch_draft(b, d);

	assert_true(i >= 0);
	return i;
}

static void
numbers_and_refs(void **state)
{
	struct batch *b = batch_new(lg);
	struct draft client = draft(KIND_CLIENT_ADDED, "{\"name\":\"A\"}");
	struct draft kase = draft(KIND_CASE_OPENED, "{\"title\":\"T\"}");
	struct receipt r[3];
	struct trouble t;
	struct log_cursor *c;
	struct log_item item;
	struct entry e;
	int i;

	(void)state;
	i = add(b, &client);
	kase.client = REF_DRAFT(i);
	(void)add(b, &kase);
	(void)add(b, &kase);
	assert_int_equal(log_append_wait(lg, b, r, 3), LOG_DONE);
	assert_int_equal(r[0].number.kind, ID_CLIENT);
	assert_int_equal(r[2].number.kind, ID_CASE);
	assert_int_equal(r[2].number.number, 2);
	assert_int_equal(r[2].number.year, r[1].number.year);
	c = log_cursor_new(lg, NULL, &t);
	while (log_cursor_next(c, &item, &t) == 1)
		if (item.what == LOG_ITEM_ENTRY && item.seq == r[2].seq)
			break;
	assert_int_equal(item.kind, KIND_CASE_OPENED);
	assert_memory_equal(item.chain, r[2].chain, LOG_HASH_LEN);
	assert_int_equal(entry_decode(&e, item.text, item.len), 0);
	assert_true(id_equal(&e.client, &r[0].number));
	assert_true(id_equal(&e.kase, &r[2].number));
	entry_release(&e);
	log_cursor_free(c);
}

static void
drafts_are_checked(void **state)
{
	struct batch *b = batch_new(lg);
	struct draft d = draft(KIND_CLIENT_ADDED, "{\"name\":\"A\",\"x\":1}");
	static char big[LIMIT_ENTRY];

	(void)state;
	assert_int_equal(batch_draft(b, &d), -1);
	assert_int_equal(errno, EINVAL);
	d = draft(KIND_CLIENT_ADDED, "{ \"name\":\"A\"}");
	assert_int_equal(batch_draft(b, &d), -1);
	d = draft(KIND_CLIENT_ADDED, "{\"name\":\"A\"}");
	d.client = REF_DRAFT(0);	/* itself */
	assert_int_equal(batch_draft(b, &d), -1);
	memset(big, 'a', sizeof(big));
	memcpy(big, "{\"name\":\"", 9);
	d.client = REF_NONE;
	d.body = big;
	d.bodylen = LIMIT_ENTRY - 512;
	memcpy(big + d.bodylen - 2, "\"}", 2);
	(void)add(b, &d);
	d.bodylen++;
	assert_int_equal(batch_draft(b, &d), -1);
	assert_int_equal(errno, EMSGSIZE);
	d = draft(KIND_CLIENT_ADDED, "{\"name\":\"A\"}");
	for (int i = 1; i < LIMIT_BATCH_DRAFTS; i++)
		(void)add(b, &d);
	assert_int_equal(batch_draft(b, &d), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(log_append_wait(lg, b, NULL, 0), LOG_DONE);
}

static enum log_outcome
claiming(uint64_t expect, uint64_t set, struct receipt *r)
{
	struct batch *b = batch_new(lg);
	struct draft d = draft(KIND_CONTACT_ADDED, "{\"type\":\"person\"}");
	int i = add(b, &d);

	assert_int_equal(batch_expect(b, "case/K-2026-0001", expect), 0);
	assert_int_equal(batch_set(b, i, "case/K-2026-0001", set), 0);
	return log_append_wait(lg, b, r, 1);
}

static void
claims(void **state)
{
	struct receipt r;
	struct log_head before, after;

	(void)state;
	assert_int_equal(claiming(0, CLAIM_SEQ, &r), LOG_DONE);
	log_head(lg, &before);
	assert_int_equal(claiming(0, 5, &r), LOG_CONFLICT);
	log_head(lg, &after);
	assert_true(before.seq == after.seq);
	assert_int_equal(claiming(after.seq, 5, &r), LOG_DONE);
	assert_int_equal(claiming(5, 0, &r), LOG_DONE);
	assert_int_equal(claiming(0, 9, &r), LOG_DONE);
}

static enum log_outcome
asking(const char *key, uint64_t request, struct receipt *r)
{
	struct batch *b = batch_new(lg);
	struct draft d = draft(KIND_CONTACT_ADDED, "{\"type\":\"person\"}");

	(void)add(b, &d);
	assert_int_equal(batch_idempotent(b, key, request), 0);
	return log_append_wait(lg, b, r, 1);
}

static void
repeated_requests(void **state)
{
	struct receipt r, again;
	struct trouble t;

	(void)state;
	assert_int_equal(asking("k1", 0, &r), LOG_DONE);
	assert_int_equal(asking("k1", 0, &again), LOG_REPEATED);
	assert_true(again.seq == r.seq);
	assert_int_equal(asking("k1", 8, &again), LOG_MISMATCH);
	assert_int_equal(asking("k2", 8, &again), LOG_DONE);
	/* Also across a restart. */
	log_close(lg);
	lg = place_open(&place, &t);
	assert_non_null(lg);
	assert_int_equal(asking("k1", 0, &again), LOG_REPEATED);
	assert_true(again.seq == r.seq);
}

static void
blobs_of_every_size(void **state)
{
	static const size_t sizes[] = { 0, 1, LIMIT_PIECE - 1, LIMIT_PIECE,
	    LIMIT_PIECE + 1, 2 * LIMIT_PIECE, 2 * LIMIT_PIECE + 1, 1000000 };
	uint8_t *bytes = malloc(1000000), md[EVP_MAX_MD_SIZE];
	struct receipt r, again;
	struct trouble t = { .key = SAY_STORE_MEMORY };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		logs_bytes((uint32_t)i, bytes, sizes[i]);
		assert_int_equal(logs_document(lg, bytes, sizes[i], &r),
		    LOG_DONE);
		assert_int_equal(r.again, 0);
		assert_int_equal(EVP_Digest(bytes, sizes[i], md, NULL,
		    EVP_sha256(), NULL), 1);
		assert_memory_equal(md, r.sha256, LOG_HASH_LEN);
		assert_true(logs_has_blob(lg, r.sha256));
		assert_int_equal(logs_document(lg, bytes, sizes[i], &again),
		    LOG_DONE);
		assert_int_equal(again.again, 1);
		assert_true(id_equal(&again.number, &r.number));
		assert_true(again.seq == r.seq + 1);
	}
	assert_int_equal(logs_read(lg, &t), 17);
	free(bytes);
}

static void
derived_blobs(void **state)
{
	struct batch *b = batch_new(lg);
	struct blobw *w = blobw_new(lg, 1);
	struct draft d = draft(KIND_CONTACT_ADDED, "{\"type\":\"person\"}");
	uint8_t hash[LOG_HASH_LEN];

	(void)state;
	assert_int_equal(blobw_add(w, "some text", 9), 0);
	assert_true(blobw_size(w) == 9);
	blobw_hash(w, hash);
	d.blob = batch_blob(b, w);
	assert_int_equal(batch_draft(b, &d), -1);	/* not a document's */
	d.blob = -1;
	(void)add(b, &d);
	assert_int_equal(log_append_wait(lg, b, NULL, 0), LOG_DONE);
	assert_true(logs_has_blob(lg, hash));
}

static void
marks(void **state)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct receipt r;
	struct log_cursor *c;
	struct log_item item;
	struct buf text = BUF_INIT;
	uint8_t mark[LOG_MARK_LEN] = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(logs_contact(lg, &r), LOG_DONE);
		c = log_cursor_new(lg, mark, &t);
		assert_non_null(c);
		while (log_cursor_next(c, &item, &t) == 1) {
			if (item.what != LOG_ITEM_ENTRY)
				continue;
			buf_clear(&text);
			assert_int_equal(log_entry(lg, &item.loc, &text, &t),
			    0);
			assert_int_equal(text.len, item.len);
			assert_memory_equal(text.data, item.text, item.len);
		}
		assert_int_equal(item.what, LOG_ITEM_COMMIT);
		assert_true(item.seq == r.seq);
		/* The same cursor goes on. */
		assert_int_equal(logs_contact(lg, &r), LOG_DONE);
		assert_int_equal(log_wait(lg, r.seq - 1, 0), 1);
		assert_int_equal(log_cursor_next(c, &item, &t), 1);
		assert_true(item.seq == r.seq);
		assert_int_equal(log_cursor_next(c, &item, &t), 1);
		log_cursor_mark(c, mark);
		log_cursor_free(c);
		if (i == 1) {
			log_close(lg);
			lg = place_open(&place, &t);
		}
	}
	c = log_cursor_new(lg, mark, &t);
	assert_int_equal(log_cursor_next(c, &item, &t), 0);
	log_cursor_free(c);
	mark[22] ^= 1;		/* of another history */
	assert_null(log_cursor_new(lg, mark, &t));
	assert_int_equal(t.key, SAY_STORE_ROLLBACK);
	buf_release(&text);
}

struct heard {
	unsigned		n;
	enum log_outcome	last;
};

static void
hear(void *arg, const struct log_result *r)
{
	struct heard *h = arg;

	h->n++;
	h->last = r->outcome;
	assert_true(r->outcome != LOG_DONE || r->n == 1);
}

static void
callbacks(void **state)
{
	struct draft d = draft(KIND_CONTACT_ADDED, "{\"type\":\"person\"}");
	struct heard h = { 0, LOG_DEAD };
	struct pollfd p = { .fd = log_fd(lg), .events = POLLIN };
	struct batch *b;

	(void)state;
	for (int i = 0; i < 100; i++) {
		b = batch_new(lg);
		(void)add(b, &d);
		log_append(lg, b, hear, &h);
	}
	while (h.n < 100) {
		assert_int_equal(poll(&p, 1, 10000), 1);
		log_collect(lg);
	}
	assert_int_equal(h.last, LOG_DONE);
	b = batch_new(lg);
	(void)add(b, &d);
	log_append(lg, b, hear, &h);
	log_close(lg);		/* delivers what is left */
	assert_int_equal(h.n, 101);
	lg = NULL;
}

static void
many_across_segments(void **state)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log_options o = { .dir = place.dir, .key_path = place.key };
	struct log_verified sum;
	uint8_t bytes[4096];
	struct receipt r;

	(void)state;
	log_close(lg);
	lg = place_open_small(&place, &t);
	for (uint32_t i = 0; i < 300; i++) {
		logs_bytes(i, bytes, sizeof(bytes));
		assert_int_equal(logs_document(lg, bytes, sizeof(bytes), &r),
		    LOG_DONE);
	}
	assert_int_equal(logs_read(lg, &t), 301);
	assert_int_equal(log_verify(&o, NULL, NULL, &sum, &t), 0);
	assert_true(sum.segments > 5);
	assert_true(sum.entries == 301 && sum.blobs == 300);
	log_close(lg);
	assert_int_equal(log_verify(&o, NULL, NULL, &sum, &t), 0);
	lg = place_open(&place, &t);
	assert_int_equal(logs_contact(lg, &r), LOG_DONE);
	assert_true(r.seq == 302);
}

/* ---- readers beside the writer -------------------------------------- */

struct reader {
	struct log	*log;
	uint64_t	 until;
	uint64_t	 seen;
	int		 failed;
};

/* Follows the journal to an entry; reads each one again by its place. */
static void *
follow(void *arg)
{
	struct reader *r = arg;
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log_cursor *c = log_cursor_new(r->log, NULL, &t);
	struct log_item item;
	struct buf text = BUF_INIT;
	int got = 0;

	while (c != NULL && r->seen < r->until && got != -1) {
		got = log_cursor_next(c, &item, &t);
		if (got == 0)
			(void)log_wait(r->log, r->seen, 1000);
		if (got != 1 || item.what != LOG_ITEM_ENTRY)
			continue;
		buf_clear(&text);
		if (item.seq != r->seen + 1 ||
		    log_entry(r->log, &item.loc, &text, &t) == -1 ||
		    text.len != item.len)
			got = -1;
		r->seen = item.seq;
	}
	r->failed = c == NULL || got == -1;
	if (r->failed)
		logs_say(&t);
	buf_release(&text);
	log_cursor_free(c);
	return NULL;
}

static void
readers_beside_the_writer(void **state)
{
	struct trouble t = { .key = SAY_STORE_MEMORY };
	struct log_options o = { .dir = place.dir, .key_path = place.key };
	struct log_verified sum;
	struct reader r[2];
	pthread_t thread[2];
	uint8_t bytes[70000];
	struct receipt receipt;

	(void)state;
	log_close(lg);
	lg = place_open_small(&place, &t);
	for (int i = 0; i < 2; i++) {
		r[i] = (struct reader){ lg, 201, 0, 0 };
		assert_int_equal(pthread_create(&thread[i], NULL, follow,
		    &r[i]), 0);
	}
	for (uint32_t i = 0; i < 200; i++) {
		size_t n = i % 10 == 0 ? sizeof(bytes) : 3000;

		logs_bytes(i, bytes, n);
		assert_int_equal(logs_document(lg, bytes, n, &receipt),
		    LOG_DONE);
		if (i % 50 == 25)
			assert_int_equal(log_verify(&o, NULL, NULL, &sum, &t),
			    0);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(r[i].failed, 0);
		assert_true(r[i].seen == 201);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_and_refs),
		TEST(drafts_are_checked),
		TEST(claims),
		TEST(repeated_requests),
		TEST(blobs_of_every_size),
		TEST(derived_blobs),
		TEST(marks),
		TEST(callbacks),
		TEST(many_across_segments),
		TEST(readers_beside_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
