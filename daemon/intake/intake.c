/* SPDX-License-Identifier: ISC */
/*
 * intake: from any door to the journal's batch.
 *
 * Fields are kept sorted by name as they are set, so the body comes out as
 * canonical JSON whatever the order of the doors' calls.  One document.filed
 * for each intake_file() rides in the same append.
 */
#include "daemon/intake/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake/again.h"

#define INTAKE_FILINGS 16

struct field {
	char		*name;
	struct buf	 json;		/* canonical, one value */
};

struct filing_wish {
	struct id	client, kase;
	struct buf	body;
};

struct intake {
	struct store		*store;
	struct blobw		*blob;
	char			*actor;
	char			*key;
	struct field		*field;
	size_t			 nfields;
	struct filing_wish	 wish[INTAKE_FILINGS];
	unsigned		 nwishes;
	struct id		 proof;		/* ID_NONE: none */
	int			 file_proof, main_proof;
	intake_done_fn		*done;
	void			*arg;
};

struct intake *
intake_new(struct store *store, const char *actor, const char *channel,
    const char *source)
{
	struct intake *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->store = store;
	in->actor = strdup(actor);
	in->blob = blobw_new(store_log(store), 0);
	if (in->actor == NULL || in->blob == NULL ||
	    intake_text(in, "channel", channel) == -1 ||
	    intake_text(in, "source", source) == -1) {
		intake_free(in);
		errno = ENOMEM;
		return NULL;
	}
	return in;
}

void
intake_free(struct intake *in)
{
	size_t i;

	if (in == NULL)
		return;
	for (i = 0; i < in->nfields; i++) {
		free(in->field[i].name);
		buf_release(&in->field[i].json);
	}
	for (i = 0; i < in->nwishes; i++)
		buf_release(&in->wish[i].body);
	free(in->field);
	free(in->actor);
	free(in->key);
	blobw_free(in->blob);
	free(in);
}

/* The place of a name in the sorted fields; *found_r: it is there. */
static size_t
place_of(const struct intake *in, const char *name, int *found_r)
{
	size_t i;
	int order;

	for (i = 0; i < in->nfields; i++) {
		order = strcmp(in->field[i].name, name);
		if (order >= 0) {
			*found_r = order == 0;
			return i;
		}
	}
	*found_r = 0;
	return i;
}

int
intake_set(struct intake *in, const char *name, const char *json, size_t len)
{
	struct field *grown;
	int found;
	size_t i = place_of(in, name, &found);

	if (!found) {
		grown = reallocarray(in->field, in->nfields + 1,
		    sizeof(*grown));
		if (grown == NULL)
			return -1;
		in->field = grown;
		memmove(grown + i + 1, grown + i,
		    (in->nfields - i) * sizeof(*grown));
		memset(&grown[i], 0, sizeof(grown[i]));
		in->nfields++;
		if ((grown[i].name = strdup(name)) == NULL) {
			memmove(grown + i, grown + i + 1,
			    (--in->nfields - i) * sizeof(*grown));
			return -1;
		}
	}
	buf_clear(&in->field[i].json);
	buf_add(&in->field[i].json, json, len);
	return buf_failed(&in->field[i].json) ? -1 : 0;
}

int
intake_text(struct intake *in, const char *name, const char *text)
{
	struct buf json = BUF_INIT;
	struct jw w;
	int rc;

	if (text == NULL || *text == '\0')
		return 0;
	jw_init(&w, &json);
	jw_str(&w, text);
	rc = buf_failed(&json) ? -1 :
	    intake_set(in, name, (const char *)json.data, json.len);
	buf_release(&json);
	return rc;
}

