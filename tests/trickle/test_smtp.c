/* SPDX-License-Identifier: ISC */
/*
 * smtp: each talk is held whole, byte by byte, and cut in two at every
 * place; replies and events must be the same.  A talk is what the sender
 * says; the owner answers each message as soon as it is whole.
 */
#include "proto/wire/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/text.h"

/* The owner: writes down what it hears. */
struct owner {
	struct buf		 heard;
	struct buf		 data;
	struct buf		 refused;
	struct smtp_session	*session;
};

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

static const struct smtp_calls calls = {
	on_mail, on_rcpt, on_begin, on_bytes, on_end, on_reset, on_quit,
	on_refused
};

static const struct smtp_config lmtp = { SMTP_MODE_LMTP, "h", 100, 0 };
static const struct smtp_config smtp = { SMTP_MODE_SMTP, "h", 100, 0 };
static const struct smtp_config tls = { SMTP_MODE_SMTP, "h", 100, 1 };

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

static void
give(struct owner *o, const char *p, size_t n)
{
	assert_int_equal(smtp_feed(o->session, p, n), n);
	settle(o);
}

enum { WHOLE = -1, BYTES = -2 };

static void
talk(struct owner *o, const struct smtp_config *config, const char *said,
    size_t len, int cut)
{
	memset(o, 0, sizeof *o);
	o->session = smtp_new(config, &calls, o);
	assert_non_null(o->session);
	if (cut >= 0) {
		give(o, said, (size_t)cut);
		give(o, said + cut, len - (size_t)cut);
	} else if (cut == WHOLE) {
		give(o, said, len);
	} else {
		for (size_t i = 0; i < len; i++)
			give(o, said + i, 1);
	}
}

static void
hang_up(struct owner *o)
{
	smtp_free(o->session);
	buf_release(&o->heard);
	buf_release(&o->data);
	buf_release(&o->refused);
}

/* What is said, what is replied behind the greeting and LHLO, what is heard. */
struct talk {
	const struct smtp_config *config;
	const char	*said;
	const char	*replies;
	const char	*heard;
};

#define HI "LHLO c\r\n"
#define HI_SAYS "250-h\r\n250-SIZE 100\r\n250-PIPELINING\r\n250-8BITMIME\r\n" \
	"250-SMTPUTF8\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n"
