/* SPDX-License-Identifier: ISC */
/*
 * cases: opening, closing, linking, and the parties of a case.
 *
 * Claims:  case/K	the last entry that changed it (If-Match)
 *	    closed/K	1 while it is closed
 *	    reference/R	the entry that gave a case the office's reference R
 *	    ended/SEQ	the entry that ended party SEQ
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/list.h"
#include "daemon/api/stated.h"
#include "store/ask/known.h"

/* ---- reading ---------------------------------------------------------- */

void
cases_list(struct call *call)
{
	struct ask_query q;
	int got;

	list_query(&q, ASK_CASES);
	got = call_id(call, "client", ID_BIT(ID_CLIENT), &q.of[0]);
	if (got == -1)
		return;
	q.nof = (unsigned)got;
	list_answer(call, &q);
}

void
cases_one(struct call *call)
{
	struct id id;

	if (call_path_id(call, ID_BIT(ID_CASE), &id) == 1)
		call_thing(call, &id, 0);
}

void
parties_list(struct call *call)
{
	struct ask_query q;

	list_query(&q, ASK_PARTIES);
	q.nof = 1;
	if (call_path_id(call, CALL_SCOPE, &q.of[0]) == 1)
		list_answer(call, &q);
}

/* ---- opening ---------------------------------------------------------- */

static void
cases_opened(struct call *call, struct change *change)
{
	struct id id = change_number(change, 0);
	char text[ID_TEXT_MAX], path[64];

	(void)snprintf(path, sizeof path, "/api/v1/cases/%s",
	    id_text(&id, text));
	call_head(call, "Location", path);
	call_thing(call, &id, 0);
}

static void
cases_reference(struct change *change, struct call *call, int draft)
{
	const char *reference = call_text(call, "reference");
	char text[ID_TEXT_MAX], claim[640];
	struct id id;

	if (reference == NULL)
		return;
	if (known_reference(call->store, reference, &id) != 0)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_REFERENCE,
		    reference, id_text(&id, text));
	(void)snprintf(claim, sizeof claim, "reference/%s", reference);
	change_expect(change, claim, 0);
	change_set(change, draft, claim, CLAIM_SEQ);
}

void
cases_open(struct call *call)
{
	struct buf body = BUF_INIT;
	struct change *change;
	struct id client;
	struct draft d;
	struct jw w;

	if (call_id(call, "client", ID_BIT(ID_CLIENT), &client) == -1 ||
	    (change = change_new(call)) == NULL)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "opened", call_text(call, "opened"));
	jw_kstr_opt(&w, "reference", call_text(call, "reference"));
	jw_kstr(&w, "title", call_text(call, "title"));
	jw_end(&w);
	stated_draft(&d, KIND_CASE_OPENED);
	d.client = REF_ID(client);
	cases_reference(change, call, change_draft(change, &d, &body));
	change_send(change, cases_opened);
}

/* ---- changing --------------------------------------------------------- */

static void
cases_changed(struct call *call, struct change *change)
{
	struct id id;

	(void)change;
	if (call_path_id(call, CALL_SCOPE, &id) == 1)
		call_thing(call, &id, 0);
}

/* The case of the path, as it is, and a change; -1: answered. */
static int
cases_begin(struct call *call, struct id *id, struct known_case *known,
    struct change **change_r)
{
	char want[24], have[24];

	if (call_path_id(call, ID_BIT(ID_CASE), id) == -1)
		return -1;
	if (known_case(call->store, id, known) != 1) {
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
		return -1;
	}
	if ((*change_r = change_new(call)) == NULL)
		return -1;
	if (call->if_match == 0 || call->if_match == known->version)
		return 0;
	(void)snprintf(want, sizeof want, "%llu",
	    (unsigned long long)call->if_match);
	(void)snprintf(have, sizeof have, "%llu",
	    (unsigned long long)known->version);
	change_refuse(*change_r, PROBLEM_CHANGED, SAY_API_D_CHANGED, want,
	    have);
	return 0;
}

/* Closing (open = 0 afterwards) and reopening. */
static void
cases_turn(struct call *call, enum kind kind, int open)
{
	char text[ID_TEXT_MAX], claim[64];
	struct buf body = BUF_INIT;
	struct known_case known;
	struct change *change;
	struct draft d;
	struct id id;
	struct jw w;
	int i;

	if (cases_begin(call, &id, &known, &change) == -1)
		return;
	if (known.open == open)
		change_refuse(change, PROBLEM_STATE, open ?
		    SAY_API_S_CASE_OPEN : SAY_API_S_CASE_CLOSED,
		    id_text(&id, text));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_end(&w);
	stated_draft(&d, kind);
	d.client = change_ref(&known.client);
	d.kase = REF_ID(id);
	i = change_draft(change, &d, &body);
	(void)snprintf(claim, sizeof claim, "closed/%s", id_text(&id, text));
	change_expect(change, claim, open ? 1 : 0);
	change_set(change, i, claim, open ? 0 : 1);
	change_version(change, i, &id);
	change_send(change, cases_changed);
}

void
cases_close(struct call *call)
{
	cases_turn(call, KIND_CASE_CLOSED, 0);
}

void
cases_reopen(struct call *call)
{
	cases_turn(call, KIND_CASE_REOPENED, 1);
}

/* ---- linking ---------------------------------------------------------- */

static const char *
cases_other_way(const char *as)
{
	if (strcmp(as, "appeal-of") == 0)
		return "appealed-by";
	if (strcmp(as, "continues") == 0)
		return "continued-by";
	return "related";
}

