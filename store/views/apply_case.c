/* SPDX-License-Identifier: ISC */
/*
 * apply_case: clients, contacts, staff, cases and parties: what is added,
 * opened, closed, linked, ended.  What they are called and how they are
 * reached are facts (apply_fact.c).
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

static const struct vstr none = { "", 0 };

static struct vstr
id_str(struct apply *a, const struct id *id)
{
	char text[ID_TEXT_MAX];

	(void)id_text(id, text);
	return apply_copy(a, text, strlen(text));
}

static int
line(struct apply *a, const struct id *scope, struct vstr stated,
    struct vstr one, struct vstr two, struct vstr three)
{
	const struct vstr arg[3] = { one, two, three };

	return apply_line(a, scope, stated, none, arg);
}

/* Puts what is packed in a->out as the version of this entry. */
static int
version_put(struct apply *a, enum view_table t, const struct id *id,
    uint64_t was)
{
	struct vkey k = VKEY_INIT;

	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	vkey_id(&k, id);
	return vtxn_next(a->x, t, &k, was, a->e.seq, a->out.data, a->out.len);
}

static int
row_get(struct apply *a, enum view_table t, const struct id *id,
    struct vrow *row)
{
	struct vkey k = VKEY_INIT;

	if (id->kind == ID_NONE)
		return 0;
	vkey_id(&k, id);
	return vrow_get(&a->x->snap, t, &k, row);
}

/* ---- added ----------------------------------------------------------- */

int
apply_client_added(struct apply *a)
{
	struct vclient c = { .id = a->e.client, .created_at = a->e.at };

	c.name = apply_field(a, "name");
	c.since = apply_field(a, "since");
	a->x->count[COUNT_CLIENTS]++;
	buf_clear(&a->out);
	vclient_pack(&c, &a->out);
	if (version_put(a, VIEW_CLIENT, &c.id, 0) == -1 ||
	    apply_look_name(a, LOOK_NAME, c.name, &c.id) == -1)
		return -1;
	return line(a, &c.id, c.since, c.name, c.since, none);
}

int
apply_contact_added(struct apply *a)
{
	struct vcontact c = { .id = a->e.contact, .added_at = a->e.at };

	c.type = apply_field(a, "type");
	a->x->count[COUNT_CONTACTS]++;
	buf_clear(&a->out);
	vcontact_pack(&c, &a->out);
	return version_put(a, VIEW_CONTACT, &c.id, 0);
}

int
apply_staff_added(struct apply *a)
{
	struct vstaff s = { .id = a->e.staff };

	s.name = apply_field(a, "name");
	s.login = apply_field(a, "login");
	s.from = apply_field(a, "from");
	a->x->count[COUNT_STAFF]++;
	buf_clear(&a->out);
	vstaff_pack(&s, &a->out);
	if (version_put(a, VIEW_STAFF, &s.id, 0) == -1)
		return -1;
	return apply_look_name(a, LOOK_LOGIN, s.login, &s.id);
}

/* ---- clients --------------------------------------------------------- */

static int
member_put(struct apply *a, const struct id *client, const struct id *id)
{
	struct vkey k = VKEY_INIT;

	vkey_id(&k, client);
	vkey_id(&k, id);
	return vtxn_put(a->x, VIEW_MEMBER, &k, a->e.seq, "", 0);
}

