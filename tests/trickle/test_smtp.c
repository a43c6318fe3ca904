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

#include "tests/trickle/owner.h"

/* What is said, what is replied behind the greeting and LHLO, what is heard. */
struct talk {
	const struct smtp_config *config;
	const char	*said;
	const char	*replies;
	const char	*heard;
};

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
	{ &lmtp, HI FROM TO "DATA\r\n"
	    "..\r\n.a\r\n...\r\nb.\r\n\n.\n..\r.\r\n.\r\n",
	    HI_SAYS FROM_OK TO_OK GO KEPT,
	    HEARD "begin\n"
	    "data [.\r\na\r\n..\r\nb.\r\n\n.\n..\r.\r\n]\nreset\n" },
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
	{ &lmtp, HI FROM TO "BDAT 3\r\n.\r\nBDAT 0\r\n"
	    "BDAT 4 LAST\r\nRSETNOOP\r\n",
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
	{ &lmtp, "VRFY x\r\nVRFY\r\nEXPN x\r\nHELP\r\nXYZ\r\nLHLO\r\n"
	    "RSET 1\r\n",
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
	owner_talk(&o, t->config, t->said, strlen(t->said), cut);
	if (strcmp(buf_str(smtp_out(o.session)), buf_str(&want)) != 0 ||
	    strcmp(buf_str(&o.heard), t->heard) != 0)
		fail_msg("cut %d of\n%s\nreplied\n%s\nheard\n%s", cut,
		    t->said, buf_str(smtp_out(o.session)), buf_str(&o.heard));
	buf_release(&want);
	owner_end(&o);
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
			owner_talk(&o, &lmtp, (const char *)said.data, said.len,
			    cut);
			if ((strstr(buf_str(&o.heard), "data") != NULL) !=
			    c[i].ends)
				fail_msg("look-alike %zu", i);
			owner_end(&o);
			buf_release(&said);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_smuggling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
