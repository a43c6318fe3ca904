/* SPDX-License-Identifier: ISC */
/*
 * bundle_readme: README.html: what the bundle is, what is in it, what is not
 * and why, and how it is checked, in English and Chinese.  No script, no
 * network, and nothing of the clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

struct page {
	struct making	*m;
	struct buf	*out;
	enum lang	 lang;
};

/* ---- pieces of HTML ---------------------------------------------- */

static void
escaped(struct page *p, const char *text)
{
	text_html(p->out, text, strlen(text));
}

static void
said(struct page *p, const char *tag, enum say_key key, const char *a,
    const char *b, const char *c)
{
	const char *const args[] = { a, b, c };
	struct buf text = BUF_INIT;
	const char *s;

	say_to(&text, p->lang, key, args, 3);
	buf_adds(p->out, "<");
	buf_adds(p->out, tag);
	buf_adds(p->out, ">");
	if ((s = buf_str(&text)) != NULL)
		escaped(p, s);
	buf_adds(p->out, "</");
	buf_adds(p->out, tag);
	buf_adds(p->out, ">\n");
	buf_release(&text);
}

static void
command(struct page *p, enum say_key key, const char *text)
{
	said(p, "p", key, NULL, NULL, NULL);
	buf_adds(p->out, "<pre>");
	escaped(p, text);
	buf_adds(p->out, "</pre>\n");
}

static const char *
decimal(char text[24], uint64_t n)
{
	(void)snprintf(text, 24, "%llu", (unsigned long long)n);
	return text;
}

/* ---- what it is -------------------------------------------------- */

static void
put_what(struct page *p)
{
	struct making *m = p->m;
	char date[WHEN_TEXT_MAX], of[ID_TEXT_MAX], n[24];
	char first[BATES_MAX], last[BATES_MAX];
	const char *office = *m->conf->office != '\0' ? m->conf->office :
	    say_text(p->lang, SAY_README_OFFICE);

	said(p, "h2", SAY_README_WHAT, NULL, NULL, NULL);
	said(p, "p", SAY_README_INTRO, office, when_text(m->as_of, date),
	    id_text(&m->bundle->of, of));
	if (*m->bundle->title != '\0') {
		buf_adds(p->out, "<p>");
		escaped(p, m->bundle->title);
		buf_adds(p->out, "</p>\n");
	}
	said(p, "p", making_is(m, "audit") ? SAY_README_AUDIT :
	    making_is(m, "dsar") ? SAY_README_DSAR : SAY_README_PRODUCTION,
	    NULL, NULL, NULL);
	if (m->npieces == 0)
		said(p, "p", SAY_README_NONE_PRODUCED, NULL, NULL, NULL);
	else
		said(p, "p", SAY_README_COUNTS, decimal(n,
		    m->outcome->documents), making_bates(m,
		    m->piece[0].first, first), making_bates(m,
		    m->piece[m->npieces - 1].last, last));
}

static void
listed(struct page *p, const char *path, enum say_key key, const char *a)
{
	buf_adds(p->out, "<li><code>");
	escaped(p, path);
	buf_adds(p->out, "</code> ");
	said(p, "span", key, a, NULL, NULL);
	buf_adds(p->out, "</li>\n");
}

static void
put_inside(struct page *p)
{
	struct making *m = p->m;

	said(p, "h2", SAY_README_INSIDE, NULL, NULL, NULL);
	buf_adds(p->out, "<ul>\n");
	listed(p, "data/production/VOL001/", SAY_README_D_PRODUCTION, NULL);
	if (!making_is(m, "dsar"))
		listed(p, "data/production/privilege-log.csv",
		    SAY_README_D_PRIVILEGE, NULL);
	listed(p, "data/production/exceptions.csv", SAY_README_D_EXCEPTIONS,
	    NULL);
	listed(p, "data/production/redaction-log.csv",
	    SAY_README_D_REDACTION, NULL);
	listed(p, "data/timeline/", SAY_README_D_TIMELINE, NULL);
	if (making_is(m, "audit"))
		listed(p, "data/audit/", SAY_README_D_AUDIT, NULL);
	if (making_is(m, "dsar"))
		listed(p, "data/processing-info.csv",
		    SAY_README_D_PROCESSING, NULL);
	listed(p, "data/custody/", SAY_README_D_CUSTODY, NULL);
	if (m->nauth > 0)
		listed(p, "data/email-auth/", SAY_README_D_EMAIL, NULL);
	if (m->earlier.build != 0)
		listed(p, "data/delta/", SAY_README_D_DELTA,
		    m->build.earlier);
	listed(p, "proof/", SAY_README_D_PROOF, NULL);
	listed(p, "seal/", SAY_README_D_SEAL, NULL);
	buf_adds(p->out, "</ul>\n");
}

