/* SPDX-License-Identifier: ISC */
/*
 * evidence: see evidence.h.  It must never count the office's own addresses
 * and numbers as evidence of a client, and never find a case number inside
 * another word.
 */
#include "daemon/filing/evidence.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/filing/filing.h"
#include "proto/base/text.h"

#define PEOPLE_MAX 64		/* addresses and numbers that are looked up */

/* An outside address, number or name, and who is known by it. */
struct person {
	const char		*text;
	uint32_t		 bit;
	int			 sender;
	int			 n;
	struct known_party	 row[KNOWN_MAX + 1];
};

struct people {
	struct person	*v;
	unsigned	 n;
	int		 crowd;		/* more than PEOPLE_MAX */
};

/* ---- candidates ----------------------------------------------------- */

static struct candidate *
candidate(struct evidence *e, const struct id *client, const struct id *kase,
    int open)
{
	struct candidate *c;

	for (unsigned i = 0; i < e->n; i++) {
		c = &e->cand[i];
		if (id_equal(&c->client, client) && id_equal(&c->kase, kase))
			return c;
	}
	if (e->n == EVIDENCE_MAX) {
		e->dropped++;
		return NULL;
	}
	c = &e->cand[e->n++];
	memset(c, 0, sizeof(*c));
	c->client = *client;
	c->kase = *kase;
	c->open = open;
	return c;
}

static void
speaks(struct candidate *c, uint32_t bit, const char *word)
{
	if (c == NULL)
		return;
	c->bits |= bit;
	if (word[0] == '\0' || c->nwords == EVIDENCE_WORDS)
		return;
	for (unsigned i = 0; i < c->nwords; i++) {
		if (strcmp(c->word[i], word) == 0)
			return;
	}
	(void)snprintf(c->word[c->nwords], sizeof(c->word[0]), "%.*s",
	    (int)text_cut(word, strlen(word), sizeof(c->word[0]) - 1), word);
	c->nwords++;
}

/* ---- case numbers --------------------------------------------------- */

static int
beside(char c)
{
	return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

int
evidence_token(const char *folded, size_t *pos, struct id *case_r)
{
	for (size_t i = *pos; folded[i] != '\0'; i++) {
		const char *s = folded + i;
		size_t end;

		if (s[0] != 'k' || s[1] != '-' || (i > 0 && beside(s[-1])) ||
		    digits(s + 2) != 4 || s[6] != '-')
			continue;
		end = 7 + digits(s + 7);
		if (end == 7 || end > 17 || beside(s[end]) ||
		    id_parse(s, end, case_r) == -1)
			continue;
		*pos = i + end;
		return 1;
	}
	return 0;
}

static int
tokens_of(struct store *store, struct evidence *e, const char *text,
    uint32_t bit)
{
	struct buf folded = BUF_INIT;
	struct known_case known;
	char word[ID_TEXT_MAX];
	struct id kase;
	size_t pos = 0;
	int found, ret = 0;

	if (text_fold_token(&folded, text, strlen(text)) == -1 ||
	    buf_failed(&folded))
		ret = -1;
	while (ret == 0 && evidence_token(buf_str(&folded), &pos, &kase)) {
		if ((found = known_case(store, &kase, &known)) == -1)
			ret = -1;
		else if (found == 1)
			speaks(candidate(e, &known.client, &kase, known.open),
			    bit, id_text(&kase, word));
	}
	buf_release(&folded);
	return ret;
}

/* The part before @, or behind its last +: what a per-case address has. */
static int
address_token(struct store *store, struct evidence *e, const char *address)
{
	const char *at = strrchr(address, '@'), *plus;
	char local[64];
	size_t len = at != NULL ? (size_t)(at - address) : 0;
	struct id kase;

	if (len == 0 || len >= sizeof(local))
		return 0;
	memcpy(local, address, len);
	local[len] = '\0';
	plus = strrchr(local, '+');
	plus = plus != NULL ? plus + 1 : local;
	if (id_parse(plus, strlen(plus), &kase) == -1 || kase.kind != ID_CASE)
		return 0;
	return tokens_of(store, e, plus, RULE_ADDRESS_TOKEN);
}

static int
gather_tokens(struct store *store, const struct facts *f, struct evidence *e)
{
	const char *const texts[] = { f->subject, f->title, f->filename,
	    f->body };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (tokens_of(store, e, texts[i], RULE_TOKEN) == -1)
			return -1;
	}
	for (size_t i = 0; i < f->to.n; i++) {
		if (address_token(store, e, f->to.v[i]) == -1)
			return -1;
	}
	return 0;
}

