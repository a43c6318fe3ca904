/* SPDX-License-Identifier: ISC */
/*
 * document: one document to its reading.
 */
#ifndef DOSSIER_DOCUMENT_H
#define DOSSIER_DOCUMENT_H

#include <stdint.h>

#include "proto/base/buf.h"

/* Sets up every parser, while files may still be opened.  0, or -1. */
int	document_warm(void);
/*
 * Reads the file of the descriptor and appends the canonical JSON of its
 * reading.  0, or -1 with errno; only in a box.
 */
int	document_read(int fd, uint64_t size, uint32_t hint, struct buf *out);
/* The bytes of the file, "" if it is empty; NULL with errno. */
const char *document_map(int fd, uint64_t size);
/* 1 if the bytes are to be read as a mail, if any header is found in them. */
int	document_is_mail(const char *bytes, size_t, uint32_t hint);
/* "dossier-reader 0.1.0 gmime 3.2.13 libmagic 544" */
const char *document_reader(void);
/* What texts and parts depend on: struct reading_hello's maker. */
const char *document_maker(void);

#endif
