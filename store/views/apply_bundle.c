/* SPDX-License-Identifier: ISC */
/*
 * apply_bundle: marks of documents, and bundles: what was opened, decided,
 * ordered, asked for and built.
 *
 *	build	entry		becomes
 *	none	bundle.asked	asked
 *	asked	bundle.built	built
 *	asked	bundle.failed	failed
 *	asked	bundle.cancelled cancelled
 *
 * A build that is built is stamped once, by the first bundle.stamped.  Any
 * other entry about a build changes nothing.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

#include "store/views/row_bundle.h"

static struct vstr
actor_of(const struct apply *a)
{
	return (struct vstr){ a->e.actor, strlen(a->e.actor) };
}

static uint64_t
number_of(struct apply *a, const char *field)
{
	int64_t v = json_int(&a->e.json, entry_get(&a->e, field), 0);

	return v > 0 ? (uint64_t)v : 0;
}

/* Puts what is packed in a->out as the version of this entry. */
static int
version_put(struct apply *a, enum view_table t, const struct vkey *k,
    uint64_t was)
{
	if (buf_failed(&a->out)) {
		errno = ENOMEM;
		return -1;
	}
	return vtxn_next(a->x, t, k, was, a->e.seq, a->out.data, a->out.len);
}

/* ---- marks ----------------------------------------------------------- */

int
apply_marked(struct apply *a)
{
	struct vstr as = apply_field(a, "as");
	unsigned bit = vmark_bit(as.p, as.n);
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1 && bit != 0) {
		if (json_true(&a->e.json, entry_get(&a->e, "lifted"))) {
			h.d.marks &= ~bit;
		} else {
			h.d.marks |= bit;
			h.d.marked = a->e.seq;
		}
		rc = held_changed(a, &h);
	}
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

/* ---- the bundle ------------------------------------------------------ */

static int
bundle_load(struct apply *a, const struct id *id, struct vrow *row,
    struct vbundle *b)
{
	struct vkey k = VKEY_INIT;
	int rc;

	if (id->kind != ID_BUNDLE)
		return 0;
	vkey_id(&k, id);
	rc = vrow_get(&a->x->snap, VIEW_BUNDLE, &k, row);
	if (rc != 1)
		return rc;
	return vbundle_unpack(row->data.data, row->data.len, b) == -1 ? -1 : 1;
}

static int
bundle_save(struct apply *a, const struct vbundle *b, uint64_t was)
{
	struct vkey k = VKEY_INIT;

	buf_clear(&a->out);
	vbundle_pack(b, &a->out);
	vkey_id(&k, &b->id);
	return version_put(a, VIEW_BUNDLE, &k, was);
}

