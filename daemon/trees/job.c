/* SPDX-License-Identifier: ISC */
/* job: see job.h. */
#include "daemon/trees/job.h"

#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void
on_done(int fd, short what, void *arg)
{
	struct job *j = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) != (ssize_t)sizeof(n) || !j->running)
		return;
	job_end(j);
	j->done(j->arg);
}

int
job_init(struct job *j, struct event_base *base)
{
	j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (j->fd == -1)
		return -1;
	j->event = event_new(base, j->fd, EV_READ | EV_PERSIST, on_done, j);
	if (j->event == NULL || event_priority_set(j->event, 2) == -1 ||
	    event_add(j->event, NULL) == -1)
		return -1;
	return 0;
}

static void *
run(void *arg)
{
	struct job *j = arg;
	uint64_t one = 1;

	j->work(j->arg);
	/* It cannot be full: nobody else adds, and each is read. */
	(void)!write(j->fd, &one, sizeof(one));
	return NULL;
}

/* Signals are the loop's. */
int
job_start(struct job *j, void (*work)(void *), void (*done)(void *),
    void *arg)
{
	sigset_t all, was;
	int rc;

	j->work = work;
	j->done = done;
	j->arg = arg;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &was);
	rc = pthread_create(&j->thread, NULL, run, j);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	j->running = rc == 0;
	return rc == 0 ? 0 : -1;
}

void
job_end(struct job *j)
{
	if (j->running)
		(void)pthread_join(j->thread, NULL);
	j->running = 0;
}

void
job_release(struct job *j)
{
	job_end(j);
	if (j->event != NULL)
		event_free(j->event);
	if (j->fd != -1)
		(void)close(j->fd);
	j->event = NULL;
	j->fd = -1;
}
