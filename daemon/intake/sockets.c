/* SPDX-License-Identifier: ISC */
/*
 * sockets: how the doors listen.  Must never take over a socket that another
 * program answers.
 */
#include "daemon/intake/sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "daemon/intake/peers.h"

#define BACKLOG 1024

/* 1 if a program answers there now. */
static int
answered(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes;

	if (fd == -1)
		return 0;
	yes = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
	    errno == EAGAIN || errno == EINPROGRESS;
	(void)close(fd);
	return yes;
}

static int
give_group(const char *path, const char *group, struct trouble *t)
{
	char room[4096];
	struct group gr, *found = NULL;

	if (group == NULL)
		return 0;
	if (getgrnam_r(group, &gr, room, sizeof(room), &found) != 0 ||
	    found == NULL)
		return trouble_set(t, SAY_API_NO_GROUP, group, NULL, NULL,
		    NULL);
	if (chown(path, (uid_t)-1, found->gr_gid) == -1)
		return trouble_errno(t, SAY_API_CHOWN, group);
	return 0;
}

/* Nobody else gets in before the group is right. */
static int
listen_unix(int fd, const struct sockaddr_un *un, const char *group,
    mode_t mode, struct trouble *t)
{
	const char *path = un->sun_path;

	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)un, sizeof(*un)) == -1 ||
	    chmod(path, mode & 0600) == -1)
		return trouble_errno(t, SAY_RUN_SOCKET, path);
	if (give_group(path, group, t) == -1)
		return -1;
	if (chmod(path, mode) == -1 || listen(fd, BACKLOG) == -1)
		return trouble_errno(t, SAY_RUN_SOCKET, path);
	return 0;
}

int
socket_unix(const char *path, const char *group, mode_t mode,
    struct trouble *t)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return trouble_errno(t, SAY_RUN_SOCKET, path);
	}
	memcpy(un.sun_path, path, strlen(path));
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (answered(&un))
			return trouble_set(t, SAY_RUN_SOCKET_USED, path, NULL,
			    NULL, NULL);
		(void)unlink(path);	/* bind says what is in the way */
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listen_unix(fd, &un, group, mode, t) == 0)
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

int
socket_tcp(const char *name, struct trouble *t)
{
	struct peer_addr a;
	int fd = -1, one = 1, error = EINVAL;

	if (peer_parse_listen(name, &a) == 0) {
		fd = socket(a.ss.ss_family,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd != -1 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
		    sizeof(one)) == 0 &&
		    bind(fd, (struct sockaddr *)&a.ss, a.len) == 0 &&
		    listen(fd, BACKLOG) == 0)
			return fd;
		error = errno;
	}
	if (fd != -1)
		(void)close(fd);
	if (error == EADDRINUSE)
		return trouble_set(t, SAY_RUN_SOCKET_USED, name, NULL, NULL,
		    NULL);
	errno = error;
	return trouble_errno(t, SAY_RUN_SOCKET, name);
}
