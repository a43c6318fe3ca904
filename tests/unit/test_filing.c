/* SPDX-License-Identifier: ISC */
/*
 * Unit tests of the pure half of filing: rules, patterns, case numbers in
 * text, facts, direction, verdict.  What needs a store is in tests/e2e.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/filing/filing.h"
#include "daemon/filing/verdict.h"
#include "proto/base/text.h"

static const struct id none = { ID_NONE, 0, 0, 0 };
static const struct id c1 = { ID_CLIENT, 0, 0, 1 };
static const struct id k1 = { ID_CASE, 2026, 0, 1 };
static const struct id k2 = { ID_CASE, 2026, 0, 2 };

static void
test_patterns(void **state)
{
	(void)state;
	assert_true(rules_match("*@bank.example", "Info@BANK.example"));
	assert_true(rules_match("*statement*", "Your Statement of May"));
	assert_true(rules_match("a?c", "abc"));
	assert_true(rules_match("*对账单*", "五月对账单"));
	assert_true(rules_match("*", ""));
	assert_false(rules_match("a?c", "ac"));
	assert_false(rules_match("abc", "abcd"));
	assert_false(rules_match("*a*b*c", "aaaaaaaaaaaaaaaaaaaaaaabbbbbbd"));
}

static void
test_rule_faults(void **state)
{
	struct rules rules;
	struct rule rule = { .when = RULE_TOKEN };

	(void)state;
	rules_init(&rules);
	assert_string_equal(rules_add(&rules, &rule), "name: missing");
	memcpy(rule.name, "x", 2);
	assert_non_null(strstr(rules_add(&rules, &rule), "title: missing"));
	memcpy(rule.title, "t", 2);
	assert_non_null(strstr(rules_add(&rules, &rule), "certainty"));
	rule.certainty = CERTAINTY_LIKELY;
	rule.when = 0;
	assert_non_null(strstr(rules_add(&rules, &rule), "when: missing"));
	rule.target = k1;
	assert_non_null(strstr(rules_add(&rules, &rule), "everything"));
	rule.from[0] = strdup("*@bank.example");
	assert_null(rules_add(&rules, &rule));
	memcpy(rule.name, "x", 2);
	assert_string_equal(rules_add(&rules, &rule), "name: used twice");
	memcpy(rule.name, "y", 2);
	memcpy(rule.title, "t", 2);
	memcpy(rule.as, "junk", 5);
	assert_non_null(strstr(rules_add(&rules, &rule), "as: no such word"));
	rules_release(&rules);
}

static void
test_default_and_hash(void **state)
{
	struct rules en, zh;
	struct buf text = BUF_INIT;

	(void)state;
	rules_init(&en);
	rules_init(&zh);
	assert_int_equal(rules_default(&en, LANG_EN), 0);
	assert_int_equal(rules_default(&zh, LANG_ZH), 0);
	assert_int_equal(rules_seal(&en), 0);
	assert_int_equal(rules_seal(&zh), 0);
	assert_int_equal(strlen(en.hash), 64);
	assert_string_not_equal(en.hash, zh.hash);
	rules_print(&en, &text);
	assert_non_null(strstr(buf_str(&text),
	    "thread: when=thread+same-subject+only-parties certain "));
	buf_release(&text);
	rules_release(&en);
	rules_release(&zh);
}

/* Case numbers: found in text of any script, never inside a word. */
static void
test_tokens(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 number;	/* 0: none found */
	} cases[] = {
		{ "K-2026-0001", 1 },
		{ "re: [K-2026-0012] lease", 12 },
		{ "关于K-2026-0031号案件", 31 },
		{ "K\u20112026\u20110031", 31 },	/* hyphen U+2011 */
		{ "Ｋ－２０２６－００３１", 31 },	/* full width */
		{ "k-2026-31.", 31 },
		{ "BK-2026-0031", 0 },
		{ "K-2026-0031a", 0 },
		{ "5K-2026-0031", 0 },
		{ "K-26-0031", 0 },
		{ "K-2026-", 0 },
		{ "K-20260-031", 0 },
		{ "K-2026-99999999999999999999", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf folded = BUF_INIT;
		struct id id = none;
		size_t pos = 0;

		assert_int_equal(text_fold_token(&folded, cases[i].text,
		    strlen(cases[i].text)), 0);
		assert_int_equal(evidence_token(buf_str(&folded), &pos, &id),
		    cases[i].number != 0);
		if (cases[i].number != 0) {
			assert_int_equal(id.number, cases[i].number);
			assert_int_equal(id.year, 2026);
		}
		buf_release(&folded);
	}
}

