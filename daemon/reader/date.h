/* SPDX-License-Identifier: ISC */
/*
 * date: dates of mail headers (RFC 5322, 3.3 and 4.3) and what senders write
 * in their place.
 */
#ifndef DOSSIER_DATE_H
#define DOSSIER_DATE_H

#include <stddef.h>

#define DATE_TEXT_MAX	32

/*
 * Writes the date as RFC 3339 with its offset; -00:00 stands for one that is
 * not known (RFC 3339, 4.3), as for the -0000 of mail.  1: as it should be;
 * 0: readable, but without a zone, or with an odd year; -1: no date.
 */
int	date_parse(const char *, size_t, char text_r[DATE_TEXT_MAX]);

#endif
