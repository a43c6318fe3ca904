/* SPDX-License-Identifier: ISC */
/*
 * bagit: the tag files of a bag (RFC 8493, BagIt 1.0), written and read.
 *
 * The reader takes what the RFC allows us to write and refuses what the
 * Library of Congress's conformance suite refuses, and more: a path that
 * bagit_path_ok() refuses never leaves it.
 */
#ifndef DOSSIER_BAGIT_H
#define DOSSIER_BAGIT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define BAGIT_PATH_MAX	199	/* bytes of a path, from the base folder */
#define BAGIT_HASH_MAX	64

enum bagit_hash { BAGIT_SHA256, BAGIT_SHA512, BAGIT_HASHES };

size_t	    bagit_hash_len(enum bagit_hash);	/* 32, 64 */
const char *bagit_hash_name(enum bagit_hash);	/* "sha256" */

/*
 * 1 if a relative path may stand in a bag of ours: components of
 * [A-Za-z0-9._-] between single slashes, none of them "." or "..", none
 * ending with a dot, no name of a Windows device (with or without ending),
 * at most BAGIT_PATH_MAX bytes.
 */
int	bagit_path_ok(const char *, size_t);
/*
 * 1 if these paths can stand together on every file system: no path twice,
 * none that differ only by case (in any component), no file that is also a
 * folder.  Otherwise 0 and the two that clash; -1 with errno ENOMEM.
 * bad_r may be NULL.
 */
int	bagit_paths_ok(const char *const paths[], size_t n,
	    const char *bad_r[2]);

/* bagit.txt: the only bytes that it may have. */
void	bagit_declaration(struct buf *);
int	bagit_declaration_ok(const void *, size_t);

/*
 * bag-info.txt.  NULL or "" leaves a line out.  A line break or another
 * control in a value is written as a blank.
 */
struct bagit_info {
	const char	*organization;	/* Source-Organization */
	const char	*contact_name;	/* Contact-Name */
	const char	*contact_email;	/* Contact-Email */
	const char	*description;	/* External-Description */
	const char	*date;		/* Bagging-Date, 2026-03-02 (as of) */
	const char	*identifier;	/* External-Identifier */
	uint64_t	 octets, files;	/* Payload-Oxum */
	unsigned	 volume;	/* Bag-Count; 0: not one of several */
	unsigned	 volumes;
	const char	*group;		/* Bag-Group-Identifier */
	const char	*origin;	/* Log-Origin, of the case's tree */
	uint64_t	 tree_size;	/* Log-Tree-Size; with an origin */
	const char	*as_known_on;	/* As-Known-On, RFC 3339 */
};

void	bagit_info(struct buf *, const struct bagit_info *);

enum bagit_fault {
	BAGIT_FINE, BAGIT_NO_MEMORY,
	BAGIT_LINE,		/* not "hash  path LF", or "Label: value LF" */
	BAGIT_PATH,		/* a path that bagit_path_ok() refuses */
	BAGIT_PLACE,		/* not below data/ (or below it: tags) */
	BAGIT_TWICE,		/* the path, or a label, a second time */
	BAGIT_ORDER,		/* paths are not in the order of their bytes */
	BAGIT_OXUM,		/* Payload-Oxum is missing or no such */
	BAGIT_LONG		/* LIMIT_BAG_FILES */
};

/*
 * Reads bag-info.txt: each label once at most, one blank after the colon,
 * Payload-Oxum there.  Texts of info_r are in memory_r (to be released).
 * 0, or -1 with the fault and the number of the line (from 1).
 */
int	bagit_info_read(struct bagit_info *info_r, struct buf *memory_r,
	    const char *, size_t, enum bagit_fault *fault_r, size_t *line_r);

/* One line of a manifest: lower-case hex, two blanks, path, LF. */
void	bagit_line(struct buf *, enum bagit_hash, const uint8_t *hash,
	    const char *path);

struct bagit_file {
	const char	*path;			/* ends in NUL */
	uint8_t		 hash[BAGIT_HASH_MAX];
};

/* A manifest as read: files in the order of their paths' bytes. */
struct bagit_manifest {
	struct bagit_file	*files;
	size_t			 nfiles;
	char			*memory;
};

/*
 * Reads a manifest (tags 0: every path below data/) or a tagmanifest (1: none
 * below data/ and no tagmanifest).  0, or -1 as above; release it either way.
 */
int	bagit_manifest_read(struct bagit_manifest *, enum bagit_hash, int tags,
	    const char *, size_t, enum bagit_fault *fault_r, size_t *line_r);
void	bagit_manifest_release(struct bagit_manifest *);
/* NULL if it is not listed. */
const struct bagit_file *bagit_find(const struct bagit_manifest *,
	    const char *path);

#endif
