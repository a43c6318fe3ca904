/* SPDX-License-Identifier: ISC */
/*
 * zip: a finished zip (zipw.h) as it is sent, with files that have come since
 * it was made: each file with its head behind the one before, all in the
 * order of their bytes, and the directory likewise, so that every reader
 * finds the same.  Equal files give equal bytes.
 */
#ifndef DOSSIER_EXPORT_ZIP_H
#define DOSSIER_EXPORT_ZIP_H

#include "proto/base/buf.h"

struct zip;

/* The zip at path, whose one folder is called `top'.  NULL with errno. */
struct zip *zip_new(const char *path, const char *top);
/*
 * Files below its top, too, or instead of those that are there: before the
 * first slice; borrowed until zip_free().
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
