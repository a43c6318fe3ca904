/* SPDX-License-Identifier: ISC */
/*
 * serve: see serve.h.
 *
 * The parent parses nothing: a request's two descriptors go to a child, the
 * child's end becomes a verdict.  It must never wait for a child without a
 * deadline, nor keep a descriptor of one document for the next.
 *
 *	child ends by			verdict
 *	exit 0				DONE
 *	EXIT_MEMORY			NO_MEMORY
 *	EXIT_LARGE, SIGXFSZ		TOO_LARGE
 *	SIGKILL after its deadline,
 *	SIGXCPU				TIMEOUT
 *	anything else			DIED
 */
#include "daemon/reader/serve.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/reader/box.h"
#include "proto/base/buf.h"
#include "proto/base/limits.h"

#define EXIT_MEMORY	10
#define EXIT_LARGE	11
#define EXIT_BOX	12	/* the box could not be closed */
#define EXIT_READ	13	/* the document or the answer: no such file */

struct child {
	pid_t		 pid;		/* 0: free */
	uint32_t	 id;
	int64_t		 deadline;	/* ms of the monotonic clock */
	int		 late;		/* was killed for that */
};

static int64_t
now_ms(void)
{
	struct timespec	 t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);	/* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* GLib ends the program when memory runs out; nothing else is said. */
static void
glib_log(const gchar *domain, GLogLevelFlags level, const gchar *text,
    gpointer arg)
{
	(void)domain;
	(void)arg;
	if ((level & G_LOG_LEVEL_ERROR) == 0)
		return;
	_exit(text != NULL && strstr(text, "failed to allocate") != NULL ?
	    EXIT_MEMORY : EXIT_READ);
}

/* The same for libraries with structured logs: they would look for stderr. */
static GLogWriterOutput
glib_write(GLogLevelFlags level, const GLogField *fields, gsize n,
    gpointer arg)
{
	(void)fields;
	(void)n;
	(void)arg;
	if ((level & G_LOG_LEVEL_ERROR) != 0)
		_exit(EXIT_READ);
	return G_LOG_WRITER_HANDLED;
}

/* The two descriptors to their places, all others closed. */
static int
place(int docfd, int answerfd)
{
	int	 d, a;

	d = fcntl(docfd, F_DUPFD, 16);
	a = fcntl(answerfd, F_DUPFD, 16);
	if (d == -1 || a == -1 || dup2(d, BOX_DOCUMENT) == -1 ||
	    dup2(a, BOX_ANSWER) == -1)
		return -1;
	return close_range(BOX_ANSWER + 1, ~0u, 0);
}

/* All that a child does; never returns. */
static void
child_run(const struct program *p, const struct serve_packet *packet,
    int docfd, int answerfd, pid_t parent)
{
	const struct role	*role = &p->roles[packet->q.role];

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    place(docfd, answerfd) == -1 ||
	    box_child(p->box, role->max) == -1)
		_exit(EXIT_BOX);
	(void)g_log_set_default_handler(glib_log, NULL);
	g_log_set_writer_func(glib_write, NULL, NULL);
	if (role->run(&packet->q, packet->words, BOX_DOCUMENT,
	    BOX_ANSWER) == 0)
		_exit(0);
	_exit(errno == ENOMEM ? EXIT_MEMORY : errno == EFBIG ? EXIT_LARGE :
	    EXIT_READ);
}

int
serve_fork(const struct program *p, const struct serve_packet *packet,
    int docfd, int answerfd)
{
	pid_t	 parent = getpid(), pid;

	if (packet->q.role >= ROLE_COUNT ||
	    p->roles[packet->q.role].run == NULL) {
		errno = EPROTO;
		return -1;
	}
	pid = fork();
	if (pid == 0)
		child_run(p, packet, docfd, answerfd, parent);
	return pid;
}

void
serve_judge(int status, struct reading_verdict *v)
{
	if (WIFSIGNALED(status)) {
		v->detail = (uint32_t)WTERMSIG(status);
		v->outcome = v->detail == SIGXCPU ? READING_TIMEOUT :
		    v->detail == SIGXFSZ ? READING_TOO_LARGE : READING_DIED;
		return;
	}
	v->detail = 256 + (uint32_t)WEXITSTATUS(status);
	switch (WEXITSTATUS(status)) {
	case 0:
		v->outcome = READING_DONE;
		v->detail = 0;
		break;
	case EXIT_MEMORY:
		v->outcome = READING_NO_MEMORY;
		break;
	case EXIT_LARGE:
		v->outcome = READING_TOO_LARGE;
		break;
	default:
		v->outcome = READING_DIED;
	}
}

