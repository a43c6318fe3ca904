/* SPDX-License-Identifier: ISC */
/*
 * bundlegen: what its files share.  All of it ends the program when it fails.
 */
#ifndef DOSSIER_TOOLS_BUNDLEGEN_H
#define DOSSIER_TOOLS_BUNDLEGEN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/buf.h"
#include "proto/out/checkpoint.h"

#define GEN_FIRST_DAY INT64_C(1767225600000000)	/* 2026-01-01 */

/* --- bundlegen_bag.c ----------------------------------------------------- */

/* Makes the bundle's folder (borrows its path); all files stand below it. */
void	gen_begin(const char *path);
/* Writes a file, lists it in the bag and empties the bytes. */
void	gen_put(const char *path, struct buf *);
/* Lists a file that is written already, with these bytes. */
void	gen_list(const char *path, const void *, size_t);
/* Of the file that was listed last. */
void	gen_sha256(char hex_r[65]);
/* The bag's own files, when all others are there. */
void	gen_bag(const struct checkpoint *head);
void	gen_end(void);

/* --- bundlegen_log.c ----------------------------------------------------- */

/* proof/ for a tree of so many leaves; its key also goes to the path `key'. */
void	gen_log(const char *key, uint64_t leaves, struct checkpoint *head_r);

/* --- bundlegen.c --------------------------------------------------------- */

/* SHA-256 of what a leaf (from 1) files, as hex; NULL if it files nothing
 * that is produced. */
const char *gen_filed(uint64_t leaf);

#endif
