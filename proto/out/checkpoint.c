/* SPDX-License-Identifier: ISC */
/* checkpoint: see checkpoint.h. */
#include "proto/out/checkpoint.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define ROOT_DIGITS 44
#define SIZE_DIGITS 19

static int
fail(int why)
{
	errno = why;
	return -1;
}

void
checkpoint_body(struct buf *out, const struct checkpoint *c)
{
	buf_adds(out, c->origin);
	buf_addc(out, '\n');
	buf_addu(out, c->size);
	buf_addc(out, '\n');
	text_base64(out, c->root, sizeof(c->root));
	buf_addc(out, '\n');
}

/* The line up to its LF, and *p behind it; NULL if there is none. */
static const char *
line(const char **p, const char *end, size_t *len_r)
{
	const char *start = *p;
	const char *lf = memchr(start, '\n', (size_t)(end - start));

	if (lf == NULL)
		return NULL;
	*len_r = (size_t)(lf - start);
	*p = lf + 1;
	return start;
}

static int
decimal(const char *text, size_t len, uint64_t *n_r)
{
	uint64_t n = 0;

	if (len == 0 || len > SIZE_DIGITS || (len > 1 && text[0] == '0'))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	*n_r = n;
	return n <= MERKLE_SIZE_MAX ? 0 : -1;
}

int
checkpoint_parse(struct checkpoint *c, const char *text, size_t len)
{
	const char *p = text, *end = text + len, *at;
	struct buf root = BUF_INIT;
	size_t n = 0;
	int ok;

	memset(c, 0, sizeof(*c));
	if ((at = line(&p, end, &n)) == NULL || !note_name_ok(at, n))
		return fail(EINVAL);
	memcpy(c->origin, at, n);
	if ((at = line(&p, end, &n)) == NULL ||
	    decimal(at, n, &c->size) == -1 ||
	    (at = line(&p, end, &n)) == NULL || n != ROOT_DIGITS || p != end)
		return fail(EINVAL);
	ok = text_unbase64(&root, at, n) == 0 && root.len == sizeof(c->root);
	if (ok)
		memcpy(c->root, root.data, sizeof(c->root));
	buf_release(&root);
	return ok ? 0 : fail(EINVAL);
}

int
checkpoint_sign(struct buf *out, const struct checkpoint *c,
    const uint8_t seed[ED25519_KEY])
{
	struct buf body = BUF_INIT;
	uint8_t key[ED25519_KEY];
	struct note_vkey vkey;
	int rc = -1;

	checkpoint_body(&body, c);
	if (!buf_failed(&body) && ed25519_public(seed, key) == 0 &&
	    note_vkey_make(&vkey, c->origin, NOTE_ED25519, key) == 0) {
		buf_add(out, body.data, body.len);
		buf_addc(out, '\n');
		rc = note_sign(out, &vkey, seed, 0, (const char *)body.data,
		    body.len);
	}
	buf_release(&body);
	return rc;
}

int
checkpoint_open(struct checkpoint *c, struct note *n, const char *text,
    size_t len, const struct note_vkey *key)
{
	if (note_parse(n, text, len) == -1 ||
	    checkpoint_parse(c, n->text, n->text_len) == -1)
		return -1;
	if (strcmp(c->origin, key->name) != 0)
		return fail(ENOKEY);
	switch (note_verify(n, key, NULL)) {
	case 1:
		return 0;
	case 0:
		return fail(ENOKEY);
	default:
		return fail(EBADMSG);
	}
}
