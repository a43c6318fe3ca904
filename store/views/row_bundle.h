/* SPDX-License-Identifier: ISC */
/*
 * row_bundle: the rows of bundles: the bundle, a decision on a document, a
 * build.  Packed as row.h says.
 */
#ifndef DOSSIER_VIEWS_ROW_BUNDLE_H
#define DOSSIER_VIEWS_ROW_BUNDLE_H

#include "store/views/row.h"

struct vbundle {
	struct id	id, client, kase;
	struct id	supplements, continued;	/* by the bundle after it */
	uint64_t	opened;		/* entry */
	int64_t		opened_at;
	struct vstr	actor, profile, prefix, title, lang;
	uint64_t	as_known;
	uint64_t	ordered;	/* of the order in force, 0 none */
	uint64_t	builds;		/* number of the last one asked for */
};

struct vdecision {
	uint64_t	seq;
	int64_t		at;
	struct vstr	actor, as, basis, description, reason;
	struct vstr	counsel;	/* with "; " between them */
};

enum vbuild_state {
	VBUILD_ASKED, VBUILD_BUILT, VBUILD_FAILED, VBUILD_CANCELLED
};

struct vbuild {
	uint64_t	build;
	enum vbuild_state state;
	uint64_t	asked, ended;	/* entries */
	int64_t		asked_at, ended_at;
	uint64_t	position;
	struct vstr	actor, earlier, tagmanifest, numbers, reason;
	uint64_t	documents, withheld, pages, files, bytes;
	uint64_t	stamped;	/* entry of its first stamp, 0 none */
};

void	vbundle_pack(const struct vbundle *, struct buf *);
int	vbundle_unpack(const void *, size_t, struct vbundle *);
void	vdecision_pack(const struct vdecision *, struct buf *);
int	vdecision_unpack(const void *, size_t, struct vdecision *);
void	vbuild_pack(const struct vbuild *, struct buf *);
int	vbuild_unpack(const void *, size_t, struct vbuild *);

#endif
