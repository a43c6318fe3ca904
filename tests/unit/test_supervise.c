/* SPDX-License-Identifier: ISC */
/*
 * supervise: documents to the real reader and to readers that lie, die or
 * do not start.  This program is those readers too: by the name under which
 * it was started (the path is all that a reader gets from its supervisor).
 */
#include "daemon/supervise.h"

#include <sys/auxv.h>
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

#include "daemon/log.h"
#include "proto/base/limits.h"

/* --- readers ------------------------------------------------------------- */

static int
receive(struct reading_request *q, int fds[2])
{
	union {
		struct cmsghdr	 head;
		char		 room[CMSG_SPACE(2 * sizeof(int))];
	} u;
	struct iovec	 iov = { q, sizeof(*q) };
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &u, .msg_controllen = sizeof(u) };

	if (recvmsg(3, &m, 0) != (ssize_t)sizeof(*q) ||
	    CMSG_FIRSTHDR(&m) == NULL)
		return -1;
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&m)), 2 * sizeof(int));
	return 0;
}

static void
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
	if (write(fd, text, len) != (ssize_t)len)
		_exit(9);
}

/* Plays the reader of that name until its socket ends. */
static int
play(const char *name)
{
	struct reading_hello	 h = { READING_HELLO, "played", "played" };
	struct reading_request	 q;
	struct reading_verdict	 v = { READING_MAGIC, 0, READING_DONE, 0 };
	int			 fds[2];

	if (strcmp(name, "nothing") == 0)
		return 1;
	if (send(3, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return 1;
	while (receive(&q, fds) == 0) {
		if (strcmp(name, "dies") == 0)
			return 1;
		if (strcmp(name, "babbles") == 0)
			return send(3, "what?", 5, 0) != 5 || pause();
		/* What it has may be read, not changed. */
		if (write(fds[0], "x", 1) != -1)
			return 1;
		answer(name, fds[1]);
		v.id = strcmp(name, "strange") == 0 ? q.id + 7 : q.id;
		(void)close(fds[0]);
		(void)close(fds[1]);
		if (send(3, &v, sizeof(v), 0) != (ssize_t)sizeof(v))
			return 1;
	}
	return 0;
}

/* --- the tests ------------------------------------------------------------ */

static char		 folder[256];

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
	static char	 path[512];
	struct supervise *s;

	memset(seen, 0, sizeof(*seen));
	seen->base = event_base_new();
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (strcmp(name, "real") != 0 && strcmp(name, "absent") != 0 &&
	    access(path, F_OK) == -1)
		assert_int_equal(link("/proc/self/exe", path) == -1 ?
		    symlink("/proc/self/exe", path) : 0, 0);
	if (strcmp(name, "real") == 0)
		(void)snprintf(path, sizeof(path), "%s/dossier-reader",
		    getenv("DOSSIER_BUILD") == NULL ? "build" :
		    getenv("DOSSIER_BUILD"));
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

static int
folder_make(void **state)
{
	(void)state;
	logline_level(LOGLINE_ERROR);
	(void)snprintf(folder, sizeof(folder), "%s/test_supervise.XXXXXX",
	    getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
folder_remove(void **state)
{
	char	 command[512];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) == 0 ? 0 : -1;
}

int
main(void)
{
	const char	*path = (const char *)getauxval(AT_EXECFN);
	const char	*name = strrchr(path, '/');
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_unsealed),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_played),
		cmocka_unit_test(test_absent),
	};

	if (name != NULL && strstr(path, "/test_supervise.") != NULL)
		return play(name + 1);
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
