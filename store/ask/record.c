/* SPDX-License-Identifier: ISC */
/*
 * record: clients, cases, contacts, staff, parties and facts as rows of
 * rows.txt.  Values are those in force: at the position, or on the date of
 * room->as_was.
 */
#include "store/ask/room.h"

#include <errno.h>
#include <string.h>

#include "store/ask/span.h"

static int
is(const struct vstr *s, const char *text)
{
	return s->n == strlen(text) && memcmp(s->p, text, s->n) == 0;
}

/*
 * The fact that superseded the one of a row: 1, 0 if it was not.  One that
 * stands under another subject (nothing keeps it from it) ends the fact too,
 * when it was stated.
 */
static int
get_successor(struct room *room, const struct vrow *row,
    const struct id *subject, struct vrow *next, struct vfact *fact)
{
	struct ventry ve;
	int got;

	if (row->ended == 0)
		return 0;
	if ((got = get_fact(room, subject, row->ended, next, fact)) != 0)
		return got;
	if ((got = ventry_get(&room->snap, row->ended, &ve)) != 1)
		return got;
	memset(fact, 0, sizeof(*fact));
	fact->seq = row->ended;
	fact->at = ve.at;
	return 1;
}

/* Is a party or span asked for?  Without a date: what nothing has ended. */
static int
party_holds(const struct room *room, const struct vparty *party)
{
	struct span span;

	if (room->as_was == WHEN_NONE)
		return party->end == 0;
	span_party(party, &span);
	return span_holds(&span, room->as_was, room->as_was_day);
}

int
fact_holds(struct room *room, const struct vrow *row)
{
	struct vrow next = VROW_INIT;
	struct vfact fact, successor;
	struct span span;
	int got;

	if (room->as_was == WHEN_NONE)
		return row->ended == 0;
	if (vfact_unpack(row->data.data, row->data.len, &fact) == -1)
		return -1;
	got = get_successor(room, row, &fact.subject, &next, &successor);
	if (got != -1) {
		span_fact(&fact, got == 1 ? &successor : NULL, &span);
		got = span_holds(&span, room->as_was, room->as_was_day);
	}
	vrow_release(&next);
	return got;
}

/* "phone" and the like; `other` is a second name for the same, or NULL. */
static int
named(const struct vstr *s, const char *name, const char *other)
{
	return is(s, name) || (other != NULL && is(s, other));
}

/* The values in force of one fact of a subject, as an array. */
static int
put_values(struct room *room, struct jw *w, const char *key,
    const struct id *subject, const char *name, const char *other)
{
	struct vkey prefix = VKEY_INIT;
	struct vfact fact;
	struct vcur cur;
	int got, holds;

	jw_key(w, key);
	jw_array(w);
	vkey_id(&prefix, subject);
	if ((got = vcur_open(&cur, &room->snap, VIEW_FACT, &prefix,
	    room->as_was == WHEN_NONE ? 0 : VCUR_ALL)) == -1)
		goto out;
	while ((got = vcur_next(&cur)) == 1) {
		if ((got = vfact_unpack(cur.row.data.data, cur.row.data.len,
		    &fact)) == -1)
			goto out;
		if (!named(&fact.name, name, other) || fact.value.n == 0)
			continue;
		if ((holds = fact_holds(room, &cur.row)) == -1) {
			got = -1;
			goto out;
		}
		if (holds)
			jw_strn(w, fact.value.p, fact.value.n);
	}
out:
	vcur_close(&cur);
	jw_end(w);
	return got;
}

/* ---- clients and cases ---------------------------------------------- */

/* Contacts who are parties of a client, each once. */
static int
put_contacts(struct room *room, struct jw *w, const struct id *scope)
{
	struct vkey prefix = VKEY_INIT;
	struct ids seen = { NULL, 0, 0 };
	struct vparty party;
	struct vcur cur;
	char text[ID_TEXT_MAX];
	int got;

	jw_key(w, "contacts");
	jw_array(w);
	vkey_id(&prefix, scope);
	if ((got = vcur_open(&cur, &room->snap, VIEW_PARTY, &prefix, 0)) == -1)
		goto out;
	while ((got = vcur_next(&cur)) == 1) {
		size_t n = seen.n;

		if ((got = vparty_unpack(cur.row.data.data, cur.row.data.len,
		    &party)) == -1)
			goto out;
		if (!party_holds(room, &party))
			continue;
		if ((got = ids_once(&seen, &party.contact)) == -1)
			goto out;
		if (seen.n > n)
			jw_str(w, id_text(&party.contact, text));
	}
out:
	vcur_close(&cur);
	ids_release(&seen);
	jw_end(w);
	return got;
}

