/* SPDX-License-Identifier: ISC */
/*
 * bundle_seal: seal/, made last and in no manifest: which build this was, and
 * the office's signature over tagmanifest-sha512.txt, which through its sums
 * covers all else: CMS, detached, DER, with the signing certificate among the
 * signed attributes (CAdES-BES, RFC 5126).
 *
 * Keys are of RSA or on a curve that OpenSSL 3.0 signs CMS with; Ed25519 is
 * refused by it.  What others say of a bundle is not written here but stated:
 * seal_parts.c has it when the bundle is fetched.  Their silence fails no
 * build: late.c asks again.
 */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "daemon/log.h"
#include "proto/out/layout.h"

/* ---- which build ------------------------------------------------- */

static int
put_build(struct making *m)
{
	struct buf text = BUF_INIT;
	char id[ID_TEXT_MAX];
	struct jw w;
	int rc;

	jw_init(&w, &text);
	jw_object(&w);
	jw_kint(&w, "build", m->build.build);
	jw_kstr(&w, "bundle", id_text(&m->bundle->id, id));
	jw_kstr(&w, "program", "dossier " DOSSIER_VERSION);
	jw_key(&w, "tagmanifest_sha512");
	jw_hex(&w, m->outcome->tagmanifest, sizeof m->outcome->tagmanifest);
	jw_end(&w);
	buf_addc(&text, '\n');
	rc = bag_put(m->bag, LAYOUT_BUILD, text.data, text.len,
	    m->t);
	buf_release(&text);
	return rc;
}

/* ---- the signature ----------------------------------------------- */

static int
seal_failed(struct making *m, const char *path)
{
	char why[200] = "";
	unsigned long e = ERR_peek_last_error();

	if (e != 0)
		ERR_error_string_n(e, why, sizeof why);
	ERR_clear_error();
	return trouble_set(m->t, SAY_EXPORT_SEAL, path, why, NULL, NULL);
}

static X509 *
read_certificate(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	X509 *x = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, NULL, NULL);

	BIO_free(in);
	return x;
}

static int
no_password(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_key(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	EVP_PKEY *key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL,
	    no_password, NULL);

	BIO_free(in);
	return key;
}

/* Certificates between the office's and the authority; NULL if none. */
static STACK_OF(X509) *
read_chain(const char *path)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *in = path == NULL ? NULL : BIO_new_file(path, "r");
	X509 *x;

	while (in != NULL && chain != NULL &&
	    (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(chain, x) == 0)
			X509_free(x);
	if (in != NULL)
		ERR_clear_error();	/* the end of the file is one */
	BIO_free(in);
	return chain;
}

/* The signature over the text, DER; 0, or -1 with OpenSSL's own queue. */
static int
sign(X509 *certificate, EVP_PKEY *key, STACK_OF(X509) *chain,
    const struct buf *text, struct buf *out)
{
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_CADES |
	    CMS_PARTIAL | CMS_NOSMIMECAP;
	BIO *in = BIO_new_mem_buf(text->data, (int)text->len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, chain, NULL, flags);
	unsigned char *der = NULL;
	int n = -1;

	if (in != NULL && cms != NULL && CMS_add1_signer(cms, certificate,
	    key, EVP_sha256(), flags) != NULL &&
	    CMS_final(cms, in, NULL, flags) == 1)
		n = i2d_CMS_ContentInfo(cms, &der);
	if (n > 0)
		buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return n > 0 && !buf_failed(out) ? 0 : -1;
}

static int
put_signature(struct making *m, const struct buf *text)
{
	const struct bundle_conf *c = m->conf;
	X509 *certificate = read_certificate(c->seal_certificate);
	EVP_PKEY *key = read_key(c->seal_key);
	STACK_OF(X509) *chain = read_chain(c->seal_chain);
	struct buf out = BUF_INIT;
	int rc;

	if (certificate == NULL)
		rc = seal_failed(m, c->seal_certificate);
	else if (key == NULL)
		rc = seal_failed(m, c->seal_key);
	else if (sign(certificate, key, chain, text, &out) == -1)
		rc = seal_failed(m, c->seal_certificate);
	else
		rc = bag_put(m->bag, LAYOUT_SIGNATURE, out.data, out.len,
		    m->t);
	buf_release(&out);
	sk_X509_pop_free(chain, X509_free);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return rc;
}

/* ---- the stamp --------------------------------------------------- */

static void
ask_stamp(struct making *m)
{
	struct stamp_wish *wish = &m->outcome->stamp;
	char why[256];

	if (m->conf->seal == NULL || m->conf->seal->nstamp == 0)
		return;
	wish->build = m->build.build;
	memcpy(wish->tagmanifest, m->outcome->tagmanifest,
	    sizeof wish->tagmanifest);
	if (!stamp_wish_ask(wish, m->conf->seal, &m->progress->stop, why))
		logline(LOGLINE_WARNING, "bundle.stamp", "why=\"%s\"", why);
}

int
make_seal(struct making *m, const struct buf *text)
{
	if (put_build(m) == -1)
		return -1;
	if (m->conf->seal_certificate != NULL && put_signature(m, text) == -1)
		return -1;
	ask_stamp(m);
	return 0;
}
