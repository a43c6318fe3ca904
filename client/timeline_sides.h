/* SPDX-License-Identifier: ISC */
/*
 * timeline_sides: the timeline on a terminal, as wide as that is.
 */
#ifndef DOSSIER_TIMELINE_SIDES_H
#define DOSSIER_TIMELINE_SIDES_H

#include "client/cmd.h"

/* Prints an answer of the API's timeline (jansson, borrowed). */
void	timeline_sides(struct cmd *, const json_t *answer);

#endif
