/* SPDX-License-Identifier: ISC */
/*
 * again: the receipt of a request that was repeated under its key: the one
 * that the first request got, found by its entry once the views have it.
 */
#ifndef DOSSIER_AGAIN_H
#define DOSSIER_AGAIN_H

#include "daemon/intake/intake.h"

/* Answers done() from the loop; entry is the first request's. */
void	again_answer(struct store *, uint64_t entry, intake_done_fn *,
	    void *arg);
/* The views have moved: answers those that waited for it. */
void	again_wake(struct store *);
/* At the end: those that still wait hear LOG_DEAD. */
void	again_end(void);

#endif
