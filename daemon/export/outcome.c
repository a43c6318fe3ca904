/* SPDX-License-Identifier: ISC */
/* outcome: see outcome.h. */
#include "daemon/export/outcome.h"

#include <stdio.h>

#include "proto/base/json.h"

struct stating {
	struct store	*store;
	const struct bundle_job *job;
	int		 rc;
	const struct bundle_outcome *outcome;
	const struct trouble *trouble;
};

static void
write_built(const struct stating *j, const uint8_t *numbers, struct buf *body)
{
	const struct bundle_outcome *o = j->outcome;
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kint(&w, "build", j->job->build);
	jw_kint(&w, "bytes", (int64_t)o->bytes);
	jw_kint(&w, "documents", (int64_t)o->documents);
	jw_kint(&w, "files", (int64_t)o->files);
	if (numbers != NULL) {
		jw_key(&w, "numbers");
		jw_hex(&w, numbers, LOG_HASH_LEN);
	}
	jw_kint(&w, "pages", (int64_t)o->pages);
	jw_key(&w, "tagmanifest");
	jw_hex(&w, o->tagmanifest, sizeof o->tagmanifest);
	jw_kint(&w, "withheld", (int64_t)o->withheld);
	jw_end(&w);
}

static void
write_failed(const struct stating *j, struct buf *body)
{
	struct buf why = BUF_INIT;
	struct jw w;

	trouble_say(&why, LANG_EN, j->trouble);
	jw_init(&w, body);
	jw_object(&w);
	jw_kint(&w, "build", j->job->build);
	jw_kstr(&w, "reason", buf_str(&why));
	jw_end(&w);
	buf_release(&why);
}

/* The numbers as a blob of the batch; its hash.  0, or -1. */
static int
put_numbers(const struct stating *j, struct batch *b,
    uint8_t hash_r[LOG_HASH_LEN])
{
	struct blobw *blob = blobw_new(store_log(j->store), 0);

	if (blob == NULL)
		return -1;
	if (blobw_add(blob, j->outcome->numbers.data,
	    j->outcome->numbers.len) == -1) {
		blobw_free(blob);
		return -1;
	}
	blobw_hash(blob, hash_r);
	return batch_blob(b, blob) == -1 ? -1 : 0;
}

/* What every entry about the build has; 0, or -1. */
static int
draft_begin(const struct stating *j, enum kind kind, const struct buf *body,
    struct draft *d)
{
	struct bundle bundle;

	if (buf_failed(body) || bundle_get(j->store, &j->job->bundle, &bundle,
	    NULL) != 1)
		return -1;
	*d = (struct draft){ .kind = kind, .actor = "dossierd",
	    .client = REF_ID(bundle.client), .kase = REF_NONE,
	    .contact = REF_NONE, .document = REF_NONE, .staff = REF_NONE,
	    .bundle = j->job->bundle, .body = (const char *)body->data,
	    .bodylen = body->len, .blob = -1 };
	if (bundle.of.kind == ID_CASE)
		d->kase = REF_ID(bundle.of);
	return 0;
}

/* How it ended, which is stated once. */
static int
draft_ended(const struct stating *j, struct batch *b, const struct buf *body)
{
	char id[ID_TEXT_MAX], claim[ID_TEXT_MAX + 40];
	struct draft d;
	int n;

	(void)snprintf(claim, sizeof claim, "ended/%s.%u",
	    id_text(&j->job->bundle, id), j->job->build);
	if (draft_begin(j, j->rc == 0 ? KIND_BUNDLE_BUILT :
	    KIND_BUNDLE_FAILED, body, &d) == -1 ||
	    batch_expect(b, claim, 0) == -1 || (n = batch_draft(b, &d)) == -1)
		return -1;
	return batch_set(b, n, claim, CLAIM_SEQ);
}

/* The stamp that came while it was sealed. */
static int
draft_stamp(const struct stating *j, struct batch *b)
{
	struct buf body = BUF_INIT;
	struct draft d;
	int rc;

	if (j->rc != 0 || j->outcome->stamp.token.len == 0)
		return 0;
	stamp_wish_body(&j->outcome->stamp, &body);
	rc = draft_begin(j, KIND_BUNDLE_STAMPED, &body, &d) == -1 ||
	    batch_draft(b, &d) == -1 ? -1 : 0;
	buf_release(&body);
	return rc;
}

struct batch *
outcome_batch(struct store *store, const struct bundle_job *job, int rc,
    const struct bundle_outcome *outcome, const struct trouble *trouble)
{
	const struct stating s = { store, job, rc, outcome, trouble };
	struct batch *b = batch_new(store_log(store));
	uint8_t hash[LOG_HASH_LEN];
	struct buf body = BUF_INIT;
	int has = rc == 0 && outcome->numbers.len > 0;
	int bad = b == NULL || (has && put_numbers(&s, b, hash) == -1);

	if (!bad && rc == 0)
		write_built(&s, has ? hash : NULL, &body);
	else if (!bad)
		write_failed(&s, &body);
	bad = bad || draft_ended(&s, b, &body) == -1 ||
	    draft_stamp(&s, b) == -1;
	buf_release(&body);
	if (!bad)
		return b;
	batch_free(b);
	return NULL;
}

void
outcome_release(struct bundle_outcome *outcome)
{
	buf_release(&outcome->numbers);
	stamp_wish_release(&outcome->stamp);
}
