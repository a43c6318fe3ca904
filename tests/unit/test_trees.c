/* SPDX-License-Identifier: ISC */
/*
 * test_trees: the trees of a store held against a second making of them
 * (naive.h), and what is answered about them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/when.h"
#include "store/ask/trees.h"
#include "tests/unit/naive.h"

#define CLIENTS	40		/* more than edges that a batch holds */

typedef uint8_t hash[32];

static struct fill fill;
static const struct names nobody;
static struct id client[CLIENTS], kase;

/* ---- the story --------------------------------------------------------- */

static void
fact(struct id about, unsigned i)
{
	struct names names = { .client = about };
	char body[100];

	if (about.kind == ID_CASE)
		names = (struct names){ .client = client[0], .kase = about };
	(void)snprintf(body, sizeof body, "{'name':'sector','value':'%u'}",
	    i);
	(void)fill_entry(&fill, KIND_FACT_STATED, &names, body);
}

/* Appends what trees_next() gives, and makes the heads here too. */
static struct tree_checkpoint
checkpoint(uint64_t position, uint64_t life)
{
	struct tree_checkpoint c, none;
	struct buf body = BUF_INIT;
	struct trees *trees;
	uint64_t last, before = 0, want = 0;
	hash root;

	trees = trees_open(fill.store, NULL);
	assert_non_null(trees);
	if (trees_checkpoint_last(trees, UINT64_MAX, &c) == 1) {
		before = c.position;
		want = c.seq;
	}
	trees_close(trees);
	assert_int_equal(trees_next(fill.store, position, &body, &last, NULL),
	    1);
	assert_int_equal(last, want);
	(void)fill_entry(&fill, KIND_TREE_CHECKPOINT, &nobody,
	    buf_str(&body));
	buf_release(&body);
	assert_false(store_trouble(fill.store, NULL));

	naive_read();
	naive_head(&naive_journal, position, life, fill.last.seq);
	for (unsigned i = 0; i < naive_cases; i++) {
		const struct naive *t = &naive_case[i];

		if (naive_size(t, position) > naive_size(t, before))
			naive_head(t, position, life, fill.last.seq);
	}
	trees = trees_open(fill.store, NULL);
	assert_int_equal(trees_checkpoint_last(trees, fill.last.seq, &c), 1);
	assert_int_equal(c.seq, fill.last.seq);
	assert_int_equal(c.position, position);
	assert_int_equal(c.life, life);
	assert_int_equal(c.master_size, naive_master.n);
	naive_root(&naive_master, 0, naive_master.n, root);
	assert_memory_equal(c.master, root, 32);
	naive_root(&naive_journal, 0, (unsigned)position, root);
	assert_memory_equal(c.journal, root, 32);
	assert_int_equal(trees_checkpoint_from(trees, position, &none), 1);
	assert_int_equal(none.seq, c.seq);
	assert_int_equal(trees_checkpoint_from(trees, position + 1, &none),
	    0);
	trees_close(trees);
	return c;
}

static void
people(void)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		(void)fill_entry(&fill, KIND_CLIENT_ADDED, &nobody,
		    "{'name':'A client'}");
		client[i] = fill.last.number;
	}
	(void)fill_entry(&fill, KIND_CASE_OPENED,
	    &(struct names){ .client = client[0] }, "{'title':'Lease'}");
	kase = fill.last.number;
}

/* ---- tests -------------------------------------------------------------- */

static void
empty(void **state)
{
	const struct tree_id tree = TREE_MASTER;
	struct trees *trees = trees_open(fill.store, NULL);
	struct tree_checkpoint c;
	uint64_t size = 7;
	hash want, got;

	(void)state;
	assert_non_null(trees);
	assert_int_equal(trees_size(trees, &tree, 1, &size), 0);
	assert_int_equal(size, 0);
	naive_root(&naive_master, 0, 0, want);
	assert_int_equal(trees_root(trees, &tree, 0, got), 0);
	assert_memory_equal(want, got, 32);
	assert_int_equal(trees_checkpoint_last(trees, 9, &c), 0);
	assert_int_equal(trees_checkpoint_from(trees, 0, &c), 0);
	assert_int_equal(trees_life(trees), 1);
	trees_close(trees);
}