#define FROM "MAIL FROM:<a@b.c>\r\n"
#define FROM_OK "250 2.1.0 Ok\r\n"
#define TO "RCPT TO:<d@e.f>\r\n"
#define TO_OK "250 2.1.5 Ok\r\n"
#define GO "354 End data with <CR><LF>.<CR><LF>\r\n"
#define KEPT "250 2.0.0 kept\r\n"
#define HEARD "mail a@b.c at b.c\nrcpt d@e.f\n"
#define SEQ "503 5.5.1 Wrong order of commands\r\n"
#define ARG "501 5.5.4 Syntax error in the argument\r\n"
#define LARGE "552 5.3.4 Message too large\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct talk talks[] = {
	/* A mail for one, then for two, pipelined; the session goes on. */
	{ &lmtp, HI FROM TO "DATA\r\nS: x\r\n\r\nhi\r\n.\r\n" FROM TO
	    "RCPT TO:<g@e.f>\r\nDATA\r\n.\r\nQUIT\r\nNOOP\r\n",
	    HI_SAYS FROM_OK TO_OK GO KEPT FROM_OK TO_OK TO_OK GO KEPT
	    "451 4.3.0 Trouble on our side; try again later\r\n"
	    "221 2.0.0 Bye\r\n",
	    HEARD "begin\ndata [S: x\r\n\r\nhi\r\n]\nreset\n"
	    HEARD "rcpt g@e.f\nbegin\ndata []\nreset\nquit\n" },
	/* SMTP has one reply for all. */
	{ &smtp, "EHLO c\r\n" FROM TO "RCPT TO:<g@e.f>\r\nDATA\r\nx\r\n.\r\n",
	    HI_SAYS FROM_OK TO_OK TO_OK GO KEPT,
	    HEARD "rcpt g@e.f\nbegin\ndata [x\r\n]\nreset\n" },
	{ &smtp, "HELO c\r\nLHLO c\r\n",
	    "250 h\r\n500 5.5.1 Command unknown\r\n", "" },
	/* RFC 3207: what follows STARTTLS in clear is let go. */
	{ &tls, "EHLO c\r\nSTARTTLS x\r\n" FROM "STARTTLS\r\nRSET\r\n"
	    "STARTTLS\r\n" FROM TO "QUIT\r\n",
	    "250-h\r\n250-SIZE 100\r\n250-STARTTLS\r\n250-PIPELINING\r\n"
	    "250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n" ARG FROM_OK SEQ
	    "250 2.0.0 Ok\r\n220 2.0.0 Ready to start TLS\r\n",
	    "mail a@b.c at b.c\nreset\n" },
	{ &smtp, "STARTTLS\r\n", "502 5.5.1 Command not supported\r\n", "" },
	{ &lmtp, "STARTTLS\r\n", "500 5.5.1 Command unknown\r\n", "" },
	/* RFC 2033, 4.1: HELO and EHLO are not LMTP's. */
	{ &lmtp, "HELO c\r\nEHLO c\r\n", "500 5.5.1 Command unknown\r\n"
	    "500 5.5.1 Command unknown\r\n", "" },
	/* Dots: stuffed behind CRLF alone. */
	{ &lmtp, HI FROM TO "DATA\r\n..\r\n.a\r\n...\r\nb.\r\n\n.\n..\r.\r\n.\r\n",
	    HI_SAYS FROM_OK TO_OK GO KEPT,
	    HEARD "begin\ndata [.\r\na\r\n..\r\nb.\r\n\n.\n..\r.\r\n]\nreset\n" },
	/* Order. */
	{ &lmtp, FROM HI TO "DATA\r\n" FROM "DATA\r\n" FROM,
	    SEQ HI_SAYS SEQ SEQ FROM_OK "503 5.5.1 No valid recipients\r\n"
	    SEQ, "mail a@b.c at b.c\n" },
	{ &lmtp, HI FROM "RCPT TO:<nobody@e>\r\nRCPT TO:<full@e>\r\nDATA\r\n",
	    HI_SAYS FROM_OK "550 5.1.1 No such recipient here\r\n"
	    "452 4.3.1 Short of space; try again later\r\n"
	    "503 5.5.1 No valid recipients\r\n",
	    "mail a@b.c at b.c\nrcpt nobody@e\nrcpt full@e\n" },
	{ &lmtp, HI FROM TO "RSET\r\nDATA\r\n" FROM HI,
	    HI_SAYS FROM_OK TO_OK "250 2.0.0 Ok\r\n" SEQ FROM_OK HI_SAYS,
	    HEARD "reset\nmail a@b.c at b.c\nreset\n" },
	{ &lmtp, HI "MAIL FROM:<denied@b>\r\n" FROM,
	    HI_SAYS "550 5.7.1 Not allowed\r\n" FROM_OK,
	    "mail denied@b at b\nreset\nmail a@b.c at b.c\n" },
	/* Parameters. */
	{ &lmtp, HI "mail from: <> size=100 body=8bitmime smtputf8\r\n",
	    HI_SAYS FROM_OK, "mail  size 100 8bit utf8\n" },
	{ &lmtp, HI "MAIL FROM:<a@b> SIZE=101\r\n",
	    HI_SAYS LARGE, "mail a@b at b size 101 large\nreset\n" },
	{ &lmtp, HI "MAIL FROM:<a@b> SIZE=1 SIZE=1\r\n"
	    "MAIL FROM:<a@b> SIZE=-1\r\nMAIL FROM:<a@b> BODY=BINARYMIME\r\n"
	    "MAIL FROM:<a@b> AUTH=<>\r\nMAIL TO:<a@b>\r\n"
	    "MAIL FROM:a@b\r\nMAIL FROM:<a@b>x\r\n",
	    HI_SAYS ARG ARG ARG "555 5.5.4 Parameter not supported\r\n" ARG
	    "501 5.1.7 Bad sender address\r\n501 5.1.7 Bad sender address\r\n",
	    "" },
	{ &lmtp, HI FROM "RCPT TO:<>\r\nRCPT TO:<d@e> NOTIFY=NEVER\r\n"
	    "RCPT TO:<d@@e>\r\nRCPT TO:<local>\r\n",
	    HI_SAYS FROM_OK "501 5.1.3 Bad recipient address\r\n"
	    "555 5.5.4 Parameter not supported\r\n"
	    "501 5.1.3 Bad recipient address\r\n" TO_OK,
	    "mail a@b.c at b.c\nrcpt local\n" },
	{ &smtp, "EHLO c\r\nMAIL FROM:<local>\r\n" FROM
	    "RCPT TO:<local>\r\nRCPT TO:<Postmaster>\r\n",
	    HI_SAYS "501 5.1.7 Bad sender address\r\n" FROM_OK
	    "501 5.1.3 Bad recipient address\r\n" TO_OK,
	    "mail a@b.c at b.c\nrcpt Postmaster\n" },
	{ &lmtp, HI "MAIL FROM:<\xc3\xa4@b>\r\nMAIL FROM:<\xc3\xa4@b> SMTPUTF8"
	    "\r\nRCPT TO:<\xe4\xb8\xad@\xe6\x96\x87>\r\nRCPT TO:<\xff@b>\r\n",
	    HI_SAYS "553 5.6.7 Address needs SMTPUTF8\r\n" FROM_OK TO_OK
	    "501 5.1.3 Bad recipient address\r\n",
	    "mail \xc3\xa4@b at b utf8\nrcpt \xe4\xb8\xad@\xe6\x96\x87\n" },
	/* Too large, and our own trouble: swallowed, each is told. */
	{ &lmtp, HI FROM TO TO "DATA\r\n" X50 X50 "\r\n.\r\n" FROM,
	    HI_SAYS FROM_OK TO_OK TO_OK GO LARGE LARGE FROM_OK,
	    HEARD "rcpt d@e.f\nbegin\nlost 3\nreset\nmail a@b.c at b.c\n" },
	{ &lmtp, HI FROM TO "DATA\r\n" X50 X50 "\r\nRSET\r\n.\r\n",
	    HI_SAYS FROM_OK TO_OK GO LARGE, HEARD "begin\nlost 3\nreset\n" },
	{ &lmtp, HI FROM TO "DATA\r\nTROUBLE\r\nand more\r\n.\r\n" FROM,
	    HI_SAYS FROM_OK TO_OK GO
	    "451 4.3.0 Trouble on our side; try again later\r\n" FROM_OK,
	    HEARD "begin\nlost 4\nreset\nmail a@b.c at b.c\n" },
	/* RFC 3030. */
	{ &lmtp, HI FROM TO "BDAT 3\r\n.\r\nBDAT 0\r\nBDAT 4 LAST\r\nRSETNOOP\r\n",
	    HI_SAYS FROM_OK TO_OK "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n" KEPT
	    "250 2.0.0 Ok\r\n", HEARD "begin\ndata [.\r\nRSET]\nreset\n" },
	{ &lmtp, HI FROM TO "BDAT 0 LAST\r\n" FROM,
	    HI_SAYS FROM_OK TO_OK KEPT FROM_OK,
	    HEARD "begin\ndata []\nreset\nmail a@b.c at b.c\n" },
	{ &lmtp, HI "BDAT 6\r\nQUIT\r\n" FROM "BDAT 6\r\nQUIT\r\n" TO
	    "BDAT 1\r\nxDATA\r\n",
	    HI_SAYS SEQ FROM_OK "503 5.5.1 No valid recipients\r\n" TO_OK
	    "250 2.0.0 Ok\r\n" SEQ, HEARD "begin\n" },
	{ &lmtp, HI FROM TO "BDAT 101\r\n" X50 X50 "xBDAT 1 LAST\r\nx" FROM,
	    HI_SAYS FROM_OK TO_OK LARGE SEQ FROM_OK,
	    HEARD "begin\nlost 3\nreset\nmail a@b.c at b.c\n" },
	{ &lmtp, HI FROM TO "BDAT x\r\nNOOP\r\n", HI_SAYS FROM_OK TO_OK ARG,
	    HEARD },
	/* Lines end with CRLF alone. */
	{ &lmtp, "NOOP\nQUIT\r\nNOOP\rQUIT\r\n\r\nNOOP x\r\n",
	    "500 5.5.2 Syntax error\r\n500 5.5.2 Syntax error\r\n"
	    "500 5.5.2 Syntax error\r\n250 2.0.0 Ok\r\n", "" },
	{ &lmtp, "VRFY x\r\nVRFY\r\nEXPN x\r\nHELP\r\nXYZ\r\nLHLO\r\nRSET 1\r\n",
	    "252 2.1.5 Not looked up; send the mail\r\n" ARG
	    "502 5.5.1 Command not supported\r\n"
	    "502 5.5.1 Command not supported\r\n500 5.5.1 Command unknown\r\n"
	    ARG ARG, "" },
};

