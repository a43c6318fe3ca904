/* SPDX-License-Identifier: ISC */
/*
 * apply_fact: fact.stated.  A fact is never changed: another one supersedes
 * it, and the row then carries the entry that did.
 *
 * A fact also gives its subject another version, with the name or title that
 * lists use if it is one, and the look-ups by which mail and calls find it.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

static const struct id *
fact_subject(const struct entry *e)
{
	if (e->contact.kind != ID_NONE)
		return &e->contact;
	if (e->kase.kind != ID_NONE)
		return &e->kase;
	if (e->client.kind != ID_NONE)
		return &e->client;
	return &e->staff;
}

/* ---- look-ups -------------------------------------------------------- */

/* Which facts are looked up, and how their value is folded. */
static const struct {
	const char	*name;
	enum view_look	 look;
	int		(*fold)(struct buf *, const char *, size_t);
} looked[] = {
	{ "email", LOOK_ADDRESS, view_fold_address },
	{ "phone", LOOK_NUMBER, view_fold_number },
	{ "mobile", LOOK_NUMBER, view_fold_number },
	{ "fax", LOOK_NUMBER, view_fold_number },
	{ "name", LOOK_NAME, view_fold_name },
	{ "reference", LOOK_REFERENCE, view_fold_name },
	{ "login", LOOK_LOGIN, view_fold_name },
};

/* What of a fact is looked up, in a->tmp: 1, 0 nothing, -1. */
static int
fact_look(struct apply *a, const struct vfact *f, enum view_look *look_r)
{
	for (size_t i = 0; i < sizeof looked / sizeof looked[0]; i++) {
		struct vstr v = f->number.n > 0 ? f->number : f->value;

		if (!vstr_is(f->name, looked[i].name))
			continue;
		buf_clear(&a->tmp);
		*look_r = looked[i].look;
		return looked[i].fold(&a->tmp, v.p, v.n) == -1 ? -1 : 1;
	}
	return 0;
}

/* ---- superseding ----------------------------------------------------- */

/* Ends the fact that this one replaces; its value comes back. */
static int
fact_end(struct apply *a, const struct vfact *f, struct vstr *was_r)
{
	struct vkey k = VKEY_INIT;
	struct vcur c;
	struct vfact old;
	enum view_look look;
	int rc;

	vkey_id(&k, &f->subject);
	vkey_u64(&k, f->supersedes);
	if (vcur_open(&c, &a->x->snap, VIEW_FACT, &k, 0) == -1)
		return -1;
	if ((rc = vcur_next(&c)) == 1) {
		rc = vfact_unpack(c.row.data.data, c.row.data.len, &old);
		*was_r = apply_copy(a, old.value.p, old.value.n);
		if (rc == 0 && (rc = fact_look(a, &old, &look)) == 1)
			rc = apply_unlook(a, look, a->tmp.data, a->tmp.len,
			    &f->subject, old.seq);
	}
	vcur_close(&c);
	k.n = 0;
	vkey_id(&k, &f->subject);
	if (rc != -1)
		rc = vtxn_end(a->x, VIEW_FACT, &k, f->supersedes, f->seq);
	return rc == -1 ? -1 : 0;
}

/* ---- the subject's own row ------------------------------------------- */

static int
subject_pack(struct apply *a, const struct vfact *f, const struct vrow *row)
{
	union {
		struct vclient	client;
		struct vcase	kase;
		struct vcontact	contact;
		struct vstaff	staff;
	} u;
	const void *p = row->data.data;
	size_t n = row->data.len;
	int name = vstr_is(f->name, "name"), rc;

	buf_clear(&a->out);
	switch (f->subject.kind) {
	case ID_CLIENT:
		rc = vclient_unpack(p, n, &u.client);
		if (name)
			u.client.name = f->value;
		vclient_pack(&u.client, &a->out);
		break;
	case ID_CASE:
		rc = vcase_unpack(p, n, &u.kase);
		if (vstr_is(f->name, "title"))
			u.kase.title = f->value;
		if (vstr_is(f->name, "reference"))
			u.kase.reference = f->value;
		vcase_pack(&u.kase, &a->out);
		break;
	case ID_CONTACT:
		rc = vcontact_unpack(p, n, &u.contact);
		if (name)
			u.contact.name = f->value;
		vcontact_pack(&u.contact, &a->out);
		break;
	default:
		rc = vstaff_unpack(p, n, &u.staff);
		if (name)
			u.staff.name = f->value;
		if (vstr_is(f->name, "login"))
			u.staff.login = f->value;
		vstaff_pack(&u.staff, &a->out);
	}
	return rc == -1 || buf_failed(&a->out) ? -1 : 0;
}

static int
subject_next(struct apply *a, const struct vfact *f)
{
	enum view_table t = apply_table(&f->subject);
	struct vkey k = VKEY_INIT;
	struct vrow row = VROW_INIT;
	int rc;

	vkey_id(&k, &f->subject);
	rc = vrow_get(&a->x->snap, t, &k, &row);
	if (rc == 1 && (rc = subject_pack(a, f, &row)) == 0)
		rc = vtxn_next(a->x, t, &k, row.made, a->e.seq, a->out.data,
		    a->out.len);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* ---- the entry ------------------------------------------------------- */

static void
fact_take(struct apply *a, struct vfact *f)
{
	memset(f, 0, sizeof *f);
	f->seq = a->e.seq;
	f->at = a->e.at;
	f->subject = *fact_subject(&a->e);
	f->document = a->e.document;
	f->supersedes = (uint64_t)json_int(&a->e.json,
	    entry_get(&a->e, "supersedes"), 0);
	f->name = apply_field(a, "name");
	f->value = apply_field(a, "value");
	f->number = apply_field(a, "e164");
	f->from = apply_field(a, "from");
	f->until = apply_field(a, "until");
	f->asked = apply_field(a, "asked");
	f->reason = apply_field(a, "reason");
	f->actor = (struct vstr){ a->e.actor, strlen(a->e.actor) };
}

static int
fact_put(struct apply *a, const struct vfact *f)
{
	struct vkey k = VKEY_INIT;
	enum view_look look;
	int rc;

	buf_clear(&a->out);
	vfact_pack(f, &a->out);
	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	vkey_id(&k, &f->subject);
	if (vtxn_put(a->x, VIEW_FACT, &k, f->seq, a->out.data, a->out.len)
	    == -1)
		return -1;
	if ((rc = fact_look(a, f, &look)) != 1)
		return rc;
	return apply_look(a, look, a->tmp.data, a->tmp.len, &f->subject);
}

int
apply_fact(struct apply *a)
{
	struct vstr arg[3], was = { "", 0 };
	struct vfact f;

	fact_take(a, &f);
	if (f.subject.kind == ID_NONE)
		return 0;
	if (f.supersedes != 0 && fact_end(a, &f, &was) == -1)
		return -1;
	if (fact_put(a, &f) == -1 || subject_next(a, &f) == -1)
		return -1;
	if (f.subject.kind == ID_STAFF)
		return 0;
	arg[0] = f.value;
	arg[1] = f.name;
	arg[2] = was;
	return apply_line(a, &f.subject, f.from, f.asked, arg);
}
