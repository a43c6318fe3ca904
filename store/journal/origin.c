/* SPDX-License-Identifier: ISC */
/*
 * origin: what the trees of a store are called in signed heads.  The name of
 * a case's tree is a keyed hash, so that it tells nobody which case it is.
 */
#include "store/journal/journal.h"

#include <openssl/crypto.h>

#include <string.h>

#define PURPOSE "trees"		/* of log_secret() */

static void
hex(const uint8_t *p, size_t n, char *out_r)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out_r[2 * i] = digit[p[i] >> 4];
		out_r[2 * i + 1] = digit[p[i] & 15];
	}
	out_r[2 * n] = '\0';
}

static int
tree_name(struct log *log, const struct id *id,
    char name_r[LEAF_TREE_ID + 1])
{
	uint8_t secret[SECRET_LEN], key[ID_KEY_LEN], md[LOG_HASH_LEN];
	struct seal *s = log_seal_take(log);
	int rc = -1;

	name_r[0] = '\0';
	id_key(id, key);
	if (s != NULL && log_secret(log, PURPOSE, secret) == 0) {
		rc = seal_hmac(s, secret, &(struct part){ key, sizeof(key) },
		    1, md);
		OPENSSL_cleanse(secret, sizeof(secret));
	}
	if (rc == 0)
		hex(md, LEAF_TREE_ID / 2, name_r);
	log_seal_give(log, s);
	return rc;
}

int
log_origin(struct log *log, enum leaf_tree tree, const struct id *id,
    uint64_t life, char origin_r[NOTE_NAME_MAX + 1])
{
	struct origin o = { .tree = tree, .life = life };

	if (tree == LEAF_CASE && tree_name(log, id, o.id) == -1)
		return -1;
	hex(log_store_id(log), LEAF_SID / 2, o.sid);
	origin_text(&o, origin_r);
	return 0;
}
