/* SPDX-License-Identifier: ISC */
/*
 * tiles: the static files of a log (C2SP tlog-tiles).
 *
 *  tile/<L>/<N>[.p/<W>]       256 (or W) hashes of complete nodes of level
 *                             8 * L, those from 256 * N on, 32 bytes each
 *  tile/entries/<N>[.p/<W>]   the entries themselves: 16 bit length, bytes
 *
 * N is written in groups of three digits, all but the last behind an `x`:
 * 1234067 is x001/x234/067.  A tile that is not full has its width W in its
 * name, so that no published file ever changes.
 */
#ifndef DOSSIER_TILES_H
#define DOSSIER_TILES_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/out/merkle.h"

#define TILE_HEIGHT	8
#define TILE_WIDTH	256
#define TILE_LEVELS	8	/* of hashes: 8 * 8 bits */
#define TILE_ENTRIES	(-1)	/* the level of entry bundles */
#define TILE_ENTRY_MAX	65535
#define TILE_PATH_MAX	80

struct tile {
	int	 level;		/* 0 .. TILE_LEVELS - 1, or TILE_ENTRIES */
	uint64_t index;
	unsigned width;		/* 1 .. TILE_WIDTH; less: a partial tile */
};

/* "tile/0/x001/234.p/5"; the text ends with a NUL. */
void	tile_path(const struct tile *, char path_r[TILE_PATH_MAX]);

/*
 * Walks the files that a tree of `size` has and one of `old` had not: begin
 * with all zero in the walk, old <= size.  1 and a tile, or 0: no more.
 * Entry bundles come first, then hashes from level 0 up.
 */
struct tile_walk {
	int	 begun;
	int	 level;
	uint64_t index;
};
int	tile_next(struct tile_walk *, uint64_t old, uint64_t size,
	    struct tile *tile_r);
/* The widest tile that covers a node of level 8 * tile level in `size`. */
int	tile_of_node(uint64_t size, unsigned level, uint64_t index,
	    struct tile *tile_r);

/* Appends the hashes of a tile out of complete nodes; 0, or -1 with errno. */
int	tile_hashes(struct buf *, const struct tile *,
	    const struct merkle_nodes *);
/* The complete node (level, index) out of the bytes of its tile. */
int	tile_node(const struct tile *, const uint8_t *, size_t, unsigned level,
	    uint64_t index, uint8_t hash_r[MERKLE_HASH]);

/*
 * Complete nodes read from tiles: `read` appends the bytes of a tile's file
 * (0, or -1 with errno).  The tile used last is kept.  tiles_get is a
 * merkle_get with the struct as its argument.
 */
struct tiles {
	int		(*read)(void *arg, const struct tile *, struct buf *);
	void		*arg;
	uint64_t	 size;		/* of the tree whose files are there */
	struct tile	 held[TILE_LEVELS];
	struct buf	 bytes[TILE_LEVELS];
};
void	tiles_init(struct tiles *, uint64_t size,
	    int (*read)(void *, const struct tile *, struct buf *), void *arg);
void	tiles_release(struct tiles *);
merkle_get tiles_get;

/* One entry behind those in the bundle; 0, or -1 with EMSGSIZE. */
int	tile_entry_add(struct buf *, const void *, size_t);
/*
 * Takes the next entry from *pos on.  1 and a view of it, 0 at the end, -1
 * with EINVAL: cut short.
 */
int	tile_entry_next(const uint8_t *bundle, size_t len, size_t *pos,
	    const uint8_t **entry_r, size_t *len_r);

#endif