/* ---- threads -------------------------------------------------------- */

static int
gather_threads(struct store *store, const struct facts *f,
    struct evidence *e)
{
	struct known_thread row[KNOWN_MAX + 1];

	for (size_t i = 0; i < f->thread.n; i++) {
		int n = known_message(store, f->thread.v[i], row);

		if (n == -1)
			return -1;
		for (int k = 0; k < n && k < KNOWN_MAX; k++) {
			struct candidate *c;

			if (row[k].client.kind == ID_NONE)
				continue;
			c = candidate(e, &row[k].client, &row[k].kase,
			    row[k].open);
			speaks(c, RULE_THREAD, f->thread.v[i]);
			if (strcmp(row[k].subject, f->base) == 0)
				speaks(c, RULE_SAME_SUBJECT, "");
		}
	}
	return 0;
}

/*
 * What a delivery report is about, if we sent it and it is filed; what stands
 * in a client without a case is in no closed one.
 */
static int
gather_bounce(struct store *store, const struct facts *f, struct evidence *e)
{
	struct known_thread row[KNOWN_MAX + 1];
	int n = f->bounce[0] == '\0' ? 0 :
	    known_message(store, f->bounce, row);

	for (int k = 0; k < n && k < KNOWN_MAX; k++)
		if (row[k].client.kind != ID_NONE && row[k].ours)
			speaks(candidate(e, &row[k].client, &row[k].kase,
			    row[k].open || row[k].kase.kind == ID_NONE),
			    RULE_BOUNCE, f->bounce);
	return n == -1 ? -1 : 0;
}

/* ---- people --------------------------------------------------------- */

static int
people_add(struct store *store, struct people *p, const char *text,
    uint32_t bit, int sender)
{
	struct person *person;
	char e164[32];

	if (p->n == PEOPLE_MAX) {
		p->crowd = 1;
		return 0;
	}
	person = &p->v[p->n];
	person->text = text;
	person->bit = bit;
	person->sender = sender;
	if (bit == RULE_ADDRESS)
		person->n = known_address(store, text, person->row);
	else if (bit == RULE_NAME)
		person->n = known_name(store, text, person->row);
	else if (snprintf(e164, sizeof(e164), "%s", text) < (int)sizeof(e164))
		person->n = known_number(store, e164, person->row);
	if (person->n == -1)
		return -1;
	if (person->n > KNOWN_MAX)
		person->n = 0;		/* known everywhere says nothing */
	p->n++;
	return 0;
}

static int
people_numbers(struct store *store, const struct office *office,
    const struct facts *f, struct people *p, struct texts *own)
{
	for (size_t i = 0; i < f->numbers.n; i++) {
		char e164[32];

		if (phone_e164(f->numbers.v[i], office->region, e164) == -1 ||
		    office_number(office, e164) || own->n == FACTS_LIST)
			continue;
		if ((own->v[own->n] = strdup(e164)) == NULL)
			return -1;
		own->n++;
		if (people_add(store, p, own->v[own->n - 1], RULE_NUMBER,
		    1) == -1)
			return -1;
	}
	return 0;
}

static int
people_find(struct store *store, const struct office *office,
    const struct facts *f, struct people *p, struct texts *own)
{
	int ours = f->from.n > 0 && office_address(office, f->from.v[0]);

	for (size_t i = 0; i < f->from.n; i++) {
		if (!office_address(office, f->from.v[i]) &&
		    people_add(store, p, f->from.v[i], RULE_ADDRESS, 1) == -1)
			return -1;
	}
	for (size_t i = 0; i < f->to.n; i++) {
		if (!office_address(office, f->to.v[i]) && people_add(store,
		    p, f->to.v[i], RULE_ADDRESS, ours) == -1)
			return -1;
	}
	if (people_numbers(store, office, f, p, own) == -1)
		return -1;
	for (size_t i = 0; i < f->names.n; i++) {
		if (people_add(store, p, f->names.v[i], RULE_NAME, 0) == -1)
			return -1;
	}
	return 0;
}

