/* SPDX-License-Identifier: ISC */
/*
 * calls: the logs of fax servers and telephone systems as they write them,
 * read whole, byte by byte and cut in two at every place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire/calllog.h"
#include "proto/wire/faxlog.h"
#include "proto/wire/lines.h"

#define CDR(src, dst, start, how) "\"\",\"" src "\",\"" dst "\",\"c\"," \
	"\"\"\"Mei, C\"\" <1>\",\"SIP/1\",\"SIP/2\",\"Dial\",\"x,20\",\"" \
	start "\",\"\",\"2026-03-02 10:20:00\",185,180,\"" how "\",\"DOC\"," \
	"\"1.2\",\"\""
#define AT "2026-03-02 10:15:00"

static int
on_call(void *arg, const struct calllog_call *c)
{
	struct buf *heard = arg;

	buf_addu(heard, c->line);
	buf_addc(heard, " -+=?"[c->bad ? 4 : c->direction]);
	if (!c->bad) {
		buf_adds(heard, c->at);
		buf_addc(heard, ' ');
		buf_adds(heard, c->number);
		buf_addc(heard, ' ');
		buf_adds(heard, c->result);
	}
	buf_addc(heard, ';');
	return 0;
}

static const struct { const char *in, *heard; } cases[] = {
	/* Asterisk: from outside, to outside, within, withheld. */
	{ CDR("02079460958", "201", AT, "ANSWERED") "\n",
	    "1-2026-03-02T10:15:00 02079460958 ANSWERED;" },
	{ CDR("201", "02079460958", AT, "NO ANSWER") "\r\n"
	    CDR("201", "202", AT, "BUSY") "\n" CDR("", "201", AT, "X"),
	    "1+2026-03-02T10:15:00 02079460958 NO ANSWER;"
	    "2=2026-03-02T10:15:00 202 BUSY;3-2026-03-02T10:15:00  X;" },
	{ CDR("+44123", "s", AT, "F") "\n", "1-2026-03-02T10:15:00 +44123 F;" },
	{ CDR("201", "02079460958", AT, "A") "\n\"broken\"\n"
	    CDR("201", "02079460958", "yesterday", "A") "\n",
	    "1+2026-03-02T10:15:00 02079460958 A;2?;3?;" },
	/* With a header: any order, comma, semicolon, tab, a mark in front. */
	{ "\xef\xbb\xbf" "at;number;direction;minutes;result\n"
	    "2026-03-02 10:15;020 7946;in;3;answered\n"
	    "2026-03-02T10:15:00+01:00;\"a;\"\"b\"\"\";missed;;\n",
	    "2-2026-03-02T10:15 020 7946 answered;"
	    "3-2026-03-02T10:15:00+01:00 a;\"b\" ;" },
	{ "Result,Extra,Number,At\nok,,1,2026-03-02 10:15\n",
	    "2 2026-03-02T10:15 1 ok;" },
	{ "number\tat\tdirection\n1\t2026-03-02 10:15:01\tOutbound\n"
	    "2\tnever\tin\n3\t2026-03-02\tin\n\n"
	    "4\t2026-03-02 10:15\tinternal\textra",
	    "2+2026-03-02T10:15:01 1 ;3?;4?;6=2026-03-02T10:15 4 ;" },
	/* A line end within quotes is a part of the text. */
	{ "at,number,result\n2026-03-02 10:15,1,\"a\nb\"\n"
	    "2026-03-02 10:16,2,\n",
	    "2 2026-03-02T10:15 1 a\nb;3 2026-03-02T10:16 2 ;" },
};

static void
read_calls(const char *in, const size_t *cuts, size_t ncuts,
    const char *expected)
{
	struct buf heard = BUF_INIT;
	struct calllog log;
	size_t at = 0, len = strlen(in);

	calllog_init(&log, on_call, &heard);
	for (size_t i = 0; i < ncuts; i++) {
		assert_int_equal(calllog_feed(&log, in + at, cuts[i] - at), 0);
		at = cuts[i];
	}
	assert_int_equal(calllog_feed(&log, in + at, len - at), 0);
	assert_int_equal(calllog_end(&log), 0);
	assert_string_equal(buf_str(&heard), expected);
	calllog_release(&log);
	buf_release(&heard);
}

static void
test_calls(void **state)
{
	size_t every[2000];

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		size_t len = strlen(cases[c].in);

		assert_true(len < sizeof(every) / sizeof(every[0]));
		read_calls(cases[c].in, NULL, 0, cases[c].heard);
		for (size_t i = 0; i < len; i++) {
			every[i] = i;
			read_calls(cases[c].in, &i, 1, cases[c].heard);
		}
		read_calls(cases[c].in, every, len, cases[c].heard);
	}
}

