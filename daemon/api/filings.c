/* SPDX-License-Identifier: ISC */
/*
 * filings: see filings.h for the claims.
 */
#include "daemon/api/filings.h"

#include <stdio.h>
#include <string.h>

static void
filings_claim(char out[96], const char *what, const struct id *a,
    const struct id *b)
{
	char text[ID_TEXT_MAX], more[ID_TEXT_MAX];

	(void)snprintf(out, 96, "%s/%s%s%s", what, id_text(a, text),
	    b != NULL ? "/" : "", b != NULL ? id_text(b, more) : "");
}

static void
filings_draft(struct draft *d, enum kind kind, const struct id *document)
{
	memset(d, 0, sizeof *d);
	d->kind = kind;
	d->client = d->kase = d->contact = d->staff = REF_NONE;
	d->document = REF_ID(*document);
}

const struct id *
filings_place(const struct known_filing *f)
{
	return f->kase.kind != ID_NONE ? &f->kase : &f->client;
}

void
filings_withdraw(struct change *change, const struct id *document,
    const struct known_filing *f, const char *how, const char *reason)
{
	struct buf body = BUF_INIT;
	char claim[96];
	struct draft d;
	struct jw w;
	int i;

	jw_init(&w, &body);
	jw_object(&w);
	jw_kint(&w, "filing", (int64_t)f->seq);
	jw_kstr(&w, "how", how);
	jw_kstr_opt(&w, "reason", reason);
	jw_end(&w);
	filings_draft(&d, KIND_DOCUMENT_UNFILED, document);
	d.client = change_ref(&f->client);
	d.kase = change_ref(&f->kase);
	i = change_draft(change, &d, &body);
	(void)snprintf(claim, sizeof claim, "unfiled/%llu",
	    (unsigned long long)f->seq);
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
	filings_claim(claim, "filing", document, filings_place(f));
	change_set(change, i, claim, 0);
}

void
filings_none(struct change *change, const struct id *document,
    const struct id *place)
{
	struct known_filing none = { .seq = 0 };
	char a[ID_TEXT_MAX], b[ID_TEXT_MAX];

	change_refuse(change, PROBLEM_STATE, SAY_API_S_NOT_FILED,
	    id_text(document, a), id_text(place, b));
	if (place->kind == ID_CASE)
		none.kase = *place;
	else
		none.client = *place;
	/* A draft to ask with, whether this is a repeat; never appended. */
	filings_withdraw(change, document, &none, "misfiled", NULL);
}

void
filings_add(struct change *change, struct call *call,
    const struct id *document, const struct id *place, int main,
    const char *reason)
{
	struct buf body = BUF_INIT, commitments = BUF_INIT;
	struct known_case kase;
	char claim[96];
	struct draft d;
	struct jw w;
	int i;

	filings_draft(&d, KIND_DOCUMENT_FILED, document);
	d.client = REF_ID(*place);
	if (place->kind == ID_CASE &&
	    known_case(call->store, place, &kase) == 1) {
		d.client = change_ref(&kase.client);
		d.kase = REF_ID(*place);
	}
	(void)known_commitments(call->store, document, &commitments);
	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "certainty", "person");
	if (commitments.len > 2) {
		jw_key(&w, "commitments");
		jw_raw(&w, buf_str(&commitments), commitments.len);
	}
	jw_kbool(&w, "main", main);
	jw_kstr_opt(&w, "reason", reason);
	jw_end(&w);
	buf_release(&commitments);
	i = change_draft(change, &d, &body);
	filings_claim(claim, "filing", document, place);
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
	filings_claim(claim, "aside", document, NULL);
	change_set(change, i, claim, 0);
}

void
filings_aside(struct change *change, const struct id *document,
    const char *as, const char *reason)
{
	struct buf body = BUF_INIT;
	char claim[96];
	struct draft d;
	struct jw w;
	int i;

	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "as", as);
	jw_kstr_opt(&w, "reason", reason);
	jw_end(&w);
	filings_draft(&d, KIND_DOCUMENT_SET_ASIDE, document);
	i = change_draft(change, &d, &body);
	filings_claim(claim, "aside", document, NULL);
	change_expect(change, claim, 0);
	change_set(change, i, claim, CLAIM_SEQ);
}

void
filings_restore(struct change *change, const struct id *document,
    const char *reason)
{
	struct buf body = BUF_INIT;
	char claim[96];
	struct draft d;
	struct jw w;
	int i;

	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr_opt(&w, "reason", reason);
	jw_end(&w);
	filings_draft(&d, KIND_DOCUMENT_RESTORED, document);
	i = change_draft(change, &d, &body);
	filings_claim(claim, "aside", document, NULL);
	change_set(change, i, claim, 0);
}
