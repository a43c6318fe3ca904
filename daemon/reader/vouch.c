/* SPDX-License-Identifier: ISC */
/*
 * vouch: what the domains of a mail's DKIM signatures vouch for (RFC 6376),
 * held against DNS answers that the asker brings: nothing is asked from here.
 *
 * Without words the answer lists the names to be looked up; with words, which
 * are the answers, it says what came of each signature:
 *
 *  words    a line each: NAME TAB TEXT of a TXT record; NAME alone: it is not
 *           there; ?NAME: nobody answered
 *  names    {"names":["sel._domainkey.example.org","_dmarc.example.org"]}
 *  results  {"results":[{"method":"dkim","result":"pass","domain":...,
 *           "selector":..., "algorithm":..., "bits":..., "headers":...,
 *           "length":N when the signature covers so many bytes alone,
 *           "test":true, "signed_at":..., "aligned":"strict|relaxed|none",
 *           "why":...}, {"method":"dmarc","result":"pass|unknown|none",
 *           "domain":..., "policy":...}]}
 *
 * A result is pass, fail, permerror, temperror or nokey.  DMARC is "pass" if
 * a signature that passed is aligned with the From domain; it is never said
 * to fail, since SPF cannot be seen behind a gateway.  Aligned "relaxed"
 * means that one domain is the other's parent; no list of public suffixes is
 * asked.
 */
#include "daemon/reader/vouch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include <opendkim/dkim.h>

#include "daemon/reader/answer.h"
#include "daemon/reader/document.h"
#include "proto/base/buf.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"

#define SIGNATURES_MAX 16	/* of one mail that are looked at */

static DKIM_LIB *vouch_lib;
static const char *vouch_words;	/* of the one mail of this child */

/* ---- the answers that were brought ------------------------------------ */

enum found { FOUND_TEXT, FOUND_NOT, FOUND_NOBODY };

/* The text of a name's TXT record; it ends before a line end. */
static enum found
word_of(const char *name, const char **text_r, size_t *len_r)
{
	size_t n = strlen(name);

	for (const char *p = vouch_words; *p != '\0';) {
		size_t len = strcspn(p, "\n");

		if (*p == '?' && len == n + 1 &&
		    strncasecmp(p + 1, name, n) == 0)
			return FOUND_NOBODY;
		if (len >= n + 1 && p[n] == '\t' &&
		    strncasecmp(p, name, n) == 0) {
			*text_r = p + n + 1;
			*len_r = len - n - 1;
			return FOUND_TEXT;
		}
		p += len + (p[len] == '\n');
	}
	return FOUND_NOT;
}

static void
key_name(struct buf *name, DKIM_SIGINFO *sig)
{
	buf_adds(name, (const char *)dkim_sig_getselector(sig));
	buf_adds(name, "._domainkey.");
	buf_adds(name, (const char *)dkim_sig_getdomain(sig));
}

static DKIM_CBSTAT
key_look(DKIM *dkim, DKIM_SIGINFO *sig, u_char *out, size_t size)
{
	struct buf name = BUF_INIT;
	const char *text;
	size_t len;
	enum found found;

	(void)dkim;
	key_name(&name, sig);
	found = buf_failed(&name) ? FOUND_NOBODY :
	    word_of(buf_str(&name), &text, &len);
	buf_release(&name);
	if (found != FOUND_TEXT)
		return DKIM_CBSTAT_NOTFOUND;	/* outcome() tells why */
	if (len >= size)
		return DKIM_CBSTAT_ERROR;
	memcpy(out, text, len);
	out[len] = '\0';
	return DKIM_CBSTAT_CONTINUE;
}

