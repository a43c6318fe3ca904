/* SPDX-License-Identifier: ISC */
/*
 * notify: sd_notify(3) without libsystemd.  Must never fail the daemon: a
 * manager that does not listen is its own trouble.
 */
#include "daemon/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int notify_fd = -1;

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	if ((len = strlen(path)) >= sizeof(un.sun_path))
		return;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd == -1)
		return;
	if (connect(notify_fd, (struct sockaddr *)&un, (socklen_t)
	    (offsetof(struct sockaddr_un, sun_path) + len)) == -1) {
		(void)close(notify_fd);
		notify_fd = -1;
	}
}

void
notify_say(const char *text)
{
	if (notify_fd != -1)	/* a lost message is the manager's trouble */
		(void)send(notify_fd, text, strlen(text),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

int64_t
notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	long long n;

	if (usec == NULL || (pid != NULL && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	n = strtoll(usec, NULL, 10);
	return n > 0 ? n / 2000 : 0;	/* twice as often as asked */
}
