/* SPDX-License-Identifier: ISC */
/*
 * conf_filing: from libconfuse's tree to rules and fax gateways.  What needs
 * all of a section to be judged is judged here, with the section's line.
 */
#include "daemon/conf_filing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/conf_check.h"

int
conf_texts(cfg_t *sec, const char *name, char **to, unsigned max)
{
	unsigned i, n = cfg_size(sec, name);

	if (n > max)
		return conf_wrong(sec, SAY_CONF_MANY, name, NULL);
	for (i = 0; i < n; i++)
		if ((to[i] = strdup(cfg_getnstr(sec, name, i))) == NULL)
			return conf_wrong(sec, SAY_CONF_OTHER, strerror(ENOMEM),
			    NULL);
	return 0;
}

void
conf_target(cfg_t *sec, struct id *id_r)
{
	const char *s = cfg_getstr(sec, "case");

	if (s == NULL)
		s = cfg_getstr(sec, "client");
	if (s == NULL || id_parse(s, strlen(s), id_r) == -1)
		*id_r = (struct id){ ID_NONE, 0, 0, 0 };
}

static int
take_fax(cfg_t *sec, struct fax_gateway *g)
{
	const char *title = cfg_title(sec), *bad;

	if (strlen(title) >= sizeof(g->name))
		return conf_wrong(sec, SAY_CONF_LONG, title, NULL);
	(void)snprintf(g->name, sizeof(g->name), "%s", title);
	g->out = strcmp(cfg_getstr(sec, "direction"), "out") == 0;
	if (conf_texts(sec, "from", g->from, RULE_PATTERNS) == -1 ||
	    conf_texts(sec, "subject", g->subject, RULE_PATTERNS) == -1)
		return -1;
	if (g->from[0] == NULL || g->subject[0] == NULL)
		return conf_wrong(sec, SAY_CONF_NEEDED, g->from[0] == NULL ?
		    "from" : "subject", title);
	for (unsigned i = 0; g->subject[i] != NULL; i++)
		if ((bad = fax_pattern_bad(g->subject[i])) != NULL)
			return conf_wrong(sec, SAY_CONF_FAX, title, bad);
	return 0;
}

int
conf_faxes(struct conf *c, cfg_t *cfg)
{
	unsigned i, n = cfg_size(cfg, "fax");

	if ((c->fax = calloc(n + 1, sizeof(*c->fax))) == NULL)
		return conf_wrong(cfg, SAY_CONF_OTHER, strerror(ENOMEM), NULL);
	for (i = 0; i < n; i++) {
		c->nfax++;	/* what is begun is given back */
		if (take_fax(cfg_getnsec(cfg, "fax", i), &c->fax[i]) == -1)
			return -1;
	}
	return 0;
}

static int
take_rule(struct conf *c, cfg_t *sec)
{
	struct rule r;
	const char *bad, *title = cfg_getstr(sec, "title");
	unsigned i;

	memset(&r, 0, sizeof(r));
	if (title == NULL || *title == '\0')
		return conf_wrong(sec, SAY_CONF_NEEDED, "title",
		    cfg_title(sec));
	if (strlen(title) >= sizeof(r.title) ||
	    strlen(cfg_title(sec)) >= sizeof(r.name))
		return conf_wrong(sec, SAY_CONF_LONG, cfg_title(sec), NULL);
	(void)snprintf(r.name, sizeof(r.name), "%s", cfg_title(sec));
	(void)snprintf(r.title, sizeof(r.title), "%s", title);
	for (i = 0; i < cfg_size(sec, "when"); i++)
		r.when |= rules_when(cfg_getnstr(sec, "when", i));
	r.certainty = rules_certainty(cfg_getstr(sec, "certainty"));
	conf_target(sec, &r.target);
	if (strcmp(cfg_getstr(sec, "action"), "set-aside") == 0) {
		if (cfg_getstr(sec, "as") == NULL)
			return conf_wrong(sec, SAY_CONF_NEEDED, "as", r.name);
		(void)snprintf(r.as, sizeof(r.as), "%s",
		    cfg_getstr(sec, "as"));
	}
	if (conf_texts(sec, "from", r.from, RULE_PATTERNS) == -1 ||
	    conf_texts(sec, "to", r.to, RULE_PATTERNS) == -1 ||
	    conf_texts(sec, "subject", r.subject, RULE_PATTERNS) == -1 ||
	    conf_texts(sec, "filename", r.filename, RULE_PATTERNS) == -1 ||
	    conf_texts(sec, "channel", r.channel, RULE_PATTERNS) == -1)
		return -1;	/* the process ends: nothing to give back */
	if ((bad = rules_add(&c->rules, &r)) != NULL)
		return conf_wrong(sec, SAY_CONF_RULE, r.name, bad);
	return 0;
}

/* Rules that only set aside leave the built-in ones in force behind them. */
int
conf_rules(struct conf *c, cfg_t *cfg)
{
	unsigned i, n = cfg_size(cfg, "rule"), filing = 0;

	rules_init(&c->rules);
	for (i = 0; i < n; i++) {
		if (take_rule(c, cfg_getnsec(cfg, "rule", i)) == -1)
			return -1;
		filing += c->rules.rule[i].as[0] == '\0';
	}
	if ((filing == 0 && rules_default(&c->rules, c->lang) == -1) ||
	    rules_seal(&c->rules) == -1)
		return conf_wrong(cfg, SAY_CONF_OTHER, strerror(ENOMEM), NULL);
	return 0;
}