int
vouch_warm(void)
{
	unsigned int flags = DKIM_LIBFLAGS_FIXCRLF;

	vouch_lib = dkim_init(NULL, NULL);
	if (vouch_lib == NULL || dkim_options(vouch_lib, DKIM_OP_SETOPT,
	    DKIM_OPTS_FLAGS, &flags, sizeof flags) != DKIM_STAT_OK ||
	    dkim_set_key_lookup(vouch_lib, key_look) != DKIM_STAT_OK) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* ---- names --------------------------------------------------------------- */

static const char *
from_domain(DKIM *dkim)
{
	const u_char *domain = dkim_getdomain(dkim);

	return domain == NULL ? "" : (const char *)domain;
}

static void
put_names(struct jw *w, DKIM *dkim, DKIM_SIGINFO **sig, int n)
{
	struct buf name = BUF_INIT;

	jw_object(w);
	jw_key(w, "names");
	jw_array(w);
	for (int i = 0; i < n; i++) {
		buf_clear(&name);
		key_name(&name, sig[i]);
		jw_str(w, buf_str(&name));
	}
	if (n > 0 && from_domain(dkim)[0] != '\0') {
		buf_clear(&name);
		buf_adds(&name, "_dmarc.");
		buf_adds(&name, from_domain(dkim));
		jw_str(w, buf_str(&name));
	}
	jw_end(w);
	jw_end(w);
	buf_release(&name);
}

/* ---- results ---------------------------------------------------------- */

static int
is_under(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);

	return n > m && name[n - m - 1] == '.' &&
	    strcasecmp(name + n - m, parent) == 0;
}

static const char *
alignment(const char *domain, const char *from)
{
	if (*from == '\0')
		return "none";
	if (strcasecmp(domain, from) == 0)
		return "strict";
	return is_under(domain, from) || is_under(from, domain) ?
	    "relaxed" : "none";
}

static int
nobody_answered(DKIM_SIGINFO *sig)
{
	struct buf name = BUF_INIT;
	const char *text;
	size_t len;
	int nobody;

	key_name(&name, sig);
	nobody = buf_failed(&name) ||
	    word_of(buf_str(&name), &text, &len) == FOUND_NOBODY;
	buf_release(&name);
	return nobody;
}

static const char *
outcome(DKIM_SIGINFO *sig)
{
	if (nobody_answered(sig))
		return "temperror";
	switch (dkim_sig_geterror(sig)) {
	case DKIM_SIGERROR_OK:
	case DKIM_SIGERROR_UNKNOWN:
		break;
	case DKIM_SIGERROR_NOKEY:
	case DKIM_SIGERROR_KEYREVOKED:
		return "nokey";
	case DKIM_SIGERROR_KEYFAIL:
		return "temperror";
	case DKIM_SIGERROR_BADSIG:
		return "fail";
	default:
		return "permerror";
	}
	if ((dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) == 0)
		return "fail";
	return dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH ? "pass" : "fail";
}

static void
put_time(struct jw *w, DKIM_SIGINFO *sig)
{
	char text[WHEN_TEXT_MAX];
	uint64_t at;

	/* Seconds that no calendar has are not told. */
	if (dkim_sig_getsigntime(sig, &at) == DKIM_STAT_OK && at > 0 &&
	    at < (uint64_t)253402300800)
		jw_kstr(w, "signed_at", when_text((int64_t)at * 1000000,
		    text));
}

/* Members in the order of their names. */
static void
put_result(struct jw *w, DKIM *dkim, DKIM_SIGINFO *sig)
{
	const char *domain = (const char *)dkim_sig_getdomain(sig);
	const char *why = dkim_sig_geterrorstr(dkim_sig_geterror(sig));
	const char *said = outcome(sig);
	u_char *headers = dkim_sig_gettagvalue(sig, 0, (u_char *)"h");
	u_char *algorithm = dkim_sig_gettagvalue(sig, 0, (u_char *)"a");
	u_char *length = dkim_sig_gettagvalue(sig, 0, (u_char *)"l");
	unsigned int bits = 0;

	jw_object(w);
	jw_kstr_opt(w, "algorithm", (const char *)algorithm);
	jw_kstr(w, "aligned", alignment(domain, from_domain(dkim)));
	if (dkim_sig_getkeysize(sig, &bits) == DKIM_STAT_OK && bits > 0)
		jw_kint(w, "bits", bits);
	jw_kstr(w, "domain", domain);
	jw_kstr_opt(w, "headers", (const char *)headers);
	if (length != NULL)
		jw_kstr(w, "length", (const char *)length);
	jw_kstr(w, "method", "dkim");
	jw_kstr(w, "result", said);
	jw_kstr(w, "selector", (const char *)dkim_sig_getselector(sig));
	put_time(w, sig);
	if ((dkim_sig_getflags(sig) & DKIM_SIGFLAG_TESTKEY) != 0) {
		jw_key(w, "test");
		jw_bool(w, 1);
	}
	if (strcmp(said, "pass") != 0)
		jw_kstr_opt(w, "why", why);
	jw_end(w);
}

