/* SPDX-License-Identifier: ISC */
/*
 * bundle: the record of a bundle: itself, its builds, what is still to build.
 */
#include "store/ask/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/bundle_own.h"

_Static_assert(MARK_PRIVILEGED == 1u && MARK_WITHOUT_PREJUDICE == 2u &&
    MARK_RECEIVED_IN_ERROR == 4u, "marks are the bits of vmark_name()");
_Static_assert((int)BUILD_CANCELLED == (int)VBUILD_CANCELLED,
    "states of builds are those of the views");

const char *
treatment_name(enum treatment t)
{
	static const char *const name[] = { "produce", "withhold", "leave-out",
	    "produced-before", "undecided" };

	return name[t];
}

const char *
mark_name(unsigned i)
{
	return vmark_name(i);
}

void
put_marks(struct jw *w, unsigned marks)
{
	if (marks == 0)
		return;
	jw_key(w, "marks");
	jw_array(w);
	for (unsigned i = 0; i < MARKS_N; i++)
		if (marks & 1u << i)
			jw_str(w, mark_name(i));
	jw_end(w);
}

/* ---- one bundle ------------------------------------------------------ */

static void
bundle_fill(const struct vbundle *v, struct bundle *b)
{
	memset(b, 0, sizeof(*b));
	b->id = v->id;
	b->of = v->kase.kind != ID_NONE ? v->kase : v->client;
	b->client = v->client;
	b->supplements = v->supplements;
	b->continued = v->continued;
	vstr_copy(b->profile, sizeof(b->profile), &v->profile);
	vstr_copy(b->prefix, sizeof(b->prefix), &v->prefix);
	vstr_copy(b->lang, sizeof(b->lang), &v->lang);
	vstr_copy(b->title, sizeof(b->title), &v->title);
	b->as_known = v->as_known;
	b->opened = v->opened;
	b->opened_at = v->opened_at;
	b->builds = (unsigned)v->builds;
}

int
bundle_take(struct room *room, const struct id *id, struct bundle *bundle,
    uint64_t *ordered_r)
{
	struct vrow row = VROW_INIT;
	struct vkey key = VKEY_INIT;
	struct vbundle v;
	int got;

	if (id->kind != ID_BUNDLE)
		return 0;
	vkey_id(&key, id);
	got = vrow_get(&room->snap, VIEW_BUNDLE, &key, &row);
	if (got == 1 &&
	    vbundle_unpack(row.data.data, row.data.len, &v) == -1)
		got = -1;
	if (got == 1) {
		bundle_fill(&v, bundle);
		bundle->version = row.made;
		if (ordered_r != NULL)
			*ordered_r = v.ordered;
	}
	vrow_release(&row);
	return got;
}

int
bundle_get(struct store *store, const struct id *id, struct bundle *bundle_r,
    struct trouble *trouble)
{
	struct room room;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	if ((got = bundle_take(&room, id, bundle_r, NULL)) == -1)
		(void)room_fail(&room, "bundle");
	room_end(&room);
	return got;
}

int
bundle_chain(struct room *room, const struct id *id, struct ids *chain)
{
	struct id at = *id;
	struct bundle b;
	int got;

	while ((got = bundle_take(room, &at, &b, NULL)) == 1) {
		size_t n = chain->n;

		if (ids_once(chain, &at) == -1)
			return -1;
		if (chain->n == n)
			break;		/* no entry makes a ring; be sure */
		at = b.supplements;
	}
	return got == -1 ? -1 : 0;
}

int
bundle_family(struct room *room, const struct id *id, struct ids *family)
{
	struct id at = *id;
	struct bundle b;
	int got;

	if (bundle_chain(room, id, family) == -1)
		return -1;
	while ((got = bundle_take(room, &at, &b, NULL)) == 1 &&
	    b.continued.kind != ID_NONE) {
		size_t n = family->n;

		at = b.continued;
		if (ids_once(family, &at) == -1)
			return -1;
		if (family->n == n)
			break;
	}
	return got == -1 ? -1 : 0;
}

/* ---- builds ---------------------------------------------------------- */

