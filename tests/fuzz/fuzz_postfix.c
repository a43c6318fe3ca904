/* SPDX-License-Identifier: ISC */
/*
 * fuzz_postfix: a log read whole and in pieces says the same, every text that
 * it gives lies within the line, and a receipt that is found is written in
 * the reply; besides, the Message-ID of the same bytes as a message.
 */
#include "proto/wire/postfix.h"

#include <stdlib.h>
#include <string.h>

#include "proto/wire/message_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
hear(struct buf *heard, const struct postfix_text *t)
{
	buf_add(heard, t->p, t->n);
	buf_addc(heard, 0);
}

static int
on_line(void *arg, const struct postfix_line *l)
{
	static const char hex[] = "0123456789abcdef";
	struct buf *heard = arg;
	struct buf digits = BUF_INIT;

	buf_add32(heard, (uint32_t)l->what << 8 | (uint32_t)l->status);
	hear(heard, &l->sender);
	hear(heard, &l->process);
	hear(heard, &l->queue);
	if (l->what == POSTFIX_MESSAGE_ID) {
		hear(heard, &l->message_id);
		return 0;
	}
	hear(heard, &l->to);
	hear(heard, &l->relay);
	hear(heard, &l->reply);
	if (!l->kept)
		return 0;
	if (l->document.kind != ID_DOCUMENT || l->entry == 0 ||
	    l->status != POSTFIX_SENT)
		abort();
	buf_addu(&digits, l->entry);
	if (memmem(l->reply.p, l->reply.n, digits.data, digits.len) == NULL)
		abort();
	buf_release(&digits);
	for (int i = 0; i < 8; i++)
		if (memchr(l->reply.p, hex[l->receipt[i] >> 4],
		    l->reply.n) == NULL &&
		    memchr(l->reply.p, hex[l->receipt[i] >> 4] - 32,
		    l->reply.n) == NULL)
			abort();
	return 0;
}

static void
read_all(struct buf *heard, const uint8_t *p, size_t len, size_t piece)
{
	struct postfix log;

	postfix_init(&log, on_line, heard);
	for (; len > 0; p += piece, len -= piece) {
		if (piece > len)
			piece = len;
		if (postfix_feed(&log, p, piece) == -1)
			abort();
	}
	if (postfix_end(&log) == -1)
		abort();
	postfix_release(&log);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT, id = BUF_INIT;

	read_all(&whole, data, len, len > 0 ? len : 1);
	read_all(&pieces, data, len, 1 + len % 7);
	if (whole.len != pieces.len || (whole.len > 0 &&
	    memcmp(whole.data, pieces.data, whole.len) != 0))
		abort();
	if (message_id_find((const char *)data, len, &id) &&
	    (id.len == 0 || id.len > MESSAGE_ID_MAX ||
	    memchr(id.data, '<', id.len) != NULL))
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	buf_release(&id);
	return 0;
}
