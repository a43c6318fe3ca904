/* SPDX-License-Identifier: ISC */
/*
 * clients: clients, their contacts, and the office's staff.
 *
 * A new client is one append: contact.added, client.added, party.added as
 * key contact, and a fact.stated for the name and each way to reach them.
 * There is no other way in which their data change than facts.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/list.h"
#include "daemon/api/stated.h"
#include "store/ask/known.h"

#define CLIENT_TYPES "person organisation"


static void
clients_query(struct call *call, enum ask_what what)
{
	struct ask_query q;

	list_query(&q, what);
	list_answer(call, &q);
}

void
clients_list(struct call *call)
{
	clients_query(call, ASK_CLIENTS);
}

void
contacts_list(struct call *call)
{
	clients_query(call, ASK_CONTACTS);
}

void
staff_list(struct call *call)
{
	clients_query(call, ASK_STAFF);
}

void
clients_one(struct call *call)
{
	uint64_t as_known;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_CLIENT), &id) == 1 &&
	    call_as_known(call, &as_known) == 0)
		call_thing(call, &id, as_known);
}

void
contacts_one(struct call *call)
{
	struct id id;

	if (call_path_id(call, ID_BIT(ID_CONTACT), &id) == 1)
		call_thing(call, &id, 0);
}

/* ---- adding ----------------------------------------------------------- */

static int
clients_contact(struct change *change, struct call *call, const char *type)
{
	struct buf body = BUF_INIT;
	struct draft d;
	struct jw w;

	stated_draft(&d, KIND_CONTACT_ADDED);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "type", call_text(call, "type") != NULL ?
	    call_text(call, "type") : type);
	jw_end(&w);
	return change_draft(change, &d, &body);
}

static int
clients_client(struct change *change, struct call *call)
{
	struct buf body = BUF_INIT;
	struct draft d;
	struct jw w;

	stated_draft(&d, KIND_CLIENT_ADDED);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "name", call_text(call, "name"));
	jw_kstr_opt(&w, "since", call_text(call, "since"));
	jw_end(&w);
	return change_draft(change, &d, &body);
}

static void
clients_party(struct change *change, struct call *call, int client,
    struct ref contact)
{
	struct buf body = BUF_INIT;
	struct draft d;
	struct jw w;

	stated_draft(&d, KIND_PARTY_ADDED);
	d.client = REF_DRAFT(client);
	d.contact = contact;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "from", call_text(call, "since"));
	jw_kstr(&w, "role", "key-contact");
	jw_end(&w);
	(void)change_draft(change, &d, &body);
}

/* The number that was given to the draft of that kind. */
static void
clients_added(struct call *call, struct change *change, enum id_kind kind)
{
	struct id id = { ID_NONE, 0, 0, 0 };
	char text[ID_TEXT_MAX], path[64];

	for (uint64_t i = 0; i <= change_last(change) - change_first(change);
	    i++) {
		id = change_number(change, (int)i);
		if (id.kind == kind)
			break;
	}
	(void)snprintf(path, sizeof path, "%s/%s", call->row->path,
	    id_text(&id, text));
	call_head(call, "Location", path);
	call_thing(call, &id, 0);
}

static void
clients_added_client(struct call *call, struct change *change)
{
	clients_added(call, change, ID_CLIENT);
}

static void
clients_added_contact(struct call *call, struct change *change)
{
	clients_added(call, change, ID_CONTACT);
}

static int
clients_check(struct call *call)
{
	(void)call_word(call, "type", CLIENT_TYPES);
	stated_emails(call);
	return call_failed(call) ? -1 : 0;
}