/* Said again of another client: the first statement gives way. */
static int
member_end(struct apply *a, const struct id *client, const struct id *id)
{
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int rc;

	vkey_id(&k, client);
	vkey_id(&k, id);
	rc = vrow_get(&a->x->snap, VIEW_MEMBER, &k, &row);
	if (rc == 1)
		rc = vtxn_end(a->x, VIEW_MEMBER, &k, row.made, a->e.seq);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
apply_same_as(struct apply *a)
{
	struct vstr other = apply_field(a, "other");
	struct id to = apply_id(other);
	struct vrow row = VROW_INIT;
	struct vclient c;
	int rc;

	rc = row_get(a, VIEW_CLIENT, &a->e.client, &row);
	if (rc != 1 || to.kind != ID_CLIENT)
		goto out;
	if ((rc = vclient_unpack(row.data.data, row.data.len, &c)) == -1)
		goto out;
	if (c.same_as.kind != ID_NONE &&
	    (rc = member_end(a, &c.same_as, &c.id)) == -1)
		goto out;
	c.same_as = to;
	buf_clear(&a->out);
	vclient_pack(&c, &a->out);
	if ((rc = version_put(a, VIEW_CLIENT, &c.id, row.made)) == -1 ||
	    (rc = member_put(a, &to, &c.id)) == -1 ||
	    (rc = apply_touch(a, VIEW_CLIENT, &to)) == -1)
		goto out;
	rc = line(a, &c.id, none, other, apply_field(a, "reason"), none);
out:
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* ---- cases ----------------------------------------------------------- */

int
apply_case_opened(struct apply *a)
{
	struct vcase *c = arena_alloc(&a->arena, sizeof *c);

	if (c == NULL)
		return 0;	/* the arena has failed: seen by the caller */
	memset(c, 0, sizeof *c);
	c->id = a->e.kase;
	c->client = a->e.client;
	c->opened_at = a->e.at;
	c->closed_at = WHEN_NONE;
	c->opened = apply_field(a, "opened");
	c->title = apply_field(a, "title");
	c->reference = apply_field(a, "reference");
	a->x->count[COUNT_CASES]++;
	a->x->count[COUNT_OPEN_CASES]++;
	buf_clear(&a->out);
	vcase_pack(c, &a->out);
	if (version_put(a, VIEW_CASE, &c->id, 0) == -1 ||
	    member_put(a, &c->client, &c->id) == -1 ||
	    apply_look_name(a, LOOK_REFERENCE, c->reference, &c->id) == -1)
		return -1;
	return line(a, &c->id, c->opened, c->title, c->reference, none);
}

/* case.closed and case.reopened. */
int
apply_case_closed(struct apply *a)
{
	int close = a->e.kind == KIND_CASE_CLOSED, rc;
	struct vrow row = VROW_INIT;
	struct vcase c;

	rc = row_get(a, VIEW_CASE, &a->e.kase, &row);
	if (rc != 1)
		goto out;
	if ((rc = vcase_unpack(row.data.data, row.data.len, &c)) == -1)
		goto out;
	if (close != (c.closed_at != WHEN_NONE))
		a->x->count[COUNT_OPEN_CASES] += close ? UINT64_MAX : 1;
	c.closed_at = close ? a->e.at : WHEN_NONE;
	buf_clear(&a->out);
	vcase_pack(&c, &a->out);
	if ((rc = version_put(a, VIEW_CASE, &c.id, row.made)) == -1)
		goto out;
	rc = line(a, &c.id, none, apply_field(a, "reason"), none, none);
out:
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
apply_case_linked(struct apply *a)
{
	struct vstr other = apply_field(a, "other"), as = apply_field(a, "as");
	struct vrow row = VROW_INIT;
	struct vcase c;
	int rc;

	rc = row_get(a, VIEW_CASE, &a->e.kase, &row);
	if (rc != 1)
		goto out;
	if ((rc = vcase_unpack(row.data.data, row.data.len, &c)) == -1)
		goto out;
	/* Past the limit the link stands in its entry and its line alone. */
	if (c.nlinks < VCASE_LINK_MAX)
		c.link[c.nlinks++] = (struct vlink){ apply_id(other), as };
	buf_clear(&a->out);
	vcase_pack(&c, &a->out);
	if ((rc = version_put(a, VIEW_CASE, &c.id, row.made)) == -1)
		goto out;
	rc = line(a, &c.id, none, other, as, none);
out:
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* ---- parties --------------------------------------------------------- */

static const struct id *
party_scope(const struct entry *e)
{
	return e->kase.kind != ID_NONE ? &e->kase : &e->client;
}

static void
party_key(struct vkey *k, const struct id *scope, uint64_t seq)
{
	k->n = 0;
	vkey_id(k, scope);
	vkey_u64(k, seq);
}

/* What lists call a contact at this entry. */
static struct vstr
contact_name(struct apply *a, const struct id *id)
{
	struct vrow row = VROW_INIT;
	struct vcontact c;
	struct vstr s = none;

	if (row_get(a, VIEW_CONTACT, id, &row) == 1 &&
	    vcontact_unpack(row.data.data, row.data.len, &c) == 0)
		s = apply_copy(a, c.name.p, c.name.n);
	vrow_release(&row);
	return s.n > 0 ? s : id_str(a, id);
}

static int
party_put(struct apply *a, const struct vparty *p, uint64_t was)
{
	const struct id *scope = party_scope(&a->e);
	struct vkey k;

	buf_clear(&a->out);
	vparty_pack(p, &a->out);
	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	party_key(&k, scope, p->seq);
	if (vtxn_next(a->x, VIEW_PARTY, &k, was, a->e.seq, a->out.data,
	    a->out.len) == -1)
		return -1;
	return apply_touch(a, apply_table(scope), scope);
}

int
apply_party_added(struct apply *a)
{
	const struct id *scope = party_scope(&a->e);
	struct vparty p = { .seq = a->e.seq, .contact = a->e.contact,
	    .client = a->e.client, .kase = a->e.kase,
	    .ended_at = WHEN_NONE };
	struct vkey k = VKEY_INIT;

	if (scope->kind == ID_NONE || p.contact.kind == ID_NONE)
		return 0;
	p.role = apply_field(a, "role");
	p.from = apply_field(a, "from");
	if (party_put(a, &p, 0) == -1)
		return -1;
	vkey_id(&k, &p.contact);
	vkey_id(&k, scope);
	if (vtxn_put(a->x, VIEW_PARTYOF, &k, a->e.seq, "", 0) == -1)
		return -1;
	return line(a, scope, p.from, contact_name(a, &p.contact), p.role,
	    p.from);
}

static int
party_end(struct apply *a, const struct vrow *row)
{
	const struct id *scope = party_scope(&a->e);
	struct vkey k = VKEY_INIT;
	struct vparty p;

	if (vparty_unpack(row->data.data, row->data.len, &p) == -1)
		return -1;
	if (p.end != 0)
		return 0;
	p.until = apply_field(a, "until");
	p.end = a->e.seq;
	p.ended_at = a->e.at;
	if (party_put(a, &p, row->made) == -1)
		return -1;
	vkey_id(&k, &p.contact);
	vkey_id(&k, scope);
	if (vtxn_end(a->x, VIEW_PARTYOF, &k, p.seq, a->e.seq) == -1)
		return -1;
	return line(a, scope, p.until, contact_name(a, &p.contact), p.role,
	    p.until);
}

int
apply_party_ended(struct apply *a)
{
	int64_t seq = json_int(&a->e.json, entry_get(&a->e, "party"), 0);
	struct vrow row = VROW_INIT;
	struct vkey k;
	int rc;

	if (party_scope(&a->e)->kind == ID_NONE)
		return 0;
	party_key(&k, party_scope(&a->e), (uint64_t)seq);
	rc = vrow_get(&a->x->snap, VIEW_PARTY, &k, &row);
	if (rc == 1)
		rc = party_end(a, &row);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}