/* Adds the cases that a row leads to: its own, or its client's open ones. */
static int
lead(struct store *store, struct evidence *e, const struct known_party *row,
    struct id found_r[KNOWN_MAX], unsigned *nfound)
{
	struct id cases[KNOWN_MAX];
	int open[KNOWN_MAX], n;

	if (row->client.kind == ID_NONE)
		return 0;
	if (row->kase.kind != ID_NONE) {
		(void)candidate(e, &row->client, &row->kase, row->open);
		cases[0] = row->kase;
		open[0] = row->open;
		n = 1;
	} else {
		struct id none = { ID_NONE, 0, 0, 0 };

		(void)candidate(e, &row->client, &none, 1);
		if ((n = known_cases(store, &row->client, cases, open)) == -1)
			return -1;
	}
	for (int i = 0; i < n && i < KNOWN_MAX; i++) {
		unsigned k = 0;

		while (k < *nfound && !id_equal(&found_r[k], &cases[i]))
			k++;
		if (open[i] && k == *nfound && k < KNOWN_MAX)
			found_r[(*nfound)++] = cases[i];
	}
	return 0;
}

/* One open case behind an address, number or name: evidence for that case. */
static int
person_leads(struct store *store, struct evidence *e,
    const struct person *person)
{
	struct id found[KNOWN_MAX];
	struct known_case known;
	unsigned nfound = 0;

	for (int i = 0; i < person->n; i++) {
		if (lead(store, e, &person->row[i], found, &nfound) == -1)
			return -1;
	}
	if (nfound != 1)
		return 0;
	if (known_case(store, &found[0], &known) != 1)
		return -1;
	speaks(candidate(e, &known.client, &found[0], known.open),
	    person->bit, person->text);
	return 0;
}

static int
is_party(const struct person *person, const struct candidate *c)
{
	for (int i = 0; i < person->n; i++) {
		const struct known_party *row = &person->row[i];

		if (c->kase.kind != ID_NONE && id_equal(&row->kase, &c->kase))
			return 1;
		if (row->kase.kind == ID_NONE &&
		    row->client.kind != ID_NONE &&
		    id_equal(&row->client, &c->client))
			return 1;
	}
	return 0;
}

static void
judge_people(const struct people *p, struct candidate *c)
{
	int all = !p->crowd, some = 0;

	for (unsigned i = 0; i < p->n; i++) {
		const struct person *person = &p->v[i];
		int party = is_party(person, c);

		if (person->bit == RULE_NAME) {
			if (party && c->kase.kind == ID_NONE)
				speaks(c, RULE_NAME, person->text);
			continue;
		}
		some = 1;
		if (!party)
			all = 0;
		else if (person->sender)
			speaks(c, RULE_PARTY, person->text);
	}
	if (all && some)
		speaks(c, RULE_ONLY_PARTIES, "");
}

static int
gather_people(struct store *store, const struct office *office,
    const struct facts *f, struct evidence *e)
{
	struct people p = { calloc(PEOPLE_MAX, sizeof(*p.v)), 0, 0 };
	struct texts *own = calloc(1, sizeof(*own));
	int ret = -1;

	if (p.v == NULL || own == NULL ||
	    people_find(store, office, f, &p, own) == -1)
		goto out;
	for (unsigned i = 0; i < p.n; i++) {
		if (person_leads(store, e, &p.v[i]) == -1)
			goto out;
	}
	for (unsigned i = 0; i < e->n; i++)
		judge_people(&p, &e->cand[i]);
	ret = 0;
out:
	for (size_t i = 0; own != NULL && i < own->n; i++)
		free(own->v[i]);
	free(own);
	free(p.v);
	return ret;
}

int
evidence_gather(struct store *store, const struct office *office,
    const struct facts *f, struct evidence *e)
{
	e->n = 0;
	e->dropped = 0;
	if (gather_bounce(store, f, e) == -1 ||
	    gather_tokens(store, f, e) == -1 ||
	    gather_threads(store, f, e) == -1)
		return -1;
	return gather_people(store, office, f, e);
}