static void
check_talk(const struct talk *t, int cut)
{
	struct buf want = BUF_INIT;
	struct owner o;

	buf_adds(&want, "220 h ");
	buf_adds(&want, t->config == &lmtp ? "LMTP" : "ESMTP");
	buf_adds(&want, " Dossier\r\n");
	buf_adds(&want, t->replies);
	talk(&o, t->config, t->said, strlen(t->said), cut);
	if (strcmp(buf_str(smtp_out(o.session)), buf_str(&want)) != 0 ||
	    strcmp(buf_str(&o.heard), t->heard) != 0)
		fail_msg("cut %d of\n%s\nreplied\n%s\nheard\n%s", cut,
		    t->said, buf_str(smtp_out(o.session)), buf_str(&o.heard));
	buf_release(&want);
	hang_up(&o);
}

static void
test_talks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof talks / sizeof talks[0]; i++) {
		int len = (int)strlen(talks[i].said);

		check_talk(&talks[i], WHOLE);
		check_talk(&talks[i], BYTES);
		for (int cut = 0; cut <= len; cut++)
			check_talk(&talks[i], cut);
	}
}

/* Look-alikes of the end of data: none but CRLF.CRLF ends it. */
static void
test_smuggling(void **state)
{
	static const struct { const char *bytes; size_t len; int ends; } c[] = {
		{ "\r\n.\r", 4, 0 }, { "\r\n\0.\r", 5, 0 },
		{ "\r\n\0.\n", 5, 0 }, { "\r\n\0.\r\n", 6, 0 },
		{ "\r\n.\0\r\n", 6, 0 }, { "\r\n.", 3, 0 },
		{ "\n.\r\n", 4, 0 }, { "\r.\r\n", 4, 0 }, { "\n\n.\r\n", 5, 0 },
		{ "\r\n.\r\n", 5, 1 }, { "\n.\n", 3, 0 }, { "\r\n.\n", 4, 0 },
		{ "\r.\r", 3, 0 }, { "\r\n.\r\r\n", 6, 0 },
		{ "\r\n..\r\n", 6, 0 },
	};
	static const char start[] = HI FROM TO "DATA\r\nx";
	static const char after[] = "zNOOP\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		for (int cut = BYTES; cut <= WHOLE; cut++) {
			struct buf said = BUF_INIT;
			struct owner o;

			buf_adds(&said, start);
			buf_add(&said, c[i].bytes, c[i].len);
			buf_adds(&said, after);
			talk(&o, &lmtp, (const char *)said.data, said.len,
			    cut);
			if ((strstr(buf_str(&o.heard), "data") != NULL) !=
			    c[i].ends)
				fail_msg("look-alike %zu", i);
			hang_up(&o);
			buf_release(&said);
		}
	}
}

