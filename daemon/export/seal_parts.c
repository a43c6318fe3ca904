/* SPDX-License-Identifier: ISC */
/*
 * seal_parts: see seal_parts.h.  It must never sign a head beyond what is
 * published.
 */
#include "daemon/export/seal_parts.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trees/proof.h"
#include "proto/base/kinds.h"
#include "proto/base/text.h"
#include "proto/out/disclosed.h"
#include "proto/out/layout.h"

struct sealing {
	const struct seal_source *source;
	const struct bundle_build *build;
	struct trees	*trees;
	struct tree_checkpoint checkpoint;	/* its proofs stand on it */
	unsigned	 awaited;
	struct buf	 token;		/* of the first stamp of it; DER */
	unsigned	 ncosigned;
};

const char *
awaits_name(unsigned i)
{
	static const char *const name[AWAITS_N] = { "stamp", "export-proof",
	    "master-stamp", "witness" };

	return i < AWAITS_N ? name[i] : "";
}

/* ---- what there is ----------------------------------------------- */

/* The token of an entry; 0, or -1. */
static int
read_token(struct trees *trees, uint64_t seq, struct buf *der)
{
	struct buf text = BUF_INIT, value = BUF_INIT;
	struct entry e;
	int rc = trees_entry(trees, seq, &text, NULL);

	if (rc == 1 && entry_decode(&e, (const char *)text.data, text.len) ==
	    0) {
		(void)json_str(&e.json, entry_get(&e, "token"), &value);
		rc = text_unbase64(der, (const char *)value.data, value.len);
		entry_release(&e);
	} else if (rc == 1) {
		rc = -1;
	}
	buf_release(&text);
	buf_release(&value);
	return rc;
}

static int
on_seal(void *arg, enum kind kind, uint64_t seq)
{
	struct sealing *s = arg;

	s->ncosigned += kind == KIND_TREE_COSIGNED;
	if (kind != KIND_TREE_STAMPED || s->token.len > 0)
		return 0;
	return read_token(s->trees, seq, &s->token);
}

/* May the proof of the export be signed? */
static int
is_covered(const struct sealing *s, struct tree_checkpoint *c)
{
	const struct tree_checkpoint *published = s->source->published;

	return s->source->seed != NULL && published != NULL &&
	    trees_checkpoint_from(s->trees, s->build->ended, c) == 1 &&
	    c->position <= published->position;
}

static int
look(struct sealing *s)
{
	const struct seal_conf *conf = s->source->conf;
	const struct tree_checkpoint *published = s->source->published;
	struct tree_checkpoint c;

	if (trees_checkpoint_from(s->trees, s->build->position,
	    &s->checkpoint) != 1 || trees_seals(s->trees,
	    s->checkpoint.master_size, on_seal, s) == -1)
		return -1;
	if (!is_covered(s, &c))
		s->awaited |= AWAITS_EXPORT;
	if (conf != NULL && conf->nstamp > 0 && s->build->stamped == 0)
		s->awaited |= AWAITS_STAMP;
	if (conf != NULL && conf->nstamp > 0 && s->token.len == 0)
		s->awaited |= AWAITS_MASTER_STAMP;
	/* A witness signs the newest head and none before it. */
	if (conf != NULL && conf->nwitness > s->ncosigned &&
	    published != NULL &&
	    published->master_size == s->checkpoint.master_size)
		s->awaited |= AWAITS_WITNESS;
	return 0;
}

/* ---- the parts --------------------------------------------------- */

static struct buf *
part(struct seal_parts *p, const char *path)
{
	p->part[p->n].path = path;
	return &p->part[p->n++].bytes;
}

/*
 * The entry of the export with its salt, and its leaf in the tree of the case
 * under a head signed after it: the tree that the bundle gives, grown.
 */
