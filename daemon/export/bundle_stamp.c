/* SPDX-License-Identifier: ISC */
/*
 * bundle_stamp: what others say of a bundle, in seal/: an RFC 3161 stamp of
 * tagmanifest-sha512.txt, asked for now from the first authority that
 * answers; and the stamp and cosignatures of the master checkpoint that the
 * proofs stand on, as they are in the journal by now.
 *
 * Nobody's silence fails a build: what is missing is missing.
 */
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "daemon/log.h"
#include "daemon/trees/post.h"
#include "daemon/trees/seal_conf.h"
#include "daemon/trees/stamp.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/out/checkpoint.h"
#include "proto/out/layout.h"


/* ---- the bundle's own stamp -------------------------------------- */

/* 1: the authority has answered and it holds. */
static int
ask_stamp(struct making *m, const char *url, const struct buf *text,
    struct buf *answer)
{
	struct buf request = BUF_INIT;
	struct stamp *stamp = stamp_ask(text->data, text->len, &request);
	char why[256] = "";
	int64_t at;
	int ok;

	buf_clear(answer);
	ok = stamp != NULL && post(url, "application/timestamp-query",
	    &request, LIMIT_STAMP, &m->progress->stop, answer, why) == 200 &&
	    stamp_check(stamp, answer->data, answer->len, &at, why) == 0;
	if (!ok)
		logline(LOGLINE_WARNING, "bundle.stamp", "why=\"%s\"", why);
	stamp_free(stamp);
	buf_release(&request);
	return ok;
}

/* The certificates that the authority sent with its stamp. */
static int
put_chain(struct making *m, const struct buf *answer)
{
	const unsigned char *p = answer->data;
	TS_RESP *response = d2i_TS_RESP(NULL, &p, (long)answer->len);
	PKCS7 *token = response == NULL ? NULL :
	    TS_RESP_get_token(response);
	BIO *out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *certs = token == NULL || !PKCS7_type_is_signed(token) ?
	    NULL : token->d.sign->cert;
	char *text;
	long n = 0;
	int rc = 0;

	for (int i = 0; out != NULL && i < sk_X509_num(certs); i++)
		(void)PEM_write_bio_X509(out, sk_X509_value(certs, i));
	if (out != NULL)
		n = BIO_get_mem_data(out, &text);
	if (n > 0)
		rc = bag_put(m->bag, LAYOUT_TSA_CHAIN, text, (size_t)n,
		    m->t);
	BIO_free(out);
	TS_RESP_free(response);
	return rc;
}

static int
put_stamp(struct making *m, const struct buf *text)
{
	const struct seal_conf *c = m->conf->seal;
	struct buf answer = BUF_INIT;
	int rc = 0;

	for (unsigned i = 0; c != NULL && i < c->nstamp; i++) {
		if (!ask_stamp(m, c->stamp[i], text, &answer))
			continue;
		rc = bag_put(m->bag, LAYOUT_STAMP, answer.data, answer.len,
		    m->t);
		if (rc == 0)
			rc = put_chain(m, &answer);
		break;
	}
	buf_release(&answer);
	return rc;
}

/* ---- the master checkpoint's ------------------------------------- */

struct seals {
	struct making	*m;
	struct trees	*trees;
	struct buf	 token;		/* of the first stamp */
	struct buf	 lines;		/* of witnesses */
};

static int
on_seal(void *arg, enum kind kind, uint64_t seq)
{
	struct seals *s = arg;
	struct buf text = BUF_INIT, value = BUF_INIT;
	struct entry e;
	int rc = trees_entry(s->trees, seq, &text, NULL);

	if (rc == 1 && entry_decode(&e, (const char *)text.data, text.len) ==
	    0) {
		if (kind == KIND_TREE_STAMPED && s->token.len == 0) {
			(void)json_str(&e.json, entry_get(&e, "token"),
			    &value);
			(void)text_unbase64(&s->token, (char *)value.data,
			    value.len);
		} else if (kind == KIND_TREE_COSIGNED) {
			(void)json_str(&e.json, entry_get(&e, "line"),
			    &s->lines);
			if (s->lines.len > 0 &&
			    s->lines.data[s->lines.len - 1] != '\n')
				buf_addc(&s->lines, '\n');
		}
		entry_release(&e);
	}
	buf_release(&text);
	buf_release(&value);
	return rc == -1 ? -1 : 0;
}

static int
put_seals(struct making *m, struct seals *s)
{
	struct checkpoint head = { .size = m->checkpoint.master_size };
	struct buf note = BUF_INIT;
	int rc = 0;

	memcpy(head.root, m->checkpoint.master, MERKLE_HASH);
	if (trees_seals(s->trees, head.size, on_seal, s) == -1 ||
	    trees_origin(s->trees, &TREE_MASTER, m->checkpoint.life,
	    head.origin) == -1 ||
	    checkpoint_sign(&note, &head, m->conf->log_seed) == -1) {
		buf_release(&note);
		return making_failed(m, "seal");
	}
	buf_add(&note, s->lines.data, s->lines.len);
	rc = bag_put(m->bag, LAYOUT_MASTER_HEAD, note.data,
	    note.len, m->t);
	if (rc == 0 && s->token.len > 0)
		rc = bag_put(m->bag, LAYOUT_MASTER_STAMP, s->token.data,
		    s->token.len, m->t);
	buf_release(&note);
	return rc;
}

int
make_stamps(struct making *m, const struct buf *text)
{
	struct seals s = { .m = m };
	int rc = put_stamp(m, text);

	if (rc == 0 && (s.trees = trees_open(m->store, m->t)) == NULL)
		rc = -1;
	if (rc == 0)
		rc = put_seals(m, &s);
	trees_close(s.trees);
	buf_release(&s.token);
	buf_release(&s.lines);
	return rc;
}
