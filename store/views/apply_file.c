/* SPDX-License-Identifier: ISC */
/*
 * apply_file: filings, made and withdrawn.  Several may be in force; a new
 * main one takes the lead from the one before.
 */
#include "store/views/apply.h"

#include <string.h>

static void
filing_add(struct apply *a, struct vdoc *d)
{
	int main = json_true(&a->e.json, entry_get(&a->e, "main"));

	/* Handlers let nobody come near this; SCOPE and FILING have it. */
	if (d->nfilings == VDOC_FILING_MAX)
		return;
	for (unsigned i = 0; main && i < d->nfilings; i++)
		d->filing[i].main = 0;
	d->filing[d->nfilings++] = (struct vfiling){ a->e.seq, a->e.client,
	    a->e.kase, main };
}

static void
scope_key(struct vkey *k, const struct id *client, const struct id *kase,
    const struct id *document)
{
	k->n = 0;
	vkey_id(k, kase->kind != ID_NONE ? kase : client);
	vkey_id(k, document);
}

static int
filing_rows(struct apply *a, const struct vdoc *d)
{
	struct vkey k = VKEY_INIT;
	uint8_t v[3 * ID_KEY_LEN];

	id_key(&d->id, v);
	id_key(&a->e.client, v + ID_KEY_LEN);
	id_key(&a->e.kase, v + 2 * ID_KEY_LEN);
	if (vtxn_put(a->x, VIEW_FILING, &k, a->e.seq, v, sizeof v) == -1)
		return -1;
	scope_key(&k, &a->e.client, &a->e.kase, &d->id);
	return vtxn_put(a->x, VIEW_SCOPE, &k, a->e.seq, "", 0);
}

int
apply_filed(struct apply *a)
{
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1) {
		direction_computed(a, &h.d);
		rc = triage_leave(a, &h.d);
		h.d.state = STATE_FILED;
		filing_add(a, &h.d);
		if (rc == 0)
			rc = filing_rows(a, &h.d);
		if (rc == 0)
			rc = apply_render_due(a, &h.d);
		if (rc == 0)
			rc = tie_reports_again(a, &h.d);
		if (rc == 0)
			rc = held_changed(a, &h);
	}
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

/* Takes it off the list; the earliest one left leads if the main one went. */
static int
filing_take(struct vdoc *d, uint64_t seq, struct vfiling *f)
{
	unsigned i = 0;

	while (i < d->nfilings && d->filing[i].seq != seq)
		i++;
	if (i == d->nfilings)
		return 0;
	*f = d->filing[i];
	d->nfilings--;
	memmove(&d->filing[i], &d->filing[i + 1],
	    (d->nfilings - i) * sizeof d->filing[0]);
	if (f->main && d->nfilings > 0)
		d->filing[0].main = 1;
	return 1;
}

static int
filing_end(struct apply *a, struct vdoc *d, const struct vfiling *f)
{
	struct vkey k = VKEY_INIT;

	if (vtxn_end(a->x, VIEW_FILING, &k, f->seq, a->e.seq) == -1)
		return -1;
	scope_key(&k, &f->client, &f->kase, &d->id);
	if (vtxn_end(a->x, VIEW_SCOPE, &k, f->seq, a->e.seq) == -1)
		return -1;
	if (d->nfilings > 0)
		return 0;
	return triage_enter(a, d) == -1 ? -1 : apply_render_due(a, d);
}

int
apply_unfiled(struct apply *a)
{
	int64_t seq = json_int(&a->e.json, entry_get(&a->e, "filing"), 0);
	struct vfiling f;
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1 && filing_take(&h.d, (uint64_t)seq, &f))
		rc = filing_end(a, &h.d, &f) == -1 ? -1 : 1;
	if (rc == 1)
		rc = held_changed(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}
