/* SPDX-License-Identifier: ISC */
/*
 * touch: see touch.h.  It errs towards yes: what it names wrongly costs a
 * person one look, what it passes over is missing from evidence.  So a
 * client's own address counts for each of the client's cases.
 */
#include "daemon/filing/touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/filing/evidence.h"
#include "daemon/filing/filing_own.h"
#include "proto/base/text.h"

/* The strongest first. */
static const struct {
	uint32_t	bits;
	enum loose_why	why;
} reason[] = {
	{ RULE_TOKEN | RULE_ADDRESS_TOKEN, LOOSE_TOKEN },
	{ RULE_THREAD | RULE_BOUNCE, LOOSE_THREAD },
	{ RULE_ADDRESS | RULE_NUMBER | RULE_NAME | RULE_PARTY |
	    RULE_ONLY_PARTIES, LOOSE_PARTY },
};

#define REASONS (sizeof(reason) / sizeof(reason[0]))

/* The cases of a bundle's client, those of clients merged into it too. */
struct reach {
	struct id	kase[KNOWN_MAX];
	int		open[KNOWN_MAX], n;
};

/* Does a candidate stand for the bundle's case or client? */
static int
is_of(const struct bundle *b, const struct reach *r,
    const struct candidate *c)
{
	if (b->of.kind == ID_CLIENT) {
		for (int i = 0; i < r->n && i < KNOWN_MAX; i++)
			if (id_equal(&c->kase, &r->kase[i]))
				return 1;
		return id_equal(&c->client, &b->of);
	}
	return c->kase.kind != ID_NONE ? id_equal(&c->kase, &b->of) :
	    id_equal(&c->client, &b->client);
}

/* The first of its words; which evidence gave it is not kept. */
static void
word_of(const struct candidate *c, struct loose_touch *touch)
{
	if (c->nwords > 0)
		(void)snprintf(touch->word, sizeof(touch->word), "%.*s",
		    (int)text_cut(c->word[0], strlen(c->word[0]),
		    sizeof(touch->word) - 1), c->word[0]);
}

/* What speaks for which case, by what is known now; 1, 0 no such one, -1. */
static int
evidence_of(struct filing *filing, const struct id *document,
    struct evidence *e)
{
	struct buf text = BUF_INIT;
	struct facts f = { 0 };
	struct fax_call call;
	int got = known_document(filing->store, document, &text);

	e->n = 0;
	if (got == 1 && (facts_take(&f, buf_str(&text), text.len) == -1 ||
	    fax_take(filing->gateway, filing->ngateways, &f, &call) == -1 ||
	    evidence_gather(filing->store, filing->office, &f, e) == -1))
		got = -1;
	facts_release(&f);
	buf_release(&text);
	return got;
}

int
touch_judge(void *filing, const struct bundle *bundle,
    const struct id *document, struct loose_touch *touch_r)
{
	struct evidence *e = malloc(sizeof(*e));
	struct filing *f = filing;
	size_t best = REASONS;
	struct reach r = { .n = 0 };
	int ret = -1;

	touch_r->word[0] = '\0';
	if (bundle->of.kind == ID_CLIENT)
		r.n = known_cases(f->store, &bundle->of, r.kase, r.open);
	if (r.n == -1 || e == NULL || evidence_of(f, document, e) == -1)
		goto out;
	for (unsigned i = 0; i < e->n; i++) {
		const struct candidate *c = &e->cand[i];

		for (size_t k = 0; is_of(bundle, &r, c) && k < best; k++) {
			if ((c->bits & reason[k].bits) == 0)
				continue;
			best = k;
			touch_r->why = reason[k].why;
			word_of(c, touch_r);
		}
	}
	ret = best < REASONS;
out:
	free(e);
	return ret;
}
