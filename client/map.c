/* SPDX-License-Identifier: ISC */
/* map: open addressing, half full at most. */
#include "client/map.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
hash(const char *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

/* The slot of a text, or the free one where it would stand. */
static struct map_slot *
find(const struct map *map, const char *key, size_t len)
{
	size_t i = (size_t)hash(key, len) & (map->cap - 1);

	while (map->slot[i].key != NULL && (strlen(map->slot[i].key) != len ||
	    memcmp(map->slot[i].key, key, len) != 0))
		i = (i + 1) & (map->cap - 1);
	return &map->slot[i];
}

static int
grow(struct map *map)
{
	struct map bigger = { NULL, map->n, map->cap > 0 ? 2 * map->cap : 64 };

	if ((bigger.slot = calloc(bigger.cap, sizeof(*bigger.slot))) == NULL)
		return -1;
	for (size_t i = 0; i < map->cap; i++)
		if (map->slot[i].key != NULL)
			*find(&bigger, map->slot[i].key,
			    strlen(map->slot[i].key)) = map->slot[i];
	free(map->slot);
	*map = bigger;
	return 0;
}

uint64_t *
map_at(struct map *map, const char *key, size_t len)
{
	struct map_slot *slot;

	if (2 * (map->n + 1) > map->cap && grow(map) == -1)
		return NULL;
	slot = find(map, key, len);
	if (slot->key == NULL) {
		if ((slot->key = strndup(key, len)) == NULL)
			return NULL;
		map->n++;
	}
	return &slot->value;
}

uint64_t
map_get(const struct map *map, const char *key, size_t len)
{
	const struct map_slot *slot = map->cap > 0 ? find(map, key, len) : NULL;

	return slot != NULL && slot->key != NULL ? slot->value : 0;
}

void
map_release(struct map *map)
{
	for (size_t i = 0; i < map->cap; i++)
		free(map->slot[i].key);
	free(map->slot);
	*map = (struct map)MAP_INIT;
}
