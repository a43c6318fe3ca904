/* SPDX-License-Identifier: ISC */
/*
 * pdf: how many pages a PDF has, and whether it can be opened at all.
 */
#ifndef DOSSIER_PDF_H
#define DOSSIER_PDF_H

#include <stddef.h>

#include "daemon/reader/answer.h"

/* Sets the library up, while files may still be opened. */
void	pdf_warm(void);
/*
 * Nothing is drawn.  ITSELF with its pages in the tail; ENCRYPTED, CORRUPT
 * or EMPTY else.
 */
void	pdf_look(struct answer *, const char *, size_t);
/* "poppler 22.12.0" */
const char *pdf_version(void);

#endif
