/* SPDX-License-Identifier: ISC */
/*
 * logs: see logs.h.
 */
#include "tests/unit/logs.h"

#include <openssl/evp.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/journal.h"

void
logs_say(const struct trouble *t)
{
	struct buf b = BUF_INIT;

	trouble_say(&b, LANG_EN, t);
	(void)fprintf(stderr, "%s\n", buf_str(&b));
	buf_release(&b);
}

void
place_make(struct place *p, int init)
{
	const char *tmp = getenv("TMPDIR");
	struct trouble t = { .key = SAY_STORE_MEMORY };

	(void)snprintf(p->root, sizeof(p->root), "%s/dossier.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(p->root) == NULL) {
		perror(p->root);
		abort();
	}
	(void)snprintf(p->dir, sizeof(p->dir), "%s/store", p->root);
	(void)snprintf(p->key, sizeof(p->key), "%s/master.key", p->root);
	if (init && log_init(p->dir, p->key, &t) == -1) {
		logs_say(&t);
		abort();
	}
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
place_remove(struct place *p)
{
	(void)nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
place_path(const struct place *p, const char *name, char path_r[LOGS_PATH])
{
	(void)snprintf(path_r, LOGS_PATH, "%.180s/%s", p->dir, name);
	return path_r;
}

struct log *
place_read(const struct place *p, struct trouble *t)
{
	const struct log_options o = { .dir = p->dir, .key_path = p->key,
	    .reading = 1 };

	return log_open(&o, t);
}

static void
small(struct segment *g)
{
	g->limit = 256u << 10;
	g->step = 64u << 10;
}

static struct log *
open_for_writing(const struct place *p, int is_small, struct trouble *t)
{
	const struct log_options o = { .dir = p->dir, .key_path = p->key };
	struct log *log = log_open(&o, t);

	if (log != NULL && is_small) {
		small(&log->writer->journal);
		small(&log->writer->blobs.segment);
		small(&log->writer->derived.segment);
	}
	if (log != NULL && log_start(log, t) == -1) {
		log_close(log);
		return NULL;
	}
	return log;
}

struct log *
place_open(const struct place *p, struct trouble *t)
{
	return open_for_writing(p, 0, t);
}

struct log *
place_open_small(const struct place *p, struct trouble *t)
{
	return open_for_writing(p, 1, t);
}

void
logs_bytes(uint32_t seed, uint8_t *out, size_t n)
{
	uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = (uint8_t)(x >> 32);
	}
}

static struct draft
draft(enum kind kind, const struct buf *body)
{
	return (struct draft){ .kind = kind, .actor = "test", .blob = -1,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE,
	    .body = (const char *)body->data, .bodylen = body->len };
}

enum log_outcome
logs_document(struct log *log, const void *bytes, size_t n,
    struct receipt *receipt)
{
	struct batch *b = batch_new(log);
	struct blobw *blob = blobw_new(log, 0);
	struct buf body = BUF_INIT;
	struct draft d;
	uint8_t hash[LOG_HASH_LEN];

	if (b == NULL || blob == NULL)
		abort();
	if (blobw_add(blob, bytes, n) == -1) {
		blobw_free(blob);
		batch_free(b);
		return log_dead(log, NULL) ? LOG_DEAD : LOG_NO_SPACE;
	}
	blobw_hash(blob, hash);
	buf_adds(&body, "{\"channel\":\"post\",\"sha256\":\"");
	buf_addhex(&body, hash, sizeof(hash));
	buf_adds(&body, "\",\"size\":");
	buf_addu(&body, n);
	buf_adds(&body, ",\"source\":\"test\"}");
	d = draft(KIND_DOCUMENT_RECEIVED, &body);
	d.blob = batch_blob(b, blob);
	if (d.blob == -1 || batch_draft(b, &d) == -1) {
		perror("batch_draft");
		abort();
	}
	buf_release(&body);
	return log_append_wait(log, b, receipt, receipt == NULL ? 0 : 1);
}

enum log_outcome
logs_contact(struct log *log, struct receipt *receipt)
{
	struct batch *b = batch_new(log);
	struct buf body = BUF_INIT;
	struct draft d;

	buf_adds(&body, "{\"type\":\"person\"}");
	d = draft(KIND_CONTACT_ADDED, &body);
	if (b == NULL || batch_draft(b, &d) == -1) {
		perror("batch_draft");
		abort();
	}
	buf_release(&body);
	return log_append_wait(log, b, receipt, receipt == NULL ? 0 : 1);
}

static int
blob_good(struct log *log, const struct log_item *item, struct trouble *t)
{
	struct blobr *r = blob_open(log, &item->loc, t);
	struct buf b = BUF_INIT;
	uint8_t md[EVP_MAX_MD_SIZE];
	int good = 0;

	if (r == NULL)
		return 0;
	if (blobr_read(r, 0, SIZE_MAX, &b, t) == 0 &&
	    b.len == item->size && blobr_size(r) == item->size)
		good = EVP_Digest(b.data == NULL ? (const void *)"" : b.data,
		    b.len, md, NULL, EVP_sha256(), NULL) == 1 &&
		    memcmp(md, item->sha256, LOG_HASH_LEN) == 0;
	buf_release(&b);
	blobr_free(r);
	return good;
}

long
logs_read(struct log *log, struct trouble *t)
{
	struct log_cursor *c = log_cursor_new(log, NULL, t);
	struct log_item item;
	struct entry e;
	long n = 0;
	int r;

	if (c == NULL)
		return -1;
	while ((r = log_cursor_next(c, &item, t)) == 1) {
		if (item.what == LOG_ITEM_BLOB && !blob_good(log, &item, t)) {
			r = -1;
			break;
		}
		if (item.what != LOG_ITEM_ENTRY)
			continue;
		if (entry_decode(&e, item.text, item.len) == -1) {
			r = -1;
			break;
		}
		if (e.seq != item.seq || e.at != item.at)
			abort();
		entry_release(&e);
		n++;
	}
	log_cursor_free(c);
	return r == -1 ? -1 : n;
}

int
logs_has_blob(struct log *log, const uint8_t sha256[LOG_HASH_LEN])
{
	struct trouble t;
	struct log_cursor *c = log_cursor_new(log, NULL, &t);
	struct log_item item;
	int found = 0;

	while (c != NULL && !found && log_cursor_next(c, &item, &t) == 1)
		found = item.what == LOG_ITEM_BLOB &&
		    memcmp(item.sha256, sha256, LOG_HASH_LEN) == 0 &&
		    blob_good(log, &item, &t);
	log_cursor_free(c);
	return found;
}
