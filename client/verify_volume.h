/* SPDX-License-Identifier: ISC */
/*
 * verify_volume: what the reader of the load files (verify_volume.c) keeps
 * for their checks (verify_loads.c).
 */
#ifndef DOSSIER_VERIFY_VOLUME_H
#define DOSSIER_VERIFY_VOLUME_H

#include "client/verify_table.h"
#include "proto/out/cells.h"

enum { VOLUME_DAT, VOLUME_OPT, VOLUME_XML, VOLUME_FILES };

/* ".dat", ".opt", ".edrm.xml" */
extern const char *const volume_endings[VOLUME_FILES];

/* Texts are offsets into `texts'; 0 is "". */
struct doc {
	size_t		 id, last, parent, sha256, native, text, size;
	size_t		 recorded;
	uint64_t	 pages;
};

struct image {
	size_t		 id, path;
	uint64_t	 pages;		/* stated; 0: not the first */
};

struct named {			/* a document of the EDRM XML */
	size_t		 id, sha256, parent;
};

struct named_file {		/* that any load file names */
	size_t		 path, size, sha256;
};

struct list {
	void		*at;
	size_t		 n, cap;
};

struct volume_file {
	struct volume_read *of;
	int		 what, there;
	struct table_fault fault;
};

struct volume_read {
	struct volume_file file[VOLUME_FILES];
	char		 folder[BAGIT_PATH_MAX + 1];	/* ".../VOL001/" */
	struct buf	 texts;
	struct rowsums	 documents;	/* BEGDOC and SHA-256 of each row */
	struct list	 docs, images, nameds, files;
	struct cells	 cells;
	struct buf	 row;
	struct xml	*xml;
	size_t		 doc_id;	/* the Document that we are in */
	int		 no_memory;
};

const char *volume_text(const struct volume_read *, size_t at);

#endif
