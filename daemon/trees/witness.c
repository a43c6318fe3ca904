/* SPDX-License-Identifier: ISC */
/* witness: see witness.h. */
#include "daemon/trees/witness.h"

#include <stdio.h>
#include <string.h>

void
witness_body(struct buf *out, uint64_t old, const struct merkle_proof *p,
    const struct buf *checkpoint)
{
	buf_adds(out, "old ");
	buf_addu(out, old);
	buf_addc(out, '\n');
	merkle_proof_lines(out, p);
	buf_addc(out, '\n');
	buf_add(out, checkpoint->data, checkpoint->len);
}

static enum witness_says
bad(char why_r[256], const char *why)
{
	(void)snprintf(why_r, 256, "%s", why);
	return WITNESS_BAD;
}

/* A decimal and LF, nothing else. */
static enum witness_says
read_size(const struct buf *answer, uint64_t *seen_r, char why_r[256])
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < answer->len && answer->data[i] >= '0' &&
	    answer->data[i] <= '9' && n <= MERKLE_SIZE_MAX / 10; i++)
		n = n * 10 + (uint64_t)(answer->data[i] - '0');
	if (i == 0 || i + 1 != answer->len || answer->data[i] != '\n' ||
	    (i > 1 && answer->data[0] == '0'))
		return bad(why_r, "a conflict without a size");
	*seen_r = n;
	return WITNESS_SEEN;
}

static enum witness_says
read_lines(const struct note_vkey *key, const struct buf *answer,
    const struct buf *checkpoint, struct buf *line_r, uint64_t *time_r,
    char why_r[256])
{
	struct note n;

	if (note_parse(&n, (char *)checkpoint->data, checkpoint->len) == -1 ||
	    note_parse_lines(&n, (char *)answer->data, answer->len) == -1)
		return bad(why_r, "no signature lines");
	switch (note_verify(&n, key, time_r)) {
	case 1:
		note_line_copy(line_r, note_line_of(&n, key));
		return WITNESS_SIGNED;
	case 0:
		return bad(why_r, "no signature by the witness's key");
	default:
		return bad(why_r, "a bad signature");
	}
}

enum witness_says
witness_answer(const struct note_vkey *key, int status,
    const struct buf *answer, const struct buf *checkpoint,
    struct buf *line_r, uint64_t *time_r, uint64_t *seen_r, char why_r[256])
{
	if (status == 200)
		return read_lines(key, answer, checkpoint, line_r, time_r,
		    why_r);
	if (status == 409)
		return read_size(answer, seen_r, why_r);
	(void)snprintf(why_r, 256, "status %d", status);
	return WITNESS_BAD;
}
