/* SPDX-License-Identifier: ISC */
/*
 * facts: what is true of a contact, client, case or member of staff, since
 * when, until when, who asked for it, and which document proves it.
 *
 * Claim:  superseded/SEQ	the fact that replaced fact SEQ: one alone
 */
#include "daemon/api/handlers.h"

#include <stdio.h>
#include <string.h>

#include "daemon/api/list.h"
#include "daemon/api/stated.h"
#include "proto/base/when.h"
#include "store/ask/known.h"

#define FACT_OF (CALL_SCOPE | ID_BIT(ID_CONTACT) | ID_BIT(ID_STAFF))

void
facts_list(struct call *call)
{
	struct ask_query q;
	int got;

	list_query(&q, ASK_FACTS);
	got = call_id(call, "of", FACT_OF, &q.of[0]);
	if (got == 0)
		call_fail(call, PROBLEM_BAD_QUERY, SAY_API_D_QUERY_NEEDED,
		    "of");
	if (got != 1 || call_as_known(call, &q.as_known) == -1)
		return;
	q.nof = 1;
	call_as_was(call, &q);
	list_answer(call, &q);
}

/* ---- stating ---------------------------------------------------------- */

static void
facts_stated(struct call *call, struct change *change)
{
	struct buf row = BUF_INIT;
	struct ask_query q;

	list_query(&q, ASK_FACTS);
	q.nof = 1;
	if (call_id(call, "of", FACT_OF, &q.of[0]) != 1)
		return;
	if (list_find(call->store, &q, "seq", change_first(change), &row) ==
	    1)
		call_row(call, store_applied(call->store), &row);
	else
		call_fail(call, PROBLEM_INTERNAL, SAY_API_D_MEMORY);
	buf_release(&row);
}

static void
facts_body(struct call *call, struct buf *body, int64_t supersedes)
{
	const char *name = call_text(call, "name");
	char room[32];
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kstr_opt(&w, "asked", call_text(call, "asked"));
	if (strcmp(name, "phone") == 0)
		jw_kstr_opt(&w, "e164",
		    stated_e164(call, call_text(call, "value"), room));
	jw_kstr_opt(&w, "from", call_text(call, "from"));
	jw_kstr(&w, "name", name);
	jw_kstr_opt(&w, "reason", call_text(call, "reason"));
	if (supersedes > 0)
		jw_kint(&w, "supersedes", supersedes);
	jw_kstr_opt(&w, "until", call_text(call, "until"));
	jw_kstr(&w, "value", call_text(call, "value"));
	jw_end(&w);
}

/* The replaced fact must be one of the same subject, and still in force. */
static void
facts_replace(struct change *change, struct call *call, const struct id *of,
    uint64_t seq, int draft)
{
	struct buf row = BUF_INIT;
	char text[ID_TEXT_MAX], claim[64];
	struct ask_query q;

	list_query(&q, ASK_FACTS);
	q.nof = 1;
	q.of[0] = *of;
	(void)snprintf(claim, sizeof claim, "%llu", (unsigned long long)seq);
	if (list_find(call->store, &q, "seq", seq, &row) != 1)
		change_refuse(change, PROBLEM_STATE, SAY_API_S_NO_FACT, claim,
		    id_text(of, text));
	buf_release(&row);
	(void)snprintf(claim, sizeof claim, "superseded/%llu",
	    (unsigned long long)seq);
	change_expect(change, claim, 0);
	change_set(change, draft, claim, CLAIM_SEQ);
}

static void
facts_subject(struct call *call, struct draft *d, const struct id *of)
{
	struct known_case known;

	switch (of->kind) {
	case ID_CONTACT:
		d->contact = REF_ID(*of);
		break;
	case ID_STAFF:
		d->staff = REF_ID(*of);
		break;
	case ID_CLIENT:
		d->client = REF_ID(*of);
		break;
	default:
		d->kase = REF_ID(*of);
		if (known_case(call->store, of, &known) == 1)
			d->client = change_ref(&known.client);
	}
}

void
facts_state(struct call *call)
{
	struct buf body = BUF_INIT;
	struct change *change;
	struct id of, document;
	int64_t supersedes = 0;
	struct draft d;
	int i;

	if (call_id(call, "of", FACT_OF, &of) == -1 ||
	    call_id(call, "document", ID_BIT(ID_DOCUMENT), &document) ==
	    -1 || (change = change_new(call)) == NULL)
		return;
	(void)call_int(call, "supersedes", &supersedes);
	stated_draft(&d, KIND_FACT_STATED);
	facts_subject(call, &d, &of);
	d.document = change_ref(&document);
	facts_body(call, &body, supersedes);
	i = change_draft(change, &d, &body);
	if (supersedes > 0)
		facts_replace(change, call, &of, (uint64_t)supersedes, i);
	change_version(change, i, &of);
	change_send(change, facts_stated);
}
