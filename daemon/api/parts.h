/* SPDX-License-Identifier: ISC */
/*
 * parts: the bytes of a part of a document, D-000201.2, which the reader
 * takes out of it each time.
 */
#ifndef DOSSIER_PARTS_H
#define DOSSIER_PARTS_H

#include "daemon/api/call.h"

/* Answers; the id has a part. */
void	parts_raw(struct call *, const struct id *);
/* The lines that go with any bytes; sha256 NULL: no hash is told. */
void	documents_raw_heads(struct call *, const struct id *,
	    const uint8_t *sha256);

#endif
