/* SPDX-License-Identifier: ISC */
/*
 * filing: verdicts become entries.
 *
 *	verdict		entries				claims
 *	certain		document.filed, one a case	decided/D: 0 -> seq
 *							filing/D/K: 0 -> seq
 *	set aside	document.set-aside		decided/D: 0 -> seq
 *	else		document.triaged		decided/D: 0 -> seq
 *
 * A delivery report that was left in triage is decided on again when what it
 * reports is filed: decided/D: that triaging -> seq, aside/D: 0.
 *
 * It must never decide on a document twice from the same state: the claim
 * "decided/D" sees to that, whatever the views have applied meanwhile.
 */
#include "daemon/filing/filing_own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/filing/verdict.h"
#include "daemon/log.h"

#define FILING_ACTOR "rules"

/* One document under decision, until its append is answered. */
struct decision {
	struct id	 document;
	filing_done_fn	*done;
	void		*arg;
};

struct filing *
filing_new(struct store *store, const struct office *office,
    const struct rules *rules)
{
	struct filing *filing = calloc(1, sizeof(*filing));

	if (filing == NULL)
		return NULL;
	filing->store = store;
	filing->office = office;
	filing->rules = rules;
	return filing;
}

void
filing_gateways(struct filing *filing, const struct fax_gateway *gateway,
    unsigned n)
{
	filing->gateway = gateway;
	filing->ngateways = n;
}

void
filing_free(struct filing *filing)
{
	free(filing);
}

/* ---- the rules in force --------------------------------------------- */

static void
rules_set_done(void *arg, const struct log_result *result)
{
	(void)arg;
	if (result->outcome != LOG_DONE)
		logline(LOGLINE_WARNING, "filing.rules-not-recorded",
		    "outcome=%d", (int)result->outcome);
}

void
filing_start(struct filing *filing)
{
	struct log *log = store_log(filing->store);
	struct buf text = BUF_INIT, body = BUF_INIT;
	struct draft draft = { .kind = KIND_RULES_SET, .actor = FILING_ACTOR,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_NONE, .staff = REF_NONE, .blob = -1 };
	struct batch *batch = NULL;
	char hash[65] = "";
	struct jw jw;

	if (known_rules(filing->store, hash) == -1 ||
	    strcmp(hash, filing->rules->hash) == 0)
		return;
	rules_print(filing->rules, &text);
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_kstr(&jw, "hash", filing->rules->hash);
	jw_key(&jw, "text");
	jw_strn(&jw, (const char *)text.data, text.len);
	jw_end(&jw);
	draft.body = buf_str(&body);
	draft.bodylen = body.len;
	if (!buf_failed(&text) && !buf_failed(&body) &&
	    (batch = batch_new(log)) != NULL &&
	    batch_draft(batch, &draft) != -1) {
		log_append(log, batch, rules_set_done, NULL);
		batch = NULL;
	} else {
		logline(LOGLINE_WARNING, "filing.rules-not-recorded",
		    "errno=%d", errno);
	}
	batch_free(batch);
	buf_release(&text);
	buf_release(&body);
}

/* ---- bodies --------------------------------------------------------- */

static void
put_words(struct jw *jw, const struct candidate *c)
{
	jw_key(jw, "words");
	jw_array(jw);
	for (unsigned i = 0; c != NULL && i < c->nwords; i++)
		jw_str(jw, c->word[i]);
	jw_end(jw);
}

static void
put_suggestion(struct jw *jw, const struct suggestion *s)
{
	char text[ID_TEXT_MAX];

	jw_object(jw);
	jw_kstr_opt(jw, "case", id_text(&s->kase, text));
	jw_kstr(jw, "certainty", rules_certainty_name(s->certainty));
	jw_kstr(jw, "client", id_text(&s->client, text));
	jw_kstr(jw, "rule", s->rule->name);
	jw_kstr(jw, "title", s->rule->title);
	put_words(jw, s->cand);
	jw_end(jw);
}

static void
put_suggestions(struct jw *jw, const struct verdict *v)
{
	jw_key(jw, "suggestions");
	jw_array(jw);
	for (unsigned i = 0; i < v->n; i++)
		put_suggestion(jw, &v->sug[i]);
	jw_end(jw);
}

static void
body_filed(struct buf *body, const struct filing *filing,
    const struct suggestion *s, const struct buf *commitments, int main,
    const char *direction, const char *how)
{
	struct jw jw;

	jw_init(&jw, body);
	jw_object(&jw);
	jw_kstr(&jw, "certainty", rules_certainty_name(s->certainty));
	jw_key(&jw, "commitments");
	jw_raw(&jw, (const char *)commitments->data, commitments->len);
	jw_kstr(&jw, "direction", direction);
	jw_kstr(&jw, "direction_how", how);
	jw_kbool(&jw, "main", main);
	jw_kstr(&jw, "rule", s->rule->name);
	jw_kstr(&jw, "rules", filing->rules->hash);
	jw_kstr(&jw, "title", s->rule->title);
	put_words(&jw, s->cand);
	jw_end(&jw);
}

