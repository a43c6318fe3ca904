/* SPDX-License-Identifier: ISC */
/*
 * known: who uses an address, where a thread is filed, what a case is called.
 * Reads the views as they stand now; it never writes and never keeps a
 * snapshot over its return.
 */
#include "store/ask/known.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/room.h"

/* Ends the snapshot of a look-up. */
static int
done(struct room *room, int got)
{
	room_end(room);
	return got;
}

/* 1 open, 0 closed or not there, -1. */
static int
case_open(struct room *room, const struct id *kase, struct id *client_r)
{
	struct vrow row = VROW_INIT;
	struct vcase c;
	int got = get_case(room, kase, &row, &c);

	if (got == 1) {
		if (client_r != NULL)
			*client_r = c.client;
		got = c.closed_at == WHEN_NONE;
	}
	vrow_release(&row);
	return got;
}

/* ---- looking up by text ---------------------------------------------- */

typedef int fold_fn(struct buf *, const char *, size_t);
/* Adds the rows of one id to out; 0 or -1. */
typedef int found_fn(struct room *, const struct id *, void *out);

static int
look(struct room *room, enum view_look what, const char *text, fold_fn *fold,
    found_fn *found, void *out)
{
	struct buf folded = BUF_INIT;
	struct vkey prefix = VKEY_INIT;
	struct vcur cur;
	int got = -1;

	if (fold == NULL)
		buf_adds(&folded, text);
	else if (fold(&folded, text, strlen(text)) == -1)
		goto out;
	if (buf_failed(&folded))
		goto out;
	if (folded.len == 0) {
		got = 0;
		goto out;
	}
	vkey_look(&prefix, room->views, what, folded.data, folded.len);
	got = vcur_open(&cur, &room->snap, VIEW_LOOK, &prefix, VCUR_KEYS);
	while (got != -1 && (got = vcur_next(&cur)) == 1) {
		struct id id;

		id_from_key(cur.row.key + VKEY_LOOK_ID, &id);
		if ((got = found(room, &id, out)) == -1)
			break;
	}
	vcur_close(&cur);
out:
	buf_release(&folded);
	return got;
}

/* ---- people ---------------------------------------------------------- */

struct parties {
	struct known_party	*v;
	int			 n;	/* KNOWN_MAX + 1: too many */
};

static void
add_party(struct parties *p, const struct known_party *party)
{
	for (int i = 0; i < p->n && i < KNOWN_MAX; i++)
		if (id_equal(&p->v[i].contact, &party->contact) &&
		    id_equal(&p->v[i].client, &party->client) &&
		    id_equal(&p->v[i].kase, &party->kase) &&
		    strcmp(p->v[i].role, party->role) == 0)
			return;		/* the same number, stated twice */
	if (p->n < KNOWN_MAX)
		p->v[p->n] = *party;
	if (p->n <= KNOWN_MAX)
		p->n++;
}

/* One row of PARTYOF: where a contact plays what part. */
static int
one_part(struct room *room, const struct vcur *cur, const struct id *contact,
    struct parties *p)
{
	struct known_party party = { .contact = *contact };
	struct vrow row = VROW_INIT;
	struct vparty vparty;
	struct id scope;
	int got;

	id_from_key(cur->row.key + VKEY_PARTYOF_SCOPE, &scope);
	if ((got = get_party(room, &scope, cur->row.made, &row,
	    &vparty)) == 1)
		vstr_copy(party.role, sizeof(party.role), &vparty.role);
	vrow_release(&row);
	if (got == -1)
		return -1;
	if (scope.kind == ID_CASE) {
		party.kase = scope;
		party.open = case_open(room, &scope, &party.client);
		if (party.open == -1)
			return -1;
	} else {
		party.client = scope;
	}
	add_party(p, &party);
	return 0;
}