static void
grown(void **state)
{
	(void)state;
	people();
	(void)checkpoint(1, 1);
	for (unsigned i = 0; i < 90; i++)
		fact(i % 3 == 0 ? kase : client[i % CLIENTS], i);
	(void)checkpoint(fill.last.seq - 5, 1);
	fact(client[7], 1);
	fact(kase, 2);
	fact(client[7], 3);
	(void)checkpoint(fill.last.seq, 1);
	naive_read();
	naive_same();
}

/* Where a proof of a case finds its head in the master tree. */
static void
heads(void **state)
{
	const struct tree_id of_case = TREE_CASE(kase);
	struct tree_checkpoint first, second;
	struct tree_head head;
	struct buf leaf = BUF_INIT;
	struct trees *trees;
	uint64_t at, size;

	(void)state;
	fact(kase, 1);
	first = checkpoint(fill.last.seq, 1);
	fact(client[3], 1);
	second = checkpoint(fill.last.seq, 1);
	trees = trees_open(fill.store, NULL);
	assert_int_equal(trees_size(trees, &of_case, second.position, &size),
	    0);
	/* It did not grow since the first: its head is there. */
	assert_int_equal(trees_head_index(trees, &of_case, &second, &at,
	    &head), 1);
	assert_int_equal(head.seq, first.seq);
	assert_int_equal(head.size, size);
	assert_true(at < first.master_size);
	assert_true(at >= first.master_size - first.heads);
	assert_int_equal(trees_leaf(trees, &TREE_MASTER, at, &leaf), 0);
	assert_string_equal(buf_str(&leaf), naive_master.leaf[at]);
	buf_release(&leaf);
	assert_int_equal(trees_head_index(trees, &TREE_JOURNAL, &first, &at,
	    &head), 1);
	assert_int_equal(at, first.master_size - first.heads);
	assert_int_equal(head.size, first.position);
	assert_int_equal(trees_head_index(trees, &TREE_CASE(
	    ((struct id){ ID_CLIENT, 0, 0, 999 })), &first, &at, &head), 0);
	trees_close(trees);
}

static int
count_seal(void *arg, enum kind kind, uint64_t seq)
{
	uint64_t *seen = arg;

	seen[kind == KIND_TREE_STAMPED] = seq;
	return 0;
}

static void
seals(void **state)
{
	struct buf text = BUF_INIT;
	struct tree_checkpoint c;
	uint64_t seen[2] = { 0, 0 }, stamped;
	uint8_t salt[32], md[32], want[32];
	struct trees *trees;
	char body[300];

	(void)state;
	c = checkpoint(fill.last.seq, 1);
	(void)snprintf(body, sizeof body, "{'authority':'a','master_size':"
	    "%llu,'time':'2026-01-01T00:00:00Z','token':'AAAA'}",
	    (unsigned long long)c.master_size);
	stamped = fill_entry(&fill, KIND_TREE_STAMPED, &nobody, body);
	(void)snprintf(body, sizeof body, "{'line':'x','master_size':%llu,"
	    "'time':'2026-01-01T00:00:00Z','witness':'w'}",
	    (unsigned long long)c.master_size);
	(void)fill_entry(&fill, KIND_TREE_COSIGNED, &nobody, body);
	trees = trees_open(fill.store, NULL);
	assert_int_equal(trees_seals(trees, c.master_size, count_seal, seen),
	    0);
	assert_int_equal(seen[1], stamped);
	assert_int_equal(seen[0], fill.last.seq);
	seen[0] = seen[1] = 0;
	assert_int_equal(trees_seals(trees, c.master_size + 1, count_seal,
	    seen), 0);
	assert_int_equal(seen[0] + seen[1], 0);

	/* An entry and its salt are what was committed to. */
	assert_int_equal(trees_entry(trees, stamped, &text, salt), 1);
	assert_int_equal(trees_commitment(trees, stamped, want), 0);
	{
		EVP_MD_CTX *x = EVP_MD_CTX_new();

		EVP_DigestInit(x, EVP_sha256());
		EVP_DigestUpdate(x, salt, sizeof salt);
		EVP_DigestUpdate(x, text.data, text.len);
		EVP_DigestFinal(x, md, NULL);
		EVP_MD_CTX_free(x);
	}
	assert_memory_equal(md, want, 32);
	assert_int_equal(trees_entry(trees, fill.last.seq + 1, &text, salt),
	    0);
	assert_int_equal(trees_commitment(trees, fill.last.seq + 1, want),
	    -1);
	buf_release(&text);
	trees_close(trees);
}

