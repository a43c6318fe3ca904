/* SPDX-License-Identifier: ISC */
/*
 * bundles: opening bundles, what is decided for them, their order; and the
 * marks that keep documents out of them.  Lists of what they hold are in
 * bundles_rows.c, builds in builds.c.
 *
 * Claims:  bundle/B	the last entry that changed it (If-Match)
 *	    prefix/P	the entry that last began numbers with P
 *	    supplement/B  the entry that opened the supplement of B
 */
#include "daemon/api/handlers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "daemon/api/builds.h"
#include "daemon/api/list.h"
#include "daemon/api/stated.h"
#include "store/ask/bundle.h"
#include "store/ask/known.h"

#define PROFILES "production audit dsar"
#define BASES "attorney-client legal-advice litigation work-product " \
	"without-prejudice"
#define PREFIX_TRIES 1000	/* bundles of one case without a prefix */

/* ---- marks ------------------------------------------------------------ */

static void
marks_done(struct call *call, struct change *change)
{
	struct id id;

	(void)change;
	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == 1)
		call_thing(call, &id, 0);
}

void
documents_mark(struct call *call)
{
	struct buf body = BUF_INIT;
	struct change *change;
	struct draft d;
	struct id id;
	struct jw w;

	if (call_path_id(call, ID_BIT(ID_DOCUMENT), &id) == -1)
		return;
	if (!call_word(call, "as",
	    "privileged without-prejudice received-in-error")) {
		(void)call_failed(call);
		return;
	}
	if ((change = change_new(call)) == NULL)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", call_text(call, "as"));
	if (call_true(call, "lift"))
		jw_kbool(&w, "lifted", 1);
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_end(&w);
	stated_draft(&d, KIND_DOCUMENT_MARKED);
	d.document = REF_ID(id);
	(void)change_draft(change, &d, &body);
	change_send(change, marks_done);
}

/* ---- reading ---------------------------------------------------------- */

static void
bundles_list_now(struct call *call)
{
	static const char *const name[] = { "case", "client" };
	static const unsigned kind[] = { ID_BIT(ID_CASE),
	    ID_BIT(ID_CLIENT) };
	struct ask_query q;

	list_query(&q, ASK_BUNDLES);
	for (int i = 0; i < 2; i++) {
		int got = call_id(call, name[i], kind[i], &q.of[q.nof]);

		if (got == -1)
			return;
		q.nof += (unsigned)got;
	}
	list_answer(call, &q);
}

void
bundles_list(struct call *call)
{
	call_query_after(call, bundles_list_now);
}

/*
 * Only the daemon knows who was asked to stamp: what the last build awaits
 * goes into the row before its builds, where members are in order.
 */
static void
put_awaited(struct call *call, const struct id *id, struct buf *row)
{
	static const char before[] = "\"builds\":[";
	struct buf awaited = BUF_INIT, whole = BUF_INIT;
	const char *text = buf_str(row), *at;
	struct bundle_build build;
	struct jw w;

	at = text == NULL ? NULL : strstr(text, before);
	if (at == NULL || bundle_build(call->store, id, 0, &build, NULL) != 1)
		return;
	jw_init(&w, &awaited);
	jw_object(&w);
	awaited_put(call, &build, &w);
	jw_end(&w);
	if (awaited.len > 2) {		/* of {"awaited":[...]} */
		buf_add(&whole, text, (size_t)(at - text));
		buf_add(&whole, awaited.data + 1, awaited.len - 2);
		buf_addc(&whole, ',');
		buf_adds(&whole, at);
		buf_swap(row, &whole);
	}
	buf_release(&awaited);
	buf_release(&whole);
}

void
bundles_one(struct call *call)
{
	uint64_t position = store_applied(call->store);
	struct buf row = BUF_INIT;
	struct trouble trouble;
	char text[ID_TEXT_MAX];
	struct id id;
	int got;

	if (call_path_id(call, ID_BIT(ID_BUNDLE), &id) != 1)
		return;
	got = ask_one(call->store, &id, position, &row, &trouble);
	if (got == 1) {
		put_awaited(call, &id, &row);
		call_row(call, position, &row);
	} else if (got == 0) {
		call_fail(call, PROBLEM_NOT_FOUND, SAY_API_D_NOT_FOUND,
		    id_text(&id, text));
	} else {
		call_trouble(call, &trouble);
	}
	buf_release(&row);
}

