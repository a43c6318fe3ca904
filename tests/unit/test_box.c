/* SPDX-License-Identifier: ISC */
/*
 * box: what a child of the reader may not do.  Each try runs in a process
 * of its own that has closed the box as the reader does.
 */
#include "daemon/reader/box.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/limits.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static void *
thread(void *arg)
{
	*(int *)arg = 5;
	return NULL;
}

static int
starts_thread(void)
{
	pthread_t	 t;
	int		 n = 0;

	if (pthread_create(&t, NULL, thread, &n) != 0)
		return 1;
	return pthread_join(t, NULL) != 0 || n != 5;
}

/* A folder that may be read, with a file; another beside it that may not. */
static char	 folder[256];
#ifndef SANITIZED
static char	 within[300], beside[300];
#endif

/* The wait status of a boxed process that runs fn and exits with its result. */
static int
boxed_in(enum box_kind kind, int (*fn)(void))
{
	const char *const folders[] = { folder, "/nonexistent", NULL };
	int	 status, landlock;
	pid_t	 pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		int	 a = memfd_create("answer", 0), d = dup(a);

		d = fcntl(d, F_DUPFD, 16);
		a = fcntl(a, F_DUPFD, 16);
		/* The C library sets itself up with the first thread. */
		if (starts_thread() != 0)
			_exit(98);
		if (dup2(d, BOX_DOCUMENT) == -1 || dup2(a, BOX_ANSWER) == -1 ||
		    close_range(BOX_ANSWER + 1, ~0u, 0) == -1 ||
		    box_prepare(kind, folders) == -1 ||
		    box_parent(&landlock) == -1 ||
		    box_child(kind, LIMIT_READ_ANSWER) == -1)
			_exit(99);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
boxed(int (*fn)(void))
{
	return boxed_in(BOX_READ, fn);
}

static int
does_nothing(void)
{
	return write(BOX_ANSWER, "{}", 2) == 2 ? 0 : 1;
}

static int
writes_much(void)
{
	static char	 piece[65536];
	size_t		 n;

	for (n = 0; n <= LIMIT_READ_ANSWER; n += sizeof(piece))
		if (write(BOX_ANSWER, piece, sizeof(piece)) == -1)
			return 1;
	return 0;
}

#ifndef SANITIZED
static int
opens(void)
{
	return (int)syscall(SYS_open, "/etc/passwd", O_RDONLY) >= 0;
}

static int
opens_at(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY) >= 0;
}

static int
connects(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int
executes(void)
{
	char	*argv[] = { NULL };

	return execve("/bin/true", argv, argv);
}

static int
traces(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int
kills(void)
{
	return kill(getpid(), 0);
}

static int
kills_itself(void)
{
	return (int)syscall(SYS_kill, 1, 0);
}

static int
forks(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) > 0;
}

static int
writes_elsewhere(void)
{
	return write(STDERR_FILENO, "secret\n", 7) == 7;
}

static int
gains_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int
loosens(void)
{
	struct rlimit	 lim = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_AS, &lim);
}

/* Ends with 3 when memory is refused, as it must be before the limit. */
static int
hoards(void)
{
	size_t	 got = 0;
	void	*p;

	while (got <= LIMIT_READ_MEMORY) {
		p = malloc(1 << 20);
		if (p == NULL)
			return 3;
		memset(p, 1, 4096);
		got += 1 << 20;
	}
	return 0;
}
#endif

#ifndef SANITIZED
static int
opens_within(void)
{
	char	 c = 0;
	int	 fd = open(within, O_RDONLY | O_CLOEXEC);

	return fd == -1 || read(fd, &c, 1) != 1 || c != 'f' ? 1 : 0;
}

static int
opens_beside(void)
{
	return open(beside, O_RDONLY) == -1 && errno == EACCES &&
	    open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES &&
	    open("/", O_RDONLY | O_DIRECTORY) == -1 && errno == EACCES ?
	    0 : 1;
}

static int
opens_up(void)
{
	char	 path[600];

	(void)snprintf(path, sizeof(path), "%s/../beside", folder);
	return open(path, O_RDONLY) == -1 && errno == EACCES ? 0 : 1;
}

static int
opens_to_write(void)
{
	return open(within, O_RDWR) >= 0;
}

static int
creates(void)
{
	char	 path[600];

	(void)snprintf(path, sizeof(path), "%s/new", folder);
	return open(path, O_WRONLY | O_CREAT, 0600) >= 0;
}

static int
unlinks(void)
{
	return unlink(within);
}

static int
connects_locally(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

/* The box for drawing reads its folders and has threads; no more. */
static void
test_draw_allowed(void **state)
{
	static int (*const tries[])(void) = { does_nothing, opens_within,
	    opens_beside, opens_up, starts_thread };
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int	 status = boxed_in(BOX_DRAW, tries[i]);

		/* Without Landlock no file is opened at all. */
		if (syscall(444, NULL, (size_t)0, 1u) < 1 &&
		    tries[i] == opens_within)
			continue;
		if (status != 0)
			fail_msg("try %zu ended with %d", i, status);
	}
}

static void
test_draw_killed(void **state)
{
	static int (*const tries[])(void) = { opens, opens_to_write, creates,
	    unlinks, connects, connects_locally, executes, traces, kills,
	    kills_itself, forks, writes_elsewhere, gains_code, loosens };
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int	 status = boxed_in(BOX_DRAW, tries[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("try %zu ended with %d", i, status);
	}
}

static int
folder_make(void **state)
{
	const char	*tmp = getenv("TMPDIR") == NULL ? "/tmp" :
			    getenv("TMPDIR");
	char		 root[200];
	int		 fd;

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/test_box.XXXXXX", tmp);
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/fonts", root);
	(void)snprintf(within, sizeof(within), "%s/font", folder);
	(void)snprintf(beside, sizeof(beside), "%s/beside", root);
	if (mkdir(folder, 0700) == -1 || (fd = open(within, O_CREAT | O_RDWR,
	    0600)) == -1 || write(fd, "f", 1) != 1 || close(fd) == -1)
		return -1;
	fd = open(beside, O_CREAT | O_RDWR, 0600);
	return fd == -1 || write(fd, "b", 1) != 1 ? -1 : close(fd);
}

static int
folder_remove(void **state)
{
	(void)state;
	(void)unlink(within);
	(void)rmdir(folder);
	(void)unlink(beside);
	*strrchr(beside, '/') = '\0';
	return rmdir(beside);
}
#endif

static void
test_allowed(void **state)
{
	(void)state;
	assert_int_equal(boxed(does_nothing), 0);
}

#ifndef SANITIZED
static void
test_killed(void **state)
{
	static int (*const tries[])(void) = { opens, opens_at, connects,
	    executes, traces, kills, kills_itself, forks, writes_elsewhere,
	    gains_code, loosens };
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int	 status = boxed(tries[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("try %zu ended with %d", i, status);
	}
}

static void
test_memory(void **state)
{
	int	 status;

	(void)state;
	status = boxed(hoards);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}
#endif

static void
test_answer_limit(void **state)
{
	int	 status;

	(void)state;
	status = boxed(writes_much);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXFSZ);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_allowed),
#ifndef SANITIZED
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_memory),
		cmocka_unit_test_setup_teardown(test_draw_allowed,
		    folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_draw_killed,
		    folder_make, folder_remove),
#endif
		cmocka_unit_test(test_answer_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
