/* SPDX-License-Identifier: ISC */
/* head: see head.h. */
#include "daemon/trees/head.h"

#include <errno.h>
#include <string.h>

int
head_of(struct trees *t, const struct tree_head *h, struct checkpoint *c)
{
	memset(c, 0, sizeof(*c));
	c->size = h->size;
	memcpy(c->root, h->root, sizeof(c->root));
	return trees_origin(t, &h->tree, h->life, c->origin);
}

int
head_of_master(struct trees *t, const struct tree_checkpoint *from,
    struct checkpoint *c)
{
	memset(c, 0, sizeof(*c));
	c->size = from->master_size;
	memcpy(c->root, from->master, sizeof(c->root));
	return trees_origin(t, &TREE_MASTER, from->life, c->origin);
}

int
head_vkey(const struct checkpoint *c, const uint8_t seed[ED25519_KEY],
    struct note_vkey *key_r)
{
	uint8_t key[ED25519_KEY];

	if (ed25519_public(seed, key) == -1) {
		errno = ENOMEM;
		return -1;
	}
	return note_vkey_make(key_r, c->origin, NOTE_ED25519, key);
}

/* Behind "dossier/" and the store's id. */
const char *
head_folder(const struct checkpoint *c)
{
	const char *slash = strchr(c->origin, '/');

	slash = slash != NULL ? strchr(slash + 1, '/') : NULL;
	return slash != NULL ? slash + 1 : c->origin;
}