/* Each case has an entry of its own. */
static int
cases_linked(struct change *change, const struct id *id,
    const struct id *client, const struct id *other, const char *as)
{
	struct buf body = BUF_INIT;
	char text[ID_TEXT_MAX];
	struct draft d;
	struct jw w;

	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", as);
	jw_kstr(&w, "other", id_text(other, text));
	jw_end(&w);
	stated_draft(&d, KIND_CASE_LINKED);
	d.client = change_ref(client);
	d.kase = REF_ID(*id);
	return change_draft(change, &d, &body);
}

void
cases_link(struct call *call)
{
	const char *as = call_text(call, "as");
	char a[ID_TEXT_MAX], b[ID_TEXT_MAX], claim[160];
	struct known_case known, theirs;
	struct change *change;
	struct id id, other;
	int i, j;

	if (!call_word(call, "as", "related appeal-of continues")) {
		(void)call_failed(call);
		return;
	}
	if (call_id(call, "other", ID_BIT(ID_CASE), &other) == -1 ||
	    cases_begin(call, &id, &known, &change) == -1)
		return;
	if (id_equal(&id, &other))
		call_error(call, "/other", "self", SAY_API_E_SELF, "other");
	if (call_failed(call))
		return;
	if (known_case(call->store, &other, &theirs) != 1) {
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
		return;
	}
	as = as != NULL ? as : "related";
	i = cases_linked(change, &id, &known.client, &other, as);
	j = cases_linked(change, &other, &theirs.client, &id,
	    cases_other_way(as));
	(void)snprintf(claim, sizeof claim, "link/%s/%s/%s", as,
	    id_text(&id, a), id_text(&other, b));
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
	change_version(change, i, &id);
	(void)snprintf(claim, sizeof claim, "case/%s", b);
	change_set(change, j, claim, CLAIM_SEQ);
	change_send(change, cases_changed);
}

/* ---- parties ---------------------------------------------------------- */

static void
parties_answer(struct call *call, uint64_t seq)
{
	struct buf row = BUF_INIT;
	struct ask_query q;

	list_query(&q, ASK_PARTIES);
	q.nof = 1;
	if (call_path_id(call, ID_BIT(ID_CASE), &q.of[0]) == -1)
		return;
	if (list_find(call->store, &q, "seq", seq, &row) == 1)
		call_row(call, store_applied(call->store), &row);
	else
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	buf_release(&row);
}

static void
parties_added(struct call *call, struct change *change)
{
	parties_answer(call, change_first(change));
}

static void
parties_ended(struct call *call, struct change *change)
{
	int64_t seq = 0;

	(void)change;
	(void)call_int(call, "party", &seq);
	parties_answer(call, (uint64_t)seq);
}

void
parties_add(struct call *call)
{
	struct buf body = BUF_INIT;
	struct known_case known;
	struct change *change;
	struct id id, contact;
	struct draft d;
	struct jw w;

	if (call_id(call, "contact", ID_BIT(ID_CONTACT), &contact) == -1 ||
	    cases_begin(call, &id, &known, &change) == -1)
		return;
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "from", call_text(call, "from"));
	jw_kstr(&w, "role", call_text(call, "role"));
	jw_end(&w);
	stated_draft(&d, KIND_PARTY_ADDED);
	d.client = change_ref(&known.client);
	d.kase = REF_ID(id);
	d.contact = REF_ID(contact);
	change_version(change, change_draft(change, &d, &body), &id);
	change_send(change, parties_added);
}

/* The contact of a party in force of the case; -1: there is none such. */
static int
parties_contact(struct call *call, const struct id *id, uint64_t seq,
    struct id *contact_r)
{
	struct buf row = BUF_INIT, text = BUF_INIT;
	struct ask_query q;
	struct json json;
	int rc = -1;

	*contact_r = (struct id){ ID_NONE, 0, 0, 0 };
	list_query(&q, ASK_PARTIES);
	q.nof = 1;
	q.of[0] = *id;
	if (list_find(call->store, &q, "seq", seq, &row) == 1 &&
	    json_parse(&json, buf_str(&row), row.len) == 0) {
		(void)json_str(&json, json_get(&json, 0, "contact"), &text);
		if (id_parse(buf_str(&text), text.len, contact_r) == 0 &&
		    json_get(&json, 0, "until") == JSON_NONE)
			rc = 0;
		json_release(&json);
	}
	buf_release(&row);
	buf_release(&text);
	return rc;
}

void
parties_end(struct call *call)
{
	char text[ID_TEXT_MAX], claim[64];
	struct buf body = BUF_INIT;
	struct known_case known;
	struct change *change;
	struct id id, contact;
	struct draft d;
	int64_t seq = 0;
	struct jw w;
	int i;

	(void)call_int(call, "party", &seq);
	if (cases_begin(call, &id, &known, &change) == -1)
		return;
	(void)snprintf(claim, sizeof claim, "%lld", (long long)seq);
	if (parties_contact(call, &id, (uint64_t)seq, &contact) == -1)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_PARTY_ENDED,
		    claim, id_text(&id, text));
	jw_init(&w, &body);
	jw_object(&w);
	jw_kint(&w, "party", seq);
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	jw_kstr_opt(&w, "until", call_text(call, "until"));
	jw_end(&w);
	stated_draft(&d, KIND_PARTY_ENDED);
	d.client = change_ref(&known.client);
	d.kase = REF_ID(id);
	d.contact = change_ref(&contact);
	i = change_draft(change, &d, &body);
	(void)snprintf(claim, sizeof claim, "ended/%lld", (long long)seq);
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
	change_version(change, i, &id);
	change_send(change, parties_ended);
}
