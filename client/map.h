/* SPDX-License-Identifier: ISC */
/* map: numbers by text, as many as there are. */
#ifndef DOSSIER_CLIENT_MAP_H
#define DOSSIER_CLIENT_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
	char		*key;
	uint64_t	 value;
};

struct map {
	struct map_slot	*slot;
	size_t		 n, cap;
};

#define MAP_INIT { NULL, 0, 0 }

/* The value of a text, made with 0 if it is new; NULL without memory. */
uint64_t *map_at(struct map *, const char *key, size_t len);
/* The value, 0 if there is none. */
uint64_t map_get(const struct map *, const char *key, size_t len);
void	map_release(struct map *);

#endif
