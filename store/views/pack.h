/* SPDX-License-Identifier: ISC */
/*
 * pack: members of a row as tag(1) length(LEB128) bytes.  Tags of a row go
 * up or repeat; a member without value is left out; integers are LEB128 of
 * the zigzag form, so equal rows have equal bytes.
 */
#ifndef DOSSIER_VIEWS_PACK_H
#define DOSSIER_VIEWS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "store/views/row.h"

void	pack_raw(struct buf *, unsigned tag, const void *, size_t);
/* Empty texts and no ids are left out. */
void	pack_str(struct buf *, unsigned tag, struct vstr);
void	pack_u64(struct buf *, unsigned tag, uint64_t);		/* not if 0 */
void	pack_time(struct buf *, unsigned tag, int64_t);	/* not if WHEN_NONE */
void	pack_when(struct buf *, unsigned tag, struct vwhen);
void	pack_id(struct buf *, unsigned tag, const struct id *);
/* A group of numbers inside one member. */
void	pack_varint(struct buf *, uint64_t);
uint64_t pack_zigzag(int64_t);
int64_t	pack_unzigzag(uint64_t);

struct unpack {
	const uint8_t	*p, *end;
	unsigned	 tag;		/* of what unpack_next() found */
	const uint8_t	*v;
	size_t		 n;
	int		 bad;		/* stays set */
};

void	unpack_init(struct unpack *, const void *, size_t);
/* 1 a member, 0 the end; check bad afterwards. */
int	unpack_next(struct unpack *);
/* The member as ...; what does not fit sets bad. */
struct vstr	unpack_str(const struct unpack *);
uint64_t	unpack_u64(struct unpack *);
int64_t		unpack_time(struct unpack *);
struct vwhen	unpack_when(struct unpack *);
void		unpack_id(struct unpack *, struct id *);
void		unpack_bytes(struct unpack *, void *, size_t);
/* The next number of a group; unpack_rest() says what is left of it. */
uint64_t	unpack_varint(struct unpack *);
void		unpack_idkey(struct unpack *, struct id *);
struct vstr	unpack_rest(struct unpack *);

#endif
