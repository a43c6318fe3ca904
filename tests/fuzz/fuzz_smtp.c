/* SPDX-License-Identifier: ISC */
/*
 * fuzz_smtp: a talk held whole and in pieces has the same replies and the
 * same events; LMTP for an input of even length, SMTP for an odd one.
 */
#include "proto/wire/smtp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct owner {
	struct smtp_session	*session;
	struct buf		 heard;
};

static enum smtp_answer
on_mail(void *arg, const struct smtp_mail *m)
{
	buf_adds(&((struct owner *)arg)->heard, m->from.address);
	return m->from.address[0] == 'd' ? SMTP_NOT_ALLOWED : SMTP_OK;
}

static enum smtp_answer
on_rcpt(void *arg, const struct smtp_path *to)
{
	buf_adds(&((struct owner *)arg)->heard, to->address);
	return to->address[0] == 'n' ? SMTP_NO_SUCH_USER : SMTP_OK;
}

static enum smtp_answer
on_begin(void *arg)
{
	buf_addc(&((struct owner *)arg)->heard, '[');
	return SMTP_OK;
}

static enum smtp_answer
on_bytes(void *arg, const uint8_t *p, size_t n)
{
	buf_add(&((struct owner *)arg)->heard, p, n);
	return SMTP_OK;
}

static void
on_end(void *arg, enum smtp_answer verdict)
{
	buf_addc(&((struct owner *)arg)->heard, ']' + (int)verdict);
}

static void
on_reset(void *arg)
{
	buf_addc(&((struct owner *)arg)->heard, '!');
}

static void
on_quit(void *arg)
{
	buf_addc(&((struct owner *)arg)->heard, '.');
}

static void
on_refused(void *arg, int rcpt, const char *reply, const char *said,
    size_t len)
{
	struct owner *o = arg;

	buf_addc(&o->heard, rcpt ? 'R' : 'M');
	buf_adds(&o->heard, reply);
	buf_add(&o->heard, said, len);
}

static const struct smtp_calls calls = {
	on_mail, on_rcpt, on_begin, on_bytes, on_end, on_reset, on_quit,
	on_refused
};

static const struct smtp_config configs[2] = {
	{ SMTP_MODE_LMTP, "h", 1 << 20, 0 },
	{ SMTP_MODE_SMTP, "h", 1 << 20, 1 }
};

static void
settle(struct smtp_session *s)
{
	while (smtp_due(s) > 0) {
		unsigned n = smtp_due(s);

		for (unsigned i = 0; i < n; i++)
			smtp_reply(s, i, SMTP_OK, "kept");
		(void)smtp_feed(s, NULL, 0);
	}
}

static void
talk(struct owner *o, const struct smtp_config *config, const uint8_t *p,
    size_t len, size_t piece)
{
	memset(o, 0, sizeof *o);
	o->session = smtp_new(config, &calls, o);
	if (o->session == NULL)
		abort();
	while (len > 0) {
		size_t n = len < piece ? len : piece;
		size_t used = smtp_feed(o->session, p, n);

		if (used > n || (used < n && smtp_due(o->session) == 0))
			abort();
		settle(o->session);
		p += used;
		len -= used;
	}
}

static int
same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct smtp_config *config = &configs[len % 2];
	struct owner whole, pieces;

	talk(&whole, config, data, len, len > 0 ? len : 1);
	talk(&pieces, config, data, len, 1 + len % 7);
	if (!same(&whole.heard, &pieces.heard) ||
	    !same(smtp_out(whole.session), smtp_out(pieces.session)))
		abort();
	smtp_free(whole.session);
	smtp_free(pieces.session);
	buf_release(&whole.heard);
	buf_release(&pieces.heard);
	return 0;
}