static int
found_contact(struct room *room, const struct id *id, void *out)
{
	struct parties *p = out;
	struct known_party alone = { .contact = *id };
	struct vkey prefix = VKEY_INIT;
	struct vcur cur;
	int got, n = p->n;

	if (id->kind == ID_CLIENT) {
		alone.contact = (struct id){ 0 };
		alone.client = *id;
	} else if (id->kind != ID_CONTACT) {
		return 0;		/* staff are no party */
	} else {
		vkey_id(&prefix, id);
		got = vcur_open(&cur, &room->snap, VIEW_PARTYOF, &prefix,
		    VCUR_KEYS);
		while (got != -1 && (got = vcur_next(&cur)) == 1)
			if ((got = one_part(room, &cur, id, p)) == -1)
				break;
		vcur_close(&cur);
		if (got == -1)
			return -1;
	}
	if (p->n == n)
		add_party(p, &alone);
	return 0;
}

static int
known_people(struct store *store, enum view_look what, const char *text,
    fold_fn *fold, struct known_party out_r[KNOWN_MAX])
{
	struct parties p = { out_r, 0 };
	struct room room;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = look(&room, what, text, fold, found_contact, &p);
	return done(&room, got == -1 ? -1 : p.n);
}

int
known_address(struct store *store, const char *address,
    struct known_party out_r[KNOWN_MAX])
{
	return known_people(store, LOOK_ADDRESS, address, view_fold_address,
	    out_r);
}

int
known_number(struct store *store, const char *e164,
    struct known_party out_r[KNOWN_MAX])
{
	return known_people(store, LOOK_NUMBER, e164, view_fold_number,
	    out_r);
}

int
known_name(struct store *store, const char *name,
    struct known_party out_r[KNOWN_MAX])
{
	return known_people(store, LOOK_NAME, name, view_fold_name, out_r);
}

static int
found_id(struct room *room, const struct id *id, void *out)
{
	(void)room;
	return ids_once(out, id);
}

/* 1 and the only id, 0 none, 2 several, -1. */
static int
known_only(struct store *store, enum view_look what, const char *text,
    struct id *id_r)
{
	struct ids ids = { NULL, 0, 0 };
	struct room room;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = look(&room, what, text, view_fold_name, found_id, &ids);
	if (got != -1) {
		got = ids.n > 1 ? 2 : (int)ids.n;
		if (got == 1)
			*id_r = ids.v[0];
	}
	ids_release(&ids);
	return done(&room, got);
}

int
known_reference(struct store *store, const char *reference, struct id *id_r)
{
	return known_only(store, LOOK_REFERENCE, reference, id_r);
}

int
known_staff(struct store *store, const char *login, struct id *staff_r)
{
	int got = known_only(store, LOOK_LOGIN, login, staff_r);

	return got == 2 ? 0 : got;	/* two of one login are nobody */
}

/* ---- threads --------------------------------------------------------- */

struct threads {
	struct known_thread	*v;
	int			 n;
};

static int
says(const struct vstr *s, const char *word)
{
	return s->n == strlen(word) && memcmp(s->p, word, s->n) == 0;
}