#define MAIL(extra) "{\"at\":\"2026-03-02T10:15:00.000000Z\",\"reading\":{" \
	extra "\"from\":[{\"address\":\"ann@client.example\","		\
	"\"name\":\"Ann\"}],\"subject\":\"Re: Lease\","			\
	"\"to\":[{\"address\":\"us@office.example\"}]},"		\
	"\"received\":{\"channel\":\"email\",\"envelope\":{\"from\":"	\
	"\"bounce@client.example\",\"to\":[\"us@office.example\"]},"	\
	"\"sha256\":\"00\",\"size\":1,\"source\":\"lmtp\"}}"

static void
test_sender(void **state)
{
	const char *mail = "{\"at\":\"2026-03-02T10:15:00.000000Z\","
	    "\"reading\":{\"from\":[{\"address\":\"\",\"name\":"
	    "\"The board\"},{\"address\":\"board\"},{\"address\":"
	    "\"us@office.example\"},{\"address\":\"ann@client.example\"}]},"
	    "\"received\":{\"channel\":\"email\",\"source\":\"lmtp\"}}";
	struct facts f;

	(void)state;
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_int_equal(f.from.n, 3);
	assert_string_equal(f.from.v[0], "us@office.example");
	assert_string_equal(f.from.v[1], "board");
	assert_string_equal(f.from.v[2], "ann@client.example");
	facts_release(&f);
}

static void
test_facts_and_direction(void **state)
{
	struct office office = { .region = "GB" };
	struct facts f;
	const char *how;
	const char *mail = MAIL("");

	(void)state;
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_string_equal(f.from.v[0], "ann@client.example");
	assert_int_equal(f.to.n, 1);
	assert_string_equal(f.base, "lease");
	assert_int_equal(f.machine, 0);
	assert_string_equal(facts_direction(&f, &office, &how), "unknown");
	assert_string_equal(how, "no-office-addresses");
	office.domain[0] = strdup("OFFICE.example");
	assert_string_equal(facts_direction(&f, &office, &how), "in");
	assert_string_equal(how, "office-addresses");
	free(office.domain[0]);
	office.domain[0] = strdup("client.example");
	assert_string_equal(facts_direction(&f, &office, &how), "out");
	office.address[0] = strdup("us@office.example");
	assert_string_equal(facts_direction(&f, &office, &how), "internal");
	facts_release(&f);
	office_release(&office);
	mail = MAIL("\"auto_submitted\":\"auto-replied\",");
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_int_equal(f.machine, 1);
	facts_release(&f);
	assert_int_equal(facts_take(&f, "{", 1), -1);
}

static void
test_envelopes(void **state)
{
	struct facts f;
	const char *mail = "{\"at\":\"2026-03-02T10:15:00.000000Z\","
	    "\"reading\":{\"envelope_to\":[{\"address\":\"x@e.example\"}],"
	    "\"subject\":\"s\"},\"received\":{\"channel\":\"email\","
	    "\"envelope\":{\"from\":\"a@b.example\",\"to\":["
	    "\"archive+ann=client.example@h\",\"b+=c@h\",\"b+c=@h\","
	    "\"b+c@h=x\",\"+=@h\",\"a+b=c+d=e@h\"]},\"source\":\"lmtp\"}}";

	(void)state;
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_string_equal(f.from.v[0], "a@b.example");
	assert_int_equal(f.to.n, 9);
	assert_string_equal(f.to.v[0], "x@e.example");
	assert_string_equal(f.to.v[2], "ann@client.example");
	assert_string_equal(f.to.v[8], "b=c+d@e");
	facts_release(&f);
}

