/* SPDX-License-Identifier: ISC */
/*
 * value: from LMDB's key and value to a row; env.c, vcur.c and write.c.
 */
#ifndef DOSSIER_VIEWS_VALUE_H
#define DOSSIER_VIEWS_VALUE_H

#include "store/views/venv.h"

#define VALUE_HEAD 8		/* ended */

/* 1 seen and loaded, 0 not seen at the snapshot's position, -1 with errno. */
int	row_load(struct snap *, enum view_table, const MDB_val *key,
	    const MDB_val *data, unsigned flags, struct vrow *row_r);
int	row_plain(const MDB_val *key, const MDB_val *data, unsigned flags,
	    struct vrow *row_r);

#endif