static int
found_message(struct room *room, const struct id *id, void *out)
{
	struct threads *t = out;
	struct known_thread thread = { .document = *id };
	struct vrow row = VROW_INIT;
	struct vdoc doc;
	unsigned i = 0;
	int got = get_doc(room, id, &row, &doc);

	if (got != 1)
		goto out;
	vstr_copy(thread.subject, sizeof(thread.subject), &doc.thread);
	thread.ours = says(&doc.direction, "out") ||
	    says(&doc.direction, "internal");
	do {
		if (i < doc.nfilings) {
			thread.client = doc.filing[i].client;
			thread.kase = doc.filing[i].kase;
			thread.open = case_open(room, &thread.kase, NULL);
			if (thread.open == -1) {
				got = -1;
				goto out;
			}
		}
		if (t->n < KNOWN_MAX)
			t->v[t->n] = thread;
		if (t->n <= KNOWN_MAX)
			t->n++;
	} while (++i < doc.nfilings);
out:
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

int
known_message(struct store *store, const char *message_id,
    struct known_thread out_r[KNOWN_MAX])
{
	struct threads t = { out_r, 0 };
	struct room room;
	int got;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	got = look(&room, LOOK_MESSAGE, message_id, NULL, found_message, &t);
	return done(&room, got == -1 ? -1 : t.n);
}

/* ---- things ---------------------------------------------------------- */

static int
client_name(struct room *room, const struct id *client, struct known_case *k)
{
	struct vrow row = VROW_INIT;
	struct vclient c;
	int got = get_client(room, client, &row, &c);

	if (got == 1)
		vstr_copy(k->client_name, sizeof(k->client_name), &c.name);
	k->version = row.made;
	vrow_release(&row);
	return got;
}

int
known_case(struct store *store, const struct id *id, struct known_case *case_r)
{
	struct vrow row = VROW_INIT;
	struct vcase kase;
	struct room room;
	int got;

	memset(case_r, 0, sizeof(*case_r));
	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	if ((got = get_case(&room, id, &row, &kase)) == 1) {
		vstr_copy(case_r->title, sizeof(case_r->title), &kase.title);
		case_r->client = kase.client;
		case_r->open = kase.closed_at == WHEN_NONE;
		if (client_name(&room, &kase.client, case_r) == -1)
			got = -1;
		case_r->version = row.made;
	}
	vrow_release(&row);
	return done(&room, got);
}

int
known_client(struct store *store, const struct id *id,
    struct known_case *case_r)
{
	struct room room;
	int got;

	memset(case_r, 0, sizeof(*case_r));
	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	case_r->client = *id;
	case_r->open = 1;
	got = client_name(&room, id, case_r);
	memcpy(case_r->title, case_r->client_name, sizeof(case_r->title));
	return done(&room, got);
}

/* Cases that are open, or those that are not, behind the n there are. */
static int
some_cases(struct room *room, const struct ids *scopes, int open, int n,
    struct id *case_r, int *open_r)
{
	for (size_t i = 0; i < scopes->n; i++) {
		int is;

		if (scopes->v[i].kind != ID_CASE)
			continue;
		if ((is = case_open(room, &scopes->v[i], NULL)) == -1)
			return -1;
		if (is != open)
			continue;
		if (n == KNOWN_MAX)
			return KNOWN_MAX + 1;
		case_r[n] = scopes->v[i];
		open_r[n++] = open;
	}
	return n;
}

int
known_cases(struct store *store, const struct id *client,
    struct id case_r[KNOWN_MAX], int open_r[KNOWN_MAX])
{
	struct ids scopes = { NULL, 0, 0 };
	struct room room;
	int n = -1;

	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	if (scopes_of(&room, client, &scopes) == 0)
		n = some_cases(&room, &scopes, 1, 0, case_r, open_r);
	if (n != -1 && n <= KNOWN_MAX)
		n = some_cases(&room, &scopes, 0, n, case_r, open_r);
	ids_release(&scopes);
	return done(&room, n);
}

int
known_exists(struct store *store, const struct id *id)
{
	static const enum view_table table[] = {
		[ID_CLIENT] = VIEW_CLIENT, [ID_CASE] = VIEW_CASE,
		[ID_CONTACT] = VIEW_CONTACT, [ID_DOCUMENT] = VIEW_DOC,
		[ID_STAFF] = VIEW_STAFF, [ID_BUNDLE] = VIEW_BUNDLE,
	};
	struct vrow row = VROW_INIT;
	struct vkey key = VKEY_INIT;
	struct room room;
	int got;

	if (id->kind == ID_NONE || id->part != 0)
		return 0;
	if (room_begin(&room, store, 0, NULL) == -1)
		return -1;
	vkey_id(&key, id);
	got = vrow_get(&room.snap, table[id->kind], &key, &row);
	vrow_release(&row);
	return done(&room, got);
}
