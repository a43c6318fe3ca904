/* SPDX-License-Identifier: ISC */
/*
 * view_fold: the one form of addresses, numbers and names in which they are
 * hashed and compared.  A changed fold, here or in text_base_subject(), needs
 * a new VIEWS_APPLY.
 */
#include "store/views/row.h"

#include <string.h>

#include "proto/base/text.h"

/* Folded, outer space gone, runs of inner space one blank (or none). */
static int
fold_spaces(struct buf *out, const char *s, size_t n, int keep)
{
	struct buf b = BUF_INIT;
	int rc = -1, space = 0, any = 0;

	if (text_fold(&b, s, n) == -1)
		goto out;
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.data[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			space = any;
			continue;
		}
		if (space && keep)
			buf_addc(out, ' ');
		space = 0;
		any = 1;
		buf_addc(out, c);
	}
	rc = buf_failed(out) ? -1 : 0;
out:
	buf_release(&b);
	return rc;
}

int
view_fold_address(struct buf *out, const char *s, size_t n)
{
	return fold_spaces(out, s, n, 0);
}

int
view_fold_name(struct buf *out, const char *s, size_t n)
{
	return fold_spaces(out, s, n, 1);
}

int
view_fold_number(struct buf *out, const char *s, size_t n)
{
	struct buf b = BUF_INIT;
	int rc = -1;

	if (text_fold(&b, s, n) == -1)
		goto out;
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.data[i];

		if ((c >= '0' && c <= '9') || (c == '+' && out->len == 0))
			buf_addc(out, c);
	}
	rc = buf_failed(out) ? -1 : 0;
out:
	buf_release(&b);
	return rc;
}
