/* SPDX-License-Identifier: ISC */
/*
 * text: the text of a document, UTF-8 with LF: of a mail what its writer
 * wrote, of a text or a page of HTML all of it.
 */
#ifndef DOSSIER_TEXT_OF_H
#define DOSSIER_TEXT_OF_H

#include <stddef.h>

#include "proto/base/buf.h"
#include "proto/wire/reading.h"

struct text {
	struct buf		 bytes;
	enum reading_outcome	 outcome;	/* DONE, EMPTY or NONE */
	uint32_t		 notes;		/* enum reading_note */
	const char		*type;		/* what the bytes are */
};

void	text_init(struct text *);
void	text_release(struct text *);
/* 0, or -1 with errno ENOMEM.  The bytes are those of the descriptor. */
int	text_read(struct text *, const struct reading_request *, int fd,
	    const char *bytes);

#endif
