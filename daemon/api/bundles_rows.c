/* SPDX-License-Identifier: ISC */
/*
 * bundles_rows: what a bundle would hold, what stands in its way, and what
 * two builds have differently; slice by slice.
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/inside.h"
#include "daemon/api/list.h"
#include "daemon/filing/touch.h"
#include "proto/base/json.h"
#include "store/ask/bundle.h"

#define PLAN_SLICE	128	/* documents of one read transaction */
#define ROWS_SLICE	256	/* rows of one slice */
#define LOOSE_SLICE	16	/* each is held against what filing knows */

static void
rows_begin(struct buf *out, uint64_t position)
{
	buf_adds(out, "{\"position\":");
	buf_addu(out, position);
	buf_adds(out, ",\"rows\":[");
}

/* ---- items ------------------------------------------------------------ */

struct items {
	struct source	 source;	/* first */
	struct plan	*plan;
	int		 whole;
	size_t		 next;
};

static int
items_more(struct source *source, struct buf *out)
{
	struct items *items = (struct items *)source;
	int more;

	if (!items->whole) {
		more = plan_more(items->plan, PLAN_SLICE, NULL);
		if (more != 0)
			return more;
		items->whole = 1;
		rows_begin(out, items->plan->position);
	}
	for (size_t end = items->next + ROWS_SLICE; items->next < end;
	    items->next++) {
		if (items->next == items->plan->n) {
			buf_adds(out, "]}\n");
			return 0;
		}
		if (items->next > 0)
			buf_addc(out, ',');
		plan_row(items->plan, items->next, out);
	}
	return 1;
}

static void
items_free(struct source *source)
{
	struct items *items = (struct items *)source;

	plan_free(items->plan);
	free(items);
}

static void
items_now(struct call *call)
{
	struct trouble trouble;
	struct items *items;
	struct plan *plan;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_BUNDLE), &id) == -1)
		return;
	if ((plan = plan_new(call->store, &id, 0, 0, &trouble)) == NULL) {
		call_trouble(call, &trouble);
		return;
	}
	if ((items = calloc(1, sizeof *items)) == NULL) {
		plan_free(plan);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	items->source.more = items_more;
	items->source.free = items_free;
	items->plan = plan;
	call->position = plan->position;
	call_stream(call, "application/json", &items->source, UINT64_MAX);
}

void
bundles_items(struct call *call)
{
	call_query_after(call, items_now);
}

/* ---- loose ends ------------------------------------------------------- */

struct ends {
	struct source	 source;	/* first */
	struct loose	*loose;
	uint64_t	 position;
	int		 begun, rows;
};

static int
ends_more(struct source *source, struct buf *out)
{
	struct ends *ends = (struct ends *)source;
	struct buf rows = BUF_INIT;
	unsigned n;
	int more;

	if (!ends->begun)
		rows_begin(out, ends->position);
	ends->begun = 1;
	more = loose_more(ends->loose, LOOSE_SLICE, &rows, &n, NULL);
	if (more != -1 && n > 0) {
		if (ends->rows)
			buf_addc(out, ',');
		buf_add(out, rows.data, rows.len);
		ends->rows = 1;
	}
	if (more == 0)
		buf_adds(out, "]}\n");
	buf_release(&rows);
	return more;
}

static void
ends_free(struct source *source)
{
	struct ends *ends = (struct ends *)source;

	loose_free(ends->loose);
	free(ends);
}

static void
ends_start(struct call *call, struct loose *loose)
{
	struct ends *ends = calloc(1, sizeof *ends);

	if (ends == NULL) {
		loose_free(loose);
		call_fail(call, PROBLEM_BUSY, SAY_API_D_MEMORY);
		return;
	}
	ends->source.more = ends_more;
	ends->source.free = ends_free;
	ends->loose = loose;
	ends->position = call->position = store_applied(call->store);
	call_stream(call, "application/json", &ends->source, UINT64_MAX);
}

static void
loose_now(struct call *call)
{
	struct trouble trouble;
	struct loose *loose;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_BUNDLE), &id) == -1)
		return;
	if (call->api->filing == NULL) {
		call_fail(call, PROBLEM_NOT_DONE, SAY_API_D_NO_FILING);
		return;
	}
	loose = loose_new(call->store, &id, 0, 0, touch_judge,
	    call->api->filing, &trouble);
	if (loose == NULL)
		call_trouble(call, &trouble);
	else
		ends_start(call, loose);
}

/* What is kept and not applied might be one: that is waited for. */
void
bundles_loose(struct call *call)
{
	struct log_head head;
	uint64_t after = 0;

	log_head(store_log(call->store), &head);
	(void)call_query_int(call, "after", &after);
	call_settled(call, after > head.seq ? after : head.seq, loose_now);
}

/* ---- differences ------------------------------------------------------ */

/* A build that is asked about. */
struct side {
	struct id	bundle;
	unsigned	build;		/* 0: not known yet */
	struct numbers	numbers;
};

static int
by_document(const void *pa, const void *pb)
{
	const struct numbered *a = pa, *b = pb;

	return a->document.number < b->document.number ? -1 :
	    a->document.number > b->document.number;
}

static void
put_bates(struct jw *w, const char *key, const struct numbered *v)
{
	char text[2 * BUNDLE_BATES_MAX + 4];

	if (v->first[0] == '\0')
		return;
	(void)snprintf(text, sizeof text, "%s - %s", v->first, v->last);
	jw_kstr(w, key, strcmp(v->first, v->last) == 0 ? v->first : text);
}