const char *
build_state_name(enum build_state state)
{
	static const char *const name[] = { "asked", "built", "failed",
	    "cancelled" };

	return name[state];
}

static void
build_fill(const struct vbuild *v, struct bundle_build *b)
{
	memset(b, 0, sizeof(*b));
	b->build = (unsigned)v->build;
	b->state = (enum build_state)v->state;
	b->asked = v->asked;
	b->asked_at = v->asked_at;
	vstr_copy(b->asked_by, sizeof(b->asked_by), &v->actor);
	b->position = v->position;
	vstr_copy(b->earlier, sizeof(b->earlier), &v->earlier);
	b->ended = v->ended;
	b->ended_at = v->ended_at;
	vstr_copy(b->tagmanifest, sizeof(b->tagmanifest), &v->tagmanifest);
	b->documents = v->documents;
	b->withheld = v->withheld;
	b->pages = v->pages;
	b->files = v->files;
	b->bytes = v->bytes;
	vstr_copy(b->numbers, sizeof(b->numbers), &v->numbers);
	vstr_copy(b->reason, sizeof(b->reason), &v->reason);
	b->stamped = v->stamped;
}

int
build_take(struct room *room, const struct id *id, uint64_t build,
    struct bundle_build *build_r)
{
	struct vrow row = VROW_INIT;
	struct vkey key = VKEY_INIT;
	struct vbuild v;
	int got;

	vkey_id(&key, id);
	vkey_u64(&key, build);
	got = vrow_get(&room->snap, VIEW_BUILD, &key, &row);
	if (got == 1 && vbuild_unpack(row.data.data, row.data.len, &v) == -1)
		got = -1;
	if (got == 1)
		build_fill(&v, build_r);
	vrow_release(&row);
	return got;
}

static int
build_last(struct room *room, const struct id *id,
    struct bundle_build *build_r)
{
	struct bundle b;
	int got = bundle_take(room, id, &b, NULL);

	if (got != 1)
		return got;
	for (unsigned i = b.builds; i > 0; i--)
		if ((got = build_take(room, id, i, build_r)) == -1 ||
		    (got == 1 && build_r->state == BUILD_BUILT))
			return got;
	return 0;
}

int
bundle_build(struct store *store, const struct id *id, unsigned build,
    struct bundle_build *build_r, struct trouble *trouble)
{
	struct room room;
	int got;

	if (id->kind != ID_BUNDLE)
		return 0;
	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	got = build == 0 ? build_last(&room, id, build_r) :
	    build_take(&room, id, build, build_r);
	if (got == -1)
		(void)room_fail(&room, "build");
	room_end(&room);
	return got;
}

int
bundle_build_parse(const char *text, size_t n, struct id *bundle_r,
    unsigned *build_r)
{
	const char *dot = memchr(text, '.', n);
	uint64_t v = 0;

	errno = EINVAL;
	if (dot == NULL || dot + 1 == text + n || text + n - dot > 9 ||
	    dot[1] == '0' || id_parse(text, (size_t)(dot - text),
	    bundle_r) == -1 || bundle_r->kind != ID_BUNDLE)
		return -1;
	for (const char *p = dot + 1; p < text + n; p++) {
		if (*p < '0' || *p > '9') {
			errno = EINVAL;
			return -1;
		}
		v = v * 10 + (uint64_t)(*p - '0');
	}
	*build_r = (unsigned)v;
	return 0;
}

int
bundle_jobs(struct store *store, struct bundle_job *out_r, unsigned max,
    struct trouble *trouble)
{
	struct vkey all = VKEY_INIT;
	struct room room;
	struct vcur cur;
	unsigned n = 0;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	got = vcur_open(&cur, &room.snap, VIEW_TODO_BUILD, &all, 0);
	while (got != -1 && n < max && (got = vcur_next(&cur)) == 1) {
		struct bundle_job *job = &out_r[n++];

		id_from_key(cur.row.key, &job->bundle);
		job->build = (unsigned)get64(cur.row.key + VKEY_BUILD_N);
		job->asked = cur.row.data.len == 8 ?
		    get64(cur.row.data.data) : 0;
	}
	vcur_close(&cur);
	if (got == -1)
		(void)room_fail(&room, "builds");
	room_end(&room);
	return got == -1 ? -1 : (int)n;
}

