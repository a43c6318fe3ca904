/* SPDX-License-Identifier: ISC */
/*
 * leaf: where the content of a part without parts stands in the document,
 * and what its own header says of it.
 */
#ifndef DOSSIER_LEAF_H
#define DOSSIER_LEAF_H

#include <gmime/gmime.h>
#include <stdint.h>

struct leaf {
	int64_t			 start, end;	/* -1: there is none */
	GMimeContentEncoding	 encoding;
};

/* The bytes are the whole document's, parsed with a stream that persists. */
void	leaf_find(struct leaf *leaf_r, GMimeObject *, const char *bytes,
	    size_t size);
/* The type of a part; one that cannot be read is text/plain; g_free. */
char	*leaf_type(GMimeObject *);
/* Content-Transfer-Encoding as it stood, up to a parameter; NULL, or g_free. */
char	*leaf_encoding(GMimeObject *);
/* Its name, also where it is written wrongly; NULL, or g_free. */
char	*leaf_filename(GMimeObject *, const char *fallback);	/* charset */
/* 1 if it has a name or is said to be an attachment: no text of the mail. */
int	leaf_attached(GMimeObject *);

#endif
