/* SPDX-License-Identifier: ISC */
/*
 * postfix: lines as Postfix writes them, read whole, byte by byte and cut in
 * two at every place; and addresses that pretend to be a delivery.
 */
#include "proto/wire/postfix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire/message_id.h"

#define T "Mar  2 10:15:07 gw "
#define KEPT "250 2.0.0 kept as D-000123, entry 456, receipt 0123456789abcdef"
#define D "delay=0.1, delays=0.05/0/0/0.05, "

static int
on_line(void *arg, const struct postfix_line *l)
{
	struct buf *heard = arg;
	char text[ID_TEXT_MAX];

	buf_add(heard, l->queue.p, l->queue.n);
	buf_addc(heard, ' ');
	if (l->what == POSTFIX_MESSAGE_ID) {
		buf_adds(heard, "id ");
		buf_add(heard, l->message_id.p, l->message_id.n);
		buf_addc(heard, ';');
		return 0;
	}
	buf_add(heard, l->process.p, l->process.n);
	buf_addc(heard, ' ');
	buf_add(heard, l->to.p, l->to.n);
	buf_addc(heard, ' ');
	buf_add(heard, l->relay.p, l->relay.n);
	buf_addc(heard, " SDBX?"[1 + l->status]);
	if (l->kept) {
		buf_adds(heard, id_text(&l->document, text));
		buf_addc(heard, '/');
		buf_addu(heard, l->entry);
		buf_addc(heard, '/');
		buf_addhex(heard, l->receipt, 8);
	} else {
		buf_add(heard, l->reply.p, l->reply.n);
	}
	buf_addc(heard, ';');
	return 0;
}

static const struct { const char *in, *heard; } cases[] = {
	{ T "postfix/lmtp[12]: 4F2B: to=<a@b.example>, relay=gw[/run/l.sock], "
	    D "dsn=2.0.0, status=sent (" KEPT ")\n",
	    "4F2B lmtp a@b.example gw[/run/l.sock]S"
	    "D-000123/456/0123456789abcdef;" },
	/* Another time format, instance, queue id and end of line. */
	{ "2026-03-02T10:15:07.123456+01:00 gw postfix-out/smtp[9]: "
	    "4Xy9Zk1Q2Wz1F: to=<a@b>, orig_to=<c@d>, relay=h[192.0.2.1]:24, "
	    "conn_use=2, " D "dsn=2.0.0, status=sent (" KEPT ")\r\n",
	    "4Xy9Zk1Q2Wz1F smtp a@b h[192.0.2.1]:24S"
	    "D-000123/456/0123456789abcdef;" },
	{ T "postfix/lmtp[1]: A: to=<a@b>, relay=none, " D "dsn=4.4.1, "
	    "status=deferred (connect to l[/x]: Connection refused)\n",
	    "A lmtp a@b noneDconnect to l[/x]: Connection refused;" },
	{ T "postfix/lmtp[1]: A: to=<a@b>, relay=l, " D "dsn=5.1.1, "
	    "status=bounced (host l said: 550 5.1.1 no (in reply to RCPT))\n",
	    "A lmtp a@b lBhost l said: 550 5.1.1 no (in reply to RCPT);" },
	{ T "postfix/qmgr[1]: A: to=<a@b>, relay=none, " D "dsn=4.4.1, "
	    "status=expired (returned to sender)\n",
	    "A qmgr a@b noneXreturned to sender;" },
	{ T "postfix/cleanup[1]: A: message-id=<x@y>\n", "A id x@y;" },
	{ T "postfix/cleanup[1]: A: message-id=bare\n"
	    T "postfix/cleanup[1]: A: message-id=<>\n", "A id bare;" },
	/* Not this. */
	{ T "postfix/qmgr[1]: A: from=<a@b>, size=3, nrcpt=1 (queue active)\n"
	    T "postfix/smtpd[1]: NOQUEUE: reject: RCPT from x: to=<a@b>\n"
	    T "postfix/smtpd[1]: connect from x[192.0.2.1]\n"
	    T "other[1]: A: to=<a@b>, status=sent (" KEPT ")\n"
	    T "postfix/lmtp[x]: A: to=<a@b>, status=sent (" KEPT ")\n"
	    T "postfix/lmtp[1]: A: to=<a@b>, relay=x\n"
	    "\n]: \npostfix/lmtp[1]: \n", "" },
	/* A receipt counts only of what was sent, and only when it is whole. */
	{ T "p/lmtp[1]: A: to=<a@b>, relay=l, " D "dsn=4.0.0, status=deferred ("
	    KEPT ")\n", "A lmtp a@b lD" KEPT ";" },
	{ T "p/lmtp[1]: A: to=<a>, relay=l, " D "dsn=2.0.0, status=sent (250 "
	    "kept as D-000123, entry 456, receipt 0123456789abcde)\n",
	    "A lmtp a lS250 kept as D-000123, entry 456, receipt "
	    "0123456789abcde;" },
	{ T "p/lmtp[1]: A: to=<a>, relay=l, " D "dsn=2.0.0, status=sent (250 "
	    "kept as K-2026-0001, entry 4, receipt 0123456789abcdef)\n",
	    "A lmtp a lS250 kept as K-2026-0001, entry 4, receipt "
	    "0123456789abcdef;" },
	{ T "p/lmtp[1]: A: to=<a>, relay=l, " D "dsn=2.0.0, status=sent (250 "
	    "kept as D-000001, entry 99999999999999999999, receipt "
	    "0123456789abcdef)\n",
	    "A lmtp a lS250 kept as D-000001, entry 99999999999999999999, "
	    "receipt 0123456789abcdef;" },
	/* An address that says that it was sent. */
	{ T "p/lmtp[1]: A: to=<\"x>, relay=l, " D "dsn=2.0.0, status=sent ("
	    KEPT ")\"@b>, relay=l2, " D "dsn=5.0.0, status=bounced (no)\n",
	    "A lmtp \"x l2Bno;" },
	/* Without an end. */
	{ T "p/lmtp[1]: A: to=<a>, relay=l, " D "dsn=2.0.0, status=sent (ok)",
	    "A lmtp a lSok;" },
};

