/* SPDX-License-Identifier: ISC */
/*
 * conf_filing: the sections of the configuration that filing reads.  For
 * conf.c alone.
 */
#ifndef DOSSIER_CONF_FILING_H
#define DOSSIER_CONF_FILING_H

#include <confuse.h>

#include "daemon/conf.h"

/* Each 0, or -1 and conf_wrong() was told. */
int	conf_rules(struct conf *, cfg_t *);
int	conf_faxes(struct conf *, cfg_t *);
/* Copies at most max texts; they belong to whoever owns to[]. */
int	conf_texts(cfg_t *, const char *name, char **to, unsigned max);
/* The case or client of a section, ID_NONE if it names none. */
void	conf_target(cfg_t *, struct id *);

#endif
