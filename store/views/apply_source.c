/* SPDX-License-Identifier: ISC */
/*
 * apply_source: every arrival stands under its source.  A source is known by
 * the entry of its first arrival; that entry says its name, so no name
 * stands in the views.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

#include "store/views/layout.h"

/* The number of the source that the entry names; its own if it is new. */
static int
source_of(struct apply *a, uint64_t *first_r)
{
	struct vstr name = apply_field(a, "source");
	uint8_t hash[VIEWS_HASH_LEN], value[8];
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	int rc;

	if (vhash_make(a->x->hash, SOURCE_WHAT, name.p, name.n, hash) == -1)
		return -1;
	vkey_add(&k, hash, sizeof hash);
	rc = vrow_get(&a->x->snap, VIEW_SOURCE, &k, &row);
	if (rc == 1 && row.data.len != sizeof value) {
		errno = EIO;
		rc = -1;
	} else if (rc == 1) {
		*first_r = get64(row.data.data);
	} else if (rc == 0) {
		*first_r = a->e.seq;
		put64(value, a->e.seq);
		rc = vtxn_set(a->x, VIEW_SOURCE, &k, value, sizeof value);
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
apply_arrival(struct apply *a, int new)
{
	uint8_t value[VARRIVED_LEN];
	struct vkey k = VKEY_INIT;
	uint64_t first = 0;

	if (source_of(a, &first) == -1)
		return -1;
	put64(value, (uint64_t)a->e.at);
	id_key(&a->e.document, value + 8);
	value[8 + ID_KEY_LEN] = (uint8_t)(new != 0);
	vkey_u64(&k, first);
	vkey_u64(&k, a->e.seq);
	return vtxn_set(a->x, VIEW_ARRIVAL, &k, value, sizeof value);
}
