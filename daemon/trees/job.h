/* SPDX-License-Identifier: ISC */
/*
 * job: one piece of blocking work on a thread of its own, for the loop: files
 * to sync, an authority that may not answer.  The argument belongs to the
 * thread until done() is called on the loop, so neither needs a lock.
 */
#ifndef DOSSIER_JOB_H
#define DOSSIER_JOB_H

#include <pthread.h>

#include <event2/event.h>

struct job {
	int		 fd;		/* -1 before job_init() */
	struct event	*event;
	pthread_t	 thread;
	int		 running;
	void		(*work)(void *);
	void		(*done)(void *);
	void		*arg;
};

#define JOB_NONE { .fd = -1 }

int	job_init(struct job *, struct event_base *);	/* 0, -1 */
/* One at a time.  done() comes from the loop; -1: no thread, nothing began. */
int	job_start(struct job *, void (*work)(void *), void (*done)(void *),
	    void *arg);
/* Waits for the work to end; done() is not called. */
void	job_end(struct job *);
void	job_release(struct job *);

#endif