/* The envelope of a report is not that of the message in it. */
static void
test_journal(void **state)
{
	struct facts f;
	const char *mail = "{\"at\":\"2026-03-02T10:15:00.000000Z\","
	    "\"reading\":{\"journal\":{\"recipients\":[{\"address\":"
	    "\"all@office.example\",\"as\":\"bcc\"}],\"sender\":"
	    "\"ann@client.example\"},\"subject\":\"s\"},\"received\":{"
	    "\"channel\":\"email\",\"envelope\":{\"from\":"
	    "\"exchange@office.example\",\"to\":[\"journal@a.example\"]},"
	    "\"source\":\"smtp\"}}";

	(void)state;
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_int_equal(f.from.n, 1);
	assert_string_equal(f.from.v[0], "ann@client.example");
	assert_int_equal(f.to.n, 1);
	assert_string_equal(f.to.v[0], "all@office.example");
	facts_release(&f);
}

static int
no_case(void *arg, const struct id *kase, struct id *client_r, int *open_r)
{
	(void)arg;
	(void)kase;
	*client_r = c1;
	*open_r = 1;
	return 0;
}

static void
reach(const char *mail, const struct evidence *e, struct verdict *v)
{
	struct rules rules;
	struct facts f;

	rules_init(&rules);
	assert_int_equal(rules_default(&rules, LANG_EN), 0);
	assert_int_equal(facts_take(&f, mail, strlen(mail)), 0);
	assert_int_equal(verdict_reach(&rules, &f, e, no_case, NULL, v), 0);
	/* Only numbers, bits and static keys are looked at afterwards. */
	for (unsigned i = 0; i < v->n; i++)
		v->sug[i].rule = NULL;
	facts_release(&f);
	rules_release(&rules);
}

static void
test_verdict(void **state)
{
	struct evidence e = { .n = 2 };
	struct verdict v;

	(void)state;
	e.cand[0] = (struct candidate){ .client = c1, .kase = k1, .open = 1,
	    .bits = RULE_TOKEN | RULE_PARTY };
	e.cand[1] = (struct candidate){ .client = c1, .kase = k2, .open = 1,
	    .bits = RULE_TOKEN };
	reach(MAIL(""), &e, &v);
	assert_true(v.certain);
	assert_int_equal(v.n, 1);
	assert_true(id_equal(&v.sug[0].kase, &k1));

	e.cand[1].bits |= RULE_PARTY;		/* both named by a party */
	reach(MAIL(""), &e, &v);
	assert_true(v.certain);
	assert_int_equal(v.n, 2);

	reach(MAIL("\"auto_submitted\":\"auto-replied\","), &e, &v);
	assert_false(v.certain);
	assert_string_equal(v.why, "WHY_MACHINE");
	assert_int_equal(v.sug[0].certainty, CERTAINTY_LIKELY);

	/* What a report is about is sure, whoever sent the report. */
	e.cand[1].bits |= RULE_BOUNCE;
	reach(MAIL("\"auto_submitted\":\"auto-replied\","), &e, &v);
	assert_true(v.certain);
	assert_int_equal(v.n, 1);
	assert_true(id_equal(&v.sug[0].kase, &k2));

	e.n = 1;
	e.cand[0].open = 0;
	reach(MAIL(""), &e, &v);
	assert_false(v.certain);
	assert_string_equal(v.why, "WHY_CLOSED");

	e.cand[0].open = 1;
	e.cand[0].bits = RULE_ADDRESS;
	reach(MAIL(""), &e, &v);
	assert_false(v.certain);
	assert_string_equal(v.why, "WHY_NOT_CERTAIN");
	assert_int_equal(v.sug[0].certainty, CERTAINTY_LIKELY);

	e.n = 0;
	reach(MAIL(""), &e, &v);
	assert_int_equal(v.n, 0);
	assert_string_equal(v.why, "WHY_NOTHING_KNOWN");
}

static void
test_phone(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(phone_e164("020 7946 0000", "GB", out), 0);
	assert_string_equal(out, "+442079460000");
	assert_int_equal(phone_e164("+86 10 6552 9988", "GB", out), 0);
	assert_string_equal(out, "+861065529988");
	assert_int_equal(phone_e164("not a number", "GB", out), -1);
	assert_int_equal(phone_e164("", "GB", out), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_rule_faults),
		cmocka_unit_test(test_default_and_hash),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_facts_and_direction),
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_phone),
	};

	return cmocka_run_group_tests_name("filing", tests, NULL, NULL);
}
