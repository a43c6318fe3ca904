/* SPDX-License-Identifier: ISC */
/*
 * verify_seal: the signature (CMS, CAdES-BES) and the time stamps (RFC 3161)
 * that stand in seal/.  Without certificates to trust, only that they are
 * over these bytes can be checked; who made them cannot, and it says so.
 *
 * A stamp's certificate is held good at the time of the stamp, a signature's
 * at that of the bundle's stamp if that one is sure, else now.
 */
#include "client/verify_own.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "proto/base/when.h"
#include "proto/out/layout.h"

int
verify_seal_prepare(void)
{
	static const char *const names[] = {
		"SHA1", "SHA256", "SHA384", "SHA512",
	};

	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_DIGESTS |
	    OPENSSL_INIT_ADD_ALL_CIPHERS, NULL) != 1)
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		EVP_MD *md = EVP_MD_fetch(NULL, names[i], NULL);

		if (md == NULL)
			return -1;
		EVP_MD_free(md);
	}
	return 0;
}

static BIO *
bio(const struct buf *b)
{
	return BIO_new_mem_buf(b->len > 0 ? (const void *)b->data : "",
	    (int)b->len);
}

/* ---- certificates ------------------------------------------------------ */

/* All of a PEM text into the store or the stack.  How many; -1: no memory. */
static int
certificates(const struct buf *pem, X509_STORE *store, STACK_OF(X509) *stack)
{
	BIO *in = bio(pem);
	X509 *x;
	int n = 0;

	if (in == NULL)
		return -1;
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		if (store != NULL && X509_STORE_add_cert(store, x) == 1)
			n++;
		if (stack != NULL && sk_X509_push(stack, x) > 0)
			n++;
		else
			X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	return n;
}

/* A store of these alone, asked about one moment (WHEN_NONE: now). */
static X509_STORE *
trust(const struct buf *pem, int64_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param;

	if (store == NULL || certificates(pem, store, NULL) < 1) {
		X509_STORE_free(store);
		return NULL;
	}
	param = X509_STORE_get0_param(store);
	(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	if (at != WHEN_NONE)
		X509_VERIFY_PARAM_set_time(param, (time_t)(at / WHEN_SECOND));
	return store;
}

static void
name_text(const X509 *x, char *name_r, size_t size)
{
	X509_NAME *name = x != NULL ? X509_get_subject_name(x) : NULL;

	name_r[0] = '\0';
	if (name != NULL)
		(void)X509_NAME_oneline(name, name_r, (int)size);
}

/* ---- the signature ----------------------------------------------------- */

static CMS_ContentInfo *
cms_read(const struct buf *der)
{
	BIO *in = bio(der);
	CMS_ContentInfo *cms = in != NULL ? d2i_CMS_bio(in, NULL) : NULL;

	if (cms != NULL && BIO_pending(in) != 0) {	/* more behind it */
		CMS_ContentInfo_free(cms);
		cms = NULL;
	}
	BIO_free(in);
	return cms;
}

/*
 * 1 if it is over these bytes (and by whom the store trusts; only with it
 * can the signed attribute that names the certificate be checked).
 */
static int
cms_holds(CMS_ContentInfo *cms, const struct buf *sealed, X509_STORE *store)
{
	BIO *in = bio(sealed), *out = BIO_new(BIO_s_null());
	unsigned flags = CMS_BINARY | (store != NULL ? CMS_CADES :
	    CMS_NO_SIGNER_CERT_VERIFY);
	int good = in != NULL && out != NULL &&
	    CMS_verify(cms, NULL, store, in, out, flags) == 1;

	BIO_free(in);
	BIO_free(out);
	ERR_clear_error();
	return good;
}

static void
signer_text(CMS_ContentInfo *cms, char *name_r, size_t size)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);

	name_text(signers != NULL ? sk_X509_value(signers, 0) : NULL, name_r,
	    size);
	sk_X509_free(signers);
}

static void
seal(struct verify *v)
{
	const struct verify_file *file = verify_file(v, LAYOUT_SIGNATURE);
	const struct verify_file *sealed = verify_file(v, LAYOUT_SEALED);
	CMS_ContentInfo *cms;
	X509_STORE *store;
	char name[200];

	if (file == NULL || sealed == NULL)
		return;
	if ((cms = cms_read(&file->kept)) == NULL) {
		verify_broken(v, VERIFY_SEAL, SAY_VERIFY_SEAL_FORM, NULL,
		    NULL);
		return;
	}
	store = v->ca.len > 0 ? trust(&v->ca, v->stamped) : NULL;
	if (v->ca.len > 0 && store == NULL)
		verify_broken(v, VERIFY_SEAL, SAY_VERIFY_CA_FORM, "--ca",
		    NULL);
	else if (!cms_holds(cms, &sealed->kept, NULL))
		verify_broken(v, VERIFY_SEAL, SAY_VERIFY_SEAL_BAD, NULL,
		    NULL);
	else if (store != NULL && !cms_holds(cms, &sealed->kept, store))
		verify_broken(v, VERIFY_SEAL, SAY_VERIFY_SEAL_WHO, NULL,
		    NULL);
	else {
		signer_text(cms, name, sizeof name);
		if (store != NULL)
			verify_good(v, VERIFY_SEAL, SAY_VERIFY_OK_SEAL, name,
			    NULL);
		else
			verify_half(v, VERIFY_SEAL, SAY_VERIFY_HALF_SEAL,
			    name, NULL);
	}
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
}