static void
body_triaged(struct buf *body, const struct filing *filing,
    const struct verdict *v, const char *direction, const char *how)
{
	struct jw jw;

	jw_init(&jw, body);
	jw_object(&jw);
	jw_kstr(&jw, "direction", direction);
	jw_kstr(&jw, "direction_how", how);
	jw_kstr(&jw, "rules", filing->rules->hash);
	put_suggestions(&jw, v);
	jw_kstr(&jw, "why", v->why);
	jw_end(&jw);
}

static void
body_aside(struct buf *body, const struct filing *filing,
    const struct rule *rule, const char *direction, const char *how)
{
	struct jw jw;

	jw_init(&jw, body);
	jw_object(&jw);
	jw_kstr(&jw, "as", rule->as);
	jw_kstr(&jw, "direction", direction);
	jw_kstr(&jw, "direction_how", how);
	jw_kstr(&jw, "reason", rule->title);
	jw_kstr(&jw, "rule", rule->name);
	jw_kstr(&jw, "rules", filing->rules->hash);
	jw_end(&jw);
}

/* ---- entries -------------------------------------------------------- */

static int
add_draft(struct batch *batch, enum kind kind, const struct id *document,
    const struct suggestion *s, struct buf *body)
{
	struct draft draft = { .kind = kind, .actor = FILING_ACTOR,
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .document = REF_ID(*document), .staff = REF_NONE, .blob = -1 };

	if (buf_failed(body)) {
		errno = ENOMEM;
		return -1;
	}
	if (s != NULL) {
		draft.client.id = s->client;
		draft.kase.id = s->kase;
	}
	draft.body = buf_str(body);
	draft.bodylen = body->len;
	return batch_draft(batch, &draft);
}

static int
claim_decided(struct batch *batch, const struct known_work *work, int draft)
{
	char claim[64], text[ID_TEXT_MAX];

	(void)id_text(&work->document, text);
	(void)snprintf(claim, sizeof(claim), "aside/%s", text);
	if (work->decided != 0 && batch_expect(batch, claim, 0) == -1)
		return -1;
	(void)snprintf(claim, sizeof(claim), "decided/%s", text);
	if (batch_expect(batch, claim, work->decided) == -1)
		return -1;
	return batch_set(batch, draft, claim, CLAIM_SEQ);
}

static int
claim_filing(struct batch *batch, const struct id *document,
    const struct suggestion *s, int draft)
{
	char claim[128], doc[ID_TEXT_MAX], under[ID_TEXT_MAX];

	(void)snprintf(claim, sizeof(claim), "filing/%s/%s",
	    id_text(document, doc), id_text(
	    s->kase.kind != ID_NONE ? &s->kase : &s->client, under));
	if (batch_expect(batch, claim, 0) == -1)
		return -1;
	return batch_set(batch, draft, claim, CLAIM_SEQ);
}

static int
drafts_filed(struct filing *filing, struct batch *batch,
    const struct known_work *work, const struct verdict *v,
    const char *direction, const char *how)
{
	const struct id *document = &work->document;
	struct buf commitments = BUF_INIT, body = BUF_INIT;
	int ret = -1;

	if (known_commitments(filing->store, document, &commitments) == -1)
		goto out;
	for (unsigned i = 0; i < v->n; i++) {
		int draft;

		buf_clear(&body);
		body_filed(&body, filing, &v->sug[i], &commitments, i == 0,
		    direction, how);
		draft = add_draft(batch, KIND_DOCUMENT_FILED, document,
		    &v->sug[i], &body);
		if (draft == -1 ||
		    claim_filing(batch, document, &v->sug[i], draft) == -1)
			goto out;
	}
	ret = claim_decided(batch, work, 0);
out:
	buf_release(&commitments);
	buf_release(&body);
	return ret;
}

static int
drafts_verdict(struct filing *filing, struct batch *batch,
    const struct known_work *work, const struct facts *f,
    const struct verdict *v)
{
	struct buf body = BUF_INIT;
	const char *direction, *how;
	int draft, ret = -1;

	direction = facts_direction(f, filing->office, &how);
	if (v->certain)
		return drafts_filed(filing, batch, work, v, direction, how);
	if (v->aside != NULL)
		body_aside(&body, filing, v->aside, direction, how);
	else
		body_triaged(&body, filing, v, direction, how);
	draft = add_draft(batch, v->aside != NULL ? KIND_DOCUMENT_SET_ASIDE :
	    KIND_DOCUMENT_TRIAGED, &work->document, NULL, &body);
	if (draft != -1)
		ret = claim_decided(batch, work, draft);
	buf_release(&body);
	return ret;
}

/* ---- faxes by mail ---------------------------------------------------- */

static int
draft_correction(struct batch *batch, const struct id *document,
    const char *field, const char *value, const char *was,
    const char *gateway)
{
	struct buf body = BUF_INIT;
	struct jw jw;
	int ret;

	if (*value == '\0')
		return 0;
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_kstr(&jw, "field", field);
	jw_kstr(&jw, "reason", gateway);
	jw_kstr(&jw, "value", value);
	jw_kstr_opt(&jw, "was", was);
	jw_end(&jw);
	ret = add_draft(batch, KIND_DOCUMENT_CORRECTED, document, NULL,
	    &body);
	buf_release(&body);
	return ret == -1 ? -1 : 0;
}