static int
count_cases(struct room *room, const struct id *client, int64_t *all_r,
    int64_t *open_r)
{
	struct ids scopes = { NULL, 0, 0 };
	struct vrow row = VROW_INIT;
	struct vcase kase;
	int got = 0;

	*all_r = *open_r = 0;
	if (scopes_of(room, client, &scopes) == -1)
		got = -1;
	for (size_t i = 0; got != -1 && i < scopes.n; i++) {
		if (scopes.v[i].kind != ID_CASE)
			continue;
		if ((got = get_case(room, &scopes.v[i], &row, &kase)) != 1)
			continue;
		++*all_r;
		*open_r += kase.closed_at == WHEN_NONE;
	}
	vrow_release(&row);
	ids_release(&scopes);
	return got == -1 ? -1 : 0;
}

int
put_client(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vclient client;
	int64_t all, open;

	if (vclient_unpack(row->data.data, row->data.len, &client) == -1 ||
	    count_cases(room, &client.id, &all, &open) == -1)
		return -1;
	jw_object(w);
	jw_kint(w, "cases", all);
	if (put_contacts(room, w, &client.id) == -1)
		return -1;
	put_time(w, "created_at", client.created_at);
	put_id(w, "id", &client.id);
	put_vstr(w, "name", &client.name);
	jw_kint(w, "open_cases", open);
	put_id(w, "same_as", &client.same_as);
	put_vstr_opt(w, "since", &client.since);
	jw_kint(w, "version", (int64_t)row->made);
	jw_end(w);
	return 0;
}

static void
put_links(struct jw *w, const struct vcase *kase)
{
	jw_key(w, "links");
	jw_array(w);
	for (unsigned i = 0; i < kase->nlinks; i++) {
		jw_object(w);
		put_vstr(w, "as", &kase->link[i].as);
		put_id(w, "case", &kase->link[i].kase);
		jw_end(w);
	}
	jw_end(w);
}

