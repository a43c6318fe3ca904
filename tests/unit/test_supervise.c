/* SPDX-License-Identifier: ISC */
/*
 * supervise: documents to the real reader and to readers that lie, die or
 * do not start.  This program is those readers too: by the name under which
 * it was started (the path is all that a reader gets from its supervisor).
 */
#include "daemon/supervise.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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
	static char	 piece[LIMIT_READ_ANSWER + 1];
	const char	*text = "{\"type\":\"text/plain\"}";
	size_t		 len;

	if (strcmp(name, "loose") == 0)
		text = "{ \"type\": \"text/plain\" }";
	else if (strcmp(name, "wrong") == 0)
		text = "{\"kind\":\"text/plain\",\"type\":\"text/plain\"}";
	else if (strcmp(name, "empty") == 0)
		text = "";
	len = strlen(text);
	if (strcmp(name, "huge") == 0) {
		memset(piece, ' ', sizeof(piece));
		text = piece;
		len = sizeof(piece);
	}
	return write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

/* --- the tests ------------------------------------------------------------ */

struct seen {
	struct event_base *base;
	int		 wanted, count;
	struct supervise_result last;
	char		 text[1024];
};

static void
take(void *arg, const struct supervise_result *r)
{
	struct seen	*seen = arg;

	seen->last = *r;
	seen->text[0] = '\0';
	if (r->text != NULL)
		(void)snprintf(seen->text, sizeof(seen->text), "%.*s",
		    (int)r->len, r->text);
	if (++seen->count == seen->wanted)
		(void)event_base_loopbreak(seen->base);
}

static int
document(const char *text, unsigned flags)
{
	int	 fd = memfd_create("document", flags);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
give(struct supervise *s, struct seen *seen, const char *text)
{
	assert_int_equal(supervise_read(s, document(text, MFD_ALLOW_SEALING),
	    strlen(text), READING_MAIL, take, seen), 0);
}

/* Runs the loop until all results are there, half a minute at most. */
static void
wait_for(struct seen *seen, int wanted)
{
	struct timeval	 tv = { 30, 0 };

	seen->wanted = wanted;
	seen->count = 0;
	assert_int_equal(event_base_loopexit(seen->base, &tv), 0);
	(void)event_base_dispatch(seen->base);
	assert_int_equal(seen->count, wanted);
}

static struct supervise *
start(struct seen *seen, const char *name)
{
	static char	 path[PLAYED_PATH];
	struct supervise *s;

	memset(seen, 0, sizeof(*seen));
	seen->base = event_base_new();
	played_path(name, path);
	s = supervise_new(seen->base, path);
	assert_non_null(s);
	return s;
}

static void
stop(struct supervise *s, struct seen *seen)
{
	supervise_free(s);
	event_base_free(seen->base);
}

static void
test_real(void **state)
{
	struct seen	 seen;
	struct supervise *s = start(&seen, "real");
	int		 i;

	(void)state;
	assert_string_equal(supervise_reader(s), "");
	give(s, &seen, "From: a@example.org\nSubject: one\n\nbody\n");
	for (i = 1; i < SUPERVISE_AT_ONCE; i++) {
		assert_false(supervise_busy(s));
		give(s, &seen, "From: b@example.org\nSubject: two\n\nbody\n");
	}
	assert_true(supervise_busy(s));
	assert_int_equal(supervise_read(s, document("x", 0), 1, READING_ANY,
	    take, &seen), -1);
	assert_int_equal(errno, EAGAIN);
	wait_for(&seen, SUPERVISE_AT_ONCE);
	assert_false(supervise_busy(s));
	assert_int_equal(seen.last.outcome, READING_DONE);
	assert_non_null(strstr(seen.text, "example.org"));
	assert_non_null(strstr(supervise_reader(s), "gmime"));
	for (i = 0; i < 20; i++) {
		give(s, &seen, "Subject: again\n\n");
		wait_for(&seen, 1);
		assert_non_null(strstr(seen.text, "again"));
	}
	stop(s, &seen);
}

static void
test_unsealed(void **state)
{
	struct seen	 seen;
	struct supervise *s = start(&seen, "real");

	(void)state;
	assert_int_equal(supervise_read(s, document("x", 0), 1, READING_ANY,
	    take, &seen), -1);
	assert_int_equal(errno, EINVAL);
	assert_false(supervise_busy(s));
	stop(s, &seen);
}

static void
test_too_large(void **state)
{
	struct seen	 seen;
	struct supervise *s = start(&seen, "real");
	int		 fd = memfd_create("large", MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)LIMIT_READ_SIZE + 1), 0);
	assert_int_equal(supervise_read(s, fd, LIMIT_READ_SIZE + 1,
	    READING_ANY, take, &seen), 0);
	wait_for(&seen, 1);
	assert_int_equal(seen.last.outcome, READING_TOO_LARGE);
	stop(s, &seen);
}

/* Names of readers and what becomes of what they say. */
static void
test_played(void **state)
{
	static const struct {
		const char		*name;
		enum reading_outcome	 outcome;
	} cases[] = {
		{ "honest", READING_DONE }, { "loose", READING_DIED },
		{ "wrong", READING_DIED }, { "empty", READING_DIED },
		{ "huge", READING_DIED }, { "dies", READING_DIED },
		{ "babbles", READING_DIED }, { "strange", READING_DIED },
	};
	struct seen	 seen;
	struct supervise *s;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = start(&seen, cases[i].name);
		give(s, &seen, "text");
		wait_for(&seen, 1);
		if (seen.last.outcome != cases[i].outcome)
			fail_msg("%s: outcome %d", cases[i].name,
			    (int)seen.last.outcome);
		assert_int_equal(seen.text[0] != '\0',
		    cases[i].outcome == READING_DONE);
		assert_false(supervise_busy(s));
		stop(s, &seen);
	}
}

/* A reader that never starts costs no document: it waits. */
static void
test_absent(void **state)
{
	static const char *const names[] = { "absent", "nothing" };
	struct timeval	 tv = { 0, 400000 };
	struct seen	 seen;
	struct supervise *s;
	size_t		 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		s = start(&seen, names[i]);
		give(s, &seen, "text");
		assert_int_equal(event_base_loopexit(seen.base, &tv), 0);
		(void)event_base_dispatch(seen.base);
		assert_int_equal(seen.count, 0);
		stop(s, &seen);
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_unsealed),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_played),
		cmocka_unit_test(test_absent),
	};

	if (played_name() != NULL)
		return played_run(played_name(), answer);
	return cmocka_run_group_tests(tests, played_begin, played_end);
}
