/* SPDX-License-Identifier: ISC */
/*
 * fax: see fax.h.  It must never take a mail for a fax by its subject alone:
 * the sender must be the gateway's, too.
 */
#include "daemon/filing/fax.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

#define STEPS 100000	/* of matching one subject; then it does not match */

struct match {
	struct fax_call	*call;
	unsigned	 steps;
};

struct hole {
	const char	*name;		/* with its braces */
	const char	*of;	/* the bytes that may stand there; NULL: any */
};

static const struct hole holes[] = {
	{ "{number}", "+0123456789 ()./-" },
	{ "{pages}", "0123456789" },
	{ "{name}", NULL },
	{ "{result}", NULL },
};

void
fax_release(struct fax_gateway *g)
{
	for (unsigned i = 0; i <= RULE_PATTERNS; i++) {
		free(g->from[i]);
		free(g->subject[i]);
	}
	memset(g, 0, sizeof(*g));
}

static const struct hole *
hole_at(const char *pattern)
{
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		if (strncmp(pattern, holes[i].name,
		    strlen(holes[i].name)) == 0)
			return &holes[i];
	return NULL;
}

const char *
fax_pattern_bad(const char *pattern)
{
	const char *p;

	for (p = pattern; (p = strchr(p, '{')) != NULL; p++)
		if (hole_at(p) == NULL)
			return p;
	return *pattern != '\0' ? NULL : pattern;
}

static void
keep(struct fax_call *c, const struct hole *h, const char *s, size_t len)
{
	char *to[] = { c->number, c->pages, c->name, c->result };
	const size_t room[] = { sizeof(c->number), sizeof(c->pages),
	    sizeof(c->name), sizeof(c->result) };
	size_t i = (size_t)(h - holes);

	while (len > 0 && s[len - 1] == ' ')
		len--;
	for (; len > 0 && *s == ' '; len--)
		s++;
	len = text_cut(s, len, room[i] - 1);
	memcpy(to[i], s, len);
	to[i][len] = '\0';
}

static int match_here(struct match *, const char *pattern, const char *s);

/* The longest stretch first for what has its bytes, else the shortest. */
static int
match_hole(struct match *m, const struct hole *h, const char *pattern,
    const char *s)
{
	const char *rest = pattern + strlen(h->name);
	size_t most = h->of != NULL ? strspn(s, h->of) : strlen(s), n;

	for (n = 1; n <= most; n++) {
		size_t len = h->of != NULL ? most + 1 - n : n;

		if (match_here(m, rest, s + len)) {
			keep(m->call, h, s, len);
			return 1;
		}
	}
	return 0;
}

static int
match_here(struct match *m, const char *pattern, const char *s)
{
	const struct hole *h;

	if (m->steps++ >= STEPS)
		return 0;
	if (*pattern == '\0')
		return *s == '\0';
	if (*pattern == '*')
		return match_here(m, pattern + 1, s) ||
		    (*s != '\0' && match_here(m, pattern, s + 1));
	if (*pattern == '{' && (h = hole_at(pattern)) != NULL)
		return match_hole(m, h, pattern, s);
	if (*s == '\0' || (*pattern != '?' && tolower((unsigned char)*pattern)
	    != tolower((unsigned char)*s)))
		return 0;
	return match_here(m, pattern + 1, s + 1);
}

int
fax_subject(const char *pattern, const char *subject, struct fax_call *call_r)
{
	struct match m = { call_r, 0 };
	const struct fax_gateway *g = call_r->gateway;

	memset(call_r, 0, sizeof(*call_r));
	call_r->gateway = g;
	return strlen(subject) <= 1000 && match_here(&m, pattern, subject);
}

static int
is_from(const struct fax_gateway *g, const struct facts *f)
{
	if (f->from.n == 0)
		return 0;
	for (unsigned i = 0; g->from[i] != NULL; i++)
		if (rules_match(g->from[i], f->from.v[0]))
			return 1;
	return 0;
}

/* Takes the place of what was there; 0, or -1. */
static int
replace(char **text, const char *by)
{
	char *copy = strdup(by);

	if (copy == NULL)
		return -1;
	free(*text);
	*text = copy;
	return 0;
}

static int
add(struct texts *list, const char *text)
{
	if (*text == '\0' || list->n == FACTS_LIST)
		return 0;
	if ((list->v[list->n] = strdup(text)) == NULL)
		return -1;
	list->n++;
	return 0;
}

/* The gateway is nobody's address: what it wrote is evidence of none. */
static int
speak_of_fax(struct facts *f, const struct fax_call *c)
{
	while (f->from.n > 0)
		free(f->from.v[--f->from.n]);
	while (f->names.n > 0)
		free(f->names.v[--f->names.n]);
	f->machine = 0;
	if (replace(&f->channel, "fax") == -1 ||
	    (f->stated[0] == '\0' && c->gateway->out &&
	    replace(&f->stated, "out") == -1))
		return -1;
	return add(&f->numbers, c->number) == -1 ||
	    add(&f->names, c->name) == -1 ? -1 : 1;
}

int
fax_take(const struct fax_gateway *g, unsigned n, struct facts *f,
    struct fax_call *call_r)
{
	memset(call_r, 0, sizeof(*call_r));
	if (strcmp(f->channel, "email") != 0)
		return 0;
	for (; n > 0; g++, n--) {
		if (!is_from(g, f))
			continue;
		call_r->gateway = g;
		for (unsigned i = 0; g->subject[i] != NULL; i++)
			if (fax_subject(g->subject[i], f->subject, call_r))
				return speak_of_fax(f, call_r);
	}
	call_r->gateway = NULL;
	return 0;
}
