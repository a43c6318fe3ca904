/* SPDX-License-Identifier: ISC */
/*
 * rules: the list of filing rules, its built-in default, its printed form
 * and hash, and the matching of patterns.  It must never look at a document:
 * that is verdict.c's business.
 */
#include "daemon/filing/rules.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

static const char *const when_words[] = {
	"token", "address-token", "thread", "address", "number", "name",
	"party", "same-subject", "only-parties", "bounce", NULL
};

static const char *const certainty_words[] = {
	"", "weak", "likely", "certain"
};

static const char *const aside_words[] = {
	"spam", "marketing", "auto-reply", "internal", "private", "enquiry",
	"office", NULL
};

/* The default, in the order in which it is tried. */
static const struct {
	const char	*name;
	enum say_key	 title;
	uint32_t	 when;
	enum certainty	 certainty;
} defaults[] = {
	{ "bounce", SAY_RULE_BOUNCE, RULE_BOUNCE, CERTAINTY_CERTAIN },
	{ "case-token", SAY_RULE_CASE_TOKEN, RULE_TOKEN | RULE_PARTY,
	    CERTAINTY_CERTAIN },
	{ "case-address", SAY_RULE_CASE_ADDRESS,
	    RULE_ADDRESS_TOKEN | RULE_PARTY, CERTAINTY_CERTAIN },
	{ "thread", SAY_RULE_THREAD,
	    RULE_THREAD | RULE_SAME_SUBJECT | RULE_ONLY_PARTIES,
	    CERTAINTY_CERTAIN },
	{ "token-alone", SAY_RULE_TOKEN_ALONE, RULE_TOKEN, CERTAINTY_LIKELY },
	{ "address-alone", SAY_RULE_ADDRESS_ALONE, RULE_ADDRESS_TOKEN,
	    CERTAINTY_LIKELY },
	{ "thread-loose", SAY_RULE_THREAD_LOOSE, RULE_THREAD,
	    CERTAINTY_LIKELY },
	{ "known-address", SAY_RULE_KNOWN_ADDRESS, RULE_ADDRESS,
	    CERTAINTY_LIKELY },
	{ "known-number", SAY_RULE_KNOWN_NUMBER, RULE_NUMBER,
	    CERTAINTY_LIKELY },
	{ "known-client", SAY_RULE_KNOWN_CLIENT, RULE_PARTY,
	    CERTAINTY_WEAK },
	{ "known-name", SAY_RULE_KNOWN_NAME, RULE_NAME, CERTAINTY_WEAK },
};

void
rules_init(struct rules *rules)
{
	memset(rules, 0, sizeof(*rules));
}

static void
patterns_release(char *list[])
{
	for (size_t i = 0; list[i] != NULL; i++)
		free(list[i]);
}

void
rules_release(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct rule *rule = &rules->rule[i];

		patterns_release(rule->from);
		patterns_release(rule->to);
		patterns_release(rule->subject);
		patterns_release(rule->filename);
		patterns_release(rule->channel);
	}
	free(rules->rule);
	rules_init(rules);
}

static int
has_patterns(const struct rule *rule)
{
	return rule->from[0] != NULL || rule->to[0] != NULL ||
	    rule->subject[0] != NULL || rule->filename[0] != NULL ||
	    rule->channel[0] != NULL;
}

static int
known_word(const char *const *words, const char *word)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return 1;
	}
	return 0;
}

/* What keeps a rule from being a rule; NULL if nothing does. */
static const char *
rule_fault(const struct rules *rules, const struct rule *rule)
{
	if (rule->name[0] == '\0')
		return "name: missing";
	for (size_t i = 0; i < rules->n; i++) {
		if (strcmp(rules->rule[i].name, rule->name) == 0)
			return "name: used twice";
	}
	if (rule->title[0] == '\0')
		return "title: missing; triage prints it as the reason";
	if (rule->as[0] != '\0') {
		if (!known_word(aside_words, rule->as))
			return "as: no such word; one of spam marketing "
			    "auto-reply internal private enquiry office";
		return has_patterns(rule) ? NULL :
		    "from, to, subject, filename or channel: one is needed";
	}
	if (rule->certainty == CERTAINTY_NONE)
		return "certainty: missing; certain, likely or weak";
	if (rule->when == 0 && rule->target.kind == ID_NONE)
		return "when: missing; or name a case or client";
	if (rule->when == 0 && !has_patterns(rule))
		return "when: a rule without any condition matches everything";
	return NULL;
}

const char *
rules_add(struct rules *rules, struct rule *rule)
{
	const char *fault = rule_fault(rules, rule);
	struct rule *more;

	if (fault != NULL)
		return fault;
	more = realloc(rules->rule, (rules->n + 1) * sizeof(*more));
	if (more == NULL)
		return "no memory";
	rules->rule = more;
	more[rules->n++] = *rule;
	memset(rule, 0, sizeof(*rule));
	return NULL;
}

