/* SPDX-License-Identifier: ISC */
/*
 * bundle_vouch: email-auth/: what the domains of senders vouch for, as the
 * journal found it (document.authenticated), and the DNS answers it rests on,
 * in the form that verifiers take as a cache: name -> type -> answers.
 *
 *	<BEGDOC>.auth.json	asked, resolver, results
 *	<BEGDOC>.dns.json	the answers alone
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/export/bundle_own.h"

/* The last such entry up to P: 1 and its text, 0 there is none, -1. */
static int
last_entry(struct making *m, const struct piece *p, struct jrow *why,
    struct buf *text)
{
	struct trees *trees;
	uint64_t last = 0;
	uint32_t list, x;
	int got;

	buf_clear(&why->text);
	if (ask_why(m->store, &p->document, &why->text, m->t) != 1 ||
	    jrow_parse(why) == -1)
		return making_bad(m, &p->document, "why");
	list = json_get(&why->json, 0, "history");
	for (x = json_first(&why->json, list); x != JSON_NONE;
	    x = json_after(&why->json, list, x)) {
		uint64_t seq = (uint64_t)jrow_int(why, x, "seq");

		if (seq <= m->position && json_is(&why->json, json_get(
		    &why->json, x, "kind"), kind_name(
		    KIND_DOCUMENT_AUTHENTICATED)))
			last = seq;
	}
	if (last == 0)
		return 0;
	if ((trees = trees_open(m->store, m->t)) == NULL)
		return -1;
	buf_clear(text);
	got = trees_entry(trees, last, text, NULL);
	trees_close(trees);
	return got == -1 ? making_failed(m, "email-auth") : got;
}

static void
raw(struct jw *w, const struct entry *e, const char *name)
{
	size_t n;
	const char *span;

	if (entry_get(e, name) == JSON_NONE)
		return;
	span = json_span(&e->json, entry_get(e, name), &n);
	jw_key(w, name);
	jw_raw(w, span, n);
}

static int
put_files(struct making *m, const struct piece *p, const struct entry *e)
{
	char path[BATES_MAX + 48], bates[BATES_MAX];
	struct buf text = BUF_INIT;
	const char *dns;
	struct jw w;
	size_t n = 0;
	int rc;

	(void)making_bates(m, p->first, bates);
	jw_init(&w, &text);
	jw_object(&w);
	raw(&w, e, "asked");
	raw(&w, e, "resolver");
	raw(&w, e, "results");
	jw_end(&w);
	buf_addc(&text, '\n');
	(void)snprintf(path, sizeof path, "data/email-auth/%s.auth.json",
	    bates);
	rc = bag_put(m->bag, path, text.data, text.len, m->t);
	buf_clear(&text);
	dns = json_span(&e->json, entry_get(e, "dns"), &n);
	buf_add(&text, dns, n);
	buf_addc(&text, '\n');
	(void)snprintf(path, sizeof path, "data/email-auth/%s.dns.json",
	    bates);
	if (rc == 0)
		rc = bag_put(m->bag, path, text.data, text.len, m->t);
	buf_release(&text);
	m->nauth += rc == 0;
	return rc;
}

int
make_vouched(struct making *m)
{
	struct jrow why = JROW_INIT;
	struct buf text = BUF_INIT;
	struct entry e;
	int rc = 0;

	for (size_t i = 0; i < m->npieces && rc == 0; i++) {
		const struct piece *p = &m->piece[i];
		int got;

		if (p->document.part != 0 || !(p->flags & PIECE_MAIL) ||
		    (p->flags & PIECE_WITHHELD))
			continue;
		if (making_stopped(m) || (got = last_entry(m, p, &why,
		    &text)) == -1) {
			rc = -1;
		} else if (got == 1) {
			if (entry_decode(&e, (const char *)text.data,
			    text.len) == -1) {
				rc = making_failed(m, "email-auth");
				break;
			}
			if (entry_get(&e, "dns") != JSON_NONE)
				rc = put_files(m, p, &e);
			entry_release(&e);
		}
	}
	jrow_release(&why);
	buf_release(&text);
	return rc;
}
