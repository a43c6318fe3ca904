/* SPDX-License-Identifier: ISC */
/*
 * picture: scans, faxes and photographs as pages of a PDF, each of the size
 * that its resolution says; A4 if it says none.
 */
#ifndef DOSSIER_PICTURE_H
#define DOSSIER_PICTURE_H

#include <stddef.h>

#include "daemon/reader/answer.h"

/*
 * Each draws all pages that there are and sets outcome and pages: DONE,
 * CORRUPT, TOO_LARGE.  0, or -1 with errno of the answer or ENOMEM.
 */
int	picture_tiff(struct answer *, const char *, size_t);
int	picture_png(struct answer *, const char *, size_t);
int	picture_jpeg(struct answer *, const char *, size_t);
/* "libtiff 4.5.0" */
const char *picture_version(void);

#endif
