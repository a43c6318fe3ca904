/* SPDX-License-Identifier: ISC */
/*
 * runs: pieces of a store's life, to be broken anywhere, and what must hold
 * afterwards: what was acknowledged is there, verify is clean, and the store
 * goes on.
 */
#ifndef DOSSIER_TESTS_RUNS_H
#define DOSSIER_TESTS_RUNS_H

#include "tests/unit/logs.h"

#define ACKED_MAX 256

struct acked {
	unsigned	n;
	uint8_t		sha256[ACKED_MAX][LOG_HASH_LEN];
	int		fd;		/* of a pipe to be told on, or -1 */
};

typedef void run_fn(const struct place *, struct acked *);

/* Documents small and large, some again, one at a time. */
run_fn run_append;
/* Enough of them to change segments of every series. */
run_fn run_changes;
/* A start and nothing else. */
run_fn run_open;
/* A backup of what there is. */
run_fn run_backup;

/* Opens, checks, appends, verifies; prints what is wrong and returns -1. */
int	run_check(const struct place *, const struct acked *);

/* The place of a store that was restored under the root of another. */
struct place run_at(const struct place *, const char *name);
/*
 * Starts a restored store twice and holds it: it says once that it was
 * restored, behind all that the backup had and before anything else.
 */
int	run_restored(const struct place *);

/*
 * Breaks `run` at its first call, its second ... until it comes through, each
 * in a new store that `before` has prepared (or NULL).
 */
void	run_broken(run_fn *before, run_fn *run, int error);

#endif
