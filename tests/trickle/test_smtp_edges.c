/* SPDX-License-Identifier: ISC */
/*
 * smtp_edges: limits, each at and one past it; what is held while replies are
 * owed; what ends a session or secures it; addresses by themselves.
 */
#include "proto/wire/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/trickle/owner.h"

static void
check_errors(int n, int closing)
{
	struct buf said = BUF_INIT;
	struct owner o;

	for (int i = 0; i < n; i++)
		buf_adds(&said, "BAD\r\n");
	owner_talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_int_equal(smtp_closing(o.session), closing);
	assert_int_equal(strstr(buf_str(smtp_out(o.session)),
	    "421 4.7.0 ") != NULL, closing);
	owner_end(&o);
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
	owner_talk(&o, &lmtp, (const char *)said.data, said.len, cut);
	buf_adds(&want, "220 h LMTP Dossier\r\n");
	buf_adds(&want, reply);
	buf_adds(&want, "250 2.0.0 Ok\r\n");
	assert_string_equal(buf_str(smtp_out(o.session)), buf_str(&want));
	owner_end(&o);
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
	owner_talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_non_null(strstr(buf_str(smtp_out(o.session)), reply));
	owner_end(&o);
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
	owner_talk(&o, &lmtp, (const char *)said.data, said.len, WHOLE);
	assert_int_equal(strstr(buf_str(smtp_out(o.session)),
	    "\r\n452 4.5.3 ") != NULL, refused);
	owner_end(&o);
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
	o.session = smtp_new(&lmtp, &owner_calls, &o);
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
	owner_end(&o);
}

static void
test_end(void **state)
{
	struct owner o;

	(void)state;
	owner_talk(&o, &lmtp, HI FROM TO, strlen(HI FROM TO), WHOLE);
	assert_true(smtp_in_mail(o.session));
	assert_string_equal(smtp_helo(o.session), "c");
	assert_string_equal(smtp_protocol(o.session), "LMTP");
	smtp_end(o.session, SMTP_CLOSE_IDLE);
	assert_true(smtp_closing(o.session));
	assert_non_null(strstr(buf_str(smtp_out(o.session)), "\r\n421 4.4.2"));
	assert_string_equal(buf_str(&o.heard), HEARD "reset\n");
	smtp_end(o.session, SMTP_CLOSE_IDLE);
	owner_end(&o);
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
		owner_talk(&o, &lmtp, said, sizeof said - 1, cut);
		assert_string_equal(buf_str(&o.refused),
		    "mail 501 [FROM:<a@@b>]\nmail 501 []\n"
		    "mail 555 [FROM:<a@b> X=1]\nrcpt 501 [TO:<>]\n");
		owner_end(&o);
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
	owner_talk(&o, &tls, before, sizeof before - 1, WHOLE);
	assert_true(smtp_wants_tls(o.session));
	assert_string_equal(smtp_protocol(o.session), "ESMTP");
	out = smtp_out(o.session);
	buf_clear(out);
	smtp_secured(o.session);
	assert_false(smtp_wants_tls(o.session));
	assert_string_equal(smtp_helo(o.session), "");
	owner_hears(&o, after, sizeof after - 1);
	assert_string_equal(buf_str(out), SEQ HI_SAYS SEQ);
	assert_string_equal(smtp_helo(o.session), "d");
	assert_string_equal(smtp_protocol(o.session), "ESMTPS");
	owner_end(&o);
	owner_talk(&o, &smtp, "HELO c\r\n", 8, WHOLE);
	assert_string_equal(smtp_protocol(o.session), "SMTP");
	owner_end(&o);
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
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_secured),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
