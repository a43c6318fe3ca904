/* SPDX-License-Identifier: ISC */
/*
 * sys_fault_orders: what is to go wrong and when, as a test says it (fault.h)
 * or the environment of a program does, and whether that is now.
 */
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fault/sys_fault.h"

static struct {
	pthread_mutex_t	 lock;		/* of this and of what is kept */
	unsigned	 calls, fail_at, kill_at, step_left;
	int		 error, done, full;
	char		 step[64], steps[PATH_MAX];
	char		 full_file[PATH_MAX], clock_file[PATH_MAX];
	int64_t		 shift;
} fault = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- from a test --------------------------------------------------------- */

void
fault_reset(void)
{
	(void)pthread_mutex_lock(&fault.lock);
	undo_clear();
	undo_seed(0);
	fault.calls = fault.fail_at = fault.kill_at = fault.step_left = 0;
	fault.error = fault.done = fault.full = 0;
	fault.shift = 0;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_fail(unsigned nth, int error)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.fail_at = fault.calls + nth;
	fault.error = error;
	fault.done = 0;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_full(int full)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.full = full;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_kill_call(unsigned nth)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.kill_at = fault.calls + nth;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_kill_step(const char *name, unsigned nth)
{
	(void)pthread_mutex_lock(&fault.lock);
	(void)snprintf(fault.step, sizeof(fault.step), "%s", name);
	fault.step_left = nth;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_seed(uint32_t seed)
{
	(void)pthread_mutex_lock(&fault.lock);
	undo_seed(seed);
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_power(void)
{
	(void)pthread_mutex_lock(&fault.lock);
	undo_forget();
	(void)pthread_mutex_unlock(&fault.lock);
}

unsigned
fault_calls(void)
{
	unsigned calls;

	(void)pthread_mutex_lock(&fault.lock);
	calls = fault.calls;
	(void)pthread_mutex_unlock(&fault.lock);
	return calls;
}

int
fault_done(void)
{
	int done;

	(void)pthread_mutex_lock(&fault.lock);
	done = fault.done;
	(void)pthread_mutex_unlock(&fault.lock);
	return done;
}

void
fault_clock(int64_t microseconds)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.shift = microseconds;
	(void)pthread_mutex_unlock(&fault.lock);
}

void
fault_steps(const char *path)
{
	(void)snprintf(fault.steps, sizeof(fault.steps), "%s", path);
}

/* --- from the environment ------------------------------------------------ */

/* The number behind "name=" in the orders, or 0. */
static unsigned
order(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? 0 : (unsigned)strtoul(at + strlen(name), NULL, 10);
}

/* The path behind "name=" in the orders, or "". */
static void
order_path(const char *text, const char *name, char *path, size_t size)
{
	const char *at = strstr(text, name);

	if (at == NULL)
		return;
	at += strlen(name);
	(void)snprintf(path, size, "%.*s", (int)strcspn(at, ","), at);
}

static void __attribute__((constructor))
from_environment(void)
{
	const char *text = getenv("DOSSIER_FAULT"), *at;
	const char *steps = getenv("DOSSIER_FAULT_STEPS");
	char name[64];
	size_t n;

	if (steps != NULL)
		fault_steps(steps);
	if (text == NULL)
		return;
	fault_seed(order(text, "seed="));
	if (order(text, "call=") > 0)
		fault_fail(order(text, "call="), (int)order(text, "errno="));
	order_path(text, "full=", fault.full_file, sizeof(fault.full_file));
	order_path(text, "clock=", fault.clock_file,
	    sizeof(fault.clock_file));
	at = strstr(text, "step=");
	if (at == NULL)
		return;
	n = strcspn(at + 5, ",");
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, at + 5);
	fault_kill_step(name, order(text, "nth=") == 0 ? 1 :
	    order(text, "nth="));
}

/* --- now ----------------------------------------------------------------- */

/* How far the wall clock is off now; under the lock. */
static int64_t
shift_now(void)
{
	char text[32] = "";
	ssize_t n = 0;
	int fd;

	if (fault.clock_file[0] == '\0')
		return fault.shift;
	fd = open(fault.clock_file, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	return fault.shift + (n > 0 ? (int64_t)strtoll(text, NULL, 10) : 0);
}

static void
die(void)
{
	undo_forget();
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

int
fault_enter(void)
{
	(void)pthread_mutex_lock(&fault.lock);
	fault.calls++;
	if (fault.kill_at != 0 && fault.calls == fault.kill_at)
		die();
	if (fault.fail_at == 0 || fault.calls != fault.fail_at)
		return 0;
	fault.done = 1;
	errno = fault.error;
	return 1;
}

int
fault_leave(int r)
{
	int saved = errno;

	(void)pthread_mutex_unlock(&fault.lock);
	errno = saved;
	return r;
}

int
fault_is_full(void)
{
	int full;

	(void)pthread_mutex_lock(&fault.lock);
	full = fault.full || (fault.full_file[0] != '\0' &&
	    access(fault.full_file, F_OK) == 0);
	(void)pthread_mutex_unlock(&fault.lock);
	return full;
}

int64_t
fault_shift(void)
{
	int64_t shift;

	(void)pthread_mutex_lock(&fault.lock);
	shift = shift_now();
	(void)pthread_mutex_unlock(&fault.lock);
	return shift;
}

/* The name as a line of its own. */
static void
note_step(const char *name)
{
	int fd = open(fault.steps, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0600);

	if (fd == -1)
		return;
	(void)!write(fd, name, strlen(name));
	(void)!write(fd, "\n", 1);
	(void)close(fd);
}

void
fault_step(const char *name)
{
	(void)pthread_mutex_lock(&fault.lock);
	if (fault.steps[0] != '\0')
		note_step(name);
	if (fault.step_left > 0 && strcmp(fault.step, name) == 0 &&
	    --fault.step_left == 0)
		die();
	(void)pthread_mutex_unlock(&fault.lock);
}