/* ---- what is not in it ------------------------------------------- */

static int
by_reason(const void *a, const void *b)
{
	const struct plan_item *const *x = a, *const *y = b;
	int order = strcmp((*x)->reason, (*y)->reason);

	return order != 0 ? order : (int)((*x)->document.number >
	    (*y)->document.number) - (int)((*x)->document.number <
	    (*y)->document.number);
}

/* One line a reason; inside the office with the numbers. */
static void
put_reasons(struct page *p, const struct plan_item **left, size_t n)
{
	char count[24], id[ID_TEXT_MAX];

	for (size_t i = 0, to; i < n; i = to) {
		const char *reason = *left[i]->reason != '\0' ?
		    left[i]->reason : say_text(p->lang,
		    SAY_README_NO_REASON);

		for (to = i + 1; to < n && strcmp(left[i]->reason,
		    left[to]->reason) == 0; to++)
			;
		buf_adds(p->out, "<li>");
		said(p, "span", SAY_README_LEFT_OUT, decimal(count, to - i),
		    reason, NULL);
		for (size_t k = i; making_is(p->m, "audit") && k < to; k++) {
			buf_adds(p->out, k == i ? " (" : ", ");
			buf_adds(p->out, id_text(&left[k]->document, id));
		}
		buf_adds(p->out, making_is(p->m, "audit") ? ")</li>\n" :
		    "</li>\n");
	}
}

static size_t
collect_left(const struct plan *plan, const struct plan_item **left)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->item[i].treatment == TREAT_LEAVE_OUT)
			left[n++] = &plan->item[i];
	for (size_t i = 0; i < plan->napart; i++)
		left[n++] = &plan->apart[i];
	qsort(left, n, sizeof *left, by_reason);
	return n;
}

static int
put_left(struct page *p)
{
	const struct plan *plan = p->m->plan;
	const struct plan_item **left = calloc(plan->n + plan->napart + 1,
	    sizeof *left);
	size_t n, withheld = plan->count[TREAT_WITHHOLD];
	size_t before = plan->count[TREAT_BEFORE];
	char count[24], id[ID_TEXT_MAX];

	if (left == NULL)
		return making_failed(p->m, "README.html");
	n = collect_left(plan, left);
	said(p, "h2", SAY_README_LEFT, NULL, NULL, NULL);
	buf_adds(p->out, "<ul>\n");
	if (withheld > 0)
		said(p, "li", making_is(p->m, "dsar") ?
		    SAY_README_WITHHELD_DSAR : SAY_README_WITHHELD,
		    decimal(count, withheld), NULL, NULL);
	if (before > 0)
		said(p, "li", SAY_README_BEFORE, decimal(count, before),
		    id_text(&p->m->bundle->supplements, id), NULL);
	if (p->m->nexceptions > 0)
		said(p, "li", SAY_README_EXCEPTIONS, decimal(count,
		    p->m->nexceptions), NULL, NULL);
	put_reasons(p, left, n);
	if (withheld + before + p->m->nexceptions + n == 0)
		said(p, "li", SAY_README_NOTHING_LEFT, NULL, NULL, NULL);
	buf_adds(p->out, "</ul>\n");
	free(left);
	return 0;
}

/* ---- how to check it --------------------------------------------- */