static int
put_export(struct sealing *s, struct seal_parts *p)
{
	struct disclosed line = { .case_seq = 0 };
	struct tree_checkpoint c;
	struct tree_id tree;
	struct proof proof;
	uint64_t index;
	int rc;

	if (!is_covered(s, &c))
		return 0;
	proof_init(&proof);
	rc = proof_of(s->trees, s->source->seed, s->build->ended, &c, &proof);
	if (rc == 1 && (rc = trees_index(s->trees, s->build->ended, &tree,
	    &index)) == 1 && proof.entry.len > 0) {
		line.case_seq = index + 1;
		line.entry = (const char *)proof.entry.data;
		line.entry_len = proof.entry.len;
		memcpy(line.nonce, proof.salt, sizeof line.nonce);
		disclosed_line(part(p, LAYOUT_EXPORT), &line);
		buf_add(part(p, LAYOUT_EXPORT_PROOF), proof.case_.data,
		    proof.case_.len);
	}
	proof_release(&proof);
	return rc == -1 ? -1 : 0;
}

static int
put_master(struct sealing *s, struct seal_parts *p)
{
	if (s->source->seed == NULL)
		return 0;
	if (proof_master_note(s->trees, s->source->seed, &s->checkpoint,
	    part(p, LAYOUT_MASTER_HEAD)) == -1)
		return -1;
	if (s->token.len > 0)
		buf_add(part(p, LAYOUT_MASTER_STAMP), s->token.data,
		    s->token.len);
	return 0;
}

/* The certificates that the authority sent with its stamp. */
static void
put_chain(const struct buf *token, struct buf *pem)
{
	const unsigned char *p = token->data;
	TS_RESP *response = d2i_TS_RESP(NULL, &p, (long)token->len);
	PKCS7 *signed_data = response == NULL ? NULL :
	    TS_RESP_get_token(response);
	BIO *out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *certs = signed_data == NULL ||
	    !PKCS7_type_is_signed(signed_data) ? NULL :
	    signed_data->d.sign->cert;
	char *text;
	long n = 0;

	for (int i = 0; out != NULL && i < sk_X509_num(certs); i++)
		(void)PEM_write_bio_X509(out, sk_X509_value(certs, i));
	if (out != NULL)
		n = BIO_get_mem_data(out, &text);
	if (n > 0)
		buf_add(pem, text, (size_t)n);
	BIO_free(out);
	TS_RESP_free(response);
}

static int
put_stamp(struct sealing *s, struct seal_parts *p)
{
	struct buf *token;

	if (s->build->stamped == 0)
		return 0;
	token = part(p, LAYOUT_STAMP);
	if (read_token(s->trees, s->build->stamped, token) == -1)
		return -1;
	put_chain(token, part(p, LAYOUT_TSA_CHAIN));
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct seal_part *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int
put_all(struct sealing *s, struct seal_parts *p)
{
	if (put_export(s, p) == -1 || put_master(s, p) == -1 ||
	    put_stamp(s, p) == -1)
		return -1;
	for (unsigned i = 0; i < p->n; i++)
		if (buf_failed(&p->part[i].bytes)) {
			errno = ENOMEM;
			return -1;
		}
	qsort(p->part, p->n, sizeof p->part[0], by_path);
	return 0;
}

/* ---- for others -------------------------------------------------- */

int
seal_parts(const struct seal_source *source, const struct bundle_build *build,
    struct seal_parts *p, struct trouble *t)
{
	struct sealing s = { .source = source, .build = build };
	int rc = 0;

	memset(p, 0, sizeof *p);
	if ((s.trees = trees_open(source->store, t)) == NULL)
		return -1;
	if (look(&s) == -1 || put_all(&s, p) == -1) {
		rc = trouble_errno(t, SAY_EXPORT_FAILED, LAYOUT_SEAL);
		seal_parts_release(p);
	}
	p->awaited = s.awaited;
	trees_close(s.trees);
	buf_release(&s.token);
	return rc;
}

unsigned
seal_awaited(const struct seal_source *source,
    const struct bundle_build *build)
{
	struct sealing s = { .source = source, .build = build };

	if ((s.trees = trees_open(source->store, NULL)) == NULL)
		return 0;
	(void)look(&s);
	trees_close(s.trees);
	buf_release(&s.token);
	return s.awaited;
}

void
seal_parts_release(struct seal_parts *p)
{
	for (unsigned i = 0; i < p->n; i++)
		buf_release(&p->part[i].bytes);
	memset(p, 0, sizeof *p);
}
