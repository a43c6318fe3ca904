/* SPDX-License-Identifier: ISC */
/*
 * frame: the layouts of a segment file.  Pure: bytes to structs and back.
 * All integers are big-endian.  This is the whole format, version 1; how it
 * is sealed stands in seal.h, the keys in ring.h.
 *
 * Segment file: DIR/journal/00000001.seg (blobs/, derived/ alike)
 *	segment header, frames, [footer frame, trailer]
 *
 * Segment header, 64 bytes, in clear
 *	 0  8  "DOSSIER\n"
 *	 8  4  format version, 1
 *	12 16  id of the store
 *	28  1  series: 1 journal, 2 blobs, 3 derived
 *	29  3  zero
 *	32  4  number of the segment, from 1
 *	36  8  made at, microseconds since 1970 UTC
 *	44  4  zero
 *	48 16  first bytes of the SHA-256 of the 48 bytes before
 *
 * Frame: header of 32 bytes in clear, sealed bytes, tag of 16 bytes
 *	 0  4  "DsF1"
 *	 4  4  ordinal: 0, 1, 2 ... within the segment
 *	 8  4  length of the sealed bytes
 *	12  1  kind, below
 *	13  1  flags: 1 zstd inside, 2 last piece of a blob or last map
 *	14  2  zero
 *	16  4  piece index (PIECE, MAP), else 0
 *	20  8  stream (PIECE, MAP): names a blob while it comes, else 0
 *	28  4  CRC-32 (IEEE) of the 28 bytes before: tells a changed header from
 *	       one that a torn write left
 *
 * What is sealed, by kind
 *	 1 FIRST   1 version 1, 1 state of the predecessor (0 none, 1 sealed,
 *		   2 cut), 4 its number, 4 its last ordinal, 8 its length in
 *		   bytes, head.  Blobs and derived: the number alone is said.
 *	 2 ENTRY   the lasting part: 1 version 1, 8 seq, 8 at, 1 n + n bytes
 *		   name of the kind, 9 id whose tree it is in (ids.h, zeros:
 *		   none), 2 n + n claims of 16 key + 8 value, 32 commitment,
 *		   32 chain value.  A claim's key is the first 16 bytes of
 *		   HMAC-SHA256 over its name, key HKDF-Expand(the store's own
 *		   secret, "dossier claims"); the last bit is 1 for claims of
 *		   idempotency keys, which expire, else 0.
 *	 3 BODY    the erasable part, always right behind its ENTRY: 32 salt,
 *		   the entry's canonical JSON.
 *		   commitment = SHA-256 of exactly this.
 *	 4 BLOB    32 SHA-256, the bytes (at most 64 KiB)
 *	 5 PIECE   64 KiB of a larger blob, the last one shorter
 *	 6 MAP     1 version 1, 1 series of the pieces, 32 SHA-256, 8 size,
 *		   4 pieces in all, 4 index of the first one listed here, 4 n,
 *		   n places of 4 segment, 4 offset, 4 ordinal.  Maps of one
 *		   blob follow each other; the piece index counts them.
 *	 7 COMMIT  1 version 1, 8 group, 4 frames of the group without this,
 *		   32 SHA-256 of their tags in order, head
 *	 8 FOOTER  1 version 1, 32 SHA-256 of all tags before, 4 n, n rows of
 *		   4 offset, 1 kind: the frames before this one
 *
 * Head, 84 bytes: what the next entry begins with
 *	 0  8  next seq		 8 32  chain value	40  8  last at
 *	48  8  last group	56  4  next D		60  4  next C
 *	64  4  next P		68  4  next S		72  2  year of K
 *	74  4  next K		78  4  next B (0: 1)
 *	82  2  zero
 *
 * chain value = SHA-256(previous chain value, ENTRY up to its chain value);
 * before the first entry it is the store's id and 16 zero bytes.
 *
 * Trailer of a sealed segment, 16 bytes: "DSEGEND\n", 4 offset of the footer
 * frame, 4 zero.  A segment without one was cut: by a crash, and shortened to
 * its last whole group when the store was next opened.
 */
#ifndef DOSSIER_JOURNAL_FRAME_H
#define DOSSIER_JOURNAL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "store/log.h"