/*
 * Behind the verdict, which says the direction: the mail is a fax, from or to
 * the number, and not from the gateway.
 */
static int
drafts_fax(struct batch *batch, const struct id *document,
    const struct fax_call *call)
{
	struct buf who = BUF_INIT;
	int ret = -1;

	if (call->gateway == NULL)
		return 0;
	buf_adds(&who, call->number);
	if (call->name[0] != '\0' && call->number[0] != '\0')
		buf_adds(&who, " ");
	buf_adds(&who, call->name);
	if (!buf_failed(&who))
		ret = draft_correction(batch, document, "channel", "fax",
		    "email", call->gateway->name);
	if (ret == 0)
		ret = draft_correction(batch, document, call->gateway->out ?
		    "to" : "from", buf_str(&who), NULL, call->gateway->name);
	if (ret == 0)
		ret = draft_correction(batch, document, "number",
		    call->number, NULL, call->gateway->name);
	if (ret == 0)
		ret = draft_correction(batch, document, "pages", call->pages,
		    NULL, call->gateway->name);
	if (ret == 0)
		ret = draft_correction(batch, document, "result",
		    call->result, NULL, call->gateway->name);
	buf_release(&who);
	return ret;
}

/* ---- deciding ------------------------------------------------------- */

static int
case_client(void *arg, const struct id *kase, struct id *client_r,
    int *open_r)
{
	struct filing *filing = arg;
	struct known_case known;

	if (known_case(filing->store, kase, &known) != 1)
		return -1;
	*client_r = known.client;
	*open_r = known.open;
	return 0;
}

static int
decide(struct filing *filing, const char *text, size_t len,
    struct facts *f_r, struct fax_call *call_r, struct evidence *e,
    struct verdict *v_r)
{
	if (facts_take(f_r, text, len) == -1 ||
	    fax_take(filing->gateway, filing->ngateways, f_r, call_r) == -1)
		return -1;
	if (evidence_gather(filing->store, filing->office, f_r, e) == -1)
		return -1;
	return verdict_reach(filing->rules, f_r, e, case_client, filing, v_r);
}

static void
append_done(void *arg, const struct log_result *result)
{
	struct decision *decision = arg;

	decision->done(decision->arg, &decision->document, result->outcome);
	free(decision);
}

static int
append(struct filing *filing, struct batch *batch, const struct id *document,
    filing_done_fn *done, void *arg)
{
	struct decision *decision = malloc(sizeof(*decision));

	if (decision == NULL)
		return -1;
	decision->document = *document;
	decision->done = done;
	decision->arg = arg;
	log_append(store_log(filing->store), batch, append_done, decision);
	return 0;
}

int
filing_work(struct filing *filing, const struct known_work *work,
    filing_done_fn *done, void *arg)
{
	struct evidence *e = malloc(sizeof(*e));
	struct buf text = BUF_INIT;
	struct facts f = { 0 };
	struct fax_call call;
	struct verdict v;
	struct batch *batch = NULL;
	int ret = -1;

	if (e == NULL || known_document(filing->store, &work->document,
	    &text) != 1 ||
	    decide(filing, buf_str(&text), text.len, &f, &call, e, &v) == -1)
		goto out;
	if ((batch = batch_new(store_log(filing->store))) == NULL ||
	    drafts_verdict(filing, batch, work, &f, &v) == -1 ||
	    (work->decided == 0 &&
	    drafts_fax(batch, &work->document, &call) == -1) ||
	    append(filing, batch, &work->document, done, arg) == -1)
		goto out;
	batch = NULL;
	ret = 0;
out:
	batch_free(batch);
	facts_release(&f);
	buf_release(&text);
	free(e);
	return ret;
}

int
filing_test(struct filing *filing, const char *facts, size_t len,
    struct buf *out)
{
	struct evidence *e = malloc(sizeof(*e));
	struct facts f = { 0 };
	struct fax_call call;
	struct verdict v;
	const char *how;
	struct jw jw;
	int ret = -1;

	if (e == NULL || decide(filing, facts, len, &f, &call, e, &v) == -1)
		goto out;
	jw_init(&jw, out);
	jw_object(&jw);
	if (v.aside != NULL)
		jw_kstr(&jw, "aside", v.aside->as);
	jw_kstr(&jw, "direction", facts_direction(&f, filing->office, &how));
	if (v.certain || v.aside != NULL)
		jw_kstr(&jw, "rule", v.aside != NULL ? v.aside->name :
		    v.sug[0].rule->name);
	jw_kstr(&jw, "state", v.certain ? "filed" : v.aside != NULL ?
	    "aside" : "triage");
	put_suggestions(&jw, &v);
	if (!v.certain && v.aside == NULL)
		jw_kstr(&jw, "why", v.why);
	jw_end(&jw);
	ret = buf_failed(out) ? -1 : 0;
out:
	facts_release(&f);
	free(e);
	return ret;
}