static void
check_errors(int n, int closing)
{
	struct buf said = BUF_INIT;
	struct owner o;

	for (int i = 0; i < n; i++)
		buf_adds(&said, "BAD\r\n");
	talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_int_equal(smtp_closing(o.session), closing);
	assert_int_equal(strstr(buf_str(smtp_out(o.session)),
	    "421 4.7.0 ") != NULL, closing);
	hang_up(&o);
	buf_release(&said);
}

static void
check_line(size_t len, const char *reply, int cut)
{
	struct buf said = BUF_INIT, want = BUF_INIT;
	struct owner o;

	buf_adds(&said, "NOOP ");
	while (said.len < len - 2)
		buf_addc(&said, 'x');
	buf_adds(&said, "\r\nNOOP\r\n");
	talk(&o, &lmtp, (const char *)said.data, said.len, cut);
	buf_adds(&want, "220 h LMTP Dossier\r\n");
	buf_adds(&want, reply);
	buf_adds(&want, "250 2.0.0 Ok\r\n");
	assert_string_equal(buf_str(smtp_out(o.session)), buf_str(&want));
	hang_up(&o);
	buf_release(&said);
	buf_release(&want);
}

static void
check_path(size_t len, const char *reply)
{
	struct buf said = BUF_INIT;
	struct owner o;

	buf_adds(&said, HI "MAIL FROM:<");
	for (size_t i = 0; i + 6 < len; i++)
		buf_addc(&said, 'x');
	buf_adds(&said, "@b.com>\r\n");
	talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_non_null(strstr(buf_str(smtp_out(o.session)), reply));
	hang_up(&o);
	buf_release(&said);
}

