/* SPDX-License-Identifier: ISC */
/* journal: the lines of a journal report. */
#include "proto/wire/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/buf.h"

/* "field value how via" of each line, in lines. */
static void
lines(struct buf *out, const char *text)
{
	struct journal_line l;
	size_t at = 0;

	buf_clear(out);
	while (journal_next(text, strlen(text), &at, &l)) {
		buf_addu(out, l.field);
		buf_addc(out, '|');
		buf_add(out, l.value, l.len);
		buf_addc(out, '|');
		buf_addu(out, l.how);
		buf_addc(out, '|');
		buf_add(out, l.via, l.via_len);
		buf_addc(out, '\n');
	}
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" }, { "\r\n\n \r\n", "" },
		{ "Sender: a@b.c\r\nSubject: x: y, Expanded: z\r\n",
		    "0|a@b.c|0|\n2|x: y, Expanded: z|0|\n" },
		{ "On-Behalf-Of: \"A, B\" <a@b.c>\nmessage-id: <1@x>",
		    "1|a@b.c|0|\n3|1@x|0|\n" },
		{ "To: a@b\rCC: c@d\rBcc:e@f\rRecipient: g@h",
		    "4|a@b|0|\n5|c@d|0|\n6|e@f|0|\n7|g@h|0|\n" },
		{ "To: a@b, Expanded: l@b\r\nBcc: a@b, forwarded:<x@b>\r\n",
		    "4|a@b|1|l@b\n6|a@b|2|x@b\n" },
		{ "To: a@b, Expanded: l@b, Expanded: m@b\n", "4|a@b|1|l@b\n" },
		{ "\xef\xbb\xbfSender: a@b\n", "0|a@b|0|\n" },
		{ "Label: Sender: a@b\nSentUtc: 1\nTo\n: x\n",
		    "8|Label: Sender: a@b|0|\n8|SentUtc: 1|0|\n8|To|0|\n"
		    "8|: x|0|\n" },
		{ "Sender: <>\nSender:\n", "0||0|\n0||0|\n" },
		{ "To: <a@b\nTo: a@b>\nTo: >\n",
		    "4|<a@b|0|\n4|a@b>|0|\n4|>|0|\n" },
	};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		lines(&out, cases[i].text);
		assert_string_equal(buf_str(&out), cases[i].want);
	}
	buf_release(&out);
}

static void
test_recipients(void **state)
{
	(void)state;
	assert_string_equal(journal_recipient(JOURNAL_TO), "to");
	assert_string_equal(journal_recipient(JOURNAL_RECIPIENT),
	    "recipient");
	assert_null(journal_recipient(JOURNAL_SENDER));
	assert_null(journal_recipient(JOURNAL_OTHER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_recipients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
