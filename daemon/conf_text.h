/* SPDX-License-Identifier: ISC */
/*
 * conf_text: the values of the configuration that are more than a text:
 * sizes, spans of time, and the words nearest to a mistyped one.
 */
#ifndef DOSSIER_CONF_TEXT_H
#define DOSSIER_CONF_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* "150M", "64K", "2G", "1000": bytes.  0, or -1. */
int	conf_size(const char *, uint64_t *size_r);
/* "2s", "500ms", "5m", "1h", "30" (seconds): milliseconds.  0, or -1. */
int	conf_span(const char *, int64_t *ms_r);
/* How many letters must change to make a into b. */
size_t	conf_distance(const char *a, const char *b);
/* The nearest of words (ended by NULL), or NULL if none is near. */
const char *conf_nearest(const char *, const char *const *words);
/*
 * The line of a `{' that is never closed, the line of a `}' that closes
 * nothing, or 0.  Texts and comments are skipped as libconfuse does.
 */
unsigned conf_unclosed(const char *, size_t);
/*
 * Writes spaces over comments, but for line ends: libconfuse 3.3 counts the
 * lines of comments twice.
 */
void	conf_blank_comments(char *, size_t);

#endif
