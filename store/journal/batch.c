/* SPDX-License-Identifier: ISC */
/*
 * batch: what one append is made of, as the collect thread builds it.  A
 * draft is checked here, while its maker can still be told: what is in the
 * journal stays there.
 */
#include "store/journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"

#define ENVELOPE_MAX	512	/* bytes of an entry around its body */
#define LASTING_MAX	(18 + KIND_NAME_MAX + ID_KEY_LEN + 2 + 2 * LOG_HASH_LEN)
#define CLAIM_SIZE	(LOG_CLAIM_LEN + 8)

struct batch *
batch_new(struct log *log)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->log = log;
	b->job.is_batch = 1;
	b->estimate = FRAME_SIZE(COMMIT_LEN);
	return b;
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	for (unsigned i = 0; i < b->nblobs; i++)
		blobw_free(b->blob[i]);
	free(b->blob);
	free(b->draft);
	free(b->expect);
	free(b->set);
	free(b->receipt);
	buf_release(&b->text);
	free(b);
}

/* Room for one more in an array that doubles at powers of two. */
static void *
grow(struct batch *b, void *array, unsigned n, size_t size)
{
	void *grown;

	if ((n & (n - 1)) != 0)
		return array;
	grown = reallocarray(array, n == 0 ? 1 : (size_t)n * 2, size);
	if (grown == NULL)
		b->failed = 1;
	return grown;
}

static size_t
text_add(struct batch *b, const void *text, size_t len)
{
	size_t at = b->text.len;

	buf_add(&b->text, text, len);
	buf_addc(&b->text, '\0');
	return at;
}

int
batch_blob(struct batch *b, struct blobw *blob)
{
	struct blobw **grown = grow(b, b->blob, b->nblobs, sizeof(*grown));
	char name[5 + 2 * LOG_HASH_LEN + 1] = "blob/";
	size_t size;

	if (grown == NULL)
		return -1;
	b->blob = grown;
	for (size_t i = 0; i < LOG_HASH_LEN; i++)
		(void)snprintf(name + 5 + 2 * i, 3, "%02x", blob->sha256[i]);
	log_claim_key(b->log, name, blob->claim);
	size = FRAME_SIZE(LOG_HASH_LEN + blob->data.len);
	if (blob->stream != NULL || blob->series == LOG_DERIVED)
		size = (size_t)blob->pieces * MAP_PLACE +
		    (blob->pieces / MAP_PLACES + 1) * FRAME_SIZE(MAP_HEAD);
	if (b->estimate + size > LIMIT_GROUP) {
		errno = EMSGSIZE;
		return -1;
	}
	b->estimate += size;
	b->job.bytes += blob->data.len;
	b->blob[b->nblobs] = blob;
	return (int)b->nblobs++;
}

static int
body_good(const struct draft *d)
{
	struct json j;
	int good;

	if (json_parse(&j, d->body, d->bodylen) == -1)
		return 0;
	good = j.tok[0].type == JSON_OBJ && kind_check(d->kind, &j, 0) == NULL;
	json_release(&j);
	return good;
}

static int
ref_good(const struct batch *b, const struct ref *r)
{
	return r->of < 0 || (unsigned)r->of < b->ndrafts;
}

static int
draft_good(const struct batch *b, const struct draft *d)
{
	if (d->kind >= KIND_COUNT || d->actor == NULL ||
	    strlen(d->actor) >= sizeof(b->draft->actor) ||
	    d->blob >= (int)b->nblobs || !ref_good(b, &d->client) ||
	    !ref_good(b, &d->kase) || !ref_good(b, &d->contact) ||
	    !ref_good(b, &d->document) || !ref_good(b, &d->staff) ||
	    strlen(kind_name(d->kind)) >= KIND_NAME_MAX)
		return 0;
	if (d->blob >= 0 && (kind_assigns(d->kind) != ID_DOCUMENT ||
	    b->blob[d->blob]->series == LOG_DERIVED))
		return 0;
	return body_good(d);
}