void
clients_add(struct call *call)
{
	struct change *change;
	struct draft subject;
	struct ref contact;
	struct id id;
	int given;

	if (clients_check(call) == -1 || (given = call_id(call, "contact",
	    ID_BIT(ID_CONTACT), &id)) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	contact = given ? REF_ID(id) : REF_DRAFT(clients_contact(change, call,
	    "organisation"));
	clients_party(change, call, clients_client(change, call), contact);
	stated_draft(&subject, KIND_FACT_STATED);
	subject.contact = contact;
	stated_facts(change, call, &subject, !given);
	change_send(change, clients_added_client);
}

void
contacts_add(struct call *call)
{
	struct change *change;
	struct draft subject;

	if (clients_check(call) == -1 || (change = change_new(call)) == NULL)
		return;
	stated_draft(&subject, KIND_FACT_STATED);
	subject.contact = REF_DRAFT(clients_contact(change, call, "person"));
	stated_facts(change, call, &subject, 1);
	change_send(change, clients_added_contact);
}

/* ---- one client, two numbers ------------------------------------------ */

static void
clients_again(struct call *call, struct change *change)
{
	struct id id;

	(void)change;
	if (call_path_id(call, ID_BIT(ID_CLIENT), &id) == 1)
		call_thing(call, &id, 0);
}

/* The other one goes on under this one already. */
static int
clients_circle(struct call *call, const struct id *id, const struct id *other)
{
	struct buf row = BUF_INIT;
	char text[ID_TEXT_MAX];
	struct json json;
	int is = 0;

	if (ask_one(call->store, other, 0, &row, NULL) == 1 &&
	    json_parse(&json, buf_str(&row), row.len) == 0) {
		is = json_is(&json, json_get(&json, 0, "same_as"),
		    id_text(id, text));
		json_release(&json);
	}
	buf_release(&row);
	return is;
}

void
clients_same_as(struct call *call)
{
	struct buf body = BUF_INIT;
	char text[ID_TEXT_MAX], claim[64];
	struct change *change;
	struct id id, other;
	struct draft d;
	struct jw w;
	int i;

	if (call_path_id(call, ID_BIT(ID_CLIENT), &id) == -1 ||
	    call_id(call, "other", ID_BIT(ID_CLIENT), &other) == -1)
		return;
	if (id_equal(&id, &other))
		call_error(call, "/other", "self", SAY_API_E_SELF, "other");
	if (call_failed(call) || (change = change_new(call)) == NULL)
		return;
	if (clients_circle(call, &id, &other))
		change_refuse(change, PROBLEM_STATE, SAY_API_S_SAME,
		    id_text(&other, text));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "other", id_text(&other, text));
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_end(&w);
	stated_draft(&d, KIND_CLIENT_SAME_AS);
	d.client = REF_ID(id);
	i = change_draft(change, &d, &body);
	(void)snprintf(claim, sizeof claim, "same-as/%s", id_text(&id, text));
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
	change_version(change, i, &id);
	change_send(change, clients_again);
}

/* ---- staff ------------------------------------------------------------ */

static void
staff_added(struct call *call, struct change *change)
{
	struct id id = change_number(change, 0);
	struct buf row = BUF_INIT;
	char text[ID_TEXT_MAX];
	struct ask_query q;

	list_query(&q, ASK_STAFF);
	if (list_find_text(call->store, &q, "id", id_text(&id, text), &row) ==
	    1)
		call_row(call, store_applied(call->store), &row);
	else
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND, text);
	buf_release(&row);
}

/* A login is one person's. */
static void
staff_login(struct change *change, struct call *call, int draft)
{
	const char *login = call_text(call, "login");
	char text[ID_TEXT_MAX], claim[640];
	struct id staff;

	if (login == NULL)
		return;
	if (known_staff(call->store, login, &staff) == 1)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_LOGIN, login,
		    id_text(&staff, text));
	(void)snprintf(claim, sizeof claim, "login/%s", login);
	change_expect(change, claim, 0);
	change_set(change, draft, claim, CLAIM_SEQ);
}

void
staff_add(struct call *call)
{
	struct buf body = BUF_INIT;
	struct change *change;
	struct draft d, subject;
	struct jw w;
	int i;

	stated_emails(call);
	if (call_failed(call) || (change = change_new(call)) == NULL)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "from", call_text(call, "from"));
	jw_kstr_opt(&w, "login", call_text(call, "login"));
	jw_kstr(&w, "name", call_text(call, "name"));
	jw_end(&w);
	stated_draft(&d, KIND_STAFF_ADDED);
	i = change_draft(change, &d, &body);
	staff_login(change, call, i);
	stated_draft(&subject, KIND_FACT_STATED);
	subject.staff = REF_DRAFT(i);
	for (unsigned e = 0; e < call_count(call, "emails"); e++)
		(void)stated_fact(change, call, &subject, "email",
		    call_item(call, "emails", e));
	change_send(change, staff_added);
}