#define FORMAT_VERSION	1
#define STORE_ID_LEN	16
#define SEGMENT_HEAD	64
#define TRAILER_LEN	16
#define FRAME_HEAD	32
#define FRAME_TAG	16
#define FRAME_SIZE(n)	(FRAME_HEAD + (uint64_t)(n) + FRAME_TAG)
#define FRAME_MAX	(4u << 20)	/* sealed bytes; plain bytes too */
#define SALT_LEN	32
#define HEAD_LEN	84
#define FIRST_LEN	(18 + HEAD_LEN)
#define COMMIT_LEN	(45 + HEAD_LEN)
#define MAP_PLACES	4096		/* pieces that one MAP lists */
#define MAP_HEAD	54
#define MAP_PLACE	12
#define FOOTER_ROW	5
#define FOOTER_HEAD	37
#define KIND_NAME_MAX	64
#define ENTRY_CLAIMS_MAX 1024

enum frame_kind {
	FRAME_FIRST = 1, FRAME_ENTRY, FRAME_BODY, FRAME_BLOB, FRAME_PIECE,
	FRAME_MAP, FRAME_COMMIT, FRAME_FOOTER
};

#define FRAME_ZSTD	1
#define FRAME_LAST	2

struct frame {
	uint32_t	ordinal;
	uint32_t	length;
	uint8_t		kind;
	uint8_t		flags;
	uint32_t	piece;
	uint64_t	stream;
};

void	frame_encode(const struct frame *, uint8_t out_r[FRAME_HEAD]);
/* 0, or -1: no frame header (or one of a length that no frame has). */
int	frame_decode(const uint8_t in[FRAME_HEAD], struct frame *frame_r);
/* The length that a header says, whatever else it says. */
uint32_t frame_length(const uint8_t in[FRAME_HEAD]);

struct segment_head {
	uint32_t	version;
	uint8_t		store[STORE_ID_LEN];
	uint8_t		series;
	uint32_t	number;
	int64_t		made;
};

void	segment_head_encode(const struct segment_head *,
	    uint8_t out_r[SEGMENT_HEAD]);
/* 0, or -1: damaged.  The version is the caller's to judge. */
int	segment_head_decode(const uint8_t in[SEGMENT_HEAD],
	    struct segment_head *);

struct head {
	uint64_t	next_seq;
	uint8_t		chain[LOG_HASH_LEN];
	int64_t		at;
	uint64_t	group;
	uint32_t	next_document, next_client, next_contact, next_staff,
			next_bundle;
	uint16_t	year;
	uint32_t	next_case;
};

/* The head before the first entry of a store. */
void	head_begin(struct head *, const uint8_t store[STORE_ID_LEN]);

enum segment_state { SEGMENT_NONE, SEGMENT_SEALED, SEGMENT_CUT };

struct first {
	uint8_t		state;
	uint32_t	number;
	uint32_t	ordinal;
	uint64_t	length;
	struct head	head;
};

void	first_encode(const struct first *, uint8_t out_r[FIRST_LEN]);
int	first_decode(const uint8_t *, size_t, struct first *);

struct commit {
	uint64_t	group;
	uint32_t	frames;
	uint8_t		tags[LOG_HASH_LEN];
	struct head	head;
};

void	commit_encode(const struct commit *, uint8_t out_r[COMMIT_LEN]);
int	commit_decode(const uint8_t *, size_t, struct commit *);

/* The lasting part of an entry. */
struct lasting {
	uint64_t	seq;
	int64_t		at;
	char		kind[KIND_NAME_MAX];
	struct id	tree;
	const struct log_claim *claim;	/* borrowed; decoded: see below */
	unsigned	nclaims;
	uint8_t		commitment[LOG_HASH_LEN];
	uint8_t		chain[LOG_HASH_LEN];
};

/* Appends all but the chain value. */
void	lasting_encode(const struct lasting *, struct buf *);
/* claims_r: room for ENTRY_CLAIMS_MAX, to which claim points then. */
int	lasting_decode(const uint8_t *, size_t, struct lasting *,
	    struct log_claim *claims_r);

struct map {
	uint8_t		series;
	uint8_t		sha256[LOG_HASH_LEN];
	uint64_t	size;
	uint32_t	pieces, from, n;
};

/* Appends the fixed part; places follow by place_encode. */
void	map_encode(const struct map *, struct buf *);
/* 0, or -1 unless all places are there. */
int	map_decode(const uint8_t *, size_t, struct map *);
void	place_encode(const struct loc *, struct buf *);
void	place_decode(const uint8_t in[MAP_PLACE], uint8_t series, struct loc *);

#endif
