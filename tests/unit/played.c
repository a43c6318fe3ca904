/* SPDX-License-Identifier: ISC */
/*
 * played: links to the running program under the names of readers, in a
 * folder of their own, and what stands behind those names.
 */
#include "tests/unit/played.h"

#include <sys/auxv.h>
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "proto/wire/reading.h"

#define FOLDER "/played."

static char folder[256];

int
played_begin(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	logline_level(LOGLINE_ERROR);
	(void)snprintf(folder, sizeof folder, "%s" FOLDER "XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	return mkdtemp(folder) == NULL ? -1 : 0;
}

int
played_end(void **state)
{
	char command[512];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) == 0 ? 0 : -1;
}

void
played_path(const char *name, char path_r[PLAYED_PATH])
{
	const char *build = getenv("DOSSIER_BUILD");

	if (strcmp(name, "real") == 0) {
		(void)snprintf(path_r, PLAYED_PATH, "%s/dossier-reader",
		    build == NULL ? "build" : build);
		return;
	}
	(void)snprintf(path_r, PLAYED_PATH, "%s/%s", folder, name);
	if (strcmp(name, "absent") != 0 && access(path_r, F_OK) == -1)
		assert_int_equal(link("/proc/self/exe", path_r) == -1 ?
		    symlink("/proc/self/exe", path_r) : 0, 0);
}

const char *
played_name(void)
{
	const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);

	return strstr(path, FOLDER) == NULL ? NULL : strrchr(path, '/') + 1;
}

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

int
played_run(const char *name, played_fn *answer)
{
	struct reading_hello h = { READING_HELLO, "played", "played" };
	struct reading_verdict v = { READING_MAGIC, 0, READING_DONE, 0 };
	struct reading_request q;
	int fds[2];

	if (strcmp(name, "nothing") == 0 ||
	    send(3, &h, sizeof h, 0) != (ssize_t)sizeof h)
		return 1;
	while (receive(&q, fds) == 0) {
		if (strcmp(name, "dies") == 0)
			return 1;
		if (strcmp(name, "babbles") == 0)
			return send(3, "what?", 5, 0) != 5 || pause();
		if (strcmp(name, "sleeps") == 0)
			return pause();
		/* What it has may be read, not changed. */
		if (write(fds[0], "x", 1) != -1 || answer(name, fds[1]) == -1)
			return 1;
		v.id = strcmp(name, "strange") == 0 ? q.id + 7 : q.id;
		(void)close(fds[0]);
		(void)close(fds[1]);
		if (send(3, &v, sizeof v, 0) != (ssize_t)sizeof v)
			return 1;
	}
	return 0;
}
