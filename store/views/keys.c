/* SPDX-License-Identifier: ISC */
/*
 * keys: putting keys together; names and shapes of the tables.
 */
#include "store/views/keys.h"

#include <assert.h>
#include <string.h>

#include "proto/base/buf.h"

static const struct {
	const char	*name;
	enum view_shape	 shape;
} table[VIEW_TABLES_N] = {
#define T(key, name, shape) { name, shape },
	VIEW_TABLES(T)
#undef T
};

void
vkey_add(struct vkey *k, const void *p, size_t n)
{
	assert(k->n + n <= sizeof k->b);
	memcpy(k->b + k->n, p, n);
	k->n += n;
}

void
vkey_id(struct vkey *k, const struct id *id)
{
	assert(k->n + ID_KEY_LEN <= sizeof k->b);
	id_key(id, k->b + k->n);
	k->n += ID_KEY_LEN;
}

void
vkey_u64(struct vkey *k, uint64_t v)
{
	assert(k->n + 8 <= sizeof k->b);
	put64(k->b + k->n, v);
	k->n += 8;
}

void
vkey_time(struct vkey *k, int64_t at)
{
	vkey_u64(k, (uint64_t)at ^ (UINT64_C(1) << 63));
}

int64_t
vkey_get_time(const uint8_t key[8])
{
	return (int64_t)(get64(key) ^ (UINT64_C(1) << 63));
}

const char *
view_table_name(enum view_table t)
{
	return table[t].name;
}

enum view_shape
view_table_shape(enum view_table t)
{
	return table[t].shape;
}
