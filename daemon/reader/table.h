/* SPDX-License-Identifier: ISC */
/*
 * table: charsets as tables, made by the C library's converters at start.
 *
 * A converter is a library of its own, five mappings that every fork copies;
 * all tables together are one.  Only what has no state between characters
 * can be a table: one byte, two bytes, or the four of GB18030.
 */
#ifndef DOSSIER_READER_TABLE_H
#define DOSSIER_READER_TABLE_H

#include <iconv.h>
#include <stddef.h>

struct table;

typedef size_t	table_iconv_fn(iconv_t, char **, size_t *, char **, size_t *);

/*
 * Between begin and end tables are made; afterwards nobody can write to
 * them, not even for the next child.  0, or -1 with errno.
 */
int	tables_begin(void);
/* Out of a converter to UTF-8, which is not needed any more. */
const struct table *table_make(iconv_t, table_iconv_fn *);
int	tables_end(void);

/* As iconv(3); there is no state that could be reset. */
size_t	table_convert(const struct table *, char **in, size_t *inleft,
	    char **out, size_t *outleft);

#endif
