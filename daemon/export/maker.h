/* SPDX-License-Identifier: ISC */
/*
 * maker: what text and pages made now depend on, asked of the programs once
 * and remembered while they stay the same files: starting them costs more
 * than the bundle of a small case.  Fonts that come or go are seen when the
 * daemon, or one of the programs, is next started.
 */
#ifndef DOSSIER_EXPORT_MAKER_H
#define DOSSIER_EXPORT_MAKER_H

#include "daemon/export/reading.h"

struct maker;

struct maker *maker_new(void);		/* NULL: ENOMEM */
void	maker_free(struct maker *);
/*
 * reading_maker() of the programs, which it starts through this client if it
 * must.  Any thread.  0, or -1 with errno.
 */
int	maker_text(struct maker *, struct reading_client *,
	    char text_r[READING_MAKER_MAX]);

#endif
