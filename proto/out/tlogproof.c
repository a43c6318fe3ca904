/* SPDX-License-Identifier: ISC */
/* tlogproof: see tlogproof.h. */
#include "proto/out/tlogproof.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define EXTRA "extra "
#define INDEX "index "

static int
invalid(void)
{
	errno = EINVAL;
	return -1;
}

void
tlogproof_init(struct tlogproof *p)
{
	memset(p, 0, sizeof(*p));
}

void
tlogproof_release(struct tlogproof *p)
{
	buf_release(&p->extra);
}

void
tlogproof_encode(struct buf *out, const struct tlogproof *p)
{
	buf_adds(out, HEAD);
	if (p->extra.len > 0) {
		buf_adds(out, EXTRA);
		text_base64(out, p->extra.data, p->extra.len);
		buf_addc(out, '\n');
	}
	buf_adds(out, INDEX);
	buf_addu(out, p->index);
	buf_addc(out, '\n');
	merkle_proof_lines(out, &p->proof);
	buf_addc(out, '\n');
	buf_add(out, p->checkpoint, p->checkpoint_len);
}

static int
take(const char **at, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *at) < n || memcmp(*at, word, n) != 0)
		return 0;
	*at += n;
	return 1;
}

static int
take_extra(struct tlogproof *p, const char **at, const char *end)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));

	if (lf == NULL || lf == *at ||
	    (size_t)(lf - *at) > (size_t)TLOGPROOF_EXTRA_MAX / 3 * 4 ||
	    text_unbase64(&p->extra, *at, (size_t)(lf - *at)) == -1)
		return -1;
	*at = lf + 1;
	return buf_failed(&p->extra) ? -1 : 0;
}

static int
take_index(struct tlogproof *p, const char **at, const char *end)
{
	const char *first = *at;

	for (p->index = 0; *at < end && **at >= '0' && **at <= '9'; ++*at) {
		if (p->index > MERKLE_SIZE_MAX / 10)
			return -1;
		p->index = p->index * 10 + (uint64_t)(**at - '0');
	}
	if (*at == first || (*first == '0' && *at - first > 1) ||
	    *at == end || *(*at)++ != '\n')
		return -1;
	return 0;
}

int
tlogproof_parse(struct tlogproof *p, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *hashes;
	struct note note;

	buf_clear(&p->extra);
	if (!take(&at, end, HEAD) ||
	    (take(&at, end, EXTRA) && take_extra(p, &at, end) == -1) ||
	    !take(&at, end, INDEX) || take_index(p, &at, end) == -1)
		return invalid();
	hashes = at;
	while (at < end && *at != '\n') {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			return invalid();
		at++;
	}
	if (at == end)
		return invalid();
	if (merkle_proof_parse(&p->proof, hashes, (size_t)(at - hashes)) == -1)
		return -1;
	p->checkpoint = at + 1;
	p->checkpoint_len = (size_t)(end - p->checkpoint);
	return note_parse(&note, p->checkpoint, p->checkpoint_len);
}

int
tlogproof_check(const struct tlogproof *p, const void *entry, size_t len,
    const struct note_vkey *key, struct checkpoint *c)
{
	uint8_t leaf[MERKLE_HASH];
	struct note note;

	if (checkpoint_open(c, &note, p->checkpoint, p->checkpoint_len,
	    key) == -1)
		return -1;
	merkle_leaf(entry, len, leaf);
	if (!merkle_included(c->size, p->index, leaf, &p->proof, c->root)) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}
