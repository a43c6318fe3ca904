/* SPDX-License-Identifier: ISC */
/*
 * check_files: one published log (a folder of publish.h) in itself.
 */
#ifndef DOSSIER_CHECK_FILES_H
#define DOSSIER_CHECK_FILES_H

#include "proto/out/checkpoint.h"
#include "store/trouble.h"

/*
 * The signature of its checkpoint by its vkey, and every tile of that size.
 * 1 and the head, 0: there is no checkpoint, -1 with trouble.
 */
int	check_files(const char *folder, struct checkpoint *head_r,
	    uint64_t *tiles_r, struct trouble *);
/* log/trust.policy, if it is there, is of log/master/vkey.  0, -1. */
int	check_policy(const char *log, struct trouble *);

#endif
