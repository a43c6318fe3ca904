/* SPDX-License-Identifier: ISC */
/*
 * type: what kind of file some bytes are.
 */
#ifndef DOSSIER_TYPE_H
#define DOSSIER_TYPE_H

#include <stddef.h>

/* Loads the database, while files may still be opened.  0, or -1. */
int	type_warm(void);
/* "application/pdf" and the like; never NULL.  Lasts until the next call. */
const char *type_of(const void *, size_t);
/* 1 if the bytes begin like an RFC 5322 message. */
int	type_is_mail(const char *, size_t);
/* Version of the library, such as "544". */
int	type_version(void);

#endif