int
rules_default(struct rules *rules, enum lang lang)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		struct rule rule = { .when = defaults[i].when,
		    .certainty = defaults[i].certainty };

		(void)snprintf(rule.name, sizeof(rule.name), "%s",
		    defaults[i].name);
		(void)snprintf(rule.title, sizeof(rule.title), "%s",
		    say_text(lang, defaults[i].title));
		if (rules_add(rules, &rule) != NULL)
			return -1;
	}
	return 0;
}

uint32_t
rules_when(const char *word)
{
	for (unsigned i = 0; when_words[i] != NULL; i++) {
		if (strcmp(when_words[i], word) == 0)
			return UINT32_C(1) << i;
	}
	return 0;
}

const char *const *
rules_when_words(void)
{
	return when_words;
}

enum certainty
rules_certainty(const char *word)
{
	for (int i = CERTAINTY_WEAK; i <= CERTAINTY_CERTAIN; i++) {
		if (strcmp(certainty_words[i], word) == 0)
			return (enum certainty)i;
	}
	return CERTAINTY_NONE;
}

const char *
rules_certainty_name(enum certainty certainty)
{
	return certainty_words[certainty];
}

static void
print_patterns(struct buf *out, const char *what, char *const list[])
{
	for (size_t i = 0; list[i] != NULL; i++) {
		buf_adds(out, i == 0 ? " " : "|");
		if (i == 0) {
			buf_adds(out, what);
			buf_addc(out, '=');
		}
		buf_adds(out, list[i]);
	}
}

static void
print_rule(struct buf *out, const struct rule *rule)
{
	char text[ID_TEXT_MAX];
	int first = 1;

	buf_adds(out, rule->name);
	buf_addc(out, ':');
	for (unsigned i = 0; when_words[i] != NULL; i++) {
		if (!(rule->when & (UINT32_C(1) << i)))
			continue;
		buf_adds(out, first ? " when=" : "+");
		buf_adds(out, when_words[i]);
		first = 0;
	}
	print_patterns(out, "from", rule->from);
	print_patterns(out, "to", rule->to);
	print_patterns(out, "subject", rule->subject);
	print_patterns(out, "filename", rule->filename);
	print_patterns(out, "channel", rule->channel);
	if (rule->as[0] != '\0') {
		buf_adds(out, " set-aside=");
		buf_adds(out, rule->as);
	} else {
		if (rule->target.kind != ID_NONE) {
			buf_adds(out, " to ");
			buf_adds(out, id_text(&rule->target, text));
		}
		buf_addc(out, ' ');
		buf_adds(out, rules_certainty_name(rule->certainty));
	}
	buf_adds(out, " \"");
	buf_adds(out, rule->title);
	buf_adds(out, "\"\n");
}

void
rules_print(const struct rules *rules, struct buf *out)
{
	for (size_t i = 0; i < rules->n; i++)
		print_rule(out, &rules->rule[i]);
}

int
rules_seal(struct rules *rules)
{
	struct buf text = BUF_INIT, hex = BUF_INIT;
	uint8_t sum[32];
	int ret = -1;

	rules_print(rules, &text);
	if (buf_failed(&text) || EVP_Digest(buf_str(&text), text.len, sum,
	    NULL, EVP_sha256(), NULL) != 1)
		goto out;
	buf_addhex(&hex, sum, sizeof(sum));
	if (buf_failed(&hex))
		goto out;
	memcpy(rules->hash, buf_str(&hex), sizeof(rules->hash));
	ret = 0;
out:
	buf_release(&text);
	buf_release(&hex);
	return ret;
}

/* Both are folded.  One star is remembered: enough, and never exponential. */
static int
glob(const char *p, const char *t)
{
	const char *star = NULL, *from = NULL;

	while (*t != '\0') {
		if (*p == '*') {
			star = p++;
			from = t;
		} else if (*p == '?' || *p == *t) {
			p++;
			t++;
		} else if (star != NULL) {
			p = star + 1;
			t = ++from;
		} else {
			return 0;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

int
rules_match(const char *pattern, const char *text)
{
	struct buf p = BUF_INIT, t = BUF_INIT;
	int hit;

	hit = text_fold(&p, pattern, strlen(pattern)) == 0 &&
	    text_fold(&t, text, strlen(text)) == 0 &&
	    !buf_failed(&p) && !buf_failed(&t) &&
	    glob(buf_str(&p), buf_str(&t));
	buf_release(&p);
	buf_release(&t);
	return hit;
}
