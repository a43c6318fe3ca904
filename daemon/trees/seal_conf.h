/* SPDX-License-Identifier: ISC */
/*
 * seal_conf: whom the configuration names to stamp and to witness the log.
 */
#ifndef DOSSIER_SEAL_CONF_H
#define DOSSIER_SEAL_CONF_H

#include "proto/out/note.h"

#define SEAL_MAX	16	/* authorities, and witnesses, of a store */

struct seal_witness {
	const char	*url;		/* without /add-checkpoint */
	struct note_vkey key;		/* of type 4 */
};

/* Texts are borrowed from the configuration. */
struct seal_conf {
	const char	*stamp[SEAL_MAX];	/* URLs; RFC 3161 */
	unsigned	 nstamp;
	struct seal_witness witness[SEAL_MAX];
	unsigned	 nwitness;
};

#endif
