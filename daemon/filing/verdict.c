/* SPDX-License-Identifier: ISC */
/*
 * verdict: first match wins, for each candidate; the first rule that is
 * certain decides for the whole document, and every candidate that it holds
 * for is filed.  It must never be certain of a machine's mail (but of what a
 * delivery report is about) or of a closed case.
 */
#include "daemon/filing/verdict.h"

#include <string.h>

static int
any_match(char *const patterns[], const char *const texts[], size_t n)
{
	if (patterns[0] == NULL)
		return 1;
	for (size_t i = 0; patterns[i] != NULL; i++) {
		for (size_t k = 0; k < n; k++) {
			if (rules_match(patterns[i], texts[k]))
				return 1;
		}
	}
	return 0;
}

static int
texts_match(char *const patterns[], const struct texts *texts)
{
	return any_match(patterns, (const char *const *)texts->v, texts->n);
}

/* What a rule asks of the document itself. */
static int
document_matches(const struct rule *rule, const struct facts *f)
{
	const char *subjects[2] = { f->subject, f->title };
	const char *filename = f->filename, *channel = f->channel;

	return texts_match(rule->from, &f->from) &&
	    texts_match(rule->to, &f->to) &&
	    any_match(rule->subject, subjects, 2) &&
	    any_match(rule->filename, &filename, 1) &&
	    any_match(rule->channel, &channel, 1);
}

static int
suggested(const struct verdict *v, const struct id *client,
    const struct id *kase)
{
	for (unsigned i = 0; i < v->n; i++) {
		if (id_equal(&v->sug[i].client, client) &&
		    id_equal(&v->sug[i].kase, kase))
			return 1;
	}
	return 0;
}

/* Adds a suggestion, its certainty lowered where it must be. */
static void
suggest(struct verdict *v, const struct rule *rule, const struct facts *f,
    const struct candidate *c, const struct id *client,
    const struct id *kase, int open)
{
	struct suggestion *s;

	if (v->n == EVIDENCE_MAX + 1 || suggested(v, client, kase))
		return;
	s = &v->sug[v->n++];
	s->rule = rule;
	s->certainty = rule->certainty;
	s->client = *client;
	s->kase = *kase;
	s->cand = c;
	if (s->certainty != CERTAINTY_CERTAIN)
		return;
	if (f->machine && !(rule->when & RULE_BOUNCE)) {
		s->certainty = CERTAINTY_LIKELY;
		v->why = "WHY_MACHINE";
	} else if (!open) {
		s->certainty = CERTAINTY_LIKELY;
		v->why = "WHY_CLOSED";
	}
}

/* A rule that names its case or client. */
static int
try_target(struct verdict *v, const struct rule *rule, const struct facts *f,
    const struct evidence *e, verdict_case_fn *kase_client, void *arg)
{
	struct id client = rule->target, kase = { ID_NONE, 0, 0, 0 };
	const struct candidate *c = NULL;
	int open = 1;

	if (rule->target.kind == ID_CASE) {
		kase = rule->target;
		if (kase_client(arg, &kase, &client, &open) == -1)
			return -1;
	}
	for (unsigned i = 0; i < e->n && c == NULL; i++) {
		if (id_equal(&e->cand[i].client, &client) &&
		    id_equal(&e->cand[i].kase, &kase))
			c = &e->cand[i];
	}
	if (rule->when == 0 ||
	    (c != NULL && (c->bits & rule->when) == rule->when))
		suggest(v, rule, f, c, &client, &kase, open);
	return 0;
}

static int
try_rule(struct verdict *v, const struct rule *rule, const struct facts *f,
    const struct evidence *e, verdict_case_fn *kase_client, void *arg)
{
	if (!document_matches(rule, f))
		return 0;
	if (rule->as[0] != '\0') {
		if (v->n == 0)
			v->aside = rule;
		return 0;
	}
	if (rule->target.kind != ID_NONE)
		return try_target(v, rule, f, e, kase_client, arg);
	for (unsigned i = 0; i < e->n; i++) {
		const struct candidate *c = &e->cand[i];

		if ((c->bits & rule->when) == rule->when)
			suggest(v, rule, f, c, &c->client, &c->kase, c->open);
	}
	return 0;
}

/* Keeps what one rule is certain of and drops the rest. */
static void
keep_certain(struct verdict *v)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < v->n; i++) {
		if (v->sug[i].certainty == CERTAINTY_CERTAIN)
			v->sug[kept++] = v->sug[i];
	}
	v->certain = kept > 0;
	v->n = kept > 0 ? kept : v->n;
}

int
verdict_reach(const struct rules *rules, const struct facts *f,
    const struct evidence *e, verdict_case_fn *kase_client, void *arg,
    struct verdict *v)
{
	memset(v, 0, sizeof(*v));
	for (size_t i = 0; i < rules->n && v->aside == NULL; i++) {
		unsigned before = v->n;

		if (try_rule(v, &rules->rule[i], f, e, kase_client, arg) == -1)
			return -1;
		for (unsigned k = before; k < v->n; k++) {
			if (v->sug[k].certainty == CERTAINTY_CERTAIN) {
				keep_certain(v);
				return 0;
			}
		}
	}
	if (v->why == NULL)
		v->why = v->n == 0 ? "WHY_NOTHING_KNOWN" : "WHY_NOT_CERTAIN";
	return 0;
}