/* ---- opening ---------------------------------------------------------- */

/* What a request to open says, once it is checked. */
struct opening {
	struct id	of, client;
	struct bundle	base;		/* what it supplements */
	int		supplements;
	uint64_t	as_known;
	const char	*profile;
	char		prefix[BUNDLE_PREFIX_MAX + 1];
	int		chosen;		/* by us: nobody else may have it */
};

static int
is_prefix(const char *p)
{
	size_t n = strlen(p);

	if (n == 0 || n > BUNDLE_PREFIX_MAX)
		return 0;
	for (; *p != '\0'; p++)
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && strchr("._-", *p) ==
		    NULL))
			return 0;
	return 1;
}

/* "K20260031-", "K20260031-2-" ...: the first that no bundle has. */
static int
prefix_choose(struct call *call, const struct id *of, char *prefix,
    size_t size)
{
	struct buf row = BUF_INIT;
	char text[ID_TEXT_MAX], id[ID_TEXT_MAX];
	struct ask_query q;
	size_t n = 0;
	int got = 1;

	(void)id_text(of, text);
	for (const char *p = text; *p != '\0'; p++)
		if (*p != '-')
			id[n++] = *p;
	id[n] = '\0';
	list_query(&q, ASK_BUNDLES);
	for (int i = 1; got == 1 && i < PREFIX_TRIES; i++) {
		if (i == 1)
			(void)snprintf(prefix, size, "%.15s-", id);
		else
			(void)snprintf(prefix, size, "%.15s-%u-", id,
			    (unsigned)i % PREFIX_TRIES);
		got = list_find_text(call->store, &q, "prefix", prefix, &row);
	}
	buf_release(&row);
	if (got == 0)
		return 0;
	call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	return -1;
}

static int
opening_client(struct call *call, struct opening *o)
{
	struct known_case known;

	o->client = o->of;
	if (o->of.kind == ID_CLIENT)
		return 0;
	if (known_case(call->store, &o->of, &known) != 1) {
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
		return -1;
	}
	o->client = known.client;
	return 0;
}

/* The bundle that is supplemented; -1: answered. */
static int
opening_base(struct call *call, struct opening *o)
{
	struct trouble trouble;
	struct id id;
	int got = call_id(call, "supplements", ID_BIT(ID_BUNDLE), &id);

	if (got != 1)
		return got;
	if (bundle_get(call->store, &id, &o->base, &trouble) != 1) {
		call_trouble(call, &trouble);
		return -1;
	}
	o->supplements = 1;
	return 0;
}

static int
opening_prefix(struct call *call, struct opening *o)
{
	const char *text = call_text(call, "prefix");
	char max[8];

	if (text != NULL && !is_prefix(text)) {
		(void)snprintf(max, sizeof max, "%d", BUNDLE_PREFIX_MAX);
		call_error(call, "/prefix", "prefix", SAY_API_E_PREFIX,
		    "prefix", max);
		return call_failed(call) ? -1 : 0;
	}
	if (text == NULL && o->supplements)
		text = o->base.prefix;
	o->chosen = text == NULL;
	if (o->chosen)
		return prefix_choose(call, &o->of, o->prefix,
		    sizeof o->prefix);
	(void)snprintf(o->prefix, sizeof o->prefix, "%s", text);
	return 0;
}

static int
opening_take(struct call *call, struct opening *o)
{
	memset(o, 0, sizeof *o);
	(void)call_word(call, "profile", PROFILES);
	(void)call_word(call, "lang", "en zh");
	if (call_failed(call) ||
	    call_id(call, "of", CALL_SCOPE, &o->of) != 1 ||
	    opening_base(call, o) == -1 || opening_client(call, o) == -1 ||
	    call_as_known(call, &o->as_known) == -1)
		return -1;
	o->profile = call_text(call, "profile");
	if (o->profile == NULL)
		o->profile = o->of.kind == ID_CLIENT ? "dsar" : "production";
	if (o->of.kind == ID_CLIENT && strcmp(o->profile, "dsar") != 0)
		call_error(call, "/profile", "word", SAY_API_E_DSAR);
	if (call_failed(call))
		return -1;
	if (o->as_known > store_applied(call->store))
		o->as_known = store_applied(call->store);
	return opening_prefix(call, o);
}

