/* SPDX-License-Identifier: ISC */
/*
 * mail: an Internet message to facts.
 */
#ifndef DOSSIER_MAIL_H
#define DOSSIER_MAIL_H

#include <stddef.h>

#include "daemon/reader/facts.h"

/* Sets GMime up, while files may still be opened. */
int	mail_warm(void);
/*
 * Reads the message in the file of the descriptor, whose bytes are mapped
 * too.  1 if it is one, 0 if no header was found ("no-message" is doubted).
 */
int	mail_read(struct facts *, int fd, const char *bytes, size_t size);
/* Version of the library, such as "3.2.13". */
const char *mail_version(void);

#endif