static void
bound(void **state)
{
	struct id d = fill_document(&fill, "bytes", "test",
	    "'channel':'email',", "");
	uint64_t first = fill.last.seq, *seq;
	size_t n;

	(void)state;
	(void)fill_entry(&fill, KIND_DOCUMENT_READ,
	    &(struct names){ .document = d },
	    "{'reader':'t','reason':'r','status':'unread'}");
	(void)fill_entry(&fill, KIND_DOCUMENT_FILED,
	    &(struct names){ .client = client[0], .kase = kase,
	    .document = d }, "{'certainty':'person','main':true}");
	assert_int_equal(trees_bound(fill.store, &d, 0, &seq, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(seq[0], first);
	assert_int_equal(seq[1], first + 1);
	free(seq);
	assert_int_equal(trees_bound(fill.store, &d, first, &seq, &n, NULL),
	    0);
	assert_int_equal(n, 1);
	free(seq);
}

struct heard {
	uint64_t	 seq[4], case_seq[4];
	unsigned	 n, most;
};

static int
hear(void *arg, const struct entry *e, uint64_t case_seq)
{
	struct heard *h = arg;

	assert_true(h->n < 4);
	h->seq[h->n] = e->seq;
	h->case_seq[h->n++] = case_seq;
	return h->n == h->most ? 7 : 0;
}

/* What was stated of a document, with its place in one tree. */
static void
told(void **state)
{
	struct id d = fill_document(&fill, "other bytes", "test",
	    "'channel':'email',", "");
	uint64_t first = fill.last.seq, kinds = KIND_BIT(
	    KIND_DOCUMENT_RECEIVED) | KIND_BIT(KIND_DOCUMENT_FILED);
	struct tree_id tree = TREE_CASE(kase), other = TREE_CASE(client[1]);
	struct heard h = { .most = 4 };

	(void)state;
	(void)fill_entry(&fill, KIND_DOCUMENT_READ,
	    &(struct names){ .document = d },
	    "{'reader':'t','reason':'r','status':'unread'}");
	(void)fill_entry(&fill, KIND_DOCUMENT_FILED,
	    &(struct names){ .client = client[0], .kase = kase,
	    .document = d }, "{'certainty':'person','main':true}");
	assert_int_equal(trees_told(fill.store, &d, 0, kinds, &tree, hear, &h,
	    NULL), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.seq[0], first);
	assert_int_equal(h.case_seq[0], 0);
	assert_int_equal(h.seq[1], first + 2);
	assert_true(h.case_seq[1] > 0);
	h = (struct heard){ .most = 4 };
	assert_int_equal(trees_told(fill.store, &d, 0, kinds, &other, hear, &h,
	    NULL), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.case_seq[1], 0);
	h = (struct heard){ .most = 4 };
	assert_int_equal(trees_told(fill.store, &d, first + 1, kinds, &tree,
	    hear, &h, NULL), 0);
	assert_int_equal(h.n, 1);
	h = (struct heard){ .most = 1 };
	assert_int_equal(trees_told(fill.store, &d, 0, kinds, &tree, hear, &h,
	    NULL), 7);
	assert_int_equal(h.n, 1);
}

/* Out of the last entry's leaf in the journal's tree. */
static uint64_t
life_of_last(void)
{
	const struct naive *t = &naive_journal;
	enum leaf_tree tree;
	struct leaf leaf;
	const char *text;

	naive_read();
	text = t->leaf[t->n - 1];
	assert_int_equal(leaf_parse(&leaf, &tree, text, strlen(text)), 0);
	assert_int_equal(leaf.seq, fill.last.seq);
	return (uint64_t)(leaf.at / WHEN_SECOND) << 32 |
	    (uint64_t)leaf.commitment[0] << 24 |
	    (uint64_t)leaf.commitment[1] << 16 |
	    (uint64_t)leaf.commitment[2] << 8 | leaf.commitment[3];
}

/* After a restore heads stand under another origin; the trees go on. */
static void
lives(void **state)
{
	struct trees *trees;
	char name[NOTE_NAME_MAX + 1], want[128];
	uint64_t life, before;

	(void)state;
	(void)fill_entry(&fill, KIND_STORE_RESTORED, &nobody,
	    "{'position':3}");
	before = life_of_last();
	(void)checkpoint(fill.last.seq, before);
	(void)fill_entry(&fill, KIND_ROLLBACK_ACCEPTED, &nobody, "{'seen':9}");
	life = life_of_last();
	assert_true(life != before);	/* also within one second */
	fact(kase, 9);
	(void)checkpoint(fill.last.seq, life);
	trees = trees_open(fill.store, NULL);
	assert_int_equal(trees_life(trees), life);
	for (unsigned i = 0; i < 2; i++) {
		struct tree_id t = i == 0 ? TREE_MASTER : TREE_CASE(kase);

		assert_int_equal(trees_origin(trees, &t, life, name), 0);
		naive_origin(&t, life, want, sizeof want);
		assert_string_equal(name, want);
	}
	trees_close(trees);
	naive_same();
}

/* Out of lasting parts alone, without any views. */
static int
verify(struct trouble *t)
{
	const struct log_options o = { .dir = fill.dir,
	    .key_path = fill.key };
	struct log_verified sum;

	memset(t, 0, sizeof *t);
	return log_verify(&o, NULL, NULL, &sum, t);
}

/* All of it in a few batches, from nothing. */
static void
again(void **state)
{
	const struct store_options o = { .dir = fill.dir,
	    .key_path = fill.key };
	struct trouble t;

	(void)state;
	store_close(fill.store);
	assert_int_equal(verify(&t), 0);
	assert_int_equal(store_rebuild(&o, 1, &t), 0);
	fill.store = store_open(&o, &t);
	assert_non_null(fill.store);
	fill_reopen(&fill, 1);
	assert_int_equal(store_wait(fill.store, fill.last.seq, 60000), 1);
	naive_same();
}

static void
append(const char *body, struct receipt *r)
{
	struct batch *b = batch_new(store_log(fill.store));
	struct draft d = { .kind = KIND_TREE_CHECKPOINT, .actor = "dossierd",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE, .blob = -1,
	    .body = body, .bodylen = strlen(body) };

	assert_int_equal(batch_draft(b, &d), 0);
	assert_int_equal(log_append_wait(store_log(fill.store), b, r, 1),
	    LOG_DONE);
}

/* Another root, size or position than what the journal gives: they stop. */
static void
differs(const char *member, const char *value)
{
	struct buf body = BUF_INIT;
	struct receipt r;
	struct trouble t;
	char bad[1000], *at, *end;
	uint64_t last;

	fact(kase, 4);
	assert_int_equal(trees_next(fill.store, 0, &body, &last, NULL), 1);
	at = strstr(buf_str(&body), member);
	assert_non_null(at);
	at += strlen(member);
	for (end = at; *end != ',' && *end != '}'; end++)
		continue;
	(void)snprintf(bad, sizeof bad, "%.*s%s%s",
	    (int)(at - (char *)body.data), (char *)body.data, value, end);
	buf_release(&body);
	append(bad, &r);
	while (!store_trouble(fill.store, &t))
		(void)store_wait(fill.store, r.seq, 50);
	assert_int_equal(t.key, SAY_VIEWS_TREE);
	assert_int_equal(store_wait(fill.store, r.seq, 100), 0);
	assert_int_equal(store_applied(fill.store), r.seq - 1);
	assert_int_equal(verify(&t), -1);
	assert_int_equal(t.key, SAY_STORE_TREE);
}

#define ZEROS "\"0000000000000000000000000000000000000000000000000000000000000000\""

static void
refused(void **state)
{
	static const char *const bad[][2] = {
		{ "\"journal\":", ZEROS }, { "\"master\":", ZEROS },
		{ "\"master_size\":", "1" }, { "\"heads\":", "1" },
		{ "\"position\":", "1" }, { "\"position\":", "99999" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		fill_end(&fill);
		fill_begin(&fill);
		people();
		naive_free(&naive_master);
		(void)checkpoint(fill.last.seq, 1);
		differs(bad[i][0], bad[i][1]);
	}
}

static int
begin(void **state)
{
	(void)state;
	fill_begin(&fill);
	naive_begin(&fill);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fill_end(&fill);
	naive_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(grown),
		cmocka_unit_test(heads),
		cmocka_unit_test(seals),
		cmocka_unit_test(bound),
		cmocka_unit_test(told),
		cmocka_unit_test(lives),
		cmocka_unit_test(again),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
