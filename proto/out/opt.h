/* SPDX-License-Identifier: ISC */
/*
 * opt: an Opticon load file: a line an image, seven cells between commas, no
 * header, CRLF: page id, volume, path, Y on the first of a document, folder
 * break, box break, pages of the document (on its first line).  A document
 * that is one PDF is one line.  Paths are relative, with backslashes.
 */
#ifndef DOSSIER_OPT_H
#define DOSSIER_OPT_H

#include "proto/base/buf.h"
#include "proto/out/cells.h"

struct opt_image {
	const char	*id;		/* Bates number of the page */
	const char	*volume;	/* VOL001 */
	const char	*path;		/* "/" is written as a backslash */
	int		 first;		/* of its document */
	uint32_t	 pages;		/* of the document, if first */
};

/*
 * 0, or -1 with errno EINVAL and nothing written: a cell with a comma, a
 * quote or a control cannot stand in an Opticon file.
 */
int	opt_line(struct buf *, const struct opt_image *);

extern const struct cells_form opt_form;
/*
 * From a row of cells_form opt_form (row: its number from 1; the first must
 * be the first of a document).  image_r borrows the cells, path as it stands.
 * 0, or -1 with errno EINVAL.
 */
int	opt_read(struct opt_image *image_r, uint64_t row,
	    const char *const cell[], unsigned n);

#endif
