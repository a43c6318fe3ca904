/* SPDX-License-Identifier: ISC */
/*
 * conf_check: the checks of single values of the configuration and the
 * sentences for what is wrong with it.  Used by conf.c alone.
 */
#ifndef DOSSIER_CONF_CHECK_H
#define DOSSIER_CONF_CHECK_H

#include <confuse.h>

#include "store/trouble.h"

#define CONF_WORDS_MAX 32

/*
 * Begins a load of that file: what is found goes to the trouble, the first
 * thing only.  Borrows path and trouble.
 */
void	conf_check_begin(cfg_t *, const char *path, struct trouble *);
/* How many things were found. */
int	conf_check_found(void);
/* Says what is wrong, with file and line as {0} and {1}.  Always -1. */
int	conf_wrong(cfg_t *, enum say_key, const char *a, const char *b);
/* The names of a table's keys, ended by NULL. */
void	conf_words_of(const cfg_opt_t *, const char *word[CONF_WORDS_MAX]);

#endif
