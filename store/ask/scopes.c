/* SPDX-License-Identifier: ISC */
/*
 * scopes: which scopes a client or case reaches, and the runs of rows there.
 * It holds ids of scopes, never of documents.
 */
#include "store/ask/room.h"

#include <stdlib.h>
#include <string.h>

int
ids_add(struct ids *ids, const struct id *id)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? ids->cap * 2 : 16;
		struct id *v = reallocarray(ids->v, cap, sizeof(*v));

		if (v == NULL)
			return -1;
		ids->v = v;
		ids->cap = cap;
	}
	ids->v[ids->n++] = *id;
	return 0;
}

int
ids_once(struct ids *ids, const struct id *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (id_equal(&ids->v[i], id))
			return 0;
	return ids_add(ids, id);
}

void
ids_release(struct ids *ids)
{
	free(ids->v);
	memset(ids, 0, sizeof(*ids));
}

/* Adds cases to out, and clients, once, to clients. */
static int
members_of(struct room *room, const struct id *client, struct ids *clients,
    struct ids *out)
{
	struct vkey prefix = VKEY_INIT;
	struct vcur cur;
	int got;

	vkey_id(&prefix, client);
	if ((got = vcur_open(&cur, &room->snap, VIEW_MEMBER, &prefix,
	    VCUR_KEYS)) == -1)
		goto out;
	while ((got = vcur_next(&cur)) == 1) {
		struct id id;

		id_from_key(cur.row.key + VKEY_MEMBER_ID, &id);
		if ((id.kind == ID_CLIENT ? ids_once(clients, &id) :
		    ids_add(out, &id)) == -1) {
			got = -1;
			break;
		}
	}
out:
	vcur_close(&cur);
	return got;
}

int
scopes_of(struct room *room, const struct id *id, struct ids *out)
{
	struct ids clients = { NULL, 0, 0 };
	int ret = -1;

	if (id->kind != ID_CLIENT)
		return ids_add(out, id);
	if (ids_add(&clients, id) == -1)
		goto out;
	for (size_t i = 0; i < clients.n; i++) {
		struct id client = clients.v[i];

		if (ids_add(out, &client) == -1 ||
		    members_of(room, &client, &clients, out) == -1)
			goto out;
	}
	ret = 0;
out:
	ids_release(&clients);
	return ret;
}

int
runs_add(struct runs *runs, const struct run *run)
{
	if (runs->n == runs->cap) {
		size_t cap = runs->cap ? runs->cap * 2 : 8;
		struct run *v = reallocarray(runs->v, cap, sizeof(*v));

		if (v == NULL)
			return -1;
		runs->v = v;
		runs->cap = cap;
	}
	runs->v[runs->n++] = *run;
	return 0;
}

void
runs_release(struct runs *runs)
{
	free(runs->v);
	memset(runs, 0, sizeof(*runs));
}

int
runs_scopes(struct room *room, enum view_table table, const struct id *of,
    size_t n, struct runs *runs)
{
	struct ids scopes = { NULL, 0, 0 };
	int ret = -1;

	for (size_t i = 0; i < n; i++)
		if (scopes_of(room, &of[i], &scopes) == -1)
			goto out;
	for (size_t i = 0; i < scopes.n; i++) {
		struct run run = { .table = table, .flags = VCUR_KEYS,
		    .off = VKEY_SCOPE_DOC, .len = ID_KEY_LEN };

		vkey_id(&run.prefix, &scopes.v[i]);
		if (runs_add(runs, &run) == -1)
			goto out;
	}
	ret = 0;
out:
	ids_release(&scopes);
	return ret;
}

int
count_waiting(struct room *room, const struct id *of, size_t n,
    uint64_t *n_r)
{
	struct runs runs = { NULL, 0, 0 };
	struct merge m = { 0 };
	uint8_t last[ID_KEY_LEN] = { 0 };
	size_t i;
	int got = -1;

	*n_r = 0;
	if (runs_scopes(room, VIEW_SUGGEST, of, n, &runs) == -1 ||
	    merge_open(&m, &room->snap, runs.v, runs.n, NULL) == -1)
		goto out;
	while ((got = merge_next(&m, &i)) == 1) {
		const uint8_t *doc = m.cur[i].row.key + VKEY_SCOPE_DOC;

		if (memcmp(doc, last, sizeof(last)) == 0)
			continue;	/* suggested to several of them */
		memcpy(last, doc, sizeof(last));
		++*n_r;
	}
out:
	merge_close(&m);
	runs_release(&runs);
	return got;
}
