/* SPDX-License-Identifier: ISC */
/*
 * charset: the charsets that can be converted inside the box.
 */
#ifndef DOSSIER_CHARSET_H
#define DOSSIER_CHARSET_H

#include <stddef.h>

#include "proto/base/buf.h"

/* Loads them all, while files may still be opened.  0, or -1 with errno. */
int	charset_warm(void);
/* 1 if text in the charset of this name can be converted. */
int	charset_known(const char *name);
/*
 * Appends the text as UTF-8.  1 if the charset was known and every byte was
 * right in it; 0 if another reading had to do (UTF-8 when it is that, else
 * windows-1252).  A NULL or empty name means US-ASCII or UTF-8.
 */
int	charset_convert(struct buf *, const char *name, const char *, size_t);

#endif