/* ---- stamps ------------------------------------------------------------ */

/* When the authority says it was; WHEN_NONE if it says nothing. */
static int64_t
stamp_time(TS_RESP *stamp)
{
	TS_TST_INFO *info = TS_RESP_get_tst_info(stamp);
	const ASN1_GENERALIZEDTIME *at = info != NULL ?
	    TS_TST_INFO_get_time(info) : NULL;
	struct tm tm;

	if (at == NULL || ASN1_TIME_to_tm(at, &tm) != 1)
		return WHEN_NONE;
	return when_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) *
	    WHEN_DAY + ((int64_t)tm.tm_hour * 3600 + tm.tm_min * 60 +
	    tm.tm_sec) * WHEN_SECOND;
}

static TS_RESP *
stamp_read(const struct buf *der)
{
	BIO *in = bio(der);
	TS_RESP *stamp = in != NULL ? d2i_TS_RESP_bio(in, NULL) : NULL;

	if (stamp != NULL && (BIO_pending(in) != 0 ||
	    TS_RESP_get_tst_info(stamp) == NULL)) {
		TS_RESP_free(stamp);
		stamp = NULL;
	}
	BIO_free(in);
	ERR_clear_error();
	return stamp;
}

/*
 * 1 if it is over these bytes and, with a store, signed by whom it trusts.
 * Takes the store.
 */
static int
stamp_holds(TS_RESP *stamp, const struct buf *over, X509_STORE *store,
    const struct buf *chain)
{
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	STACK_OF(X509) *more = sk_X509_new_null();
	BIO *data = bio(over);
	int good = 0;

	if (ctx == NULL || more == NULL || data == NULL) {
		X509_STORE_free(store);
		sk_X509_free(more);
		BIO_free(data);
	} else {
		if (chain != NULL)
			(void)certificates(chain, NULL, more);
		TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA |
		    (store != NULL ? TS_VFY_SIGNATURE : 0));
		TS_VERIFY_CTX_set_data(ctx, data);	/* takes them */
		TS_VERIFY_CTX_set_store(ctx, store);
		TS_VERIFY_CTX_set_certs(ctx, more);
		good = TS_RESP_verify_response(ctx, stamp) == 1;
	}
	TS_VERIFY_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

/* 1 if the certificate in it, whoever's it is, has signed it. */
static int
stamp_signed(TS_RESP *stamp)
{
	int good = PKCS7_verify(TS_RESP_get_token(stamp), NULL, NULL, NULL,
	    NULL, PKCS7_NOVERIFY) == 1;

	ERR_clear_error();
	return good;
}

static void
stamp(struct verify *v, enum verify_check check, const char *path,
    const struct buf *over)
{
	const struct verify_file *file = verify_file(v, path);
	const struct verify_file *chain = verify_file(v, LAYOUT_TSA_CHAIN);
	char text[WHEN_TEXT_MAX];
	X509_STORE *store = NULL;
	TS_RESP *it;
	int64_t at;

	if (file == NULL || over == NULL)
		return;
	if ((it = stamp_read(&file->kept)) == NULL ||
	    (at = stamp_time(it)) == WHEN_NONE) {
		verify_broken(v, check, SAY_VERIFY_STAMP_FORM, path, NULL);
		TS_RESP_free(it);
		return;
	}
	(void)when_short(at, text);
	if (v->tsa_ca.len > 0 && (store = trust(&v->tsa_ca, at)) == NULL)
		verify_broken(v, check, SAY_VERIFY_CA_FORM, "--tsa-ca", NULL);
	else if (!stamp_holds(it, over, NULL, NULL) || !stamp_signed(it)) {
		X509_STORE_free(store);
		verify_broken(v, check, SAY_VERIFY_STAMP_BAD, path, NULL);
	} else if (store == NULL)
		verify_half(v, check, SAY_VERIFY_HALF_STAMP, text, NULL);
	else if (!stamp_holds(it, over, store, chain != NULL ?
	    &chain->kept : NULL))
		verify_broken(v, check, SAY_VERIFY_STAMP_WHO, path, NULL);
	else {
		verify_good(v, check, SAY_VERIFY_OK_STAMP, text, NULL);
		if (check == VERIFY_STAMP)
			v->stamped = at;
	}
	TS_RESP_free(it);
}

void
verify_seals(struct verify *v)
{
	const struct verify_file *sealed = verify_file(v, LAYOUT_SEALED);

	v->stamped = WHEN_NONE;
	stamp(v, VERIFY_STAMP, LAYOUT_STAMP, sealed != NULL ?
	    &sealed->kept : NULL);
	seal(v);
	/* Whoever forges a seal's bundle takes the seal out. */
	if (v->ca.len > 0 && verify_is(v, VERIFY_SEAL, VERIFY_NOT_THERE))
		verify_broken(v, VERIFY_SEAL, SAY_VERIFY_NO_SEAL, "--ca",
		    NULL);
}

void
verify_master_stamp(struct verify *v)
{
	stamp(v, VERIFY_MASTER_STAMP, LAYOUT_MASTER_STAMP,
	    verify_log_master(v));
	if (v->tsa_ca.len > 0 && verify_is(v, VERIFY_STAMP,
	    VERIFY_NOT_THERE) && verify_is(v, VERIFY_MASTER_STAMP,
	    VERIFY_NOT_THERE))
		verify_broken(v, VERIFY_STAMP, SAY_VERIFY_NO_SEAL,
		    "--tsa-ca", NULL);
}