/* As things stand: the bundle it goes on from must let it. */
static void
opening_claims(struct change *change, int draft, const struct opening *o)
{
	char a[ID_TEXT_MAX], b[ID_TEXT_MAX], claim[96];

	(void)snprintf(claim, sizeof claim, "prefix/%s", o->prefix);
	if (o->chosen)
		change_expect(change, claim, 0);
	change_set(change, draft, claim, CLAIM_SEQ);
	if (!o->supplements)
		return;
	(void)id_text(&o->base.id, a);
	if (!id_equal(&o->base.of, &o->of))
		change_refuse(change, PROBLEM_STATE, SAY_API_S_OTHER_BUNDLE,
		    a, id_text(&o->base.of, b));
	if (o->base.continued.kind != ID_NONE)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_CONTINUED, a,
		    id_text(&o->base.continued, b));
	if (strcmp(o->prefix, o->base.prefix) != 0)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_PREFIX,
		    o->prefix, o->base.prefix);
	(void)snprintf(claim, sizeof claim, "supplement/%s", a);
	change_expect(change, claim, 0);
	change_set(change, draft, claim, CLAIM_SEQ);
}

static void
opening_body(struct call *call, const struct opening *o, struct buf *body)
{
	char text[ID_TEXT_MAX];
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	if (o->as_known != 0)
		jw_kint(&w, "as_known", (int64_t)o->as_known);
	jw_kstr_opt(&w, "lang", call_text(call, "lang"));
	jw_kstr(&w, "prefix", o->prefix);
	jw_kstr(&w, "profile", o->profile);
	if (o->supplements)
		jw_kstr(&w, "supplements", id_text(&o->base.id, text));
	jw_kstr_opt(&w, "title", call_text(call, "title"));
	jw_end(&w);
}

static void
bundles_opened(struct call *call, struct change *change)
{
	struct id id = change_number(change, 0);
	char text[ID_TEXT_MAX], path[64];

	(void)snprintf(path, sizeof path, "/api/v1/bundles/%s",
	    id_text(&id, text));
	call_head(call, "Location", path);
	call_thing(call, &id, 0);
}

