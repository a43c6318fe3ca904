/* SPDX-License-Identifier: ISC */
/*
 * head: the facts in the header of a mail.
 */
#ifndef DOSSIER_HEAD_H
#define DOSSIER_HEAD_H

#include <gmime/gmime.h>

#include "daemon/reader/facts.h"

/* How GMime is to read what follows no rule; lives as long as the program. */
GMimeParserOptions *head_options(void);
/* All facts of the message's own header, and its doubts. */
void	head_read(struct facts *, GMimeHeaderList *);
/* The first header of that name as it stood, or NULL. */
const char *head_raw(GMimeHeaderList *, const char *name);
/* Appends the first message id of a text, without <>. */
void	head_message_id(struct buf *, const char *);

#endif
