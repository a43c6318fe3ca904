/* SPDX-License-Identifier: ISC */
/*
 * verify_box: what the checker may not do once it is in its box: each try in
 * a child, which is refused or ended; by its first thread, and by one that
 * was there before the box was closed.
 */
#include "client/verify_own.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { MAY = 0, REFUSED = 1, NO_BOX = 2, KILLED = 1000 };

static char folder[] = "/tmp/verify-box-XXXXXX";

/* ---- what is tried; errno or 0 ----------------------------------------- */

static int
try_read_inside(int fd)
{
	int file = openat(fd, "inside", O_RDONLY | O_NOFOLLOW);
	char c;

	return file == -1 || read(file, &c, 1) != 1 ? errno : 0;
}

static int
try_read_outside(int fd)
{
	(void)fd;
	return open("/etc/passwd", O_RDONLY) == -1 ? errno : 0;
}

static int
try_climb(int fd)
{
	return openat(fd, "../../etc/passwd", O_RDONLY) == -1 ? errno : 0;
}

static int
try_write(int fd)
{
	return openat(fd, "new", O_WRONLY | O_CREAT, 0600) == -1 ? errno : 0;
}

static int
try_socket(int fd)
{
	(void)fd;
	return socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0;
}

static int
try_unix(int fd)
{
	int pair[2];

	(void)fd;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ? errno : 0;
}

static int
try_fork(int fd)
{
	(void)fd;
	return fork() == -1 ? errno : 0;
}

static void *
nothing(void *arg)
{
	return arg;
}

static int
try_thread(int fd)
{
	pthread_t thread;

	(void)fd;
	return pthread_create(&thread, NULL, nothing, NULL);
}

static int
try_exec(int fd)
{
	char *const argv[] = { (char *)(uintptr_t)"true", NULL };

	(void)fd;
	(void)execv("/bin/true", argv);
	return errno;
}

static int
try_kill(int fd)
{
	(void)fd;
	return kill(getppid(), 0) == -1 ? errno : 0;
}

static int
try_memory(int fd)
{
	void *p;

	(void)fd;
	p = malloc((size_t)4 << 30);
	if (p == NULL)
		return ENOMEM;
	free(p);
	return 0;
}

static int
try_talk(int fd)
{
	(void)fd;
	return write(2, "", 0) == -1 ? errno : 0;
}

struct attempt {
	int	(*it)(int);
	int	 fd, result;
	sem_t	 ready, begin;
};

static void *
other_thread(void *arg)
{
	struct attempt *a = arg;

	(void)sem_post(&a->ready);
	while (sem_wait(&a->begin) == -1)
		continue;
	a->result = a->it(a->fd);
	return NULL;
}

static int
in_box(struct attempt *a, int with_folder, int beside)
{
	pthread_t thread;

	if (verify_box_files(with_folder ? a->fd : -1, -1) == -1 ||
	    sem_init(&a->ready, 0, 0) == -1 ||
	    sem_init(&a->begin, 0, 0) == -1 ||
	    pthread_create(&thread, NULL, other_thread, a) != 0 ||
	    sem_wait(&a->ready) == -1 || verify_box_calls() == -1)
		return NO_BOX;
	if (!beside)
		return a->it(a->fd) == 0 ? MAY : REFUSED;
	if (sem_post(&a->begin) == -1 || pthread_join(thread, NULL) != 0)
		return NO_BOX;
	return a->result == 0 ? MAY : REFUSED;
}

/* In a child. */
static int
attempt_by(int (*it)(int), int with_folder, int beside)
{
	struct attempt a = { .it = it,
	    .fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int status;
	pid_t child;

	assert_int_not_equal(a.fd, -1);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(in_box(&a, with_folder, beside));
	(void)close(a.fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? KILLED + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static int
attempt(int (*it)(int), int with_folder)
{
	int result = attempt_by(it, with_folder, 0);

	assert_int_equal(attempt_by(it, with_folder, 1), result);
	return result;
}

static void
test_may(void **state)
{
	(void)state;
	assert_int_equal(attempt(try_read_inside, 1), MAY);
	assert_int_equal(attempt(try_talk, 1), MAY);
	assert_int_equal(attempt(try_talk, 0), MAY);
}

/* Where Landlock is; without it a file can be read, but not told of. */
static void
test_files(void **state)
{
	int outside = attempt(try_read_outside, 1);

	(void)state;
	if (outside == MAY)
		skip();
	assert_int_equal(outside, REFUSED);
	assert_int_equal(attempt(try_climb, 1), REFUSED);
	assert_int_equal(attempt(try_read_inside, 0), REFUSED);
}

static void
test_may_not(void **state)
{
	static int (*const tries[])(int) = {
		try_write, try_socket, try_unix, try_fork, try_thread,
		try_exec, try_kill,
	};

	(void)state;
	if (SANITIZED)
		skip();
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		if (attempt(tries[i], 1) != KILLED + SIGSYS)
			fail_msg("try %zu", i);
	assert_int_equal(attempt(try_memory, 1), REFUSED);
}

static int
make_folder(void **state)
{
	char path[64];
	int fd;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/inside", folder);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd == -1 || write(fd, "x", 1) != 1)
		return -1;
	return close(fd);
}

static int
remove_folder(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/inside", folder);
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_may),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_may_not),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
