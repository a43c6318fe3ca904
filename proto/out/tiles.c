/* SPDX-License-Identifier: ISC */
/* tiles: see tiles.h. */
#include "proto/out/tiles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROOT "tile/"
#define ENTRIES "entries/"

static int
invalid(void)
{
	errno = EINVAL;
	return -1;
}

/* --- names -------------------------------------------------------------- */

void
tile_path(const struct tile *t, char path_r[TILE_PATH_MAX])
{
	uint64_t unit = 1;
	size_t n;

	if (t->level == TILE_ENTRIES)
		n = (size_t)snprintf(path_r, TILE_PATH_MAX, ROOT ENTRIES);
	else
		n = (size_t)snprintf(path_r, TILE_PATH_MAX, ROOT "%d/",
		    t->level);
	while (t->index / unit >= 1000)
		unit *= 1000;
	for (; unit >= 1; unit /= 1000)
		n += (size_t)snprintf(path_r + n, TILE_PATH_MAX - n, "%s%03u%s",
		    unit > 1 ? "x" : "", (unsigned)(t->index / unit % 1000),
		    unit > 1 ? "/" : "");
	if (t->width < TILE_WIDTH)
		(void)snprintf(path_r + n, TILE_PATH_MAX - n, ".p/%u",
		    t->width);
}

/* --- which files there are ---------------------------------------------- */

static unsigned
shift_of(int level)
{
	return level == TILE_ENTRIES ? 0 : (unsigned)level * TILE_HEIGHT;
}

static unsigned
width_at(uint64_t size, int level, uint64_t index)
{
	uint64_t n = (size >> shift_of(level)) - index * TILE_WIDTH;

	return n < TILE_WIDTH ? (unsigned)n : TILE_WIDTH;
}

int
tile_next(struct tile_walk *w, uint64_t old, uint64_t size,
    struct tile *tile_r)
{
	if (!w->begun)
		w->level = TILE_ENTRIES;
	for (; w->level < TILE_LEVELS; w->level++, w->begun = 0) {
		uint64_t before = old >> shift_of(w->level);
		uint64_t now = size >> shift_of(w->level);

		if (!w->begun)
			w->index = before / TILE_WIDTH;
		w->begun = 1;
		if (now <= before || w->index > (now - 1) / TILE_WIDTH)
			continue;
		*tile_r = (struct tile) { w->level, w->index,
		    width_at(size, w->level, w->index) };
		w->index++;
		return 1;
	}
	w->begun = 1;
	return 0;
}

int
tile_of_node(uint64_t size, unsigned level, uint64_t index,
    struct tile *tile_r)
{
	unsigned in = level % TILE_HEIGHT;

	if (size > MERKLE_SIZE_MAX || level >= MERKLE_LEVELS ||
	    index >= size >> level)
		return invalid();
	tile_r->level = (int)(level / TILE_HEIGHT);
	tile_r->index = (index << in) / TILE_WIDTH;
	tile_r->width = width_at(size, tile_r->level, tile_r->index);
	return 0;
}

/* --- hashes ------------------------------------------------------------- */

int
tile_hashes(struct buf *out, const struct tile *t,
    const struct merkle_nodes *nodes)
{
	uint8_t hash[MERKLE_HASH];

	for (unsigned i = 0; i < t->width; i++) {
		if (nodes->get(nodes->arg, shift_of(t->level),
		    t->index * TILE_WIDTH + i, hash) != 0)
			return -1;
		buf_add(out, hash, sizeof(hash));
	}
	return buf_failed(out) ? -1 : 0;
}

int
tile_node(const struct tile *t, const uint8_t *bytes, size_t len,
    unsigned level, uint64_t index, uint8_t hash_r[MERKLE_HASH])
{
	uint8_t hash[TILE_WIDTH / 2][MERKLE_HASH];
	unsigned in = level % TILE_HEIGHT, n = 1U << in;
	uint64_t first = (index << in) - t->index * TILE_WIDTH;

	if (level / TILE_HEIGHT != (unsigned)t->level ||
	    len != (size_t)t->width * MERKLE_HASH || first >= t->width ||
	    n > t->width - first)
		return invalid();
	bytes += first * MERKLE_HASH;
	memcpy(hash[0], bytes, MERKLE_HASH);
	for (unsigned i = 0; n > 1 && i < n / 2; i++)
		merkle_node(bytes + (size_t)2 * i * MERKLE_HASH,
		    bytes + (size_t)(2 * i + 1) * MERKLE_HASH, hash[i]);
	for (n /= 2; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			merkle_node(hash[2 * i], hash[2 * i + 1], hash[i]);
	memcpy(hash_r, hash[0], MERKLE_HASH);
	return 0;
}

void
tiles_init(struct tiles *t, uint64_t size,
    int (*read)(void *, const struct tile *, struct buf *), void *arg)
{
	memset(t, 0, sizeof(*t));
	t->size = size;
	t->read = read;
	t->arg = arg;
}

void
tiles_release(struct tiles *t)
{
	for (size_t i = 0; i < TILE_LEVELS; i++)
		buf_release(&t->bytes[i]);
}

int
tiles_get(void *arg, unsigned level, uint64_t index,
    uint8_t hash_r[MERKLE_HASH])
{
	struct tiles *t = arg;
	struct tile need, *held;
	struct buf *bytes;

	if (tile_of_node(t->size, level, index, &need) == -1)
		return -1;
	held = &t->held[need.level];
	bytes = &t->bytes[need.level];
	if (held->width != need.width || held->index != need.index) {
		held->width = 0;
		buf_clear(bytes);
		if (t->read(t->arg, &need, bytes) != 0)
			return -1;
		*held = need;
	}
	return tile_node(held, bytes->data, bytes->len, level, index, hash_r);
}

/* --- entries ------------------------------------------------------------ */

int
tile_entry_add(struct buf *out, const void *entry, size_t len)
{
	if (len > TILE_ENTRY_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	buf_add16(out, (uint16_t)len);
	buf_add(out, entry, len);
	return 0;
}

int
tile_entry_next(const uint8_t *bundle, size_t len, size_t *pos,
    const uint8_t **entry_r, size_t *len_r)
{
	if (*pos == len)
		return 0;
	if (len - *pos < 2 || len - *pos - 2 < get16(bundle + *pos))
		return invalid();
	*len_r = get16(bundle + *pos);
	*entry_r = bundle + *pos + 2;
	*pos += 2 + *len_r;
	return 1;
}