int
intake_file(struct intake *in, const struct id *client,
    const struct id *kase, const char *certainty, const char *rule,
    const char *title, const char *reason)
{
	struct filing_wish *f = &in->wish[in->nwishes];
	struct jw w;

	if (in->nwishes == INTAKE_FILINGS) {
		errno = EMSGSIZE;
		return -1;
	}
	f->client = client != NULL ? *client : (struct id){ .kind = ID_NONE };
	f->kase = kase != NULL ? *kase : (struct id){ .kind = ID_NONE };
	buf_init(&f->body);
	jw_init(&w, &f->body);
	jw_object(&w);
	jw_kstr(&w, "certainty", certainty);
	jw_kbool(&w, "main", in->nwishes == 0);
	jw_kstr_opt(&w, "reason", reason);
	jw_kstr_opt(&w, "rule", rule);
	jw_kstr_opt(&w, "title", title);
	jw_end(&w);
	if (buf_failed(&f->body)) {
		buf_release(&f->body);
		return -1;
	}
	in->nwishes++;
	return 0;
}

int
intake_proof(struct intake *in, const struct id *slip, int file, int main)
{
	in->proof = *slip;
	in->file_proof = file;
	in->main_proof = main;
	return 0;
}

int
intake_key(struct intake *in, const char *key)
{
	free(in->key);
	in->key = NULL;
	if (key == NULL)
		return 0;
	return (in->key = strdup(key)) != NULL ? 0 : -1;
}

int
intake_bytes(struct intake *in, const void *bytes, size_t len)
{
	return blobw_add(in->blob, bytes, len);
}

uint64_t
intake_size(const struct intake *in)
{
	return blobw_size(in->blob);
}

/* FNV-1a of what is asked for, to know a repeated key's other request. */
static uint64_t
fingerprint(const struct intake *in, const struct buf *body)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i, j;

	for (i = 0; i < body->len; i++)
		h = (h ^ body->data[i]) * UINT64_C(0x100000001b3);
	h = (h ^ in->proof.number) * UINT64_C(0x100000001b3);
	for (j = 0; j < in->nwishes; j++)
		for (i = 0; i < in->wish[j].body.len; i++)
			h = (h ^ in->wish[j].body.data[i]) *
			    UINT64_C(0x100000001b3);
	return h;
}

static void
body_of(const struct intake *in, struct buf *body)
{
	struct jw w;
	size_t i;

	jw_init(&w, body);
	jw_object(&w);
	for (i = 0; i < in->nfields; i++) {
		jw_key(&w, in->field[i].name);
		jw_raw(&w, (const char *)in->field[i].json.data,
		    in->field[i].json.len);
	}
	jw_end(&w);
}

/* The slip under the same case or client, as a person's filing. */
static int
draft_proof_filed(struct intake *in, struct batch *b, struct draft d)
{
	char claim[128], doc[ID_TEXT_MAX], under[ID_TEXT_MAX];
	const struct filing_wish *wish = &in->wish[0];
	struct buf body = BUF_INIT;
	struct jw w;
	int i, rc = -1;

	(void)snprintf(claim, sizeof(claim), "filing/%s/%s",
	    id_text(&in->proof, doc), id_text(wish->kase.kind != ID_NONE ?
	    &wish->kase : &wish->client, under));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "certainty", "person");
	jw_kbool(&w, "main", in->main_proof);
	jw_end(&w);
	d.kind = KIND_DOCUMENT_FILED;
	d.document = REF_ID(in->proof);
	d.client = REF_ID(wish->client);
	d.kase = REF_ID(wish->kase);
	d.body = buf_str(&body);
	d.bodylen = body.len;
	if (!buf_failed(&body) && (i = batch_draft(b, &d)) != -1 &&
	    batch_expect(b, claim, 0) == 0 &&
	    batch_set(b, i, claim, CLAIM_SEQ) == 0)
		rc = 0;
	buf_release(&body);
	return rc;
}