static void
check_rcpts(unsigned n, int refused)
{
	struct buf said = BUF_INIT;
	struct owner o;

	buf_adds(&said, HI FROM);
	for (unsigned i = 0; i < n; i++)
		buf_adds(&said, TO);
	talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_int_equal(strstr(buf_str(smtp_out(o.session)),
	    "\r\n452 4.5.3 ") != NULL, refused);
	hang_up(&o);
	buf_release(&said);
}

static void
test_limits(void **state)
{
	(void)state;
	check_errors(LIMIT_SMTP_ERRORS, 0);
	check_errors(LIMIT_SMTP_ERRORS + 1, 1);
	for (int cut = BYTES; cut <= WHOLE; cut++) {
		check_line(LIMIT_SMTP_LINE, "250 2.0.0 Ok\r\n", cut);
		check_line(LIMIT_SMTP_LINE + 1, "500 5.5.6 Line too long\r\n",
		    cut);
		check_line(LIMIT_SMTP_LINE + 2, "500 5.5.6 Line too long\r\n",
		    cut);
		check_line(LIMIT_SMTP_LINE * 3, "500 5.5.6 Line too long\r\n",
		    cut);
	}
	check_path(LIMIT_SMTP_PATH, FROM_OK);
	check_path(LIMIT_SMTP_PATH + 1, "501 5.1.7");
	check_rcpts(LIMIT_SMTP_RCPT, 0);
	check_rcpts(LIMIT_SMTP_RCPT + 1, 1);
}

/* While the owner owes replies, input is held, then not taken. */
static void
test_held(void **state)
{
	static const char start[] = HI FROM TO "DATA\r\n.\r\n";
	static char more[SMTP_HELD + 10];
	struct owner o = { 0 };

	(void)state;
	memset(more, '\n', sizeof more);
	memcpy(more, "NOOP\r\nQUIT\r\n", 12);
	o.session = smtp_new(&lmtp, &calls, &o);
	assert_int_equal(smtp_feed(o.session, start, sizeof start - 1),
	    sizeof start - 1);
	assert_int_equal(smtp_due(o.session), 1);
	assert_int_equal(smtp_feed(o.session, more, sizeof more), SMTP_HELD);
	assert_int_equal(smtp_feed(o.session, more, 1), 0);
	buf_clear(smtp_out(o.session));
	smtp_reply(o.session, 0, SMTP_OK, "a\r\nb");
	assert_int_equal(smtp_feed(o.session, NULL, 0), 0);
	assert_string_equal(buf_str(smtp_out(o.session)),
	    "250 2.0.0 a  b\r\n250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n");
	assert_true(smtp_closing(o.session));
	assert_int_equal(smtp_feed(o.session, more, 9), 9);
	hang_up(&o);
}

static void
test_end(void **state)
{
	struct owner o;

	(void)state;
	talk(&o, &lmtp, HI FROM TO, strlen(HI FROM TO), WHOLE);
	assert_true(smtp_in_mail(o.session));
	assert_string_equal(smtp_helo(o.session), "c");
	assert_string_equal(smtp_protocol(o.session), "LMTP");
	smtp_end(o.session, SMTP_CLOSE_IDLE);
	assert_true(smtp_closing(o.session));
	assert_non_null(strstr(buf_str(smtp_out(o.session)), "\r\n421 4.4.2"));
	assert_string_equal(buf_str(&o.heard), HEARD "reset\n");
	smtp_end(o.session, SMTP_CLOSE_IDLE);
	hang_up(&o);
}

