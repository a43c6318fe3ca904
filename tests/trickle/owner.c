/* SPDX-License-Identifier: ISC */
/*
 * owner: whom a session talks to, played: mail from denied is not allowed,
 * nobody is unknown, full has no room, and TROUBLE in the bytes is ours.
 */
#include "tests/trickle/owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum smtp_answer
on_mail(void *arg, const struct smtp_mail *m)
{
	struct owner *o = arg;

	buf_adds(&o->heard, "mail ");
	buf_adds(&o->heard, m->from.address);
	if (m->from.domain != NULL) {
		buf_adds(&o->heard, " at ");
		buf_adds(&o->heard, m->from.domain);
	}
	if (m->has_size) {
		buf_adds(&o->heard, " size ");
		buf_addu(&o->heard, m->size);
	}
	buf_adds(&o->heard, m->body8 ? " 8bit" : "");
	buf_adds(&o->heard, m->utf8 ? " utf8" : "");
	buf_adds(&o->heard, m->too_large ? " large" : "");
	buf_adds(&o->heard, "\n");
	return strncmp(m->from.address, "denied", 6) == 0 ? SMTP_NOT_ALLOWED :
	    SMTP_OK;
}

static enum smtp_answer
on_rcpt(void *arg, const struct smtp_path *to)
{
	struct owner *o = arg;

	buf_adds(&o->heard, "rcpt ");
	buf_adds(&o->heard, to->address);
	buf_adds(&o->heard, "\n");
	if (strncmp(to->address, "nobody", 6) == 0)
		return SMTP_NO_SUCH_USER;
	return strncmp(to->address, "full", 4) == 0 ? SMTP_NO_SPACE : SMTP_OK;
}

static enum smtp_answer
on_begin(void *arg)
{
	struct owner *o = arg;

	buf_adds(&o->heard, "begin\n");
	buf_clear(&o->data);
	return SMTP_OK;
}

static enum smtp_answer
on_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct owner *o = arg;

	buf_add(&o->data, p, n);
	return memmem(o->data.data, o->data.len, "TROUBLE", 7) ?
	    SMTP_TROUBLE : SMTP_OK;
}

static void
on_end(void *arg, enum smtp_answer verdict)
{
	struct owner *o = arg;

	if (verdict == SMTP_OK) {
		buf_adds(&o->heard, "data [");
		buf_add(&o->heard, o->data.data, o->data.len);
		buf_adds(&o->heard, "]\n");
	} else {
		buf_adds(&o->heard, "lost ");
		buf_addu(&o->heard, verdict);
		buf_adds(&o->heard, "\n");
	}
}

static void
on_reset(void *arg)
{
	buf_adds(&((struct owner *)arg)->heard, "reset\n");
}

static void
on_quit(void *arg)
{
	buf_adds(&((struct owner *)arg)->heard, "quit\n");
}

static void
on_refused(void *arg, int rcpt, const char *reply, const char *said,
    size_t len)
{
	struct owner *o = arg;

	buf_adds(&o->refused, rcpt ? "rcpt " : "mail ");
	buf_add(&o->refused, reply, 3);
	buf_adds(&o->refused, " [");
	buf_add(&o->refused, said, len);
	buf_adds(&o->refused, "]\n");
}

const struct smtp_calls owner_calls = {
	on_mail, on_rcpt, on_begin, on_bytes, on_end, on_reset, on_quit,
	on_refused
};

const struct smtp_config lmtp = { SMTP_MODE_LMTP, "h", 100, 0 };
const struct smtp_config smtp = { SMTP_MODE_SMTP, "h", 100, 0 };
const struct smtp_config tls = { SMTP_MODE_SMTP, "h", 100, 1 };

/* Gives what is owed, until the session does not wait any more. */
static void
settle(struct owner *o)
{
	unsigned i = 0;

	while (smtp_due(o->session) > 0) {
		smtp_reply(o->session, i, i % 2 ? SMTP_TROUBLE : SMTP_OK,
		    i == 0 ? "kept" : NULL);
		i++;
		if (smtp_due(o->session) == 0) {
			(void)smtp_feed(o->session, NULL, 0);
			i = 0;
		}
	}
}

void
owner_hears(struct owner *o, const char *p, size_t n)
{
	assert_int_equal(smtp_feed(o->session, p, n), n);
	settle(o);
}

void
owner_talk(struct owner *o, const struct smtp_config *config, const char *said,
    size_t len, int cut)
{
	memset(o, 0, sizeof *o);
	o->session = smtp_new(config, &owner_calls, o);
	assert_non_null(o->session);
	if (cut >= 0) {
		owner_hears(o, said, (size_t)cut);
		owner_hears(o, said + cut, len - (size_t)cut);
	} else if (cut == WHOLE) {
		owner_hears(o, said, len);
	} else {
		for (size_t i = 0; i < len; i++)
			owner_hears(o, said + i, 1);
	}
}

void
owner_end(struct owner *o)
{
	smtp_free(o->session);
	buf_release(&o->heard);
	buf_release(&o->data);
	buf_release(&o->refused);
}
