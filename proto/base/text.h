/* SPDX-License-Identifier: ISC */
/*
 * text: what UTF-8 needs at the borders: checking, cutting, folding, width,
 * hex and base64.  Folding and width go through libutf8proc.
 */
#ifndef DOSSIER_TEXT_H
#define DOSSIER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

/* 1 if the bytes are UTF-8 (no surrogates, nothing overlong). */
int	text_is_utf8(const char *, size_t);
/* Appends with U+FFFD for each byte that is not part of a character. */
void	text_clean(struct buf *, const char *, size_t);
/* The longest prefix of at most max bytes that ends with a character. */
size_t	text_cut(const char *, size_t len, size_t max);
/* Columns on a terminal: Han and full-width characters are two. */
size_t	text_width(const char *, size_t);
/* Appends NFKC with case folded; for comparing, never for showing. */
int	text_fold(struct buf *, const char *, size_t);
/*
 * As text_fold, and every dash (figure dash, minus sign, full-width ...) is
 * '-': the form in which case tokens are looked for.
 */
int	text_fold_token(struct buf *, const char *, size_t);
/*
 * A subject as threads compare it: as text_fold, without the answer and
 * forward marks in front, runs of white space one blank, none outside.
 */
int	text_base_subject(struct buf *, const char *, size_t);

/* The value of one digit, either case, or -1. */
int	text_hex_digit(char);
int	text_base64_digit(char);
/* Writes len / 2 bytes; 0, or -1 if it is not hex. */
int	text_unhex(const char *, size_t, uint8_t *out_r);
void	text_base64(struct buf *, const void *, size_t);
/* Exactly what text_base64() writes; 0, or -1 if it is anything else. */
int	text_unbase64(struct buf *, const char *, size_t);
/*
 * Characters < > & " as entities; other controls than TAB and LF, and code
 * points that are no character, as U+FFFD.
 */
void	text_html(struct buf *, const char *, size_t);
/* Percent-decoding of an URL part ('+' stays); 0, or -1 on a bad escape. */
int	text_unpercent(struct buf *, const char *, size_t);
void	text_percent(struct buf *, const char *, size_t);

#endif
