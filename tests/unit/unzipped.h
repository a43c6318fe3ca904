/* SPDX-License-Identifier: ISC */
/*
 * unzipped: what stands in a zip of ours.  That other programs find the same
 * is for tests/e2e/test_build.py.
 */
#ifndef DOSSIER_TESTS_UNZIPPED_H
#define DOSSIER_TESTS_UNZIPPED_H

#include "proto/base/buf.h"

/* Appends the bytes of a file in a zip; the test fails if there is none. */
void	unzipped(const struct buf *zip, const char *name, struct buf *out);
/* Appends all names, in the order of the directory, a line each. */
void	unzipped_names(const struct buf *zip, struct buf *out);
/* Appends a file of the disk. */
void	unzipped_slurp(const char *path, struct buf *out);

#endif
