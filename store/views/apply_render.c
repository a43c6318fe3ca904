/* SPDX-License-Identifier: ISC */
/*
 * apply_render: which documents are to have their text and pages made ahead,
 * and which have them.
 *
 *	read, and filed in a case or under a client, and no document.rendered
 *	since it was read	due
 *	anything else		not
 */
#include "store/views/apply.h"

#include <string.h>

/* The entry in which it was rendered last, 0: never.  0, or -1. */
static int
rendered_seq(struct apply *a, const struct vkey *k, uint64_t *seq_r)
{
	struct vrow row = VROW_INIT;
	int got = vrow_get(&a->x->snap, VIEW_RENDERED, k, &row);

	*seq_r = got == 1 && row.data.len == 8 ? get64(row.data.data) : 0;
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

int
apply_render_due(struct apply *a, const struct vdoc *d)
{
	struct vkey k = VKEY_INIT;
	uint64_t seq;

	vkey_id(&k, &d->id);
	if (rendered_seq(a, &k, &seq) == -1)
		return -1;
	if (d->status == STATUS_READ && d->nfilings > 0 && seq < d->read_seq)
		return vtxn_set(a->x, VIEW_TODO_RENDER, &k, "", 0);
	return vtxn_unset(a->x, VIEW_TODO_RENDER, &k);
}

/* It is no version of the document: what is known of it is as before. */
int
apply_rendered(struct apply *a)
{
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	uint8_t v[8];
	int rc;

	vkey_id(&k, &a->e.document);
	rc = vrow_get(&a->x->snap, VIEW_DOC, &k, &row);
	if (rc == 1) {
		put64(v, a->e.seq);
		rc = vtxn_set(a->x, VIEW_RENDERED, &k, v, sizeof v);
		if (rc == 0)
			rc = vtxn_unset(a->x, VIEW_TODO_RENDER, &k);
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}
