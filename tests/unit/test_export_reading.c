/* SPDX-License-Identifier: ISC */
/*
 * export_reading: parts, texts and pages by the real programs, and what
 * becomes of questions when a program dies, lies or does not start.  This
 * program is those readers too, by the name under which it was started.
 */
#include "daemon/export/reading.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/limits.h"
#include "tests/unit/played.h"

/* --- readers ------------------------------------------------------------- */

static int
answer(const char *name, int fd)
{
	struct reading_tail	 t = { .magic = READING_TAIL, .size = 4 };

	if (strcmp(name, "bare") == 0)
		t.magic = 0;
	else if (strcmp(name, "short") == 0)
		t.size = 3;
	else if (strcmp(name, "beyond") == 0)
		t.outcome = READING_ABSENT + 1;
	else if (strcmp(name, "sober") == 0)
		t.outcome = READING_TIMEOUT;
	return write(fd, "text", 4) != 4 ||
	    write(fd, &t, sizeof(t)) != (ssize_t)sizeof(t) ? -1 : 0;
}

/* --- the tests ------------------------------------------------------------ */

static const char mail[] = "From: Ann <ann@example.org>\r\n"
    "To: =?utf-8?b?546L?= <w@example.cn>\r\n"
    "Date: Mon, 2 Mar 2026 10:15:00 +0100\r\nSubject: notice\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n"
    "Content-Type: text/plain; charset=gb2312\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n1tDOxA0K\r\n--c\r\n"
    "Content-Type: text/html\r\n\r\n<p>not this</p>\r\n--c--\r\n--b\r\n"
    "Content-Type: application/pdf; name=a.pdf\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0AAQ==\r\n--b\r\n"
    "Content-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\nbody\r\n"
    "--b--\r\n";

static int
document(const char *bytes, size_t len)
{
	int	 fd = memfd_create("document", MFD_ALLOW_SEALING);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static struct reading_client *
start(const char *name, int stopfd)
{
	char			 path[PLAYED_PATH];
	struct reading_client	*c;

	played_path(name, path);
	c = reading_client_new(path, stopfd);
	assert_non_null(c);
	return c;
}

/* Asks of a document of these bytes. */
static void
ask(struct reading_client *c, struct reading_question q, const char *bytes,
    size_t len, struct reading_answer *a)
{
	q.size = len;
	q.doc = document(bytes, len);
	assert_int_equal(reading_ask(c, &q, a), 0);
	assert_int_equal(close(q.doc), 0);
}

static void
expect(struct reading_answer *a, const char *bytes, size_t len)
{
	char	 got[512];

	assert_int_equal(a->outcome, READING_DONE);
	assert_int_equal(a->size, len);
	assert_in_range(len, 0, sizeof(got));
	assert_int_equal(pread(a->fd, got, sizeof(got), 0), len);
	assert_memory_equal(got, bytes, len);
	assert_int_equal(write(a->fd, "x", 1), -1);
	reading_answer_release(a);
}

static void
test_part(void **state)
{
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_PART,
				    .hint = READING_MAIL };
	struct reading_answer	 a;

	(void)state;
	q.part = 2;
	ask(c, q, mail, sizeof(mail) - 1, &a);
	expect(&a, "\xd6\xd0\xce\xc4\r\n", 6);
	q.part = 4;
	ask(c, q, mail, sizeof(mail) - 1, &a);
	expect(&a, "%PDF-\0\1", 7);
	q.part = 5;
	ask(c, q, mail, sizeof(mail) - 1, &a);
	expect(&a, "Subject: within\r\n\r\nbody", 23);
	/* Multiparts have no bytes, and behind the last there is none. */
	for (q.part = 0; q.part < 20; q.part += q.part == 1 ? 6 : 1) {
		if (q.part >= 2 && q.part < 7)
			continue;
		ask(c, q, mail, sizeof(mail) - 1, &a);
		assert_int_equal(a.outcome, READING_ABSENT);
		assert_int_equal(a.fd, -1);
	}
	q.part = UINT32_MAX;
	ask(c, q, mail, sizeof(mail) - 1, &a);
	assert_int_equal(a.outcome, READING_ABSENT);
	reading_client_free(c);
}

