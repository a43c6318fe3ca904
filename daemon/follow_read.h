/* SPDX-License-Identifier: ISC */
/*
 * follow_read: one document from the store to the reader and back to the
 * journal as document.read.
 */
#ifndef DOSSIER_FOLLOW_READ_H
#define DOSSIER_FOLLOW_READ_H

#include "daemon/supervise.h"
#include "store/ask/known.h"
#include "store/store.h"

struct reading_job;

/* The jobs of a follower, with the reader or with the log. */
struct reading_jobs {
	struct reading_job	*first;
	unsigned		 stating;	/* the log owes an answer */
};

/* How it ended; seq 0: nothing was stated. */
typedef void reading_done_fn(void *arg, const struct id *document,
	    uint64_t seq);

/*
 * NULL: no memory, and no callback.  Otherwise the callback comes from the
 * loop, and the job is gone.
 */
struct reading_job *reading_job_new(struct reading_jobs *, struct store *,
	    struct supervise *, const struct known_work *, reading_done_fn *,
	    void *arg);
/*
 * Copies the next slice for the reader.  1: call again, 0: the rest comes by
 * itself.  -1: the reader is busy, call again later.
 */
int	reading_job_step(struct reading_job *);
/*
 * Ends all that the log does not hold, without callbacks; their reader must
 * be gone already.
 */
void	reading_jobs_abandon(struct reading_jobs *);

#endif
