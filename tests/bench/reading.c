/* SPDX-License-Identifier: ISC */
/*
 * reading: how many mails a second dossier-reader reads, a child for each, as
 * many at once as dossierd gives it.
 *
 *	reading FOLDER [READER]
 *
 * A row of tests/bench/run, against what was aimed at for two cores: nothing
 * else reads in a box.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/supervise.h"
#include "proto/wire/reading.h"
#include "tests/tools/mails.h"

#define AIM 1500		/* mails a second */

static pid_t
reader_start(const char *path, int *sock_r)
{
	char fd[12];
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		err(2, "socketpair");
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		(void)close(pair[0]);
		(void)snprintf(fd, sizeof fd, "%d", pair[1]);
		(void)execl(path, path, fd, (char *)NULL);
		_exit(127);
	}
	(void)close(pair[1]);
	*sock_r = pair[0];
	return pid;
}

static void
ask(int sock, uint32_t id, const struct mail *mail)
{
	struct reading_request q = { .magic = READING_MAGIC, .id = id,
	    .size = mail->rawlen, .hint = READING_MAIL };
	union {
		struct cmsghdr	head;
		char		room[CMSG_SPACE(2 * sizeof(int))];
	} u;
	struct iovec iov = { &q, sizeof q };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &u, .msg_controllen = sizeof u };
	struct cmsghdr *c = &u.head;
	int fds[2] = { memfd_create("document", MFD_CLOEXEC),
	    memfd_create("answer", MFD_CLOEXEC) };

	memset(&u, 0, sizeof u);
	if (fds[0] == -1 || fds[1] == -1 || write(fds[0], mail->raw,
	    mail->rawlen) != (ssize_t)mail->rawlen)
		err(2, "memfd");
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(c), fds, sizeof fds);
	if (sendmsg(sock, &m, 0) != (ssize_t)sizeof q)
		err(2, "sendmsg");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct mails mails = { NULL, 0 };
	struct reading_verdict v;
	struct reading_hello hello;
	size_t sent = 0, back = 0, read = 0;
	double began, took;
	struct rusage ru;
	int sock, status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: reading FOLDER [READER]");
	mails_read(&mails, argv[1], false);
	pid = reader_start(argc > 2 ? argv[2] : "build/dossier-reader",
	    &sock);
	if (recv(sock, &hello, sizeof hello, 0) != (ssize_t)sizeof hello)
		errx(2, "the reader says nothing");
	began = now();
	while (back < mails.n) {
		while (sent < mails.n && sent - back < SUPERVISE_AT_ONCE) {
			ask(sock, (uint32_t)sent, &mails.list[sent]);
			sent++;
		}
		if (recv(sock, &v, sizeof v, 0) != (ssize_t)sizeof v)
			errx(2, "the reader is gone");
		read += v.outcome == READING_DONE;
		back++;
	}
	took = now() - began;
	(void)close(sock);
	if (waitpid(pid, &status, 0) != pid || status != 0 || read != back)
		errx(1, "%zu of %zu read, status %d", read, back, status);
	(void)getrusage(RUSAGE_CHILDREN, &ru);
	(void)fprintf(stderr, "reading: %.2f ms of CPU a mail\n",
	    (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e3 /
	    (double)back + (double)(ru.ru_utime.tv_usec +
	    ru.ru_stime.tv_usec) / 1e3 / (double)back);
	(void)printf("reading in a box | %.0f mails/s | aim: %d | %.2f | "
	    ">= 1\n", (double)back / took, AIM, (double)back / took / AIM);
	return 0;
}
