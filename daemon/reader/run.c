/* SPDX-License-Identifier: ISC */
/*
 * run: what dossier-reader and dossier-drawer have in common.
 *
 *	PROGRAM FD		answers on that SOCK_SEQPACKET descriptor
 *	PROGRAM --ROLE FILE	prints the answer of one file: --read, --text,
 *				--draw; --one is the first that it has
 *	PROGRAM --version
 *
 * It must never parse a byte of a document in this process, and never start
 * without its box.
 */
#include "daemon/reader/role.h"

#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/reader/box.h"
#include "daemon/reader/serve.h"
#include "proto/base/limits.h"

/* Its standard error is the log of the daemon: key=value, in English. */
static void
complain(const char *what)
{
	(void)fprintf(stderr, "reader event=failed what=%s error=\"%s\"\n",
	    what, strerror(errno));
}

static int
box_close(const struct program *p)
{
	int	 landlock;

	if (box_prepare(p->box, p->folders == NULL ?
	    NULL : p->folders()) == -1 || box_parent(&landlock) == -1) {
		complain("box");
		return -1;
	}
	if (landlock == 0)
		(void)fprintf(stderr, "reader event=warning what=landlock "
		    "meaning=\"this kernel has no Landlock; the reader is "
		    "held by seccomp alone\"\n");
	return 0;
}

static int
hello(const struct reading_hello *h, int sock)
{
	return send(sock, h, sizeof(*h), MSG_NOSIGNAL) ==
	    (ssize_t)sizeof(*h) ? 0 : -1;
}

/* Before the box is closed: fonts are looked at. */
static void
hello_fill(const struct program *p, struct reading_hello *h)
{
	memset(h, 0, sizeof(*h));
	h->magic = READING_HELLO;
	(void)snprintf(h->reader, sizeof(h->reader), "%s", p->versions());
	(void)snprintf(h->maker, sizeof(h->maker), "%s", p->maker());
}

static int
run_server(const struct program *p, int sock)
{
	struct reading_hello h;
	sigset_t	 set;
	int		 sigfd, type = 0;
	socklen_t	 len = sizeof(type);

	if (getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_SEQPACKET) {
		errno = EINVAL;
		complain("socket");
		return 1;
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    (sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) == -1) {
		complain("signals");
		return 1;
	}
	hello_fill(p, &h);
	if (box_close(p) == -1)
		return 1;
	if (hello(&h, sock) == -1 || serve(p, sock, sigfd) == -1) {
		complain("requests");
		_exit(1);
	}
	_exit(0);	/* what others do at exit is not for this box */
}

/* Copies the answer without its tail to the standard output. */
static int
show(int fd, const struct reading_request *q)
{
	struct reading_tail	 t = { .size = LIMIT_READ_ANSWER };
	char			 piece[4096];
	ssize_t			 n;
	uint64_t		 at = 0;
	off_t			 end = lseek(fd, 0, SEEK_END);

	if (q->role != READING_READ && (end < (off_t)sizeof(t) ||
	    pread(fd, &t, sizeof(t), end - (off_t)sizeof(t)) !=
	    (ssize_t)sizeof(t)))
		return -1;
	while (at < t.size && (n = pread(fd, piece, sizeof(piece) < t.size -
	    at ? sizeof(piece) : t.size - at, (off_t)at)) > 0) {
		at += (uint64_t)n;
		if (write(STDOUT_FILENO, piece, (size_t)n) != n)
			return -1;
	}
	if (q->role != READING_READ)
		(void)fprintf(stderr, "reader event=answered outcome=%u "
		    "size=%llu pages=%u notes=%u type=%s\n", t.outcome,
		    (unsigned long long)t.size, t.pages, t.notes, t.type);
	else if (write(STDOUT_FILENO, "\n", 1) != 1)
		return -1;
	return 0;
}

static int
run_one(const struct program *p, uint32_t role, const char *path)
{
	static struct serve_packet one;
	struct reading_verdict	 v;
	struct stat		 st;
	int			 doc, answer, status;
	pid_t			 pid;

	doc = open(path, O_RDONLY | O_CLOEXEC);
	answer = memfd_create("answer", MFD_CLOEXEC);
	if (doc == -1 || answer == -1 || fstat(doc, &st) == -1) {
		complain(path);
		return 1;
	}
	one.q.magic = READING_MAGIC;
	one.q.role = role;
	one.q.size = (uint64_t)st.st_size;
	if (one.q.size > LIMIT_READ_SIZE) {
		errno = EFBIG;
		complain(path);
		return 1;
	}
	if (box_close(p) == -1)
		return 1;
	pid = serve_fork(p, &one, doc, answer);
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		complain("child");
		return 1;
	}
	serve_judge(status, &v);
	if (v.outcome == READING_DONE)
		return show(answer, &one.q) == 0 ? 0 : 1;
	(void)fprintf(stderr, "reader event=unread outcome=%u detail=%u\n",
	    v.outcome, v.detail);
	return 1;
}

/* The role of an option, ROLE_COUNT if it is none of this program's. */
static uint32_t
role_of(const struct program *p, const char *option)
{
	static const char *const names[ROLE_COUNT] = { "--read", "--part",
	    "--text", "--draw", "--slip" };
	uint32_t	 i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (p->roles[i].run != NULL && names[i] != NULL &&
		    (strcmp(option, names[i]) == 0 ||
		    strcmp(option, "--one") == 0))
			break;
	return i;
}

int
run(const struct program *p, int argc, char **argv)
{
	char		*end;
	long		 fd;
	uint32_t	 role;

	if (p->warm() == -1) {
		complain("warming");
		return 1;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(p->versions()) == EOF;
	if (argc == 3 && (role = role_of(p, argv[1])) < ROLE_COUNT)
		_exit(run_one(p, role, argv[2]));	/* see run_server() */
	fd = argc == 1 ? 3 : strtol(argv[1], &end, 10);
	if (argc > 2 || (argc == 2 && (end == argv[1] || *end != '\0')) ||
	    fd < 0 || fd > 1 << 20) {
		(void)fprintf(stderr, "usage: %s [FD]\n"
		    "       %s --read | --text | --draw FILE\n"
		    "       %s --version\n", p->name, p->name, p->name);
		return 2;
	}
	return run_server(p, (int)fd);
}
