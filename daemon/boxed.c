/* SPDX-License-Identifier: ISC */
/*
 * boxed: see boxed.h.  Any thread may start a program; each then has its own.
 */
#include "daemon/boxed.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define NICE		10
#define CONTROL		3	/* the program's descriptor */

/* Only calls that are safe between fork and exec of a threaded program. */
static void
boxed_exec(const char *path, int sock)
{
	char		*argv[] = { (char *)(uintptr_t)path, NULL };
	char		*envp[] = { (char *)(uintptr_t)"PATH=/usr/bin:/bin",
			    (char *)(uintptr_t)"LC_ALL=C", NULL };
	sigset_t	 none;
	int		 null, i;

	for (i = 1; i < 32; i++)
		(void)signal(i, SIG_DFL);	/* not all may be set */
	/* It ends with its socket, not with the daemon's terminal. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_RDWR);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 || dup2(sock, CONTROL) == -1 ||
	    fcntl(CONTROL, F_SETFD, 0) == -1 ||
	    close_range(CONTROL + 1, ~0u, 0) == -1)
		_exit(126);
	/* A wish; of a thread that is more patient, so is its program. */
	if (getpriority(PRIO_PROCESS, 0) < NICE)
		(void)setpriority(PRIO_PROCESS, 0, NICE);
	(void)execve(path, argv, envp);
	_exit(127);
}

int
boxed_start(const char *path, pid_t *pid_r)
{
	int	 pair[2];

	*pid_r = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	*pid_r = fork();
	if (*pid_r == 0)
		boxed_exec(path, pair[1]);
	(void)close(pair[1]);
	if (*pid_r != -1)
		return pair[0];
	*pid_r = 0;
	(void)close(pair[0]);	/* errno is fork's: close() does not fail */
	return -1;
}

int
boxed_end(pid_t pid)
{
	int	 status = 0;

	if (pid == 0)
		return 0;
	(void)kill(pid, SIGKILL);	/* may be gone */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status;
}

int
boxed_send(int sock, const struct reading_request *q, const char *words,
    int docfd, int answerfd, int flags)
{
	union {
		struct cmsghdr	 head;
		char		 room[CMSG_SPACE(2 * sizeof(int))];
	} u;
	struct iovec	 iov[2] = { { (void *)(uintptr_t)q, sizeof(*q) },
			    { (void *)(uintptr_t)words, q->words } };
	struct msghdr	 m = { .msg_iov = iov, .msg_iovlen = words == NULL ?
			    1 : 2, .msg_control = &u,
			    .msg_controllen = sizeof(u) };
	struct cmsghdr	*c;
	int		 fds[2] = { docfd, answerfd };

	memset(&u, 0, sizeof(u));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return sendmsg(sock, &m, MSG_NOSIGNAL | flags) ==
	    (ssize_t)(sizeof(*q) + q->words) ? 0 : -1;
}

int
boxed_seal(int fd)
{
	int	 flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return 0;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK) == -1 ? -1 : 0;
}

int
boxed_tail(int fd, struct reading_tail *t)
{
	struct stat	 st;
	off_t		 at;

	if (fstat(fd, &st) == -1 || st.st_size < (off_t)sizeof(*t))
		return -1;
	at = st.st_size - (off_t)sizeof(*t);
	if (pread(fd, t, sizeof(*t), at) != (ssize_t)sizeof(*t) ||
	    t->magic != READING_TAIL || t->size != (uint64_t)at ||
	    t->outcome > READING_ABSENT || t->outcome == READING_DIED ||
	    t->outcome == READING_TIMEOUT)
		return -1;
	t->type[sizeof(t->type) - 1] = '\0';
	return ftruncate(fd, at);
}
