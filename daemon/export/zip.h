/* SPDX-License-Identifier: ISC */
/*
 * zip: a folder as a zip, made while it is sent: stored, one folder at the
 * top, entries in the order of their bytes, fixed times and modes, so that
 * equal folders give equal bytes.
 */
#ifndef DOSSIER_EXPORT_ZIP_H
#define DOSSIER_EXPORT_ZIP_H

#include "proto/base/buf.h"

struct zip;

/* The folder at path, called `top' in the zip.  NULL with errno. */
struct zip *zip_new(const char *path, const char *top);
/*
 * Files that stand in a folder below it, too, or instead of those that are
 * there: before the first slice; borrowed until zip_free().
 */
struct zip_file {
	const char	*path;		/* "folder/name" */
	const void	*data;
	size_t		 len;
};
void	zip_also(struct zip *, const struct zip_file *, unsigned n);
/* Appends a slice: 1 more to come, 0 the end, -1 it cannot go on. */
int	zip_more(struct zip *, struct buf *out);
void	zip_free(struct zip *);

#endif