/* The answer of one question is the document of the next. */
static void
test_part_read(void **state)
{
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_PART, .part = 2,
				    .hint = READING_MAIL };
	struct reading_answer	 part, a;

	(void)state;
	ask(c, q, mail, sizeof(mail) - 1, &part);
	q = (struct reading_question){ .role = READING_TEXT, .doc = part.fd,
	    .size = part.size, .charset = "gb2312" };
	assert_int_equal(reading_ask(c, &q, &a), 0);
	expect(&a, "\xe4\xb8\xad\xe6\x96\x87\n", 7);
	reading_answer_release(&part);
	reading_client_free(c);
}

static void
test_text(void **state)
{
	static const char	 page[] = "<html><p>a &eacute;<p>b";
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_TEXT };
	struct reading_answer	 a;

	(void)state;
	ask(c, q, mail, sizeof(mail) - 1, &a);
	assert_string_equal(a.type, "message/rfc822");
	assert_int_equal(a.notes, 0);
	expect(&a, "\xe4\xb8\xad\xe6\x96\x87\n", 7);
	ask(c, q, page, sizeof(page) - 1, &a);
	assert_int_equal(a.notes, READING_FROM_HTML);
	expect(&a, "a \xc3\xa9\n\nb\n", 8);
	ask(c, q, "a\r\nb\0\fc", 7, &a);
	if (a.outcome == READING_DONE)
		reading_answer_release(&a);
	ask(c, q, "\xff\xfeh\0i\0", 6, &a);
	expect(&a, "hi\n", 3);
	ask(c, q, "a \xd6\xd0\xce\xc4 b", 8, &a);
	expect(&a, "a \xe4\xb8\xad\xe6\x96\x87 b\n", 11);
	ask(c, q, "caf\xe9 and so on", 14, &a);
	assert_int_equal(a.notes, READING_CHARSET);
	expect(&a, "caf\xc3\xa9 and so on\n", 16);
	ask(c, q, "%PDF-1.4\n", 9, &a);
	assert_int_equal(a.outcome, READING_NONE);
	assert_string_equal(a.type, "application/pdf");
	ask(c, q, "", 0, &a);
	assert_int_equal(a.outcome, READING_EMPTY);
	reading_client_free(c);
}

/* The same question twice gives the same PDF. */
static void
twice(struct reading_client *c, struct reading_question q, const char *bytes,
    size_t len, unsigned pages)
{
	static char		 one[1 << 18], two[1 << 18];
	struct reading_answer	 a, b;

	if (q.role == READING_SLIP) {
		assert_int_equal(reading_ask(c, &q, &a), 0);
		assert_int_equal(reading_ask(c, &q, &b), 0);
	} else {
		ask(c, q, bytes, len, &a);
		ask(c, q, bytes, len, &b);
	}
	assert_int_equal(a.outcome, READING_DONE);
	assert_int_equal(a.pages, pages);
	assert_int_equal(a.size, b.size);
	assert_in_range(a.size, 1000, sizeof(one));
	assert_int_equal(pread(a.fd, one, sizeof(one), 0), a.size);
	assert_int_equal(pread(b.fd, two, sizeof(two), 0), b.size);
	assert_memory_equal(one, two, a.size);
	assert_memory_equal(one, "%PDF-1.", 7);
	reading_answer_release(&a);
	reading_answer_release(&b);
}

static void
test_draw(void **state)
{
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_DRAW };
	struct reading_answer	 a;
	char			 lines[4000];

	(void)state;
	twice(c, q, mail, sizeof(mail) - 1, 1);
	q.lang = LANG_ZH;
	twice(c, q, mail, sizeof(mail) - 1, 1);
	memset(lines, '\n', sizeof(lines));
	lines[0] = lines[sizeof(lines) - 1] = 'x';
	ask(c, q, lines, 200, &a);
	assert_in_range(a.pages, 3, 5);
	reading_answer_release(&a);
	ask(c, q, "%PDF-1.4\nnothing", 16, &a);
	assert_int_equal(a.outcome, READING_CORRUPT);
	ask(c, q, "PK\3\4\24\0\0\0\0\0", 10, &a);
	assert_int_equal(a.outcome, READING_UNSUPPORTED);
	ask(c, q, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, &a);
	assert_int_equal(a.outcome, READING_CORRUPT);
	ask(c, q, "", 0, &a);
	assert_int_equal(a.outcome, READING_EMPTY);
	reading_client_free(c);
}

