/* SPDX-License-Identifier: ISC */
/* stamp: see stamp.h. */
#include "daemon/trees/stamp.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/ts.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/base/when.h"

#define NONCE_LEN 16

struct stamp {
	TS_REQ	*request;
};

static int
set_imprint(TS_REQ *req, int algorithm, uint8_t *md, unsigned n)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algo = X509_ALGOR_new();
	int ok = imprint != NULL && algo != NULL &&
	    X509_ALGOR_set0(algo, OBJ_nid2obj(algorithm), V_ASN1_NULL,
	    NULL) == 1 && TS_MSG_IMPRINT_set_algo(imprint, algo) == 1 &&
	    TS_MSG_IMPRINT_set_msg(imprint, md, (int)n) == 1 &&
	    TS_REQ_set_msg_imprint(req, imprint) == 1;

	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algo);
	return ok;
}

/* The first bit is set and the next clear: positive, always as long. */
static int
set_nonce(TS_REQ *req)
{
	uint8_t bytes[NONCE_LEN];
	ASN1_INTEGER *nonce = NULL;
	BIGNUM *bn = NULL;
	int ok;

	ok = RAND_bytes(bytes, sizeof(bytes)) == 1;
	bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
	ok = ok && (bn = BN_bin2bn(bytes, sizeof(bytes), NULL)) != NULL &&
	    (nonce = BN_to_ASN1_INTEGER(bn, NULL)) != NULL &&
	    TS_REQ_set_nonce(req, nonce) == 1;
	ASN1_INTEGER_free(nonce);
	BN_free(bn);
	return ok;
}

static struct stamp *
ask(int algorithm, uint8_t *md, unsigned md_len, struct buf *out)
{
	struct stamp *s = calloc(1, sizeof(*s));
	uint8_t *der = NULL;
	int n = -1;

	if (s != NULL && (s->request = TS_REQ_new()) != NULL &&
	    TS_REQ_set_version(s->request, 1) == 1 &&
	    set_imprint(s->request, algorithm, md, md_len) &&
	    set_nonce(s->request) &&
	    TS_REQ_set_cert_req(s->request, 1) == 1)
		n = i2d_TS_REQ(s->request, &der);
	if (n <= 0) {
		stamp_free(s);
		return NULL;
	}
	buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	return s;
}

struct stamp *
stamp_ask(const void *body, size_t len, struct buf *out)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(body, len, md, &n, EVP_sha256(), NULL) != 1)
		return NULL;
	return ask(NID_sha256, md, n, out);
}

struct stamp *
stamp_ask_sum(const uint8_t sha512[64], struct buf *out)
{
	uint8_t md[64];

	memcpy(md, sha512, sizeof md);
	return ask(NID_sha512, md, sizeof md, out);
}

static int
bad(char why_r[256], const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	(void)snprintf(why_r, 256, "%s%s%s", what, reason != NULL ? ": " : "",
	    reason != NULL ? reason : "");
	ERR_clear_error();
	return -1;
}

/* Granted, and about what was asked: imprint, nonce, version. */
static int
check_against(const struct stamp *s, TS_RESP *resp, char why_r[256])
{
	TS_VERIFY_CTX *ctx = TS_REQ_to_TS_VERIFY_CTX(s->request, NULL);
	int ok = 0;

	if (ctx != NULL) {
		TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_IMPRINT |
		    TS_VFY_NONCE);
		ok = TS_RESP_verify_response(ctx, resp) == 1;
	}
	TS_VERIFY_CTX_free(ctx);
	return ok ? 0 : bad(why_r, "it does not answer what was asked");
}

/* By the certificate that came with it, which must be one for stamps. */
static int
check_signature(PKCS7 *token, char why_r[256])
{
	STACK_OF(X509) *signer = NULL;
	int ok;

	ok = PKCS7_verify(token, NULL, NULL, NULL, NULL, PKCS7_NOVERIFY) == 1 &&
	    (signer = PKCS7_get0_signers(token, NULL, 0)) != NULL &&
	    sk_X509_num(signer) == 1;
	if (!ok) {
		sk_X509_free(signer);
		return bad(why_r, "its signature is bad");
	}
	ok = (X509_get_extended_key_usage(sk_X509_value(signer, 0)) &
	    XKU_TIMESTAMP) != 0 && (X509_get_extension_flags(sk_X509_value(
	    signer, 0)) & EXFLAG_XKUSAGE) != 0;
	sk_X509_free(signer);
	return ok ? 0 : bad(why_r, "its certificate is not for time stamps");
}

static int64_t
time_of(TS_TST_INFO *info)
{
	const ASN1_GENERALIZEDTIME *at = TS_TST_INFO_get_time(info);
	struct tm tm;

	if (at == NULL || ASN1_TIME_to_tm(at, &tm) != 1)
		return WHEN_NONE;
	return (when_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) *
	    86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) *
	    WHEN_SECOND;
}

int
stamp_check(const struct stamp *s, const void *response, size_t len,
    int64_t *at_r, char why_r[256])
{
	const uint8_t *p = response;
	TS_RESP *resp;
	int rc = -1;

	ERR_clear_error();
	resp = d2i_TS_RESP(NULL, &p, (long)len);
	if (resp == NULL || p != (const uint8_t *)response + len)
		(void)bad(why_r, "it is no time stamp response");
	else if (check_against(s, resp, why_r) == 0 &&
	    check_signature(TS_RESP_get_token(resp), why_r) == 0) {
		*at_r = time_of(TS_RESP_get_tst_info(resp));
		rc = *at_r != WHEN_NONE ? 0 : bad(why_r, "it has no time");
	}
	TS_RESP_free(resp);
	return rc;
}

void
stamp_free(struct stamp *s)
{
	if (s == NULL)
		return;
	TS_REQ_free(s->request);
	free(s);
}
