/* SPDX-License-Identifier: ISC */
/*
 * rules: the filing rules in force, as the configuration gives them, first
 * match wins.
 *
 *	rule "bank statements" {
 *		title     = "Statements of the client's bank"
 *		when      = { "address" }
 *		from      = { "*@bank.example" }
 *		subject   = { "*statement*" }
 *		case      = "K-2026-0003"
 *		certainty = "certain"
 *	}
 *
 * `when` names the evidence; all of it must point to the same case:
 *
 *	token      a case number in subject, text, title or file name
 *	address-token  a per-case address, K-2026-0031@... or
 *		       name+K-2026-0031@...
 *	thread     an answer to a message that is filed there
 *	address    an address known from there
 *	number     a telephone number known from there
 *	name       a name known from there
 *	party      the sender (out: a recipient) is a party of that case
 *	same-subject   the subject is that of the thread
 *	only-parties   no outside address that is not a party
 *	bounce     a delivery report on a message of ours that is filed there
 *
 * from, to, subject, filename and channel are patterns (* and ?, folded); one
 * of each list must match.  A rule that names a case or client needs no `when`.
 * action "set-aside" takes the document out of triage under the word in `as`.
 * Rules that only set aside stand before the built-in ones; with the first
 * that files, the configuration's rules are all there are.
 *
 * Whatever a rule says, nothing that a machine sent (lists, auto-replies,
 * bounces) and nothing for a closed case is filed as certain: it becomes
 * likely, and says why.  The exception is a rule that asks for `bounce': what
 * a delivery report is about is sure, since it names the Message-ID of a
 * message that we sent, so it joins that message.  A drop folder that belongs
 * to a case or client files at the door and does not come here.
 */
#ifndef DOSSIER_RULES_H
#define DOSSIER_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"
#include "proto/base/say.h"

enum rule_when {
	RULE_TOKEN = 1 << 0,
	RULE_ADDRESS_TOKEN = 1 << 1,
	RULE_THREAD = 1 << 2,
	RULE_ADDRESS = 1 << 3,
	RULE_NUMBER = 1 << 4,
	RULE_NAME = 1 << 5,
	RULE_PARTY = 1 << 6,
	RULE_SAME_SUBJECT = 1 << 7,
	RULE_ONLY_PARTIES = 1 << 8,
	RULE_BOUNCE = 1 << 9
};

enum certainty {
	CERTAINTY_NONE, CERTAINTY_WEAK, CERTAINTY_LIKELY, CERTAINTY_CERTAIN
};

#define RULE_PATTERNS 16

struct rule {
	char		 name[64];
	char		 title[512];	/* the sentence that triage prints */
	uint32_t	 when;		/* bits of enum rule_when */
	enum certainty	 certainty;
	struct id	 target;	/* case or client, or ID_NONE */
	char		 as[32];	/* set aside as; "" = file */
	/* Owned; each list ends with NULL. */
	char		*from[RULE_PATTERNS + 1];
	char		*to[RULE_PATTERNS + 1];
	char		*subject[RULE_PATTERNS + 1];
	char		*filename[RULE_PATTERNS + 1];
	char		*channel[RULE_PATTERNS + 1];
};

struct rules {
	struct rule	*rule;
	size_t		 n;
	char		 hash[65];	/* SHA-256 of rules_print(), hex */
};

void	rules_init(struct rules *);
void	rules_release(struct rules *);
/* The built-in rules, behind those that are there; titles in a language. */
int	rules_default(struct rules *, enum lang);
/*
 * Appends a copy of the rule (takes the pattern strings).  NULL, or what is
 * wrong with it as a text such as "when: no such evidence".
 */
const char *rules_add(struct rules *, struct rule *);
/* The bit of a word, 0 if there is none; the words, for "nearest". */
uint32_t rules_when(const char *);
const char *const *rules_when_words(void);
enum certainty rules_certainty(const char *);
const char *rules_certainty_name(enum certainty);
/* One rule a line, as they are tried: what rules.set keeps. */
void	rules_print(const struct rules *, struct buf *);
/* Computes hash; call after the last rules_add(). */
int	rules_seal(struct rules *);
/* 1 if the text matches the pattern: both folded, * and ?. */
int	rules_match(const char *pattern, const char *text);

#endif