static void
test_slip(void **state)
{
	static char		 words[LIMIT_READ_WORDS + 2];
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_SLIP, .words =
				    "Produced in native form\nABC0000001" };
	struct reading_answer	 a;

	(void)state;
	twice(c, q, NULL, 0, 1);
	memset(words, 'w', LIMIT_READ_WORDS);
	q.words = words;
	assert_int_equal(reading_ask(c, &q, &a), 0);
	assert_int_equal(a.outcome, READING_DONE);
	reading_answer_release(&a);
	words[LIMIT_READ_WORDS] = 'w';
	assert_int_equal(reading_ask(c, &q, &a), -1);
	assert_int_equal(errno, EINVAL);
	reading_client_free(c);
}

static void
test_refused(void **state)
{
	struct reading_client	*c = start("real", -1);
	struct reading_question	 q = { .role = READING_TEXT, .size = 1,
				    .doc = memfd_create("plain", 0) };
	struct reading_answer	 a;

	(void)state;
	assert_int_equal(reading_ask(c, &q, &a), -1);
	assert_int_equal(errno, EINVAL);
	q.role = READING_READ;
	assert_int_equal(reading_ask(c, &q, &a), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(close(q.doc), 0);
	q.role = READING_TEXT;
	q.doc = memfd_create("large", MFD_ALLOW_SEALING);
	q.size = LIMIT_READ_SIZE + 1;
	assert_int_equal(ftruncate(q.doc, (off_t)q.size), 0);
	assert_int_equal(reading_ask(c, &q, &a), 0);
	assert_int_equal(a.outcome, READING_TOO_LARGE);
	assert_int_equal(close(q.doc), 0);
	reading_client_free(c);
}

static void
test_played(void **state)
{
	static const struct {
		const char		*name;
		enum reading_outcome	 outcome;
	} cases[] = {
		{ "honest", READING_DONE }, { "bare", READING_DIED },
		{ "short", READING_DIED }, { "beyond", READING_DIED },
		{ "sober", READING_DIED }, { "dies", READING_DIED },
		{ "strange", READING_DIED },
	};
	struct reading_client	*c;
	struct reading_question	 q = { .role = READING_TEXT };
	struct reading_answer	 a;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = start(cases[i].name, -1);
		ask(c, q, "text", 4, &a);
		if (a.outcome != cases[i].outcome)
			fail_msg("%s: outcome %d", cases[i].name,
			    (int)a.outcome);
		if (a.outcome == READING_DONE)
			expect(&a, "text", 4);
		assert_int_equal(a.fd, -1);
		reading_client_free(c);
	}
}

/* Of a program that does not start nothing is said of the document. */
static void
test_absent(void **state)
{
	static const char *const names[] = { "absent", "nothing" };
	struct reading_question	 q = { .role = READING_TEXT, .size = 4 };
	struct reading_client	*c;
	struct reading_answer	 a;
	size_t			 i;

	(void)state;
	q.doc = document("text", 4);
	for (i = 0; i < 2; i++) {
		c = start(names[i], -1);
		assert_int_equal(reading_ask(c, &q, &a), -1);
		assert_int_equal(errno, ENOEXEC);
		reading_client_free(c);
	}
	assert_int_equal(close(q.doc), 0);
}

static void
test_stopped(void **state)
{
	struct reading_question	 q = { .role = READING_TEXT, .size = 4 };
	struct reading_client	*c;
	struct reading_answer	 a;
	int			 stop[2];

	(void)state;
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	c = start("sleeps", stop[0]);
	q.doc = document("text", 4);
	assert_int_equal(reading_ask(c, &q, &a), -1);
	assert_int_equal(errno, ECANCELED);
	reading_client_free(c);
	assert_int_equal(close(q.doc), 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_part_read),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_slip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_played),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_stopped),
	};

	if (played_name() != NULL)
		return played_run(played_name(), answer);
	return cmocka_run_group_tests(tests, played_begin, played_end);
}