int
batch_draft(struct batch *b, const struct draft *d)
{
	struct bdraft *grown, *to;
	size_t size;

	if (d->bodylen > LIMIT_ENTRY - ENVELOPE_MAX ||
	    b->ndrafts == LIMIT_BATCH_DRAFTS) {
		errno = EMSGSIZE;
		return -1;
	}
	if (!draft_good(b, d)) {
		errno = EINVAL;
		return -1;
	}
	size = FRAME_SIZE(LASTING_MAX + 3 * CLAIM_SIZE) +
	    FRAME_SIZE(SALT_LEN + ENVELOPE_MAX + d->bodylen);
	if (b->estimate + size > LIMIT_GROUP) {
		errno = EMSGSIZE;
		return -1;
	}
	grown = grow(b, b->draft, b->ndrafts, sizeof(*grown));
	if (grown == NULL)
		return -1;
	b->draft = grown;
	to = &grown[b->ndrafts];
	*to = (struct bdraft){ .kind = d->kind, .v = d->v == 0 ? 1 : d->v,
	    .client = d->client, .kase = d->kase, .contact = d->contact,
	    .document = d->document, .staff = d->staff, .bundle = d->bundle,
	    .blob = d->blob,
	    .bodylen = d->bodylen };
	memcpy(to->actor, d->actor, strlen(d->actor) + 1);
	to->body = text_add(b, d->body, d->bodylen);
	if (buf_failed(&b->text)) {
		errno = ENOMEM;
		return -1;
	}
	b->estimate += size;
	b->job.bytes += d->bodylen;
	return (int)b->ndrafts++;
}

int
batch_expect(struct batch *b, const char *claim, uint64_t value)
{
	struct expect *grown = grow(b, b->expect, b->nexpects,
	    sizeof(*grown));

	if (grown == NULL)
		return -1;
	b->expect = grown;
	grown += b->nexpects;
	log_claim_key(b->log, claim, grown->key);
	grown->value = value;
	grown->name = text_add(b, claim, strlen(claim));
	b->nexpects++;
	return buf_failed(&b->text) ? -1 : 0;
}

int
batch_set(struct batch *b, int d, const char *claim, uint64_t value)
{
	struct set *grown = grow(b, b->set, b->nsets, sizeof(*grown));

	if (grown == NULL)
		return -1;
	b->set = grown;
	if (d < 0 || (unsigned)d >= b->ndrafts ||
	    b->nsets + 4 > ENTRY_CLAIMS_MAX) {
		errno = EINVAL;
		return -1;
	}
	grown += b->nsets;
	log_claim_key(b->log, claim, grown->key);
	grown->value = value;
	grown->draft = (unsigned)d;
	b->nsets++;
	b->estimate += CLAIM_SIZE;
	return 0;
}

/* Two claims: which entry answered the key, and what was asked. */
int
batch_idempotent(struct batch *b, const char *key, uint64_t request)
{
	struct buf name = BUF_INIT;
	int rc = -1;

	if (key == NULL)
		return 0;
	buf_adds(&name, "idempotent/");
	buf_adds(&name, key);
	if (!buf_failed(&name) && buf_str(&name) != NULL) {
		log_claim_key(b->log, buf_str(&name), b->idem_key);
		buf_adds(&name, "/asked");
		if (buf_str(&name) != NULL) {
			log_claim_key(b->log, buf_str(&name), b->ask_key);
			rc = 0;
		}
	}
	buf_release(&name);
	b->idem_key[LOG_CLAIM_LEN - 1] |= 1;	/* LOG_CLAIM_EXPIRES */
	b->ask_key[LOG_CLAIM_LEN - 1] |= 1;
	b->idempotent = rc == 0;
	b->request = request == 0 ? 1 : request;	/* 0 is absence */
	b->failed |= rc == -1;
	return rc;
}
