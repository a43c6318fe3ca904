/* SPDX-License-Identifier: ISC */
/*
 * fuzz_bdat: a message in chunks (RFC 3030) comes out as it went in, whatever
 * is in it and however it is cut, into chunks and into what the socket
 * brings; what follows it on the wire is commands again.
 *
 *	input: mode and lasting size (1), pieces (1), chunks (1), the message
 */
#include "proto/wire/smtp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define MAX_SIZE 4096		/* of a message that is taken */

struct owner {
	struct buf	 bytes;		/* of the last message */
	unsigned	 begun, ended, resets;
	enum smtp_answer verdict;
};

static enum smtp_answer
on_mail(void *arg, const struct smtp_mail *m)
{
	(void)arg;
	(void)m;
	return SMTP_OK;
}

static enum smtp_answer
on_rcpt(void *arg, const struct smtp_path *to)
{
	(void)arg;
	return to->address[0] == 'n' ? SMTP_NO_SUCH_USER : SMTP_OK;
}

static enum smtp_answer
on_begin(void *arg)
{
	((struct owner *)arg)->begun++;
	return SMTP_OK;
}

static enum smtp_answer
on_bytes(void *arg, const uint8_t *p, size_t n)
{
	buf_add(&((struct owner *)arg)->bytes, p, n);
	return SMTP_OK;
}

static void
on_end(void *arg, enum smtp_answer verdict)
{
	struct owner *o = arg;

	o->ended++;
	o->verdict = verdict;
}

static void
on_reset(void *arg)
{
	((struct owner *)arg)->resets++;
}

static void
on_quit(void *arg)
{
	(void)arg;
}

static const struct smtp_calls calls = {
	on_mail, on_rcpt, on_begin, on_bytes, on_end, on_reset, on_quit, NULL
};

static const struct smtp_config configs[2] = {
	{ SMTP_MODE_LMTP, "h", MAX_SIZE, 0 },
	{ SMTP_MODE_SMTP, "h", MAX_SIZE, 0 }
};

static void
feed(struct smtp_session *s, const uint8_t *p, size_t len, size_t piece)
{
	while (len > 0) {
		size_t n = len < piece ? len : piece;
		size_t used = smtp_feed(s, p, n);

		if (used > n || (used < n && smtp_due(s) == 0))
			abort();
		while (smtp_due(s) > 0) {
			unsigned due = smtp_due(s);

			for (unsigned i = 0; i < due; i++)
				smtp_reply(s, i, SMTP_OK, "kept");
			(void)smtp_feed(s, NULL, 0);
		}
		p += used;
		len -= used;
	}
}

/* The message in chunks; the last of them may be empty. */
static void
put_chunks(struct buf *wire, const uint8_t *p, size_t len, size_t chunk,
    int empty_end)
{
	do {
		size_t n = len < chunk ? len : chunk;
		int last = n == len && !empty_end;

		buf_adds(wire, "BDAT ");
		buf_addu(wire, n);
		buf_adds(wire, last ? " LAST\r\n" : "\r\n");
		buf_add(wire, p, n);
		p += n;
		len -= n;
		if (last)
			return;
	} while (len > 0);
	buf_adds(wire, "BDAT 0 LAST\r\n");
}

/* How many replies begin with these digits. */
static unsigned
replies(struct smtp_session *s, const char *code)
{
	const char *p = buf_str(smtp_out(s)), *end;
	unsigned n = 0;

	for (; p != NULL && (end = strstr(p, "\r\n")) != NULL; p = end + 2)
		n += strncmp(p, code, 3) == 0 && p[3] == ' ';
	return n;
}

static void
check(struct owner *o, struct smtp_session *s, const uint8_t *p, size_t len)
{
	if (o->begun != 1 || o->ended != 1 || smtp_closing(s) != 1)
		abort();
	if (len > MAX_SIZE) {
		if (o->verdict != SMTP_TOO_LARGE)
			abort();
		return;
	}
	if (o->verdict != SMTP_OK || o->bytes.len != len ||
	    (len > 0 && memcmp(o->bytes.data, p, len) != 0))
		abort();
	if (replies(s, "252") != 1 || replies(s, "221") != 1)
		abort();	/* VRFY and QUIT behind it, once each */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct owner o = { .bytes = BUF_INIT };
	struct buf wire = BUF_INIT;
	struct smtp_session *s;
	uint8_t mode;

	if (len < 3)
		return 0;
	mode = data[0];
	s = smtp_new(&configs[mode & 1], &calls, &o);
	if (s == NULL)
		abort();
	buf_adds(&wire, mode & 1 ? "EHLO c\r\n" : "LHLO c\r\n");
	buf_adds(&wire, "MAIL FROM:<a@b.example>\r\nRCPT TO:<n@b.example>\r\n"
	    "RCPT TO:<c@b.example>\r\n");
	put_chunks(&wire, data + 3, len - 3, (size_t)data[2] + 1,
	    (mode & 2) != 0);
	buf_adds(&wire, "VRFY x\r\nQUIT\r\n");
	feed(s, wire.data, wire.len, mode & 4 ? wire.len :
	    (size_t)data[1] + 1);
	check(&o, s, data + 3, len - 3);
	smtp_free(s);
	buf_release(&wire);
	buf_release(&o.bytes);
	return 0;
}
