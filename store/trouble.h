/* SPDX-License-Identifier: ISC */
/*
 * trouble: what went wrong, in a form that can be said in both languages.
 *
 * Functions that can fail for reasons that a person must act on take a
 * struct trouble and fill it before they return -1: a sentence of the
 * catalogue (proto/base/say/store.def) and its arguments - which file, which
 * segment, what was found, what the system said.  Nothing here prints.
 */
#ifndef DOSSIER_TROUBLE_H
#define DOSSIER_TROUBLE_H

#include "proto/base/say.h"

#define TROUBLE_ARGS 4

struct trouble {
	enum say_key	key;
	char		arg[TROUBLE_ARGS][256];
};

/* Fills it; NULL arguments are "".  trouble may be NULL.  Always -1. */
int	trouble_set(struct trouble *, enum say_key, const char *a,
	    const char *b, const char *c, const char *d);
/* The same with strerror(errno) as the last given argument's successor. */
int	trouble_errno(struct trouble *, enum say_key, const char *a);
/* The sentence in a language. */
void	trouble_say(struct buf *, enum lang, const struct trouble *);

#endif
