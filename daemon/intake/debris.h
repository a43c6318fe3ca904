/* SPDX-License-Identifier: ISC */
/*
 * debris: names in a drop folder that are not documents: what systems leave
 * beside files, and what programs call a file that is not finished.  A name
 * is all that is looked at.
 */
#ifndef DOSSIER_DEBRIS_H
#define DOSSIER_DEBRIS_H

enum debris {
	DEBRIS_NONE,
	DEBRIS_UNFINISHED,	/* may become a document under another name */
	DEBRIS_SYSTEM		/* never one: .DS_Store, Thumbs.db ... */
};

/* The last part of a path, of a file or a folder. */
enum debris debris_of(const char *name);

#endif
