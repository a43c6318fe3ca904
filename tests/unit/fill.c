/* SPDX-License-Identifier: ISC */
/*
 * fill: see fill.h.  Every failure ends the test.
 */
#include "tests/unit/fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 20000

/* The store of a told story: story.h, roof.h and kept.h declare it. */
struct fill fill;

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
fail_with(const struct trouble *trouble)
{
	struct buf text = BUF_INIT;

	trouble_say(&text, LANG_EN, trouble);
	fail_msg("%s", buf_str(&text));
}

static void
open_store(struct fill *f)
{
	struct store_options options = { .dir = f->dir, .key_path = f->key };
	struct trouble trouble;
	struct log_head head;

	memset(&trouble, 0, sizeof(trouble));
	if ((f->store = store_open(&options, &trouble)) == NULL)
		fail_with(&trouble);
	if (log_start(store_log(f->store), &trouble) == -1)
		fail_with(&trouble);
	log_head(store_log(f->store), &head);
	assert_int_equal(store_wait(f->store, head.seq, WAIT_MS), 1);
}

void
fill_begin(struct fill *f)
{
	struct trouble trouble;

	memset(f, 0, sizeof(*f));
	memset(&trouble, 0, sizeof(trouble));
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/dossier-ask-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->key, sizeof(f->key), "%s/master.key", f->dir);
	if (log_init(f->dir, f->key, &trouble) == -1)
		fail_with(&trouble);
	open_store(f);
}

void
fill_end(struct fill *f)
{
	store_close(f->store);
	remove_tree(f->dir);
}

void
fill_reopen(struct fill *f, int wipe_views)
{
	char path[128];

	store_close(f->store);
	if (wipe_views) {
		(void)snprintf(path, sizeof(path), "%s/views", f->dir);
		assert_int_equal(access(path, F_OK), 0);
		remove_tree(path);
	}
	open_store(f);
}

static void
append(struct fill *f, struct batch *batch)
{
	assert_int_equal(log_append_wait(store_log(f->store), batch, &f->last,
	    1), LOG_DONE);
	assert_int_equal(store_wait(f->store, f->last.seq, WAIT_MS), 1);
}

static struct ref
ref(struct id id)
{
	return id.kind == ID_NONE ? REF_NONE : REF_ID(id);
}

uint64_t
fill_entry(struct fill *f, enum kind kind, const struct names *names,
    const char *body)
{
	struct batch *batch = batch_new(store_log(f->store));
	char text[8192];
	struct draft draft = { .kind = kind, .actor = "uid:1000",
	    .client = ref(names->client), .kase = ref(names->kase),
	    .contact = ref(names->contact), .document = ref(names->document),
	    .staff = ref(names->staff), .bundle = names->bundle,
	    .body = text, .blob = -1 };

	assert_non_null(batch);
	assert_true(strlen(body) < sizeof(text));
	draft.bodylen = strlen(body);
	for (size_t i = 0; i <= draft.bodylen; i++)
		text[i] = body[i] == '\'' ? '"' : body[i];
	assert_int_equal(batch_draft(batch, &draft), 0);
	append(f, batch);
	return f->last.seq;
}

struct id
fill_document(struct fill *f, const char *bytes, const char *source,
    const char *front, const char *back)
{
	struct log *log = store_log(f->store);
	struct batch *batch = batch_new(log);
	struct blobw *blob = blobw_new(log, 0);
	struct draft draft = { .kind = KIND_DOCUMENT_RECEIVED,
	    .actor = "dossierd", .client = REF_NONE, .kase = REF_NONE,
	    .contact = REF_NONE, .document = REF_NONE, .staff = REF_NONE };
	struct buf body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];

	assert_non_null(batch);
	assert_non_null(blob);
	assert_int_equal(blobw_add(blob, bytes, strlen(bytes)), 0);
	blobw_hash(blob, hash);
	buf_adds(&body, "{");
	buf_adds(&body, front);
	buf_adds(&body, "'sha256':'");
	buf_addhex(&body, hash, sizeof(hash));
	buf_adds(&body, "','size':");
	buf_addu(&body, strlen(bytes));
	buf_adds(&body, ",'source':'");
	buf_adds(&body, source);
	buf_adds(&body, "'");
	buf_adds(&body, back);
	buf_adds(&body, "}");
	for (size_t i = 0; i < body.len; i++)
		if (body.data[i] == '\'')
			body.data[i] = '"';
	draft.body = buf_str(&body);
	draft.bodylen = body.len;
	draft.blob = batch_blob(batch, blob);
	assert_int_equal(batch_draft(batch, &draft), 0);
	append(f, batch);
	buf_release(&body);
	return f->last.number;
}
