/* SPDX-License-Identifier: ISC */
/*
 * dossier-reader: reads documents in a box, for dossierd.
 *
 *	dossier-reader FD	answers on that SOCK_SEQPACKET descriptor
 *	dossier-reader --one FILE	prints the reading of one file
 *	dossier-reader --version
 *
 * It must never parse a byte of a document in this process, and never start
 * without its box.
 */
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
#include "daemon/reader/document.h"
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
box_close(void)
{
	int	 landlock;

	if (box_prepare() == -1 || box_parent(&landlock) == -1) {
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
hello(int sock)
{
	struct reading_hello	 h;

	memset(&h, 0, sizeof(h));
	h.magic = READING_HELLO;
	(void)snprintf(h.reader, sizeof(h.reader), "%s", document_reader());
	return send(sock, &h, sizeof(h), MSG_NOSIGNAL) == (ssize_t)sizeof(h) ?
	    0 : -1;
}

static int
run_server(int sock)
{
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
	if (box_close() == -1)
		return 1;
	if (hello(sock) == -1 || serve(sock, sigfd) == -1) {
		complain("requests");
		_exit(1);
	}
	_exit(0);	/* what others do at exit is not for this box */
}

/* Copies the answer to the standard output. */
static int
show(int fd)
{
	char	 piece[4096];
	ssize_t	 n;
	off_t	 at = 0;

	while ((n = pread(fd, piece, sizeof(piece), at)) > 0) {
		at += n;
		if (write(STDOUT_FILENO, piece, (size_t)n) != n)
			return -1;
	}
	return n == 0 && write(STDOUT_FILENO, "\n", 1) == 1 ? 0 : -1;
}

static int
run_one(const char *path)
{
	struct reading_request	 q = { .magic = READING_MAGIC, .id = 1 };
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
	q.size = (uint64_t)st.st_size;
	if (q.size > LIMIT_READ_SIZE) {
		errno = EFBIG;
		complain(path);
		return 1;
	}
	if (box_close() == -1)
		return 1;
	pid = serve_fork(&q, doc, answer);
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		complain("child");
		return 1;
	}
	serve_judge(status, &v);
	if (v.outcome == READING_DONE)
		return show(answer) == 0 ? 0 : 1;
	(void)fprintf(stderr, "reader event=unread outcome=%u detail=%u\n",
	    v.outcome, v.detail);
	return 1;
}

int
main(int argc, char **argv)
{
	char	*end;
	long	 fd;

	if (document_warm() == -1) {
		complain("warming");
		return 1;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(document_reader()) == EOF;
	if (argc == 3 && strcmp(argv[1], "--one") == 0)
		_exit(run_one(argv[2]));	/* see run_server() */
	fd = argc == 1 ? 3 : strtol(argv[1], &end, 10);
	if (argc > 2 || (argc == 2 && (end == argv[1] || *end != '\0')) ||
	    fd < 0 || fd > 1 << 20) {
		(void)fprintf(stderr, "usage: dossier-reader [FD]\n"
		    "       dossier-reader --one FILE\n"
		    "       dossier-reader --version\n");
		return 2;
	}
	return run_server((int)fd);
}