static int
put_client_name(struct room *room, struct jw *w, const struct id *id)
{
	struct vrow row = VROW_INIT;
	struct vclient client;
	int got = get_client(room, id, &row, &client);

	if (got == 1)
		put_vstr(w, "client_name", &client.name);
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

int
put_case(struct room *room, struct jw *w, const struct vrow *row)
{
	int64_t opened;
	struct vcase kase;
	uint64_t waiting;

	if (vcase_unpack(row->data.data, row->data.len, &kase) == -1 ||
	    count_waiting(room, &kase.id, 1, &waiting) == -1)
		return -1;
	jw_object(w);
	put_id(w, "client", &kase.client);
	if (put_client_name(room, w, &kase.client) == -1)
		return -1;
	put_time(w, "closed_at", kase.closed_at);
	if (put_values(room, w, "handlers", &kase.id, "handler", NULL) == -1)
		return -1;
	put_id(w, "id", &kase.id);
	put_links(w, &kase);
	opened = span_begin(&kase.opened);
	put_time(w, "opened_at", opened != WHEN_NONE ? opened :
	    kase.opened_at);
	put_vstr_opt(w, "reference", &kase.reference);
	jw_kstr(w, "status", kase.closed_at == WHEN_NONE ? "open" : "closed");
	put_vstr(w, "title", &kase.title);
	jw_kint(w, "version", (int64_t)row->made);
	jw_kint(w, "waiting", (int64_t)waiting);
	jw_end(w);
	return 0;
}

/* ---- people --------------------------------------------------------- */

/* Clients that a contact is a party of as a whole, each once. */
static int
put_clients(struct room *room, struct jw *w, const struct id *contact)
{
	struct vrow row = VROW_INIT;
	struct vkey prefix = VKEY_INIT;
	struct ids seen = { NULL, 0, 0 };
	struct vparty party;
	struct vcur cur;
	char text[ID_TEXT_MAX];
	int got;

	jw_key(w, "clients");
	jw_array(w);
	vkey_id(&prefix, contact);
	if ((got = vcur_open(&cur, &room->snap, VIEW_PARTYOF, &prefix,
	    room->as_was == WHEN_NONE ? VCUR_KEYS : VCUR_KEYS |
	    VCUR_ALL)) == -1)
		goto out;
	while ((got = vcur_next(&cur)) == 1) {
		struct id scope;
		size_t n = seen.n;

		id_from_key(cur.row.key + VKEY_PARTYOF_SCOPE, &scope);
		if (scope.kind != ID_CLIENT)
			continue;
		if ((got = get_party(room, &scope, cur.row.made, &row,
		    &party)) == -1)
			goto out;
		if (got == 0 || !party_holds(room, &party))
			continue;
		if ((got = ids_once(&seen, &scope)) == -1)
			goto out;
		if (seen.n > n)
			jw_str(w, id_text(&scope, text));
	}
out:
	vcur_close(&cur);
	vrow_release(&row);
	ids_release(&seen);
	jw_end(w);
	return got;
}

int
put_contact(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vcontact contact;

	if (vcontact_unpack(row->data.data, row->data.len, &contact) == -1)
		return -1;
	jw_object(w);
	if (put_values(room, w, "addresses", &contact.id, "address",
	    NULL) == -1 ||
	    put_clients(room, w, &contact.id) == -1 ||
	    put_values(room, w, "emails", &contact.id, "email", NULL) == -1)
		return -1;
	put_id(w, "id", &contact.id);
	put_vstr(w, "name", &contact.name);
	if (put_values(room, w, "names", &contact.id, "name", NULL) == -1 ||
	    put_values(room, w, "phones", &contact.id, "phone",
	    "mobile") == -1)
		return -1;
	put_vstr(w, "type", &contact.type);
	jw_kint(w, "version", (int64_t)row->made);
	jw_end(w);
	return 0;
}

int
put_staff(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vstaff staff;

	if (vstaff_unpack(row->data.data, row->data.len, &staff) == -1)
		return -1;
	jw_object(w);
	if (put_values(room, w, "emails", &staff.id, "email", NULL) == -1)
		return -1;
	put_vstr_opt(w, "from", &staff.from);
	put_id(w, "id", &staff.id);
	put_vstr_opt(w, "login", &staff.login);
	put_vstr(w, "name", &staff.name);
	jw_end(w);
	return 0;
}

int
put_party(struct room *room, struct jw *w, const struct vparty *party)
{
	struct vrow row = VROW_INIT;
	struct vcontact contact;
	char text[WHEN_TEXT_MAX];
	int got = get_contact(room, &party->contact, &row, &contact);

	if (got == -1)
		goto out;
	jw_object(w);
	put_id(w, "case", &party->kase);
	put_id(w, "client", &party->client);
	put_id(w, "contact", &party->contact);
	put_vstr_opt(w, "from", &party->from);
	jw_key(w, "name");
	jw_strn(w, got == 1 && contact.name.n > 0 ? contact.name.p : "",
	    got == 1 ? contact.name.n : 0);
	put_vstr(w, "role", &party->role);
	jw_kint(w, "seq", (int64_t)party->seq);
	if (party->until.n > 0)
		put_vstr(w, "until", &party->until);
	else if (party->end != 0)
		jw_kstr(w, "until", when_date(party->ended_at, text));
	jw_end(w);
out:
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

int
put_fact(struct room *room, struct jw *w, const struct vrow *row)
{
	struct vrow next = VROW_INIT;
	struct vfact fact, successor;
	char until[WHEN_TEXT_MAX + 32];
	int got = -1;

	if (vfact_unpack(row->data.data, row->data.len, &fact) == -1 ||
	    (got = get_successor(room, row, &fact.subject, &next,
	    &successor)) == -1)
		goto out;
	jw_object(w);
	put_vstr(w, "actor", &fact.actor);
	put_vstr_opt(w, "asked", &fact.asked);
	put_time(w, "at", fact.at);
	put_id(w, "document", &fact.document);
	put_vstr_opt(w, "from", &fact.from);
	put_vstr(w, "name", &fact.name);
	put_vstr_opt(w, "reason", &fact.reason);
	jw_kint(w, "seq", (int64_t)fact.seq);
	put_id(w, "subject", &fact.subject);
	if (row->ended != 0)
		jw_kint(w, "superseded_by", (int64_t)row->ended);
	if (fact.supersedes != 0)
		jw_kint(w, "supersedes", (int64_t)fact.supersedes);
	jw_kstr_opt(w, "until",
	    span_until(&fact, got == 1 ? &successor : NULL, until));
	put_vstr(w, "value", &fact.value);
	jw_end(w);
out:
	vrow_release(&next);
	return got == -1 ? -1 : 0;
}