static void
test_no_list(void **state)
{
	static const char *const none[] = { "hello\n", "at,direction\n",
	    "number;result\n1;2\n", "<html>\n" };
	struct calllog log;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		calllog_init(&log, on_call, NULL);
		assert_int_equal(calllog_feed(&log, none[i],
		    strlen(none[i])), -1);
		assert_int_equal(errno, EINVAL);
		calllog_release(&log);
	}
}

static void
test_long_line(void **state)
{
	struct buf heard = BUF_INIT, in = BUF_INIT;
	struct calllog log;

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		buf_clear(&in);
		buf_clear(&heard);
		buf_adds(&in, "at,number\n2026-03-02 10:15,");
		while (in.len < 10 + CALLLOG_LINE_MAX + over)
			buf_addc(&in, '1');
		buf_adds(&in, "\n2026-03-02 10:16,2\n");
		calllog_init(&log, on_call, &heard);
		assert_int_equal(calllog_feed(&log, in.data, in.len), 0);
		assert_int_equal(calllog_end(&log), 0);
		calllog_release(&log);
		if (over)
			assert_string_equal(buf_str(&heard),
			    "3 2026-03-02T10:16 2 ;3?;");
		else
			assert_int_equal(heard.data[1], ' ');
	}
	buf_release(&in);
	buf_release(&heard);
}

/* ---- faxes --------------------------------------------------------------- */

#define RECV "03/02/26 10:15\tRECV\t000000012\tttyS0\trecvq/fax00012.tif" \
	"\t\"\"\tfax\t\"5551212\"\t\"+44 20 7946 0958\"\t10752\t2\t0:45" \
	"\t0:40\t\"\""

static const struct { const char *line, *heard; } faxes[] = {
	{ RECV "\t\"02079460958\"\t\"MEI CHEN\"\t\"\"\t\"\"\t\"00\"",
	    "1 2026-03-02T10:15 RECV 000000012 [] [recvq/fax00012.tif] "
	    "02079460958 2 []" },
	{ RECV "\t\"\"\t\"\"", "1 2026-03-02T10:15 RECV 000000012 [] "
	    "[recvq/fax00012.tif] +44 20 7946 0958 2 []" },
	{ RECV, "1 2026-03-02T10:15 RECV 000000012 [] [recvq/fax00012.tif] "
	    "+44 20 7946 0958 2 []" },
	{ "12/31/99 23:59\tSEND\t13\tttyS0\t7\t\"tag\"\tann\t\"020 7\"\t\"R\"\t"
	    "1\t0\t0:45\t0:40\t\"No carrier\"\t\"\"\t\"\"\t\"\"\t\"ann\"\t\"\"",
	    "0 1999-12-31T23:59 SEND 13 [7] [] 020 7 0 [No carrier]" },
	{ "03/02/26 11:20\tCALL\t14\tttyS0\t\t\tfax\t\"5\"\t\"\"\t0\t0\t0:05\t"
	    "0:04\t\"x\"\t\"0\"\t\"\"",
	    "2 2026-03-02T11:20 CALL 14 [] [] 0 0 [x]" },
	{ "03/02/26 11:20\tPAGE\t14\tp\t1\t\tann\t\"5\"\t\"\"\t0\t0\t0:05\t0:04"
	    "\t\"x\"", "3 2026-03-02T11:20 PAGE 14 [] []  0 [x]" },
	{ "13/02/26 11:20\tCALL\t14\tttyS0\t\t\tfax\t\"5\"\t\"\"\t0\t0\t0\t0"
	    "\t\"\"", "" },
	{ "02/30/26 11:20\tCALL\t14\tttyS0\t\t\tfax\t\"5\"\t\"\"\t0\t0\t0\t0"
	    "\t\"\"", "" },
	{ "03/02/26 24:20\tCALL\t14\tttyS0\t\t\tfax\t\"5\"\t\"\"\t0\t0\t0\t0"
	    "\t\"\"", "" },
	{ "03/02/26 11:20\tCALL\t14", "" }, { "", "" }, { "hello", "" },
};

static void
test_faxes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faxes) / sizeof(faxes[0]); i++) {
		struct faxlog_line l;
		char heard[500] = "";
		size_t n = strlen(faxes[i].line);
		char *copy = malloc(n + 1);	/* no NUL behind it to read */

		memcpy(copy, faxes[i].line, n);
		if (faxlog_read(copy, n, &l))
			(void)snprintf(heard, sizeof(heard), "%d %s %.*s %.*s "
			    "[%.*s] [%.*s] %.*s %lu [%.*s]", (int)l.what, l.at,
			    (int)l.type.n, l.type.p, (int)l.commid.n,
			    l.commid.p, (int)l.job.n, l.job.p,
			    (int)l.file.n, l.file.p, (int)l.number.n,
			    l.number.p, l.pages, (int)l.reason.n, l.reason.p);
		assert_string_equal(heard, faxes[i].heard);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_faxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