static int
is_behind(const struct bundle_done *after, const struct id *bundle,
    uint64_t build)
{
	return after == NULL || bundle->number > after->bundle.number ||
	    (id_equal(bundle, &after->bundle) && build > after->build.build);
}

int
bundle_done(struct store *store, const struct bundle_done *after,
    struct bundle_done *out_r, unsigned max, struct trouble *trouble)
{
	struct vkey all = VKEY_INIT;
	struct room room;
	struct vcur cur;
	struct vbuild v;
	unsigned n = 0;
	int got;

	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	got = vcur_open(&cur, &room.snap, VIEW_BUILD, &all, 0);
	while (got != -1 && n < max && (got = vcur_next(&cur)) == 1) {
		struct bundle_done *done = &out_r[n];

		if (vbuild_unpack(cur.row.data.data, cur.row.data.len, &v) ==
		    -1) {
			got = -1;
			break;
		}
		id_from_key(cur.row.key, &done->bundle);
		if (v.state != VBUILD_BUILT || !is_behind(after,
		    &done->bundle, v.build))
			continue;
		build_fill(&v, &done->build);
		n++;
	}
	vcur_close(&cur);
	if (got == -1)
		(void)room_fail(&room, "builds");
	room_end(&room);
	return got == -1 ? -1 : (int)n;
}

/* ---- rows ------------------------------------------------------------ */

static void
put_build(struct jw *w, const struct bundle_build *b)
{
	jw_object(w);
	put_time(w, "at", b->ended != 0 ? b->ended_at : b->asked_at);
	jw_kint(w, "build", b->build);
	jw_kstr(w, "by", b->asked_by);
	if (b->state == BUILD_BUILT) {
		jw_kint(w, "bytes", (int64_t)b->bytes);
		jw_kint(w, "documents", (int64_t)b->documents);
	}
	jw_kstr_opt(w, "earlier", b->earlier);
	if (b->state == BUILD_BUILT) {
		jw_kint(w, "files", (int64_t)b->files);
		jw_kint(w, "pages", (int64_t)b->pages);
	}
	jw_kint(w, "position", (int64_t)b->position);
	jw_kstr_opt(w, "reason", b->reason);
	jw_kstr(w, "state", build_state_name(b->state));
	jw_kstr_opt(w, "tagmanifest", b->tagmanifest);
	if (b->state == BUILD_BUILT)
		jw_kint(w, "withheld", (int64_t)b->withheld);
	jw_end(w);
}

static int
put_builds(struct room *room, struct jw *w, const struct bundle *b)
{
	struct bundle_build build;
	int got = 0;

	jw_key(w, "builds");
	jw_array(w);
	for (unsigned i = 1; i <= b->builds && got != -1; i++)
		if ((got = build_take(room, &b->id, i, &build)) == 1)
			put_build(w, &build);
	jw_end(w);
	return got == -1 ? -1 : 0;
}

int
put_bundle(struct room *room, struct jw *w, const struct id *id)
{
	struct bundle b;
	int got = bundle_take(room, id, &b, NULL);

	if (got != 1)
		return got;
	jw_object(w);
	if (b.as_known != 0)
		jw_kint(w, "as_known", (int64_t)b.as_known);
	put_time(w, "at", b.opened_at);
	if (put_builds(room, w, &b) == -1)
		return -1;
	if (b.of.kind == ID_CASE)
		put_id(w, "case", &b.of);
	put_id(w, "client", &b.client);
	put_id(w, "continued", &b.continued);
	put_id(w, "id", &b.id);
	jw_kstr_opt(w, "lang", b.lang);
	jw_kstr(w, "prefix", b.prefix);
	jw_kstr(w, "profile", b.profile);
	put_id(w, "supplements", &b.supplements);
	jw_kstr_opt(w, "title", b.title);
	jw_kint(w, "version", (int64_t)b.version);
	jw_end(w);
	return 1;
}