#define SUMS								\
"sha256sum -c --quiet --strict manifest-sha256.txt tagmanifest-sha256.txt\n" \
"sha512sum -c --quiet --strict manifest-sha512.txt tagmanifest-sha512.txt\n"
#define LIST								\
"diff <(cut -c67- manifest-sha256.txt) <(find data -type f | LC_ALL=C sort)\n" \
"diff <(cut -c67- tagmanifest-sha256.txt) <(find . -type f \\\n"	\
"  ! -path './data/*' ! -path './seal/*' ! -name 'tagmanifest-*' |\n"	\
"  cut -c3- | LC_ALL=C sort)\n"
#define HEAD								\
"(printf 302a300506032b6570032100 | xxd -r -p\n"			\
" head -1 proof/keys.vkey | cut -d+ -f3- | base64 -d | tail -c 32) |\n" \
"  openssl pkey -pubin -inform DER -out /tmp/log.pem\n"			\
"sed '/^$/,$d' proof/case/checkpoint > /tmp/body\n"			\
"tail -1 proof/case/checkpoint | cut -d' ' -f3 | base64 -d |\n"	\
"  tail -c +5 > /tmp/sig\n"						\
"openssl pkeyutl -verify -rawin -pubin -inkey /tmp/log.pem \\\n"	\
"  -in /tmp/body -sigfile /tmp/sig\n"
#define ENTRIES								\
"while read -r line; do\n"						\
"  sum=$( (printf %s \"$line\" | jq -r .nonce | xxd -r -p\n"		\
"    printf %s \"$line\" | jq -j .entry) | sha256sum | cut -c1-64)\n"	\
"  grep -qraF \"$sum\" proof/case || echo \"not in the tree: $sum\"\n"	\
"done < proof/case/disclosed.jsonl\n"
#define SEAL								\
"openssl cms -verify -cades -binary -inform DER -purpose any \\\n"	\
"  -in seal/tagmanifest-sha512.txt.p7s \\\n"				\
"  -content tagmanifest-sha512.txt -CAfile ca.pem -out /dev/null\n"
#define STAMP								\
"openssl ts -verify -data tagmanifest-sha512.txt \\\n"			\
"  -in seal/tagmanifest-sha512.txt.tsr -CAfile roots.pem\n"

#define MASTER								\
"sed '/^$/,$d' seal/master-checkpoint > /tmp/master\n"			\
"diff /tmp/master <(sed -e '1,/^$/d' -e '/^$/,$d' \\\n"			\
"  proof/case-checkpoint.tlog-proof)\n"					\
"grep -F \"— $(head -1 /tmp/master) \" seal/master-checkpoint |\n"	\
"  cut -d' ' -f3 | base64 -d | tail -c +5 > /tmp/sig\n"		\
"openssl pkeyutl -verify -rawin -pubin -inkey /tmp/log.pem \\\n"	\
"  -in /tmp/master -sigfile /tmp/sig\n"
#define MASTER_STAMP							\
"openssl ts -verify -data /tmp/master \\\n"				\
"  -in seal/master-checkpoint.tsr -CAfile roots.pem\n"
/* 4 bytes of the key's id, 8 of the time, the signature. */
#define WITNESS								\
"grep -F \"— $(cut -d+ -f1 witness.vkey) \" seal/master-checkpoint |\n"	\
"  head -1 | cut -d' ' -f3 | base64 -d > /tmp/line\n"			\
"time=$((16#$(tail -c +5 /tmp/line | head -c 8 | xxd -p)))\n"		\
"(printf 'cosignature/v1\\ntime %d\\n' $time\n"			\
" cat /tmp/master) > /tmp/cosigned\n"					\
"tail -c +13 /tmp/line > /tmp/sig\n"					\
"(printf 302a300506032b6570032100 | xxd -r -p\n"			\
" cut -d+ -f3- witness.vkey | base64 -d | tail -c 32) |\n"		\
"  openssl pkey -pubin -inform DER -out /tmp/witness.pem\n"		\
"openssl pkeyutl -verify -rawin -pubin -inkey /tmp/witness.pem \\\n"	\
"  -in /tmp/cosigned -sigfile /tmp/sig && date -u -d @$time\n"
/* The leaf that the proof is of, for whoever follows its path. */
#define EXPORT								\
"jq -j .entry seal/export.json | grep -cF \"$(sha512sum \\\n"		\
"  tagmanifest-sha512.txt | cut -c1-128)\"\n"				\
"sum=$( (jq -r .nonce seal/export.json | xxd -r -p\n"			\
"  jq -j .entry seal/export.json) | sha256sum | cut -c1-64)\n"		\
"jq -j --arg c $sum '.case_seq as $n | .entry | fromjson |\n"		\
"  {case_seq: $n, commitment: $c, kind, recorded_at: .at, v} |\n"	\
"  tojson' seal/export.json > /tmp/leaf\n"				\
"sed '1,/^$/d' seal/export.tlog-proof > /tmp/head\n"			\
"sed '/^$/,$d' /tmp/head > /tmp/body\n"					\
"tail -1 /tmp/head | cut -d' ' -f3 | base64 -d | tail -c +5 > /tmp/sig\n" \
"openssl pkeyutl -verify -rawin -pubin -inkey /tmp/log.pem \\\n"	\
"  -in /tmp/body -sigfile /tmp/sig\n"
#define EMAIL								\
"for dns in data/email-auth/*.dns.json; do\n"				\
"  n=$(basename \"$dns\" .dns.json)\n"					\
"  echo $n $(mailauth report -n \"$dns\" -i 127.0.0.1 \\\n"		\
"    data/production/VOL001/NATIVES/*/$n.eml 2>/dev/null |\n"		\
"    jq -r '.dkim.results[].status.result') / $(jq -r \\\n"		\
"    '.results[] | select(.method == \"dkim\") | .result' \\\n"		\
"    data/email-auth/$n.auth.json)\n"					\
"done\n"