/* The link from the arrival to the slip, and the slip's filing. */
static int
draft_proof(struct intake *in, struct batch *b, int first, struct draft d)
{
	struct buf body = BUF_INIT;
	char text[ID_TEXT_MAX];
	struct jw w;
	int rc;

	if (in->proof.kind == ID_NONE)
		return 0;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", "proof-of-sending");
	jw_kstr(&w, "other", id_text(&in->proof, text));
	jw_kstr(&w, "why", "person");
	jw_end(&w);
	d.kind = KIND_DOCUMENT_LINKED;
	d.blob = -1;
	d.client = d.kase = REF_NONE;
	d.document = REF_DRAFT(first);
	d.body = buf_str(&body);
	d.bodylen = body.len;
	rc = buf_failed(&body) || batch_draft(b, &d) == -1 ? -1 : 0;
	buf_release(&body);
	if (rc == 0 && in->file_proof && in->nwishes > 0)
		rc = draft_proof_filed(in, b, d);
	return rc;
}

/* The drafts of the batch: the arrival, its filings, its proof. */
static int
draft_all(struct intake *in, struct batch *b, int blob, const struct buf *body)
{
	struct draft d = {
		.kind = KIND_DOCUMENT_RECEIVED, .actor = in->actor,
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_NONE, .staff = REF_NONE,
		.body = (const char *)body->data, .bodylen = body->len,
		.blob = blob
	};
	struct draft f = d;
	unsigned i;
	int first = batch_draft(b, &d);

	if (first == -1)
		return -1;
	f.kind = KIND_DOCUMENT_FILED;
	f.blob = -1;
	f.document = REF_DRAFT(first);
	for (i = 0; i < in->nwishes; i++) {
		f.client = REF_ID(in->wish[i].client);
		f.kase = REF_ID(in->wish[i].kase);
		f.body = (const char *)in->wish[i].body.data;
		f.bodylen = in->wish[i].body.len;
		if (batch_draft(b, &f) == -1)
			return -1;
	}
	return draft_proof(in, b, first, f);
}

static void
committed(void *arg, const struct log_result *result)
{
	struct intake *in = arg;

	if (result->outcome == LOG_REPEATED)
		again_answer(in->store, result->first, in->done, in->arg);
	else
		in->done(in->arg, result->outcome,
		    result->outcome == LOG_DONE ? result->receipt : NULL);
	intake_free(in);
}

int
intake_commit(struct intake *in, intake_done_fn *done, void *arg)
{
	struct buf body = BUF_INIT;
	struct batch *b = batch_new(store_log(in->store));
	uint8_t hash[LOG_HASH_LEN];
	char number[24], hex[2 * LOG_HASH_LEN + 1];
	size_t i;
	int blob, bad, error;

	errno = 0;
	in->done = done;
	in->arg = arg;
	blobw_hash(in->blob, hash);
	for (i = 0; i < sizeof(hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)blobw_size(in->blob));
	bad = b == NULL || intake_text(in, "sha256", hex) == -1 ||
	    intake_set(in, "size", number, strlen(number)) == -1;
	body_of(in, &body);
	bad = bad || buf_failed(&body) ||
	    (blob = batch_blob(b, in->blob)) == -1;
	if (!bad) {
		in->blob = NULL;
		bad = draft_all(in, b, blob, &body) == -1 ||
		    (in->key != NULL && batch_idempotent(b, in->key,
		    fingerprint(in, &body)) == -1);
	}
	buf_release(&body);
	if (bad) {
		error = errno != 0 ? errno : ENOMEM;
		batch_free(b);
		intake_free(in);
		errno = error;
		return -1;
	}
	log_append(store_log(in->store), b, committed, in);
	return 0;
}

void
intake_receipt(struct buf *out, const struct receipt *r)
{
	char id[ID_TEXT_MAX];

	buf_adds(out, "kept as ");
	buf_adds(out, id_text(&r->number, id));
	buf_adds(out, ", entry ");
	buf_addu(out, r->seq);
	buf_adds(out, ", receipt ");
	buf_addhex(out, r->chain, 8);
}
