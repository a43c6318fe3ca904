/* SPDX-License-Identifier: ISC */
/*
 * unpack: a bundle's zip (proto/out/zipfile) into a folder, while it comes.
 * The zip is taken as if a stranger had sent it: names must be such as a bag
 * has (proto/out/bagit) below one folder, and nothing is written over.
 */
#ifndef DOSSIER_CLIENT_UNPACK_H
#define DOSSIER_CLIENT_UNPACK_H

#include <stddef.h>

struct unpack;

/*
 * Makes FOLDER.part, which takes the place of the folder at the end.  NULL
 * with errno.
 */
struct unpack *unpack_new(const char *folder);
/* 0, or -1 with errno: EBADMSG for what is no such zip. */
int	unpack_feed(struct unpack *, const void *, size_t);
/* All has come: 0, or -1 likewise. */
int	unpack_end(struct unpack *);
/* Without unpack_end() what was written is removed.  NULL is fine. */
void	unpack_free(struct unpack *);

#endif