/* What others have said of the log, and of the mails in it. */
static void
put_others(struct page *p)
{
	command(p, SAY_README_CHECK_MASTER, MASTER);
	command(p, SAY_README_CHECK_MASTER_STAMP, MASTER_STAMP);
	command(p, SAY_README_CHECK_WITNESS, WITNESS);
	command(p, SAY_README_CHECK_EXPORT, EXPORT);
	said(p, "p", SAY_README_EXPORT_PATH, NULL, NULL, NULL);
	if (p->m->nauth == 0)
		return;
	command(p, SAY_README_CHECK_EMAIL, EMAIL);
	said(p, "p", SAY_README_CHECK_PEER, NULL, NULL, NULL);
}

static void
put_check(struct page *p)
{
	struct making *m = p->m;
	char n[3][24];

	said(p, "h2", SAY_README_CHECK, NULL, NULL, NULL);
	said(p, "p", SAY_README_CHECK_INTRO, NULL, NULL, NULL);
	command(p, SAY_README_CHECK_SUMS, SUMS);
	command(p, SAY_README_CHECK_LIST, LIST);
	command(p, SAY_README_CHECK_HEAD, HEAD);
	command(p, SAY_README_CHECK_ENTRIES, ENTRIES);
	said(p, "p", SAY_README_CHECK_COUNT, decimal(n[0], m->head.size),
	    decimal(n[1], m->ndisclosed), decimal(n[2], m->head.size -
	    m->ndisclosed));
	if (!making_is(m, "audit"))
		said(p, "p", SAY_README_CHECK_REST, NULL, NULL, NULL);
	if (m->conf->seal_certificate != NULL)
		command(p, SAY_README_CHECK_SEAL, SEAL);
	else
		said(p, "p", SAY_README_NO_SEAL, NULL, NULL, NULL);
	command(p, SAY_README_CHECK_STAMP, STAMP);
	put_others(p);
	said(p, "p", SAY_README_CAUTION, NULL, NULL, NULL);
}

/* ---- the page ---------------------------------------------------- */

static const char page_head[] =
"<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;"
"padding:0 1em}pre{background:#f2f2f2;padding:.7em;overflow-x:auto}"
"h1{font-size:1.5em}h2{font-size:1.2em}section+section{border-top:1px solid "
"#999;margin-top:3em}@media print{pre{white-space:pre-wrap}}</style>\n";

static int
put_section(struct making *m, struct buf *out, enum lang lang)
{
	struct page p = { m, out, lang };
	char of[ID_TEXT_MAX], id[ID_TEXT_MAX];

	buf_adds(out, "<section lang=\"");
	buf_adds(out, lang_tag(lang));
	buf_adds(out, "\">\n");
	said(&p, "h1", SAY_README_TITLE, id_text(&m->bundle->of, of),
	    id_text(&m->bundle->id, id), NULL);
	put_what(&p);
	put_inside(&p);
	if (put_left(&p) == -1)
		return -1;
	put_check(&p);
	buf_adds(out, "</section>\n");
	return 0;
}

int
make_readme(struct making *m)
{
	struct bag_file *f = bag_open(m->bag, "data/README.html", 0, m->t);
	char of[ID_TEXT_MAX], id[ID_TEXT_MAX];
	struct buf *out;

	if (f == NULL)
		return -1;
	out = bag_out(f);
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"");
	buf_adds(out, lang_tag(m->lang));
	buf_adds(out, "\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	say(out, m->lang, SAY_README_TITLE, id_text(&m->bundle->of, of),
	    id_text(&m->bundle->id, id));
	buf_adds(out, "</title>\n");
	buf_adds(out, page_head);
	buf_adds(out, "</head>\n<body>\n");
	if (put_section(m, out, LANG_EN) == -1 ||
	    put_section(m, out, LANG_ZH) == -1) {
		bag_drop(f);
		return -1;
	}
	buf_adds(out, "<footer><p>dossier " DOSSIER_VERSION
	    "</p></footer>\n</body>\n</html>\n");
	return making_close(m, f);
}
