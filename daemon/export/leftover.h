/* SPDX-License-Identifier: ISC */
/*
 * leftover: what a build has left in the export folder that was cancelled, or
 * failed, while nobody could take it away: the daemon had ended.
 */
#ifndef DOSSIER_EXPORT_LEFTOVER_H
#define DOSSIER_EXPORT_LEFTOVER_H

#include "store/store.h"

/*
 * Removes what is named after such a build; all else stays, also what is
 * named after builds that nobody knows.  What cannot be removed is logged.
 */
void	leftovers_remove(struct store *, const char *folder);

#endif