/* NULL: not there. */
static void
put_difference(struct buf *out, const struct numbered *is,
    const struct numbered *was)
{
	const struct numbered *any = is != NULL ? is : was;
	char text[ID_TEXT_MAX];
	struct jw w;

	if (out->len > 0)
		buf_addc(out, ',');
	jw_init(&w, out);
	jw_object(&w);
	if (is != NULL)
		put_bates(&w, "bates", is);
	if (was != NULL)
		put_bates(&w, "bates_was", was);
	jw_kstr(&w, "change", was == NULL ? "added" : is == NULL ? "removed" :
	    "changed");
	jw_kstr(&w, "document", id_text(&any->document, text));
	if (is != NULL)
		jw_kstr_opt(&w, "sha256", is->sha256);
	if (was != NULL)
		jw_kstr_opt(&w, "sha256_was", was->sha256);
	if (is != NULL)
		jw_kstr(&w, "treatment", treatment_name(is->treatment));
	if (was != NULL)
		jw_kstr(&w, "treatment_was", treatment_name(was->treatment));
	jw_end(&w);
}

static int
is_same(const struct numbered *a, const struct numbered *b)
{
	return a->treatment == b->treatment && strcmp(a->first, b->first) ==
	    0 && strcmp(a->last, b->last) == 0 && strcmp(a->sha256,
	    b->sha256) == 0;
}

static void
differences(struct numbers *is, struct numbers *was, struct buf *out)
{
	size_t i = 0, k = 0;

	if (is->n > 0)
		qsort(is->v, is->n, sizeof *is->v, by_document);
	if (was->n > 0)
		qsort(was->v, was->n, sizeof *was->v, by_document);
	while (i < is->n || k < was->n) {
		int by = i == is->n ? 1 : k == was->n ? -1 :
		    by_document(&is->v[i], &was->v[k]);

		if (by < 0)
			put_difference(out, &is->v[i++], NULL);
		else if (by > 0)
			put_difference(out, NULL, &was->v[k++]);
		else if (!is_same(&is->v[i++], &was->v[k++]))
			put_difference(out, &is->v[i - 1], &was->v[k - 1]);
	}
}

/* The last build below `below` that was built; 0 none, -1: answered. */
static int
build_below(struct call *call, const struct id *bundle, unsigned below,
    unsigned *build_r)
{
	struct bundle_build b;
	struct trouble trouble;
	struct bundle whole;
	unsigned i;
	int got = bundle_get(call->store, bundle, &whole, &trouble);

	if (got == 1) {
		i = below == 0 ? whole.builds + 1 : below;
		while (got != -1 && --i > 0) {
			got = bundle_build(call->store, bundle, i, &b,
			    &trouble);
			if (got == 1 && b.state == BUILD_BUILT) {
				*build_r = i;
				return 1;
			}
		}
	}
	if (got == -1)
		call_trouble(call, &trouble);
	return got == -1 ? -1 : 0;
}

static void
not_built(struct call *call, const struct side *side)
{
	char text[ID_TEXT_MAX], name[ID_TEXT_MAX + 16];

	if (side->build == 0)
		(void)snprintf(name, sizeof name, "%s",
		    id_text(&side->bundle, text));
	else
		(void)snprintf(name, sizeof name, "%s.%u",
		    id_text(&side->bundle, text), side->build);
	call_fail(call, PROBLEM_STATE, SAY_API_S_NOT_BUILT, name);
}

/* The build of the path and the earlier one; -1: answered. */
static int
sides_take(struct call *call, struct side *is, struct side *was)
{
	const char *with = call_query(call, "with");
	char text[ID_TEXT_MAX];
	uint64_t build = 0;
	int got;

	if (call_path_id(call, ID_BIT(ID_BUNDLE), &is->bundle) == -1)
		return -1;
	(void)call_query_int(call, "build", &build);
	is->build = build > UINT32_MAX ? UINT32_MAX : (unsigned)build;
	if (is->build == 0 && (got = build_below(call, &is->bundle, 0,
	    &is->build)) != 1) {
		if (got == 0)
			not_built(call, is);
		return -1;
	}
	if (with == NULL) {
		was->bundle = is->bundle;
		got = build_below(call, &is->bundle, is->build, &was->build);
		if (got == 0)
			call_fail(call, PROBLEM_STATE, SAY_API_S_NO_EARLIER,
			    id_text(&is->bundle, text));
		return got == 1 ? 0 : -1;
	}
	if (bundle_build_parse(with, strlen(with), &was->bundle,
	    &was->build) == 0)
		return 0;
	if (id_parse(with, strlen(with), &was->bundle) == -1 ||
	    was->bundle.kind != ID_BUNDLE) {
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_E_BUILD, "with",
		    with);
		return -1;
	}
	if ((got = build_below(call, &was->bundle, 0, &was->build)) == 0)
		not_built(call, was);
	return got == 1 ? 0 : -1;
}

static int
side_read(struct call *call, struct side *side)
{
	struct trouble trouble;
	int got = bundle_numbers(call->store, &side->bundle, side->build,
	    &side->numbers, &trouble);

	if (got == 0)
		not_built(call, side);
	if (got == -1)
		call_trouble(call, &trouble);
	return got == 1 ? 0 : -1;
}

void
bundles_diff(struct call *call)
{
	struct side is = { .build = 0 }, was = { .build = 0 };
	struct buf rows = BUF_INIT;

	if (sides_take(call, &is, &was) == 0 && side_read(call, &is) == 0 &&
	    side_read(call, &was) == 0) {
		differences(&is.numbers, &was.numbers, &rows);
		list_rows(call, store_applied(call->store), &rows);
	}
	numbers_release(&is.numbers);
	numbers_release(&was.numbers);
	buf_release(&rows);
}