/* Another version: something was said of it. */
static int
bundle_touch(struct apply *a)
{
	struct vrow row = VROW_INIT;
	struct vbundle b;
	int rc = bundle_load(a, &a->e.bundle, &row, &b);

	if (rc == 1)
		rc = bundle_save(a, &b, row.made);
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* The bundle that this one supplements says so from now on. */
static int
bundle_continues(struct apply *a, const struct vbundle *by)
{
	struct vrow row = VROW_INIT;
	struct vbundle b;
	int rc = bundle_load(a, &by->supplements, &row, &b);

	if (rc == 1) {
		b.continued = by->id;
		rc = bundle_save(a, &b, row.made);
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
apply_bundle_opened(struct apply *a)
{
	struct vbundle b = { .id = a->e.bundle, .client = a->e.client,
	    .kase = a->e.kase, .opened = a->e.seq, .opened_at = a->e.at };
	struct vkey k = VKEY_INIT;

	if (b.id.kind != ID_BUNDLE)
		return 0;
	b.actor = actor_of(a);
	b.profile = apply_field(a, "profile");
	b.prefix = apply_field(a, "prefix");
	b.title = apply_field(a, "title");
	b.lang = apply_field(a, "lang");
	b.as_known = number_of(a, "as_known");
	b.supplements = apply_id(apply_field(a, "supplements"));
	if (bundle_save(a, &b, 0) == -1 || bundle_continues(a, &b) == -1)
		return -1;
	vkey_id(&k, b.kase.kind != ID_NONE ? &b.kase : &b.client);
	vkey_id(&k, &b.id);
	return vtxn_put(a->x, VIEW_BUNDLEOF, &k, a->e.seq, "", 0);
}

int
apply_bundle_ordered(struct apply *a)
{
	struct vrow row = VROW_INIT;
	struct vbundle b;
	int rc = bundle_load(a, &a->e.bundle, &row, &b);

	if (rc == 1) {
		b.ordered = a->e.seq;
		rc = bundle_save(a, &b, row.made);
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

/* ---- decisions ------------------------------------------------------- */

/* The document has been spoken of: its history says so. */
static int
document_touch(struct apply *a)
{
	struct held h;
	int rc;

	HELD_INIT(&h);
	rc = held_load(a, &a->e.document, &h);
	if (rc == 1)
		rc = held_save(a, &h);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

/* The texts of an array, "; " between them. */
static void
join(struct apply *a, const char *field, struct buf *out)
{
	const struct json *j = &a->e.json;
	uint32_t list = entry_get(&a->e, field);

	if (list == JSON_NONE)
		return;
	for (uint32_t x = json_first(j, list); x != JSON_NONE;
	    x = json_after(j, list, x)) {
		buf_adds(out, out->len > 0 ? "; " : "");
		(void)json_str(j, x, out);
	}
}

int
apply_bundle_decided(struct apply *a)
{
	struct vdecision d = { .seq = a->e.seq, .at = a->e.at };
	struct buf counsel = BUF_INIT;
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	int rc;

	if (a->e.bundle.kind != ID_BUNDLE ||
	    a->e.document.kind != ID_DOCUMENT)
		return 0;
	d.actor = actor_of(a);
	d.as = apply_field(a, "as");
	d.basis = apply_field(a, "basis");
	d.description = apply_field(a, "description");
	d.reason = apply_field(a, "reason");
	join(a, "counsel", &counsel);
	d.counsel = (struct vstr){ (const char *)counsel.data, counsel.len };
	vkey_id(&k, &a->e.bundle);
	vkey_id(&k, &a->e.document);
	rc = buf_failed(&counsel) ? -1 :
	    vrow_get(&a->x->snap, VIEW_DECIDED, &k, &row);
	if (rc != -1) {
		buf_clear(&a->out);
		vdecision_pack(&d, &a->out);
		rc = version_put(a, VIEW_DECIDED, &k, rc == 1 ? row.made : 0);
	}
	vrow_release(&row);
	buf_release(&counsel);
	if (rc == -1 || bundle_touch(a) == -1)
		return -1;
	return document_touch(a);
}

/* ---- builds ---------------------------------------------------------- */

static void
build_key(struct vkey *k, const struct id *bundle, uint64_t build)
{
	k->n = 0;
	vkey_id(k, bundle);
	vkey_u64(k, build);
}

static int
build_save(struct apply *a, const struct vkey *k, const struct vbuild *v,
    uint64_t was)
{
	buf_clear(&a->out);
	vbuild_pack(v, &a->out);
	return version_put(a, VIEW_BUILD, k, was);
}

/* 1: made, 0: that build is there already, -1. */
static int
build_add(struct apply *a, uint64_t build)
{
	struct vbuild v = { .build = build, .state = VBUILD_ASKED,
	    .asked = a->e.seq, .asked_at = a->e.at, .ended_at = WHEN_NONE };
	struct vrow row = VROW_INIT;
	uint8_t seq[8];
	struct vkey k;
	int rc;

	build_key(&k, &a->e.bundle, build);
	rc = vrow_get(&a->x->snap, VIEW_BUILD, &k, &row);
	vrow_release(&row);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	v.actor = actor_of(a);
	v.position = number_of(a, "position");
	v.earlier = apply_field(a, "earlier");
	put64(seq, a->e.seq);
	if (build_save(a, &k, &v, 0) == -1 ||
	    vtxn_set(a->x, VIEW_TODO_BUILD, &k, seq, sizeof seq) == -1)
		return -1;
	return 1;
}

int
apply_bundle_asked(struct apply *a)
{
	uint64_t build = number_of(a, "build");
	struct vrow row = VROW_INIT;
	struct vbundle b;
	int rc = bundle_load(a, &a->e.bundle, &row, &b);

	if (rc == 1 && build != 0)
		rc = build_add(a, build);
	if (rc == 1 && build != 0) {
		if (build > b.builds)
			b.builds = build;
		rc = bundle_save(a, &b, row.made);
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

static void
build_result(struct apply *a, struct vbuild *v)
{
	v->state = a->e.kind == KIND_BUNDLE_BUILT ? VBUILD_BUILT :
	    a->e.kind == KIND_BUNDLE_CANCELLED ? VBUILD_CANCELLED :
	    VBUILD_FAILED;
	v->ended = a->e.seq;
	v->ended_at = a->e.at;
	v->tagmanifest = apply_field(a, "tagmanifest");
	v->numbers = apply_field(a, "numbers");
	v->reason = apply_field(a, "reason");
	v->documents = number_of(a, "documents");
	v->withheld = number_of(a, "withheld");
	v->pages = number_of(a, "pages");
	v->files = number_of(a, "files");
	v->bytes = number_of(a, "bytes");
}

/* The build that the entry is about: 1, 0 there is none, -1. */
static int
build_load(struct apply *a, struct vkey *k, struct vrow *row,
    struct vbuild *v)
{
	int rc;

	if (a->e.bundle.kind != ID_BUNDLE)
		return 0;
	build_key(k, &a->e.bundle, number_of(a, "build"));
	rc = vrow_get(&a->x->snap, VIEW_BUILD, k, row);
	if (rc != 1)
		return rc;
	return vbuild_unpack(row->data.data, row->data.len, v) == -1 ? -1 : 1;
}

/* bundle.built, bundle.failed and bundle.cancelled. */
int
apply_bundle_ended(struct apply *a)
{
	struct vrow row = VROW_INIT;
	struct vbuild v;
	struct vkey k;
	int rc = build_load(a, &k, &row, &v);

	if (rc == 1 && v.state == VBUILD_ASKED) {
		build_result(a, &v);
		if (build_save(a, &k, &v, row.made) == -1 ||
		    vtxn_unset(a->x, VIEW_TODO_BUILD, &k) == -1 ||
		    bundle_touch(a) == -1)
			rc = -1;
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}

int
apply_bundle_stamped(struct apply *a)
{
	struct vrow row = VROW_INIT;
	struct vbuild v;
	struct vkey k;
	int rc = build_load(a, &k, &row, &v);

	if (rc == 1 && v.state == VBUILD_BUILT && v.stamped == 0) {
		v.stamped = a->e.seq;
		if (build_save(a, &k, &v, row.made) == -1)
			rc = -1;
	}
	vrow_release(&row);
	return rc == -1 ? -1 : 0;
}
