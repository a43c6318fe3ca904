/* SPDX-License-Identifier: ISC */
/*
 * html: a page of HTML as text that a person can read: paragraphs, lists,
 * tables by rows, where links lead to.  Nothing is fetched, nothing is run.
 */
#ifndef DOSSIER_HTML_H
#define DOSSIER_HTML_H

#include <stddef.h>

#include "proto/base/buf.h"

/* Sets the parser up, while files may still be opened. */
void	html_warm(void);
/*
 * Appends the text of a page (UTF-8, whatever it says of itself), lines with
 * LF.  0, or -1 without memory.  What is no page gives what text it has.
 */
int	html_text(struct buf *, const char *, size_t);
/* The charset that the first bytes of a page name, "" if none, cut at size. */
void	html_charset(const char *, size_t, char *charset_r, size_t size);

#endif
