/* SPDX-License-Identifier: ISC */
/*
 * paper: A4 pages with text on them, as PDF.  The same calls give the same
 * bytes: nothing of the clock, the locale or the machine is in them but its
 * fonts and the versions of cairo and Pango.
 */
#ifndef DOSSIER_PAPER_H
#define DOSSIER_PAPER_H

#include <cairo.h>
#include <stddef.h>

#include "daemon/reader/answer.h"
#include "proto/base/say.h"

/* Opens fonts of every script that there are, for the children. */
int	paper_warm(void);
/* Folders that fonts are in; the last is NULL. */
const char *const *paper_folders(void);
/*
 * A fingerprint of the fonts there are and of how they are chosen: the
 * paths and sizes of their files.  Before the box is closed.
 */
#define PAPER_FONTS_MAX 17
const char *paper_fonts(char text_r[PAPER_FONTS_MAX]);

/*
 * A PDF that goes to the answer, first page of that size in points; finish
 * with pdf_end().
 */
cairo_surface_t *pdf_begin(struct answer *, double width, double height);
/* 0, or -1 with errno: of the answer, or ENOMEM. */
int	pdf_end(struct answer *, cairo_surface_t *);

struct paper;

struct paper *paper_new(enum lang);
void	paper_free(struct paper *);
/* Texts are UTF-8 and copied; the order is that on the page. */
void	paper_title(struct paper *, const char *, size_t);
void	paper_field(struct paper *, enum say_key label, const char *, size_t);
void	paper_rule(struct paper *);
void	paper_text(struct paper *, const char *, size_t);
/*
 * Draws it all, with page numbers if wanted, and sets pages and notes of the
 * answer.  0, or -1 with errno.
 */
int	paper_draw(struct paper *, struct answer *, int numbered);

#endif