enum { WHOLE = -1, BYTES = -2 };

static void
check(size_t i, int cut)
{
	const char *in = cases[i].in;
	size_t len = strlen(in);
	struct buf heard = BUF_INIT;
	struct postfix log;
	int rc = 0;

	postfix_init(&log, on_line, &heard);
	if (cut >= 0) {
		rc = postfix_feed(&log, in, (size_t)cut);
		if (rc == 0)
			rc = postfix_feed(&log, in + cut, len - (size_t)cut);
	} else if (cut == WHOLE) {
		rc = postfix_feed(&log, in, len);
	} else {
		for (size_t k = 0; rc == 0 && k < len; k++)
			rc = postfix_feed(&log, in + k, 1);
	}
	if (rc == 0)
		rc = postfix_end(&log);
	assert_int_equal(rc, 0);
	if (strcmp(buf_str(&heard), cases[i].heard) != 0)
		fail_msg("case %zu cut %d: %s", i, cut, buf_str(&heard));
	postfix_release(&log);
	buf_release(&heard);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int cut = BYTES; cut <= (int)strlen(cases[i].in); cut++)
			check(i, cut);
}

/* A line of the largest size is read, a longer one passed over. */
static void
test_long(void **state)
{
	const char *front = T "p/lmtp[1]: A: to=<";
	const char *back = ">, relay=l, dsn=2.0.0, status=sent (ok)";
	size_t fixed = strlen(front) + strlen(back);

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t n = POSTFIX_LINE_MAX + more;
		char *line = malloc(n + 8);
		struct buf heard = BUF_INIT;
		struct postfix log;

		assert_non_null(line);
		memset(line, 'a', n);
		memcpy(line, front, strlen(front));
		memcpy(line + n - strlen(back), back, strlen(back));
		memcpy(line + n, "\nx\n", 3);
		for (size_t piece = 1; piece < 3 * n; piece *= 64) {
			buf_clear(&heard);
			postfix_init(&log, on_line, &heard);
			for (size_t at = 0; at < n + 3; at += piece)
				assert_int_equal(postfix_feed(&log, line + at,
				    n + 3 - at < piece ? n + 3 - at : piece),
				    0);
			assert_int_equal(postfix_end(&log), 0);
			assert_int_equal(log.lines, 2);
			assert_int_equal(heard.len > n - fixed, !more);
			postfix_release(&log);
		}
		buf_release(&heard);
		free(line);
	}
}

static int
stop(void *arg, const struct postfix_line *line)
{
	(void)line;
	++*(int *)arg;
	return -1;
}

static void
test_stop(void **state)
{
	struct postfix log;
	int calls = 0;

	(void)state;
	postfix_init(&log, stop, &calls);
	assert_int_equal(postfix_feed(&log, cases[0].in,
	    strlen(cases[0].in)), -1);
	assert_int_equal(calls, 1);
	postfix_release(&log);
}

/* ---- Message-IDs ------------------------------------------------------ */

static void
test_message_id(void **state)
{
	static const struct { const char *in, *id; } t[] = {
		{ "Message-ID: <a@b>\r\n\r\n", "a@b" },
		{ "Subject: x\nmessage-id:<a@b>\n\nbody", "a@b" },
		{ "Message-Id:\r\n <a@\r\n\t b>\r\n", "a@b" },
		{ "Message-ID : a@b\n", "a@b" },
		{ "Message-ID: words <<a@b> (note)\n", "a@b" },
		{ "Message-ID: <a@b\n", "a@b" },
		{ "Message-ID: <a\xff@b>\n", "a\xef\xbf\xbd@b" },
		{ "Subject: x\n\nMessage-ID: <a@b>\n", NULL },
		{ "Subject: x\n Message-ID: <a@b>\n", NULL },
		{ "Message-ID: <>\n", NULL }, { "Message-ID:", NULL },
		{ "Message-IDs: <a@b>\n", NULL }, { "", NULL },
		{ "Message-ID", NULL }, { "\r\nMessage-ID: <a@b>", NULL },
	};
	struct buf out = BUF_INIT;
	char text[MESSAGE_ID_MAX + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_clear(&out);
		assert_int_equal(message_id_find(t[i].in, strlen(t[i].in),
		    &out), t[i].id != NULL);
		assert_string_equal(buf_str(&out),
		    t[i].id != NULL ? t[i].id : "");
	}
	memset(text, 'x', sizeof(text));
	buf_clear(&out);
	assert_int_equal(message_id_clean(text, MESSAGE_ID_MAX, &out), 1);
	assert_int_equal(out.len, MESSAGE_ID_MAX);
	buf_clear(&out);
	assert_int_equal(message_id_clean(text, MESSAGE_ID_MAX + 1, &out), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_message_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