void
bundles_new(struct call *call)
{
	struct buf body = BUF_INIT;
	struct change *change;
	struct opening o;
	struct draft d;

	if (opening_take(call, &o) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	opening_body(call, &o, &body);
	stated_draft(&d, KIND_BUNDLE_OPENED);
	d.client = REF_ID(o.client);
	if (o.of.kind == ID_CASE)
		d.kase = REF_ID(o.of);
	opening_claims(change, change_draft(change, &d, &body), &o);
	change_send(change, bundles_opened);
}

/* ---- deciding --------------------------------------------------------- */

static void
bundles_changed(struct call *call, struct change *change)
{
	struct id id;

	(void)change;
	if (call_path_id(call, ID_BIT(ID_BUNDLE), &id) == 1)
		call_thing(call, &id, 0);
}

/* The bundle of the path; -1: answered. */
static int
bundles_path(struct call *call, struct bundle *b)
{
	struct trouble trouble;
	struct id id;

	if (call_path_id(call, ID_BIT(ID_BUNDLE), &id) == -1)
		return -1;
	if (bundle_get(call->store, &id, b, &trouble) == 1)
		return 0;
	call_trouble(call, &trouble);
	return -1;
}

static void
bundles_draft(struct draft *d, enum kind kind, const struct bundle *b)
{
	stated_draft(d, kind);
	d->bundle = b->id;
	d->client = change_ref(&b->client);
	if (b->of.kind == ID_CASE)
		d->kase = REF_ID(b->of);
}

/* What each decision needs; -1: answered. */
static int
decide_check(struct call *call)
{
	const char *as = call_text(call, "as");

	if (!call_word(call, "as", "produce withhold leave-out") ||
	    !call_word(call, "basis", BASES)) {
		(void)call_failed(call);
		return -1;
	}
	if (strcmp(as, "withhold") == 0) {
		if (call_text(call, "basis") == NULL)
			call_error(call, "/basis", "missing",
			    SAY_API_E_WITHHOLD, "basis");
		if (call_text(call, "description") == NULL)
			call_error(call, "/description", "missing",
			    SAY_API_E_WITHHOLD, "description");
	}
	if (strcmp(as, "leave-out") == 0 &&
	    call_text(call, "reason") == NULL)
		call_error(call, "/reason", "missing", SAY_API_E_LEAVE_OUT,
		    "reason");
	return call_failed(call) ? -1 : 0;
}

/* Is the document itself filed where the bundle is of? */
static int
is_there(struct call *call, const struct bundle *b, const struct id *doc)
{
	struct known_filing f[KNOWN_MAX];
	int n = known_filings(call->store, doc, f);

	for (int i = 0; i < n && i < KNOWN_MAX; i++)
		if (id_equal(&f[i].kase, &b->of) ||
		    id_equal(&f[i].client, &b->of))
			return 1;
	return 0;
}

static void
decide_one(struct call *call, struct change *change, const struct bundle *b,
    const struct id *doc)
{
	char text[ID_TEXT_MAX], of[ID_TEXT_MAX];
	struct buf body = BUF_INIT;
	struct draft d;
	struct jw w;

	/* One that shows an earlier position has what was filed there then. */
	if (strcmp(call_text(call, "as"), "leave-out") != 0 &&
	    b->as_known == 0 && !is_there(call, b, doc))
		change_refuse(change, PROBLEM_STATE, SAY_API_S_NOT_IN_BUNDLE,
		    id_text(doc, text), id_text(&b->of, of));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", call_text(call, "as"));
	jw_kstr_opt(&w, "basis", call_text(call, "basis"));
	if (call_count(call, "counsel") > 0) {
		jw_key(&w, "counsel");
		jw_array(&w);
		for (unsigned i = 0; i < call_count(call, "counsel"); i++)
			jw_str(&w, call_item(call, "counsel", i));
		jw_end(&w);
	}
	jw_kstr_opt(&w, "description", call_text(call, "description"));
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_end(&w);
	bundles_draft(&d, KIND_BUNDLE_DECIDED, b);
	d.document = REF_ID(*doc);
	change_version(change, change_draft(change, &d, &body), &b->id);
}

void
bundles_decide(struct call *call)
{
	struct id doc[LIMIT_BATCH_DRAFTS];
	struct change *change;
	struct bundle b;
	unsigned n;

	if (decide_check(call) == -1 || bundles_path(call, &b) == -1 ||
	    call_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc,
	    LIMIT_BATCH_DRAFTS, &n) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	for (unsigned i = 0; i < n; i++)
		decide_one(call, change, &b, &doc[i]);
	change_send(change, bundles_changed);
}

/* ---- order ------------------------------------------------------------ */

void
bundles_order(struct call *call)
{
	struct id doc[LIMIT_HTTP_KEYS];
	struct buf body = BUF_INIT;
	char text[ID_TEXT_MAX];
	struct change *change;
	struct bundle b;
	struct draft d;
	struct jw w;
	unsigned n;

	if (bundles_path(call, &b) == -1 ||
	    call_ids(call, "documents", ID_BIT(ID_DOCUMENT), doc,
	    LIMIT_HTTP_KEYS, &n) == -1 || (change = change_new(call)) == NULL)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_key(&w, "documents");
	jw_array(&w);
	for (unsigned i = 0; i < n; i++)
		jw_str(&w, id_text(&doc[i], text));
	jw_end(&w);
	jw_end(&w);
	bundles_draft(&d, KIND_BUNDLE_ORDERED, &b);
	change_version(change, change_draft(change, &d, &body), &b.id);
	change_send(change, bundles_changed);
}