/* The owner hears of what is refused for good, and of nothing else. */
static void
test_refused(void **state)
{
	static const char said[] = HI "MAIL FROM:<a@@b>\r\nMAIL\r\n"
	    "MAIL FROM:<a@b> X=1\r\n" FROM FROM "RCPT TO:<>\r\nNOOP x\r\n"
	    "RCPT TO:<nobody@d>\r\nRCPT TO:<full@d>\r\n" TO "HELO\r\n";
	struct owner o;

	(void)state;
	for (int cut = BYTES; cut <= (int)sizeof said - 1; cut++) {
		talk(&o, &lmtp, said, sizeof said - 1, cut);
		assert_string_equal(buf_str(&o.refused),
		    "mail 501 [FROM:<a@@b>]\nmail 501 []\n"
		    "mail 555 [FROM:<a@b> X=1]\nrcpt 501 [TO:<>]\n");
		hang_up(&o);
	}
}

/* RFC 3207, 4.2: all is forgotten, and STARTTLS is not offered again. */
static void
test_secured(void **state)
{
	static const char before[] = "EHLO c\r\nSTARTTLS\r\nMAIL FROM:<x@y>",
	    after[] = "MAIL FROM:<a@b>\r\nEHLO d\r\nSTARTTLS\r\n";
	struct owner o;
	struct buf *out;

	(void)state;
	talk(&o, &tls, before, sizeof before - 1, WHOLE);
	assert_true(smtp_wants_tls(o.session));
	assert_string_equal(smtp_protocol(o.session), "ESMTP");
	out = smtp_out(o.session);
	buf_clear(out);
	smtp_secured(o.session);
	assert_false(smtp_wants_tls(o.session));
	assert_string_equal(smtp_helo(o.session), "");
	give(&o, after, sizeof after - 1);
	assert_string_equal(buf_str(out), SEQ HI_SAYS SEQ);
	assert_string_equal(smtp_helo(o.session), "d");
	assert_string_equal(smtp_protocol(o.session), "ESMTPS");
	hang_up(&o);
	talk(&o, &smtp, "HELO c\r\n", 8, WHOLE);
	assert_string_equal(smtp_protocol(o.session), "SMTP");
	hang_up(&o);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *text, *address, *domain;
	} good[] = {
		{ "<a@b.c>", "a@b.c", "b.c" },
		{ "<a+b=c.d@x-y.z> SIZE=1", "a+b=c.d@x-y.z", "x-y.z" },
		{ "<\"a b@c\\\"\"@d>", "\"a b@c\\\"\"@d", "d" },
		{ "<@h1,@h2.x:a@b>", "a@b", "b" },
		{ "<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]" },
		{ "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]",
		    "[IPv6:2001:db8::1]" },
		{ "<>", "", NULL }, { "<a>", "a", NULL },
	};
	static const char *const bad[] = {
		"", "<", "a@b", "<a@b", "<a@>", "<@b>", "<.a@b>", "<a.@b>",
		"<a..b@c>", "<a b@c>", "<a@b c>", "<a@-b>", "<a@b->",
		"<a@b..c>", "<a@b.>", "<\"a@b>", "<\"a\"b@c>", "<a@[1.2.3]>",
		"<a@[IPv6:1]>", "<a@[x]>", "<@a>", "<@a:>", "<@a,b:c@d>",
		"<a@b@c>", "<<a@b>>", "<a@b\xff>", "<a\"b@c>",
	};
	struct smtp_path p;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		const char *end = strchr(good[i].text, ' ');
		size_t len = strlen(good[i].text), n;

		n = smtp_path_read(&p, good[i].text, len, 0, 1);
		if (end == NULL || good[i].text[1] == '"')
			assert_int_equal(n, len);
		else
			assert_int_equal(n, end - good[i].text);
		assert_string_equal(p.address, good[i].address);
		if (good[i].domain == NULL)
			assert_null(p.domain);
		else
			assert_string_equal(p.domain, good[i].domain);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (smtp_path_read(&p, bad[i], strlen(bad[i]), 1, 1) != 0)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(smtp_path_read(&p, "<a>", 3, 0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_secured),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