static int
verdict_send(int sock, const struct reading_verdict *v)
{
	ssize_t	 n;

	do
		n = send(sock, v, sizeof(*v), MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(*v) ? 0 : -1;
}

/* Answers for every child that has ended. */
static int
reap(struct child *c, int sock)
{
	struct reading_verdict	 v;
	int			 i, status;

	for (i = 0; i < SERVE_AT_ONCE; i++) {
		if (c[i].pid == 0 ||
		    waitpid(c[i].pid, &status, WNOHANG) != c[i].pid)
			continue;
		memset(&v, 0, sizeof(v));
		v.magic = READING_MAGIC;
		v.id = c[i].id;
		serve_judge(status, &v);
		if (c[i].late && v.outcome != READING_DONE)
			v.outcome = READING_TIMEOUT;
		c[i].pid = 0;
		if (verdict_send(sock, &v) == -1)
			return -1;
	}
	return 0;
}

/* Milliseconds to the next deadline, -1 without children; kills the late. */
static int
deadlines(struct child *c)
{
	int64_t	 now = now_ms(), left, least = -1;
	int	 i;

	for (i = 0; i < SERVE_AT_ONCE; i++) {
		if (c[i].pid == 0)
			continue;
		left = c[i].deadline - now;
		if (left <= 0) {
			c[i].late = 1;
			(void)kill(c[i].pid, SIGKILL);	/* may be gone */
			left = 1000;		/* SIGCHLD comes before */
		}
		if (least == -1 || left < least)
			least = left;
	}
	return (int)least;
}

/* 1 if the packet of that length is a request with all of its words. */
static int
well_formed(struct serve_packet *p, size_t len)
{
	if (len < sizeof(p->q) || p->q.magic != READING_MAGIC ||
	    p->q.words != len - sizeof(p->q))
		return 0;
	p->words[p->q.words] = '\0';
	p->q.charset[sizeof(p->q.charset) - 1] = '\0';
	return 1;
}

/* Takes a packet and its descriptors: 1 a request, 0 the end, -1 wrong. */
static int
receive(int sock, struct serve_packet *p, int fds_r[2])
{
	union {
		struct cmsghdr	 head;
		char		 room[CMSG_SPACE(2 * sizeof(int))];
	} u;
	struct iovec	 iov = { p, sizeof(p->q) + LIMIT_READ_WORDS };
	struct msghdr	 m = { .msg_iov = &iov, .msg_iovlen = 1,
			    .msg_control = &u, .msg_controllen = sizeof(u) };
	struct cmsghdr	*c;
	ssize_t		 n;

	fds_r[0] = fds_r[1] = -1;
	n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return (int)n;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds_r, CMSG_DATA(c), 2 * sizeof(int));
	if (!well_formed(p, (size_t)n) || fds_r[1] == -1 ||
	    (m.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0) {
		errno = EPROTO;
		return -1;
	}
	return 1;
}

/* Starts a child for the request, or says at once why there is none. */
static int
begin(const struct program *p, struct child *c, int sock,
    const struct serve_packet *packet, const int fds[2])
{
	const struct reading_request *q = &packet->q;
	struct reading_verdict	 v = { READING_MAGIC, q->id, READING_DIED, 0 };
	uint32_t		 ms = LIMIT_READ_SECONDS * 1000;

	if (q->size > LIMIT_READ_SIZE) {
		v.outcome = READING_TOO_LARGE;
		return verdict_send(sock, &v);
	}
	if (q->deadline_ms != 0 && q->deadline_ms < ms)
		ms = q->deadline_ms;
	c->deadline = now_ms() + ms;
	c->late = 0;
	c->id = q->id;
	c->pid = serve_fork(p, packet, fds[0], fds[1]);
	if (c->pid != -1)
		return 0;
	c->pid = 0;
	v.outcome = errno == ENOMEM ? READING_NO_MEMORY : READING_DIED;
	v.detail = (uint32_t)errno;
	return verdict_send(sock, &v);
}

static struct child *
child_free(struct child *c)
{
	int	 i;

	for (i = 0; i < SERVE_AT_ONCE; i++)
		if (c[i].pid == 0)
			return &c[i];
	return NULL;
}

static void
children_kill(struct child *c)
{
	int	 i;

	for (i = 0; i < SERVE_AT_ONCE; i++)
		if (c[i].pid != 0)
			(void)kill(c[i].pid, SIGKILL);	/* may be gone */
}

/* One request, if there is one: 1, 0 at the end of the socket, -1. */
static int
request(const struct program *p, struct child *c, int sock)
{
	static struct serve_packet q;
	int			 fds[2], rc;

	rc = receive(sock, &q, fds);
	if (rc == 1)
		rc = begin(p, c, sock, &q, fds) == -1 ? -1 : 1;
	if (fds[0] != -1)
		(void)close(fds[0]);	/* the child has its own */
	if (fds[1] != -1)
		(void)close(fds[1]);
	return rc;
}

int
serve(const struct program *p, int sock, int sigfd)
{
	struct child		 c[SERVE_AT_ONCE] = { { 0, 0, 0, 0 } };
	struct pollfd		 fd[2] = { { .fd = sock },
				    { .fd = sigfd, .events = POLLIN } };
	struct signalfd_siginfo	 info;
	int			 gone, rc = 1;

	while (rc == 1) {
		/* With no child free the requests stay in the socket. */
		fd[0].events = child_free(c) != NULL ? POLLIN : 0;
		if (poll(fd, 2, deadlines(c)) == -1 && errno != EINTR)
			rc = -1;
		if (rc == 1 && (fd[1].revents & POLLIN) != 0 &&
		    read(sigfd, &info, sizeof(info)) == -1)
			rc = -1;
		if (rc == 1 && reap(c, sock) == -1)
			rc = -1;
		if (rc == 1 && (fd[0].revents & POLLIN) != 0)
			rc = request(p, child_free(c), sock);
		else if (rc == 1 && (fd[0].revents & (POLLHUP | POLLERR)) != 0)
			rc = 0;
	}
	/* A daemon that ends leaves verdicts unread, or one to be sent. */
	gone = rc == -1 && (errno == ECONNRESET || errno == EPIPE);
	children_kill(c);
	return gone ? 0 : rc;
}