/* The p= of a DMARC record, or "none" where there is none. */
static void
put_policy(struct jw *w, const char *text, size_t len)
{
	const char *end = text + len, *p;
	size_t n = 0;

	for (p = text; p < end && !(n == 0 && (p == text || p[-1] == ';' ||
	    p[-1] == ' ') && end - p > 2 && p[0] == 'p' && p[1] == '='); p++)
		;
	if (p < end) {
		p += 2;
		while (p + n < end && p[n] != ';' && p[n] != ' ')
			n++;
	}
	jw_key(w, "policy");
	jw_strn(w, n > 0 ? p : "none", n > 0 ? n : 4);
}

static void
put_dmarc(struct jw *w, DKIM *dkim, DKIM_SIGINFO **sig, int n)
{
	struct buf name = BUF_INIT;
	const char *text = "", *from = from_domain(dkim);
	size_t len = 0;
	int aligned = 0;

	for (int i = 0; i < n; i++)
		aligned |= strcmp(outcome(sig[i]), "pass") == 0 &&
		    strcmp(alignment((const char *)dkim_sig_getdomain(sig[i]),
		    from), "none") != 0;
	buf_adds(&name, "_dmarc.");
	buf_adds(&name, from);
	jw_object(w);
	jw_kstr(w, "domain", from);
	jw_kstr(w, "method", "dmarc");
	if (buf_failed(&name) ||
	    word_of(buf_str(&name), &text, &len) != FOUND_TEXT) {
		jw_kstr(w, "result", "none");
	} else {
		put_policy(w, text, len);
		jw_kstr(w, "result", aligned ? "pass" : "unknown");
	}
	jw_end(w);
	buf_release(&name);
}

static void
put_results(struct jw *w, DKIM *dkim, DKIM_SIGINFO **sig, int n)
{
	jw_object(w);
	jw_key(w, "results");
	jw_array(w);
	for (int i = 0; i < n; i++)
		put_result(w, dkim, sig[i]);
	if (n > 0 && from_domain(dkim)[0] != '\0')
		put_dmarc(w, dkim, sig, n);
	jw_end(w);
	jw_end(w);
}

/* ---- one mail --------------------------------------------------------- */

/* Feeds it whole; the state of the end of it. */
static DKIM_STAT
feed(DKIM *dkim, const char *bytes, size_t len)
{
	/* The library takes bytes that it might change; it does not. */
	union { const char *in; u_char *out; } text = { .in = bytes };
	DKIM_STAT st = dkim_chunk(dkim, text.out, len);

	if (st == DKIM_STAT_OK)
		st = dkim_chunk(dkim, NULL, 0);
	return st == DKIM_STAT_OK ? dkim_eom(dkim, NULL) : st;
}

static int
vouch(const char *bytes, size_t len, struct buf *out)
{
	DKIM_STAT st;
	DKIM_SIGINFO **sig = NULL;
	DKIM *dkim = dkim_verify(vouch_lib, (const u_char *)"mail", NULL,
	    &st);
	struct jw w;
	int n = 0;

	if (dkim == NULL) {
		errno = ENOMEM;
		return -1;
	}
	(void)feed(dkim, bytes, len);	/* each signature says how it went */
	if (dkim_getsiglist(dkim, &sig, &n) != DKIM_STAT_OK)
		n = 0;
	if (n > SIGNATURES_MAX)
		n = SIGNATURES_MAX;
	jw_init(&w, out);
	if (*vouch_words == '\0')
		put_names(&w, dkim, sig, n);
	else
		put_results(&w, dkim, sig, n);
	return buf_failed(out) ? -1 : 0;	/* the child ends: no freeing */
}

int
role_vouch(const struct reading_request *request, const char *words,
    int docfd, int answerfd)
{
	const char *bytes = document_map(docfd, request->size);
	struct buf out = BUF_INIT;
	struct answer a;

	if (bytes == NULL)
		return -1;
	vouch_words = words;
	answer_init(&a, answerfd, LIMIT_READ_ANSWER);
	answer_type(&a, "message/rfc822");
	if (vouch(bytes, (size_t)request->size, &out) == -1) {
		errno = ENOMEM;
		return -1;
	}
	if (answer_add(&a, out.data, out.len) == -1)
		return -1;
	buf_release(&out);
	answer_outcome(&a, READING_DONE);
	return answer_end(&a);
}
