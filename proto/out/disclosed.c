/* SPDX-License-Identifier: ISC */
/*
 * disclosed: the lines of proof/case/disclosed.jsonl.
 */
#include "proto/out/disclosed.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/text.h"

void
disclosed_line(struct buf *out, const struct disclosed *d)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	if (d->bound_by > 0)
		jw_kint(&w, "bound_by", (int64_t)d->bound_by);
	if (d->case_seq > 0)
		jw_kint(&w, "case_seq", (int64_t)d->case_seq);
	jw_key(&w, "entry");
	jw_strn(&w, d->entry, d->entry_len);
	jw_key(&w, "nonce");
	jw_hex(&w, d->nonce, DISCLOSED_NONCE);
	jw_end(&w);
	buf_addc(out, '\n');
}

/* A number from 1, or 0 if there is none or another. */
static uint64_t
number(const struct json *j, const char *key)
{
	int64_t n = json_int(j, json_get(j, 0, key), 0);

	return n > 0 ? (uint64_t)n : 0;
}

static int
nonce(const struct json *j, uint8_t nonce_r[DISCLOSED_NONCE])
{
	struct buf text = BUF_INIT;
	int rc = -1;

	if (json_str(j, json_get(j, 0, "nonce"), &text) == 0 &&
	    text.len == 2 * DISCLOSED_NONCE &&
	    memchr(text.data, '\0', text.len) == NULL &&
	    strcspn(buf_str(&text), "ABCDEF") == text.len)
		rc = text_unhex((char *)text.data, text.len, nonce_r);
	buf_release(&text);
	return rc;
}

int
disclosed_read(struct disclosed *d, struct buf *memory, const char *line,
    size_t len)
{
	struct json j;
	int rc = -1;

	memset(d, 0, sizeof *d);
	buf_clear(memory);
	if (len >= DISCLOSED_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (json_parse(&j, line, len) == -1)
		return -1;
	if (j.tok[0].type == JSON_OBJ && j.tok[0].n == 3) {
		d->case_seq = number(&j, "case_seq");
		d->bound_by = number(&j, "bound_by");
		if ((d->case_seq > 0) != (d->bound_by > 0) &&
		    json_str(&j, json_get(&j, 0, "entry"), memory) == 0 &&
		    nonce(&j, d->nonce) == 0)
			rc = 0;
	}
	json_release(&j);
	d->entry = (char *)memory->data;
	d->entry_len = memory->len;
	if (rc == -1 || d->entry_len == 0)
		errno = buf_failed(memory) ? ENOMEM : EINVAL;
	return d->entry_len == 0 || buf_failed(memory) ? -1 : rc;
}

int
disclosed_commitment(const struct disclosed *d, uint8_t hash_r[DISCLOSED_HASH])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
	    EVP_DigestUpdate(md, d->nonce, DISCLOSED_NONCE) &&
	    EVP_DigestUpdate(md, d->entry, d->entry_len) &&
	    EVP_DigestFinal_ex(md, hash_r, NULL);

	EVP_MD_CTX_free(md);
	return ok ? 0 : -1;
}
