/* SPDX-License-Identifier: ISC */
/*
 * api_idle: a listener over a real store: a caller who stops in the middle
 * of a request is told so, one who says nothing is let go, and what is still
 * open when the listener ends is freed.
 */
#include "daemon/api/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct desk {
	char			 dir[64];
	char			 path[100];
	struct store		*store;
	struct event_base	*base;
	struct api		*api;
};

static int
start(void **state)
{
	struct desk *d = calloc(1, sizeof *d);
	struct store_options opt = { .dir = d->dir };
	struct api_conf conf = { .socket = d->path, .idle_seconds = 1 };
	struct trouble trouble;
	char key[100];

	(void)snprintf(d->dir, sizeof d->dir, "/tmp/api-idle-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	(void)snprintf(d->path, sizeof d->path, "%s/sock", d->dir);
	(void)snprintf(key, sizeof key, "%s/key", d->dir);
	opt.key_path = key;
	assert_int_equal(log_init(d->dir, key, &trouble), 0);
	d->store = store_open(&opt, &trouble);
	assert_non_null(d->store);
	d->base = event_base_new();
	d->api = api_listen(d->base, d->store, &conf, &trouble);
	assert_non_null(d->api);
	*state = d;
	return 0;
}

static int
stop(void **state)
{
	struct desk *d = *state;
	char command[120];

	api_free(d->api);
	event_base_free(d->base);
	store_close(d->store);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", d->dir);
	assert_int_equal(system(command), 0);
	free(d);
	return 0;
}

static int
caller(const struct desk *d)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", d->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* Turns the loop until the listener has closed the connection. */
static void
until_closed(struct desk *d, int fd, char *answer, size_t size)
{
	size_t len = 0;
	ssize_t n = -1;

	while (n != 0) {
		(void)event_base_loop(d->base, EVLOOP_ONCE);
		n = recv(fd, answer + len, size - 1 - len, MSG_DONTWAIT);
		if (n > 0)
			len += (size_t)n;
	}
	answer[len] = '\0';
}

static void
test_silent(void **state)
{
	char answer[4096];
	int fd = caller(*state);

	until_closed(*state, fd, answer, sizeof answer);
	assert_string_equal(answer, "");
	(void)close(fd);
}

static void
test_half(void **state)
{
	static const char *halves[] = { "GET /api/v1/sta",
	    "POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\n"
	    "Content-Length: 50\r\n\r\n{\"name\":" };

	for (size_t i = 0; i < 2; i++) {
		char answer[4096];
		int fd = caller(*state);

		assert_true(send(fd, halves[i], strlen(halves[i]), 0) > 0);
		/* The whole answer, then the end once we hang up. */
		answer[0] = '\0';
		while (strstr(answer, "\"type\":") == NULL) {
			(void)event_base_loop(((struct desk *)*state)->base,
			    EVLOOP_ONCE);
			(void)recv(fd, answer, sizeof answer - 1,
			    MSG_DONTWAIT);
			answer[sizeof answer - 1] = '\0';
		}
		assert_int_equal(strncmp(answer, "HTTP/1.1 408 ", 13), 0);
		(void)close(fd);
	}
}

/* Ends with a caller in the middle of an upload. */
static void
test_end(void **state)
{
	static const char upload[] = "POST /api/v1/documents HTTP/1.1\r\n"
	    "Host: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
	struct desk *d = *state;
	char answer[64] = "";
	int fd = caller(d);

	assert_true(send(fd, upload, sizeof upload - 1, 0) > 0);
	while (recv(fd, answer, sizeof answer - 1, MSG_DONTWAIT) <= 0)
		(void)event_base_loop(d->base, EVLOOP_ONCE);
	assert_int_equal(strncmp(answer, "HTTP/1.1 100 ", 13), 0);
	assert_int_equal(send(fd, "abc", 3, 0), 3);
	(void)event_base_loop(d->base, EVLOOP_NONBLOCK);
	assert_int_equal(api_sessions(d->api), 1);
	api_stop(d->api);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_silent, start, stop),
		cmocka_unit_test_setup_teardown(test_half, start, stop),
		cmocka_unit_test_setup_teardown(test_end, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
