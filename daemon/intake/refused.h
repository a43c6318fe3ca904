/* SPDX-License-Identifier: ISC */
/*
 * refused: rows for what the doors refuse (intake_refuse), so that complete
 * means "here, or listed with the reason".
 *
 * The first hundred of a peer in a minute are rows of their own; what comes
 * beyond is counted by door and reason and becomes one row at the end of the
 * minute.  A flood therefore costs little and is still counted to the last.
 */
#ifndef DOSSIER_REFUSED_H
#define DOSSIER_REFUSED_H

#include <stdint.h>

#include "daemon/intake/intake.h"

/* As intake_refuse(), with the time given (ms, any steady clock). */
void	refused_add(struct store *, const struct refusal *, int64_t now_ms);
/* Writes the counts of minutes that are over; all: of those that run, too. */
void	refused_tick(struct store *, int64_t now_ms, int all);
/* Forgets everything, at the end and between tests. */
void	refused_clear(void);

#endif
